"""Which documents a scope means: one id, one supplier, or all of its days."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pipelines.lake import Lake
from pipelines.states import DocumentKeys
from pipelines.steps.batches import Scope


def in_scope(lake: Lake, scope: Scope, found: Iterable[DocumentKeys]) -> Iterator[DocumentKeys]:
    """Those that the scope's document and supplier leave. The documents table is only opened for a supplier."""
    of_supplier = supplier_documents(lake, scope) if scope.supplier else None
    for keys in found:
        if scope.holds(keys.document) and (of_supplier is None or str(keys.document) in of_supplier):
            yield keys


def supplier_documents(lake: Lake, scope: Scope) -> frozenset[str]:
    """Documents of the scope's supplier, by the documents table: what silver never saw belongs to nobody yet."""
    from pipelines.silver import received_rows

    columns = ["document_id", "supplier_tax_id", "supplier_name"]
    rows = received_rows(lake, scope.received_days(lake.settings), columns)
    wanted = scope.supplier or ""
    return frozenset(
        row["document_id"] for row in rows if is_supplier(wanted, row["supplier_tax_id"], row["supplier_name"])
    )


def is_supplier(wanted: str, tax_id: str | None, name: str | None) -> bool:
    """Whether a seller is the wanted one: its tax id, with or without country and signs, or a part of its name."""
    asked, known = (re.sub(r"[^0-9A-Z]", "", text.upper()) for text in (wanted, tax_id or ""))
    if sum(character.isdigit() for character in asked) >= 6:
        return bool(known) and (asked == known or _without_country(asked) == _without_country(known))
    return bool(wanted.strip()) and wanted.strip().casefold() in (name or "").casefold()


def _without_country(tax_id: str) -> str:
    return tax_id[2:] if tax_id[:2].isalpha() else tax_id

"""How tests look at what silver holds."""

from __future__ import annotations

from typing import Any

from deltalake import DeltaTable

from pipelines.lake import Lake
from pipelines.silver import SilverDocument, SilverResult, promote


def rows(lake: Lake, table: str, version: int | None = None) -> list[dict[str, Any]]:
    """All rows of a table, in a fixed order."""
    delta = DeltaTable(lake.table_uri(table), version=version, storage_options=lake.storage_options())
    return sorted(delta.to_pyarrow_table().to_pylist(), key=repr)


def state_of(lake: Lake) -> dict[str, list[dict[str, Any]]]:
    """Everything that a reader can see; points say nothing of what is gone, claims are inner."""
    return {name: rows(lake, name) for name in ("invoices", "invoice_lines", "documents")}


def promote_all(lake: Lake, documents: list[SilverDocument], run: str = "test") -> SilverResult:
    """Promote, and what that reopened, until nothing is."""
    known = {document.document_id: document for document in documents}
    result = promote(lake, documents, run)
    first = result
    while result.reopened:
        result = promote(lake, [known[document] for document in result.reopened], run)
    return first

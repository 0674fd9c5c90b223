"""Whether silver says what bronze says: the rows that documents want, against the rows that stand.

Everything is computed anew from bronze by the same pure code that promotes it, so that a value that was changed
in silver, lost, or left over from an older edit is found by its column.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from pipelines.lake import Lake
from pipelines.silver.claims import Claim
from pipelines.silver.kind_tables import kind_specs
from pipelines.silver.lookup import claim_rows, rows_of_documents, standing_rows
from pipelines.silver.records import Candidate, Holder, SilverDocument, wanted
from pipelines.silver.schemas import CLAIMS, INVOICE_LINES, INVOICES, Row, TableSpec
from pipelines.silver.tables import Pinned, pin_existing

_JOINED = ("point_key", "original_month")
"""Columns of `invoices` that depend on other documents: promotion keeps them, a document alone cannot tell them."""


class Differing(NamedTuple):
    """A document whose rows in silver are not what bronze gives."""

    document: str
    what: str


def check_documents(lake: Lake, documents: Sequence[SilverDocument]) -> list[Differing]:
    """The differences between these documents' rows and what bronze says of them.

    Reads their rows of `invoices`, `invoice_lines` and the tables of kinds, and the key columns of `invoices`.
    Raises StorageUnavailable.
    """
    if not documents:
        return []
    candidates = {c.holder: c for document in documents for c in wanted(document).candidates}
    names = [document.document_id for document in documents]
    invoices = _rows(pin_existing(lake, INVOICES), names)
    found = list(_invoices(invoices, candidates))
    standing = {_holder(row) for row in invoices}
    found += _lost(lake, [c for holder, c in candidates.items() if holder not in standing])
    lines = _rows(pin_existing(lake, INVOICE_LINES), names)
    known = {holder: candidates[holder] for holder in standing if holder in candidates}
    found += _lines(lines, known)
    for spec in kind_specs():
        found += _own(spec, _rows(pin_existing(lake, spec), names), known)
    return found


def _rows(table: Pinned | None, documents: list[str]) -> list[Row]:
    return rows_of_documents(table, documents, None) if table is not None else []


def _holder(row: Row) -> Holder:
    return (row["document_id"], row["position"])


def _invoices(rows: Iterable[Row], candidates: dict[Holder, Candidate]) -> Iterator[Differing]:
    for row in rows:
        candidate = candidates.get(_holder(row))
        if candidate is None:
            yield Differing(
                row["document_id"], f"invoice {row['invoice_number']} stands in silver, but bronze has none"
            )
        else:
            yield from _values(INVOICES, row, candidate.row, f"invoice {row['invoice_number']}", _JOINED)


def _values(spec: TableSpec, row: Row, wants: Row, what: str, beside: tuple[str, ...] = ()) -> Iterator[Differing]:
    """The first column that differs says enough: the whole row is made anew."""
    for name in spec.names:
        if name not in beside and _plain(row.get(name)) != _plain(wants.get(name)):
            text = f"{what}: {name} is {row.get(name)!r} in silver, {wants.get(name)!r} by bronze"
            yield Differing(row["document_id"], text)
            return


def _plain(value: Any) -> Any:
    """A value without what depends on other documents: which metering point a part of an invoice is for."""
    if isinstance(value, list):
        return [
            {k: v for k, v in part.items() if k not in _JOINED} if isinstance(part, dict) else part for part in value
        ]
    return value


def _lost(lake: Lake, absent: list[Candidate]) -> list[Differing]:
    """Invoices that bronze has proven and that stand nowhere, though no other document contests them."""
    table, claims = pin_existing(lake, INVOICES), pin_existing(lake, CLAIMS)
    keys = {candidate.key for candidate in absent}
    held = {row["invoice_key"] for row in standing_rows(table, keys)} if table is not None else set()
    if claims is not None and keys - held:
        held |= {Claim.of_claim_row(row).key for row in claim_rows(claims, keys - held, ())}
    return [
        Differing(c.document_id, f"invoice {c.row['invoice_number']} is proven, but stands nowhere in silver")
        for c in absent
        if c.key not in held
    ]


def _own(spec: TableSpec, rows: Iterable[Row], standing: dict[Holder, Candidate]) -> Iterator[Differing]:
    """Rows of one kind against the invoices of that kind that stand."""
    wanted = {h: c.own[1] for h, c in standing.items() if c.own is not None and c.own[0] is spec}
    found = {_holder(row): row for row in rows}
    for holder in sorted(found.keys() ^ wanted.keys()):
        which = "has a row" if holder in found else "has no row"
        yield Differing(holder[0], f"{which} in {spec.name}, unlike by bronze")
    for holder in sorted(found.keys() & wanted.keys()):
        yield from _values(spec, found[holder], wanted[holder], f"{spec.name} of invoice {holder[1] + 1}")


def _lines(rows: Iterable[Row], standing: dict[Holder, Candidate]) -> Iterator[Differing]:
    found: dict[Holder, list[Row]] = {}
    for row in rows:
        found.setdefault(_holder(row), []).append(row)
    for holder in sorted(set(found) - set(standing)):
        yield Differing(holder[0], "has lines in silver, but no invoice that they belong to")
    for holder, candidate in sorted(standing.items(), key=lambda item: item[0]):
        lines = sorted(found.get(holder, []), key=lambda row: row["line_number"])
        if len(lines) != len(candidate.lines):
            yield Differing(holder[0], f"has {len(lines)} lines in silver, {len(candidate.lines)} by bronze")
            continue
        for row, wants in zip(lines, candidate.lines, strict=True):
            yield from _values(INVOICE_LINES, row, wants, f"line {row['line_number']}")

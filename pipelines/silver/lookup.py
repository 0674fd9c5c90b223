"""Finding rows of pinned tables by key, at the cost of a column and not of the table."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from pipelines.silver.schemas import Row
from pipelines.silver.tables import Partition, Pinned, read_partition

_JUDGED = [
    "invoice_key",
    "document_id",
    "position",
    "period_month",
    "currency",
    "gross_total",
    "net_total",
    "tax_total",
    "consumption_kwh",
    "received_at",
    "confirmed_at",
    "corrects_key",
    "original_month",
]
"""Columns by which claims on an invoice are judged."""


def rows_of_documents(table: Pinned, documents: Collection[str], columns: list[str]) -> list[Row]:
    """Rows made from these documents. Files whose range of documents lies elsewhere are not opened."""
    if not documents:
        return []
    predicate = f"document_id >= '{min(documents)}' AND document_id <= '{max(documents)}'"
    return _found(table.dataset(predicate), _among("document_id", documents), columns)


def standing_rows(table: Pinned, keys: Collection[str]) -> list[Row]:
    """Rows of `invoices` that have one of these keys, or correct an invoice that has.

    Only the two key columns are read of the whole table: first the rows are found, then what is needed
    of them is read from the months where they are.
    """
    if not keys:
        return []
    condition = touches(keys)
    months = {row["period_month"] for row in _found(table.dataset(), condition, ["period_month"], distinct=True)}
    if not months:
        return []
    listed = ", ".join(f"'{month.isoformat()}'" for month in sorted(months))
    return _found(table.dataset(f"period_month IN ({listed})"), condition, _JUDGED)


def touches(keys: Collection[str]) -> ds.Expression:
    return _among("invoice_key", keys) | _among("corrects_key", keys)


def any_touch(dataset: ds.Dataset, keys: Collection[str]) -> bool:
    """Whether a dataset of invoices holds any of these keys, or a correction of one."""
    return bool(keys) and bool(_found(dataset, touches(keys), ["period_month"], distinct=True))


def whole_rows(table: Pinned, month: date, keys: Collection[str]) -> list[Row]:
    """Complete rows of one month of `invoices`."""
    return _found(table.dataset(f"period_month = '{month.isoformat()}'"), _among("invoice_key", keys), None)


def document_rows(table: Pinned, documents: Collection[str]) -> list[Row]:
    """Complete rows of `documents`, read from their received days only."""
    days = sorted({document[:10] for document in documents})
    if not days:
        return []
    listed = ", ".join(f"'{day}'" for day in days)
    return _found(table.dataset(f"received_on IN ({listed})"), _among("document_id", documents), None)


def claim_rows(table: Pinned, keys: Collection[str], documents: Collection[str]) -> list[Row]:
    """Rows of `invoice_claims` on these keys or by these documents."""
    return _found(table.dataset(), _among("invoice_key", keys) | _among("document_id", documents), None)


def partition_columns(table: Pinned, partition: Partition, columns: list[str]) -> Iterable[Row]:
    for batch in read_partition(table, partition, columns):
        yield from batch.to_pylist()


def _among(column: str, values: Collection[str]) -> ds.Expression:
    return pc.field(column).isin(pa.array(sorted(values), pa.string()))


def _found(
    dataset: ds.Dataset, condition: ds.Expression, columns: list[str] | None, distinct: bool = False
) -> list[dict[str, Any]]:
    scanner = dataset.scanner(
        columns=columns, filter=condition, batch_size=131_072, batch_readahead=4, fragment_readahead=2
    )
    batches = [batch for batch in scanner.to_batches() if batch.num_rows]
    if not batches:
        return []
    table = pa.Table.from_batches(batches)
    if distinct:
        table = table.group_by(table.schema.names).aggregate([])
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows

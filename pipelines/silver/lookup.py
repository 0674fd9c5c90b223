"""Finding rows of pinned tables by key, at the cost of a column and not of the table."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable
from datetime import date
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from pipelines.silver.digests import files_with
from pipelines.silver.schemas import Row
from pipelines.silver.tables import DataFile, Pinned

_JUDGED = [
    "invoice_key",
    "document_id",
    "position",
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


def rows_of_documents(table: Pinned, documents: Collection[str], columns: list[str] | None) -> list[Row]:
    """Rows made from these documents, whole ones for None. Files whose range of documents lies elsewhere stay shut."""
    if not documents:
        return []
    wanted = pa.array(sorted(documents), pa.string())
    found: list[Row] = []
    unread: list[DataFile] = []
    for file in table.between(min(documents), max(documents)):
        rows = table.held(file)
        if rows is None:
            unread.append(file)
        else:
            found += _taken(rows, pc.is_in(rows.column("document_id"), value_set=wanted), columns)
    return found + (_found(table.dataset(unread), _among("document_id", documents), columns) if unread else [])


def standing_rows(table: Pinned, keys: Collection[str], files: Iterable[DataFile] | None = None) -> list[Row]:
    """Rows of `invoices` that have one of these keys, or correct an invoice that has.

    Of most files only the digests of their keys are read; of a row that is found, what it is judged by.
    """
    if not keys:
        return []
    wanted = pa.array(sorted(keys), pa.string())
    found: list[Row] = []
    for file in files_with(table, keys, table.live if files is None else files):
        rows = table.held(file)
        if rows is None:
            found += _standing_in(table, file, wanted)
        else:
            hits = [pc.is_in(rows.column(name), value_set=wanted) for name in ("invoice_key", "corrects_key")]
            found += _taken(rows, pc.or_(*hits), [*_JUDGED, "period_month"])
    return found


def _taken(rows: pa.Table, mask: pa.ChunkedArray, columns: list[str] | None) -> list[Row]:
    if not pc.any(mask).as_py():
        return []
    taken: list[Row] = (rows if columns is None else rows.select(columns)).filter(mask).to_pylist()
    return taken


def _standing_in(table: Pinned, file: DataFile, keys: pa.Array) -> list[Row]:
    found: list[Row] = []
    with table.filesystem.open_input_file(unquote(file.path)) as source:
        parquet = pq.ParquetFile(source, pre_buffer=True)
        places = _places(parquet)
        for at in range(parquet.num_row_groups):
            columns = [name for name in ("invoice_key", "corrects_key") if _has_values(parquet, at, places.get(name))]
            group = parquet.read_row_group(at, columns=columns, use_threads=False)
            hits = functools.reduce(pc.or_, [pc.is_in(values, value_set=keys) for values in group.columns])
            if pc.any(hits).as_py():
                judged = parquet.read_row_group(at, columns=[name for name in _JUDGED if name in places])
                rows = judged.take(pc.indices_nonzero(hits)).to_pylist()
                found += [dict.fromkeys(_JUDGED) | {"period_month": file.partition} | row for row in rows]
    return found


def _places(parquet: pq.ParquetFile) -> dict[str, int]:
    """Column -> its place among a row group's columns."""
    schema = parquet.metadata.schema
    return {schema.column(at).path: at for at in range(parquet.metadata.num_columns)}


def _has_values(parquet: pq.ParquetFile, group: int, place: int | None) -> bool:
    """Whether a column of a row group holds anything but nulls, by its statistics."""
    if place is None:
        return False
    metadata = parquet.metadata.row_group(group)
    statistics = metadata.column(place).statistics
    known = statistics is not None and statistics.has_null_count
    return not known or bool(statistics.null_count < metadata.num_rows)


def whole_rows(table: Pinned, month: date, keys: Collection[str]) -> list[Row]:
    """Complete rows of one month of `invoices`."""
    return _found(table.dataset(table.of_partitions([month])), _among("invoice_key", keys), None)


def document_rows(table: Pinned, documents: Collection[str]) -> list[Row]:
    """Complete rows of `documents`, read from their received days only."""
    if not documents:
        return []
    days = {date.fromisoformat(document[:10]) for document in documents}
    return _found(table.dataset(table.of_partitions(days)), _among("document_id", documents), None)


def claim_rows(table: Pinned, keys: Collection[str], documents: Collection[str]) -> list[Row]:
    """Rows of `invoice_claims` on these keys or by these documents."""
    return _found(table.dataset(table.live), _among("invoice_key", keys) | _among("document_id", documents), None)


def _among(column: str, values: Collection[str]) -> ds.Expression:
    return pc.field(column).isin(pa.array(sorted(values), pa.string()))


def _found(dataset: ds.Dataset, condition: ds.Expression, columns: list[str] | None) -> list[Row]:
    scanner = dataset.scanner(columns=columns, filter=condition, batch_readahead=4, fragment_readahead=2)
    rows: list[Row] = [row for batch in scanner.to_batches() if batch.num_rows for row in batch.to_pylist()]
    return rows

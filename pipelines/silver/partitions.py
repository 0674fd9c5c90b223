"""Writing files of a partition anew: the rows that stay and the rows that come, merged in order into a new file.

Rows pass through in batches, so memory stays at a row group whatever the partition holds. Batches that no
change concerns pass as they were read.
"""

from __future__ import annotations

import json
import math
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake.transaction import AddAction

from pipelines.silver.digests import Digests, digests_key, digests_of, to_bytes
from pipelines.silver.fitting import as_table
from pipelines.silver.kept import WRITTEN
from pipelines.silver.schemas import Row, TableSpec
from pipelines.silver.tables import DataFile, Partition, Pinned

ROW_GROUP = 65_536
"""Rows held in memory at once while a partition is rewritten."""
_BATCH, _SLICE = 32_768, 4_096
"""Rows read at once; rows that are filtered and sorted together where a change concerns one of them."""
_SPOOLED, _CHUNK = 64 * 1024 * 1024, 8 * 1024 * 1024
"""Bytes of a new file that are held in memory before it goes to a temporary file; bytes sent at once."""
_LEVEL = 1
"""Of zstd. Keys are random digits: higher levels took half as long again and made the files larger."""

Owner = tuple[Any, ...]


@dataclass(slots=True)
class Change:
    """What happens to one partition: owners whose rows go, and the rows that come."""

    owners: set[Owner] = field(default_factory=set)
    rows: list[Row] = field(default_factory=list)
    table: pa.Table | None = None
    """The rows that come, where they are columns already."""
    standing: pa.Table | None = None
    """The partition's rows in the pinned version, where they were read already."""


@dataclass(frozen=True, slots=True)
class NewFile:
    """Files whose rows were read, and the file that takes their place (None where no row is left).

    `rows`: what stands in it, where that is one row group.
    """

    read: frozenset[str]
    add: AddAction | None
    rows: pa.Table | None


def rewrite_files(table: Pinned, partition: Partition, change: Change, files: Sequence[DataFile]) -> list[NewFile]:
    """Write the new file of some of a partition's files; several, where it would be more than full.

    Returns:
        Nothing where the rows that come are those that go.
    """
    new = as_table(table.spec, table.schema, change.rows if change.table is None else change.table)
    old = _Rows(table, files, change.owners, change.standing) if files else None
    if old is not None and change.owners:
        if old.owned_are(new):
            return []
    elif not new.num_rows:
        return []
    columns = pa.schema([f for f in table.schema if f.name != table.spec.partition])
    merged = _merged(table.spec, old.without_owned() if old is not None else (), new)
    rows, full = sum(file.rows for file in files) + new.num_rows, table.spec.part_rows
    replaced = frozenset(file.path for file in files)
    if not full or rows <= 2 * full:
        return [NewFile(replaced, *_write_file(table, partition, _groups(merged, columns, ROW_GROUP), columns))]
    groups = _groups(merged, columns, math.ceil(rows / (rows // full)))
    written = [_write_file(table, partition, iter((group,)), columns) for group in groups] or [(None, None)]
    return [NewFile(frozenset() if n else replaced, *file) for n, file in enumerate(written)]


class _Rows:
    """The rows of some files in batches, in file order, and which of them some owners have.

    They are kept in memory where they fit into one row group.
    """

    def __init__(
        self, table: Pinned, files: Sequence[DataFile], owners: set[Owner], standing: pa.Table | None = None
    ) -> None:
        self._table, self._spec, self._owners, self._files = table, table.spec, owners, files
        if standing is None:
            standing = table.whole(self._files, ROW_GROUP)
        self._kept: list[pa.RecordBatch] | None = None if standing is None else standing.to_batches()

    def owned_are(self, new: pa.Table) -> bool:
        """Whether the owners' rows are these. Few columns tell most changes, so these are read first."""
        if self._kept is None:
            telling = [f.name for f in new.schema if pa.types.is_decimal(f.type)]
            names = list(dict.fromkeys([*self._spec.key, *self._spec.owner, *telling]))
            if not _same_rows(self._spec, self._owned(names), new.select(names)):
                return False
        return _same_rows(self._spec, self._owned(new.column_names), new)

    def without_owned(self) -> Iterator[tuple[pa.RecordBatch, str]]:
        """Each batch without the owners' rows, and the last value of the first order column in it."""
        for batch in self._batches(None):
            mask = self._mask(batch) if self._owners else None
            hit = mask is not None and bool(pc.any(mask).as_py())
            for at in range(0, batch.num_rows, _SLICE):
                rows = batch.slice(at, _SLICE)
                last = rows.column(self._spec.order[0])[-1].as_py()
                gone = mask.slice(at, _SLICE) if hit and mask is not None else None
                yield rows.filter(pc.invert(gone)) if gone is not None and pc.any(gone).as_py() else rows, last

    def _owned(self, columns: list[str]) -> pa.Table:
        found: list[pa.RecordBatch] = []
        for batch in self._batches(columns):
            mask = self._mask(batch)
            if pc.any(mask).as_py():
                found.append(batch.select(columns).filter(mask))
        return pa.Table.from_batches(found, schema=pa.schema([self._table.schema.field(name) for name in columns]))

    def _batches(self, columns: list[str] | None) -> Iterator[pa.RecordBatch]:
        if self._kept is not None:
            yield from (batch for batch in self._kept if batch.num_rows)
            return
        # few batches at once: this is what bounds memory
        scanner = self._table.dataset(self._files).scanner(
            columns, batch_size=_BATCH, batch_readahead=2, fragment_readahead=1
        )
        yield from (batch for batch in scanner.to_batches() if batch.num_rows)

    @cached_property
    def _firsts(self) -> pa.Array:
        return pa.array(sorted({owner[0] for owner in self._owners}), pa.string())

    def _mask(self, batch: pa.RecordBatch) -> pa.Array:
        """Which rows belong to one of the owners."""
        names = self._spec.owner
        mask = pc.is_in(batch.column(names[0]), value_set=self._firsts)
        if len(names) == 1 or not pc.any(mask).as_py():
            return mask
        # few rows are left: compare them exactly
        hits = pc.indices_nonzero(mask).to_pylist()
        rows = batch.select(list(names)).take(pa.array(hits, pa.int64())).to_pylist()
        exact = {at for at, row in zip(hits, rows, strict=True) if tuple(row[n] for n in names) in self._owners}
        return pa.array([at in exact for at in range(batch.num_rows)], pa.bool_())


def _same_rows(spec: TableSpec, left: pa.Table, right: pa.Table) -> bool:
    if left.num_rows != right.num_rows:
        return False
    by_key = [(name, "ascending") for name in spec.key]
    return bool(left.sort_by(by_key).equals(right.sort_by(by_key)))


def _merged(spec: TableSpec, kept: Iterable[tuple[pa.RecordBatch, str]], new: pa.Table) -> Iterator[pa.Table]:
    """Old rows and new ones, in order if the old files were."""
    order, at = [(name, "ascending") for name in spec.order], 0
    waiting = new.column(spec.order[0]).to_pylist()
    for batch, upper in kept:
        due = at
        while due < len(waiting) and waiting[due] <= upper:
            due += 1
        old = pa.Table.from_batches([batch])
        if due == at:
            yield old
            continue
        # rows before the first that comes stay as they are: what comes is mostly later than what stands
        firsts = batch.column(spec.order[0])
        stays = pc.index(pc.greater_equal(firsts, waiting[at]), True).as_py()
        stays = len(firsts) if stays < 0 else stays
        if stays:
            yield old.slice(0, stays)
        yield pa.concat_tables([old.slice(stays), new.slice(at, due - at)]).combine_chunks().sort_by(order)
        at = due
    if at < len(waiting):
        yield new.slice(at)


def _groups(tables: Iterator[pa.Table], schema: pa.Schema, size: int) -> Iterator[pa.Table]:
    """Tables of `size` rows each, the last one smaller, none empty."""
    held: list[pa.Table] = []
    rows = 0
    for table in tables:
        if not table.num_rows:
            continue
        held.append(table)
        rows += table.num_rows
        while rows >= size:
            whole = pa.concat_tables(held)
            yield whole.slice(0, size).select(schema.names).cast(schema)
            held, rows = [whole.slice(size)], rows - size
    if rows:
        last = pa.concat_tables(held).select(schema.names).cast(schema)
        # in one piece where it may be kept: it must not hold on to what it was made from
        yield last.combine_chunks() if last.nbytes <= WRITTEN.largest else last


def _write_file(
    table: Pinned, partition: Partition, groups: Iterator[pa.Table], columns: pa.Schema
) -> tuple[AddAction | None, pa.Table | None]:
    """Write a partition's new file in one put, its digests before it. None where there is no row.

    Returns also its rows, where they are one row group.
    """
    spec, path = table.spec, f"{_folder(table.spec, partition)}part-{uuid.uuid4().hex}.parquet"
    sink: pq.ParquetWriter | None = None
    written: pa.Table | None = None
    count, bounds = 0, Bounds()
    digests: list[Digests] | None = []
    with tempfile.SpooledTemporaryFile(_SPOOLED) as spool:
        for group in groups:
            written = group if sink is None else None
            sink = sink or _writer(spec, columns, spool)
            sink.write_table(group, row_group_size=ROW_GROUP)
            bounds = bounds.widened(group.column(spec.order[0]))
            digests = _with(digests, digests_of(group.column(name) for name in spec.lookup))
            count += group.num_rows
        if sink is None:
            return None, None
        sink.close()
        size = spool.tell()
        spool.seek(0)
        if spec.lookup and digests is not None:
            table.folder.put(digests_key(path), to_bytes(digests))
        if size <= _SPOOLED:
            table.folder.put(path, spool.read())
        else:
            table.folder.put_chunks(path, iter(lambda: spool.read(_CHUNK), b""))
    return _add_action(table, partition, path, size, count, bounds), written


def _writer(spec: TableSpec, columns: pa.Schema, sink: Any) -> pq.ParquetWriter:
    """Statistics and dictionaries only where they are worth their time."""
    return pq.ParquetWriter(
        sink,
        columns,
        compression="zstd",
        compression_level=_LEVEL,
        use_dictionary=[name for name in columns.names if name in spec.repeating],
        write_statistics=[name for name in columns.names if name in spec.statistics],
        # as 64-bit integers, which every reader of Delta knows: smaller, and half the time
        store_decimal_as_integer=True,
    )


def _with(known: list[Digests] | None, more: list[Digests] | None) -> list[Digests] | None:
    return None if known is None or more is None else known + more


class Bounds(NamedTuple):
    """Smallest and largest value seen."""

    low: str | None = None
    high: str | None = None

    def widened(self, values: pa.ChunkedArray) -> Bounds:
        found = pc.min_max(values).as_py()
        low = found["min"] if self.low is None else min(self.low, found["min"])
        return Bounds(low, found["max"] if self.high is None else max(self.high, found["max"]))


def _folder(spec: TableSpec, partition: Partition) -> str:
    return f"{spec.partition}={partition.isoformat()}/" if spec.partition and partition else ""


def _add_action(table: Pinned, partition: Partition, path: str, size: int, count: int, bounds: Bounds) -> AddAction:
    order, column = table.spec.order[0], table.spec.partition
    ranges = {"minValues": {order: bounds.low}, "maxValues": {order: bounds.high}, "nullCount": {order: 0}}
    values = {column: partition.isoformat()} if column and partition else {}
    stats = json.dumps({"numRecords": count} | ranges)
    return AddAction(path, size, values, int(time.time() * 1000), True, stats)

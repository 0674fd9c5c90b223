"""How silver is written: one atomic commit on a pinned Delta table.

A table is pinned at a version, the partitions that change are read and merged in batches, and written as
new files, which nobody sees; then one commit at exactly the next version takes the old files out and the
new ones in. If another writer was first, its commit is looked at: where it touched neither our partitions
nor our owners, the same files are committed on top of it; else everything is read and merged anew. So a
reader sees the old rows or the new ones, a process killed at any moment leaves only files that `vacuum`
removes, and no writer's rows are lost.

Files are written here and not by `write_deltalake(predicate=...)`, because memory then stays at a row
group, a retry rewrites nothing, and a row that two writers insert into different months at once is seen
(docs/decisions/ has the figures).
"""

from __future__ import annotations

import itertools
import json
import random
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple, TypeVar
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.fs as pafs
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction

from pipelines.arrow_files import filesystem
from pipelines.errors import CommitConflict, ConfigurationError, StorageUnavailable
from pipelines.lake import Lake
from pipelines.layout import SILVER
from pipelines.silver.schemas import Row, TableSpec, as_table
from pipelines.storage import Storage

ROW_GROUP = 65_536
"""Rows held in memory at once while a partition is rewritten."""
_SPOOLED, _CHUNK = 64 * 1024 * 1024, 8 * 1024 * 1024
"""Bytes of a new file that are held in memory before it goes to a temporary file; bytes sent at once."""
ATTEMPTS = 12
"""Rounds of read, merge and write before a conflict is raised for the caller to retry."""
_CONFIGURATION: dict[str, str | None] = {
    "delta.checkpointInterval": "20",
    "delta.logRetentionDuration": "interval 30 days",
    "delta.deletedFileRetentionDuration": "interval 7 days",
    "delta.setTransactionRetentionDuration": "interval 30 days",
}
Partition = date | None
"""A value of the partition column; None for a table in one piece."""
T = TypeVar("T")


class Outdated(Exception):
    """Another writer changed what was read: read, merge and write again."""


class DataFile(NamedTuple):
    """One live file of `size` bytes. `low` and `high` bound its first order column; None: not known."""

    path: str
    size: int
    partition: Partition
    low: str | None
    high: str | None


@dataclass(frozen=True)
class Pinned:
    """A Delta table at one version."""

    spec: TableSpec
    delta: DeltaTable
    folder: Storage
    options: dict[str, str]

    @property
    def uri(self) -> str:
        return self.folder.url

    @cached_property
    def version(self) -> int:
        return int(self.delta.version())

    @cached_property
    def schema(self) -> pa.Schema:
        """The table's own columns: those declared, and any that a newer release added."""
        return pa.schema(self.delta.schema().to_arrow())

    @cached_property
    def filesystem(self) -> pafs.FileSystem:
        """The table's folder, for reading."""
        return filesystem(self.folder, {unquote(file.path): file.size for file in self.live})

    @cached_property
    def live(self) -> tuple[DataFile, ...]:
        """The files of this version."""
        actions = pa.table(self.delta.get_add_actions(flatten=True))

        def values(name: str) -> list[Any]:
            return actions.column(name).to_pylist() if name in actions.column_names else [None] * actions.num_rows

        order = self.spec.order[0]
        columns = ("path", "size_bytes", f"partition.{self.spec.partition}", f"min.{order}", f"max.{order}")
        return tuple(itertools.starmap(DataFile, zip(*map(values, columns), strict=True)))

    @cached_property
    def files(self) -> dict[Partition, frozenset[str]]:
        """Partition -> paths of its files, relative to the table."""
        found: dict[Partition, set[str]] = {}
        for file in self.live:
            found.setdefault(file.partition, set()).add(file.path)
        return {partition: frozenset(paths) for partition, paths in found.items()}

    def dataset(self, files: Iterable[DataFile]) -> ds.Dataset:
        """The rows of some files, with all columns of the table; a column that a file lacks is null."""
        kind = ds.ParquetFileFormat(default_fragment_scan_options=ds.ParquetFragmentScanOptions(pre_buffer=True))
        column = self.spec.partition

        def fragment(file: DataFile) -> ds.Fragment:
            at = pc.field(column) == file.partition if column else None
            return kind.make_fragment(unquote(file.path), filesystem=self.filesystem, partition_expression=at)

        return ds.FileSystemDataset([fragment(file) for file in files], self.schema, kind, self.filesystem)

    def of_partitions(self, partitions: Iterable[Partition]) -> list[DataFile]:
        wanted = set(partitions)
        return [file for file in self.live if file.partition in wanted]

    def between(self, low: str, high: str) -> list[DataFile]:
        """Files that may hold values of the first order column from `low` to `high`."""
        return [f for f in self.live if f.low is None or f.high is None or (f.low <= high and low <= f.high)]


def pin(lake: Lake, spec: TableSpec) -> Pinned:
    """Open a table at its newest version; make it, or add columns that it lacks, where needed.

    Raises ConfigurationError where the table's columns contradict the declared ones.
    """
    uri, options = lake.table_uri(spec.name), lake.storage_options()
    if urlsplit(uri).scheme == "memory":
        remedy = "Use a folder or an object store."
        raise ConfigurationError("tables cannot live in a lake in memory", remedy=remedy)
    delta = open_table(uri, options) or _create(spec, uri, options)
    return _evolved(Pinned(spec, delta, lake.storage.below(f"{SILVER}/{spec.name}"), options))


def pin_existing(lake: Lake, spec: TableSpec) -> Pinned | None:
    """The table at its newest version as it stands; None where it was never written."""
    uri, options = lake.table_uri(spec.name), lake.storage_options()
    delta = open_table(uri, options)
    folder = lake.storage.below(f"{SILVER}/{spec.name}")
    return Pinned(spec, delta, folder, options) if delta is not None else None


def open_table(uri: str, options: dict[str, str]) -> DeltaTable | None:
    """The table at its newest version, None where there is none. Raises StorageUnavailable."""
    try:
        return DeltaTable(uri, storage_options=options)
    except TableNotFoundError:
        return None
    except (DeltaError, OSError) as error:
        remedy = "It is tried again; if it stays, check the store."
        raise StorageUnavailable(f"cannot open the table {uri}: {error}", remedy=remedy) from error


def _create(spec: TableSpec, uri: str, options: dict[str, str]) -> DeltaTable:
    if urlsplit(uri).scheme == "file":
        pafs.LocalFileSystem().create_dir(unquote(urlsplit(uri).path), recursive=True)
    try:
        return DeltaTable.create(
            uri,
            spec.schema,
            mode="ignore",
            partition_by=[spec.partition] if spec.partition else None,
            name=spec.name,
            description=spec.comment,
            # statistics of other columns are not kept, and deltalake takes a missing bound for a bound that
            # nothing satisfies, unless it is told which columns have statistics
            configuration=_CONFIGURATION | {"delta.dataSkippingStatsColumns": spec.order[0]},
            storage_options=options,
        )
    except (DeltaError, OSError) as error:
        # another process may have made it in this very moment
        delta = open_table(uri, options)
        if delta is None:
            raise StorageUnavailable(f"cannot make the table {uri}: {error}") from error
        return delta


def _evolved(table: Pinned) -> Pinned:
    """Add declared columns that the table lacks; its files stay as they are and read as null there."""
    from deltalake.schema import Schema as DeltaSchema

    for _ in range(ATTEMPTS):
        present = {f.name: f for f in table.schema}
        for column in table.spec.columns:
            if column.name in present and not _same(present[column.name].type, column.type):
                what = f"{table.spec.name}.{column.name} is {present[column.name].type} in the lake, not {column.type}"
                raise ConfigurationError(what, remedy="Rebuild silver into a new lake, or give the column a new name.")
        missing = [column.field.with_nullable(True) for column in table.spec.columns if column.name not in present]
        if not missing:
            return table
        with suppress(CommitFailedError):  # another process adds them too
            table.delta.alter.add_columns(DeltaSchema.from_arrow(pa.schema(missing)).fields)
        delta = open_table(table.uri, table.options)
        if delta is not None:
            table = Pinned(table.spec, delta, table.folder, table.options)
    raise CommitConflict(f"columns could not be added to {table.spec.name}")


def _same(found: pa.DataType, declared: pa.DataType) -> bool:
    """Delta names the inner field of lists in its own way."""
    if pa.types.is_list(found) and pa.types.is_list(declared):
        return bool(_same(found.value_type, declared.value_type))
    return bool(found == declared)


@dataclass(slots=True)
class Change:
    """What happens to one partition: owners whose rows go, and the rows that come."""

    owners: set[tuple[Any, ...]] = field(default_factory=set)
    rows: list[Row] = field(default_factory=list)
    table: pa.Table | None = None
    """The rows that come, where they are columns already."""


@dataclass(frozen=True, slots=True)
class Guard:
    """What a decision was taken by, beyond the partitions that it rewrites.

    Attributes:
        partitions: Their files must be the same when the commit is made.
        touched: Whether files that others added meanwhile bear on the decision.
    """

    partitions: frozenset[date]
    touched: Callable[[Pinned, list[DataFile]], bool]


@dataclass(frozen=True, slots=True)
class _Written:
    """A partition as it was read, and its new file (None where no row is left)."""

    read: frozenset[str]
    add: AddAction | None


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A commit: the version it made and the partitions it changed."""

    version: int
    partitions: tuple[Partition, ...]


def retried(action: Callable[[], T], name: str) -> T:
    """Run a read-merge-write until no other writer interferes. Raises CommitConflict after ATTEMPTS."""
    for attempt in range(ATTEMPTS):
        try:
            return action()
        except Outdated:
            # jitter, so that two writers do not meet again
            time.sleep(random.uniform(0.01, 0.05 * 2 ** min(attempt, 6)))
    remedy = "It is tried again; run fewer replays at once if it stays."
    raise CommitConflict(f"other writers changed {name} in each of {ATTEMPTS} attempts", remedy=remedy)


def rewrite(
    table: Pinned,
    changes: Mapping[Partition, Change],
    run_id: str,
    guard: Guard | None = None,
) -> Rewritten | None:
    """Apply changes to a pinned table in one commit. None, and no commit, if nothing changed.

    Args:
        table: The table as it was read when the changes were decided.
        changes: What happens to each partition.
        run_id: Stands in the commit, with a transaction id that fences a second copy of the same run.
        guard: What else the changes were decided by.

    Raises:
        Outdated: Another writer changed what was read; nothing was changed.
    """
    files = table.files
    written: dict[Partition, _Written] = {}
    for partition in sorted(changes, key=str):
        result = _rewrite_partition(table, partition, changes[partition], files.get(partition, frozenset()))
        if result is not None:
            written[partition] = result
    if not written:
        return None
    return Rewritten(_commit(table, written, run_id, guard), tuple(written))


def _rewrite_partition(table: Pinned, partition: Partition, change: Change, files: frozenset[str]) -> _Written | None:
    """Write the partition's new file. None where the rows that come are those that go."""
    columns = pa.schema([f for f in table.schema if f.name != table.spec.partition])
    new = as_table(table.spec, table.schema, change.rows if change.table is None else change.table)
    old = _Rows(table, partition) if files else None
    gone = old.owned(change.owners) if old is not None and change.owners else table.schema.empty_table()
    if _same_rows(table.spec, gone, new):
        return None
    merged = _merged(table.spec, old.without(change.owners) if old is not None else (), new)
    return _Written(files, _write_file(table, partition, _groups(merged, columns), columns))


def _write_file(
    table: Pinned, partition: Partition, groups: Iterator[pa.Table], columns: pa.Schema
) -> AddAction | None:
    """Write a partition's new file in one put. None where there is no row."""
    path = f"{_folder(table.spec, partition)}part-{uuid.uuid4().hex}.parquet"
    sink: pq.ParquetWriter | None = None
    count, bounds = 0, Bounds()
    with tempfile.SpooledTemporaryFile(_SPOOLED) as spool:
        for group in groups:
            sink = sink or pq.ParquetWriter(
                spool, columns, compression="zstd", compression_level=3, use_dictionary=_repeating(table.spec, columns)
            )
            sink.write_table(group, row_group_size=ROW_GROUP)
            bounds = bounds.widened(group.column(table.spec.order[0]))
            count += group.num_rows
        if sink is None:
            return None
        sink.close()
        size = spool.tell()
        spool.seek(0)
        if size <= _SPOOLED:
            table.folder.put(path, spool.read())
        else:
            table.folder.put_chunks(path, iter(lambda: spool.read(_CHUNK), b""))
    return _add_action(table, partition, path, size, count, bounds)


def _repeating(spec: TableSpec, columns: pa.Schema) -> list[str]:
    """Columns to keep a dictionary of."""
    return [name for name in columns.names if name not in spec.distinct]


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


class _Rows:
    """A partition's rows in batches, in file order; kept in memory where they fit into one row group."""

    def __init__(self, table: Pinned, partition: Partition) -> None:
        self._table, self._spec = table, table.spec
        self._dataset = table.dataset(table.of_partitions([partition]))
        self._kept: list[pa.RecordBatch] | None = None
        if self._dataset.count_rows() <= ROW_GROUP:
            self._kept = self._dataset.to_table(use_threads=False).to_batches()

    def batches(self) -> Iterator[pa.RecordBatch]:
        if self._kept is not None:
            yield from self._kept
            return
        # few batches at once: this is what bounds memory
        yield from self._dataset.scanner(batch_size=32_768, batch_readahead=2, fragment_readahead=1).to_batches()

    def owned(self, owners: set[tuple[Any, ...]]) -> pa.Table:
        """Rows that belong to one of the owners."""
        found = [batch.filter(self._mask(batch, owners)) for batch in self.batches()]
        return pa.Table.from_batches([b for b in found if b.num_rows], schema=self._table.schema)

    def without(self, owners: set[tuple[Any, ...]]) -> Iterator[tuple[pa.RecordBatch, str]]:
        """Each batch without the owners' rows, and the last value of the first order column in it."""
        for batch in self.batches():
            if batch.num_rows:
                last = batch.column(self._spec.order[0])[-1].as_py()
                yield batch.filter(pc.invert(self._mask(batch, owners))) if owners else batch, last

    def _mask(self, batch: pa.RecordBatch, owners: set[tuple[Any, ...]]) -> pa.Array:
        """Which rows belong to one of the owners."""
        names = self._spec.owner
        mask = pc.is_in(batch.column(names[0]), value_set=pa.array(sorted({o[0] for o in owners}), pa.string()))
        if len(names) == 1 or not pc.any(mask).as_py():
            return mask
        # few rows are left: compare them exactly
        hits = pc.indices_nonzero(mask).to_pylist()
        rows = batch.select(list(names)).take(pa.array(hits, pa.int64())).to_pylist()
        exact = {at for at, row in zip(hits, rows, strict=True) if tuple(row[n] for n in names) in owners}
        return pa.array([at in exact for at in range(batch.num_rows)], pa.bool_())


def _same_rows(spec: TableSpec, left: pa.Table, right: pa.Table) -> bool:
    if left.num_rows != right.num_rows:
        return False

    def key(row: Row) -> str:
        return str(tuple(row[name] for name in spec.key))

    return bool(sorted(left.to_pylist(), key=key) == sorted(right.to_pylist(), key=key))


def _merged(spec: TableSpec, kept: Iterable[tuple[pa.RecordBatch, str]], new: pa.Table) -> Iterator[pa.Table]:
    """Old rows and new ones, in order if the old files were."""
    order, at = [(name, "ascending") for name in spec.order], 0
    waiting = new.column(spec.order[0]).to_pylist()
    for batch, upper in kept:
        due = at
        while due < len(waiting) and waiting[due] <= upper:
            due += 1
        old = pa.Table.from_batches([batch])
        yield pa.concat_tables([old, new.slice(at, due - at)]).sort_by(order) if due > at else old
        at = due
    if at < len(waiting):
        yield new.slice(at)


def _groups(tables: Iterator[pa.Table], schema: pa.Schema) -> Iterator[pa.Table]:
    """Tables of ROW_GROUP rows each, the last one smaller, none empty."""
    held: list[pa.Table] = []
    rows = 0
    for table in tables:
        if not table.num_rows:
            continue
        held.append(table)
        rows += table.num_rows
        while rows >= ROW_GROUP:
            whole = pa.concat_tables(held)
            yield whole.slice(0, ROW_GROUP).select(schema.names).cast(schema)
            held, rows = [whole.slice(ROW_GROUP)], rows - ROW_GROUP
    if rows:
        yield pa.concat_tables(held).select(schema.names).cast(schema)


def _commit(table: Pinned, written: Mapping[Partition, _Written], run_id: str, guard: Guard | None) -> int:
    """Commit at exactly the version after the pinned one, and again on top of commits that do not matter."""
    delta = table.delta
    read = {partition: result.read for partition, result in written.items()}
    for _ in range(ATTEMPTS):
        try:
            _commit_once(table.spec, delta, written, run_id)
            return delta.version() + 1
        except CommitFailedError:
            pass
        except (DeltaError, OSError) as error:
            raise StorageUnavailable(f"cannot commit to {table.uri}: {error}", remedy="It is tried again.") from error
        newer = open_table(table.uri, table.options)
        if newer is None:
            raise Outdated(table.spec.name)
        _compare(table, Pinned(table.spec, newer, table.folder, table.options), read, guard)
        delta = newer
    raise Outdated(table.spec.name)


def _commit_once(spec: TableSpec, delta: DeltaTable, written: Mapping[Partition, _Written], run_id: str) -> None:
    now = int(time.time() * 1000)
    adds = [result.add for result in written.values() if result.add is not None]
    removes = [RemoveAction(path, True, now) for result in written.values() for path in sorted(result.read)]
    delta.create_write_transaction(
        [*removes, *adds],
        mode="append",
        schema=pa.schema(delta.schema().to_arrow()),
        partition_by=[spec.partition] if spec.partition else None,
        commit_properties=CommitProperties(
            custom_metadata={"run": run_id},
            # no retries inside: a commit on top of another one must be judged here first
            max_commit_retries=0,
            app_transactions=[Transaction(run_id, delta.version() + 1, now)],
        ),
        post_commithook_properties=PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False),
    )


def still_true(guard: Guard, table: Pinned) -> None:
    """Raises Outdated where what a decision was taken by no longer stands in the newest version."""
    newer = open_table(table.uri, table.options)
    if newer is not None and newer.version() != table.version:
        _compare(table, Pinned(table.spec, newer, table.folder, table.options), {}, guard)


def _compare(before: Pinned, after: Pinned, read: Mapping[Partition, frozenset[str]], guard: Guard | None) -> None:
    """Raises Outdated where what was read changed, or what others added bears on the decision."""
    old, new = before.files, after.files
    watched = dict(read) | ({month: old.get(month, frozenset()) for month in guard.partitions} if guard else {})
    if after.schema != before.schema or any(new.get(at, frozenset()) != files for at, files in watched.items()):
        raise Outdated(before.spec.name)
    known = set(before.live)
    added = [file for file in after.live if file not in known]
    if guard is not None and added and guard.touched(after, added):
        raise Outdated(before.spec.name)

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

import json
import random
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.fs as pafs
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.fs import DeltaStorageHandler
from deltalake.transaction import AddAction, RemoveAction

from pipelines.errors import CommitConflict, ConfigurationError, StorageUnavailable
from pipelines.lake import Lake
from pipelines.silver.schemas import Row, TableSpec, as_table

ROW_GROUP = 131_072
"""Rows held in memory at once while a partition is rewritten."""
ATTEMPTS = 12
"""Rounds of read, merge and write before a conflict is raised for the caller to retry."""
_CONFIGURATION: dict[str, str | None] = {
    "delta.checkpointInterval": "20",
    "delta.logRetentionDuration": "interval 30 days",
    "delta.deletedFileRetentionDuration": "interval 7 days",
    "delta.setTransactionRetentionDuration": "interval 30 days",
}
_WHOLE = ""
"""The partition value of a table in one piece."""

Partition = date | None
T = TypeVar("T")


class Outdated(Exception):
    """Another writer changed what was read: read, merge and write again."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """A Delta table at one version."""

    spec: TableSpec
    delta: DeltaTable
    uri: str
    options: dict[str, str]

    @property
    def version(self) -> int:
        return self.delta.version()

    @property
    def schema(self) -> pa.Schema:
        """The table's own columns: those declared, and any that a newer release added."""
        return pa.schema(self.delta.schema().to_arrow())

    @property
    def filesystem(self) -> pafs.FileSystem:
        """The table's folder. Local folders go past the Python bridge, which costs time."""
        parts = urlsplit(self.uri)
        if parts.scheme == "file":
            return pafs.SubTreeFileSystem(unquote(parts.path), pafs.LocalFileSystem())
        return pafs.PyFileSystem(DeltaStorageHandler(self.uri, self.options))

    def dataset(self, predicate: str | None = None) -> ds.Dataset:
        """The files that may hold rows of a predicate over partition and looked-up columns."""
        return self.delta.to_pyarrow_dataset(
            filesystem=self.filesystem, schema=self.schema, file_pruning_predicate=predicate
        )

    def files(self) -> dict[Partition, frozenset[str]]:
        """Partition -> paths of its files, relative to the table."""
        found: dict[Partition, set[str]] = {}
        actions = pa.table(self.delta.get_add_actions(flatten=True))
        values = actions.column(f"partition.{self.spec.partition}").to_pylist() if self.spec.partition else None
        for n, path in enumerate(actions.column("path").to_pylist()):
            found.setdefault(values[n] if values else None, set()).add(path)
        return {partition: frozenset(paths) for partition, paths in found.items()}


def pin(lake: Lake, spec: TableSpec) -> Pinned:
    """Open a table at its newest version; make it, or add columns that it lacks, where needed.

    Raises ConfigurationError where the table's columns contradict the declared ones.
    """
    uri, options = lake.table_uri(spec.name), lake.storage_options()
    if urlsplit(uri).scheme == "memory":
        remedy = "Use a folder or an object store."
        raise ConfigurationError("tables cannot live in a lake in memory", remedy=remedy)
    delta = open_table(uri, options) or _create(spec, uri, options)
    return _evolved(Pinned(spec, delta, uri, options))


def pin_existing(lake: Lake, spec: TableSpec) -> Pinned | None:
    """The table at its newest version as it stands; None where it was never written."""
    uri, options = lake.table_uri(spec.name), lake.storage_options()
    delta = open_table(uri, options)
    return Pinned(spec, delta, uri, options) if delta is not None else None


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
            table = Pinned(table.spec, delta, table.uri, table.options)
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
    touched: Callable[[ds.Dataset], bool]


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
    files = table.files()
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
    gone = _owned(table, partition, change.owners) if files else new.slice(0, 0)
    if _same_rows(table.spec, gone, new):
        return None
    path = f"{_folder(table.spec, partition)}part-{uuid.uuid4().hex}.parquet"
    filesystem = table.filesystem
    count, low, high = 0, "", ""
    batches = _merged(table, partition, change.owners, new.select(columns.names), bool(files))
    sink: pq.ParquetWriter | None = None
    order = table.spec.order[0]
    for group in _groups(batches, columns):
        if sink is None:
            filesystem.create_dir(_folder(table.spec, partition) or ".", recursive=True)
            sink = pq.ParquetWriter(
                filesystem.open_output_stream(path), columns, compression="zstd", compression_level=3
            )
        sink.write_table(group, row_group_size=ROW_GROUP)
        bounds = pc.min_max(group.column(order)).as_py()
        low = min(low, bounds["min"]) if count else bounds["min"]
        high = max(high, bounds["max"]) if count else bounds["max"]
        count += group.num_rows
    if sink is None:
        return _Written(files, None)
    sink.close()
    _close(sink)
    return _Written(files, _add_action(table.spec, partition, path, filesystem, count, (low, high)))


def _close(sink: pq.ParquetWriter) -> None:
    """Close the stream beneath, which completes an upload: the writer leaves a stream it was given open."""
    sink.file_handle.close() if sink.file_handle is not None else None


def _folder(spec: TableSpec, partition: Partition) -> str:
    return f"{spec.partition}={partition.isoformat()}/" if spec.partition and partition else ""


def _add_action(
    spec: TableSpec, partition: Partition, path: str, filesystem: pafs.FileSystem, count: int, bounds: tuple[str, str]
) -> AddAction:
    order = spec.order[0]
    stats = {
        "numRecords": count,
        "minValues": {order: bounds[0]},
        "maxValues": {order: bounds[1]},
        "nullCount": {order: 0},
    }
    size = filesystem.get_file_info(path).size
    values = {spec.partition: partition.isoformat()} if spec.partition and partition else {}
    return AddAction(path, size, values, int(time.time() * 1000), True, json.dumps(stats))


def read_partition(
    table: Pinned, partition: Partition, columns: Sequence[str] | None = None
) -> Iterator[pa.RecordBatch]:
    """A partition's rows in batches, with its partition column, in file order."""
    predicate = f"{table.spec.partition} = '{partition.isoformat()}'" if partition else None
    scanner = table.dataset(predicate).scanner(
        columns=list(columns) if columns else None, batch_size=32_768, batch_readahead=2, fragment_readahead=1
    )
    yield from scanner.to_batches()


def _owner_mask(table: Pinned, batch: pa.RecordBatch | pa.Table, owners: set[tuple[Any, ...]]) -> pa.Array:
    """Which rows belong to one of the owners."""
    names = table.spec.owner
    mask = pc.is_in(batch.column(names[0]), value_set=pa.array(sorted({o[0] for o in owners}), pa.string()))
    if len(names) == 1 or not pc.any(mask).as_py():
        return mask
    # few rows are left: compare them exactly
    hits = pc.indices_nonzero(mask).to_pylist()
    rows = batch.select(list(names)).take(pa.array(hits, pa.int64())).to_pylist()
    exact = {at for at, row in zip(hits, rows, strict=True) if tuple(row[n] for n in names) in owners}
    return pa.array([at in exact for at in range(batch.num_rows)], pa.bool_())


def _owned(table: Pinned, partition: Partition, owners: set[tuple[Any, ...]]) -> pa.Table:
    """The rows of a partition that belong to one of the owners."""
    if not owners:
        return table.schema.empty_table()
    found = [batch.filter(_owner_mask(table, batch, owners)) for batch in read_partition(table, partition)]
    return pa.Table.from_batches([b.cast(table.schema) for b in found if b.num_rows], schema=table.schema)


def _same_rows(spec: TableSpec, left: pa.Table, right: pa.Table) -> bool:
    if left.num_rows != right.num_rows:
        return False

    def key(row: Row) -> str:
        return str(tuple(row[name] for name in spec.key))

    return bool(sorted(left.to_pylist(), key=key) == sorted(right.to_pylist(), key=key))


def _merged(
    table: Pinned, partition: Partition, owners: set[tuple[Any, ...]], new: pa.Table, exists: bool
) -> Iterator[pa.Table]:
    """The partition without the owners' rows and with the new ones, in order if the old files were."""
    order, at = table.spec.order[0], 0
    waiting = new.column(order).to_pylist()
    for batch in read_partition(table, partition, new.schema.names) if exists else ():
        kept = batch.filter(pc.invert(_owner_mask(table, batch, owners))) if owners else batch
        upper = batch.column(order)[-1].as_py() if batch.num_rows else ""
        due = at
        while due < len(waiting) and waiting[due] <= upper:
            due += 1
        pieces = [pa.Table.from_batches([kept], schema=kept.schema).cast(new.schema)]
        if due > at:
            pieces.append(new.slice(at, due - at))
            at = due
            yield pa.concat_tables(pieces).sort_by([(name, "ascending") for name in table.spec.order])
        else:
            yield pieces[0]
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
            yield whole.slice(0, ROW_GROUP).cast(schema)
            held, rows = [whole.slice(ROW_GROUP)], rows - ROW_GROUP
    if rows:
        yield pa.concat_tables(held).cast(schema)


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
        _compare(table, Pinned(table.spec, newer, table.uri, table.options), read, guard)
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
        _compare(table, Pinned(table.spec, newer, table.uri, table.options), {}, guard)


def _compare(before: Pinned, after: Pinned, read: Mapping[Partition, frozenset[str]], guard: Guard | None) -> None:
    """Raises Outdated where what was read changed, or what others added bears on the decision."""
    old, new = before.files(), after.files()
    watched = dict(read) | ({month: old.get(month, frozenset()) for month in guard.partitions} if guard else {})
    if after.schema != before.schema or any(new.get(at, frozenset()) != files for at, files in watched.items()):
        raise Outdated(before.spec.name)
    added = {path for paths in new.values() for path in paths} - {path for paths in old.values() for path in paths}
    if guard is None or not added:
        return
    dataset = after.dataset()
    fragments = [fragment for fragment in dataset.get_fragments() if unquote(fragment.path) in added]
    if guard.touched(ds.FileSystemDataset(fragments, dataset.schema, dataset.format, dataset.filesystem)):
        raise Outdated(before.spec.name)

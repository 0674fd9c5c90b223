"""Opening Delta tables: pinned at a version, made or widened where the declared columns ask for it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.fs as pafs
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from pipelines.arrow_files import WHOLE, filesystem
from pipelines.asking_again import ask_again
from pipelines.errors import STORE_REMEDY, CommitConflict, ConfigurationError, StorageUnavailable
from pipelines.lake import Lake
from pipelines.layout import SILVER
from pipelines.silver.kept import OPENED, WRITTEN
from pipelines.silver.schemas import TableSpec
from pipelines.storage import Storage

_CONFIGURATION: dict[str, str | None] = {
    # a commit that stands since the last checkpoint costs whoever opens the table 0.4 ms, a checkpoint 6 ms once
    "delta.checkpointInterval": "10",
    "delta.logRetentionDuration": "interval 30 days",
    "delta.deletedFileRetentionDuration": "interval 7 days",
    "delta.setTransactionRetentionDuration": "interval 30 days",
}
Partition = date | None
"""A value of the partition column; None for a table in one piece."""
_FEW = 3
"""Files whose rows a run holds until it rewrites them. A run that touches many months would hold much of the table."""
_HELD = 48 * 1024 * 1024
"""Bytes of memory that these rows may take."""
_PACKED = 4
"""Rows take at least so many times the bytes of their file, mostly ten to forty times as many."""
_ATTEMPTS = 12
"""Tries to add columns while other processes do so too."""


class DataFile(NamedTuple):
    """One live file of `size` bytes. `low` and `high` bound its first order column; None: not known."""

    path: str
    size: int
    partition: Partition
    low: str | None
    high: str | None
    records: int | None

    @property
    def rows(self) -> int:
        """0 where that is not known."""
        return self.records or 0


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
        """The table's folder, for reading most of a few files."""
        return filesystem(self.folder, self.sizes, whole=WHOLE)

    @property
    def sizes(self) -> dict[str, int]:
        """Key below the folder -> bytes, of this version's files."""
        return {unquote(file.path): file.size for file in self.live}

    @cached_property
    def live(self) -> tuple[DataFile, ...]:
        """The files of this version."""
        actions = pa.table(self.delta.get_add_actions(flatten=True))

        def values(name: str) -> list[Any]:
            return actions.column(name).to_pylist() if name in actions.column_names else [None] * actions.num_rows

        order = self.spec.order[0]
        columns = (
            "path",
            "size_bytes",
            f"partition.{self.spec.partition}",
            f"min.{order}",
            f"max.{order}",
            "num_records",
        )
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

    def whole(self, files: Sequence[DataFile], most: int) -> pa.Table | None:
        """All rows of some files, as `dataset` has them; None where they are more than `most`.

        Each footer is read once, and nothing is planned: three quarters of what the dataset takes. What this
        process wrote or holds already is not read at all.
        """
        found = {file: self.held(file) for file in files}
        with ExitStack() as opened:
            unread = [file for file, rows in found.items() if rows is None]
            sources = [opened.enter_context(self.filesystem.open_input_file(unquote(file.path))) for file in unread]
            parquets = [pq.ParquetFile(source, pre_buffer=True) for source in sources]
            known = sum(rows.num_rows for rows in found.values() if rows is not None)
            if known + sum(parquet.metadata.num_rows for parquet in parquets) > most:
                return None
            for file, parquet in zip(unread, parquets, strict=True):
                found[file] = self._conformed(file, parquet.read(use_threads=False))
        return pa.concat_tables([found[file] for file in files]) if files else self.schema.empty_table()

    def hold(self, partitions: Iterable[Partition], most: int) -> None:
        """Read partitions that will be asked about and then rewritten, where they are few and small: once only."""
        files, room = self.of_partitions(partitions), _HELD
        for file in files if len(files) <= _FEW else ():
            rows = self.whole([file], most) if file.size * _PACKED < room else None
            if rows is None or rows.nbytes > room:
                return
            self._in_hand[file.path] = rows
            room -= rows.nbytes

    def held(self, file: DataFile) -> pa.Table | None:
        """A file's rows, where they are in memory."""
        rows = self._in_hand.get(file.path)
        if rows is None and (written := WRITTEN.get(self.address(file.path))) is not None:
            rows = self._in_hand[file.path] = self._conformed(file, written)
        return rows

    def release(self, files: Iterable[str]) -> None:
        """Paths of files that were rewritten: their rows are needed no longer."""
        for path in files:
            self._in_hand.pop(path, None)

    def give_back(self) -> None:
        """Nobody will ask this object anything more: the next run may take it from there."""
        OPENED.give(self.folder, self.delta)

    def address(self, path: str) -> str:
        """What a file of the table is known by in this process."""
        return f"{self.uri}/{path}"

    @cached_property
    def _in_hand(self) -> dict[str, pa.Table]:
        return {}

    def _conformed(self, file: DataFile, rows: pa.Table) -> pa.Table:
        """With the partition's value, and nulls for columns that came after the file."""
        known = set(rows.column_names)

        def column(field: pa.Field) -> pa.Array | pa.ChunkedArray:
            if field.name == self.spec.partition:
                return pa.repeat(pa.scalar(file.partition, field.type), rows.num_rows)
            found = rows.column(field.name) if field.name in known else pa.nulls(rows.num_rows, field.type)
            return found if found.type == field.type else found.cast(field.type)

        return pa.table([column(field) for field in self.schema], schema=self.schema)

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
    folder = lake.storage.below(f"{SILVER}/{spec.name}")
    delta = OPENED.take(folder) or open_table(uri, options) or ask_again(lambda: _create(spec, uri, options))
    return _evolved(Pinned(spec, delta, folder, options))


def pin_existing(lake: Lake, spec: TableSpec) -> Pinned | None:
    """The table at its newest version as it stands; None where it was never written."""
    uri, options = lake.table_uri(spec.name), lake.storage_options()
    delta = open_table(uri, options)
    folder = lake.storage.below(f"{SILVER}/{spec.name}")
    return Pinned(spec, delta, folder, options) if delta is not None else None


def open_table(uri: str, options: dict[str, str]) -> DeltaTable | None:
    """The table at its newest version, None where there is none. Raises StorageUnavailable."""

    def once() -> DeltaTable | None:
        try:
            return DeltaTable(uri, storage_options=options)
        except TableNotFoundError:
            return None
        except (DeltaError, OSError) as error:
            raise StorageUnavailable(f"cannot open the table {uri}: {error}", remedy=STORE_REMEDY) from error

    return ask_again(once)  # deltalake itself does not repeat a read whose body broke off


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
            raise StorageUnavailable(f"cannot make the table {uri}: {error}", remedy=STORE_REMEDY) from error
        return delta


def _evolved(table: Pinned) -> Pinned:
    """Add declared columns that the table lacks; its files stay as they are and read as null there."""
    from deltalake.schema import Schema as DeltaSchema

    for _ in range(_ATTEMPTS):
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

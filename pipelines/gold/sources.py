"""What gold is made from: silver's tables pinned at one version.

A month is known by the files that hold it: Delta files are never changed, so the same set of files is the
same rows.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.fs as pafs
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from pipelines.arrow_files import WHOLE, filesystem
from pipelines.errors import STORE_REMEDY, StorageUnavailable
from pipelines.lake import Lake
from pipelines.layout import SILVER
from pipelines.storage import Storage

_AT_ONCE = 16
_PART = (
    "point_key VARCHAR, point_id VARCHAR, scheme VARCHAR, period_start DATE, period_end DATE, "
    "effect_kwh DECIMAL(18, 3), exported_kwh DECIMAL(18, 3)"
)
ADDED = {"invoices": {"points": f"STRUCT({_PART})[]"}, "documents": {"layout": "VARCHAR"}}
"""Columns that the SQL names and older releases did not write: null until silver is next written."""


@dataclass(frozen=True)
class SilverTable:
    """One of silver's tables at one version.

    Attributes:
        partitions: Partition date -> fingerprint of its files.
        held: Partition date -> path (as in the Delta log) and bytes of each of its files.
    """

    name: str
    column: str
    folder: Storage
    delta: DeltaTable | None
    partitions: dict[date, str]
    held: dict[date, list[tuple[str, int]]]

    @property
    def version(self) -> int:
        return self.delta.version() if self.delta is not None else -1

    @cached_property
    def schema(self) -> pa.Schema:
        """The table's own columns."""
        return pa.schema(self.delta.schema().to_arrow()) if self.delta is not None else pa.schema([])

    @cached_property
    def columns(self) -> dict[str, pa.DataType]:
        return {field.name: field.type for field in self.schema}

    @property
    def selected(self) -> str:
        """What to select from its rows, so that every column is there that the SQL names."""
        lacking = ADDED.get(self.name, {}).items()
        return ", ".join(["*", *(f"NULL::{kind} AS {name}" for name, kind in lacking if name not in self.columns)])

    def fingerprint(self, partition: date) -> str:
        return self.partitions.get(partition, "")

    def files(self, partitions: Iterable[date]) -> list[str] | None:
        """Paths of the files of some partitions, where they lie in a local folder and have every column."""
        if self.folder.folder is None or self.delta is None:
            return None
        paths = [str(self.folder.folder / unquote(path)) for at in sorted(partitions) for path, _ in self.held[at]]
        declared = set(self.columns) - {self.column}
        # a file from before a column was added reads as null there; that is left to Arrow
        return paths if all(declared <= _columns(path) for path in paths) else None

    @cached_property
    def opened_from(self) -> pafs.FileSystem:
        """For reading; six tables ask the same months' files, so each is fetched once."""
        sizes = {unquote(path): size for files in self.held.values() for path, size in files}
        return filesystem(self.folder, sizes, whole=WHOLE)

    def dataset(self, partitions: Iterable[date]) -> ds.Dataset:
        """The rows of some partitions, with all columns of the table; read as they are asked for."""
        wanted = sorted(partitions)
        if self.delta is None or not wanted:
            raise StorageUnavailable(f"silver holds no such months of {self.name}")
        files = self.opened_from
        kind = ds.ParquetFileFormat(default_fragment_scan_options=ds.ParquetFragmentScanOptions(pre_buffer=True))
        fragments = [
            kind.make_fragment(unquote(path), filesystem=files, partition_expression=pc.field(self.column) == at)
            for at in wanted
            for path, _ in self.held[at]
        ]
        return ds.FileSystemDataset(fragments, self.schema, kind, files)


@dataclass(frozen=True, slots=True)
class Silver:
    """Both tables that gold reads."""

    invoices: SilverTable
    documents: SilverTable


def open_silver(lake: Lake) -> Silver:
    """Pin silver's tables at their newest versions. Raises StorageUnavailable."""
    return Silver(_open(lake, "invoices", "period_month"), _open(lake, "documents", "received_on"))


def _open(lake: Lake, name: str, column: str) -> SilverTable:
    uri, folder = lake.table_uri(name), lake.storage.below(f"{SILVER}/{name}")
    try:
        delta = DeltaTable(uri, storage_options=lake.storage_options())
    except TableNotFoundError:
        return SilverTable(name, column, folder, None, {}, {})
    except (DeltaError, OSError) as error:
        raise StorageUnavailable(f"cannot open {uri}: {error}", remedy=STORE_REMEDY) from error
    held = _held(delta, column)
    return SilverTable(name, column, folder, delta, {at: _fingerprint(files) for at, files in held.items()}, held)


def _held(delta: DeltaTable, column: str) -> dict[date, list[tuple[str, int]]]:
    actions = pa.table(delta.get_add_actions(flatten=True))
    names = ("path", "size_bytes", f"partition.{column}")
    held: dict[date, list[tuple[str, int]]] = {}
    for path, size, partition in zip(*(actions.column(name).to_pylist() for name in names), strict=True):
        held.setdefault(partition, []).append((path, size))
    return held


@functools.lru_cache(maxsize=4096)
def _columns(path: str) -> frozenset[str]:
    """A data file's columns: files of Delta never change."""
    return frozenset(pq.read_schema(path).names)


def _fingerprint(files: Iterable[tuple[str, int]]) -> str:
    return hashlib.sha256("\n".join(sorted(path for path, _ in files)).encode()).hexdigest()[:16]

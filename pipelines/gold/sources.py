"""What gold is made from: silver's tables pinned at one version.

A month is known by the files that hold it: Delta files are never changed, so the same set of files is the
same rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from pipelines.arrow_files import filesystem
from pipelines.errors import StorageUnavailable
from pipelines.lake import Lake
from pipelines.layout import SILVER
from pipelines.storage import Storage

METADATA = b"invoice_lake"
"""Key in a file's metadata: JSON with `sources`, `versions` and `definition`."""
_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class SilverTable:
    """One of silver's tables at one version. `partitions`: its partition date -> fingerprint of its files."""

    name: str
    column: str
    folder: Storage
    delta: DeltaTable | None
    partitions: dict[date, str]

    @property
    def version(self) -> int:
        return self.delta.version() if self.delta is not None else -1

    def fingerprint(self, partition: date) -> str:
        return self.partitions.get(partition, "")

    def files(self, partitions: Iterable[date]) -> list[str] | None:
        """Paths of the files of some partitions, where they lie in a local folder and have every column."""
        wanted = set(partitions)
        if self.folder.folder is None or self.delta is None:
            return None
        actions = pa.table(self.delta.get_add_actions(flatten=True))
        held = zip(
            actions.column("path").to_pylist(), actions.column(f"partition.{self.column}").to_pylist(), strict=True
        )
        paths = [str(self.folder.folder / unquote(path)) for path, partition in held if partition in wanted]
        declared = set(pa.schema(self.delta.schema().to_arrow()).names) - {self.column}
        # a file from before a column was added reads as null there; that is left to Arrow
        return paths if all(declared <= set(pq.read_schema(path).names) for path in paths) else None

    def dataset(self, partitions: Iterable[date]) -> ds.Dataset:
        """The rows of some partitions, with all columns of the table; read as they are asked for."""
        listed = ", ".join(f"'{partition.isoformat()}'" for partition in sorted(partitions))
        if self.delta is None or not listed:
            raise StorageUnavailable(f"silver holds no such months of {self.name}")
        actions = pa.table(self.delta.get_add_actions(flatten=True))
        sizes = dict(zip(actions.column("path").to_pylist(), actions.column("size_bytes").to_pylist(), strict=True))
        return self.delta.to_pyarrow_dataset(
            filesystem=filesystem(self.folder, sizes),
            schema=pa.schema(self.delta.schema().to_arrow()),
            file_pruning_predicate=f"{self.column} IN ({listed})",
        )


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
        return SilverTable(name, column, folder, None, {})
    except (DeltaError, OSError) as error:
        raise StorageUnavailable(f"cannot open {uri}: {error}", remedy="It is tried again.") from error
    return SilverTable(name, column, folder, delta, _partitions(delta, column))


def _partitions(delta: DeltaTable, column: str) -> dict[date, str]:
    actions = pa.table(delta.get_add_actions(flatten=True))
    paths: dict[date, list[str]] = {}
    for path, partition in zip(
        actions.column("path").to_pylist(), actions.column(f"partition.{column}").to_pylist(), strict=True
    ):
        paths.setdefault(partition, []).append(path)
    return {at: hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()[:16] for at, found in paths.items()}

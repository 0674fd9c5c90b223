"""Gold's files: how they are written, and row groups that are taken over from the file before."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from zlib import crc32

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.gold.footers import ParquetBytes, RowGroup, joined

ROW_GROUP = 131_072
_DISTINCT = ("point_key", "point_id", "original_key", "document_id")
"""Columns whose values hardly repeat in a file: a dictionary of them costs time and bytes."""


@contextmanager
def arrow_memory() -> Iterator[None]:
    """Arrow's memory from jemalloc, where it is built in, for columns that come and go by the piece.

    Arrow's own choice, mimalloc, takes a twentieth more time and some 50 MiB more.
    """
    before = pa.default_memory_pool()
    with suppress(NotImplementedError):
        pa.set_memory_pool(pa.jemalloc_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(before)


class Writing:
    """A file in the making: zstd, with the columns' comments and units.

    Args:
        schema: Of the rows; their texts may be dictionaries, which are written as they are.
        declared: What readers get.
    """

    def __init__(self, schema: pa.Schema, declared: pa.Schema) -> None:
        # a dictionary of a sum, a random key or a date, and the range of the first two, take time and help no reader
        few = [f.name for f in declared if not pa.types.is_decimal(f.type) and f.name not in _DISTINCT]
        self._declared, self._sink = declared, io.BytesIO()
        self._writer = pq.ParquetWriter(
            self._sink,
            schema,
            compression="zstd",
            compression_level=1,  # keys are random digits, which higher levels do not shrink
            use_dictionary=[name for name in few if not pa.types.is_date(declared.field(name).type)],
            write_statistics=few,
            store_decimal_as_integer=True,
            write_batch_size=ROW_GROUP,
            store_schema=False,  # it would tell readers of dictionaries
        )
        self._groups: list[RowGroup | int] = []
        self._written = 0
        self.rows = 0
        self.checks: list[int] = []
        """CRC-32 of each row group's bytes."""

    def add(self, rows: pa.Table) -> list[int]:
        """Write rows. Returns the numbers of their row groups."""
        first = len(self._groups)
        for at in range(0, max(rows.num_rows, 1), ROW_GROUP):
            start = self._sink.tell()
            self._writer.write_table(rows.slice(at, ROW_GROUP), row_group_size=ROW_GROUP)
            self.checks.append(crc32(self._sink.getbuffer()[start:]))
            self._groups.append(self._written)
            self._written += 1
        self.rows += rows.num_rows
        return list(range(first, len(self._groups)))

    def take(self, groups: list[RowGroup]) -> list[int]:
        """Take row groups over from an older file, which was written in the same way. Returns their new numbers."""
        first = len(self._groups)
        self._groups += groups
        self.checks += [group.check for group in groups]
        self.rows += sum(group.rows for group in groups)
        return list(range(first, len(self._groups)))

    def finish(self, notes: Mapping[bytes, bytes], behind: bytes = b"") -> bytes:
        """The file, the same bytes whether its row groups were written or taken over.

        Args:
            notes: Where its rows come from.
            behind: Bytes for ourselves, right before the footer, where readers of Parquet do not look.
        """
        schema = base64.b64encode(self._declared.serialize().to_pybytes())
        self._writer.add_key_value_metadata({**notes, b"ARROW:schema": schema})
        if self._written == len(self._groups):
            self._sink.write(behind)
        self._writer.close()
        if self._written == len(self._groups):
            return self._sink.getvalue()
        new = ParquetBytes(self._sink.getvalue())
        return joined([new.group(found) if isinstance(found, int) else found for found in self._groups], new, behind)


def to_parquet(rows: pa.Table, schema: pa.Schema, notes: Mapping[bytes, bytes]) -> bytes:
    """A file of these rows, which have the columns of `schema`."""
    writing = Writing(rows.schema, schema)
    writing.add(rows)
    return writing.finish(notes)


def same_rows(left: bytes, right: bytes) -> bool:
    """Whether two files hold the same rows, whatever their notes say."""
    return bool(left == right or pq.read_table(io.BytesIO(left)).equals(pq.read_table(io.BytesIO(right))))

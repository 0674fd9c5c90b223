"""A month of silver's invoices by column, as gold's fast ways read it: piece by piece, and texts as numbers.

Most bills are plain: one bill of a point and of one calendar month. For those gold's SQL comes to copying columns
and adding up, which arrays do in a fraction of the time that a row expression takes. What is not plain goes the
way of the SQL, which stays the definition of both.

A piece is a row group of silver (65,536 invoices): memory stays at a piece, whatever the month holds. All that a
piece has to know of the others is which of its points have further bills there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.errors import STORE_REMEDY, StorageUnavailable
from pipelines.gold.columns import Coded, Mask, coded, hashed, is_valid
from pipelines.gold.sources import SilverTable

MOST = 1_000_000
"""Rows of a month whose points are held in memory at once, some 50 bytes each; a larger month goes the way of the
SQL."""
PLACE = ("country", "tariff_group", "currency", "seller_tax_id", "seller_name")
"""What the rows of costs are told apart by, beside the month."""
ASKED = ("kind", "document_type", "bill_part", "effect", *PLACE)
TEXTS = (*ASKED, "point_scheme", "distributor")
"""Texts that repeat in a month; ASKED are those that rows are chosen or told apart by."""
SUMMED = ("effect_kwh", "effect_net", "effect_tax", "effect_gross", "exported_kwh", "compensated_kwh")
TAXED = ("taxes", "tax_total")
_KEYED = ("kind", "point_key")
_COLUMNS = (*TEXTS, *SUMMED, "period_start", "period_end", "point_key", "point_id")
TELLING = (*_COLUMNS, *TAXED, "points")
"""All that gold makes of a piece follows from these columns, apart from bills of points that have several."""


@dataclass(frozen=True)
class Piece:
    """A row group of a month's invoices.

    Attributes:
        path: The file, as the storage names it below the table's folder.
        number: Of the row group in its file.
        source: The bytes of the file.
    """

    month: date
    table: SilverTable
    path: str
    number: int
    file: pq.ParquetFile
    source: pa.NativeFile

    def read(self, names: Sequence[str]) -> pa.Table:
        """Some columns; TEXTS as dictionaries, and nulls for columns that came after the file."""
        with _asking():
            rows = self.file.read_row_group(self.number, columns=list(names), use_threads=False)
        known = set(rows.column_names)

        def column(name: str) -> pa.Array | pa.ChunkedArray:
            kind = held_as(name, self.table.columns[name])
            found = rows.column(name) if name in known else pa.nulls(rows.num_rows, kind)
            return found if found.type == kind else found.cast(kind)

        return pa.table({name: column(name) for name in names}).unify_dictionaries()

    @cached_property
    def keyed(self) -> pa.Table:
        """What tells the points of its bills."""
        return self.read(_KEYED)

    @cached_property
    def electric(self) -> Mask:
        return coded(self.keyed.column("kind")).among("electricity")

    @cached_property
    def pointed(self) -> Mask:
        """Electricity bills of one point."""
        return self.electric & is_valid(self.keyed.column("point_key"))

    @cached_property
    def collective(self) -> Mask:
        """Electricity bills of several points: the parts stand in `points`."""
        without = self.electric & ~self.pointed
        if not without.any() or "points" not in self.table.columns:
            return np.zeros(len(without), np.bool_)
        return without & is_valid(self._points)

    @cached_property
    def parts(self) -> pa.Table:
        """The points of collective bills: `row` (the bill) and `point_key`."""
        if not self.collective.any():
            return pa.table({"row": pa.array([], pa.int64()), "point_key": pa.array([], pa.string())})
        bills = np.flatnonzero(self.collective)
        points = self._points.filter(pa.array(self.collective)).combine_chunks()
        rows = bills[pc.list_parent_indices(points).to_numpy()]
        keys = pc.list_flatten(points).field("point_key")
        return pa.table({"row": pa.array(rows), "point_key": keys}).filter(keys.is_valid())

    @cached_property
    def _points(self) -> pa.ChunkedArray:
        return self.read(["points"]).column("points")

    def forget(self) -> None:
        """Give back what was read."""
        for name in ("keyed", "electric", "pointed", "collective", "parts", "_points"):
            self.__dict__.pop(name, None)


@dataclass(frozen=True)
class Bills:
    """The invoices of a piece.

    Attributes:
        several: Bills of one point of which the month has another bill, or a part of a collective bill.
    """

    piece: Piece
    several: Mask

    def __len__(self) -> int:
        return len(self.several)

    @property
    def month(self) -> date:
        return self.piece.month

    @cached_property
    def rows(self) -> pa.Table:
        """The columns that every month needs."""
        keyed, others = self.piece.keyed, [name for name in _COLUMNS if name not in _KEYED]
        return pa.table(dict(zip(_KEYED, keyed.columns, strict=True)) | _columns(self.piece.read(others)))

    @cached_property
    def texts(self) -> dict[str, Coded]:
        return {name: coded(self.rows.column(name)) for name in ASKED}


@dataclass(frozen=True)
class Month:
    """A month's invoices."""

    pieces: tuple[Piece, ...]

    @cached_property
    def several(self) -> tuple[Mask, ...]:
        """Of each piece, its bills of points that have several (`Bills.several`).

        By 64 bits of the key: should two keys share them, their bills go the long way, to the same rows.
        """
        own = [_held(piece) for piece in self.pieces]
        parts = [piece.parts.column("point_key") for piece in self.pieces]
        numbers = hashed(pa.chunked_array([chunk for keys in (*own, *parts) for chunk in keys.chunks], pa.string()))
        in_order = np.sort(numbers)
        twice = np.unique(in_order[1:][in_order[1:] == in_order[:-1]])
        found, at = [], 0
        for piece, keys in zip(self.pieces, own, strict=True):
            mask = np.zeros(len(piece.pointed), np.bool_)
            if len(twice):
                mask[piece.pointed] = np.isin(numbers[at : at + len(keys)], twice)
            found.append(mask)
            at += len(keys)
        return tuple(found)


@contextmanager
def open_month(table: SilverTable, month: date, most: int = MOST) -> Iterator[Month | None]:
    """A month of `invoices`; None where it has more than `most` rows.

    Raises:
        StorageUnavailable: The store did not answer.
    """
    paths = [unquote(path) for path, _ in table.held[month]]
    with ExitStack() as opened:
        with _asking():
            sources = [opened.enter_context(table.opened_from.open_input_file(path)) for path in paths]
            files = [pq.ParquetFile(source, read_dictionary=TEXTS, pre_buffer=True) for source in sources]
        pieces = [
            Piece(month, table, path, number, file, source)
            for path, file, source in zip(paths, files, sources, strict=True)
            for number in range(file.num_row_groups)
        ]
        yield Month(tuple(pieces)) if sum(file.metadata.num_rows for file in files) <= most else None


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageUnavailable(f"silver could not be read: {error}", remedy=STORE_REMEDY) from error


def _held(piece: Piece) -> pa.ChunkedArray:
    keys = piece.keyed.column("point_key")
    return keys if piece.pointed.all() else keys.filter(pa.array(piece.pointed))


def _columns(rows: pa.Table) -> dict[str, pa.ChunkedArray]:
    return dict(zip(rows.column_names, rows.columns, strict=True))


def held_as(name: str, declared: pa.DataType) -> pa.DataType:
    """Texts that repeat are held as dictionaries."""
    return pa.dictionary(pa.int32(), pa.string()) if name in TEXTS else declared

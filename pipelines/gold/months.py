"""A month of silver's invoices by column, as gold's fast ways read it: once, and texts as numbers.

Most bills are plain: one bill of a point and of one calendar month. For those gold's SQL comes to copying columns
and adding up, which arrays do in a fraction of the time that a row expression takes. What is not plain goes the
way of the SQL, which stays the definition of both.
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
"""Rows of a month that are held in memory at once, some 300 bytes each; a larger month goes the way of the SQL."""
PLACE = ("country", "tariff_group", "currency", "seller_tax_id", "seller_name")
"""What the rows of costs are told apart by, beside the month."""
ASKED = ("kind", "document_type", "bill_part", "effect", *PLACE)
TEXTS = (*ASKED, "point_scheme", "distributor")
"""Texts that repeat in a month; ASKED are those that rows are chosen or told apart by."""
SUMMED = ("effect_kwh", "effect_net", "effect_tax", "effect_gross", "exported_kwh", "compensated_kwh")
_COLUMNS = (*TEXTS, *SUMMED, "period_start", "period_end", "point_key", "point_id")


@dataclass(frozen=True)
class Month:
    """A month's invoices.

    Attributes:
        rows: The columns that every month needs; TEXTS as dictionaries, which are the same in all pieces.
    """

    month: date
    table: SilverTable
    files: tuple[pq.ParquetFile, ...]
    rows: pa.Table

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    def more(self, names: Sequence[str]) -> pa.Table:
        """Further columns, in the same order of rows."""
        return _read(self.table, self.files, names)

    @cached_property
    def texts(self) -> dict[str, Coded]:
        return {name: coded(self.rows.column(name)) for name in ASKED}

    @cached_property
    def electric(self) -> Mask:
        return self.texts["kind"].among("electricity")

    @cached_property
    def pointed(self) -> Mask:
        """Electricity bills of one point."""
        return self.electric & is_valid(self.rows.column("point_key"))

    @cached_property
    def collective(self) -> Mask:
        """Electricity bills of several points: the parts stand in `points`."""
        without = self.electric & ~self.pointed
        if not without.any() or "points" not in self.table.columns:
            return np.zeros(len(self), np.bool_)
        return without & is_valid(self.more(["points"]).column("points"))

    @cached_property
    def parts(self) -> pa.Table:
        """The points of collective bills: `row` (the bill) and `point_key`."""
        empty = pa.table({"row": pa.array([], pa.int64()), "point_key": pa.array([], pa.string())})
        if not self.collective.any():
            return empty
        bills = np.flatnonzero(self.collective)
        points = self.more(["points"]).column("points").filter(pa.array(self.collective)).combine_chunks()
        rows = bills[pc.list_parent_indices(points).to_numpy()]
        keys = pc.list_flatten(points).field("point_key")
        return pa.table({"row": pa.array(rows), "point_key": keys}).filter(keys.is_valid())

    @cached_property
    def several(self) -> Mask:
        """Bills of one point of which the month has another bill, or a part of a collective bill.

        By 64 bits of the key: should two keys share them, their bills go the long way, to the same rows.
        """
        keys, parts = self.rows.column("point_key"), self.parts.column("point_key")
        held = keys if self.pointed.all() else keys.filter(pa.array(self.pointed))
        numbers = hashed(pa.chunked_array([*held.chunks, *parts.chunks], pa.string()))
        in_order = np.sort(numbers)
        twice = np.unique(in_order[1:][in_order[1:] == in_order[:-1]])
        found = np.zeros(len(self), np.bool_)
        if len(twice):
            found[self.pointed] = np.isin(numbers[: len(held)], twice)
        return found


@contextmanager
def open_month(table: SilverTable, month: date, most: int = MOST) -> Iterator[Month | None]:
    """Read a month of `invoices`; None where it has more than `most` rows.

    Raises:
        StorageUnavailable: The store did not answer.
    """
    paths = [unquote(path) for path, _ in table.held[month]]
    with ExitStack() as opened:
        with _asking():
            sources = [opened.enter_context(table.opened_from.open_input_file(path)) for path in paths]
            files = tuple(pq.ParquetFile(source, read_dictionary=TEXTS, pre_buffer=True) for source in sources)
        small = sum(file.metadata.num_rows for file in files) <= most
        yield Month(month, table, files, _read(table, files, _COLUMNS)) if small else None


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageUnavailable(f"silver could not be read: {error}", remedy=STORE_REMEDY) from error


def _read(table: SilverTable, files: Sequence[pq.ParquetFile], names: Sequence[str]) -> pa.Table:
    kinds = {name: _kind(name, table.columns[name]) for name in names}
    with _asking():
        # group by group: what unpacking one takes is used again by the next
        read = [
            _conformed(file.read_row_group(group, columns=list(names), use_threads=False), kinds)
            for file in files
            for group in range(file.num_row_groups)
        ]
    return pa.concat_tables(read).unify_dictionaries() if read else _conformed(pa.table({}), kinds)


def _kind(name: str, declared: pa.DataType) -> pa.DataType:
    return pa.dictionary(pa.int32(), pa.string()) if name in TEXTS else declared


def _conformed(rows: pa.Table, kinds: dict[str, pa.DataType]) -> pa.Table:
    """With nulls for columns that came after the file."""
    known = set(rows.column_names)

    def column(name: str, kind: pa.DataType) -> pa.Array | pa.ChunkedArray:
        found = rows.column(name) if name in known else pa.nulls(rows.num_rows, kind)
        return found if found.type == kind else found.cast(kind)

    return pa.table({name: column(name, kind) for name, kind in kinds.items()})

"""A month of gold, made of silver's pieces one after the other: its sums, and its file of consumption.

What follows from a piece alone, given which of its points have further bills, is made of that piece: the rows of
plain bills, and those of other bills whose points have no further bill, each in row groups of their own, so that the
next file can take them over (`kept`). Points that have several bills come last. A month of one piece has nothing to
take over, and its rows stand together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.gold.catalog import CONSUMPTION_PER_PPE
from pipelines.gold.columns import Mask
from pipelines.gold.consumption import asked_bills, held, plain_bills, plain_rows
from pipelines.gold.kept import Known, Note, Pieces, Sums, digest
from pipelines.gold.months import Bills, Month
from pipelines.gold.parquet import Writing
from pipelines.gold.sums import TooLargeError, invoice_sums, tax_sums

Ask = Callable[[pa.Table], pa.Table]
"""Rows of consumption that the SQL makes of some bills."""
_SCHEMA = CONSUMPTION_PER_PPE.schema
_ASKED_AT_ONCE = 50_000
"""Bills that wait until the SQL is asked for them: planning it costs as much as answering for thousands of bills, but
for 100,000 it takes hundreds of MiB."""


@dataclass
class File:
    """A file of consumption, all but its notes."""

    writing: Writing
    pieces: Pieces | None

    @property
    def rows(self) -> int:
        return self.writing.rows

    def finish(self, notes: Mapping[bytes, bytes]) -> bytes:
        more, behind = self.pieces.packed(self.writing.checks) if self.pieces is not None else ({}, b"")
        return self.writing.finish({**notes, **more}, behind)


@dataclass
class Made:
    """What is made of a month.

    Attributes:
        sums: By name; None where the SQL has to be asked, because amounts are too large.
        file: None where it was not asked for.
    """

    sums: dict[str, list[pa.Table] | None]
    file: File | None


def made_of(month: Month, names: Sequence[str], known: Mapping[int, Known], ask: Ask | None) -> Made:
    """Sums and consumption of a month.

    Args:
        month: Open.
        names: Which of SUMS are wanted.
        known: What an older file tells of pieces, by their place in the month.
        ask: None where consumption is not wanted.
    """
    sums = _SumsOfMonth(names)
    consumption = _Consumption(month, ask) if ask is not None else None
    for at, (piece, several) in enumerate(zip(month.pieces, month.several, strict=True)):
        bills, told = Bills(piece, several), known.get(at)
        of_piece = sums.add(bills, told)
        if consumption is not None:
            consumption.add(bills, told, of_piece)
        piece.forget()
    return Made(sums.found, consumption.file() if consumption is not None else None)


class _SumsOfMonth:
    def __init__(self, names: Sequence[str]) -> None:
        self.found: dict[str, list[pa.Table] | None] = {name: [] for name in names}

    def add(self, bills: Bills, told: Known | None) -> Sums:
        """The sums of a piece that are known now."""
        known = dict(told.sums) if told is not None else {}
        for name, tables in self.found.items():
            if tables is None:
                continue
            try:
                if name not in known:
                    known[name] = invoice_sums(bills) if name == "invoice_sums" else tax_sums(bills)
                tables.append(known[name])
            except TooLargeError:
                self.found[name] = None
        return known


class _Consumption:
    def __init__(self, month: Month, ask: Ask) -> None:
        self._alone, self._ask = len(month.pieces) == 1, ask
        self._writing = Writing(held(_SCHEMA), _SCHEMA)
        self._pieces = Pieces()
        self._plain: list[pa.Table] = []
        """Of a month of one piece, whose rows stand together."""
        self._single: dict[int, pa.Table | Known] = {}
        """Piece -> rows of bills whose points have no further bill."""
        self._waiting: list[pa.Table] = []
        self._owners: list[tuple[int, pa.ChunkedArray]] = []
        """Pieces that wait, and the points of their bills that have no further bill."""
        self._several: list[pa.Table] = []

    def add(self, bills: Bills, told: Known | None, sums: Sums) -> None:
        """The rows of a piece's plain bills; the SQL is asked for the others once a good deal of them waits."""
        at, several = len(self._pieces.notes), bills.several | bills.piece.collective
        note = Note(bills.piece.path, bills.piece.number, digest(bills.several), [], [], sorted(sums))
        if told is not None:
            others, self._single[at] = several, told
            note.plain.extend(self._writing.take(told.plain))
        else:
            plain = plain_bills(bills)
            others = bills.piece.pointed & ~plain.bills | bills.piece.collective
            rows = plain_rows(bills, plain, _SCHEMA)
            if self._alone:
                self._plain.append(rows)
            elif rows.num_rows:
                note.plain.extend(self._writing.add(rows))
        if others.any():
            # of a month of one piece they need not be parted
            self._wait(at, asked_bills(bills, others), (several | self._alone)[others])
        self._pieces.notes.append(note)
        self._pieces.sums.append(sums)

    def file(self) -> File:
        several = self._asked(self._several)
        if self._alone:
            rows = [held(_SCHEMA).empty_table(), *self._plain, several]
            self._writing.add(pa.concat_tables(rows).unify_dictionaries())
            return File(self._writing, None)
        for at, note in enumerate(self._pieces.notes):
            one = self._single.get(at)
            if isinstance(one, Known):
                note.single.extend(self._writing.take(one.single))
            elif one is not None and one.num_rows:
                note.single.extend(self._writing.add(one))
        if several.num_rows or not self._writing.rows:
            self._writing.add(several)
        return File(self._writing, self._pieces)

    def _wait(self, at: int, bills: pa.Table, several: Mask) -> None:
        self._several.append(bills.filter(pa.array(several)))
        if not several.all():
            self._waiting.append(bills.filter(pa.array(~several)))
            self._owners.append((at, self._waiting[-1].column("point_key")))
        if sum(waiting.num_rows for waiting in self._waiting) > _ASKED_AT_ONCE:
            self._asked([])

    def _asked(self, more: list[pa.Table]) -> pa.Table:
        """Ask for what waits, and for `more`, whose rows are returned."""
        bills, owners = [*self._waiting, *more], self._owners
        self._waiting, self._owners = [], []
        if not any(table.num_rows for table in bills):
            return held(_SCHEMA).empty_table()
        rows = self._ask(pa.concat_tables(bills))
        points = pa.chunked_array([chunk for _, keys in owners for chunk in keys.chunks], pa.string())
        pieces = np.repeat([at for at, _ in owners], [len(keys) for _, keys in owners])
        found = pc.index_in(rows.column("point_key"), value_set=points)
        of = np.append(pieces, -1)[found.fill_null(-1).to_numpy()]
        self._single |= {at: _some(rows, of == at) for at, _ in owners}
        return _some(rows, of < 0)


def _some(rows: pa.Table, chosen: Mask) -> pa.Table:
    """Some rows; their dictionaries hold their own texts alone, whatever else the SQL was asked for."""
    found = rows.filter(pa.array(chosen)) if chosen.any() else rows.slice(0, 0)
    return found.combine_chunks().cast(held(_SCHEMA))

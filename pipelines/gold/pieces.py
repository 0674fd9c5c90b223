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
from pipelines.gold.columns import Mask, Numbers
from pipelines.gold.consumption import asked_bills, held, plain_bills, plain_rows
from pipelines.gold.kept import Known, Note, Pieces, Sums, digest
from pipelines.gold.months import Bills, Month
from pipelines.gold.parquet import Writing
from pipelines.gold.sums import TooLargeError, invoice_sums, tax_sums

Ask = Callable[[pa.Table], pa.Table]
"""Rows of consumption that the SQL makes of some bills."""
_SCHEMA = CONSUMPTION_PER_PPE.schema


@dataclass
class File:
    """A file of consumption, all but its notes."""

    writing: Writing
    pieces: Pieces | None
    rows: int

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


@dataclass
class _Waiting:
    """Bills of a piece that the SQL has to see, and the points among them that have no further bill in the month."""

    piece: int
    bills: pa.Table
    single: pa.ChunkedArray


class _Consumption:
    def __init__(self, month: Month, ask: Ask) -> None:
        self._alone, self._ask = len(month.pieces) == 1, ask
        self._writing = Writing(held(_SCHEMA), _SCHEMA)
        self._together: list[pa.Table] = []
        self._pieces = Pieces()
        self._waiting: list[_Waiting] = []
        self._single: dict[int, Known] = {}

    def add(self, bills: Bills, told: Known | None, sums: Sums) -> None:
        """The rows of a piece's plain bills; its others wait for those of the other pieces."""
        at, piece, several = len(self._pieces.notes), bills.piece, bills.several | bills.piece.collective
        note = Note(piece.path, piece.number, digest(bills.several), [], [], sorted(sums))
        if told is not None:
            others = several
            self._single[at] = told
            note.plain.extend(self._writing.take(told.plain))
        else:
            plain = plain_bills(bills)
            others = piece.pointed & ~plain.bills | piece.collective
            note.plain.extend(self._add(plain_rows(bills, plain, _SCHEMA)))
        if others.any():
            single = bills.rows.column("point_key").filter(pa.array(others & ~several))
            self._waiting.append(_Waiting(at, asked_bills(bills, others), single))
        self._pieces.notes.append(note)
        self._pieces.sums.append(sums)

    def file(self) -> File:
        rows, owners = self._asked()
        for at, note in enumerate(self._pieces.notes):
            if at in self._single:
                note.single.extend(self._writing.take(self._single[at].single))
            else:
                note.single.extend(self._add(_some(rows, owners == at)))
        self._add(_some(rows, owners < 0))
        if self._alone or not self._writing.rows:
            self._writing.add(pa.concat_tables([held(_SCHEMA).empty_table(), *self._together]).unify_dictionaries())
        return File(self._writing, None if self._alone else self._pieces, self._writing.rows)

    def _add(self, rows: pa.Table) -> list[int]:
        if self._alone:
            self._together.append(rows)
        return self._writing.add(rows) if rows.num_rows and not self._alone else []

    def _asked(self) -> tuple[pa.Table, Numbers]:
        """The rows that the SQL makes of what waits, and the piece of each; -1 where it tells of several bills."""
        if not self._waiting:
            return _SCHEMA.empty_table(), np.empty(0, np.int64)
        rows = self._ask(pa.concat_tables([waiting.bills for waiting in self._waiting]))
        keys = pa.chunked_array([chunk for waiting in self._waiting for chunk in waiting.single.chunks], pa.string())
        pieces = np.repeat([w.piece for w in self._waiting], [len(w.single) for w in self._waiting])
        found = pc.index_in(rows.column("point_key"), value_set=keys)
        return rows, np.append(pieces, -1)[found.fill_null(-1).to_numpy()]


def _some(rows: pa.Table, chosen: Mask) -> pa.Table:
    """Some rows; their dictionaries hold their own texts alone, whatever else the SQL was asked for."""
    found = rows.filter(pa.array(chosen)) if chosen.any() else rows.slice(0, 0)
    return found.combine_chunks().cast(held(_SCHEMA))

"""Columns of a table that did not fit and are printed beneath it: the same positions, the rest of the columns.

The visualisation of KSeF invoices parts wide tables so: `Lp. | Nazwa | ...` first, then `Lp. | GTIN | Stan przed` with
a row for each row above. Such rows tell of lines; they are none, nor words of the last one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pipelines.parsing.folding import fold
from pipelines.parsing.geometry import Cell
from pipelines.parsing.tables_grid import GridRow
from pipelines.parsing.tables_headers import Header

_APART: Final = 6.0
"""Points that the first cells of both headers may stand apart."""


@dataclass(frozen=True, eq=False)
class Annex:
    """Columns beside a table's own: a header row and one row for each of the table's, in their order."""

    header: GridRow
    rows: tuple[GridRow, ...]

    def values(self, column: Cell) -> list[str]:
        """The text beneath one of the header's cells, row by row; empty where nothing stands."""
        return [
            " ".join(w.text for c in row.cells for w in c.words if _overlaps(w.box.x0, w.box.x1, column))
            for row in self.rows
        ]


def without_annexes(header: Header, rows: Sequence[GridRow]) -> tuple[list[GridRow], tuple[Annex, ...]]:
    """Part the rows beneath a header into the table's own and its annexes.

    An annex begins with a row that repeats the header's first cell, the position's, at the same place; the positions
    beneath it are those of the table, in their order.

    Args:
        header: The table's header.
        rows: The rows beneath it.
    """
    first = header.cells[0] if header.cells else None
    if first is None or first.roles[:1] != ("position",):
        return list(rows), ()
    own: list[GridRow] = []
    annexes: list[Annex] = []
    positions: list[str] = []
    i = 0
    while i < len(rows):
        row = rows[i]
        if positions and _repeats(row, fold(first.text), first.box.x0):
            taken = _rows_for(positions, rows[i + 1 :], row.cells[0].box.x0)
            if taken is not None:
                held, used = taken
                annexes.append(Annex(row, held))
                i += 1 + used
                continue
        if not annexes and (position := _position(row, first.box.x0)):
            positions.append(position)
        own.append(row)
        i += 1
    return own, tuple(annexes)


def _repeats(row: GridRow, label: str, left: float) -> bool:
    cell = row.cells[0]
    return fold(cell.text) == label and abs(cell.box.x0 - left) < _APART and not row.has_amount and len(row.cells) > 1


def _rows_for(positions: Sequence[str], rows: Sequence[GridRow], left: float) -> tuple[tuple[GridRow, ...], int] | None:
    """The next rows that bear the positions, and how many rows they and wrapped words between them take."""
    held: list[GridRow] = []
    for used, row in enumerate(rows, start=1):
        position = _position(row, left)
        if position == positions[len(held)]:
            held.append(row)
            if len(held) == len(positions):
                return tuple(held), used
        elif position or row.cells[0].box.x0 < left + _APART:
            return None
    return None


def _position(row: GridRow, left: float) -> str:
    """The position number that a row begins with, beneath the header's first cell; else nothing."""
    word = row.cells[0].words[0]
    text = word.text.rstrip(".)")
    return text if text.isdigit() and len(text) <= 4 and abs(word.box.x0 - left) < 4 * _APART else ""


def _overlaps(x0: float, x1: float, column: Cell) -> bool:
    return min(x1, column.box.x1) - max(x0, column.box.x0) > 0

"""Columns of a table by geometry: numbers that stand over one another, named by the header above them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from pipelines.parsing.tables_annexes import Annex, without_annexes
from pipelines.parsing.tables_grid import Grid, GridRow, Number
from pipelines.parsing.tables_headers import Header, HeaderCell, Role, make_cell
from pipelines.parsing.tables_words import column_words

TEXTUAL: Final = ("description", "code", "other", "unit", "date", "period")
SHARED: Final = 0.35
"""Two numbers belong to one column where they share this part of the narrower one's width."""


@dataclass(frozen=True, eq=False)
class Column:
    """Numbers over one another. `roles` come from the header, likeliest first; empty where none says."""

    x0: float
    x1: float
    roles: tuple[Role, ...]
    numbers: tuple[Number, ...]
    label: str = ""

    @cached_property
    def percents(self) -> bool:
        """Whether most of its numbers are printed with a percent sign."""
        return sum(n.percent for n in self.numbers) > 0.5 * len(self.numbers)

    @cached_property
    def money(self) -> bool:
        """Whether most of its numbers have two decimals."""
        return sum(n.decimals == 2 and not n.percent for n in self.numbers) > 0.5 * len(self.numbers)

    def overlap(self, x0: float, x1: float) -> float:
        """Points shared with the interval; negative is the gap between them."""
        return min(self.x1, x1) - max(self.x0, x0)


@dataclass(frozen=True, eq=False)
class Table:
    """A header (None for tables without one), the rows beneath it, its number columns left to right."""

    header: Header | None
    rows: tuple[GridRow, ...]
    columns: tuple[Column, ...]
    cells: tuple[HeaderCell, ...]
    """Header cells after splitting those that stand over several columns."""
    title: str = ""
    """Rows just above the header."""
    last: int = 1 << 30
    """The grid index of the last row of its body, before a foot or a gap."""
    annexes: tuple[Annex, ...] = ()
    """The rest of its columns, printed beneath it."""

    def text_span(self, role: Role) -> tuple[float, float] | None:
        """The horizontal extent of a text column, up to its neighbours."""
        for i, cell in enumerate(self.cells):
            if role in cell.roles[:1]:
                left = self.cells[i - 1].box.x1 if i else cell.box.x0 - 200
                right = self.cells[i + 1].box.x0 if i + 1 < len(self.cells) else cell.box.x1 + 200
                return (left, right)
        return None


def cluster(numbers: Iterable[Number]) -> list[list[Number]]:
    """Group numbers whose widths overlap into columns, left to right."""
    groups: list[tuple[float, float, list[Number]]] = []
    # narrow ones last: they fall into the columns that the wide ones span
    for number in sorted(numbers, key=lambda n: -n.box.width):
        x0, x1 = number.box.x0, number.box.x1
        best, share = -1, SHARED
        for i, (g0, g1, _) in enumerate(groups):
            if x0 >= g1 or g0 >= x1:
                continue
            part = (min(x1, g1) - max(x0, g0)) / max(min(x1 - x0, g1 - g0), 1.0)
            if part > share:
                best, share = i, part
        if best < 0:
            groups.append((x0, x1, [number]))
        else:
            g0, g1, held = groups[best]
            held.append(number)
            groups[best] = (min(g0, x0), max(g1, x1), held)
    return [held for _, _, held in sorted(groups, key=lambda g: g[0] + g[1])]


def build_table(grid: Grid, header: Header, rows: Sequence[GridRow], feet: int, sums: Collection[int] = ()) -> Table:
    """Columns of the rows beneath a header.

    Args:
        grid: The document.
        header: Where the table begins.
        rows: Body rows, already without other tables' headers.
        feet: Grid index of the first row that sums the table: numbers from there on join columns but do not
            found any.
        sums: Grid indices of rows that sum some lines: they end the rows that found columns, too.
    """
    rows, annexes = without_annexes(header, rows)
    # a table that consists of sums alone (net, tax and gross under their labels) has no foot
    founders = founding_rows(grid, header, rows, feet if rows and feet > rows[0].index else 1 << 30, sums)
    held = {row.index for row in founders}
    founding = [n for row in founders for n in row.numbers if n.alone or _under(n, row, header)]
    columns = [_column(g) for g in cluster(founding)]
    cells = split_cells(header.cells, columns, mend=grid.ocr)
    columns = match_columns(columns, cells)
    later = [n for row in rows if row.index not in held for n in row.numbers]
    columns = _joined(columns, later)
    title = "\n".join(r.row.text for r in grid.rows[max(0, header.first - 3) : header.first])
    last = founders[-1].index if founders else header.last
    return Table(header, tuple(rows), tuple(columns), cells, title, last, annexes)


def founding_rows(
    grid: Grid, header: Header, rows: Sequence[GridRow], feet: int, sums: Collection[int]
) -> list[GridRow]:
    """The rows that make up the table's body: up to its foot, and up to a gap wider than its own spacing."""
    founders: list[GridRow] = []
    widest, last = 0.0, grid.rows[header.last]
    for row in rows:
        if row.index >= feet:
            break
        begun = any(r.has_amount for r in founders)
        if begun and (_like_header(row, mend=grid.ocr) or row.index in sums):
            break
        if row.page == last.page:
            gap = row.row.box.y0 - last.row.box.y1
            if gap > max(2.2 * row.height, 1.8 * widest) and begun:
                break
            widest = max(widest, gap)
        founders.append(row)
        last = row
    return founders


def _like_header(row: GridRow, *, mend: bool) -> bool:
    """Whether a row without numbers speaks of columns: another table begins."""
    if row.numbers or len(row.cells) < 2:
        return False
    covered = total = 0
    for cell in row.cells:
        meanings, words = column_words().read(cell.text, mend=mend)
        total += words
        covered += sum(m.end - m.start for m in meanings)
    return total >= 2 and covered / total >= 0.75


def _under(number: Number, row: GridRow, header: Header) -> bool:
    """Whether the only or first number of a cell with words stands under a header of numbers."""
    cell = next((c for c in row.cells if c.box.x0 <= number.box.x0 and number.box.x1 <= c.box.x1 + 0.1), None)
    if cell is None:
        return False
    inside = [n for n in row.numbers if cell.box.x0 <= n.box.x0 and n.box.x1 <= cell.box.x1 + 0.1]
    if len(inside) > 1 and number.box.x0 > cell.box.x0 + 1:
        return False
    for head in header.cells:
        if head.roles[:1] and head.roles[0] not in TEXTUAL:
            shared = min(head.box.x1 + 6, number.box.x1) - max(head.box.x0 - 6, number.box.x0)
            if shared > 0.7 * number.box.width:
                return True
    return False


def _column(numbers: Sequence[Number]) -> Column:
    x0, x1 = min(n.box.x0 for n in numbers), max(n.box.x1 for n in numbers)
    return Column(x0, x1, (), tuple(sorted(numbers, key=lambda n: (n.row, n.box.x0))))


def _joined(columns: Sequence[Column], later: Sequence[Number]) -> list[Column]:
    """The columns with the numbers of other rows, each in the column that it stands under most."""
    held: list[list[Number]] = [[] for _ in columns]
    for number in later if columns else ():
        x0, x1 = number.box.x0, number.box.x1
        shared = [column.overlap(x0, x1) for column in columns]
        most = max(shared)
        if most > 0:
            held[shared.index(most)].append(number)
    return [
        replace(column, numbers=(*column.numbers, *more)) if more else column
        for column, more in zip(columns, held, strict=True)
    ]


def split_cells(cells: Sequence[HeaderCell], columns: Sequence[Column], *, mend: bool) -> tuple[HeaderCell, ...]:
    """Split header cells that stand over several number columns, word by word."""
    made: list[HeaderCell] = []
    for cell in cells:
        over = [c for c in columns if c.overlap(cell.box.x0, cell.box.x1) > 0.3 * min(c.x1 - c.x0, cell.box.width)]
        over = [c for c in over if not any(_nearer(other, c, cell) for other in cells if other is not cell)]
        if len(over) < 2 or len(cell.words) < 2:
            made.append(cell)
            continue
        held: dict[int, list[int]] = {}
        for w, word in enumerate(cell.words):
            middle = (word.box.x0 + word.box.x1) / 2
            nearest = min(range(len(over)), key=lambda i: abs((over[i].x0 + over[i].x1) / 2 - middle))
            held.setdefault(nearest, []).append(w)
        made.extend(make_cell([cell.words[w] for w in words], mend=mend) for words in held.values())
    return tuple(sorted(made, key=lambda c: c.box.x0))


def _nearer(other: HeaderCell, column: Column, cell: HeaderCell) -> bool:
    return column.overlap(other.box.x0, other.box.x1) > column.overlap(cell.box.x0, cell.box.x1)


def match_columns(columns: Sequence[Column], cells: Sequence[HeaderCell]) -> list[Column]:
    """Name columns by header cells, both left to right, at the least total distance.

    Labels may stand left of right-aligned numbers by most of a column's width, so that the nearest label
    is the neighbour's; taken together and in order they fall into place.
    """
    infinite = float("inf")
    rows, width = len(columns), len(cells)
    best = [[infinite] * (width + 1) for _ in range(rows + 1)]
    step: list[list[str]] = [[""] * (width + 1) for _ in range(rows + 1)]
    best[0][0] = 0.0
    for i in range(rows + 1):
        for j in range(width + 1):
            here = best[i][j]
            if here == infinite:
                continue
            moves = []
            if i < rows:
                moves.append((i + 1, j, here + 150 + 50 * min(len(columns[i].numbers), 4), "alone"))
            if j < width:
                moves.append(
                    (i, j + 1, here + (0 if not cells[j].roles or cells[j].roles[0] in TEXTUAL else 12), "skip")
                )
            if i < rows and j < width:
                moves.append((i + 1, j + 1, here + _distance(columns[i], cells[j]), "match"))
            for a, b, cost, how in moves:
                if cost < best[a][b]:
                    best[a][b], step[a][b] = cost, how
    return _traced(columns, cells, step)


def _traced(columns: Sequence[Column], cells: Sequence[HeaderCell], step: Sequence[Sequence[str]]) -> list[Column]:
    named = list(columns)
    i, j = len(columns), len(cells)
    while i or j:
        how = step[i][j]
        if how == "match":
            named[i - 1] = replace(columns[i - 1], roles=cells[j - 1].roles, label=cells[j - 1].text)
        i, j = i - (how != "skip"), j - (how != "alone")
    return named


def _distance(column: Column, cell: HeaderCell) -> float:
    """Points between a column and a label, with surcharges where what stands there cannot be what it says."""
    x0, x1 = cell.box.x0, cell.box.x1
    edges = min(abs(column.x0 - x0), abs(column.x1 - x1), abs(column.x0 + column.x1 - x0 - x1) / 2)
    cost = max(0.0, -column.overlap(x0, x1)) + 0.15 * edges
    role = cell.roles[0] if cell.roles else None
    if column.percents and role is not None and not set(cell.roles) & {"tax_rate", "discount", "tax", "other"}:
        cost += 120
    if column.money and role in ("position", "unit", "code", "date"):
        cost += 80
    if role == "description":
        cost += 60
    return cost

"""Meter-reading tables: headers by their words, registers by geometry, readings by their arithmetic.

(current - previous) x multiplier, plus losses where printed, is the register's kWh. Columns are taken
from the header where it is understood and from that equation where it is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pipelines.parsing.tables_grid import Grid, GridRow
from pipelines.parsing.tables_headers import Header, HeaderCell, stack_cells
from pipelines.parsing.tables_words import meter_words

READING_WORDS: Final = frozenset({"previous", "current"})
KINDS: Final = READING_WORDS | {"multiplier", "consumption", "meter", "zone", "losses"}


def kinds_of(text: str, *, mend: bool = False) -> frozenset[str]:
    """What a header text of a meter table may mean."""
    meanings, _ = meter_words().read(text, mend=mend)
    return frozenset().union(*(m.kinds for m in meanings)) if meanings else frozenset()


def find_meter_headers(grid: Grid) -> tuple[Header, ...]:
    """Headers of meter-reading tables, stacked rows joined, top to bottom."""
    found: list[Header] = []
    after = 0
    for row in grid.rows:
        if row.index < after or not _header_row(row, mend=grid.ocr):
            continue
        first = last = row.index
        while (
            last + 1 < len(grid.rows)
            and _belongs(grid.rows[last + 1], grid.rows[last], mend=grid.ocr)
            and last - first < 3
        ):
            last += 1
        while first > after and _belongs(grid.rows[first - 1], grid.rows[first], mend=grid.ocr) and last - first < 3:
            first -= 1
        cells = stack_cells(grid.rows[first : last + 1], mend=grid.ocr)
        if _is_meter_header(cells, mend=grid.ocr):
            found.append(Header(first, last, cells))
            after = last + 1
    return tuple(found)


def _header_row(row: GridRow, *, mend: bool) -> bool:
    if any(n.alone and n.decimals == 2 for n in row.numbers) or sum(len(c.words) for c in row.cells) > 40:
        return False
    kinds, covered, total = _coverage(row, mend=mend)
    return len(kinds & KINDS) >= 2 and covered >= 0.5 * total and total <= 40


def _coverage(row: GridRow, *, mend: bool) -> tuple[frozenset[str], int, int]:
    kinds: frozenset[str] = frozenset()
    covered = total = 0
    for cell in row.cells:
        meanings, words = meter_words().read(cell.text, mend=mend)
        total += words
        covered += sum(m.end - m.start for m in meanings)
        kinds |= frozenset().union(*(m.kinds for m in meanings)) if meanings else frozenset()
    return kinds, covered, total


def _belongs(row: GridRow, neighbour: GridRow, *, mend: bool) -> bool:
    if row.page != neighbour.page or any(n.alone for n in row.numbers):
        return False
    gap = max(row.row.box.y0 - neighbour.row.box.y1, neighbour.row.box.y0 - row.row.box.y1)
    kinds, covered, total = _coverage(row, mend=mend)
    return gap <= 0.9 * row.height and bool(kinds) and covered >= 0.5 * total


def _is_meter_header(cells: Sequence[HeaderCell], *, mend: bool) -> bool:
    kinds = [m.kinds for cell in cells for m in meter_words().read(cell.text, mend=mend)[0]]
    named = sum(bool(k & KINDS) for k in kinds)
    return named >= 3 and any("previous" in k for k in kinds) and any("current" in k for k in kinds)

"""Tables without a header: rows of one shape over a printed total, such as receipts and simple bills."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

from pipelines.pages import Box
from pipelines.parsing.folding import count_letters
from pipelines.parsing.tables_closing import Candidate
from pipelines.parsing.tables_columns import Column, Table, cluster
from pipelines.parsing.tables_grid import Grid, GridRow
from pipelines.parsing.tables_readings import Layout, layouts_of
from pipelines.parsing.tables_totals import Printed
from pipelines.parsing.tables_words import row_words

GAP: Final = 5.0
"""Line heights without an amount beyond which rows belong to another block."""
LONGEST: Final = 200
SUM_WORDS: Final = frozenset({"total_net", "total_gross", "total_due", "subtotal", "carry"})


def bare_candidates(grid: Grid, printed: Printed, *, strict: bool) -> list[Candidate]:
    """Blocks of rows with right-aligned amounts, each ending above a printed sum.

    Args:
        grid: The document.
        printed: Its labelled sums: where blocks end, and rows that are no lines.
        strict: Only blocks whose rows prove themselves (quantity x price), because the document has tables
            with headers and such a block is likely its sums.
    """
    places: dict[tuple[int, Box], int] = {}
    for row in grid.rows:
        for number in row.numbers:
            places.setdefault((row.page, number.box), row.index)
    held = [(total.page, total.box) for total in printed.totals if total.page is not None and total.box is not None]
    ends = sorted({places[at] for at in held if at in places})
    edges = [_edges(row) for row in grid.rows] if ends else []

    @cache
    def is_sum(row: GridRow) -> bool:
        return _sounds_like_sum(row, printed, mend=grid.ocr)

    candidates = []
    for end in ends:
        rows = [row for row in _block(grid, end, edges) if not is_sum(row)]
        candidate = _candidate(grid, rows, end) if rows else None
        proven = candidate and any(_mostly_proven(layout) for layout in candidate.layouts)
        if candidate and (proven or not strict):
            candidates.append(candidate)
    return candidates


def detail_candidates(grid: Grid, printed: Printed, summary: Sequence[GridRow]) -> list[Candidate]:
    """Runs of rows with amounts on one edge, anywhere outside a summary's rows: what may detail it.

    Bills with a summary of parts print what makes up each part beneath the total, or on another page.
    """
    taken = {row.index for row in summary} | set(printed.sums)
    runs: list[list[GridRow]] = []
    edge, last = 0.0, None
    for row in grid.rows:
        ends = _edges(row)
        if row.index in taken or not ends or _sounds_like_sum(row, printed, mend=grid.ocr):
            continue
        joined = last is not None and row.page == last.page and abs(ends[-1] - edge) < 1.2 * row.height
        if last is not None and joined and row.row.box.y0 - last.row.box.y1 <= GAP * row.height:
            runs[-1].append(row)
        else:
            runs.append([row])
        edge, last = ends[-1], row
    found = [_candidate(grid, run, run[-1].index + 1) for run in runs if len(run) > 2]
    return [candidate for candidate in found if candidate]


def _mostly_proven(layout: Layout) -> bool:
    return 2 * sum(layout.proven(record) for record in layout.records) >= len(layout.records)


def _sounds_like_sum(row: GridRow, printed: Printed, *, mend: bool) -> bool:
    """Whether any words of the row speak of a total: without a header that is reason enough to leave it out."""
    if row.index in printed.sums:
        return True
    if any(n.percent for n in row.numbers) and count_letters(row.label) < 3:
        return True  # a row of a tax table
    meanings, _ = row_words().read(row.row.text, mend=mend)
    return any(m.kinds & SUM_WORDS for m in meanings)


def _edges(row: GridRow) -> list[float]:
    """Where the row's amounts end."""
    return [n.box.x1 for n in row.numbers if not n.percent and n.alone and (n.decimals == 2 or n.currency)]


def _block(grid: Grid, end: int, edges: Sequence[Sequence[float]]) -> Sequence[GridRow]:
    """Rows above `end` whose last amount lines up with the total's right edge."""
    edge = max((n.box.x1 for n in grid.rows[end].numbers if not n.percent), default=0.0)
    first, last_seen = end, grid.rows[end]
    for row in reversed(grid.rows[max(0, end - LONGEST) : end]):
        if row.page == last_seen.page and last_seen.row.box.y0 - row.row.box.y1 > GAP * row.height:
            break
        if any(abs(right - edge) < 1.2 * row.height for right in edges[row.index]):
            first, last_seen = row.index, row
    return grid.rows[first:end]


def _candidate(grid: Grid, rows: Sequence[GridRow], end: int) -> Candidate | None:
    numbers = [n for row in rows for n in row.numbers if n.alone or n.decimals == 2]
    columns = [Column(min(n.box.x0 for n in g), max(n.box.x1 for n in g), (), tuple(g)) for g in cluster(numbers)]
    if not columns:
        return None
    ordered = tuple(Column(c.x0, c.x1, (), tuple(sorted(c.numbers, key=lambda n: n.row))) for c in columns)
    table = Table(None, tuple(rows), ordered, ())
    layouts = layouts_of(table, end, mend=grid.ocr)
    return Candidate(tuple(layouts[:2]), end) if layouts else None

"""Where words stand: rows, cells parted by wide gaps, and who is right of, beneath or above whom.

All measures are points of the page, origin top left. A cell is a run of words of one row without a wide
gap; labels and values are looked for between cells. Rows are chained from neighbour to neighbour, so a
slightly skewed scan keeps its rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import Final

from pipelines.pages import Box, Page, Word
from pipelines.parsing.explanations import without_explanations
from pipelines.parsing.folding import has_digit, has_letter

WIDE_GAP: Final = 0.95
"""A gap between two words of one row, in their height, from which they belong to two cells."""


class Cell:
    """Words of one row that stand close together. `row` and `index` place it within its layout.

    Never changed once made. No dataclass, since text and box are asked for more often than anything else, and slots
    that are filled at once give them several times faster than frozen fields and cached properties.
    """

    __slots__ = ("box", "index", "page", "row", "text", "words")

    def __init__(self, words: tuple[Word, ...], page: int, row: int, index: int) -> None:
        self.words, self.page, self.row, self.index = words, page, row, index
        if len(words) == 1:
            self.text, self.box, _, _ = words[0]
        else:
            self.text = " ".join([word[0] for word in words])
            self.box = bounds([word[1] for word in words])

    @property
    def confidence(self) -> float:
        """Mean word confidence, 0..1."""
        return sum(word.confidence for word in self.words) / len(self.words)

    def span_words(self, start: int, end: int) -> tuple[Word, ...]:
        """The words that hold the characters `text[start:end]`."""
        held, position = [], 0
        for word in self.words:
            if position >= end:
                break
            position += len(word[0])
            if start < position:
                held.append(word)
            position += 1
        return tuple(held)

    def span_confidence(self, start: int, end: int) -> float:
        """The least confidence of the words that hold `text[start:end]`, 0..1."""
        if len(self.words) == 1:
            return self.words[0].confidence
        words = self.span_words(start, end)
        return min([word.confidence for word in words]) if words else self.confidence

    def span_box(self, start: int, end: int) -> Box:
        """The box around `text[start:end]`, whole words."""
        if len(self.words) == 1 or (start <= 0 and end >= len(self.text)):
            return self.box
        words = self.span_words(start, end)
        return bounds([word.box for word in words]) if words else self.box


class Row:
    """Cells of one printed row, left to right. Never changed once made."""

    __slots__ = ("box", "cells", "index", "text")

    def __init__(self, cells: tuple[Cell, ...], index: int) -> None:
        self.cells, self.index = cells, index
        self.box = cells[0].box if len(cells) == 1 else bounds([cell.box for cell in cells])
        self.text = "   ".join([cell.text for cell in cells])
        """Cells parted by three spaces."""


@dataclass(frozen=True, eq=False)
class Layout:
    """A page's words as rows of cells."""

    number: int
    width: float
    height: float
    rows: tuple[Row, ...]
    ocr: bool
    line_height: float
    """Median word height: the page's own unit of distance."""

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """All cells, row by row."""
        return tuple([cell for row in self.rows for cell in row.cells])

    @cached_property
    def numbered(self) -> tuple[Cell, ...]:
        """Cells in which a digit stands, row by row: what looks for numbers need not look at others."""
        return tuple([cell for cell in self.cells if has_digit(cell.text)])

    @cached_property
    def worded(self) -> tuple[Cell, ...]:
        """Cells in which a letter may stand, row by row; those of digits and signs alone are left out."""
        return tuple([cell for cell in self.cells if not cell.text.isascii() or has_letter(cell.text)])

    def right_of(self, cell: Cell, reach: float = 1e9) -> Iterator[Cell]:
        """Cells to the right in the same row, nearest first, that begin within `reach` points."""
        for other in self.rows[cell.row].cells[cell.index + 1 :]:
            if other.box.x0 - cell.box.x1 > reach:
                return
            yield other

    def left_of(self, cell: Cell) -> Iterator[Cell]:
        """Cells to the left in the same row, nearest first."""
        yield from reversed(self.rows[cell.row].cells[: cell.index])

    def beneath(self, cell: Cell, reach: float, slack: float = 0.0) -> Iterator[Cell]:
        """Cells below that begin within `reach` points of its bottom and overlap its width, nearest first.

        Args:
            cell: Whose neighbours are asked for.
            reach: Points from the cell's bottom.
            slack: Points by which the width may be missed.
        """
        left, _, right, bottom = cell.box
        left, right = left - slack, right + slack
        for index in range(cell.row + 1, len(self.rows)):
            row = self.rows[index]
            if row.box[1] - bottom > reach:
                return
            for other in row.cells:
                if other.box[0] < right and left < other.box[2]:
                    yield other

    def above(self, cell: Cell, reach: float, slack: float = 0.0) -> Iterator[Cell]:
        """Cells above that overlap the cell's width, nearest first."""
        left, top, right, _ = cell.box
        left, right = left - slack, right + slack
        for index in range(cell.row - 1, -1, -1):
            row = self.rows[index]
            if top - row.box[3] > reach:
                return
            for other in row.cells:
                if other.box[0] < right and left < other.box[2]:
                    yield other

    def column(self, cell: Cell, edge: str = "right", slack: float = 4.0) -> tuple[Cell, ...]:
        """Cells of the page whose `edge` (`left`, `right`, `middle`) lines up with this cell's, top to bottom."""

        def at(box: Box) -> float:
            return {"left": box.x0, "right": box.x1, "middle": (box.x0 + box.x1) / 2}[edge]

        here = at(cell.box)
        return tuple(other for other in self.cells if abs(at(other.box) - here) <= slack)

    def block(self, cell: Cell, limit: int = 12) -> tuple[Cell, ...]:
        """The paragraph that begins at this cell: left-aligned cells beneath, row after row, without a wide gap."""
        cells, last = [cell], cell
        for row in self.rows[cell.row + 1 :]:
            if row.box.y0 - last.box.y1 > 1.6 * self.line_height or len(cells) >= limit:
                break
            near = [c for c in row.cells if abs(c.box.x0 - cell.box.x0) <= 1.2 * self.line_height]
            if not near:
                if row.box.y0 - last.box.y1 > 0.9 * self.line_height:
                    break
                continue
            last = near[0]
            cells.append(last)
        return tuple(cells)


def bounds(boxes: Iterable[Box]) -> Box:
    """The smallest box around boxes; there must be at least one."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))


def rounded(box: Box) -> tuple[float, float, float, float]:
    """A box as the record's evidence states it: tenths of a point."""
    return (round(box.x0, 1), round(box.y0, 1), round(box.x1, 1), round(box.y1, 1))


def lay_out(page: Page) -> Layout:
    """Sort a page's words into rows of cells."""
    words = [word for word in page.words if word[0].strip()]
    height = median([max(box[3] - box[1], 1.0) for _, box, _, _ in words]) if words else 10.0
    ocr = page.source in ("ocr", "mixed")
    printed = _chained_rows(words) if ocr else _level_rows(words)
    pitch = letter_pitch(words)
    rows: list[Row] = []
    for runs in without_explanations([_cells(row, pitch, tight=ocr) for row in printed]):
        index = len(rows)
        cells = tuple([Cell(tuple(run), page.number, index, i) for i, run in enumerate(runs)])
        if cells:  # a row of nothing but rules (`|`) holds no text
            rows.append(Row(cells, index))
    return Layout(page.number, page.width, page.height, tuple(rows), ocr, height)


_WIDE_PITCH: Final = 1.9
"""A gap in letters from which words of one width a letter stand in two cells: one blank is up to 1.6 with thin ink."""
_PITCHED: Final = 12
_EVEN: Final = 0.03


def letter_pitch(words: Sequence[Word]) -> float:
    """Points a letter takes where all take the same, as tills and typewriters print; 0 for other types.

    Told by the widths of words by their letters, whose median deviation is 1-2 % of the median there and 5 % and
    more in proportional types (measured on 500 pages of both).
    """
    widths = [(box[2] - box[0]) / len(text) for text, box, _, _ in words if len(text) >= 4]
    if len(widths) < _PITCHED:
        return 0.0
    pitch = median(widths)
    return pitch if median([abs(width - pitch) for width in widths]) <= _EVEN * pitch else 0.0


_BAND: Final = 8.0
"""Height in points of the bands in which the ends of rows are kept while words are chained."""


def _level_rows(words: Sequence[Word]) -> list[list[Word]]:
    """Rows of a text layer, which stands level: words by their middle, a new row where heights part."""
    rows: list[list[Word]] = []
    top = bottom = -1.0
    for _, index in sorted([(box[1] + box[3], i) for i, (_, box, _, _) in enumerate(words)]):
        word = words[index]
        _, y0, _, y1 = word[1]
        overlap = min(bottom, y1) - max(top, y0)
        height, size = y1 - y0, bottom - top
        small, large = (height, size) if height < size else (size, height)
        # the shared part of the taller word must count too, or a tall logo swallows three rows
        if rows and overlap > 0.5 * small and overlap > 0.3 * large:
            rows[-1].append(word)
            continue
        rows.append([word])
        top, bottom = y0, y1
    return [sorted(row, key=_from_left) if len(row) > 1 else row for row in rows]


def _chained_rows(words: Sequence[Word]) -> list[list[Word]]:
    """Rows of a scan, which may stand askew: each word joins the row whose last word it overlaps most in height."""
    rows: list[list[Word]] = []
    ends: list[tuple[float, float]] = []  # (top, bottom) of each row's last word
    bands: dict[int, list[int]] = {}
    for word in sorted(words, key=_from_left):
        _, y0, _, y1 = word.box
        height = y1 - y0
        band = int((y0 + y1) / 2 / _BAND)
        reach = 1 + int(height / 12.0)
        best = _best_row(
            ends, [i for near in range(band - reach, band + reach + 1) for i in bands.get(near, ())], y0, y1
        )
        if best < 0:
            rows.append([word])
            ends.append((y0, y1))
            bands.setdefault(band, []).append(len(rows) - 1)
            continue
        rows[best].append(word)
        before = int((ends[best][0] + ends[best][1]) / 2 / _BAND)
        ends[best] = (y0, y1)
        if before != band:
            bands[before].remove(best)
            bands.setdefault(band, []).append(best)
    return sorted(rows, key=lambda row: (sum(w.box.y0 + w.box.y1 for w in row) / len(row), row[0].box.x0))


def _best_row(ends: Sequence[tuple[float, float]], near: Sequence[int], y0: float, y1: float) -> int:
    """The row among `near` whose end shares most height with `y0..y1`; -1 for none."""
    best, best_share = -1, 0.5
    for index in near:
        top, bottom = ends[index]
        overlap = min(y1, bottom) - max(y0, top)
        if overlap <= 0:
            continue
        small, large = sorted((y1 - y0, bottom - top))
        share = overlap / (small or 0.1)
        if share > best_share and overlap > 0.3 * large:
            best, best_share = index, share
    return best


def _from_left(word: Word) -> tuple[float, ...]:
    return word[1][:2]


def _cells(row: Sequence[Word], pitch: float, *, tight: bool) -> list[list[Word]]:
    """Split a row at wide gaps, and where a rule (`|`) stands.

    Args:
        row: Words of one row, left to right.
        pitch: What `letter_pitch` gave: where letters have one width, blanks are as wide.
        tight: Boxes hug the ink, as OCR's do: `vom` is lower than `Nr.`, so the higher neighbour measures the gap.
    """
    runs: list[list[Word]] = []
    run: list[Word] = []
    reach, last = 0.0, 1.0
    for word in row:
        text, (x0, y0, x1, y1), _, _ = word
        if text in ("|", "¦"):
            run = []
            continue
        height = max(1.0, y1 - y0)
        if run:
            wide = WIDE_GAP * (max(last, height) if tight else min(last, height))
            if pitch:  # headings are set larger
                wide = max(wide, _WIDE_PITCH * max(pitch, (x1 - x0) / len(text) if len(text) > 2 else 0.0))
            if x0 - reach > wide:
                run = []
        if run:
            run.append(word)
            reach = max(reach, x1)
        else:
            run = [word]
            runs.append(run)
            reach = x1
        last = height
    return runs

"""Words in reading order: printed rows from the top, left to right within a row.

Drawing order means nothing in a PDF, and OCR engines cut tables into columns; what parsing needs is the
row as a person sees it. Rows come from geometry alone: words whose heights overlap by half stand in one
row. Vertical and slanted words would tear rows apart, so they come last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

from pipelines.pages import Word

_OVERLAP = 0.5
"""Shared height over the lesser height at which two words stand in one row."""
_TALL = 3.0
"""A word this many times higher than the page's median is no part of a row of text (a big letter, a sidebar)."""
_OPEN_ROWS = 5
"""How many of the rows begun last a band is compared with: bands come sorted by their middles."""
_ALL = 0.999


class _Row:
    """A growing row: its band is the mean of its members' top and bottom edges.

    Words come by bands, those of the very same top and bottom together: a line of print is one band or two,
    and a page has ten times as many words as lines.
    """

    __slots__ = ("bottom", "top", "words")

    def __init__(self, top: float, bottom: float, words: list[Word]) -> None:
        self.top, self.bottom, self.words = top, bottom, words

    def add(self, top: float, bottom: float, words: list[Word]) -> None:
        n, more = len(self.words), len(words)
        self.top = (self.top * n + top * more) / (n + more)
        self.bottom = (self.bottom * n + bottom * more) / (n + more)
        self.words.extend(words)


def in_reading_order(words: Iterable[Word], sideways: Iterable[Word] = ()) -> tuple[Word, ...]:
    """Rows from the top, left to right; then the `sideways` words (vertical text), in the order given.

    A word drawn twice in the same place (a way to print bold) is kept once.
    """
    ordered = [word for row in group_rows(list(words)) for word in _without_doubles(row)]
    return (*ordered, *sideways)


def group_rows(words: Sequence[Word]) -> list[list[Word]]:
    """Words by printed row: rows from the top, each left to right. The order given does not matter."""
    if not words:
        return []
    bands: dict[tuple[float, float], list[Word]] = {}
    for word in words:
        box = word.box
        bands.setdefault((box.y0, box.y1), []).append(word)
    tall = _TALL * median([bottom - top for (top, bottom), band in bands.items() for _ in band])
    rows: list[_Row] = []
    # by their middles, whatever order they were drawn in: same page, same bytes
    for top, bottom in sorted(bands, key=lambda band: (band[1] - band[0] > tall, band[0] + band[1], band[0])):
        band = bands[top, bottom]
        if bottom - top > tall:
            rows.extend(_Row(top, bottom, [word]) for word in band)
            continue
        home = _home(rows, top, bottom)
        if home is None:
            rows.append(_Row(top, bottom, band))
        else:
            home.add(top, bottom, band)
    for row in rows:
        row.words.sort(key=_from_the_left)
    rows.sort(key=lambda row: (row.top + row.bottom, _from_the_left(row.words[0])))
    return [row.words for row in rows]


def _from_the_left(word: Word) -> tuple[float, float, str]:
    text, (x0, y0, _, _), _, _ = word
    return x0, y0, text


def _home(rows: list[_Row], top: float, bottom: float) -> _Row | None:
    """The open row that the band shares most of its height with, if it is enough."""
    best, most = None, _OVERLAP
    for row in reversed(rows[-_OPEN_ROWS:]):
        row_top, row_bottom = row.top, row.bottom
        shared = min(bottom, row_bottom) - max(top, row_top)
        if shared > 0:
            lesser = max(min(row_bottom - row_top, bottom - top), 0.1)
            if shared > most * lesser or (best is None and shared >= most * lesser):
                best, most = row, shared / lesser
                if most > _ALL:
                    break
    return best


def _without_doubles(row: list[Word]) -> list[Word]:
    if len({word.text for word in row}) == len(row):
        return row
    kept: list[Word] = []
    for word in row:
        near = 0.2 * max(word.box.y1 - word.box.y0, 1.0)
        for other in kept[-3:]:
            if (
                other.text == word.text
                and abs(other.box.x0 - word.box.x0) < near
                and abs(other.box.x1 - word.box.x1) < near
            ):
                break
        else:
            kept.append(word)
    return kept

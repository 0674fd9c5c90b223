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
"""How many of the rows begun last a word is compared with: words come sorted by their middles."""


class _Row:
    """A growing row: its band is the mean of its members' top and bottom edges."""

    __slots__ = ("bottom", "top", "words")

    def __init__(self, word: Word) -> None:
        self.words = [word]
        self.top, self.bottom = word.box.y0, word.box.y1

    def add(self, word: Word) -> None:
        n = len(self.words)
        self.top = (self.top * n + word.box.y0) / (n + 1)
        self.bottom = (self.bottom * n + word.box.y1) / (n + 1)
        self.words.append(word)


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
    tall = _TALL * median(w.box.y1 - w.box.y0 for w in words)
    # The full key makes the result independent of drawing order: same page, same bytes.
    keyed = sorted((w.box.y1 - w.box.y0 > tall, w.box.y0 + w.box.y1, w.box.x0, w.text, w) for w in words)
    rows: list[_Row] = []
    for is_tall, _, _, _, word in keyed:
        home = None if is_tall else _home(rows, word)
        if home is None:
            rows.append(_Row(word))
        else:
            home.add(word)
    rows.sort(key=lambda row: (row.top + row.bottom, row.words[0].box.x0))
    return [sorted(row.words, key=lambda w: (w.box.x0, w.box.y0, w.text)) for row in rows]


def _home(rows: list[_Row], word: Word) -> _Row | None:
    """The open row that the word shares most of its height with, if it is enough."""
    _, top, _, bottom = word.box
    best, most = None, _OVERLAP
    for row in rows[-_OPEN_ROWS:]:
        shared = min(row.bottom, bottom) - max(row.top, top)
        if shared > 0:
            lesser = min(row.bottom - row.top, bottom - top)
            if shared >= most * lesser:
                best, most = row, shared / max(lesser, 0.1)
    return best


def _without_doubles(row: list[Word]) -> list[Word]:
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

"""Letter-spaced text: words that a text layer parts letter by letter, closed up again.

Designers spread headings (`H O T E L`), and some programs place every glyph alone, so that PDFium sees a blank
between letters that touch. Both show in the gaps: those between letters are alike and narrower than a blank.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from pipelines.pages import Box, Word

_LEAST_LETTERS = 4
_SHARE = 0.4
"""Part of a run's words that single letters must be: sentences have one in ten."""
_BLANK = 0.22
"""Gap in heights that parts words: blanks of common fonts are 0.23 to 0.33 wide."""
_REACH = 0.8
"""Gap in heights beyond which a run of words ends."""
_SPREAD = 2.0
"""A gap of that many times the usual one parts two words."""
_TOUCHING = 0.06


def close_up(words: Sequence[Word]) -> list[Word]:
    """The words with letter-spaced runs joined; `words` stand in the order in which they were drawn."""
    runs = [(run, _is_spaced(run)) for run in _runs(words)]
    # where letters touch that were parted, digits that touch were parted, too: `2 8,8 8`
    parted = any(spaced and _usual_gap(run) < _TOUCHING for run, spaced in runs)
    closed: list[Word] = []
    for run, spaced in runs:
        if spaced:
            closed.extend(_joined(run, max(_TOUCHING, _SPREAD * _usual_gap(run))))
        else:
            closed.extend(_joined(run, _TOUCHING) if parted else run)
    return closed


def _runs(words: Sequence[Word]) -> Iterator[list[Word]]:
    run: list[Word] = []
    for word in words:
        if run and not -0.1 <= _gap(run[-1], word) <= _REACH:
            yield run
            run = []
        run.append(word)
    if run:
        yield run


def _gap(left: Word, right: Word) -> float:
    """From one word to the next of its line, in heights; infinite where they share no line."""
    height = max(left.box.y1 - left.box.y0, 0.1)
    if abs(left.box.y0 - right.box.y0) > 0.2 * height or abs(left.box.y1 - right.box.y1) > 0.2 * height:
        return float("inf")
    return (right.box.x0 - left.box.x1) / height


def _is_spaced(run: Sequence[Word]) -> bool:
    letters = sum(len(word.text) == 1 and word.text.isalpha() for word in run)
    return letters >= _LEAST_LETTERS and letters >= _SHARE * len(run) and _usual_gap(run) < _BLANK


def _usual_gap(run: Sequence[Word]) -> float:
    return median(_gap(left, right) for left, right in pairwise(run))


def _joined(run: Sequence[Word], wide: float) -> Iterator[Word]:
    held = [run[0]]
    for word in run[1:]:
        if _gap(held[-1], word) > wide:
            yield _one(held)
            held = []
        held.append(word)
    yield _one(held)


def _one(parts: Sequence[Word]) -> Word:
    if len(parts) == 1:
        return parts[0]
    box = Box(
        parts[0].box.x0,
        min(part.box.y0 for part in parts),
        parts[-1].box.x1,
        max(part.box.y1 for part in parts),
    )
    return parts[0]._replace(text="".join(part.text for part in parts), box=box)

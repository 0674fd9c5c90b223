"""What sample bills print to explain themselves, and what is no part of the bill: callouts and examples.

Suppliers publish bills with numbered callouts (`3 Nº DO CLIENTE`), boxes that tell what each number means
(`3 The customer's number`), and examples in them (`Ejemplo: 65,40 €`), whose amounts are nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import Final

from pipelines.pages import Word

Run = list[Word]
_CALLOUT: Final = re.compile(r"[1-9]\d?|[A-Z]")
_AMOUNT: Final = re.compile(r"\D{0,2}\d[\d.,]*[.,]\d{2}\D{0,2}")
_EXAMPLE: Final = re.compile(
    r"(?:exemplo|exemple|ejemplo|beispiel|example|przyk[łl]ad|przyk[łl]adowo|esempio|voorbeeld|ex\.|z\.\s?b\.|np\.):",
    re.IGNORECASE,
)
_LEAST: Final = 4
"""Callouts run from 1 or A over at least so many, and each stands at the value and again in its box."""
_WORDED: Final = 3
"""So many of them stand before words in their cell: counts and positions of a table stand alone."""
_APART: Final = 60.0
"""Points between the two places of a callout: a list's numbers stand over one another."""


def without_explanations(rows: Sequence[Sequence[Run]]) -> list[list[Run]]:
    """Rows of cells' words without callouts, and without what follows the word for an example in a cell."""
    kept = [[run for cell in row if (run := _before_example(cell))] for row in rows]
    marks = _callouts(kept)
    if not marks:
        return kept
    return [[run for place, cell in enumerate(row) if (run := _uncalled(cell, marks, row[place:]))] for row in kept]


def _before_example(run: Run) -> Run:
    if len(run) == 1:
        return run
    for place, word in enumerate(run[:-1]):
        if word[0][-1] == ":":
            said = word.text if word.text != ":" or not place else run[place - 1].text + ":"
            if _EXAMPLE.fullmatch(said.lstrip("(")):
                return run[: place if word.text != ":" else place - 1]
    return run


def _is_priced(cells: Sequence[Run]) -> bool:
    return any(_AMOUNT.fullmatch(word.text) for run in cells for word in run)


def _called(run: Run) -> str:
    """The callout at a cell's beginning: alone in it, or before a word; empty for none."""
    if not run or len(run[0][0]) > 2 or not _CALLOUT.fullmatch(run[0][0]):
        return ""
    if len(run) > 1 and not (run[1].text[:1].isalpha() and sum(map(str.isalpha, run[1].text)) >= 2):
        return ""
    return run[0].text


def _callouts(rows: Sequence[Sequence[Run]]) -> frozenset[str]:
    """The page's callouts; empty where it has none. Cells before an amount are a table's, and not looked at."""
    places: dict[str, list[float]] = {}
    worded: set[str] = set()
    for row in rows:
        for place, run in enumerate(row):
            mark = _called(run)
            if mark and not _is_priced(row[place:]):
                places.setdefault(mark, []).append(run[0].box.x0)
                if len(run) > 1:
                    worded.add(mark)
    twice = {mark for mark, held in places.items() if max(held) - min(held) > _APART}
    found: set[str] = set()
    for series in (_NUMBERS, _LETTERS):
        if twice >= set(series[:_LEAST]) and len(twice & worded & set(series)) >= _WORDED:
            found.update(takewhile(places.__contains__, series))
    return frozenset(found)


_NUMBERS: Final = tuple(map(str, range(1, 100)))
_LETTERS: Final = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _uncalled(run: Run, marks: frozenset[str], beside: Sequence[Run]) -> Run:
    if _called(run) not in marks or (len(run) == 1 and _is_priced(beside)):
        return run
    return run[1:]

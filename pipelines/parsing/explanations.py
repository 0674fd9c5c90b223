"""What sample bills print to explain themselves, and what is no part of the bill: callouts and examples.

Suppliers publish bills with numbered callouts (`3 Nº DO CLIENTE`), boxes that tell what each number means
(`3 The customer's number`), and examples in them (`Ejemplo: 65,40 €`), whose amounts are nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from pipelines.pages import Word

Run = list[Word]
_NUMBER: Final = re.compile(r"[1-9]\d?")
_AMOUNT: Final = re.compile(r"\d[.,]\d{2}\b")
_EXAMPLE: Final = re.compile(
    r"(?:exemplo|exemple|ejemplo|beispiel|example|przyk[łl]ad|przyk[łl]adowo|esempio|voorbeeld|ex\.|z\.\s?b\.|np\.):",
    re.IGNORECASE,
)
_LEAST: Final = 4
"""Callouts run from 1 to at least so many, and each stands at the value and again in its box."""
_WORDED: Final = 3
"""So many of them stand before words in their cell: counts and positions of a table stand alone."""
_APART: Final = 60.0
"""Points between the two places of a callout: a list's numbers stand over one another."""


def without_explanations(rows: Sequence[Sequence[Run]]) -> list[list[Run]]:
    """Rows of cells' words without callout numbers, and without what follows the word for an example in a cell."""
    kept = [[run for cell in row if (run := _before_example(cell))] for row in rows]
    last = _last_callout(kept)
    if not last:
        return kept
    return [[run for cell in row if (run := _uncalled(cell, last, priced=_is_priced(row)))] for row in kept]


def _before_example(run: Run) -> Run:
    for place, word in enumerate(run):
        if ":" in word.text and place + 1 < len(run):
            said = word.text if word.text != ":" or not place else run[place - 1].text + ":"
            if _EXAMPLE.fullmatch(said.lstrip("(")):
                return run[: place if word.text != ":" else place - 1]
    return run


def _is_priced(row: Sequence[Run]) -> bool:
    return any(_AMOUNT.search(word.text) for run in row for word in run)


def _called(run: Run) -> int:
    """The callout at a cell's beginning: alone in it, or before a word; 0 for none."""
    if not run or not _NUMBER.fullmatch(run[0].text):
        return 0
    if len(run) > 1 and not (run[1].text[:1].isalpha() and sum(map(str.isalpha, run[1].text)) >= 2):
        return 0
    return int(run[0].text)


def _last_callout(rows: Sequence[Sequence[Run]]) -> int:
    """Up to which number the page is called out; 0 where it is not."""
    places: dict[int, list[float]] = {}
    worded: set[int] = set()
    for row in rows:
        if _is_priced(row):
            continue
        for run in row:
            number = _called(run)
            if number:
                places.setdefault(number, []).append(run[0].box.x0)
                if len(run) > 1:
                    worded.add(number)
    twice = {n for n, held in places.items() if max(held) - min(held) > _APART}
    if not twice >= set(range(1, _LEAST + 1)) or len(twice & worded) < _WORDED:
        return 0
    last = _LEAST
    while last + 1 in places:
        last += 1
    return last


def _uncalled(run: Run, last: int, *, priced: bool) -> Run:
    number = _called(run)
    if not 0 < number <= last or (priced and len(run) == 1):
        return run
    return run[1:]

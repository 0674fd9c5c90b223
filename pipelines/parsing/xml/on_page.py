"""Where an e-invoice's values stand on the pages it came with: boxes for its evidence, and a second witness.

A value counts as shown where the page prints it in any form: an amount in any grouping, a date in any
order, a code with or without its separators. What is not found keeps its evidence without a box.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import reduce
from itertools import pairwise
from typing import Any, Final

from pipelines.invoices import Check, Evidence, Invoice
from pipelines.pages import Box, Page, Word
from pipelines.parsing.dates import find_dates
from pipelines.parsing.folding import squash
from pipelines.parsing.values import find_amounts

_LONGEST_VALUE = 12
"""Words that one value may spread over: names and dates in words."""
_MUST_SHOW: Final = ("invoice_number", "gross_total")
_SHORTEST_CODE = 2
# what stands on a page under other words, or so often that its place says nothing
_NOT_SOUGHT: Final = frozenset({"document_type", "kind", "country", "language"})


def with_boxes(invoice: Invoice, pages: Sequence[Page]) -> Invoice:
    """The same record; evidence whose value stands on a page gets the page and box of its first sight."""
    rows = [(page.number, row) for page in pages for row in page.rows()]
    evidence = {
        name: said if name in _NOT_SOUGHT else _placed(said, _value(invoice, name), rows)
        for name, said in invoice.evidence.items()
    }
    return invoice.model_copy(update={"evidence": evidence})


def page_shows(invoice: Invoice, pages: Sequence[Page]) -> tuple[Check, ...]:
    """Whether the pages print the e-invoice's number and total: an XML of another invoice is found out.

    The amount due stands in for the total, which some pages leave out. Nothing is checked where the pages
    have no words.
    """
    if not any(page.words for page in pages):
        return ()
    placed = with_boxes(invoice, pages).evidence
    checks = []
    for name in _MUST_SHOW:
        value = _value(invoice, name)
        if value is None or name not in placed:
            continue
        names = (name, "amount_due") if name == "gross_total" else (name,)
        shown = any(other in placed and placed[other].box is not None for other in names)
        found = str(value) if shown else "not on the page"
        checks.append(Check(name="page_shows", passed=shown, expected=str(value), found=found, fields=(name,)))
    return tuple(checks)


def _placed(said: Evidence, value: Any, rows: list[tuple[int, tuple[Word, ...]]]) -> Evidence:
    if said.box is not None or value is None:
        return said
    for page, row in rows:
        if (box := _box_of(value, row)) is not None:
            rounded = (round(box.x0, 1), round(box.y0, 1), round(box.x1, 1), round(box.y1, 1))
            return said.model_copy(update={"page": page, "box": rounded})
    return said


def _box_of(value: Any, row: tuple[Word, ...]) -> Box | None:
    if isinstance(value, Decimal):
        return _amount_box(value, row) if value else None
    if isinstance(value, date):
        return _date_box(value, row)
    if isinstance(value, str) and len(squash(value)) >= _SHORTEST_CODE:
        return _text_box(squash(value), row)
    return None


def _amount_box(value: Decimal, row: tuple[Word, ...]) -> Box | None:
    """A number that reads as the value; signs may be told by words (`credit`), so only its size counts."""
    text, places = _joined(row)
    for found in find_amounts(text):
        if any(abs(reading) == abs(value) for reading in found.values):
            return _between(found.start, found.end, row, places)
    return None


def _date_box(value: date, row: tuple[Word, ...]) -> Box | None:
    text, places = _joined(row)
    for found in find_dates(text):
        if value in found.values:
            return _between(found.start, found.end, row, places)
    return None


def _text_box(wanted: str, row: tuple[Word, ...]) -> Box | None:
    """Consecutive words that make up the text, separators and case aside."""
    for first in range(len(row)):
        said = ""
        for last in range(first, min(first + _LONGEST_VALUE, len(row))):
            said += squash(row[last].text)
            if said == wanted:
                return _union(row[first : last + 1])
            if not wanted.startswith(said):
                break
    return None


def _joined(row: tuple[Word, ...]) -> tuple[str, list[int]]:
    """The row's text, and where each word begins in it; wide gaps part numbers from one another."""
    text, places = "", []
    for place, word in enumerate(row):
        if place:
            before = row[place - 1]
            text += "   " if word.box.x0 - before.box.x1 > 1.5 * max(before.box.height, 1.0) else " "
        places.append(len(text))
        text += word.text
    return text, places


def _between(start: int, end: int, row: tuple[Word, ...], places: list[int]) -> Box:
    ends = [second for _, second in pairwise([*places, end + 1])]
    touched = [word for word, begin, after in zip(row, places, ends, strict=True) if begin < end and after > start]
    return _union(tuple(touched or row[:1]))


def _union(words: Sequence[Word]) -> Box:
    return reduce(Box.union, (word.box for word in words))


def _value(invoice: Invoice, name: str) -> Any:
    value: Any = invoice
    for part in name.split("."):
        value = getattr(value, part, None)
    return value

"""What a second reader proposes, and whether it stands on the page.

A proposal is text that somebody claims to be printed. It is looked for among the words and typed by the same
grammars as everything else; what is found bears the box of the words. Whose claim it was proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from pipelines import invoices
from pipelines.pages import Box
from pipelines.parsing.dates import find_dates
from pipelines.parsing.folding import count_letters, squash
from pipelines.parsing.geometry import Cell, Layout, rounded
from pipelines.parsing.reader import Reading
from pipelines.parsing.values import find_amounts, find_quantities, parse_amount, parse_date

MONEY: Final = frozenset({"net_total", "tax_total", "gross_total", "amount_due", "paid", "prior_balance"})
_ENERGY: Final = frozenset({"consumption_kwh", "exported_kwh", "compensated_kwh"})
_LEGIBLE: Final = 0.6
"""Word confidence below which a scan's word counts as unread."""
_MOST_WORDS: Final = 16


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a reader says a field is. `page` is where it says that the text stands, if it says."""

    field: str
    text: str
    page: int | None
    reader: str


@dataclass(frozen=True, slots=True)
class Grounded:
    """A proposal that stands on a page, typed."""

    proposal: Proposal
    value: Any
    text: str
    page: int
    box: Box
    sure: float

    def evidence(self) -> invoices.Evidence:
        """As the record's evidence."""
        return invoices.Evidence(
            page=self.page,
            box=rounded(self.box),
            text=self.text[:200],
            rule=f"second reader {self.proposal.reader}",
            confidence=round(0.8 * self.sure, 3),
        )


def ground(proposal: Proposal, reading: Reading) -> Grounded | None:
    """The first place where the proposal's text stands, its own page before others; None where it stands nowhere."""
    layouts = sorted(reading.layouts, key=lambda layout: (layout.number != proposal.page, layout.number))
    find = _finder(proposal, reading)
    for layout in layouts:
        for cell, start, end, value in find(layout):
            sure = cell.span_confidence(start, end)
            if sure >= _LEGIBLE:
                box = cell.span_box(start, end)
                return Grounded(proposal, value, cell.text[start:end], cell.page, box, sure)
    return None


_Found = Iterator[tuple[Cell, int, int, Any]]


def _finder(proposal: Proposal, reading: Reading) -> Callable[[Layout], _Found]:
    name = proposal.field
    if name in MONEY or name in _ENERGY:
        wanted = _decimals(proposal.text)
        return lambda layout: _numbers(layout, wanted, reading, energy=name in _ENERGY)
    if name.endswith("_date") or name in ("period_start", "period_end"):
        days = _days(proposal.text)
        return lambda layout: _dates(layout, days, reading)
    letters = squash(proposal.text)
    least = 4 if name.endswith(".name") else 3
    if len(letters) < least or (name.endswith(".name") and count_letters(proposal.text) < 3):
        return lambda _layout: iter(())
    return lambda layout: _words(layout, letters)


def _decimals(text: str) -> frozenset[Decimal]:
    values = parse_amount(text) or tuple(value for found in find_quantities(text)[:1] for value in found.values)
    return frozenset(values)


def _numbers(layout: Layout, wanted: frozenset[Decimal], reading: Reading, *, energy: bool) -> _Found:
    for cell in layout.cells:
        for found in find_amounts(cell.text):
            value = reading.evidence.amount(found)
            # money without hundredths is seldom money
            if value in wanted and (energy or found.decimals == 2 or found.currency):
                yield cell, found.start, found.end, value


_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def _days(text: str) -> frozenset[date]:
    if _ISO.fullmatch(text):
        try:
            return frozenset({date.fromisoformat(text)})
        except ValueError:
            return frozenset()
    return frozenset(parse_date(text))


def _dates(layout: Layout, wanted: frozenset[date], reading: Reading) -> _Found:
    for cell in layout.cells:
        for found in find_dates(cell.text):
            value = reading.evidence.day(found.values, found.orders)
            if value in wanted:
                yield cell, found.start, found.end, value


def _words(layout: Layout, letters: str) -> _Found:
    """Runs of whole words of one cell whose letters and digits are those wanted."""
    for cell in layout.cells:
        if letters not in squash(cell.text):
            continue
        for start, end in _runs([squash(word.text) for word in cell.words], letters):
            first = sum(len(word.text) + 1 for word in cell.words[:start])
            text = " ".join(word.text for word in cell.words[start:end])
            lead = len(text) - len(text.lstrip(" :;,-|("))
            stripped = text.strip(" :;,-|()") if text.count("(") == 0 else text.strip(" :;,-|")
            yield cell, first + lead, first + lead + len(stripped), stripped


def _runs(words: Sequence[str], letters: str) -> Iterable[tuple[int, int]]:
    for start, word in enumerate(words):
        if not word or not letters.startswith(word):
            continue
        joined = ""
        for end in range(start, min(start + _MOST_WORDS, len(words))):
            joined += words[end]
            if joined == letters:
                yield start, end + 1
                break
            if not letters.startswith(joined):
                break

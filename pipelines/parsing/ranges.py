"""Spans of days as people print them: `01.01.2010 bis 31.12.2010`, `July 1 - July 31, 2014`, `od ... do ...`."""

from __future__ import annotations

import re
from datetime import date
from typing import Final, NamedTuple

from pipelines.parsing.dates import MONTHS, DateFound, find_dates
from pipelines.parsing.folding import fold, has_digit


class RangeFound(NamedTuple):
    """A span within a text: each side's possible days."""

    start: int
    end: int
    text: str
    first: tuple[date, ...]
    last: tuple[date, ...]


_BETWEEN: Final = re.compile(
    r"[\s,.(]*(?:r\.)?\s*(?:-|–|—|−|~|÷|/|\.\.+|to|through|thru|until|till|and|bis(?: zum)?|"
    r"do(?: dnia)?|a|à|as|até|ate|al|hasta"
    r"|au|jusqu'au|t/m|tot(?: en met)?|i|e|en)?[\s,:]*",
    re.IGNORECASE,
)
_WORD = r"[^\W\d_]{3,12}"
_LAST_DATE: Final = r"(?P<rest>.+)"
# "1. bis 31. Mai 2014", "1er au 31 Juillet 2015", "01-31.05.2024", "01.05. - 31.05.2024", "July 1 - July 31, 2014"
_HALF: Final = re.compile(
    rf"(?:(?P<mfirst>{_WORD})\.?\s)?(?<![\d.,/])(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|º|°|"
    rf"\.)?(?:[\s./]?(?P<mnum>\d{{1,2}})\.?|\s(?P<mname>{_WORD})\.?)?,?"
    r"\s*(?:-|–|—|to|through|bis|do|a|à|até|al|au|t/m|tot)\s*$",
    re.IGNORECASE,
)


_LONGEST_HALF: Final = 80
"""Letters, more than what `_HALF` finds can have: it stands at the end, and a sentence may stand before it."""


def find_ranges(text: str) -> tuple[RangeFound, ...]:
    """Every span of days in a text."""
    dates = find_dates(text)
    found: list[RangeFound] = []
    used = 0
    for index, second in enumerate(dates):
        first = dates[index - 1] if index > used - 1 and index > 0 else None
        if first is not None and index - 1 >= used and _joins(text[first.end : second.start]):
            found.append(
                RangeFound(first.start, second.end, text[first.start : second.end], first.values, second.values)
            )
            used = index + 1
            continue
        half = _half(text, second)
        if half is not None:
            found.append(half)
            used = index + 1
    return tuple(found)


def _joins(between: str) -> bool:
    return bool(between) and bool(_BETWEEN.fullmatch(between))


def _half(text: str, second: DateFound) -> RangeFound | None:
    """A first side that leaves its year, or its month and year, to the second."""
    before = text[: second.start]
    match = _HALF.search(before, max(0, len(before) - _LONGEST_HALF)) if has_digit(before) else None
    if not match:
        return None
    days = []
    for value in second.values:
        month = value.month
        name = match["mfirst"] or match["mname"]
        if match["mnum"]:
            month = int(match["mnum"])
        elif name:
            month = MONTHS.get(fold(name), 0)
        year = value.year - 1 if month > value.month else value.year
        try:
            days.append(date(year, month, int(match["d"])))
        except ValueError:
            continue
    if not days:
        return None
    return RangeFound(match.start(), second.end, text[match.start() : second.end], tuple(days), second.values)

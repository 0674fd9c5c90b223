"""The day of a till slip: the one beside a time of day, or one whose misread digit a number on the slip mends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from rapidfuzz.distance import Hamming

from pipelines.parsing.candidate import Candidate
from pipelines.parsing.dates import find_dates
from pipelines.parsing.evidence import Evidence
from pipelines.parsing.geometry import Layout
from pipelines.parsing.places import Places
from pipelines.parsing.receipts_rows import whole_row

_LEGIBLE: Final = 0.6
"""Word confidence below which a printed day is not believed."""
_TIME: Final = re.compile(r"(?<![\d:.])(?:[01]?\d|2[0-3])[:.][0-5]\d(?:[:.][0-5]\d)?(?![\d.])")
_NO_DAY: Final = re.compile(r"(?<![\d/.-])(\d{2})([/.-])(\d{2})\2(20\d{2})(?![\d/.-])")
_STAMPED: Final = re.compile(r"(?<!\d)(20\d{2})(0\d|1[0-2])([0-2]\d|3[01])\d{4,}")
"""A number that begins with its day, as tills count: year, month, day, then register and sequence."""


def day_of_slip(places: Places, evidence: Evidence) -> Candidate | None:
    """The slip's day; None where two differ, or none is legible.

    A mended day is never sure: a person compares it with the scan.
    """
    return _beside_a_time(places, evidence) or _mended(places.layout)


def _beside_a_time(places: Places, evidence: Evidence) -> Candidate | None:
    """The one day with a time of day in its row or the next two; None where two differ or it is hardly legible."""
    found: dict[date, Candidate] = {}
    for row in places.layout.rows:
        cell = whole_row(row)
        for hit in find_dates(cell.text):
            value = evidence.day(hit.values, hit.orders)
            beneath = places.layout.rows[row.index + 1 : row.index + 3]
            rest = " ".join((cell.text[: hit.start], cell.text[hit.end :], *(other.text for other in beneath)))
            if value is None or not _TIME.search(rest):
                continue
            sure = cell.span_confidence(hit.start, hit.end)
            box = cell.span_box(hit.start, hit.end)
            found[value] = Candidate("issue_date", value, hit.text, cell.page, box, 0.9 * sure, "day beside a time")
    best = next(iter(found.values())) if len(found) == 1 else None
    return best if best is not None and best.score >= 0.9 * _LEGIBLE else None


def _mended(layout: Layout) -> Candidate | None:
    """`19/62/2018` beside `2018021951320026157`: no day as read, and one digit apart from the number's."""
    stamped = {day for cell in layout.numbered for day in _stamped_days(cell.text)}
    found: dict[date, Candidate] = {}
    for cell in layout.numbered:
        for match in _NO_DAY.finditer(cell.text):
            printed = match[1] + match[3] + match[4]
            for day in stamped if not find_dates(match[0]) else ():
                if Hamming.distance(printed, day.strftime("%d%m%Y")) == 1:
                    box = cell.span_box(*match.span())
                    found[day] = Candidate("issue_date", day, match[0], cell.page, box, 0.5, "one digit mended")
    return next(iter(found.values())) if len(found) == 1 else None


def _stamped_days(text: str) -> Iterator[date]:
    for match in _STAMPED.finditer(text):
        try:
            yield date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            continue

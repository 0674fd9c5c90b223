"""Dates and months as people print them, in every order and eight languages.

A printed date can mean several days (03/04/2025): all are given, the commonest order first, and the
document's own evidence chooses later. The machine's locale plays no part.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

from pipelines.parsing.folding import alternatives, count_digits, fold, level
from pipelines.parsing.remembering import remembered

MIN_YEAR: Final = 1990
MAX_YEAR: Final = 2079


class Month(NamedTuple):
    """A calendar month."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


class DateFound(NamedTuple):
    """A date within a text: `text[start:end]` may mean any of `values`, likeliest first.

    `order` tells how each value was read: `dmy`, `mdy`, `ymd`, or `name` where the month stood in letters.
    """

    start: int
    end: int
    text: str
    values: tuple[date, ...]
    orders: tuple[str, ...]


class MonthFound(NamedTuple):
    """A month within a text (`JAN/2023`, `01/2023`, `styczen 2025`)."""

    start: int
    end: int
    text: str
    value: Month


# Full names and genitives, folded; abbreviations of three letters follow from them.
_NAMES: Final[tuple[str, ...]] = (
    "january januar janvier enero gennaio januari styczen stycznia janeiro janv janner jaenner",
    "february februar fevrier febrero febbraio februari luty lutego fevereiro fevr fev",
    "march marz maerz mars marzo maart mrt mrz marzec marca marco",
    "april avril abril aprile kwiecien kwietnia avr",
    "may mai mayo maggio mei maj maja maio",
    "june juni juin junio giugno czerwiec czerwca junho",
    "july juli juillet julio luglio lipiec lipca julho juil",
    "august aout agosto augustus sierpien sierpnia aou",
    "september septembre septiembre settembre wrzesien wrzesnia setembro sept",
    "october oktober octobre octubre ottobre pazdziernik pazdziernika outubro",
    "november novembre noviembre listopad listopada novembro",
    "december dezember decembre diciembre dicembre grudzien grudnia dezembro decembro",
)


def _month_names() -> dict[str, int]:
    names: dict[str, int] = {}
    for number, row in enumerate(_NAMES, start=1):
        for name in row.split():
            names.setdefault(name, number)
            if name[:3] != "jui":  # juin and juillet share it
                names.setdefault(name[:3], number)
            if len(name) > 5:
                names.setdefault(name[:4], number)
    return names


MONTHS: Final = _month_names()

_D = r"(?<![\w.,/\-])"
_END = r"(?![\w]|[./\-,]\d)"
_DASHES = "\u2010-\u2013"
_WORD = "|".join(sorted(MONTHS, key=len, reverse=True))
_NUMERIC: Final = re.compile(
    rf"{_D}(?P<y>\d{{4}})\s?(?P<s>[./\-{_DASHES}])\s?(?P<ym>\d{{1,2}})\s?(?P=s)\s?(?P<yd>\d{{1,2}})(?=t\d|{_END})"
    rf"|{_D}(?P<a1>\d{{1,2}})(?P<t1>[\-{_DASHES}])(?P<b1>\d{{1,2}})(?P=t1)(?P<c1>\d{{4}}|\d{{2}}){_END}"
    # a dash beside a date with stops or slashes parts a span: 01.05.14-31.05.14
    r"|(?<![\w.,/])(?P<a2>\d{1,2})\s?(?P<t2>[./])\s?(?P<b2>\d{1,2})\s?(?P=t2)\s?(?P<c2>\d{4}|\d{2})(?![\w]|[./,]\d)"
)
_DAY_FIRST: Final = re.compile(
    rf"(?<![\w.,/])(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|o|a)?[.\s]{{0,2}}\s?[\-/]?\s?(?:de\s|of\s)?(?P<m>{_WORD})\.?,?"
    rf"\s?[\-/]?\s?(?:de\s|del\s|of\s)?(?P<y>\d{{4}}|'?\d{{2}}(?!\s?,?\s?\d{{4}})){_END}"
)
_MONTH_FIRST: Final = re.compile(
    rf"(?<!\w)(?P<m>{_WORD})\.?\s?[\-/]?\s?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s?[,\-/.]?\s?(?P<y>\d{{4}}){_END}"
)
_DIGIT: Final = re.compile(r"\d")
_PARTS: Final = re.compile(f"[./\\-{_DASHES}]")
"""What parts the days, months and years of dates in digits, twice in each."""
_STEM: Final = re.compile(alternatives({name[:3] for name in MONTHS}))
"""Whether a month's name may stand in a text; most hold none, and need no search for dates by name."""
# What may follow a date and leave it one: a time, or the Polish "r." for year
_TAIL: Final = re.compile(r"(?:T|\s)[\d:.]+(?:Z|[+-]\d\d:?\d\d)?|\s?r\.?|\s?(?:Uhr|h)?", re.IGNORECASE)
_COMPACT: Final = re.compile(r"(?<!\d)(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})(?!\d)")
_NAMED_MONTH: Final = re.compile(
    rf"(?<!\w)(?P<m>{_WORD})\.?\s?(?:de\s|[/\-\s,.])?\s?(?P<y>(?:19|20)\d{{2}}|\d{{2}}){_END}"
)
_NUMBER_MONTH: Final = re.compile(
    r"(?<![\w.,/\-])(?:(?P<m>0?[1-9]|1[0-2])\s?[/.\-]\s?(?P<y>(?:19|20)\d{2})"
    r"|(?P<y2>(?:19|20)\d{2})\s?[/\-.]\s?(?P<m2>0[1-9]|1[0-2]))(?![\w]|[./\-]\d|,\d)"
)
_DAY_MONTH: Final = re.compile(r"(?<![\w.,/\-])(?P<d>\d{1,2})\s?[/.]\s?(?P<m>\d{1,2})\.?(?![\w]|[./,\-]\d)")


def _year(text: str) -> int:
    year = int(text.lstrip("'"))
    if len(text.lstrip("'")) == 2:
        # bills of the future end where MAX_YEAR ends; 90..99 are the last century's
        year += 1900 if year >= 90 else 2000
    return year


def _date(year: int, month: int, day: int) -> date | None:
    if not MIN_YEAR <= year <= MAX_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _numeric_readings(match: re.Match[str]) -> list[tuple[date, str]]:
    if match["y"]:
        value = _date(int(match["y"]), int(match["ym"]), int(match["yd"]))
        return [(value, "ymd")] if value else []
    kind = "1" if match["a1"] else "2"
    a, b, year_text = int(match[f"a{kind}"]), int(match[f"b{kind}"]), match[f"c{kind}"]
    readings = [(_date(_year(year_text), b, a), "dmy"), (_date(_year(year_text), a, b), "mdy")]
    if len(year_text) == 2 and a >= 10 and kind == "1":
        readings.append((_date(_year(f"{a:02d}"), b, int(year_text)), "ymd"))
    return [(value, order) for value, order in readings if value]


def _named_reading(match: re.Match[str]) -> list[tuple[date, str]]:
    month = MONTHS.get(fold(match["m"]))
    if month is None:
        return []
    value = _date(_year(match["y"]), month, int(match["d"]))
    return [(value, "name")] if value else []


def _found(match: re.Match[str], readings: list[tuple[date, str]], text: str) -> DateFound:
    unique: dict[date, str] = {}
    for value, order in readings:
        unique.setdefault(value, order)
    start, end = match.span()
    return DateFound(start, end, text[start:end], tuple(unique), tuple(unique.values()))


@remembered(8192)
def find_dates(text: str) -> tuple[DateFound, ...]:
    """Every date in a text, left to right; none overlaps another."""
    if len(_DIGIT.findall(text)) < 3:
        return ()
    folded = level(text)
    found: list[DateFound] = []
    if len(_PARTS.findall(folded)) >= 2:
        for match in _NUMERIC.finditer(folded):
            _take(found, match, _numeric_readings(match), text)
    if _STEM.search(folded):
        for pattern in (_DAY_FIRST, _MONTH_FIRST):
            for match in pattern.finditer(folded):
                _take(found, match, _named_reading(match), text)
    return tuple(sorted(found))


def _take(found: list[DateFound], match: re.Match[str], readings: list[tuple[date, str]], text: str) -> None:
    if readings and not any(f.start < match.end() and match.start() < f.end for f in found):
        found.append(_found(match, readings, text))


def day_in_order(values: Sequence[date], orders: Sequence[str], order: str) -> date | None:
    """The reading of a day that fits a document's order of day and month; None where several do, or none does."""
    if len(values) == 1:
        return values[0]
    return next((v for v, o in zip(values, orders, strict=True) if order and o in (order, "name")), None)


def parse_date(text: str, *, compact: bool = False) -> tuple[date, ...]:
    """What a whole text means as a date: every possible day, likeliest first; empty if it is no date.

    Args:
        text: The printed value, nothing else (surrounding blanks and a trailing comma or stop are allowed).
        compact: Also read eight digits in a row (`20250131`); only where a label says that a date stands there.
    """
    stripped = text.strip().rstrip(".,;").strip()
    for found in find_dates(stripped):
        if found.start == 0 and (found.end == len(stripped) or _TAIL.fullmatch(stripped, found.end)):
            return found.values
    if compact and (match := _COMPACT.fullmatch(stripped)):
        value = _date(int(match["y"]), int(match["m"]), int(match["d"]))
        return (value,) if value else ()
    return ()


@remembered(8192)
def find_months(text: str) -> tuple[MonthFound, ...]:
    """Every month-and-year in a text; dates with a day are not months."""
    if count_digits(text) < 2:
        return ()
    days, folded = find_dates(text), level(text)
    found: list[MonthFound] = []
    named = _NAMED_MONTH.finditer(folded) if _STEM.search(folded) else ()
    for match in (*named, *_NUMBER_MONTH.finditer(folded)):
        groups = match.groupdict()
        year, month_text = groups.get("y") or groups.get("y2") or "", groups.get("m") or groups.get("m2") or ""
        month = int(month_text) if month_text.isdigit() else MONTHS.get(fold(month_text))
        if month is None or not MIN_YEAR <= _year(year) <= MAX_YEAR:
            continue
        if any(d.start < match.end() and match.start() < d.end for d in days):
            continue
        start, end = match.span()
        found.append(MonthFound(start, end, text[start:end], Month(_year(year), month)))
    return tuple(sorted(found))


def parse_month(text: str) -> Month | None:
    """What a whole text means as a month, or None."""
    stripped = text.strip().rstrip(".,;").strip()
    for found in find_months(stripped):
        if found.start == 0 and found.end == len(stripped):
            return found.value
    return None


def parse_day_month(text: str) -> tuple[tuple[int, int], ...]:
    """A day and month without a year (`02/12`) as (day, month), the European order first."""
    match = _DAY_MONTH.fullmatch(text.strip())
    if not match:
        return ()
    a, b = int(match["d"]), int(match["m"])
    pairs = [(d, m) for d, m in ((a, b), (b, a)) if 1 <= m <= 12 and 1 <= d <= 31]
    return tuple(dict.fromkeys(pairs))

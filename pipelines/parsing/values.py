"""Typed grammars for printed values: amounts, percents, quantities with units; dates come from `dates`.

Every grammar gives candidates, likeliest first: `1.234` is 1234 or 1.234, and the document's own
evidence (other amounts, arithmetic, country) decides, never the machine's locale. A text that is no
such value gives nothing; no grammar raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final, NamedTuple

from pipelines.parsing.dates import (
    DateFound,
    Month,
    MonthFound,
    find_dates,
    find_months,
    parse_date,
    parse_day_month,
    parse_month,
)
from pipelines.parsing.folding import alternatives, fold, has_digit, lower
from pipelines.parsing.remembering import remembered

__all__ = [
    "AmountFound",
    "DateFound",
    "Month",
    "MonthFound",
    "PercentFound",
    "QuantityFound",
    "canonical_unit",
    "currency_of",
    "find_amounts",
    "find_dates",
    "find_months",
    "find_percents",
    "find_quantities",
    "parse_amount",
    "parse_date",
    "parse_day_month",
    "parse_month",
    "parse_percent",
    "parse_quantity",
]


class AmountFound(NamedTuple):
    """A number within a text.

    `values` are its possible readings, likeliest first; `marks` the decimal mark of each (`.`, `,` or
    empty for a whole number). `decimals` counts the digits after the mark of the first reading.
    """

    start: int
    end: int
    text: str
    values: tuple[Decimal, ...]
    marks: tuple[str, ...]
    currency: str | None
    decimals: int


class PercentFound(NamedTuple):
    """A rate in percent within a text."""

    start: int
    end: int
    text: str
    values: tuple[Decimal, ...]


class QuantityFound(NamedTuple):
    """A number with its unit; `unit` as `canonical_unit` writes it."""

    start: int
    end: int
    text: str
    values: tuple[Decimal, ...]
    unit: str


# Signs and codes; the ambiguous ones ($, kr) name the commonest, and a code elsewhere overrules them.
CURRENCIES: Final[dict[str, str]] = {
    "r$": "BRL", "us$": "USD", "a$": "AUD", "ca$": "CAD", "c$": "CAD", "s$": "SGD", "hk$": "HKD", "nz$": "NZD",
    "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₺": "TRY", "₽": "RUB", "₩": "KRW", "zł": "PLN",
    "zl": "PLN", "pln": "PLN", "eur": "EUR", "euro": "EUR", "euros": "EUR", "usd": "USD", "gbp": "GBP", "brl": "BRL",
    "chf": "CHF", "sfr": "CHF", "czk": "CZK", "kč": "CZK", "sek": "SEK", "nok": "NOK", "dkk": "DKK",
    "kr": "SEK", "huf": "HUF", "ron": "RON", "inr": "INR", "rs.": "INR", "rs": "INR", "myr": "MYR", "rm": "MYR",
    "cad": "CAD", "aud": "AUD", "sgd": "SGD", "jpy": "JPY", "cny": "CNY", "mxn": "MXN", "ars": "ARS", "cop": "COP",
    "clp": "CLP", "zar": "ZAR", "aed": "AED", "nzd": "NZD", "hkd": "HKD", "try": "TRY", "bgn": "BGN", "uah": "UAH",
}  # fmt: skip

_SPACE = "[ \u00a0\u2009\u202f'’]"
_SPACES: Final = re.compile(_SPACE)
_MARKS: Final = re.compile("[.,]")
_CURRENCY = alternatives(CURRENCIES)
_CORE = (
    rf"(?:\d{{1,3}}(?:{_SPACE}\d{{3}})+(?!\d)(?:[.,]\d+)?"
    r"|\d{1,3}(?:,\d{2})+,\d{3}(?!\d)(?:\.\d+)?"
    r"|\d{1,3}(?:\.\d{3})+(?!\d)(?:,\d+)?|\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?"
    r"|\d+[.,]\d+|\d+|(?<!\d)[.,]\d{2}(?!\d))"
)
_MINUS = "[-\u2010-\u2015\u2212]"
_AMOUNT: Final = re.compile(
    rf"(?P<open>\(\s?)?(?P<sign>(?<![\w.,/])(?:{_MINUS}|\+)\s?)?(?:(?P<before>{_CURRENCY})\s?)?(?P<inner>{_MINUS}\s?)?"
    rf"(?P<core>(?<![\w.,/:]){_CORE}|(?<=[a-z$€£¥₹ł.]){_CORE}|(?<=\bs/){_CORE})"
    rf"(?P<dash>[.,](?:{_MINUS}{{1,2}}|=))?"
    rf"(?:\s?(?P<after>{_CURRENCY})(?![\w]))?(?P<trail>\s?{_MINUS}(?![\w(]))?(?P<close>\s?\))?(?P<cr>\s?cr\b)?"
)
"""For text in lower case: letters that are compared as they stand are compared several times faster."""
_AFTER_OK: Final = re.compile(r"(?:$|[\s;|)\]%*]|[.,:](?:\s|$)|/\s|$|-\s|[-–](?=\s|$))")


@remembered(8192)
def currency_of(text: str) -> str | None:
    """The ISO 4217 code of a currency sign, name or code, or None."""
    return CURRENCIES.get(text.strip().lower())


def _grouped(text: str, mark: str) -> bool:
    """Whether `mark` parts the digits as people group them: by three, or by two before the last three (Indian)."""
    head, *groups = text.split(mark)
    if not groups or not 1 <= len(head) <= 3 or len(groups[-1]) != 3:
        return False
    by_three = all(len(g) == 3 for g in groups)
    indian = len(head) <= 2 and len(groups) > 1 and all(len(g) == 2 for g in groups[:-1])
    return by_three or (mark == "," and indian)


@remembered(16384)
def read_number(core: str) -> tuple[tuple[Decimal, str], ...]:
    """Readings of bare digits with marks: (value, decimal mark), likeliest first; empty if malformed."""
    digits = core
    spaced = _SPACES.sub("\x00", digits)
    if "\x00" in spaced:
        head = _MARKS.split(spaced, maxsplit=1)[0]
        if not _grouped(head, "\x00"):
            return ()
        digits = spaced.replace("\x00", "")
        mark = next((c for c in digits if c in ".,"), "")
        if mark and (digits.count(".") + digits.count(",")) != 1:
            return ()
        return ((Decimal(digits.replace(",", ".")), mark),)
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        mark = max(".,", key=digits.rfind)
        group = "," if mark == "." else "."
        whole, _, fraction = digits.rpartition(mark)
        if mark in whole or not _grouped(whole, group):
            return ()
        return ((Decimal(f"{whole.replace(group, '')}.{fraction}"), mark),)
    if not points and not commas:
        return ((Decimal(digits), ""),)
    mark = "." if points else ","
    if points + commas > 1:
        return ((Decimal(digits.replace(mark, "")), ""),) if _grouped(digits, mark) else ()
    decimal = (Decimal(digits.replace(mark, ".") if digits[0] != mark else f"0.{digits[1:]}"), mark)
    whole = digits.partition(mark)[0]
    if _grouped(digits, mark) and not whole.startswith("0"):
        return ((Decimal(digits.replace(mark, "")), ""), decimal)
    return (decimal,)


def _negative(match: re.Match[str]) -> bool:
    signs = (match["sign"] or "").strip() not in ("", "+") or bool(match["inner"])
    return signs or bool(match["trail"]) or bool(match["open"] and match["close"]) or bool(match["cr"])


def _amount(match: re.Match[str], text: str) -> AmountFound | None:
    readings = read_number(match["core"])
    if not readings:
        return None
    sign = -1 if _negative(match) else 1
    start, end = match.start(), match.end()
    if match["open"] and not match["close"]:
        start += len(match["open"])
    if match["close"] and not match["open"]:
        end = match.end("close") - len(match["close"])
    first_mark = readings[0][1]
    decimals = len(match["core"].rpartition(first_mark)[2]) if first_mark else 0
    sign_text = match["before"] or match["after"]
    return AmountFound(
        start,
        end,
        text[start:end],
        tuple([sign * value for value, _ in readings]),
        tuple([mark for _, mark in readings]),
        currency_of(sign_text) if sign_text else None,
        decimals,
    )


def _part_of_code(text: str, start: int) -> bool:
    """Whether the digits at `start` continue a code, date or word (`INV-2024`, `09.06.2024`, `A5`)."""
    before = text[start - 1]
    glued_dash = before in "-\u2010\u2011\u2012\u2013" and start > 1 and text[start - 2].isalnum()
    return before.isalpha() or before == "." or glued_dash


_BEFORE_DIGITS: Final = 16
"""Characters, more than can stand between a match's beginning and its first digit: sign, currency, blanks."""
_ANY_DIGIT: Final = re.compile(r"\d")
_LEADS_IN: Final = re.compile(rf"[(+.,]|{_MINUS}|{_CURRENCY}")
"""What an amount may begin with that is no digit."""


def _amounts_in(text: str) -> Iterator[re.Match[str]]:
    """As `_AMOUNT.finditer`, which would try all it may begin with at every letter: only right before digits."""
    end = 0
    while digit := _ANY_DIGIT.search(text, end):
        first = digit.start()
        lead = _LEADS_IN.search(text, max(end, first - _BEFORE_DIGITS), first)
        match = _AMOUNT.search(text, first if lead is None else lead.start())
        if match is None:
            return
        yield match
        end = match.end()


@remembered(16384)
def find_amounts(text: str) -> tuple[AmountFound, ...]:
    """Every number of a text that may be an amount: not parts of dates, codes or words."""
    if not has_digit(text):
        return ()
    found = []
    for match in _amounts_in(lower(text)):
        if match["before"] and match["before"][0].isalpha() and match.start("before") > 0:
            if text[match.start("before") - 1].isalnum():
                continue
        elif not match["before"] and match.start("core") > 0 and _part_of_code(text, match.start("core")):
            continue
        if not _AFTER_OK.match(text, match.end()) and not match["close"]:
            continue
        amount = _amount(match, text)
        if amount:
            found.append(amount)
    return tuple(found)


def parse_amount(text: str) -> tuple[Decimal, ...]:
    """What a whole text means as a number: every possible value, likeliest first; empty if it is none.

    Reads every grouping (1,234.56 1.234,56 1 234,56 1'234.56 12,34,567.00), a minus before or after,
    parentheses, CR, and a currency sign or code on either side. Masked digits are no number.
    """
    stripped = text.strip().strip(":;|").strip()
    for found in find_amounts(stripped):
        if found.start == 0 and stripped[found.end :] in ("", "."):
            return found.values
    return ()


_SIGNED: Final = re.compile(rf"{_MINUS}\s?")
_PERCENT: Final = re.compile(rf"(?<![\w.,])(?P<core>(?:{_MINUS}\s?)?\d{{1,3}}(?:[.,]\d{{1,6}})?)\s?%")


@remembered(8192)
def find_percents(text: str) -> tuple[PercentFound, ...]:
    """Every rate with a percent sign in a text."""
    if "%" not in text:
        return ()
    found = []
    for match in _PERCENT.finditer(text):
        number = _SIGNED.sub("-", match["core"]).replace(",", ".")
        found.append(PercentFound(match.start(), match.end(), match[0], (Decimal(number),)))
    return tuple(found)


def parse_percent(text: str, *, bare: bool = False) -> tuple[Decimal, ...]:
    """A whole text as a rate in percent; without the sign only where `bare` says that a rate stands there."""
    stripped = text.strip()
    for found in find_percents(stripped):
        if found.start == 0 and found.end == len(stripped):
            return found.values
    if bare:
        return tuple(value for value in parse_amount(stripped) if -100 <= value <= 100)
    return ()


# canonical unit -> folded spellings (letters and digits only)
_UNITS: Final[dict[str, str]] = {
    "kWh": "kwh kvvh kwn kwhs",
    "MWh": "mwh",
    "GWh": "gwh",
    "Wh": "wh",
    "kvarh": "kvarh kvarhr kvahr varh",
    "kvar": "kvar",
    "Mvarh": "mvarh",
    "kW": "kw",
    "kVA": "kva",
    "MW": "mw",
    "kWp": "kwp",
    "m3": "m3 m³ mc cbm",
    "Nm3": "nm3",
    "l": "l ltr litr liter litre litros",
    "GJ": "gj",
    "pcs": "szt sztuk sztuki sztuka stk stuck stuk stuks pc pcs pce un und unid unidade unidades uds "
    "ud ea each piece pieces pz pièce piece nr qty h87 c62 ",
    "set": "set kpl komplet zestaw sada",
    "h": "h hr hrs hour hours godz std stunde stunden heure heures hora horas uur ore rbh hur",
    "d": "d day days tag tage dzien dni dia dias jour jours dag dagen giorni",
    "mies": "mies mc-y m-c miesiac miesiace miesiecy month months monat monate mes meses mois maand "
    "maanden mesi mesiac ",
    "year": "rok year years jahr jahre ano anos an jaar",
    "kg": "kg kgm",
    "g": "g gr",
    "t": "t ton tonne",
    "m": "m mb mtr",
    "m2": "m2 m²",
    "km": "km",
    "usl": "usl usluga",
    "op": "op opak opakowanie box karton pack pak",
    "GB": "gb",
    "MB": "mb",
    "min": "min minut minuten minutes",
}
_UNIT_OF: Final[dict[str, str]] = {
    fold(spelling): unit for unit, spellings in _UNITS.items() for spelling in spellings.split()
}
_QUANTITY: Final = re.compile(
    rf"(?P<sign>{_MINUS}\s?)?(?<![\w.,/])(?P<core>{_CORE})\s?(?P<unit>[^\W\d_]{{1,10}}[23³²]?)(?![\w])"
)


@remembered(8192)
def canonical_unit(text: str) -> str | None:
    """The unit as this project writes it (`kWh`, `pcs`, `m3` ...), or None for what is no known unit."""
    return _UNIT_OF.get(fold(text.strip().rstrip(".").strip("()[]")))


@remembered(8192)
def find_quantities(text: str) -> tuple[QuantityFound, ...]:
    """Every number with a known unit, apart or glued (`50kWh`, `1.389 kWh`, `2szt.`)."""
    if not has_digit(text):
        return ()
    found = []
    for match in _QUANTITY.finditer(text):
        unit, readings = canonical_unit(match["unit"]), read_number(match["core"])
        if unit and readings:
            sign = -1 if match["sign"] else 1
            values = tuple(sign * value for value, _ in readings)
            found.append(QuantityFound(match.start(), match.end(), match[0], values, unit))
    return tuple(found)


def parse_quantity(text: str) -> QuantityFound | None:
    """A whole text as a number with its unit, or None."""
    stripped = text.strip().rstrip(".")
    for found in find_quantities(stripped):
        if found.start == 0 and found.end == len(stripped):
            return found
    return None

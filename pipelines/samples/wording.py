"""How amounts, dates and months are printed in each country, and Polish amounts in words."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
_SEPARATORS = {"pl": (" ", ","), "de": (".", ","), "pt": (".", ","), "en": (",", ".")}

PORTUGUESE_MONTHS = ("JAN", "FEV", "MAR", "ABR", "MAI", "JUN", "JUL", "AGO", "SET", "OUT", "NOV", "DEZ")
ENGLISH_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def cents(value: Decimal) -> Decimal:
    """Rounded to two digits, halves away from zero, as tax law has it."""
    return value.quantize(CENT, ROUND_HALF_UP)


def number(value: Decimal, language: str, places: int | None = 2) -> str:
    """`value` in the grouping of `language`; `places` None keeps its own digits."""
    group, point = _SEPARATORS[language]
    text = f"{value:,f}" if places is None else f"{value:,.{places}f}"
    return text.translate(str.maketrans(",.", group + point))


def day(value: date, language: str) -> str:
    match language:
        case "pl" | "de":
            return f"{value:%d.%m.%Y}"
        case "pt":
            return f"{value:%d/%m/%Y}"
        case "en":
            return f"{value.day} {ENGLISH_MONTHS[value.month - 1]} {value.year}"
        case _:
            raise ValueError(f"no date form for {language!r}")


_UNITS = (
    "", "jeden", "dwa", "trzy", "cztery", "pięć", "sześć", "siedem", "osiem", "dziewięć", "dziesięć", "jedenaście",
    "dwanaście", "trzynaście", "czternaście", "piętnaście", "szesnaście", "siedemnaście", "osiemnaście",
    "dziewiętnaście",
)  # fmt: skip
_TENS = (
    "", "", "dwadzieścia", "trzydzieści", "czterdzieści", "pięćdziesiąt", "sześćdziesiąt", "siedemdziesiąt",
    "osiemdziesiąt", "dziewięćdziesiąt",
)  # fmt: skip
_HUNDREDS = (
    "", "sto", "dwieście", "trzysta", "czterysta", "pięćset", "sześćset", "siedemset", "osiemset", "dziewięćset",
)  # fmt: skip


def _below_thousand(value: int) -> list[str]:
    words = [_HUNDREDS[value // 100]]
    rest = value % 100
    words += [_UNITS[rest]] if rest < 20 else [_TENS[rest // 10], _UNITS[rest % 10]]
    return [word for word in words if word]


def _plural(value: int, one: str, few: str, many: str) -> str:
    if value == 1:
        return one
    return few if value % 10 in (2, 3, 4) and value % 100 not in (12, 13, 14) else many


def polish_words(amount: Decimal) -> str:
    """An amount below 1,000,000 as Polish bills spell it: `sto dwa złote 35/100`.

    Raises:
        ValueError: for amounts of a million and more.
    """
    whole, fraction = divmod(abs(int(amount * 100)), 100)
    if whole >= 1_000_000:
        raise ValueError(f"{amount} is too large to be spelled")
    thousands, rest = divmod(whole, 1000)
    words = [] if amount >= 0 else ["minus"]
    if thousands:
        words += [
            *(_below_thousand(thousands) if thousands > 1 else []),
            _plural(thousands, "tysiąc", "tysiące", "tysięcy"),
        ]
    words += _below_thousand(rest) or ([] if thousands else ["zero"])
    return " ".join([*words, _plural(whole, "złoty", "złote", "złotych"), f"{fraction:02d}/100"])

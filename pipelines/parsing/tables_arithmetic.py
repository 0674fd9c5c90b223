"""The arithmetic that proves lines: quantity x price = line, net + tax = gross, lines sum to a total."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from itertools import product as product_of
from math import prod
from typing import Final, NamedTuple

from pipelines.parsing.folding import fold
from pipelines.parsing.tables_grid import Number

CENT: Final = Decimal("0.01")
ROUNDING: Final = Decimal("0.011")
"""A product may be off by one cent of rounding, and a little more for printed factors."""


_LOOSEST: Final = Decimal("0.005")


class Product(NamedTuple):
    """A closed quantity x price = amount, with the readings that close it."""

    quantity: Decimal
    price: Decimal
    amount: Decimal
    discount: Decimal | None


def half_unit(value: Decimal) -> Decimal:
    """Half a unit of the last printed digit: how far the printed value may be from the exact one."""
    exponent = value.as_tuple().exponent
    return Decimal(5).scaleb(exponent - 1) if isinstance(exponent, int) and exponent < 0 else Decimal(0)


def product(quantity: Number, price: Number, amount: Number, discount: Number | None = None) -> Product | None:
    """The first readings for which quantity x price (less a discount) is the amount; None if none closes."""
    for total in amount.values:
        for count in quantity.values:
            for each in price.values:
                if (count == 0 and total != 0) or count * each < 0 < total:
                    # a credit may be printed as minus its product; a charge of a negative product lost its sign
                    continue
                off_by = abs(abs(count * each) - abs(total))
                loosest = abs(total) * _LOOSEST + ROUNDING
                if discount is None and off_by > loosest:
                    continue
                slack = half_unit(each) * abs(count) + half_unit(count) * abs(each)
                # factors printed short must not make everything close
                slack = min(slack + ROUNDING, loosest)
                if off_by <= slack:
                    return Product(count, each, total, None)
                for off in _discounted(count, each, discount):
                    if abs(abs(off[0]) - abs(total)) <= slack:
                        return Product(count, each, total, off[1])
    return None


_TIMES: Final = re.compile(
    r"\d\D{0,16}?\s[x×*·@]\s?\d|"
    r"\d\s?%\s{1,2}(?:s/|sobre|of|on|von|auf|de|du|su|z|od|van|a)\s{1,2}\D{0,3}\d"
)
_HUNDREDTHS: Final = re.compile(r"(?<![a-z])(?:(?:ct|cent\w*|c€|p)\s?/|p(?:ence)?\b)", re.IGNORECASE)


def spelled_out(text: str, amount: Number) -> bool:
    """Whether the words before an amount spell out how it is made: `4,6 kW x 32 días x 0,098412 €/kW día  14,49 €`.

    Args:
        text: The row before the amount.
        amount: What the factors are to come to, to a cent; prices in hundredths of the currency and percents are
            told by their unit.
    """
    if not _TIMES.search(text):
        return False
    factors = [(_readings(found[0]), found.end()) for found in _FIGURE.finditer(text)]
    if not 2 <= len(factors) <= 5:
        return False
    hundredths = _HUNDREDTHS.search(text) or any(text[end:].lstrip().startswith("%") for _, end in factors)
    for count in (3, 2):
        for values in product_of(*(values for values, _ in factors[-count:])) if len(factors) >= count else ():
            reached = prod(values, start=Decimal("0.01") if hundredths else Decimal(1))
            slack = min(sum(half_unit(v) * abs(reached / v) for v in values if v), abs(reached) * Decimal("0.002"))
            if any(abs(abs(reached) - abs(total)) <= slack + ROUNDING for total in amount.values):
                return True
    return False


_FIGURE: Final = re.compile(r"(?<![\w.,])\d{1,3}(?:[ .]\d{3})+,\d+(?![\d])|(?<![\w.,])\d(?:[\d.,]*\d)?(?!\d)")


def _readings(text: str) -> tuple[Decimal, ...]:
    """What a figure may mean: its one mark parts decimals, or thousands where three digits follow."""
    plain = text.replace(" ", "")
    last = max(plain.rfind("."), plain.rfind(","))
    if last < 0:
        return (Decimal(plain),)
    whole, part = re.sub(r"[.,]", "", plain[:last]), plain[last + 1 :]
    decimal = Decimal(f"{whole or 0}.{part}")
    grouped = Decimal(whole + part)
    if plain.count(plain[last]) > 1:
        return (grouped,)
    return (decimal, grouped) if len(part) == 3 and whole.strip("0") else (decimal,)


def _discounted(count: Decimal, each: Decimal, discount: Number | None) -> Iterable[tuple[Decimal, Decimal]]:
    if discount is None:
        return
    for value in discount.values:
        off = abs(value)
        if off == 0:
            continue
        if off < 100:
            yield count * each * (1 - off / 100), off
        yield count * each - off, off
        yield count * (each - off), off


def taxed(net: Number, tax: Number | None, gross: Number | None, rate: Decimal | None) -> bool:
    """Whether net, tax, gross and rate of one row agree in every pair that is known."""
    if tax and gross:
        return abs(net.value + tax.value - gross.value) <= CENT
    if tax and rate is not None:
        return abs(net.value * rate / 100 - tax.value) <= CENT + abs(net.value) * Decimal("0.0002")
    if gross and rate is not None:
        return abs(net.value * (1 + rate / 100) - gross.value) <= CENT + abs(net.value) * Decimal("0.0002")
    return False


# Words of rows that bear no tax, folded
_EXEMPT: Final = re.compile(
    r"\b(?:zw\.?|zwolnion\w*|np\.?|nie podlega\w*|exempt\w*|zero[ -]rated|steuerfrei\w*|\w*befreit\w*|exonere\w*|"
    r"exent[oa]s?|esente|esenzione|vrijgesteld|isent[oa]s?|reverse charge|oo)(?!\w)"
)


def bears_no_tax(text: str) -> bool:
    """Whether a row of a tax table says that no tax is charged, in words (`zw`, `exempt`, `zwolnione od podatku`)."""
    return _EXEMPT.search(fold(text)) is not None

"""Arithmetic proofs: each builder gives one named Check that says what was expected and what was found.

Tolerances are in the unit of the amounts. Where a builder has a default, its docstring says what real
documents and norms need; a wider one turns a proof into a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from rapidfuzz.distance import Levenshtein

from pipelines.invoices import Check

CENT = Decimal("0.01")
ZERO = Decimal(0)


def equality(
    name: str, expected: Decimal, found: Decimal, fields: Iterable[str] = (), tolerance: Decimal = ZERO
) -> Check:
    """`found` is `expected` within `tolerance`."""
    return Check(
        name=name,
        passed=abs(expected - found) <= tolerance,
        expected=plain(expected),
        found=plain(found),
        fields=tuple(fields),
    )


def net_plus_tax_is_gross(
    net: Decimal,
    tax: Decimal,
    gross: Decimal,
    fields: Iterable[str] = ("net_total", "tax_total", "gross_total"),
    tolerance: Decimal = ZERO,
    between: Decimal = ZERO,
) -> Check:
    """EN 16931 BR-CO-15: exact. Invoices that count from gross prices may be off by a cent for each rate.

    `between` is what a page prints between its sum and its total: a rounding (BT-114), as cash prices in CHF, CZK or
    INR have, or charges and allowances (BT-107, BT-108) beneath a sum of lines.
    """
    return equality("net_plus_tax_is_gross", net + tax + between, gross, fields, tolerance)


def base_times_rate_is_tax(
    base: Decimal, rate: Decimal, tax: Decimal, fields: Iterable[str] = ("tax_breakdown",), lines: int = 1
) -> Check:
    """EN 16931 BR-CO-17, `rate` in percent. Tax summed over `lines` may be off by half a cent for each."""
    expected = (base * rate / 100).quantize(CENT, ROUND_HALF_UP)
    return equality("base_times_rate_is_tax", expected, tax, fields, CENT + CENT / 2 * (max(lines, 1) - 1))


def lines_sum_to_total(
    amounts: Iterable[Decimal],
    total: Decimal,
    fields: Iterable[str] = ("lines", "net_total"),
    tolerance: Decimal = ZERO,
    name: str = "lines_sum_to_total",
) -> Check:
    """EN 16931 BR-CO-10: exact."""
    return equality(name, sum(amounts, ZERO), total, fields, tolerance)


def breakdown_sums_to_total(
    amounts: Iterable[Decimal], total: Decimal, fields: Iterable[str] = ("tax_breakdown", "tax_total")
) -> Check:
    """EN 16931 BR-CO-14 (taxes to the tax total): exact; serves for bases to the net total as well."""
    return equality("breakdown_sums_to_total", sum(amounts, ZERO), total, fields)


def amount_due_follows(
    gross: Decimal,
    due: Decimal,
    paid: Decimal = ZERO,
    prior_balance: Decimal = ZERO,
    rounding: Decimal = ZERO,
    fields: Iterable[str] = ("gross_total", "paid", "prior_balance", "amount_due"),
) -> Check:
    """EN 16931 BR-CO-16: gross - paid + rounding is due; energy bills add the balance carried over."""
    return equality("amount_due_follows", gross - paid + prior_balance + rounding, due, fields)


def quantity_times_price_is_line(
    quantity: Decimal,
    unit_price: Decimal,
    amount: Decimal,
    fields: Iterable[str] = ("lines",),
    divisor: Decimal = Decimal(1),
) -> Check:
    """BT-129 x BT-146 / BT-149 = BT-131, within what the printed digits of the price leave open."""
    expected = quantity * unit_price / (divisor or Decimal(1))
    return equality(
        "quantity_times_price_is_line", expected, amount, fields, line_tolerance(quantity, unit_price, expected)
    )


def line_tolerance(quantity: Decimal, unit_price: Decimal, amount: Decimal) -> Decimal:
    """How far a line may be from quantity x printed price.

    Half a unit of the price's last printed digit for each unit of quantity, but never more than 0.5 % of
    the line (a coarse price proves nothing) and never less than 0.02: Brazilian bills print eight digits
    and are off by up to two cents all the same.
    """
    digits = unit_price.as_tuple().exponent
    last_digit = Decimal(1).scaleb(digits) if isinstance(digits, int) else ZERO
    open_digits = abs(quantity) * last_digit / 2
    return max(2 * CENT, min(open_digits + CENT, abs(amount) / 200))


def readings_give_energy(
    previous: Decimal,
    current: Decimal,
    kwh: Decimal,
    multiplier: Decimal = Decimal(1),
    fields: Iterable[str] = ("meter_readings", "consumption_kwh"),
) -> Check:
    """(current - previous) x multiplier = kWh, to one unit of the energy's last printed digit."""
    digits = kwh.as_tuple().exponent
    tolerance = Decimal(1).scaleb(min(digits, 0)) if isinstance(digits, int) else ZERO
    return equality("readings_give_energy", (current - previous) * multiplier, kwh, fields, tolerance)


def due_not_before_issue(issue: date, due: date, fields: Iterable[str] = ("issue_date", "due_date")) -> Check:
    """A due date before the issue date is a misread one, or a bill to look at."""
    return Check(
        name="due_not_before_issue",
        passed=due >= issue,
        expected=f">= {issue.isoformat()}",
        found=due.isoformat(),
        fields=tuple(fields),
    )


_TERM: Final = re.compile(
    r"(?<![\d.,])(\d{1,3})\s?(?:tage?n?|days?|dni|dnu|dny|jours?|dias?|giorni|dagen|dagar)\b(?! (?:nach|after) erhalt)"
)


def due_after_term(issue: date, due: date, texts: Iterable[str]) -> Check | None:
    """The printed term of payment: issue date plus so many days is the due date (EN 16931 BT-20 against BT-9).

    Args:
        issue: Issue date.
        due: Due date.
        texts: Folded lines of the document, letter by letter.

    Returns:
        A check that passes, or None: a term that fits nothing may be a discount's, and disproves nothing.
    """
    days = (due - issue).days
    if days <= 0 or all(int(match[1]) != days for text in texts for match in _TERM.finditer(text)):
        return None
    fields = ("issue_date", "due_date")
    return Check(name="due_after_term", passed=True, expected=f"{days} days", found=due.isoformat(), fields=fields)


def period_is_plausible(
    start: date, end: date, max_days: int = 460, fields: Iterable[str] = ("period_start", "period_end")
) -> Check:
    """Start not after end, and no longer than a yearly settlement read late (460 days)."""
    days = (end - start).days
    return Check(
        name="period_is_plausible",
        passed=0 <= days <= max_days,
        expected=f"0..{max_days} days",
        found=f"{days} days",
        fields=tuple(fields),
    )


def plain(value: Decimal) -> str:
    """Without exponent, at least two digits."""
    exponent = value.as_tuple().exponent
    digits = -exponent if isinstance(exponent, int) else 2
    return f"{value:.{min(max(digits, 2), 8)}f}"


def one_digit_apart(one: Decimal, two: Decimal) -> bool:
    """Whether a single misread or lost digit makes one amount of the other; equal ones are no slip apart."""
    return Levenshtein.distance(str(one), str(two), score_cutoff=1) <= 1

"""Business rules of EN 16931 as proofs, and the proofs that every e-invoice shares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipelines.invoices import Check, Line, TaxSubtotal
from pipelines.parsing.proofs.arithmetic import (
    CENT,
    ZERO,
    base_times_rate_is_tax,
    due_not_before_issue,
    equality,
    period_is_plausible,
    quantity_times_price_is_line,
)
from pipelines.parsing.proofs.checks import account_closes, tax_id_closes
from pipelines.parsing.xml.drafts import Draft
from pipelines.parsing.xml.trees import Node


@dataclass(frozen=True, slots=True)
class Totals:
    """BG-22. None is "not stated"; allowances, charges, paid and rounding count as zero then."""

    lines: Decimal | None = None
    allowances: Decimal | None = None
    charges: Decimal | None = None
    net: Decimal | None = None
    tax: Decimal | None = None
    gross: Decimal | None = None
    paid: Decimal | None = None
    rounding: Decimal | None = None
    due: Decimal | None = None


def en16931_checks(
    totals: Totals,
    line_amounts: Iterable[Decimal],
    allowances: Iterable[Decimal],
    charges: Iterable[Decimal],
    breakdown: tuple[TaxSubtotal, ...],
) -> tuple[Check, ...]:
    """BR-CO-10 to BR-CO-17, each where its terms are stated. Norm: EN 16931-1, section 6.4.2.

    Profiles without lines (MINIMUM, BASIC WL) state less and are held to less: net + VAT = gross = due.
    """
    t, checks = totals, []
    line_amounts, allowances, charges = list(line_amounts), list(allowances), list(charges)
    if line_amounts and t.lines is not None:
        checks.append(equality("BR-CO-10", sum(line_amounts, ZERO), t.lines, ("lines",)))
    if allowances and t.allowances is not None:
        checks.append(equality("BR-CO-11", sum(allowances, ZERO), t.allowances, ("net_total",)))
    if charges and t.charges is not None:
        checks.append(equality("BR-CO-12", sum(charges, ZERO), t.charges, ("net_total",)))
    if t.lines is not None and t.net is not None:
        expected = t.lines - (t.allowances or ZERO) + (t.charges or ZERO)
        checks.append(equality("BR-CO-13", expected, t.net, ("lines", "net_total")))
    taxes = [part.amount for part in breakdown if part.amount is not None]
    if taxes and t.tax is not None:
        checks.append(equality("BR-CO-14", sum(taxes, ZERO), t.tax, ("tax_breakdown", "tax_total")))
    if t.net is not None and t.gross is not None:
        checks.append(equality("BR-CO-15", t.net + (t.tax or ZERO), t.gross, ("net_total", "tax_total", "gross_total")))
    if t.gross is not None and t.due is not None:
        expected = t.gross - (t.paid or ZERO) + (t.rounding or ZERO)
        checks.append(equality("BR-CO-16", expected, t.due, ("gross_total", "paid", "amount_due")))
    return (*checks, *breakdown_checks(breakdown, len(line_amounts), "BR-CO-17"))


def breakdown_checks(
    breakdown: tuple[TaxSubtotal, ...], lines: int, name: str = "base_times_rate_is_tax"
) -> tuple[Check, ...]:
    """Base x rate = tax for each rate. Tax may have been rounded on each of `lines` and then summed."""
    complete = [
        (part.base, part.rate, part.amount)
        for part in breakdown
        if part.base is not None and part.rate is not None and part.amount is not None
    ]
    checks = [base_times_rate_is_tax(*part, ("tax_breakdown",), min(lines, 20)) for part in complete]
    return tuple(check.model_copy(update={"name": name}) for check in checks)


def line_checks(lines: tuple[Line, ...], added: Sequence[Decimal] = ()) -> tuple[Check, ...]:
    """Quantity x price = line, one check for all lines: the first that does not close is named.

    Args:
        lines: As in the record.
        added: For each line its charges less its allowances (BG-27, BG-28); none where empty.
    """
    judged = []
    for place, line in enumerate(lines):
        amount = line.net if line.net is not None else line.gross
        if line.quantity is not None and line.unit_price is not None and amount is not None:
            amount -= added[place] if added else ZERO
            judged.append((place + 1, quantity_times_price_is_line(line.quantity, line.unit_price, amount)))
    if not judged:
        return ()
    place, check = next(((place, check) for place, check in judged if not check.passed), judged[0])
    if check.passed:
        found = f"{len(judged)} lines"
        return (check.model_copy(update={"expected": found, "found": found}),)
    return (check.model_copy(update={"found": f"{check.found} on line {place}"}),)


def net_of_allowances(node: Node | None, path: str, amount: str, indicator: str) -> Decimal:
    """Charges less allowances of a line: `path` to the groups, in them `amount` and `indicator`."""
    total = ZERO
    for group in node.all(path) if node else []:
        value = group.amount(amount) or ZERO
        total += value if group.text(indicator) in ("true", "1") else -value
    return total


def common_checks(draft: Draft) -> tuple[Check, ...]:
    """Dates in order, and the check digits of parties and account."""
    issue, due, start, end = (draft.get(field) for field in ("issue_date", "due_date", "period_start", "period_end"))
    checks: list[Check] = [due_not_before_issue(issue, due)] if issue and due else []
    checks += [period_is_plausible(start, end)] if start and end else []
    numbers = [(number, f"{party}.tax_id") for party in ("seller", "buyer") if (number := draft.get(f"{party}.tax_id"))]
    # the country is the seller's: a buyer without a prefix may be of another
    checks += [tax_id_closes(number, field, draft.get("country") or "") for number, field in numbers]
    if account := draft.get("bank_account"):
        checks.append(account_closes(account))
    return tuple(checks)


def within_cents(name: str, expected: Decimal, found: Decimal, fields: Iterable[str], cents: int) -> Check:
    """Equality within whole cents: for sums of parts that were each rounded."""
    return equality(name, expected, found, fields, CENT * cents)

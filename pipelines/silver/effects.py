"""What a document adds to the books: a correction prints a difference, or both states, or a new total.

Sums over invoices use the effect, never the printed total: a credit note prints a positive total, and a
correction that prints the corrected invoice anew would count it twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from pipelines.invoices import DocumentType, Invoice, Line
from pipelines.kinds import kind_named
from pipelines.silver.normalise import energy_kwh

Effect = Literal["total", "difference", "credit", "unknown"]
BillPart = Literal["sales", "distribution", "complete"]

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Effects:
    """Money in the invoice's currency, energy in kWh; None where the document does not say."""

    effect: Effect
    kwh: Decimal | None
    net: Decimal | None
    tax: Decimal | None
    gross: Decimal | None


def effects(invoice: Invoice) -> Effects:
    """How the printed totals enter the books.

    - `total`: they stand as printed (every document that corrects nothing);
    - `credit`: a credit note; what it prints is taken away, whatever its sign (EN 16931 type 381 prints
      positive amounts);
    - `difference`: a correction whose lines before and after account for its totals, or that states no
      lines before: the totals are the difference (KSeF FA(3), P_13 and P_15 of a correction), else
      the difference is taken from its lines, if those show that the totals restate the invoice;
    - `unknown`: a correction whose lines contradict its totals; it adds nothing until a person says what.
    """
    own = kind_named(invoice.kind)
    if own is not None and own.fields is not None:
        # kWh of another kind's bill are its own field: no electricity that a sum over effects may hold
        return replace(_effects(invoice), kwh=None)
    return _effects(invoice)


def _effects(invoice: Invoice) -> Effects:
    printed = (invoice.net_total, invoice.tax_total, invoice.gross_total)
    match invoice.document_type:
        case DocumentType.CREDIT_NOTE:
            return Effects("credit", _minus(invoice.consumption_kwh), *(_minus(value) for value in printed))
        case DocumentType.CORRECTION:
            return _correction(invoice)
        case _:
            return Effects("total", invoice.consumption_kwh, *printed)


def _correction(invoice: Invoice) -> Effects:
    before = [line for line in invoice.lines if line.before_correction]
    after = [line for line in invoice.lines if not line.before_correction]
    kwh = _kwh_difference(invoice, before, after)
    printed = Effects("difference", kwh, invoice.net_total, invoice.tax_total, invoice.gross_total)
    if not before:
        return printed
    for read, total in ((_nets, invoice.net_total), (_grosses, invoice.gross_total)):
        was, now = read(before), read(after)
        if was is None or now is None or total is None:
            continue
        if abs(now - was - total) <= CENT:
            return printed
        if abs(now - total) <= CENT:
            return Effects("difference", kwh, *_restated(before, after))
    return Effects("unknown", None, None, None, None)


def _restated(before: list[Line], after: list[Line]) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Net, tax and gross difference from the lines of both states."""
    net, gross = _difference(_nets(before), _nets(after)), _difference(_grosses(before), _grosses(after))
    tax = _difference(_total(line.tax for line in before), _total(line.tax for line in after))
    if gross is None and net is not None and tax is not None:
        gross = net + tax
    if tax is None and net is not None and gross is not None:
        tax = gross - net
    return net, tax, gross


def _kwh_difference(invoice: Invoice, before: list[Line], after: list[Line]) -> Decimal | None:
    """Energy by the lines of both states, else as printed where no state before is printed."""
    if not before:
        return invoice.consumption_kwh
    was, now = _energy(before), _energy(after)
    return now - was if was is not None and now is not None else None


def _energy(lines: list[Line]) -> Decimal | None:
    """Energy of the lines that sell it, in kWh."""
    sold = [line for line in lines if line.category == "energy"] or lines
    known = [kwh for line in sold if (kwh := energy_kwh(line.quantity, line.unit)) is not None]
    return sum(known, Decimal(0)) if known else None


def _nets(lines: list[Line]) -> Decimal | None:
    return _total(line.net for line in lines)


def _grosses(lines: list[Line]) -> Decimal | None:
    return _total(line.gross for line in lines)


def _total(values: Iterable[Decimal | None]) -> Decimal | None:
    """None where one value is missing: a part is no sum."""
    known = list(values)
    return sum((v for v in known if v is not None), Decimal(0)) if known and None not in known else None


def _difference(was: Decimal | None, now: Decimal | None) -> Decimal | None:
    return now - was if was is not None and now is not None else None


def _minus(value: Decimal | None) -> Decimal | None:
    return -abs(value) if value is not None else None


def bill_part(invoice: Invoice) -> BillPart | None:
    """Whether an energy bill charges for energy, for its transport, or for both.

    By the categories of its lines; fees and taxes occur on every bill and say nothing. A customer with
    two contracts gets two bills for the same kWh, which must be counted once.
    """
    if invoice.kind != "electricity":
        return None
    categories = {line.category for line in invoice.lines}
    if {"energy", "distribution"} <= categories:
        return "complete"
    if "energy" in categories:
        return "sales" if None not in categories else None
    return "distribution" if "distribution" in categories and None not in categories else None

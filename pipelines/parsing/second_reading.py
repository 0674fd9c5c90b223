"""A second reader's proposals beside the rules' own record: what is proven counts, all else is a suggestion.

Only fields that the rules left open are filled: what a rule found is never replaced. A proposal counts where its
text stands on the page and a check closes that rests on something the reader did not say: amounts that the rules
found, a bar code, an amount in words, an access key, check digits. Two amounts of one reader prove each other
only against a total of the rules' and a rate that is printed. So nothing that a document tells its reader can
make a value, or a record, out of what the page does not prove.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from pipelines.invoices import Check, Invoice, Suggestion
from pipelines.parsing.geometry import rounded
from pipelines.parsing.judge import judge
from pipelines.parsing.proofs import read_ppe
from pipelines.parsing.proofs.arithmetic import CENT
from pipelines.parsing.proposals import MONEY, Grounded, Proposal, ground
from pipelines.parsing.reader import Reading
from pipelines.parsing.record import Draft, draft_record
from pipelines.parsing.values import find_percents
from pipelines.parsing.witnesses import Witnesses

_FILLED: Final = MONEY | {"invoice_number", "issue_date", "due_date", "seller.tax_id", "metering_point.id"}
"""Fields that some check can prove."""
_NO_PROOF: Final = frozenset(
    {"due_not_before_issue", "period_is_plausible", "tax_id_check_digits", "supplier_of_tax_id"}
)
"""Checks that a value of another role passes as well: a tax id's digits do not tell whose it is."""


def read_again(reading: Reading, witnesses: Witnesses, proposals: Sequence[Proposal]) -> Invoice:
    """The record of the rules with what the proposals add to it, and the rest of them as suggestions."""
    draft = draft_record(reading, witnesses)
    ruled = judge(draft.copy(), reading, witnesses)
    first = {proposal.field: proposal for proposal in reversed(proposals)}
    # a page without an open question needs no second reading; equal claims of several readers are one
    found = {name: ground(proposal, reading) for name, proposal in first.items()}
    open_ones = {n: g for n, g in found.items() if g is not None and n in _FILLED and draft.get(n) is None}
    invoice = _filled(draft, open_ones, reading, witnesses, ruled)
    left = tuple(_suggestions(first, found, invoice))
    return invoice.model_copy(update={"suggestions": left}) if left else invoice


def _filled(
    draft: Draft, open_ones: dict[str, Grounded], reading: Reading, witnesses: Witnesses, ruled: Invoice
) -> Invoice:
    """Fill one open field after another while a check closes with it; what was proven may prove the next."""
    best, waiting = ruled, dict(open_ones)
    filled = True
    while filled:
        filled = False
        for names in _attempts(waiting):
            trial = draft.copy()
            for name in names:
                _put(trial, waiting[name])
            judged = judge(trial.copy(), reading, witnesses)
            if _proven(names, draft, judged, best, reading, waiting):
                draft, best, filled = trial, judged, True
                for name in names:
                    del waiting[name]
                break
    return best


def _attempts(waiting: dict[str, Grounded]) -> list[tuple[str, ...]]:
    single = [(name,) for name in sorted(waiting)]
    pair = ("net_total", "tax_total")
    return [*single, pair] if all(name in waiting for name in pair) else [*single]


def _put(draft: Draft, found: Grounded) -> None:
    name = found.proposal.field
    if name == "metering_point.id":
        ppe = read_ppe(found.value)
        if ppe is not None:
            draft.put(name, ppe.number, found.evidence())
            draft.put("metering_point.scheme", "ppe", None)
        return
    draft.put(name, found.value, found.evidence())


def _proven(
    names: tuple[str, ...],
    draft: Draft,
    judged: Invoice,
    before: Invoice,
    reading: Reading,
    waiting: dict[str, Grounded],
) -> bool:
    """Whether every one of the fields is under a check that closes, and none fails that did not fail before."""
    failed = {check.name for check in before.checks if not check.passed}
    if any(not check.passed and check.name not in failed for check in judged.checks):
        return False
    if len(names) == 2:
        return _pair_closes(draft, waiting, reading)
    return any(_rests_on_others(names[0], check, draft, reading) for check in judged.checks)


def _rests_on_others(name: str, check: Check, draft: Draft, reading: Reading) -> bool:
    if not check.passed or name not in check.fields or check.name in _NO_PROOF:
        return False
    if check.name == "ppe_gs1_mod_10":
        return _only_point(reading)
    if check.name.endswith("_agrees"):
        return name != "issue_date"  # an access key holds its month alone
    others = [field for field in check.fields if field != name]
    known = all(draft.get(field) is not None for field in others) and bool(others)
    if check.name == "net_plus_tax_is_gross":
        return known
    if check.name == "due_after_term":
        return known
    if check.name == "amount_due_follows":
        # without a payment or balance that the rules found, "due equals total" is no second sight of anything
        moved = [draft.get(field) for field in ("paid", "prior_balance") if field != name]
        return known and any(value for value in moved if value)
    return False


def _pair_closes(draft: Draft, waiting: dict[str, Grounded], reading: Reading) -> bool:
    """Net and tax of one reader: they sum to the rules' total, and a printed rate leads from one to the other."""
    gross, net, tax = draft.get("gross_total"), waiting["net_total"], waiting["tax_total"]
    if gross is None or net.box == tax.box or not tax.value or net.value + tax.value != gross:
        return False
    rates = {
        rate
        for layout in reading.layouts
        for cell in layout.cells
        for percent in find_percents(cell.text)
        for rate in percent.values
    }
    return any(rate and abs(net.value * rate / Decimal(100) - tax.value) <= CENT for rate in rates)


def _only_point(reading: Reading) -> bool:
    """Whether one metering point alone, of those whose check digit closes, stands on the pages."""
    points: set[str] = set()
    for layout in reading.layouts:
        for cell in layout.cells:
            for word in cell.words:
                ppe = read_ppe(word.text.strip(".,;:()"))
                if ppe is not None and ppe.valid:
                    points.add(ppe.number)
    return len(points) == 1


def _suggestions(
    first: dict[str, Proposal], found: dict[str, Grounded | None], invoice: Invoice
) -> Iterator[Suggestion]:
    """What was proposed and does not count, where the record leaves the field open or in doubt."""
    for name, proposal in first.items():
        grounded, stands = found[name], _value(invoice, name)
        if stands is not None and not any(name in reason for reason in invoice.review_reasons):
            continue
        if grounded is None:
            yield Suggestion(
                field=name,
                text=proposal.text[:200],
                page=proposal.page,
                reader=proposal.reader,
                reason="it does not stand on the page",
            )
        elif stands is None or str(stands) != str(grounded.value):
            yield Suggestion(
                field=name,
                value=str(grounded.value),
                text=grounded.text[:200],
                page=grounded.page,
                box=rounded(grounded.box),
                reader=proposal.reader,
                reason="nothing proves it",
            )


def _value(invoice: Invoice, name: str) -> object:
    part, _, leaf = name.partition(".")
    held = getattr(invoice, part, None)
    return getattr(held, leaf, None) if leaf else held

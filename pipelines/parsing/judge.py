"""Checks and status: what proves the record, and what a person must look at where nothing does.

Accepted means proven: the required fields stand, every stated amount is under a check that closes, no
check of a misreadable value fails, and no field rests on a weak guess.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from pipelines.invoices import Check, DocumentType, Evidence, Invoice, Line, Status
from pipelines.parsing.corrections import NOTHING_CHANGES, amounts_stated, states_both_wordings
from pipelines.parsing.folding import level, tokens
from pipelines.parsing.metering_points import headings, points_of
from pipelines.parsing.proofs.arithmetic import (
    CENT,
    amount_due_follows,
    breakdown_sums_to_total,
    due_after_term,
    due_not_before_issue,
    net_plus_tax_is_gross,
    period_is_plausible,
)
from pipelines.parsing.proofs.checks import (
    access_key_closes,
    account_closes,
    payment_line_closes,
    ppe_closes,
    tax_id_closes,
    witness_agrees,
)
from pipelines.parsing.reader import Reading
from pipelines.parsing.record import Draft
from pipelines.parsing.totals import FIELDS, MENDED
from pipelines.parsing.values import parse_amount
from pipelines.parsing.witnesses import Witnesses
from pipelines.parsing.xml import ISSUER_CHECKS

_REQUIRED: Final = ("invoice_number", "issue_date", "seller.name", "gross_total", "currency")
_REQUIRED_RECEIPT: Final = ("issue_date", "seller.name", "gross_total", "currency")
_SURE_TEXT: Final = 0.6
_SURE_OCR: Final = 0.82
_PLAUSIBLE: Final = frozenset({"due_not_before_issue", "period_is_plausible"})
"""Checks that find what cannot be; what passes them is possible, and proven by nothing."""
_CORRECTED: Final = "corrects.invoice_number"
# Fields whose misreading nothing else would show
_UNPROVEN: Final = (
    "invoice_number", "issue_date", "due_date", "period_start", "period_end", "reference_month", "seller.name",
    "buyer.name",
    "customer_number", "metering_point.id", "metering_point.meter_number", "corrects.invoice_number",
)  # fmt: skip


def judge(draft: Draft, reading: Reading, witnesses: Witnesses) -> Invoice:
    """Add lines where they close, run the checks, and decide."""
    tables = reading.tables
    if tables.lines:
        draft.put(
            "lines",
            _lines_by_point(reading),
            tables.evidence.get("lines") or (tables.line_evidence[0] if tables.line_evidence else None),
        )
    if tables.tax_breakdown:
        draft.put("tax_breakdown", tables.tax_breakdown, tables.evidence.get("tax_breakdown"))
    checks = tuple(_checks(draft, reading, witnesses))
    reasons = tuple(dict.fromkeys([*draft.reasons, *_reasons(draft, reading, checks)]))
    status = Status.NEEDS_REVIEW if reasons else Status.ACCEPTED
    return draft.finish(status=status, review_reasons=reasons, checks=checks)


def _lines_by_point(reading: Reading) -> tuple[Line, ...]:
    """The lines, each with its metering point where a collective invoice has several."""
    tables = reading.tables
    lines = tables.lines
    if reading.evidence.language == "pl":
        lines = tuple(map(_in_months, lines, tables.line_evidence))
    points = points_of(tables.line_evidence, headings(reading.candidates))
    if not any(points):
        return lines
    return tuple(
        line.model_copy(update={"metering_point_id": point}) for line, point in zip(lines, points, strict=True)
    )


def _in_months(line: Line, evidence: Evidence) -> Line:
    """A Polish `mc` is a month; in Italian it is a cubic metre, which units without a language are taken for."""
    return line.model_copy(update={"unit": "mies"}) if line.unit == "m3" and "mc" in tokens(evidence.text) else line


def _checks(draft: Draft, reading: Reading, witnesses: Witnesses) -> Iterator[Check]:
    yield from _money_checks(draft, reading)
    yield from _witness_checks(draft, reading, witnesses)
    for role in ("seller", "buyer"):
        tax_id = draft.get(f"{role}.tax_id")
        if tax_id:
            yield tax_id_closes(tax_id, f"{role}.tax_id", reading.evidence.country)
    if account := draft.get("bank_account"):
        yield account_closes(account, country=reading.evidence.country)
    point = draft.get("metering_point.id")
    if point and draft.get("metering_point.scheme") == "ppe" and len(point) == 18:
        yield ppe_closes(point)
    issue, due = draft.get("issue_date"), draft.get("due_date")
    if issue and due:
        yield due_not_before_issue(issue, due)
        texts = (level(cell.text) for layout in reading.layouts for cell in layout.numbered)
        term = due_after_term(issue, due, texts)
        if term is not None:
            yield term
    start, end = draft.get("period_start"), draft.get("period_end")
    if start and end:
        yield period_is_plausible(start, end)
    yield from reading.tables.checks
    slip = reading.slip
    if slip is not None and slip.total is not None and slip.total.value == draft.get("gross_total"):
        yield from slip.checks
    for amount in reading.tables.energy:
        if amount.kind == "consumption" and amount.kwh == draft.get("consumption_kwh"):
            yield from amount.checks
            break


def _money_checks(draft: Draft, reading: Reading) -> Iterator[Check]:
    net, tax, gross = (draft.get(n) for n in ("net_total", "tax_total", "gross_total"))
    due, paid, prior = (draft.get(n) for n in ("amount_due", "paid", "prior_balance"))
    if net is not None and tax is not None and gross is not None:
        rates = len(reading.tables.tax_breakdown)
        tolerance = CENT if rates > 1 else Decimal(0)
        yield net_plus_tax_is_gross(net, tax, gross, tolerance=tolerance, between=reading.totals.between)
    subtotal, between = reading.totals.subtotal, reading.totals.between
    if subtotal is not None and tax is not None and gross is not None:
        yield net_plus_tax_is_gross(subtotal, tax, gross, ("tax_total", "gross_total"), between=between)
    zero = Decimal(0)
    if gross is not None and due is not None:
        fields = [n for n in ("gross_total", "paid", "prior_balance", "amount_due") if draft.get(n) is not None]
        yield amount_due_follows(gross, due, (paid or zero) + reading.totals.settled, prior or zero, fields=fields)
    worded = gross is not None and draft.evidence["gross_total"].rule == NOTHING_CHANGES and draft.get(_CORRECTED)
    if worded and states_both_wordings(reading):
        stated = amounts_stated(reading)
        yield Check(
            name="correction_states_no_amount",
            passed=stated == 0,
            expected="0 amounts",
            found=f"{stated} amounts",
            fields=("gross_total",),
        )
    rows = [t.amount for t in reading.tables.tax_breakdown if t.amount is not None]
    if rows and tax is not None and net is not None:
        yield breakdown_sums_to_total(rows, tax)


def _witness_checks(draft: Draft, reading: Reading, witnesses: Witnesses) -> Iterator[Check]:
    gross, due = draft.get("gross_total"), draft.get("amount_due")
    for witness, kind, amount in witnesses.amounts():
        if kind == "total":
            said = next((v for v in (due, gross) if v is not None and abs(v) == abs(amount)), None)
            field = "amount_due" if said is not None and said == due else "gross_total"
            found = said if said is not None else (gross if gross is not None else due)
            fields = [
                n for n in ("gross_total", "amount_due") if draft.get(n) is not None and draft.get(n) == found
            ] or [field]
        else:
            found = due if kind == "due" and due is not None else gross
            fields = [
                n for n in ("gross_total", "amount_due") if draft.get(n) is not None and draft.get(n) == found
            ] or ["amount_due"]
        if found is not None:
            yield witness_agrees(witness, abs(amount), abs(found), fields)
    if witnesses.access_key is not None:
        key = witnesses.access_key[0]
        yield access_key_closes(key.key)
        if number := draft.get("invoice_number"):
            digits = "".join(c for c in number if c.isdigit())
            if digits:
                yield witness_agrees("access_key", key.number.lstrip("0"), digits.lstrip("0"), ("invoice_number",))
        if (issue := draft.get("issue_date")) and key.issue_month:
            yield witness_agrees("access_key", key.issue_month, issue.isoformat()[:7], ("issue_date",))
        if (tax := draft.get("seller.tax_id")) and len(tax) == 14:
            yield witness_agrees("access_key", key.cnpj, tax, ("seller.tax_id",))
    if witnesses.payment_line is not None:
        yield payment_line_closes(witnesses.payment_line[0].barcode)
    del reading


def _reasons(draft: Draft, reading: Reading, checks: tuple[Check, ...]) -> Iterator[str]:
    kind = draft.get("document_type")
    required = _REQUIRED_RECEIPT if kind is DocumentType.RECEIPT else _REQUIRED
    for name in required:
        if draft.get(name) is None:
            yield f"{name} was not found: look for it on the page"
    closed = {f for check in checks if check.passed and check.name not in _PLAUSIBLE for f in check.fields}
    proving = _proven_money(draft, checks, reading)
    for name in FIELDS:
        if draft.get(name) is not None and name not in proving:
            yield f"{name} {draft.get(name)} is proven by nothing else on the page"
    for check in checks:
        if check.passed or (check.name in ISSUER_CHECKS and not reading.ocr):
            continue
        yield f"{check.name}: expected {check.expected}, found {check.found}"
    sure = _SURE_OCR if reading.ocr else _SURE_TEXT
    for name in _UNPROVEN:
        if (
            draft.get(name) is not None
            and name in draft.evidence
            and draft.confidence(name) < sure
            and name not in closed
        ):
            value = draft.get(name)
            said = value.isoformat() if isinstance(value, date) else repr(value)
            yield f"{name} {said} is uncertain ({draft.evidence[name].rule})"
    if "gross_total" in draft.evidence and draft.evidence["gross_total"].rule.startswith(MENDED):
        yield f"gross_total {draft.get('gross_total')} was read with another digit: compare it with the scan"
    yield from _rival_reasons(draft, reading)
    yield from _line_reasons(draft, reading)
    yield from _energy_reasons(draft, reading)
    if reading.totals.stray_tax is not None:
        yield f"a tax of {reading.totals.stray_tax} stands on the page, and no total adds up with it"
    if reading.ocr:
        yield from _ocr_reasons(draft, closed)


def _rival_reasons(draft: Draft, reading: Reading) -> Iterator[str]:
    """A larger total under a label of its own, where the chosen one stands in prose: one of the two is not the bill's.

    Whoever writes a document can write sums that add up. What a form states beside its labels is not outdone by them.
    """
    said = draft.evidence.get("gross_total")
    gross = draft.get("gross_total")
    if said is None or said.box is None or said.page is None or gross is None:
        return
    known = {draft.get(name) for name in FIELDS}
    prose = _in_prose(reading, said.page, said.box)
    for claim in reading.all("gross_total"):
        if prose and claim.score >= 0.8 and claim.value > gross and claim.value not in known:
            yield f"gross_total {gross} stands in a sentence, and {claim.value} beside {claim.label!r}"
            return


def _in_prose(reading: Reading, page: int, box: tuple[float, float, float, float]) -> bool:
    """Whether a place lies in a cell of many words."""
    for layout in reading.layouts:
        if layout.number == page:
            for cell in layout.cells:
                holds = cell.box.x0 - 1 <= box[0] <= cell.box.x1 and cell.box.y0 - 1 <= box[1] <= cell.box.y1
                if holds and len(cell.words) >= 8:
                    return True
    return False


def _proven_money(draft: Draft, checks: tuple[Check, ...], reading: Reading) -> set[str]:
    """Amounts under a closed proof. What is due follows only from a total that something else proves."""
    gross, net, tax = (draft.get(n) for n in ("gross_total", "net_total", "tax_total"))
    proven: set[str] = set()
    for check in checks:
        if check.passed and check.name != "amount_due_follows":
            proven.update(f for f in check.fields if f in FIELDS)
    if reading.tables.closed and (total := reading.tables.closes_with) is not None and total.value:
        for name, value in (("net_total", net), ("gross_total", gross), ("amount_due", draft.get("amount_due"))):
            if value is not None and value == total.value:
                proven.add(name)
    off = None if net is None or tax is None or gross is None else net + tax + reading.totals.between - gross
    if off is not None and abs(off) > CENT:
        proven -= {"net_total", "tax_total", "gross_total"}
    if tax is not None and net is None and gross is not None and tax == 0 and "gross_total" in proven:
        proven.add("tax_total")
    follows = next((c for c in checks if c.name == "amount_due_follows"), None)
    if follows is not None and follows.passed and proven & {"gross_total", "amount_due"}:
        proven.update(f for f in follows.fields if f in FIELDS)
    return proven


def _line_reasons(draft: Draft, reading: Reading) -> Iterator[str]:
    tables = reading.tables
    if tables.lines_seen and not tables.lines:
        yield "a table of line items stands on the page, and its rows could not be made to add up"
    if tables.lines and not tables.closed and not _lists_an_order(draft, reading):
        yield "the lines do not sum to a printed total: check them against the page"
    if tables.lines and tables.closes_with is not None:
        total = tables.closes_with.value
        known = [draft.get(n) for n in ("net_total", "gross_total", "amount_due") if draft.get(n) is not None]
        net = reading.totals.chosen.get("net_total")
        adjusted = net is not None and reading.totals.extras.leads_to(tables.closes_with, net)
        if total not in known and tables.closes_with.kind != "lines" and not adjusted:
            yield f"the lines sum to {total}, which is none of the totals"


def _lists_an_order(draft: Draft, reading: Reading) -> bool:
    """Whether the lines are the order's that an advance is paid for: they sum to the order's printed value."""
    kinds = (DocumentType.ADVANCE, DocumentType.CORRECTION, DocumentType.CREDIT_NOTE)
    if draft.get("document_type") not in kinds:
        return False
    values = {c.value for c in reading.all("order_value") if c.score >= 0.4}
    lines = reading.tables.lines
    now = [line for line in lines if not line.before_correction]
    # stated before and after: a row that stands twice in the same words is the order as it was and as it is
    distinct = {(line.description, line.quantity, line.net, line.tax, line.gross): line for line in now}.values()
    for some in (now, list(distinct)):
        nets = [line.net for line in some if line.net is not None]
        grosses = [amount for amount in map(_gross_of, some) if amount is not None]
        if some and any(len(held) == len(some) and sum(held, Decimal(0)) in values for held in (nets, grosses)):
            return True
    return False


def _gross_of(line: Line) -> Decimal | None:
    """What a line comes to with its tax."""
    if line.gross is not None or line.net is None or line.tax is None:
        return line.gross
    return line.net + line.tax


def _meter_values(reading: Reading) -> bool:
    """Whether numbers stand beneath the labels of the previous and the current reading."""
    found: set[str] = set()
    for places in reading.places:
        for label in places.labels:
            for concept in label.concepts & {"reading_previous", "reading_current"}:
                if any(p.relation == "beneath" and parse_amount(p.text) for p in places.of(label)):
                    found.add(concept)
    return len(found) == 2


def _energy_reasons(draft: Draft, reading: Reading) -> Iterator[str]:
    """Energy counts like money: one witness is none."""
    if not reading.tables.readings and draft.get("consumption_kwh") and _meter_values(reading):
        yield "meter readings stand on the page, and they do not give the energy"
    kinds = (("consumption", "consumption_kwh"), ("export", "exported_kwh"), ("compensated", "compensated_kwh"))
    for kind, name in kinds:
        value = draft.get(name)
        amount = next((a for a in reading.tables.energy if a.kind == kind and a.kwh == value), None)
        # what the bill credits stands in a line, and the lines add up
        carried = kind != "consumption" and reading.tables.closed
        if value is not None and not carried and (amount is None or not amount.proven):
            yield f"{name} {value} is proven by nothing else on the page"


def _ocr_reasons(draft: Draft, closed: set[str]) -> Iterator[str]:
    """On scans a number or name that no check covers must have been read without doubt."""
    for name in ("seller.tax_id", "buyer.tax_id", "metering_point.id"):
        if draft.get(name) is not None and name not in closed:
            yield f"{name} {draft.get(name)!r} has no check digit that closes: compare it with the scan"

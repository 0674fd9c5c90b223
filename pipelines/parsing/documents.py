"""Files of one or several invoices: pages are grouped, copies dropped, XML and page set side by side."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.invoices import DocumentType, Invoice, Status
from pipelines.pages import DocumentText, Page
from pipelines.parsing.candidate import Candidate
from pipelines.parsing.folding import squash
from pipelines.parsing.judge import judge
from pipelines.parsing.kind_records import kind_proposals, with_own_fields, with_proposed_kind, with_stated_kind
from pipelines.parsing.layouts import layout_of
from pipelines.parsing.lexicon import Lexicon
from pipelines.parsing.proposals import Proposal
from pipelines.parsing.reader import Reading, read_pages
from pipelines.parsing.record import draft_record, other_document
from pipelines.parsing.second_reading import read_again
from pipelines.parsing.supplier_pins import pin_supplier
from pipelines.parsing.suppliers import SupplierBook
from pipelines.parsing.two_witnesses import compare
from pipelines.parsing.witnesses import gather_witnesses
from pipelines.parsing.xml import parse_einvoice

LIKE_AN_INVOICE = 4.0
_STRONG = 0.8


def parse(
    read: DocumentText,
    suppliers: SupplierBook,
    proposals: Sequence[Proposal] = (),
    lexicon: Lexicon | None = None,
) -> tuple[Invoice, ...]:
    """See `pipelines.parsing.parse_document`."""
    stated = parse_einvoice(read.attachments) if read.attachments else None
    whole = read_pages(read.pages, suppliers, lexicon)
    if stated is not None:
        page = parse_group(whole) if whole.pages else None
        return (with_stated_kind(compare(stated, page), stated, page, whole if whole.pages else None),)
    failed = [p for p in read.pages if p.source == "failed"]
    if not whole.pages:
        return (other_document(None, "no page could be read" if failed else "no text stands on its pages"),)
    groups = group_pages(whole)
    if len(groups) > 1:
        # which of several invoices a proposal is about, its page alone does not tell
        proposals = ()
    invoices = _without_copies([parse_group(whole.part(numbers), proposals) for numbers in groups])
    if failed:
        numbers = ", ".join(str(p.number) for p in failed)
        invoices = [with_reason(i, f"page {numbers} could not be read") for i in invoices]
    return tuple(pin_supplier(invoice, suppliers) for invoice in invoices)


def parse_group(reading: Reading, proposals: Sequence[Proposal] = ()) -> Invoice:
    """The invoice on a group of pages."""
    if reading.likeness < LIKE_AN_INVOICE:
        return other_document(reading, "this is no invoice: file it elsewhere, or enter it by hand")
    witnesses = gather_witnesses(reading)
    of_kind, others = kind_proposals(proposals)
    if others:
        invoice = read_again(reading, witnesses, others)
    else:
        invoice = judge(draft_record(reading, witnesses), reading, witnesses)
    if of_kind:
        invoice = with_proposed_kind(invoice, of_kind, reading)
    return with_own_fields(invoice, reading).model_copy(update={"layout": layout_of(reading)})


def group_pages(whole: Reading) -> list[tuple[int, ...]]:
    """Page numbers by invoice: a page with another invoice number of its own begins the next one."""
    groups: list[list[int]] = []
    current = ""
    for page, collected in zip(whole.pages, whole.collected, strict=True):
        number = _page_number(page, collected.candidates)
        if groups and (not number or not current or number == current):
            groups[-1].append(page.number)
            current = current or number
            continue
        groups.append([page.number])
        current = number
    return [tuple(group) for group in groups]


def _page_number(page: Page, candidates: Sequence[Candidate]) -> str:
    """The page's own invoice number, where a strong label says so and money stands on the page."""
    best = next((c for c in candidates if c.field == "invoice_number" and c.score >= _STRONG), None)
    if best is None or best.box.y0 > 0.45 * page.height:
        return ""
    money = any(c.field in ("gross_total", "amount_due") and c.score >= 0.6 for c in candidates)
    return squash(best.value) if money else ""


def _without_copies(invoices: Sequence[Invoice]) -> list[Invoice]:
    """Original and copy counted once; annexes that are no invoice dropped beside one that is."""
    kept: list[Invoice] = []
    seen: set[tuple[object, ...]] = set()
    for invoice in invoices:
        key = (squash(invoice.invoice_number or ""), invoice.gross_total, invoice.issue_date)
        if invoice.invoice_number and key in seen:
            continue
        seen.add(key)
        kept.append(invoice)
    real = [i for i in kept if i.document_type is not DocumentType.OTHER]
    return real or kept[:1]


def with_reason(invoice: Invoice, reason: str) -> Invoice:
    """The same invoice, sent to review with one reason more."""
    return invoice.model_copy(
        update={"status": Status.NEEDS_REVIEW, "review_reasons": (*invoice.review_reasons, reason)}
    )

"""E-invoice XML and the page it came with: two witnesses. The XML is exact; a difference goes to review."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from pipelines.invoices import Check, DocumentType, Invoice, Status
from pipelines.parsing.folding import squash
from pipelines.parsing.proofs.checks import witness_agrees
from pipelines.parsing.xml import ParsedXml

# What both witnesses must say alike, and how surely the page must have been read to contradict
_COMPARED: Final = ("invoice_number", "issue_date", "gross_total", "net_total", "tax_total", "amount_due", "currency")
_SURE: Final = 0.8


def compare(stated: ParsedXml, page: Invoice | None) -> Invoice:
    """The XML's record, with a check for each field that the page states too."""
    invoice = stated.invoice
    checks: list[Check] = list(invoice.checks)
    reasons = list(stated.reasons)
    if page is not None and page.document_type is not DocumentType.OTHER:
        for name in _COMPARED:
            check = _compared(invoice, page, name)
            if check is not None:
                checks.append(check)
                if not check.passed:
                    reasons.append(f"{name}: the e-invoice says {check.expected}, the page says {check.found}")
    status = Status.NEEDS_REVIEW if reasons else Status.ACCEPTED
    return invoice.model_copy(update={"status": status, "review_reasons": tuple(reasons), "checks": tuple(checks)})


def _compared(invoice: Invoice, page: Invoice, name: str) -> Check | None:
    """Whether page and XML agree; None where the page says nothing surely enough to matter."""
    said, found = getattr(invoice, name), getattr(page, name)
    if said is None or found is None:
        return None
    same = said == found if isinstance(said, Decimal | date) else squash(str(said)) == squash(str(found))
    evidence = page.evidence.get(name)
    sure = evidence is not None and evidence.confidence >= _SURE
    proven = any(c.passed and name in c.fields for c in page.checks)
    if not same and not (sure and (proven or name in ("invoice_number", "issue_date"))):
        return None
    return witness_agrees("page", said, found if not same else said, (name,))

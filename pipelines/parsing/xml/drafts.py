"""The draft of an invoice that an e-invoice's reader fills: values with the element each came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from pipelines.invoices import Check, DocumentType, Evidence, Invoice, Status
from pipelines.parsing.xml.trees import Node

ISSUER_CHECKS = frozenset(
    {
        "tax_id_check_digits",
        "bank_account_mod_97",
        "ppe_gs1_mod_10",
        "ksef_number_crc_8",
        "payment_line_digits",
        "quantity_times_price_is_line",
    }
)
"""Checks that judge the issuer's data and not our reading of it: an XML value cannot be misread."""
REQUIRED = ("invoice_number", "issue_date", "seller.name", "currency", "gross_total")
_LONGEST_EVIDENCE = 300


@dataclass(frozen=True, slots=True)
class ParsedXml:
    """What an e-invoice says.

    Attributes:
        invoice: Complete, with evidence and checks, its status `needs_review`: whoever combines it with
            the page decides, by `reasons`.
        format: `cii`, `ubl`, `ksef`, `nf3e` or `nfe`.
        profile: The customisation or schema that the document names, such as `FA (3)`.
        source: Name of the attachment or file.
        notes: What it says in free text beside its items: keys and headings of KSeF attachments.
    """

    invoice: Invoice
    format: str
    profile: str
    source: str
    notes: tuple[str, ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it cannot be accepted as it stands: fields that lack, sums that do not close; empty if it can.

        `ISSUER_CHECKS` stand in the record but give no reason: the XML says what it says.
        """
        lacking = [f"{field} is missing in the e-invoice" for field in REQUIRED if _value(self.invoice, field) is None]
        if self.invoice.document_type is DocumentType.OTHER:
            lacking.append("the e-invoice says that it is no invoice (pro forma, offer or an unknown kind)")
        if self.invoice.gross_total and not any(c.passed and "gross_total" in c.fields for c in self.invoice.checks):
            lacking.append("gross_total follows from nothing else in the e-invoice")
        open_checks = [
            f"{check.name}: expected {check.expected}, found {check.found}"
            for check in self.invoice.checks
            if not check.passed and check.name not in ISSUER_CHECKS
        ]
        return (*lacking, *open_checks)


class Draft:
    """Collects values and their evidence. Fields are named as in the record: `seller.tax_id`."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._values: dict[str, Any] = {}
        self._evidence: dict[str, Evidence] = {}

    def text(self, field: str, node: Node | None, *paths: str) -> str | None:
        """The first text found at `paths`."""
        for path in paths:
            said = node.text(path) if node else None
            if said:
                return self._keep(field, said, said, path)  # type: ignore[no-any-return]
        return None

    def day(self, field: str, node: Node | None, *paths: str) -> date | None:
        """The first date found at `paths`."""
        for path in paths:
            found = node.day(path) if node else None
            if found and node:
                return self._keep(field, found, node.text(path) or "", path)  # type: ignore[no-any-return]
        return None

    def amount(self, field: str, node: Node | None, *paths: str) -> Decimal | None:
        """The first number found at `paths`."""
        for path in paths:
            found = node.amount(path) if node else None
            if found is not None and node:
                return self._keep(field, found, node.text(path) or "", path)  # type: ignore[no-any-return]
        return None

    def put(self, field: str, value: Any, rule: str, said: str = "") -> None:
        """A value that was worked out of several elements; None is not kept."""
        if value is not None:
            self._keep(field, value, said or str(value), rule)

    def get(self, field: str) -> Any:
        return self._values.get(field)

    def finish(self, checks: tuple[Check, ...]) -> Invoice:
        """The record. Raises pydantic's ValidationError only for a fault of the reader itself."""
        body: dict[str, Any] = {"status": Status.NEEDS_REVIEW, "evidence": self._evidence, "checks": checks}
        for field, value in self._values.items():
            part, _, leaf = field.partition(".")
            if leaf:
                body.setdefault(part, {})[leaf] = value
            else:
                body[part] = value
        return Invoice.model_validate(body)

    def _keep(self, field: str, value: Any, said: str, path: str) -> Any:
        self._values[field] = value
        self._evidence[field] = Evidence(text=said[:_LONGEST_EVIDENCE], rule=f"{self._kind}:{path}", confidence=1)
        return value


def _value(invoice: Invoice, field: str) -> object:
    value: object = invoice
    for name in field.split("."):
        value = getattr(value, name, None)
    return value

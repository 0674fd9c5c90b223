"""OASIS UBL 2.1 Invoice and CreditNote: XRechnung, Peppol BIS Billing and national variants.

Norm: EN 16931-3-2 (syntax binding).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from pipelines.invoices import DocumentType, Line, TaxSubtotal
from pipelines.parsing.values import canonical_unit
from pipelines.parsing.xml.cii import DOCUMENT_TYPES
from pipelines.parsing.xml.drafts import Draft, ParsedXml
from pipelines.parsing.xml.energy import put_energy, with_points
from pipelines.parsing.xml.rules import Totals, common_checks, en16931_checks, line_checks, net_of_allowances
from pipelines.parsing.xml.trees import Node

ROOTS: Final = frozenset({"Invoice", "CreditNote"})
NAMESPACE: Final = "urn:oasis:names:specification:ubl:schema:xsd:"


def parse_ubl(root: Node, source: str) -> ParsedXml:
    """Every field that UBL has a place for. Amounts keep the sign they have in the document."""
    draft = Draft("ubl")
    _read_head(draft, root)
    _read_parties(draft, root)
    nodes = [node for node in root.all("InvoiceLine|CreditNoteLine") if not _is_heading(node)]
    # BT-128: what the line is about
    codes = [node.text("DocumentReference/ID") for node in nodes]
    lines = with_points(tuple(_line(node) for node in nodes), codes)
    total = _tax_total(root, draft.get("currency"))
    breakdown = tuple(_subtotal(node) for node in (total.all("TaxSubtotal") if total else []))
    totals = _read_totals(draft, root, total)
    draft.put("lines", lines or None, "InvoiceLine", f"{len(lines)} lines")
    draft.put("tax_breakdown", breakdown or None, "TaxTotal/TaxSubtotal", f"{len(breakdown)} rates")
    put_energy(draft, lines, " ".join(node.text() or "" for node in root.all("Note")))
    nets = [line.net for line in lines if line.net is not None]
    allowances, charges = _allowances(root)
    added = [net_of_allowances(node, "AllowanceCharge", "Amount", "ChargeIndicator") for node in nodes]
    checks = (
        *en16931_checks(totals, nets, allowances, charges, breakdown),
        *line_checks(lines, added),
        *common_checks(draft),
    )
    return ParsedXml(draft.finish(checks), "ubl", root.text("CustomizationID") or "", source)


def _read_head(draft: Draft, root: Node) -> None:
    code = root.text("InvoiceTypeCode|CreditNoteTypeCode") or ""
    kind = DOCUMENT_TYPES.get(code, DocumentType.INVOICE)
    kind = DocumentType.CREDIT_NOTE if root.name == "CreditNote" and kind is DocumentType.INVOICE else kind
    draft.put("document_type", kind, f"{root.name}TypeCode", code or root.name)
    draft.text("invoice_number", root, "ID")
    draft.day("issue_date", root, "IssueDate")
    draft.text("currency", root, "DocumentCurrencyCode")
    due = [
        node.text()
        for path in ("DueDate", "PaymentMeans/PaymentDueDate", "PaymentTerms/PaymentDueDate")
        for node in root.all(path)
    ]
    if len(set(due)) == 1:  # instalments: there is no one due date
        draft.day("due_date", root, "DueDate", "PaymentMeans/PaymentDueDate", "PaymentTerms/PaymentDueDate")
    draft.day("sale_date", root, "Delivery/ActualDeliveryDate")
    draft.day("period_start", root, "InvoicePeriod/StartDate")
    draft.day("period_end", root, "InvoicePeriod/EndDate")
    draft.text("purchase_order", root, "OrderReference/ID")
    draft.text("contract_number", root, "ContractDocumentReference/ID")
    draft.text("payment_reference", root, "PaymentMeans/PaymentID")
    draft.text("bank_account", root, "PaymentMeans/PayeeFinancialAccount/ID")
    reference = "BillingReference/InvoiceDocumentReference|CreditNoteDocumentReference"
    draft.text("corrects.invoice_number", root, f"{reference}/ID")
    draft.day("corrects.issue_date", root, f"{reference}/IssueDate")
    draft.text(
        "corrects.reason", root if draft.get("corrects.invoice_number") else None, "DiscrepancyResponse/Description"
    )


def _read_parties(draft: Draft, root: Node) -> None:
    for field, path in (("seller", "AccountingSupplierParty/Party"), ("buyer", "AccountingCustomerParty/Party")):
        party = root.one(path)
        if party is None:
            continue
        draft.text(
            f"{field}.name",
            party,
            "PartyLegalEntity/RegistrationName",
            "PartyName/Name",
            "PartyTaxScheme/RegistrationName",
        )
        draft.put(f"{field}.address", _address(party.one("PostalAddress")), f"{path}/PostalAddress")
        draft.put(f"{field}.tax_id", _tax_id(party), f"{path}/PartyTaxScheme/CompanyID")
    draft.text("country", root, "AccountingSupplierParty/Party/PostalAddress/Country/IdentificationCode")
    draft.text("customer_number", root, "AccountingCustomerParty/Party/PartyIdentification/ID")


def _tax_id(party: Node) -> str | None:
    """BT-31 or BT-48 (scheme VAT or GST) before BT-32 (the tax office's number)."""
    schemes = party.all("PartyTaxScheme")
    vat = [scheme for scheme in schemes if scheme.text("TaxScheme/ID") in ("VAT", "GST", "TVA", "IVA")]
    return next((number for scheme in (*vat, *schemes) if (number := scheme.text("CompanyID"))), None)


def _tax_total(root: Node, currency: str | None) -> Node | None:
    """BT-110's group, and not BT-111's, which is the same tax in the accounting currency."""
    groups = root.all("TaxTotal")
    own = [
        group for group in groups if (amount := group.one("TaxAmount")) and amount.attribute("currencyID") == currency
    ]
    return next((group for group in own if group.all("TaxSubtotal")), next(iter(own or groups), None))


def _read_totals(draft: Draft, root: Node, total: Node | None) -> Totals:
    sums = root.one("LegalMonetaryTotal")
    return Totals(
        lines=sums.amount("LineExtensionAmount") if sums else None,
        allowances=sums.amount("AllowanceTotalAmount") if sums else None,
        charges=sums.amount("ChargeTotalAmount") if sums else None,
        net=draft.amount("net_total", sums, "TaxExclusiveAmount"),
        tax=draft.amount("tax_total", total, "TaxAmount"),
        gross=draft.amount("gross_total", sums, "TaxInclusiveAmount"),
        paid=draft.amount("paid", sums, "PrepaidAmount"),
        rounding=sums.amount("PayableRoundingAmount") if sums else None,
        due=draft.amount("amount_due", sums, "PayableAmount"),
    )


def _allowances(root: Node) -> tuple[list[Decimal], list[Decimal]]:
    allowances: list[Decimal] = []
    charges: list[Decimal] = []
    for node in root.all("AllowanceCharge"):
        amount = node.amount("Amount")
        if amount is not None:
            (charges if node.text("ChargeIndicator") in ("true", "1") else allowances).append(amount)
    return allowances, charges


def _is_heading(node: Node) -> bool:
    """A line of nothing: some systems write the headings of sections as lines of quantity, price and sum 0."""
    amounts = (
        node.amount("InvoicedQuantity|CreditedQuantity"),
        node.amount("LineExtensionAmount"),
        node.amount("Price/PriceAmount"),
    )
    return all(amount == 0 for amount in amounts)


def _line(node: Node) -> Line:
    quantity = node.one("InvoicedQuantity|CreditedQuantity")
    price, basis = node.amount("Price/PriceAmount"), node.amount("Price/BaseQuantity")
    code = quantity.attribute("unitCode") if quantity else ""
    rate = node.amount("Item/ClassifiedTaxCategory/Percent")
    return Line(
        description=node.text("Item/Name") or node.text("Item/Description"),
        quantity=quantity.amount() if quantity else None,
        unit=canonical_unit(code) or code or None,
        unit_price=price / basis if price is not None and basis else price,
        net=node.amount("LineExtensionAmount"),
        tax_rate=rate if rate is not None else node.amount("TaxTotal/TaxSubtotal/TaxCategory/Percent"),
        period_start=node.day("InvoicePeriod/StartDate"),
        period_end=node.day("InvoicePeriod/EndDate"),
    )


def _subtotal(node: Node) -> TaxSubtotal:
    return TaxSubtotal(
        name=node.text("TaxCategory/TaxScheme/ID"),
        rate=node.amount("TaxCategory/Percent") if node.one("TaxCategory/Percent") else node.amount("Percent"),
        base=node.amount("TaxableAmount"),
        amount=node.amount("TaxAmount"),
    )


def _address(node: Node | None) -> str | None:
    if node is None:
        return None
    street = " ".join(part for part in (node.text("StreetName"), node.text("BuildingNumber")) if part)
    town = " ".join(part for part in (node.text("PostalZone"), node.text("CityName")) if part)
    parts = (street, node.text("AdditionalStreetName"), node.text("AddressLine/Line"), town)
    return ", ".join(part for part in parts if part) or None

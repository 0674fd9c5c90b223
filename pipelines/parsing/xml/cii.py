"""UN/CEFACT Cross Industry Invoice: ZUGFeRD 1.0, ZUGFeRD 2 and Factur-X in every profile, XRechnung CII.

Norms: EN 16931-3-3 (syntax binding); ZUGFeRD 1.0, whose names differ (`CrossIndustryDocument`,
`ApplicableSupplyChainTrade...`).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from pipelines.invoices import DocumentType, Line, TaxSubtotal
from pipelines.parsing.values import canonical_unit
from pipelines.parsing.xml.drafts import Draft, ParsedXml
from pipelines.parsing.xml.energy import put_energy, with_points
from pipelines.parsing.xml.rules import Totals, common_checks, en16931_checks, line_checks, net_of_allowances
from pipelines.parsing.xml.trees import Node

ROOTS: Final = frozenset({"CrossIndustryInvoice", "CrossIndustryDocument", "SCRDMCCBDACIOMessageStructure"})

_AGREEMENT = "ApplicableHeaderTradeAgreement|ApplicableSupplyChainTradeAgreement"
_DELIVERY = "ApplicableHeaderTradeDelivery|ApplicableSupplyChainTradeDelivery"
_SETTLEMENT = "ApplicableHeaderTradeSettlement|ApplicableSupplyChainTradeSettlement"
_LINE_AGREEMENT = "SpecifiedLineTradeAgreement|SpecifiedSupplyChainTradeAgreement"
_LINE_DELIVERY = "SpecifiedLineTradeDelivery|SpecifiedSupplyChainTradeDelivery"
_LINE_SETTLEMENT = "SpecifiedLineTradeSettlement|SpecifiedSupplyChainTradeSettlement"
_HEADER_SUMS = "SpecifiedTradeSettlementHeaderMonetarySummation|SpecifiedTradeSettlementMonetarySummation"
_LINE_SUMS = "SpecifiedTradeSettlementLineMonetarySummation|SpecifiedTradeSettlementMonetarySummation"

# UNTDID 1001, BT-3: what is not named here is an invoice
DOCUMENT_TYPES: Final = {
    "81": DocumentType.CREDIT_NOTE,
    "83": DocumentType.CREDIT_NOTE,
    "261": DocumentType.CREDIT_NOTE,
    "262": DocumentType.CREDIT_NOTE,
    "296": DocumentType.CREDIT_NOTE,
    "308": DocumentType.CREDIT_NOTE,
    "381": DocumentType.CREDIT_NOTE,
    "396": DocumentType.CREDIT_NOTE,
    "420": DocumentType.CREDIT_NOTE,
    "458": DocumentType.CREDIT_NOTE,
    "532": DocumentType.CREDIT_NOTE,
    "384": DocumentType.CORRECTION,
    "386": DocumentType.ADVANCE,
    "325": DocumentType.OTHER,  # pro forma: asks for nothing
    "310": DocumentType.OTHER,  # offer
}


def parse_cii(root: Node, source: str) -> ParsedXml:
    """Every field that CII has a place for. Amounts keep the sign they have in the document."""
    draft = Draft("cii")
    head = root.one("ExchangedDocument|HeaderExchangedDocument")
    trade = root.one("SupplyChainTradeTransaction|SpecifiedSupplyChainTradeTransaction")
    agreement, delivery, settlement = (
        trade.one(path) if trade else None for path in (_AGREEMENT, _DELIVERY, _SETTLEMENT)
    )
    _read_head(draft, head)
    _read_parties(draft, agreement)
    _read_references(draft, agreement, delivery, settlement)
    nodes = _line_nodes(trade)
    # BT-128: what the line is about
    codes = [node.text(f"{_LINE_SETTLEMENT}/AdditionalReferencedDocument/IssuerAssignedID") for node in nodes]
    lines = with_points(tuple(_line(node) for node in nodes), codes)
    breakdown = tuple(_subtotal(node) for node in (settlement.all("ApplicableTradeTax") if settlement else []))
    totals = _read_totals(draft, settlement, breakdown)
    draft.put("lines", lines or None, "IncludedSupplyChainTradeLineItem", f"{len(lines)} lines")
    draft.put("tax_breakdown", breakdown or None, "ApplicableTradeTax", f"{len(breakdown)} rates")
    put_energy(draft, lines, " ".join(node.text() or "" for node in (head.all("IncludedNote/Content") if head else [])))
    nets = [line.net for line in lines if line.net is not None]
    allowances, charges = _allowances(settlement)
    checks = (
        *en16931_checks(totals, nets, allowances, charges, breakdown),
        *line_checks(lines, [_added(n) for n in nodes]),
        *common_checks(draft),
    )
    context = root.one("ExchangedDocumentContext|SpecifiedExchangedDocumentContext")
    profile = (context.text("GuidelineSpecifiedDocumentContextParameter/ID") if context else None) or ""
    return ParsedXml(draft.finish(checks), "cii", profile, source)


def _read_head(draft: Draft, head: Node | None) -> None:
    code = (head.text("TypeCode") if head else None) or ""
    name = ((head.text("Name") if head else None) or "").casefold()
    kind = DOCUMENT_TYPES.get(code, DocumentType.INVOICE)
    # ZUGFeRD 1 has no code for a correction: a 380 may be named one
    kind = DocumentType.CORRECTION if code == "380" and "korrektur" in name else kind
    draft.put("document_type", kind, "ExchangedDocument/TypeCode", code)
    draft.text("invoice_number", head, "ID")
    draft.day("issue_date", head, "IssueDateTime/DateTimeString", "IssueDateTime/DateTime")
    draft.text("language", head, "LanguageID")


def _read_parties(draft: Draft, agreement: Node | None) -> None:
    for field, path in (("seller", "SellerTradeParty"), ("buyer", "BuyerTradeParty")):
        party = agreement.one(path) if agreement else None
        if party is None:
            continue
        draft.text(
            f"{field}.name",
            party,
            "Name",
            "SpecifiedLegalOrganization/TradingBusinessName",
            "DefinedTradeContact/PersonName",
        )
        draft.put(f"{field}.address", _address(party.one("PostalTradeAddress")), f"{path}/PostalTradeAddress")
        numbers = {node.attribute("schemeID"): node.text() for node in party.all("SpecifiedTaxRegistration/ID")}
        draft.put(f"{field}.tax_id", numbers.get("VA") or numbers.get("FC"), f"{path}/SpecifiedTaxRegistration/ID")
    draft.text("country", agreement, "SellerTradeParty/PostalTradeAddress/CountryID")
    draft.text("customer_number", agreement, "BuyerTradeParty/ID")


def _read_references(draft: Draft, agreement: Node | None, delivery: Node | None, settlement: Node | None) -> None:
    number = "IssuerAssignedID|ID"
    draft.text("purchase_order", agreement, f"BuyerOrderReferencedDocument/{number}")
    draft.text("contract_number", agreement, f"ContractReferencedDocument/{number}")
    draft.day("sale_date", delivery, "ActualDeliverySupplyChainEvent/OccurrenceDateTime/DateTimeString")
    if settlement is None:
        return
    draft.text("currency", settlement, "InvoiceCurrencyCode")
    draft.text("payment_reference", settlement, "PaymentReference")
    draft.day("period_start", settlement, "BillingSpecifiedPeriod/StartDateTime/DateTimeString")
    draft.day("period_end", settlement, "BillingSpecifiedPeriod/EndDateTime/DateTimeString")
    means = "SpecifiedTradeSettlementPaymentMeans/PayeePartyCreditorFinancialAccount"
    draft.text("bank_account", settlement, f"{means}/IBANID", f"{means}/ProprietaryID")
    due = "SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString"
    if len({node.text() for node in settlement.all(due)}) == 1:  # instalments: there is no one due date
        draft.day("due_date", settlement, due)
    draft.text("corrects.invoice_number", settlement, f"InvoiceReferencedDocument/{number}")
    draft.day(
        "corrects.issue_date",
        settlement,
        "InvoiceReferencedDocument/FormattedIssueDateTime|IssueDateTime/DateTimeString",
    )


def _read_totals(draft: Draft, settlement: Node | None, breakdown: tuple[TaxSubtotal, ...]) -> Totals:
    sums = settlement.one(_HEADER_SUMS) if settlement else None
    if sums is None:
        return Totals()
    currency = draft.get("currency")
    # BT-110, and not BT-111, which is the same tax in the seller's own currency
    taxes = [n for n in sums.all("TaxTotalAmount") if n.attribute("currencyID") in ("", currency)] or sums.all(
        "TaxTotalAmount"
    )
    tax = taxes[0].amount() if len(taxes) == 1 or (taxes and taxes[0].attribute("currencyID")) else None
    if tax is None and breakdown and all(part.amount is not None for part in breakdown):
        tax = sum((part.amount for part in breakdown if part.amount is not None), Decimal(0))
    draft.put("tax_total", tax, "TaxTotalAmount")
    return Totals(
        lines=sums.amount("LineTotalAmount"),
        allowances=sums.amount("AllowanceTotalAmount"),
        charges=sums.amount("ChargeTotalAmount"),
        net=draft.amount("net_total", sums, "TaxBasisTotalAmount"),
        tax=tax,
        gross=draft.amount("gross_total", sums, "GrandTotalAmount"),
        paid=draft.amount("paid", sums, "TotalPrepaidAmount"),
        rounding=sums.amount("RoundingAmount"),
        due=draft.amount("amount_due", sums, "DuePayableAmount"),
    )


def _allowances(settlement: Node | None) -> tuple[list[Decimal], list[Decimal]]:
    """Document-level allowances (BG-20) and charges (BG-21); ZUGFeRD's logistics charges are charges."""
    allowances: list[Decimal] = []
    charges: list[Decimal] = []
    for node in settlement.all("SpecifiedTradeAllowanceCharge") if settlement else []:
        amount = node.amount("ActualAmount")
        if amount is not None:
            (charges if node.text("ChargeIndicator/Indicator") in ("true", "1") else allowances).append(amount)
    logistics = settlement.all("SpecifiedLogisticsServiceCharge") if settlement else []
    charges += [amount for node in logistics if (amount := node.amount("AppliedAmount")) is not None]
    return allowances, charges


def _line_nodes(trade: Node | None) -> list[Node]:
    """Lines that carry an amount of their own: EXTENDED's group and information lines repeat or explain."""
    nodes = trade.all("IncludedSupplyChainTradeLineItem") if trade else []
    reason = "AssociatedDocumentLineDocument/LineStatusReasonCode"
    return [
        node
        for node in nodes
        if node.text(reason) not in ("GROUP", "INFORMATION")
        and node.amount(f"{_LINE_SETTLEMENT}/{_LINE_SUMS}/LineTotalAmount") is not None
    ]


def _line(node: Node) -> Line:
    agreement, settlement = node.one(_LINE_AGREEMENT), node.one(_LINE_SETTLEMENT)
    quantity = node.one(f"{_LINE_DELIVERY}/BilledQuantity")
    price = agreement.amount("NetPriceProductTradePrice/ChargeAmount") if agreement else None
    basis = agreement.amount("NetPriceProductTradePrice/BasisQuantity") if agreement else None
    code = quantity.attribute("unitCode") if quantity else ""
    return Line(
        description=node.text("SpecifiedTradeProduct/Name")
        or node.text("AssociatedDocumentLineDocument/IncludedNote/Content"),
        quantity=quantity.amount() if quantity else None,
        unit=canonical_unit(code) or code or None,
        unit_price=price / basis if price is not None and basis else price,
        net=settlement.amount(f"{_LINE_SUMS}/LineTotalAmount") if settlement else None,
        tax_rate=settlement.amount("ApplicableTradeTax/RateApplicablePercent|ApplicablePercent")
        if settlement
        else None,
        period_start=settlement.day("BillingSpecifiedPeriod/StartDateTime/DateTimeString") if settlement else None,
        period_end=settlement.day("BillingSpecifiedPeriod/EndDateTime/DateTimeString") if settlement else None,
    )


def _added(node: Node) -> Decimal:
    path = f"{_LINE_SETTLEMENT}/SpecifiedTradeAllowanceCharge"
    return net_of_allowances(node, path, "ActualAmount", "ChargeIndicator/Indicator")


def _subtotal(node: Node) -> TaxSubtotal:
    return TaxSubtotal(
        name=node.text("TypeCode"),
        rate=node.amount("RateApplicablePercent|ApplicablePercent"),
        base=node.amount("BasisAmount"),
        amount=node.amount("CalculatedAmount"),
    )


def _address(node: Node | None) -> str | None:
    if node is None:
        return None
    street = [node.text(path) for path in ("LineOne", "LineTwo", "LineThree")]
    town = " ".join(part for part in (node.text("PostcodeCode"), node.text("CityName")) if part)
    return ", ".join(part for part in (*street, town) if part) or None

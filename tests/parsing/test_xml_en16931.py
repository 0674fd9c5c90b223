"""CII and UBL: every profile's fields, signs, and the rules of EN 16931 as proofs. All documents are invented."""
# ruff: noqa: E501 - an XML fixture reads best by its own lines

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from pipelines.invoices import DocumentType, Status
from pipelines.parsing.xml import ParsedXml, parse_xml

D = Decimal
RAM = 'xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"'
RSM = 'xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"'
UDT = 'xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"'


def day(tag: str, value: str) -> str:
    return f'<ram:{tag}><udt:DateTimeString format="102">{value}</udt:DateTimeString></ram:{tag}>'


def cii_line(name: str, quantity: str, unit: str, price: str, net: str, extra: str = "", head: str = "") -> str:
    return f"""<ram:IncludedSupplyChainTradeLineItem>
      <ram:AssociatedDocumentLineDocument><ram:LineID>1</ram:LineID>{head}</ram:AssociatedDocumentLineDocument>
      <ram:SpecifiedTradeProduct><ram:Name>{name}</ram:Name></ram:SpecifiedTradeProduct>
      <ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice><ram:ChargeAmount>{price}</ram:ChargeAmount>
      </ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement>
      <ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="{unit}">{quantity}</ram:BilledQuantity></ram:SpecifiedLineTradeDelivery>
      <ram:SpecifiedLineTradeSettlement><ram:ApplicableTradeTax><ram:TypeCode>VAT</ram:TypeCode>
      <ram:RateApplicablePercent>19</ram:RateApplicablePercent></ram:ApplicableTradeTax>{extra}
      <ram:SpecifiedTradeSettlementLineMonetarySummation><ram:LineTotalAmount>{net}</ram:LineTotalAmount>
      </ram:SpecifiedTradeSettlementLineMonetarySummation></ram:SpecifiedLineTradeSettlement>
    </ram:IncludedSupplyChainTradeLineItem>"""


LINES = cii_line("Lieferung Strom", "100", "KWH", "0.30", "30.00") + cii_line(
    "Netznutzung Strom", "100", "KWH", "0.20", "20.00"
)
SUMS = """<ram:LineTotalAmount>50.00</ram:LineTotalAmount><ram:ChargeTotalAmount>5.00</ram:ChargeTotalAmount>
  <ram:AllowanceTotalAmount>10.00</ram:AllowanceTotalAmount><ram:TaxBasisTotalAmount>45.00</ram:TaxBasisTotalAmount>
  <ram:TaxTotalAmount currencyID="EUR">8.55</ram:TaxTotalAmount><ram:RoundingAmount>0.05</ram:RoundingAmount>
  <ram:GrandTotalAmount>53.55</ram:GrandTotalAmount><ram:TotalPrepaidAmount>20.00</ram:TotalPrepaidAmount>
  <ram:DuePayableAmount>33.60</ram:DuePayableAmount>"""


def cii(lines: str = LINES, sums: str = SUMS, code: str = "380", settlement: str = "", doc: str = "") -> bytes:
    """A Factur-X document of the invented Musterstrom AG."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice {RSM} {RAM} {UDT}>
  <rsm:ExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter>
    <ram:ID>urn:cen.eu:en16931:2017</ram:ID></ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>
  <rsm:ExchangedDocument><ram:ID>RE-2026-0017</ram:ID><ram:TypeCode>{code}</ram:TypeCode>{day("IssueDateTime", "20260215")}{doc}</rsm:ExchangedDocument>
  <rsm:SupplyChainTradeTransaction>{lines}
    <ram:ApplicableHeaderTradeAgreement>
      <ram:SellerTradeParty><ram:Name>Musterstrom AG</ram:Name>
        <ram:PostalTradeAddress><ram:PostcodeCode>10115</ram:PostcodeCode><ram:LineOne>Probeweg 1</ram:LineOne>
          <ram:CityName>Berlin</ram:CityName><ram:CountryID>DE</ram:CountryID></ram:PostalTradeAddress>
        <ram:SpecifiedTaxRegistration><ram:ID schemeID="FC">30/123/45678</ram:ID></ram:SpecifiedTaxRegistration>
        <ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">DE136695976</ram:ID></ram:SpecifiedTaxRegistration></ram:SellerTradeParty>
      <ram:BuyerTradeParty><ram:ID>K-99</ram:ID><ram:Name>Erika Beispiel</ram:Name></ram:BuyerTradeParty>
      <ram:BuyerOrderReferencedDocument><ram:IssuerAssignedID>B-5</ram:IssuerAssignedID></ram:BuyerOrderReferencedDocument>
    </ram:ApplicableHeaderTradeAgreement>
    <ram:ApplicableHeaderTradeDelivery><ram:ActualDeliverySupplyChainEvent>{day("OccurrenceDateTime", "20260131")}
    </ram:ActualDeliverySupplyChainEvent></ram:ApplicableHeaderTradeDelivery>
    <ram:ApplicableHeaderTradeSettlement><ram:PaymentReference>REF 17</ram:PaymentReference>
      <ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
      <ram:SpecifiedTradeSettlementPaymentMeans><ram:PayeePartyCreditorFinancialAccount>
        <ram:IBANID>DE89370400440532013000</ram:IBANID></ram:PayeePartyCreditorFinancialAccount></ram:SpecifiedTradeSettlementPaymentMeans>
      <ram:ApplicableTradeTax><ram:CalculatedAmount>8.55</ram:CalculatedAmount><ram:TypeCode>VAT</ram:TypeCode>
        <ram:BasisAmount>45.00</ram:BasisAmount><ram:RateApplicablePercent>19.00</ram:RateApplicablePercent></ram:ApplicableTradeTax>
      <ram:BillingSpecifiedPeriod>{day("StartDateTime", "20260101")}{day("EndDateTime", "20260131")}</ram:BillingSpecifiedPeriod>
      <ram:SpecifiedTradeAllowanceCharge><ram:ChargeIndicator><udt:Indicator>false</udt:Indicator></ram:ChargeIndicator>
        <ram:ActualAmount>10.00</ram:ActualAmount></ram:SpecifiedTradeAllowanceCharge>
      <ram:SpecifiedTradeAllowanceCharge><ram:ChargeIndicator><udt:Indicator>true</udt:Indicator></ram:ChargeIndicator>
        <ram:ActualAmount>5.00</ram:ActualAmount></ram:SpecifiedTradeAllowanceCharge>
      <ram:SpecifiedTradePaymentTerms>{day("DueDateDateTime", "20260301")}</ram:SpecifiedTradePaymentTerms>{settlement}
      <ram:SpecifiedTradeSettlementHeaderMonetarySummation>{sums}</ram:SpecifiedTradeSettlementHeaderMonetarySummation>
    </ram:ApplicableHeaderTradeSettlement>
  </rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>""".encode()


def failed(parsed: ParsedXml) -> set[str]:
    return {check.name for check in parsed.invoice.checks if not check.passed}


def test_factur_x_fields_are_read_with_evidence() -> None:
    parsed = parse_xml(cii(), "factur-x.xml")
    invoice = parsed.invoice
    assert (parsed.format, parsed.profile, parsed.reasons) == ("cii", "urn:cen.eu:en16931:2017", ())
    assert invoice.status is Status.NEEDS_REVIEW
    assert (invoice.invoice_number, invoice.issue_date, invoice.due_date) == (
        "RE-2026-0017",
        date(2026, 2, 15),
        date(2026, 3, 1),
    )
    assert (invoice.period_start, invoice.period_end, invoice.sale_date) == (
        date(2026, 1, 1),
        date(2026, 1, 31),
        date(2026, 1, 31),
    )
    assert (invoice.seller.name, invoice.seller.tax_id) == ("Musterstrom AG", "DE136695976")
    assert invoice.seller.address == "Probeweg 1, 10115 Berlin"
    assert (invoice.buyer.name, invoice.customer_number, invoice.purchase_order) == ("Erika Beispiel", "K-99", "B-5")
    assert (invoice.bank_account, invoice.payment_reference, invoice.currency) == (
        "DE89370400440532013000",
        "REF 17",
        "EUR",
    )
    assert (invoice.net_total, invoice.tax_total, invoice.gross_total) == (D("45.00"), D("8.55"), D("53.55"))
    assert (invoice.paid, invoice.amount_due) == (D("20.00"), D("33.60"))
    assert invoice.evidence["gross_total"].text == "53.55"
    assert invoice.evidence["gross_total"].rule == "cii:GrandTotalAmount"


def test_every_rule_of_the_norm_is_proved() -> None:
    parsed = parse_xml(cii())
    names = {check.name for check in parsed.invoice.checks}
    assert {f"BR-CO-{n}" for n in range(10, 18)} <= names
    assert failed(parsed) == set()


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("<ram:LineTotalAmount>30.00", "<ram:LineTotalAmount>30.01", "BR-CO-10"),
        ("<ram:AllowanceTotalAmount>10.00", "<ram:AllowanceTotalAmount>10.01", "BR-CO-11"),
        ("<ram:ChargeTotalAmount>5.00", "<ram:ChargeTotalAmount>5.01", "BR-CO-12"),
        ("<ram:TaxBasisTotalAmount>45.00", "<ram:TaxBasisTotalAmount>45.01", "BR-CO-13"),
        ("<ram:CalculatedAmount>8.55", "<ram:CalculatedAmount>8.54", "BR-CO-14"),
        ("<ram:GrandTotalAmount>53.55", "<ram:GrandTotalAmount>53.56", "BR-CO-15"),
        ("<ram:DuePayableAmount>33.60", "<ram:DuePayableAmount>33.55", "BR-CO-16"),
        ("<ram:BasisAmount>45.00", "<ram:BasisAmount>55.00", "BR-CO-17"),
    ],
)
def test_a_cent_that_does_not_add_up_is_a_reason(old: str, new: str, rule: str) -> None:
    parsed = parse_xml(cii().replace(old.encode(), new.encode()))
    assert rule in failed(parsed)
    assert any(reason.startswith(rule) for reason in parsed.reasons)


def test_lines_in_kwh_of_one_quantity_are_the_consumption() -> None:
    invoice = parse_xml(cii()).invoice
    assert (invoice.kind, invoice.consumption_kwh) == ("electricity", D(100))
    assert [(line.unit, line.net, line.tax_rate) for line in invoice.lines] == [
        ("kWh", D("30.00"), D(19)),
        ("kWh", D("20.00"), D(19)),
    ]
    zones = cii_line("Strom HT", "60", "KWH", "0.30", "18.00") + cii_line("Strom NT", "40", "KWH", "0.80", "32.00")
    assert parse_xml(cii(zones)).invoice.consumption_kwh is None


@pytest.mark.parametrize(
    ("code", "kind"),
    [("380", DocumentType.INVOICE), ("381", DocumentType.CREDIT_NOTE), ("384", DocumentType.CORRECTION), ("386", DocumentType.ADVANCE),
     ("389", DocumentType.INVOICE), ("325", DocumentType.OTHER)],
)  # fmt: skip
def test_type_codes_tell_what_a_document_is(code: str, kind: DocumentType) -> None:
    assert parse_xml(cii(code=code)).invoice.document_type is kind


def test_a_pro_forma_invoice_is_never_accepted() -> None:
    (reason,) = parse_xml(cii(code="325")).reasons
    assert "no invoice" in reason


def test_a_total_that_stands_alone_is_proven_by_nothing() -> None:
    text = cii("", "<ram:GrandTotalAmount>119.00</ram:GrandTotalAmount>").decode()
    start, end = text.index("<ram:ApplicableTradeTax>"), text.index("<ram:SpecifiedTradePaymentTerms>")
    parsed = parse_xml((text[:start] + text[end:]).encode())
    assert parsed.reasons == ("gross_total follows from nothing else in the e-invoice",)


def test_minimum_profile_is_held_to_what_it_states() -> None:
    sums = """<ram:TaxBasisTotalAmount>100.00</ram:TaxBasisTotalAmount><ram:TaxTotalAmount currencyID="EUR">19.00</ram:TaxTotalAmount>
      <ram:GrandTotalAmount>119.00</ram:GrandTotalAmount><ram:DuePayableAmount>119.00</ram:DuePayableAmount>"""
    text = cii("", sums).decode()
    start, end = text.index("<ram:ApplicableTradeTax>"), text.index("<ram:SpecifiedTradePaymentTerms>")
    parsed = parse_xml((text[:start] + text[end:]).encode())
    assert parsed.reasons == ()
    assert parsed.invoice.lines == ()
    assert {"BR-CO-15", "BR-CO-16"} <= {check.name for check in parsed.invoice.checks}


def test_tax_in_the_sellers_own_currency_is_not_the_tax_total() -> None:
    own = '<ram:TaxTotalAmount currencyID="PLN">36.85</ram:TaxTotalAmount><ram:TaxTotalAmount currencyID="EUR">8.55</ram:TaxTotalAmount>'
    sums = SUMS.replace('<ram:TaxTotalAmount currencyID="EUR">8.55</ram:TaxTotalAmount>', own)
    parsed = parse_xml(cii(sums=sums))
    assert parsed.invoice.tax_total == D("8.55")
    assert parsed.reasons == ()


def test_group_and_information_lines_are_not_counted_twice() -> None:
    group = cii_line(
        "Summe Energie", "1", "C62", "50.00", "50.00", head="<ram:LineStatusReasonCode>GROUP</ram:LineStatusReasonCode>"
    )
    parsed = parse_xml(cii(group + LINES))
    assert len(parsed.invoice.lines) == 2
    assert parsed.reasons == ()


def test_an_allowance_within_a_line_is_part_of_its_sum() -> None:
    allowance = """<ram:SpecifiedTradeAllowanceCharge><ram:ChargeIndicator><udt:Indicator>false</udt:Indicator></ram:ChargeIndicator>
      <ram:ActualAmount>10.00</ram:ActualAmount></ram:SpecifiedTradeAllowanceCharge>"""
    lines = cii_line("Ware", "4", "H87", "15.00", "50.00", allowance)
    assert failed(parse_xml(cii(lines))) == set()
    assert failed(parse_xml(cii(cii_line("Ware", "4", "H87", "15.00", "50.00")))) == {"quantity_times_price_is_line"}


def test_instalments_have_no_one_due_date() -> None:
    second = f"<ram:SpecifiedTradePaymentTerms>{day('DueDateDateTime', '20260401')}</ram:SpecifiedTradePaymentTerms>"
    assert parse_xml(cii(settlement=second)).invoice.due_date is None


def test_a_correction_names_what_it_corrects() -> None:
    reference = f"""<ram:InvoiceReferencedDocument><ram:IssuerAssignedID>RE-2025-9</ram:IssuerAssignedID>
      {day("FormattedIssueDateTime", "20251231")}</ram:InvoiceReferencedDocument>"""
    invoice = parse_xml(cii(code="384", settlement=reference)).invoice
    assert invoice.corrects is not None
    assert (invoice.corrects.invoice_number, invoice.corrects.issue_date) == ("RE-2025-9", date(2025, 12, 31))


def test_an_invalid_tax_id_is_told_but_gives_no_reason() -> None:
    parsed = parse_xml(cii().replace(b"DE136695976", b"DE136695977"))
    assert failed(parsed) == {"tax_id_check_digits"}
    assert parsed.reasons == ()


def test_a_missing_number_is_a_reason() -> None:
    parsed = parse_xml(cii().replace(b"<ram:ID>RE-2026-0017</ram:ID>", b""))
    assert parsed.reasons == ("invoice_number is missing in the e-invoice",)


def test_zugferd_1_is_read_under_its_older_names() -> None:
    text = cii().decode()
    for new, old in (
        ("CrossIndustryInvoice", "CrossIndustryDocument"),
        ("ExchangedDocumentContext", "SpecifiedExchangedDocumentContext"),
        ("<rsm:ExchangedDocument>", "<rsm:HeaderExchangedDocument>"),
        ("</rsm:ExchangedDocument>", "</rsm:HeaderExchangedDocument>"),
        ("rsm:SupplyChainTradeTransaction", "rsm:SpecifiedSupplyChainTradeTransaction"),
        ("ApplicableHeaderTrade", "ApplicableSupplyChainTrade"),
        ("SpecifiedLineTrade", "SpecifiedSupplyChainTrade"),
        ("SpecifiedTradeSettlementHeaderMonetarySummation", "SpecifiedTradeSettlementMonetarySummation"),
        ("SpecifiedTradeSettlementLineMonetarySummation", "SpecifiedTradeSettlementMonetarySummation"),
        ("RateApplicablePercent", "ApplicablePercent"),
        ("IssuerAssignedID", "ID"),
        ("CrossIndustryDocument:100", "CrossIndustryDocument:invoice:1p0"),
    ):
        text = text.replace(new, old)
    parsed = parse_xml(text.encode())
    assert parsed.reasons == ()
    assert (parsed.invoice.gross_total, parsed.invoice.purchase_order) == (D("53.55"), "B-5")
    assert [line.tax_rate for line in parsed.invoice.lines] == [D(19), D(19)]
    assert parsed.invoice.due_date == date(2026, 3, 1)


UBL = """<?xml version="1.0" encoding="UTF-8"?>
<{root} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{root}-2"
  xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
  <cbc:CustomizationID>urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0</cbc:CustomizationID>
  <cbc:ID>X-7/2026</cbc:ID><cbc:IssueDate>2026-02-15</cbc:IssueDate>{due}<cbc:{root}TypeCode>{code}</cbc:{root}TypeCode>
  <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
  <cac:InvoicePeriod><cbc:StartDate>2026-01-01</cbc:StartDate><cbc:EndDate>2026-01-31</cbc:EndDate></cac:InvoicePeriod>
  <cac:OrderReference><cbc:ID>B-5</cbc:ID></cac:OrderReference>
  <cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>X-1/2025</cbc:ID><cbc:IssueDate>2025-12-01</cbc:IssueDate>
    </cac:InvoiceDocumentReference></cac:BillingReference>
  <cac:AccountingSupplierParty><cac:Party><cac:PartyName><cbc:Name>Muster</cbc:Name></cac:PartyName>
    <cac:PostalAddress><cbc:StreetName>Probeweg 1</cbc:StreetName><cbc:CityName>Berlin</cbc:CityName><cbc:PostalZone>10115</cbc:PostalZone>
      <cac:Country><cbc:IdentificationCode>DE</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
    <cac:PartyTaxScheme><cbc:CompanyID>30/123/45678</cbc:CompanyID><cac:TaxScheme><cbc:ID>FC</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
    <cac:PartyTaxScheme><cbc:CompanyID>DE136695976</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
    <cac:PartyLegalEntity><cbc:RegistrationName>Musterstrom AG</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party></cac:AccountingSupplierParty>
  <cac:AccountingCustomerParty><cac:Party><cac:PartyIdentification><cbc:ID>K-99</cbc:ID></cac:PartyIdentification>
    <cac:PartyLegalEntity><cbc:RegistrationName>Erika Beispiel</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party></cac:AccountingCustomerParty>
  <cac:PaymentMeans><cbc:PaymentDueDate>2026-03-01</cbc:PaymentDueDate><cbc:PaymentID>REF 17</cbc:PaymentID>
    <cac:PayeeFinancialAccount><cbc:ID>DE89370400440532013000</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>
  <cac:AllowanceCharge><cbc:ChargeIndicator>true</cbc:ChargeIndicator><cbc:Amount currencyID="EUR">5.00</cbc:Amount></cac:AllowanceCharge>
  <cac:TaxTotal><cbc:TaxAmount currencyID="PLN">45.10</cbc:TaxAmount></cac:TaxTotal>
  <cac:TaxTotal><cbc:TaxAmount currencyID="EUR">10.45</cbc:TaxAmount><cac:TaxSubtotal><cbc:TaxableAmount currencyID="EUR">55.00</cbc:TaxableAmount>
    <cbc:TaxAmount currencyID="EUR">10.45</cbc:TaxAmount><cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>19</cbc:Percent>
    <cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
  <cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="EUR">50.00</cbc:LineExtensionAmount>
    <cbc:TaxExclusiveAmount currencyID="EUR">55.00</cbc:TaxExclusiveAmount><cbc:TaxInclusiveAmount currencyID="EUR">65.45</cbc:TaxInclusiveAmount>
    <cbc:ChargeTotalAmount currencyID="EUR">5.00</cbc:ChargeTotalAmount><cbc:PayableRoundingAmount currencyID="EUR">-0.45</cbc:PayableRoundingAmount>
    <cbc:PayableAmount currencyID="EUR">65.00</cbc:PayableAmount></cac:LegalMonetaryTotal>
  <cac:{line}Line><cbc:ID>0</cbc:ID><cbc:{quantity}Quantity unitCode="C62">0</cbc:{quantity}Quantity><cbc:LineExtensionAmount>0.00</cbc:LineExtensionAmount>
    <cac:Item><cbc:Name>--- Ware ---</cbc:Name></cac:Item><cac:Price><cbc:PriceAmount>0.00</cbc:PriceAmount></cac:Price></cac:{line}Line>
  <cac:{line}Line><cbc:ID>1</cbc:ID><cbc:{quantity}Quantity unitCode="H87">500</cbc:{quantity}Quantity>
    <cbc:LineExtensionAmount currencyID="EUR">50.00</cbc:LineExtensionAmount>
    <cac:Item><cbc:Name>Schrauben</cbc:Name><cac:ClassifiedTaxCategory><cbc:Percent>19</cbc:Percent></cac:ClassifiedTaxCategory></cac:Item>
    <cac:Price><cbc:PriceAmount currencyID="EUR">10.00</cbc:PriceAmount><cbc:BaseQuantity unitCode="H87">100</cbc:BaseQuantity></cac:Price></cac:{line}Line>
</{root}>"""  # fmt: skip


def ubl(root: str = "Invoice", code: str = "380", due: str = "<cbc:DueDate>2026-03-01</cbc:DueDate>") -> bytes:
    line, quantity = ("CreditNote", "Credited") if root == "CreditNote" else ("Invoice", "Invoiced")
    return UBL.format(root=root, code=code, due=due, line=line, quantity=quantity).encode()


@pytest.mark.parametrize(
    ("root", "code", "kind"),
    [("Invoice", "380", DocumentType.INVOICE), ("CreditNote", "381", DocumentType.CREDIT_NOTE)],
)
def test_xrechnung_fields_are_read(root: str, code: str, kind: DocumentType) -> None:
    parsed = parse_xml(ubl(root, code, "" if root == "CreditNote" else "<cbc:DueDate>2026-03-01</cbc:DueDate>"))
    invoice = parsed.invoice
    assert (parsed.format, parsed.reasons) == ("ubl", ())
    assert "xrechnung" in parsed.profile
    assert (invoice.document_type, invoice.invoice_number, invoice.due_date) == (kind, "X-7/2026", date(2026, 3, 1))
    assert (invoice.seller.name, invoice.seller.tax_id, invoice.country) == ("Musterstrom AG", "DE136695976", "DE")
    assert (invoice.buyer.name, invoice.customer_number, invoice.purchase_order) == ("Erika Beispiel", "K-99", "B-5")
    assert (invoice.net_total, invoice.tax_total, invoice.gross_total, invoice.amount_due) == (
        D("55.00"),
        D("10.45"),
        D("65.45"),
        D("65.00"),
    )
    assert (invoice.period_start, invoice.bank_account, invoice.payment_reference) == (
        date(2026, 1, 1),
        "DE89370400440532013000",
        "REF 17",
    )
    assert invoice.corrects is not None
    assert invoice.corrects.invoice_number == "X-1/2025"


def test_a_heading_written_as_an_empty_line_is_no_line() -> None:
    (line,) = parse_xml(ubl()).invoice.lines
    assert (line.description, line.quantity, line.unit, line.unit_price, line.net) == (
        "Schrauben",
        D(500),
        "pcs",
        D("0.1"),
        D("50.00"),
    )


def test_two_due_dates_are_none() -> None:
    assert parse_xml(ubl(due="<cbc:DueDate>2026-03-15</cbc:DueDate>")).invoice.due_date is None


def test_a_rounded_amount_due_is_proved_with_its_rounding() -> None:
    parsed = parse_xml(ubl().replace(b">-0.45<", b">0.45<"))
    assert "BR-CO-16" in failed(parsed)

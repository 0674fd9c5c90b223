"""E-invoice XML of the drawn invoices: CII for ZUGFeRD and Factur-X, FA(3) for KSeF."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from pipelines.samples.people import Party
from pipelines.samples.polish_energy import VAT_RATE, Bill
from pipelines.samples.trade import TradeInvoice, TradeLine

_RSM = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
_RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
_UDT = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"
_FA3 = "http://crd.gov.pl/wzor/2025/06/25/13775/"
# UN/ECE recommendation 20
_UNIT_CODES = {
    "Stk": "H87",
    "Sack": "SA",
    "Std": "HUR",
    "Psch": "LS",
    "pcs": "H87",
    "hrs": "HUR",
    "box": "BX",
    "job": "LS",
}


def _document(root: Element) -> bytes:
    indent(root)
    xml: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return xml


def _add(parent: Element, path: str, text: str = "", **attributes: str) -> Element:
    """Append the elements of `a/b/c` beneath one another; returns the last, holding `text`."""
    for name in path.split("/"):
        prefix, _, local = name.rpartition(":")
        space = {"": _FA3, "ram": _RAM, "rsm": _RSM, "udt": _UDT}[prefix]
        parent = SubElement(parent, f"{{{space}}}{local}")
    parent.text = text or None
    for key, value in attributes.items():
        parent.set(key, value)
    return parent


def cii(invoice: TradeInvoice) -> bytes:
    """EN 16931 in UN/CEFACT's syntax, as ZUGFeRD 2 embeds it under the name `factur-x.xml`."""
    for prefix, space in (("rsm", _RSM), ("ram", _RAM), ("udt", _UDT)):
        register_namespace(prefix, space)
    root = Element(f"{{{_RSM}}}CrossIndustryInvoice")
    guideline = "rsm:ExchangedDocumentContext/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID"
    _add(root, guideline, "urn:cen.eu:en16931:2017")
    head = _add(root, "rsm:ExchangedDocument")
    _add(head, "ram:ID", invoice.number)
    _add(head, "ram:TypeCode", "380")
    _add_date(head, "ram:IssueDateTime", invoice.issued)
    trade = _add(root, "rsm:SupplyChainTradeTransaction")
    for place, line in enumerate(invoice.lines, 1):
        _add_line(trade, place, line)
    agreement = _add(trade, "ram:ApplicableHeaderTradeAgreement")
    _add_party(agreement, "ram:SellerTradeParty", invoice.seller, "")
    _add_party(agreement, "ram:BuyerTradeParty", invoice.buyer, invoice.customer)
    _add(agreement, "ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID", invoice.order)
    delivery = _add(trade, "ram:ApplicableHeaderTradeDelivery")
    _add_date(delivery, "ram:ActualDeliverySupplyChainEvent/ram:OccurrenceDateTime", invoice.end)
    _add_settlement(trade, invoice)
    return _document(root)


def _add_date(parent: Element, path: str, value: date) -> None:
    _add(parent, f"{path}/udt:DateTimeString", f"{value:%Y%m%d}", format="102")


def _add_party(parent: Element, name: str, party: Party, customer: str) -> None:
    node = _add(parent, name)
    if customer:
        _add(node, "ram:ID", customer)
    _add(node, "ram:Name", party.name)
    address = _add(node, "ram:PostalTradeAddress")
    code, _, town = party.town.partition(" ")
    _add(address, "ram:PostcodeCode", code)
    _add(address, "ram:LineOne", party.street)
    _add(address, "ram:CityName", town)
    _add(address, "ram:CountryID", party.country)
    _add(node, "ram:SpecifiedTaxRegistration/ram:ID", party.tax_id, schemeID="VA")


def _add_line(trade: Element, place: int, line: TradeLine) -> None:
    node = _add(trade, "ram:IncludedSupplyChainTradeLineItem")
    _add(node, "ram:AssociatedDocumentLineDocument/ram:LineID", str(place))
    _add(node, "ram:SpecifiedTradeProduct/ram:Name", line.description)
    _add(node, "ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice/ram:ChargeAmount", str(line.price))
    unit = _UNIT_CODES[line.unit]
    _add(node, "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity", str(line.quantity), unitCode=unit)
    settlement = _add(node, "ram:SpecifiedLineTradeSettlement")
    tax = _add(settlement, "ram:ApplicableTradeTax")
    _add_rate(tax, line.rate)
    _add(settlement, "ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount", str(line.net))


def _add_rate(tax: Element, rate: Decimal) -> None:
    _add(tax, "ram:TypeCode", "VAT")
    _add(tax, "ram:CategoryCode", "S")
    _add(tax, "ram:RateApplicablePercent", f"{rate:.2f}")


def _add_settlement(trade: Element, invoice: TradeInvoice) -> None:
    node = _add(trade, "ram:ApplicableHeaderTradeSettlement")
    _add(node, "ram:PaymentReference", invoice.number)
    _add(node, "ram:InvoiceCurrencyCode", invoice.currency)
    means = _add(node, "ram:SpecifiedTradeSettlementPaymentMeans")
    _add(means, "ram:TypeCode", "58")
    _add(means, "ram:PayeePartyCreditorFinancialAccount/ram:IBANID", invoice.iban)
    for subtotal in invoice.subtotals:
        tax = _add(node, "ram:ApplicableTradeTax")
        _add(tax, "ram:CalculatedAmount", str(subtotal.tax))
        _add(tax, "ram:TypeCode", "VAT")
        _add(tax, "ram:BasisAmount", str(subtotal.base))
        _add(tax, "ram:CategoryCode", "S")
        _add(tax, "ram:RateApplicablePercent", f"{subtotal.rate:.2f}")
    period = _add(node, "ram:BillingSpecifiedPeriod")
    _add_date(period, "ram:StartDateTime", invoice.start)
    _add_date(period, "ram:EndDateTime", invoice.end)
    _add_date(node, "ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime", invoice.due)
    sums = _add(node, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    _add(sums, "ram:LineTotalAmount", str(invoice.net))
    _add(sums, "ram:TaxBasisTotalAmount", str(invoice.net))
    _add(sums, "ram:TaxTotalAmount", str(invoice.tax), currencyID=invoice.currency)
    _add(sums, "ram:GrandTotalAmount", str(invoice.gross))
    _add(sums, "ram:DuePayableAmount", str(invoice.gross))


def fa3(bill: Bill) -> bytes:
    """KSeF FA(3) of an electricity bill: point, readings and kWh stand in its attachment (Zalacznik)."""
    register_namespace("", _FA3)
    root = Element(f"{{{_FA3}}}Faktura")
    head = _add(root, "Naglowek")
    _add(head, "KodFormularza", "FA", kodSystemowy="FA (3)", wersjaSchemy="1-0E")
    _add(head, "WariantFormularza", "3")
    _add(head, "DataWytworzeniaFa", f"{bill.issued.isoformat()}T08:00:00Z")
    _add(head, "SystemInfo", "przykład")
    supply = bill.supply
    _add_subject(_add(root, "Podmiot1"), supply.seller)
    buyer = _add(root, "Podmiot2")
    _add_subject(buyer, supply.buyer)
    _add(buyer, "NrKlienta", supply.client)
    _add(buyer, "JST", "2")
    _add(buyer, "GV", "2")
    _add_fa(_add(root, "Fa"), bill)
    registers = _add(root, "Stopka/Rejestry")
    _add(registers, "REGON", supply.regon)
    _add_attachment(_add(root, "Zalacznik"), bill)
    return _document(root)


def _add_subject(node: Element, party: Party) -> None:
    data = _add(node, "DaneIdentyfikacyjne")
    _add(data, "NIP", party.tax_id)
    _add(data, "Nazwa", party.name)
    address = _add(node, "Adres")
    _add(address, "KodKraju", party.country)
    _add(address, "AdresL1", party.street)
    _add(address, "AdresL2", party.town)


def _add_fa(fa: Element, bill: Bill) -> None:
    total = bill.totals
    _add(fa, "KodWaluty", "PLN")
    _add(fa, "P_1", bill.issued.isoformat())
    _add(fa, "P_2", bill.number)
    span = _add(fa, "OkresFa")
    _add(span, "P_6_Od", bill.start.isoformat())
    _add(span, "P_6_Do", bill.end.isoformat())
    for name, value in (("P_13_1", total.net), ("P_14_1", total.tax), ("P_15", total.gross)):
        _add(fa, name, str(value))
    notes = _add(fa, "Adnotacje")
    for name in ("P_16", "P_17", "P_18", "P_18A"):
        _add(notes, name, "2")
    _add(notes, "Zwolnienie/P_19N", "1")
    _add(notes, "NoweSrodkiTransportu/P_22N", "1")
    _add(notes, "P_23", "2")
    _add(notes, "PMarzy/P_PMarzyN", "1")
    _add(fa, "RodzajFaktury", "VAT")
    for place, charge in enumerate(bill.charges, 1):
        line = _add(fa, "FaWiersz")
        _add(line, "NrWierszaFa", str(place))
        _add(line, "P_7", charge.description)
        _add(line, "P_8A", charge.unit)
        _add(line, "P_8B", str(charge.quantity))
        _add(line, "P_9A", str(charge.price))
        _add(line, "P_11", str(charge.net))
        _add(line, "P_12", str(VAT_RATE))
    payment = _add(fa, "Platnosc")
    _add(payment, "TerminPlatnosci/Termin", bill.due.isoformat())
    _add(payment, "FormaPlatnosci", "6")
    _add(payment, "RachunekBankowy/NrRB", bill.supply.account)


def _add_attachment(node: Element, bill: Bill) -> None:
    point = bill.supply.point
    block = _add(node, "BlokDanych")
    _add(block, "ZNaglowek", "Dane punktu poboru")
    facts = (
        ("Kod PPE", point.ppe),
        ("Adres PPE", f"{point.street}, {point.town}"),
        ("Grupa taryfowa", point.tariff),
        ("Nr licznika", point.meter),
        ("Zużycie energii", f"{bill.kwh} kWh"),
    )
    for key, value in facts:
        meta = _add(block, "MetaDane")
        _add(meta, "ZKlucz", key)
        _add(meta, "ZWartosc", value)
    table = _add(block, "Tabela")
    _add(table, "Opis", "Odczyty licznika")
    columns = (
        ("Strefa", "txt"),
        ("Wskazanie poprzednie", "dec"),
        ("Wskazanie bieżące", "dec"),
        ("Mnożna", "int"),
        ("Zużycie kWh", "dec"),
    )
    header = _add(table, "TNaglowek")
    for title, kind in columns:
        _add(_add(header, "Kol", Typ=kind), "NKom", title)
    for reading in bill.readings:
        row = _add(table, "Wiersz")
        for cell in (reading.zone, str(reading.previous), str(reading.current), "1", str(reading.kwh)):
            _add(row, "WKom", cell)

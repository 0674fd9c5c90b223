"""Draws gas and water bills: the meter's readings in a table, or as a list of labels and values."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pipelines.samples.identifiers import grouped
from pipelines.samples.sheet import GREY, Column, Sheet, TableLook
from pipelines.samples.utilities import UtilityBill
from pipelines.samples.wording import day, number

_WORDS: dict[str, dict[str, str]] = {
    "pl": {
        "gas": "Faktura VAT za gaz nr", "water": "Faktura VAT nr", "number": "Numer faktury",
        "issued": "Data wystawienia",
        "due": "Termin płatności", "customer": "Nr klienta", "period": "Okres rozliczeniowy", "seller": "Sprzedawca:",
        "buyer": "Nabywca:", "tax": "NIP", "gas point": "ID PPG", "gas meter": "Nr gazomierza",
        "water meter": "Nr wodomierza", "previous": "Odczyt poprzedni", "current": "Odczyt bieżący",
        "volume": "Zużycie m3", "kwh": "Współczynnik konwersji", "energy": "Zużycie kWh", "item": "Nazwa",
        "quantity": "Ilość", "unit": "J.m.", "price": "Cena netto", "net": "Wartość netto", "nets": "Razem netto",
        "vat": "VAT {rate}%", "gross": "Do zapłaty", "account": "Numer konta",
        "advert": "Zapytaj też o energię elektryczną z naszej nowej oferty dla domu i firmy na ten rok.",
    },
    "de": {
        "gas": "Gasrechnung Nr.", "water": "Rechnung Wasser und Abwasser Nr.", "number": "Rechnungsnummer:",
        "issued": "Rechnungsdatum:", "due": "Fällig am:", "customer": "Kundennummer:", "period": "Abrechnungszeitraum:",
        "seller": "", "buyer": "", "tax": "USt-IdNr.", "gas point": "Zählpunkt", "gas meter": "Zählernummer",
        "water meter": "Zählernummer", "previous": "Zählerstand alt", "current": "Zählerstand neu",
        "volume": "Verbrauch m³", "factor": "Zustandszahl", "kwh": "Brennwert", "energy": "Energie kWh",
        "item": "Bezeichnung", "quantity": "Menge", "unit": "Einheit", "price": "Einzelpreis", "net": "Betrag",
        "nets": "Nettobetrag", "vat": "zzgl. {rate} % USt.", "gross": "Rechnungsbetrag", "account": "IBAN",
        "advert": "Wechseln Sie jetzt auch beim Strom zu uns, es lohnt sich für Ihren ganzen Haushalt.",
    },
    "en": {
        "gas": "Gas bill", "water": "Water bill", "number": "Invoice number", "issued": "Invoice date",
        "due": "Due date", "customer": "Account no.", "period": "Billing period", "seller": "", "buyer": "Bill to",
        "tax": "VAT Reg No:", "gas point": "MPRN", "gas meter": "Meter serial number",
        "water meter": "Meter serial number", "previous": "Previous reading", "current": "Current reading",
        "volume": "Volume m3", "factor": "Volume correction", "mj": "Calorific value", "energy": "Energy used kWh",
        "item": "Description", "quantity": "Quantity", "unit": "Unit", "price": "Unit price", "net": "Amount",
        "nets": "Subtotal", "vat": "VAT @ {rate}%", "gross": "Total due", "account": "IBAN",
        "advert": "Why not take your electricity from us as well and save on both of your energy bills?",
    },
    "fr": {
        "gas": "Facture de gaz n°", "water": "Facture d'eau n°", "number": "Numéro de facture",
        "issued": "Date de facture", "due": "Date d'échéance", "customer": "Numéro client", "period": "Période",
        "seller": "", "buyer": "", "tax": "N° TVA", "gas point": "PCE", "gas meter": "Numéro de compteur",
        "water meter": "Numéro de compteur", "previous": "Ancien index", "current": "Nouvel index",
        "volume": "Volume m3", "kwh": "Coefficient de conversion", "energy": "Consommation kWh",
        "item": "Désignation", "quantity": "Quantité", "unit": "Unité", "price": "Prix unitaire HT",
        "net": "Montant HT", "nets": "Total HT", "vat": "TVA {rate} %", "gross": "Total TTC", "account": "IBAN",
        "advert": "Pensez aussi à notre offre d'électricité verte pour toute la maison dès ce printemps.",
    },
}  # fmt: skip
_SIGN = {"pl": "PLN", "en": "GBP", "de": "EUR", "fr": "EUR"}


def draw_utility_bill(bill: UtilityBill) -> bytes:
    """The PDF, one page."""
    words = _WORDS[bill.language]
    sheet = Sheet(title=bill.number, margin=48)
    _head(sheet, bill, words)
    sheet.y = 262
    if bill.look == "table":
        _meter_table(sheet, bill, words)
    else:
        _meter_list(sheet, bill, words)
    sheet.y += 14
    _lines(sheet, bill, words)
    _totals(sheet, bill, words)
    sheet.text(sheet.margin, sheet.height - 48, words["advert"], 7, ink=GREY)
    return sheet.finish()


def _day(value: date, language: str) -> str:
    return f"{value:%d/%m/%Y}" if language == "fr" else day(value, language)


def _number(value: Decimal, language: str, places: int | None = 2) -> str:
    # French bills group by blanks and part by a comma, as Polish ones do
    return number(value, "pl" if language == "fr" else language, places)


def _head(sheet: Sheet, bill: UtilityBill, words: dict[str, str]) -> None:
    seller, buyer, language = bill.seller, bill.buyer, bill.language
    sheet.text(sheet.margin, 58, f"{words['seller']} {seller.name}".strip(), 12, bold=True)
    sheet.lines(sheet.margin, 74, (seller.street, seller.town, f"{words['tax']} {seller.tax_id}"), 8.5)
    sheet.lines(sheet.margin, 138, [*filter(None, [words["buyer"]]), buyer.name, buyer.street, buyer.town], 9)
    facts = (
        ("number", bill.number),
        ("issued", _day(bill.issued, language)),
        ("due", _day(bill.due, language)),
        ("customer", bill.customer),
        ("period", f"{_day(bill.start, language)} - {_day(bill.end, language)}"),
    )
    for place, (name, value) in enumerate(facts):
        sheet.text(320, 138 + 14 * place, words[name], 8.5)
        sheet.text(sheet.right, 138 + 14 * place, value, 8.5, align="right")
    sheet.text(sheet.margin, 232, f"{words[bill.commodity]} {bill.number}", 14, bold=True)


def _measured(bill: UtilityBill) -> list[tuple[str, str]]:
    """Names of labels and printed values, in order."""
    language, rows = bill.language, [(f"{bill.commodity} meter", bill.meter)]
    if bill.commodity == "gas":
        rows.insert(0, ("gas point", bill.point))
    rows += [
        ("previous", _number(bill.previous, language, 0)),
        ("current", _number(bill.current, language, 0)),
        ("volume", _number(bill.volume, language, 0)),
        *((name, _number(factor, language, None)) for name, factor in bill.factors),
    ]
    return [*rows, ("energy", _number(bill.energy, language, 0))] if bill.factors else rows


def _meter_table(sheet: Sheet, bill: UtilityBill, words: dict[str, str]) -> None:
    rows = _measured(bill)
    if bill.commodity == "gas":
        point, *rows = rows
        sheet.text(sheet.margin, sheet.y, f"{words[point[0]]}: {point[1]}", 8.5)
        sheet.y += 10
    wide = (sheet.right - sheet.margin) / len(rows)
    columns = [Column(words[name], wide, "left" if name.endswith("meter") else "right") for name, _ in rows]
    sheet.table(sheet.margin, columns, [[value for _, value in rows]], TableLook(size=8, rules="grid", padding=4))


_UNITS = {"volume": " m³", "kwh": " kWh/m³", "mj": " MJ/m³", "energy": " kWh"}


def _meter_list(sheet: Sheet, bill: UtilityBill, words: dict[str, str]) -> None:
    for name, value in _measured(bill):
        label = words[name].removesuffix(" m³").removesuffix(" m3").removesuffix(" kWh")
        sheet.text(sheet.margin, sheet.y, label, 8.5)
        sheet.text(sheet.margin + 220, sheet.y, value + _UNITS.get(name, ""), 8.5, align="right")
        sheet.y += 13


def _lines(sheet: Sheet, bill: UtilityBill, words: dict[str, str]) -> None:
    columns = (
        Column(words["item"], 200),
        Column(words["quantity"], 70, "right"),
        Column(words["unit"], 50),
        Column(words["price"], 85, "right"),
        Column(words["net"], 90, "right"),
    )
    language = bill.language
    rows = [
        (
            line.description,
            _number(line.quantity, language, 0),
            line.unit,
            _number(line.price, language, None),
            _number(line.net, language),
        )
        for line in bill.lines
    ]
    sheet.table(sheet.margin, columns, rows, TableLook(size=8.5, padding=4))


def _totals(sheet: Sheet, bill: UtilityBill, words: dict[str, str]) -> None:
    language = bill.language
    rows = (
        (words["nets"], _number(bill.net, language)),
        (words["vat"].format(rate=bill.rate), _number(bill.tax, language)),
        (words["gross"], f"{_number(bill.gross, language)} {_SIGN[language]}"),
    )
    for place, (label, value) in enumerate(rows):
        sheet.y += 16
        sheet.text(sheet.right - 220, sheet.y, label, 9, bold=place == 2)
        sheet.text(sheet.right - 4, sheet.y, value, 9, bold=place == 2, align="right")
    pay = f"{words['account']}: {grouped(bill.iban, 4)}"
    sheet.text(sheet.margin, sheet.y + 30, pay, 8.5)

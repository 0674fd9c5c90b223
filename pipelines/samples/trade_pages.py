"""Draws general invoices: one layout for each language, as firms of that country print them."""

from __future__ import annotations

from pipelines.samples.identifiers import grouped
from pipelines.samples.sheet import GREY, WHITE, Colour, Column, Sheet, TableLook, register_font
from pipelines.samples.trade import TradeInvoice
from pipelines.samples.wording import cents, day, number, polish_words


def draw_trade_invoice(invoice: TradeInvoice) -> bytes:
    """The PDF, one page."""
    return trade_sheet(invoice).finish()


def trade_sheet(invoice: TradeInvoice, password: str = "") -> Sheet:
    """The drawn sheet, still open: an e-invoice is attached to it. English ones can be locked by a password."""
    match invoice.language:
        case "en":
            return _english(invoice, password)
        case "de":
            return _german(invoice)
        case "pl":
            return _polish(invoice)
        case _:
            raise ValueError(f"no layout for {invoice.language!r}")


def _english(invoice: TradeInvoice, password: str) -> Sheet:
    ink: Colour = (0.16, 0.24, 0.40)
    sheet = Sheet(title=f"Invoice {invoice.number}", margin=50, password=password)
    seller, buyer = invoice.seller, invoice.buyer
    sheet.text(sheet.margin, 66, seller.name, 14, bold=True, ink=ink)
    sheet.lines(sheet.margin, 82, (seller.street, seller.town, f"VAT Reg No: {_spaced_gb(seller.tax_id)}"), 8.5)
    sheet.text(sheet.right, 70, "INVOICE", 22, align="right", ink=ink)
    facts = (
        ("Invoice number", invoice.number),
        ("Invoice date", day(invoice.issued, "en")),
        ("Due date", day(invoice.due, "en")),
        ("Account no.", invoice.customer),
        ("Your order", invoice.order),
        ("Billing period", f"{day(invoice.start, 'en')} - {day(invoice.end, 'en')}"),
    )
    for place, (label, value) in enumerate(facts):
        y = 146 + place * 14
        sheet.text(310, y, label, 8.5, ink=GREY)
        sheet.text(sheet.right, y, value, 8.5, align="right")
    sheet.text(sheet.margin, 146, "Bill to", 8.5, bold=True, ink=ink)
    sheet.lines(sheet.margin, 160, (buyer.name, buyer.street, buyer.town, f"VAT No: {_spaced_gb(buyer.tax_id)}"), 9)
    sheet.y = 250
    columns = (
        Column("Description", 215),
        Column("Qty", 45, "right"),
        Column("Unit", 40),
        Column("Unit price", 65, "right"),
        Column("VAT", 45, "right"),
        Column("Amount", 85, "right"),
    )
    rows = [
        (x.description, f"{x.quantity}", x.unit, number(x.price, "en"), f"{x.rate}%", number(x.net, "en"))
        for x in invoice.lines
    ]
    sheet.table(sheet.margin, columns, rows, TableLook(size=8.5, head_fill=ink, head_ink=WHITE, padding=4))
    sheet.y += 8
    _totals(
        sheet,
        (
            ("Subtotal", number(invoice.net, "en")),
            *((f"VAT @ {s.rate}%", number(s.tax, "en")) for s in invoice.subtotals),
            ("Total due", f"£{number(invoice.gross, 'en')}"),
        ),
    )
    sheet.text(sheet.margin, sheet.y + 26, "Payment details", 9, bold=True, ink=ink)
    bank = (
        f"Bank transfer to {seller.name}",
        f"IBAN {grouped(invoice.iban, 4)}",
        f"Please quote {invoice.number} with your payment.",
    )
    sheet.lines(sheet.margin, sheet.y + 40, bank, 8.5)
    footer = f"{seller.name}, registered in England and Wales. Thank you for your business."
    sheet.text(sheet.width / 2, sheet.height - 40, footer, 7, align="centre", ink=GREY)
    return sheet


def _spaced_gb(vat_id: str) -> str:
    return f"GB {grouped(vat_id[2:], 3, 4, 2)}"


def _totals(sheet: Sheet, rows: tuple[tuple[str, str], ...]) -> None:
    for place, (label, value) in enumerate(rows):
        last = place == len(rows) - 1
        if last:
            sheet.rule(sheet.right - 200, sheet.y, sheet.right, sheet.y, width=1)
        sheet.y += 16
        sheet.text(sheet.right - 195, sheet.y, label, 10 if last else 9, bold=last)
        sheet.text(sheet.right - 4, sheet.y, value, 10 if last else 9, bold=last, align="right")
        sheet.y += 4


def _german(invoice: TradeInvoice) -> Sheet:
    sheet = Sheet(
        title=f"Rechnung {invoice.number}",
        margin=57,
        font=register_font("DejaVuSerif"),
        bold=register_font("DejaVuSerif-Bold"),
    )
    seller, buyer = invoice.seller, invoice.buyer
    sheet.text(sheet.right, 60, seller.name, 15, bold=True, align="right", ink=(0.2, 0.4, 0.15))
    sheet.text(sheet.right, 75, seller.address, 8, align="right", ink=GREY)
    # the sender's line and address stand where DIN 5008 has the window
    sheet.text(sheet.margin, 128, f"{seller.name} · {seller.street} · {seller.town}", 6.5, ink=GREY)
    sheet.rule(sheet.margin, 131, sheet.margin + 240, 131, width=0.3)
    sheet.lines(sheet.margin, 146, (buyer.name, buyer.street, buyer.town), 10)
    facts = (
        ("Rechnungsnummer:", invoice.number),
        ("Rechnungsdatum:", day(invoice.issued, "de")),
        ("Kundennummer:", invoice.customer),
        ("Leistungszeitraum:", f"{day(invoice.start, 'de')} - {day(invoice.end, 'de')}"),
        ("USt-IdNr. Kunde:", buyer.tax_id),
    )
    for place, (label, value) in enumerate(facts):
        sheet.text(325, 146 + place * 13.5, label, 8.5)
        sheet.text(sheet.right, 146 + place * 13.5, value, 8.5, align="right")
    sheet.text(sheet.margin, 250, f"Rechnung Nr. {invoice.number}", 13, bold=True)
    sheet.text(sheet.margin, 270, "Sehr geehrte Damen und Herren, wir berechnen Ihnen wie folgt:", 9)
    sheet.y = 282
    columns = (
        Column("Pos.", 30, "right"),
        Column("Bezeichnung", 176),
        Column("Menge", 42, "right"),
        Column("Einheit", 44),
        Column("Einzelpreis €", 70, "right"),
        Column("USt.", 42, "right"),
        Column("Betrag €", 77, "right"),
    )
    rows = [
        (f"{place}", x.description, f"{x.quantity}", x.unit, number(x.price, "de"), f"{x.rate} %", number(x.net, "de"))
        for place, x in enumerate(invoice.lines, 1)
    ]
    sheet.table(sheet.margin, columns, rows, TableLook(size=8, head_fill=None, rules="rows", padding=4))
    sheet.y += 6
    _totals(
        sheet,
        (
            ("Nettobetrag", number(invoice.net, "de")),
            *((f"zzgl. {s.rate} % USt. auf {number(s.base, 'de')}", number(s.tax, "de")) for s in invoice.subtotals),
            ("Rechnungsbetrag", f"{number(invoice.gross, 'de')} EUR"),
        ),
    )
    pay = f"Zahlbar ohne Abzug bis zum {day(invoice.due, 'de')}. Die genannten Preise sind Nettopreise."
    sheet.text(sheet.margin, sheet.y + 28, pay, 9)
    _german_footer(sheet, invoice)
    return sheet


def _german_footer(sheet: Sheet, invoice: TradeInvoice) -> None:
    seller, y = invoice.seller, sheet.height - 62
    sheet.rule(sheet.margin, y - 12, sheet.right, y - 12)
    sheet.lines(sheet.margin, y, (seller.name, seller.street, seller.town), 7)
    sheet.lines(sheet.margin + 160, y, ("Bankverbindung", f"IBAN {grouped(invoice.iban, 4)}", "Hafenbank Neuwerder"), 7)
    sheet.lines(sheet.margin + 350, y, (f"USt-IdNr. {seller.tax_id}", "Amtsgericht Neuwerder", "HRB 99871"), 7)


def _polish(invoice: TradeInvoice) -> Sheet:
    sheet = Sheet(title=f"Faktura {invoice.number}", margin=45)
    issued_in = invoice.seller.town.split(" ", 1)[1]
    sheet.text(sheet.right, 52, f"Miejsce wystawienia: {issued_in}", 8.5, align="right")
    sheet.text(sheet.right, 65, f"Data wystawienia: {day(invoice.issued, 'pl')}", 8.5, align="right")
    sheet.text(sheet.right, 78, f"Data zakończenia dostawy/usługi: {day(invoice.end, 'pl')}", 8.5, align="right")
    sheet.text(sheet.width / 2, 112, f"Faktura VAT nr {invoice.number}", 15, bold=True, align="centre")
    for x, title, party in ((sheet.margin, "Sprzedawca:", invoice.seller), (310, "Nabywca:", invoice.buyer)):
        sheet.text(x, 140, title, 9, bold=True)
        sheet.rule(x, 144, x + 230, 144)
        party_lines = (party.name, party.street, party.town, f"NIP: {grouped(party.tax_id, 3, 3, 2, by='-')}")
        sheet.lines(x, 157, party_lines, 9)
    sheet.y = 222
    columns = (
        Column("Lp.", 24, "right"),
        Column("Nazwa towaru lub usługi", 152),
        Column("Ilość", 32, "right"),
        Column("J.m.", 36),
        Column("Cena netto", 54, "right"),
        Column("Wartość netto", 60, "right"),
        Column("VAT", 32, "right"),
        Column("Kwota VAT", 52, "right"),
        Column("Wartość brutto", 63, "right"),
    )
    rows = []
    for place, line in enumerate(invoice.lines, 1):
        tax = cents(line.net * line.rate / 100)
        amounts = (number(line.net, "pl"), f"{line.rate}%", number(tax, "pl"), number(line.net + tax, "pl"))
        price = number(line.price, "pl")
        rows.append((f"{place}", line.description, f"{line.quantity}", line.unit, price, *amounts))
    sheet.table(sheet.margin, columns, rows, TableLook(size=7.5, rules="grid"))
    _polish_totals(sheet, invoice)
    return sheet


def _polish_totals(sheet: Sheet, invoice: TradeInvoice) -> None:
    columns = (
        Column("Stawka VAT", 70, "right"),
        Column("Netto", 75, "right"),
        Column("VAT", 70, "right"),
        Column("Brutto", 80, "right"),
    )
    rows = [
        (f"{s.rate}%", number(s.base, "pl"), number(s.tax, "pl"), number(s.base + s.tax, "pl"))
        for s in invoice.subtotals
    ]
    rows.append(("Razem", number(invoice.net, "pl"), number(invoice.tax, "pl"), number(invoice.gross, "pl")))
    sheet.y += 6
    sheet.table(
        sheet.right - 295, columns, rows, TableLook(size=7.5, rules="grid"), bold_rows=frozenset({len(rows) - 1})
    )
    sheet.text(sheet.margin, sheet.y + 16, f"Do zapłaty: {number(invoice.gross, 'pl')} PLN", 13, bold=True)
    sheet.text(sheet.margin, sheet.y + 31, f"Słownie: {polish_words(invoice.gross)}", 8.5)
    pay = (
        "Sposób zapłaty: przelew",
        f"Termin płatności: {day(invoice.due, 'pl')}",
        f"Numer konta: {grouped(invoice.iban[2:], 2, 4)}",
        f"Nr zamówienia: {invoice.order}",
    )
    sheet.lines(sheet.margin, sheet.y + 52, pay, 9)
    for x, role in ((sheet.margin, "osoba upoważniona do odbioru"), (360, "osoba upoważniona do wystawienia")):
        sheet.rule(x, sheet.height - 110, x + 180, sheet.height - 110)
        sheet.text(x + 90, sheet.height - 100, role, 7, align="centre", ink=GREY)

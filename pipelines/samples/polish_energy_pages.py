"""Draws Polish electricity bills: a front page to pay by, and pages that show how it was reckoned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from pipelines.samples.identifiers import grouped
from pipelines.samples.polish_energy import ENERGY, GRID, VAT_RATE, Bill, Charge, Reading, Totals, totals
from pipelines.samples.sheet import GREY, WHITE, Colour, Column, Sheet, TableLook, draw_paged
from pipelines.samples.wording import cents, day, number, polish_words

_TITLES = {
    "settlement": "Faktura VAT – rozliczenie",
    "forecast": "Faktura VAT – prognoza",
    "correction": "Faktura korygująca",
}
_BRAND: dict[str, Colour] = {"B": (0.80, 0.52, 0.10), "P": (0.10, 0.35, 0.62), "W": (0.12, 0.45, 0.30)}


def money(value: Decimal) -> str:
    return number(value, "pl")


def draw_bill(bill: Bill) -> bytes:
    """The PDF of a settlement, forecast or correction."""
    return draw_paged(lambda pages: _draw(bill, pages))


def _draw(bill: Bill, pages: int) -> Sheet:
    sheet = Sheet(title=f"{_TITLES[bill.kind]} {bill.number}", total_pages=pages, each_page=lambda s: _footer(s, bill))
    _letterhead(sheet, bill)
    _parties(sheet, bill)
    _to_pay(sheet, bill)
    _supply_block(sheet, bill)
    if bill.before:
        _correction_summary(sheet, bill, bill.before)
    else:
        _summary(sheet, bill)
    sheet.new_page()
    _details(sheet, bill)
    return sheet


def _footer(sheet: Sheet, bill: Bill) -> None:
    seller = bill.supply.seller
    y = sheet.height - 34
    sheet.rule(sheet.margin, y - 10, sheet.right, y - 10)
    left = f"{seller.name}, {seller.address}, NIP {seller.tax_id}, REGON {bill.supply.regon}"
    sheet.text(sheet.margin, y, left, 6.5, ink=GREY)
    sheet.text(sheet.right, y, f"Strona {sheet.page} z {sheet.total_pages}", 6.5, align="right", ink=GREY)
    if sheet.page > 1:
        sheet.text(sheet.margin, sheet.y + 8, f"{_TITLES[bill.kind]} nr {bill.number}", 8, ink=GREY)
        sheet.y += 26


def _letterhead(sheet: Sheet, bill: Bill) -> None:
    seller = bill.supply.seller
    brand = _BRAND[seller.name[0]]
    sheet.canvas.setFillColorRGB(*brand)
    sheet.canvas.circle(sheet.margin + 16, sheet.height - 56, 16, stroke=0, fill=1)
    sheet.text(sheet.margin + 16, 61, seller.name[0], 15, bold=True, align="centre", ink=WHITE)
    sheet.text(sheet.margin + 42, 61, " ".join(seller.name.split()[:2]), 15, bold=True, ink=brand)
    sheet.text(sheet.right, 52, _TITLES[bill.kind], 13, bold=True, align="right")
    sheet.text(sheet.right, 67, f"nr {bill.number}", 10, bold=True, align="right")
    sheet.text(sheet.right, 81, f"Data wystawienia: {day(bill.issued, 'pl')}", 8.5, align="right")
    if bill.before:
        original = f"do faktury nr {bill.before.number} z dnia {day(bill.before.issued, 'pl')}"
        sheet.text(sheet.right, 94, original, 8.5, align="right")
    sheet.y = 112


def _parties(sheet: Sheet, bill: Bill) -> None:
    supply, half = bill.supply, (sheet.right - sheet.margin) / 2
    pairs = (("Sprzedawca", supply.seller), ("Nabywca", supply.buyer))
    for place, (title, party) in enumerate(pairs):
        x = sheet.margin + place * half
        sheet.text(x, sheet.y + 8, title, 8, ink=GREY)
        sheet.text(x, sheet.y + 22, party.name, 9.5, bold=True)
        tax_id = (f"NIP: {grouped(party.tax_id, 3, 3, 2, by='-')}",) if party.tax_id else ()
        sheet.lines(x, sheet.y + 35, (party.street, party.town, *tax_id), 8.5)
    sheet.y += 84


def _to_pay(sheet: Sheet, bill: Bill) -> None:
    brand = _BRAND[bill.supply.seller.name[0]]
    sheet.box(sheet.margin, sheet.y, sheet.right - sheet.margin, 62, fill=(0.96, 0.96, 0.94), stroke=brand)
    x, y = sheet.margin + 12, sheet.y
    sheet.text(x, y + 17, "Do zapłaty", 9, ink=GREY)
    sheet.text(x, y + 38, f"{money(bill.totals.gross)} zł", 17, bold=True, ink=brand)
    sheet.text(x + 175, y + 17, "Termin płatności", 9, ink=GREY)
    sheet.text(x + 175, y + 36, day(bill.due, "pl"), 12, bold=True)
    sheet.text(x + 300, y + 17, "Numer rachunku do wpłaty", 9, ink=GREY)
    sheet.text(x + 300, y + 35, grouped(bill.supply.account, 2, 4), 8.5, bold=True)
    sheet.text(x, y + 54, f"Słownie: {polish_words(bill.totals.gross)}", 7.5)
    sheet.y += 80


def _supply_block(sheet: Sheet, bill: Bill) -> None:
    supply, point = bill.supply, bill.supply.point
    span = f"{day(bill.start, 'pl')} - {day(bill.end, 'pl')}"
    usage = "Prognozowane zużycie" if bill.kind == "forecast" else "Zużycie energii"
    left = (
        ("Numer klienta:", supply.client),
        ("Numer PPE:", point.ppe),
        ("Adres PPE:", f"{point.street}, {point.town}"),
    )
    right = (
        ("Okres rozliczeniowy:" if bill.kind != "forecast" else "Okres prognozy:", span),
        ("Grupa taryfowa:", f"{point.tariff}      Moc umowna: {point.power_kw} kW"),
        (f"{usage}:", f"{bill.kwh} kWh"),
    )
    for x, rows in ((sheet.margin, left), (sheet.margin + 272, right)):
        for place, (label, value) in enumerate(rows):
            y = sheet.y + 8 + place * 14
            sheet.text(x, y, label, 8, ink=GREY)
            sheet.text(x + (68 if x == sheet.margin else 108), y, value, 8.5)
    sheet.y += 62


def _summary(sheet: Sheet, bill: Bill) -> None:
    sheet.text(sheet.margin, sheet.y, "Podsumowanie", 11, bold=True)
    sheet.y += 8
    groups = [(title, sum((c.net for c in bill.charges if c.section == title), Decimal(0))) for title in (ENERGY, GRID)]
    total = bill.totals
    rows = [(title, money(net)) for title, net in groups] + [("Razem netto", money(total.net))]
    sheet.table(
        sheet.margin, (Column("Nazwa", 330), Column("Wartość netto (zł)", 181, "right")), rows, bold_rows=frozenset({2})
    )
    sheet.y += 4
    _vat_table(sheet, (("", total),))
    _notes(sheet, bill)


def _vat_table(sheet: Sheet, rows: Iterable[tuple[str, Totals]]) -> None:
    columns = (
        Column("", 130),
        Column("Stawka VAT", 75, "right"),
        Column("Wartość netto (zł)", 102, "right"),
        Column("Kwota VAT (zł)", 102, "right"),
        Column("Wartość brutto (zł)", 102, "right"),
    )
    body = [(title or "Ogółem", f"{VAT_RATE}%", money(t.net), money(t.tax), money(t.gross)) for title, t in rows]
    sheet.table(sheet.margin, columns, body, bold_rows=frozenset({len(body) - 1}))


def _correction_summary(sheet: Sheet, bill: Bill, before: Bill) -> None:
    sheet.text(sheet.margin, sheet.y, f"Przyczyna korekty: {bill.reason}", 9)
    sheet.y += 20
    sheet.text(sheet.margin, sheet.y, "Rozliczenie korekty", 11, bold=True)
    sheet.y += 8
    rows = (("Przed korektą", totals(before.charges)), ("Po korekcie", totals(bill.charges)), ("Różnica", bill.totals))
    _vat_table(sheet, rows)
    sheet.paragraph(
        sheet.margin, sheet.y + 8, "Kwota ujemna oznacza nadpłatę, którą zaliczymy na poczet kolejnych faktur.", 500, 8
    )


def _notes(sheet: Sheet, bill: Bill) -> None:
    excise = cents(bill.kwh * Decimal("0.005"))
    text = (
        f"Od {bill.kwh} kWh naliczono akcyzę w kwocie {money(excise)} zł. Szczegółowe rozliczenie znajduje się na "
        "kolejnych stronach. Prosimy o podanie numeru klienta w tytule przelewu. Za dzień zapłaty uznajemy dzień "
        "wpływu środków na rachunek."
    )
    sheet.paragraph(sheet.margin, sheet.y + 10, text, sheet.right - sheet.margin, 8, ink=GREY)


def _details(sheet: Sheet, bill: Bill) -> None:
    if bill.readings:
        sheet.text(sheet.margin, sheet.y + 8, f"Odczyty licznika nr {bill.supply.point.meter}", 11, bold=True)
        sheet.y += 16
        draw_readings_table(sheet, bill, bill.readings)
    if bill.before:
        _charges(sheet, "Przed korektą", bill.before.charges)
        _charges(sheet, "Po korekcie", bill.charges)
    else:
        _charges(sheet, "Szczegóły rozliczenia", bill.charges)


def draw_readings_table(sheet: Sheet, bill: Bill, readings: Sequence[Reading]) -> None:
    columns = (
        Column("Strefa", 95),
        Column("Data od", 66, "right"),
        Column("Data do", 66, "right"),
        Column("Wskazanie poprzednie", 80, "right"),
        Column("Wskazanie bieżące", 75, "right"),
        Column("Mnożna", 45, "right"),
        Column("Zużycie kWh", 84, "right"),
    )
    span = (day(bill.start, "pl"), day(bill.end, "pl"))
    rows = [
        (r.zone, *span, number(r.previous, "pl", 0), number(r.current, "pl", 0), "1", number(r.kwh, "pl", 0))
        for r in readings
    ]
    sheet.table(sheet.margin, columns, rows, TableLook(size=7.5))


CHARGE_COLUMNS = (
    Column("Opis", 190),
    Column("Ilość", 62, "right"),
    Column("J.m.", 45, "centre"),
    Column("Cena jedn. netto (zł)", 78, "right"),
    Column("Wartość netto (zł)", 88, "right"),
    Column("VAT", 48, "right"),
)


def charge_row(charge: Charge) -> tuple[str, ...]:
    return (
        charge.description,
        number(charge.quantity, "pl", 0),
        charge.unit,
        number(charge.price, "pl", 4),
        money(charge.net),
        f"{VAT_RATE}%",
    )


def _charges(sheet: Sheet, title: str, charges: tuple[Charge, ...]) -> None:
    sheet.need(80)
    sheet.text(sheet.margin, sheet.y + 10, title, 11, bold=True)
    sheet.y += 18
    rows: list[tuple[str, ...]] = []
    bold: set[int] = set()
    for section in dict.fromkeys(charge.section for charge in charges):
        bold.add(len(rows))
        rows.append((section,))
        rows += [charge_row(charge) for charge in charges if charge.section == section]
    bold.add(len(rows))
    rows.append(("Razem", "", "", "", money(totals(charges).net), ""))
    sheet.table(sheet.margin, CHARGE_COLUMNS, rows, TableLook(size=7.5), bold_rows=frozenset(bold))

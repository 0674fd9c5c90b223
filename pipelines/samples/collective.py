"""A collective Polish electricity invoice: many metering points, hundreds of lines, some forty pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from pipelines.samples import identifiers, polish_energy
from pipelines.samples.identifiers import grouped
from pipelines.samples.people import Party
from pipelines.samples.polish_energy import VAT_RATE, Bill, Totals, totals
from pipelines.samples.polish_energy_pages import CHARGE_COLUMNS, charge_row, draw_readings_table, money
from pipelines.samples.sheet import GREY, Column, Sheet, TableLook, draw_paged
from pipelines.samples.wording import day, number, polish_words


@dataclass(frozen=True, slots=True)
class Collective:
    """One invoice over the bills of its points; VAT is taken once, on the sum."""

    number: str
    issued: date
    due: date
    bills: tuple[Bill, ...]

    @property
    def totals(self) -> Totals:
        return totals(tuple(charge for bill in self.bills for charge in bill.charges))

    @property
    def kwh(self) -> Decimal:
        return sum((bill.kwh for bill in self.bills), Decimal(0))


def collective(rng: Random, number_: str, start: date, points: int) -> Collective:
    buyer = Party("Spółdzielnia Handlowa Zielony Rynek", "ul. Targowa 2", "62-999 Nowe Brzozy", "", "PL")
    first = polish_energy.draw_supply(rng, "C12a", buyer)
    buyer = Party(buyer.name, buyer.street, buyer.town, identifiers.nip(rng), "PL")
    bills = []
    for place in range(points):
        point = polish_energy.draw_point(rng, rng.choice(("C11", "C12a")), f"ul. Targowa {place + 3}", buyer.town)
        supply = polish_energy.Supply(first.seller, buyer, first.client, first.account, point, first.regon)
        bills.append(polish_energy.settlement(rng, supply, start, number_, rng.randrange(150, 4200)))
    issued = polish_energy.month_end(start) + timedelta(days=9)
    return Collective(number_, issued, issued + timedelta(days=21), tuple(bills))


def collective_truth(invoice: Collective) -> dict[str, Any]:
    first, total = invoice.bills[0], invoice.totals
    truth = polish_energy.bill_truth(first)
    for one_point_only in ("metering_point", "meter_number", "tariff_group"):
        del truth[one_point_only]
    return truth | {
        "issue_date": invoice.issued.isoformat(),
        "due_date": invoice.due.isoformat(),
        "consumption_kwh": str(invoice.kwh),
        "net_total": str(total.net),
        "tax_total": str(total.tax),
        "gross_total": str(total.gross),
        "amount_due": str(total.gross),
        "items": [polish_energy.item_truth(charge) for bill in invoice.bills for charge in bill.charges],
        "metering_points": [
            {
                "metering_point": bill.supply.point.ppe,
                "consumption_kwh": str(bill.kwh),
                "net": str(totals(bill.charges).net),
            }
            for bill in invoice.bills
        ],
    }


def draw_collective(invoice: Collective) -> bytes:
    """The PDF: one page to pay by, then each point's readings and charges."""
    return draw_paged(lambda pages: _draw(invoice, pages))


def _draw(invoice: Collective, pages: int) -> Sheet:
    sheet = Sheet(
        title=f"Faktura zbiorcza {invoice.number}", total_pages=pages, each_page=lambda s: _footer(s, invoice)
    )
    _front(sheet, invoice)
    sheet.new_page()
    for place, bill in enumerate(invoice.bills, 1):
        _point(sheet, place, bill)
    return sheet


def _footer(sheet: Sheet, invoice: Collective) -> None:
    sheet.text(sheet.margin, sheet.height - 34, f"Faktura VAT zbiorcza nr {invoice.number}", 6.5, ink=GREY)
    sheet.text(sheet.right, sheet.height - 34, f"Strona {sheet.page}/{sheet.total_pages}", 6.5, align="right", ink=GREY)


def _front(sheet: Sheet, invoice: Collective) -> None:
    supply, total = invoice.bills[0].supply, invoice.totals
    sheet.text(sheet.margin, 60, supply.seller.name, 14, bold=True)
    sheet.text(sheet.margin, 100, "Faktura VAT zbiorcza", 16, bold=True)
    sheet.text(sheet.margin, 118, f"Nr faktury: {invoice.number}", 10, bold=True)
    sheet.text(sheet.margin, 133, f"Data wystawienia: {day(invoice.issued, 'pl')}", 9)
    span = f"{day(invoice.bills[0].start, 'pl')} - {day(invoice.bills[0].end, 'pl')}"
    sheet.text(sheet.margin, 147, f"Okres rozliczeniowy: {span}", 9)
    for x, title, party in ((sheet.margin, "Sprzedawca", supply.seller), (310, "Nabywca", supply.buyer)):
        sheet.text(x, 180, title, 8, ink=GREY)
        sheet.lines(x, 194, (party.name, party.street, party.town, f"NIP {party.tax_id}"), 9)
    sheet.text(sheet.margin, 256, f"Nr klienta: {supply.client}", 9)
    sheet.text(310, 256, f"Liczba punktów poboru: {len(invoice.bills)}", 9)
    sheet.text(310, 270, f"Łączne zużycie: {number(invoice.kwh, 'pl', 0)} kWh", 9)
    sheet.y = 290
    columns = (
        Column("Stawka VAT", 100),
        Column("Wartość netto", 137, "right"),
        Column("Kwota VAT", 137, "right"),
        Column("Wartość brutto", 137, "right"),
    )
    amounts = (money(total.net), money(total.tax), money(total.gross))
    sheet.table(sheet.margin, columns, [(f"{VAT_RATE}%", *amounts), ("Razem", *amounts)], bold_rows=frozenset({1}))
    sheet.text(sheet.margin, sheet.y + 24, f"Do zapłaty: {money(total.gross)} zł", 15, bold=True)
    pay = (
        f"Słownie: {polish_words(total.gross)}",
        f"Termin płatności: {day(invoice.due, 'pl')}",
        f"Rachunek: {grouped(supply.account, 2, 4)}",
    )
    sheet.lines(sheet.margin, sheet.y + 42, pay, 9)


def _point(sheet: Sheet, place: int, bill: Bill) -> None:
    point = bill.supply.point
    sheet.need(250)
    sheet.rule(sheet.margin, sheet.y, sheet.right, sheet.y, width=1.2)
    sheet.text(sheet.margin, sheet.y + 14, f"{place}. Punkt poboru: {point.street}, {point.town}", 10, bold=True)
    facts = f"Numer PPE: {point.ppe}     Grupa taryfowa: {point.tariff}     Nr licznika: {point.meter}"
    sheet.text(sheet.margin, sheet.y + 27, facts, 8)
    sheet.y += 33
    draw_readings_table(sheet, bill, bill.readings)
    rows = [charge_row(charge) for charge in bill.charges]
    rows.append((f"Razem punkt poboru {place}", "", "", "", money(totals(bill.charges).net), ""))
    sheet.table(sheet.margin, CHARGE_COLUMNS, rows, TableLook(size=7.5), bold_rows=frozenset({len(rows) - 1}))
    sheet.y += 12

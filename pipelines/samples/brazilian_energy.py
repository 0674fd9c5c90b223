"""Brazilian electricity bills with solar credit (SCEE), access key and Febraban payment line.

The lines add up to the amount due to the cent; so do the digits of the payment line. ICMS is part of the
prices ("por dentro"), hence there is no net total.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from reportlab.graphics.barcode.common import I2of5

from pipelines.samples import identifiers
from pipelines.samples.people import Party, firm
from pipelines.samples.sheet import GREY, WHITE, Colour, Column, Sheet, TableLook
from pipelines.samples.wording import PORTUGUESE_MONTHS, cents, day, number

_BRAND: Colour = (0.0, 0.40, 0.36)
_ICMS, _PIS, _COFINS = Decimal("18.00"), Decimal("0.94"), Decimal("4.35")


@dataclass(frozen=True, slots=True)
class Item:
    description: str
    value: Decimal
    kwh: int | None = None
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Tax:
    name: str
    base: Decimal
    rate: Decimal

    @property
    def amount(self) -> Decimal:
        return cents(self.base * self.rate / 100)


@dataclass(frozen=True, slots=True)
class Installation:
    """What stays the same from month to month."""

    seller: Party
    buyer: Party
    client: str
    installation: str
    meter: str


@dataclass(frozen=True, slots=True)
class LightBill:
    at: Installation
    number: int
    issued: date
    due: date
    start: date
    end: date
    previous: int
    current: int
    generated: int
    items: tuple[Item, ...]
    taxes: tuple[Tax, ...]
    access_key: str
    barcode: str

    @property
    def total(self) -> Decimal:
        return sum((item.value for item in self.items), Decimal(0))

    @property
    def kwh(self) -> int:
        return self.current - self.previous

    @property
    def month(self) -> str:
        """`JAN/2026`: the month in which the reading period ends."""
        return f"{PORTUGUESE_MONTHS[self.end.month - 1]}/{self.end.year}"


def draw_installation(rng: Random) -> Installation:
    seller = Party(
        "LUZ DO CERRADO DISTRIBUICAO S.A.",
        "AV DAS GARCAS 1200",
        "39998-900 VILA SERENA - MG",
        identifiers.cnpj(rng),
        "BR",
    )
    ids = (identifiers.digits(rng, 10), identifiers.digits(rng, 10), "LCD" + identifiers.digits(rng, 9))
    return Installation(seller, firm(rng, "BR"), *ids)


def light_bill(rng: Random, at: Installation, year: int, month: int, previous: int) -> LightBill:
    """A bill for the reading period that ends in the month; `previous` is the reading it starts from."""
    end = date(year, month, rng.randrange(3, 9))
    start = end - timedelta(days=rng.randrange(29, 33))
    issued = end + timedelta(days=rng.randrange(4, 8))
    kwh = rng.randrange(420, 980)
    credited = rng.randrange(kwh // 2, kwh - 100)
    full, plain = Decimal("0.95213400"), Decimal("0.74906000")
    own = Item("Energia Elétrica", cents((kwh - credited) * full), kwh - credited, full)
    scee = Item("Energia SCEE ISENTA", cents(credited * plain), credited, plain)
    back = Item("Energia compensada GD I", -scee.value, credited, plain)
    light = Item("Contrib Ilum Publica Municipal", Decimal(rng.randrange(2200, 5400)) / 100)
    icms = Tax("ICMS", own.value, _ICMS)
    rest = own.value - icms.amount
    bill_number = rng.randrange(10_000_000, 99_999_999)
    total = own.value + scee.value + back.value + light.value
    return LightBill(
        at,
        bill_number,
        issued,
        issued + timedelta(days=rng.randrange(12, 20)),
        start,
        end,
        previous,
        previous + kwh,
        credited + rng.randrange(0, 60),
        (own, scee, back, light),
        (icms, Tax("PIS", rest, _PIS), Tax("COFINS", rest, _COFINS)),
        identifiers.access_key(rng, state="MG", issued=issued, tax_id=at.seller.tax_id, series=1, number=bill_number),
        identifiers.collection_barcode(rng, total, 999),
    )


def light_bill_truth(bill: LightBill) -> dict[str, Any]:
    items = []
    for item in bill.items:
        entry: dict[str, Any] = {"description": item.description, "gross": str(item.value)}
        if item.kwh is not None:
            entry |= {"quantity": str(item.kwh), "unit": "kWh", "unit_price": str(item.price)}
        items.append(entry)
    return {
        "doc_type": "energy_bill",
        "invoice_number": f"{bill.number:09d}",
        "issue_date": bill.issued.isoformat(),
        "due_date": bill.due.isoformat(),
        "period_start": bill.start.isoformat(),
        "period_end": bill.end.isoformat(),
        "reference_month": f"{bill.end:%Y-%m}",
        "seller_name": bill.at.seller.name,
        "seller_tax_id": bill.at.seller.tax_id,
        "buyer_name": bill.at.buyer.name,
        "buyer_tax_id": bill.at.buyer.tax_id,
        "client_number": bill.at.client,
        "installation_number": bill.at.installation,
        "meter_number": bill.at.meter,
        "consumption_kwh": str(bill.kwh),
        "compensated_kwh": str(bill.items[2].kwh),
        "gross_total": str(bill.total),
        "amount_due": str(bill.total),
        "currency": "BRL",
        "language": "pt-BR",
        "country": "BR",
        "access_key": bill.access_key,
        "barcode": bill.barcode,
        "items": items,
        "taxes": [
            {"name": t.name, "base": str(t.base), "rate": str(t.rate), "amount": str(t.amount)} for t in bill.taxes
        ],
    }


def money(value: Decimal) -> str:
    return number(value, "pt")


def draw_light_bill(bill: LightBill) -> bytes:
    """The PDF, one page."""
    sheet = Sheet(title=f"Conta de energia {bill.month}", margin=36)
    _letterhead(sheet, bill)
    _customer(sheet, bill)
    _fiscal(sheet, bill)
    _items(sheet, bill)
    _meter(sheet, bill)
    _payment_slip(sheet, bill)
    return sheet.finish()


def _letterhead(sheet: Sheet, bill: LightBill) -> None:
    seller = bill.at.seller
    sheet.box(sheet.margin, 30, 92, 46, fill=_BRAND, stroke=None)
    sheet.text(sheet.margin + 46, 50, "LUZ DO", 12, bold=True, align="centre", ink=WHITE)
    sheet.text(sheet.margin + 46, 66, "CERRADO", 12, bold=True, align="centre", ink=WHITE)
    head = (seller.name, seller.street, seller.town, f"CNPJ {seller.tax_id}", "Insc. Estadual 062.999.412.0087")
    sheet.lines(sheet.margin + 104, 37, head, 7.5)
    sheet.text(sheet.right, 40, "DOCUMENTO AUXILIAR DA NOTA FISCAL DE", 7, align="right")
    sheet.text(sheet.right, 50, "ENERGIA ELÉTRICA ELETRÔNICA", 7, align="right")
    sheet.text(sheet.right, 66, f"NOTA FISCAL Nº {bill.number:09d} - SÉRIE 001", 8, bold=True, align="right")
    sheet.y = 90


def _pairs(sheet: Sheet, x: float, pairs: tuple[tuple[str, str, float], ...], size: float = 11) -> None:
    """Framed cells: a small label above its value."""
    for label, value, width in pairs:
        sheet.box(x, sheet.y, width, 30)
        sheet.text(x + 5, sheet.y + 10, label, 6.5, ink=GREY)
        sheet.text(x + 5, sheet.y + 24, value, size, bold=True)
        x += width


def _customer(sheet: Sheet, bill: LightBill) -> None:
    buyer = bill.at.buyer
    sheet.lines(sheet.margin, sheet.y + 12, (buyer.name, buyer.street, buyer.town, f"CNPJ {buyer.tax_id}"), 8.5)
    x = sheet.margin + 282
    _pairs(sheet, x, (("Nº DO CLIENTE", bill.at.client, 120), ("Nº DA INSTALAÇÃO", bill.at.installation, 121)))
    sheet.text(x, sheet.y + 44, "Classe: Comercial   Subgrupo: B3   Ligação: Trifásica", 7.5)
    sheet.y += 58
    _pairs(
        sheet,
        sheet.margin,
        (
            ("Referente a", bill.month, 174),
            ("Vencimento", day(bill.due, "pt"), 174),
            ("Valor a pagar (R$)", money(bill.total), 175),
        ),
        13,
    )
    sheet.y += 42


def _fiscal(sheet: Sheet, bill: LightBill) -> None:
    sheet.text(sheet.margin, sheet.y + 4, f"Data de emissão: {day(bill.issued, 'pt')}", 8)
    dates = (
        f"Leitura anterior: {day(bill.start, 'pt')}     Leitura atual: {day(bill.end, 'pt')}     "
        f"Nº de dias: {(bill.end - bill.start).days}     Próxima leitura: {day(bill.end + timedelta(days=30), 'pt')}"
    )
    sheet.text(sheet.margin, sheet.y + 17, dates, 8)
    sheet.text(sheet.margin, sheet.y + 30, "Chave de acesso:", 7, ink=GREY)
    sheet.text(sheet.margin + 68, sheet.y + 30, identifiers.grouped(bill.access_key, 4), 8)
    sheet.y += 46


def _items(sheet: Sheet, bill: LightBill) -> None:
    sheet.text(sheet.margin, sheet.y, "Itens da fatura", 9.5, bold=True, ink=_BRAND)
    sheet.y += 5
    columns = (
        Column("Descrição", 198),
        Column("Unid.", 40, "centre"),
        Column("Quant.", 60, "right"),
        Column("Preço unit. (R$)", 110, "right"),
        Column("Valor (R$)", 115, "right"),
    )
    rows = []
    for item in bill.items:
        quantity = ("kWh", f"{item.kwh}", number(item.price, "pt", 8)) if item.price is not None else ("", "", "")
        rows.append((item.description, *quantity, money(item.value)))
    rows.append(("TOTAL", "", "", "", money(bill.total)))
    sheet.table(sheet.margin, columns, rows, TableLook(size=8, rules="head"), bold_rows=frozenset({len(rows) - 1}))
    sheet.y += 8
    sheet.text(sheet.margin, sheet.y, "Tributos", 9.5, bold=True, ink=_BRAND)
    sheet.y += 5
    taxes = [(t.name, money(t.base), money(t.rate), money(t.amount)) for t in bill.taxes]
    heads = (("Imposto", 80), ("Base de cálculo (R$)", 110), ("Alíquota (%)", 80), ("Valor (R$)", 80))
    tax_columns = [Column(title, width, "left" if title == "Imposto" else "right") for title, width in heads]
    sheet.table(sheet.margin, tax_columns, taxes, TableLook(size=7.5, rules="grid"))
    sheet.y += 8


def _meter(sheet: Sheet, bill: LightBill) -> None:
    sheet.text(sheet.margin, sheet.y, "Informações técnicas", 9.5, bold=True, ink=_BRAND)
    sheet.y += 5
    heads = (
        ("Tipo de medição", 100), ("Medição", 100), ("Leitura anterior", 90), ("Leitura atual", 85), ("Constante", 68),
        ("Consumo kWh", 80),
    )  # fmt: skip
    columns = [Column(title, width, "left" if place < 2 else "right") for place, (title, width) in enumerate(heads)]
    readings = (number(Decimal(bill.previous), "pt", 0), number(Decimal(bill.current), "pt", 0))
    sheet.table(
        sheet.margin,
        columns,
        [("Energia kWh", bill.at.meter, *readings, "1", f"{bill.kwh}")],
        TableLook(size=7.5, rules="grid"),
    )
    text = (
        f"SALDO ATUAL DE GERAÇÃO: {number(Decimal(bill.generated), 'pt', 2)} kWh. Unidade participante do Sistema de "
        "Compensação de Energia Elétrica (SCEE). Débitos em aberto: não constam até a data de emissão."
    )
    sheet.y = sheet.paragraph(sheet.margin, sheet.y + 10, text, sheet.right - sheet.margin, 7.5, ink=GREY)


def _payment_slip(sheet: Sheet, bill: LightBill) -> None:
    top = sheet.height - 150
    sheet.canvas.setDash(3, 3)
    sheet.rule(sheet.margin, top, sheet.right, top)
    sheet.canvas.setDash()
    sheet.text(sheet.margin, top + 14, bill.at.seller.name, 8, bold=True)
    sheet.text(sheet.right, top + 14, "Via de pagamento - autenticação mecânica no verso", 7, align="right", ink=GREY)
    sheet.y = top + 22
    _pairs(
        sheet,
        sheet.margin,
        (
            ("Instalação", bill.at.installation, 130),
            ("Mês/Ano", bill.month, 110),
            ("Vencimento", day(bill.due, "pt"), 130),
            ("Total a pagar", f"R$ {money(bill.total)}", 153),
        ),
    )
    sheet.text(sheet.margin, top + 68, identifiers.payment_line(bill.barcode), 10, bold=True)
    bars = I2of5(bill.barcode, barHeight=38, barWidth=0.86, ratio=2.8, checksum=0, bearers=0, quiet=1)
    bars.drawOn(sheet.canvas, sheet.margin + 6, sheet.height - top - 116)

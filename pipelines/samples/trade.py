"""General invoices: goods and services sold by one invented firm to another, in English, German or Polish.

Each line's net is quantity x price, rounded; VAT is taken once for each rate on the sum of its nets (the
way EN 16931, BR-CO-17, has it), and the gross total is net plus VAT.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from pipelines.samples import identifiers
from pipelines.samples.people import Party, firm
from pipelines.samples.wording import cents


@dataclass(frozen=True, slots=True)
class TradeLine:
    description: str
    quantity: Decimal
    unit: str
    price: Decimal
    rate: Decimal

    @property
    def net(self) -> Decimal:
        return cents(self.quantity * self.price)


@dataclass(frozen=True, slots=True)
class Subtotal:
    """One VAT rate."""

    rate: Decimal
    base: Decimal

    @property
    def tax(self) -> Decimal:
        return cents(self.base * self.rate / 100)


@dataclass(frozen=True, slots=True)
class TradeInvoice:
    language: str
    currency: str
    number: str
    issued: date
    due: date
    start: date
    end: date
    seller: Party
    buyer: Party
    customer: str
    order: str
    iban: str
    lines: tuple[TradeLine, ...]

    @property
    def subtotals(self) -> tuple[Subtotal, ...]:
        rates = sorted({line.rate for line in self.lines}, reverse=True)
        return tuple(Subtotal(rate, sum((x.net for x in self.lines if x.rate == rate), Decimal(0))) for rate in rates)

    @property
    def net(self) -> Decimal:
        return sum((line.net for line in self.lines), Decimal(0))

    @property
    def tax(self) -> Decimal:
        return sum((subtotal.tax for subtotal in self.subtotals), Decimal(0))

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax


# description, unit, price, VAT rate
_GOODS = {
    "en": (
        ("Oak worktop, oiled, 3 m", "pcs", "184.50", "20"),
        ("Cabinet hinges, soft close, box of 20", "box", "37.20", "20"),
        ("Fitting and adjustment on site", "hrs", "46.00", "20"), ("Delivery to site", "job", "35.00", "20"),
        ("Beech dowel 8 mm, bag of 100", "bag", "6.45", "20"),
        ("Water-based varnish, satin, 2.5 l", "tin", "41.90", "20"),
    ),
    "de": (
        ("Blumenerde torffrei, 40 l", "Sack", "7,95", "19"), ("Lavendel im Topf, 12 cm", "Stk", "3,49", "7"),
        ("Heckenpflanzen Liguster, 60-80 cm", "Stk", "4,25", "7"), ("Pflanzarbeiten", "Std", "48,00", "19"),
        ("Anlieferung", "Psch", "25,00", "19"), ("Gartenbuch Staudenbeete", "Stk", "18,60", "7"),
    ),
    "pl": (
        ("Deska dębowa strugana 28 mm", "m2", "212,40", "23"),
        ("Wkręty ocynkowane 5x60, opak. 200 szt.", "opak.", "34,90", "23"),
        ("Montaż półek u klienta", "godz.", "95,00", "8"), ("Podręcznik stolarstwa", "szt.", "61,90", "5"),
        ("Olej do drewna bezbarwny 1 l", "szt.", "58,25", "23"), ("Transport", "usł.", "120,00", "23"),
    ),
}  # fmt: skip
# units of which one is sold at a time
_SINGLE = frozenset({"job", "Psch", "usł."})
_SELLER = {
    "en": "Harrow & Finch Joinery Ltd",
    "de": "Gärtnerei Sonnenwinkel GmbH",
    "pl": "Stolarnia Dębowa Dolina Sp. j.",
}
_COUNTRY = {"en": "GB", "de": "DE", "pl": "PL"}
_CURRENCY = {"en": "GBP", "de": "EUR", "pl": "PLN"}


def trade_invoice(rng: Random, language: str, number: str, issued: date, lines: int = 4) -> TradeInvoice:
    """An invoice of up to six lines over the month before its date."""
    country = _COUNTRY[language]
    seller, buyer = firm(rng, country, _SELLER[language]), firm(rng, country)
    while buyer.name == seller.name or buyer.street == seller.street:
        buyer = firm(rng, country)
    end = issued.replace(day=1) - timedelta(days=1)
    return TradeInvoice(
        language,
        _CURRENCY[language],
        number,
        issued,
        issued + timedelta(days=rng.choice((14, 21, 30))),
        end.replace(day=1),
        end,
        seller,
        buyer,
        identifiers.digits(rng, 6),
        identifiers.digits(rng, 7),
        identifiers.iban(rng, country),
        draw_lines(rng, language, lines),
    )


def draw_lines(rng: Random, language: str, count: int) -> tuple[TradeLine, ...]:
    goods = rng.sample(_GOODS[language], count)
    return tuple(
        TradeLine(
            text,
            Decimal(1 if unit in _SINGLE else rng.randrange(1, 25)),
            unit,
            Decimal(price.replace(",", ".")),
            Decimal(rate),
        )
        for text, unit, price, rate in goods
    )


def trade_truth(invoice: TradeInvoice) -> dict[str, Any]:
    truth: dict[str, Any] = {
        "doc_type": "invoice",
        "invoice_number": invoice.number,
        "issue_date": invoice.issued.isoformat(),
        "due_date": invoice.due.isoformat(),
        "period_start": invoice.start.isoformat(),
        "period_end": invoice.end.isoformat(),
        "seller_name": invoice.seller.name,
        "seller_tax_id": invoice.seller.tax_id,
        "buyer_name": invoice.buyer.name,
        "buyer_tax_id": invoice.buyer.tax_id,
        "client_number": invoice.customer,
        "net_total": str(invoice.net),
        "tax_total": str(invoice.tax),
        "gross_total": str(invoice.gross),
        "amount_due": str(invoice.gross),
        "currency": invoice.currency,
        "language": invoice.language,
        "country": invoice.seller.country,
        "bank_account": invoice.iban,
        "items": [
            {
                "description": line.description,
                "quantity": str(line.quantity),
                "unit": line.unit,
                "unit_price": str(line.price),
                "net": str(line.net),
                "tax_rate": str(line.rate),
            }
            for line in invoice.lines
        ],
    }
    if invoice.language == "pl":
        # the Polish layout prints the day of delivery, and neither a period nor a customer number
        for unprinted in ("period_start", "period_end", "client_number"):
            del truth[unprinted]
        truth["sale_date"] = invoice.end.isoformat()
    return truth

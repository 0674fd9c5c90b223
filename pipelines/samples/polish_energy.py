"""Polish electricity bills: what they charge for and what is true of them. `polish_energy_pages` draws them.

Arithmetic: each charge is quantity x price rounded to the grosz, the nets are added, and VAT is taken once
on the sum at 23 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Literal

from pipelines.samples import identifiers
from pipelines.samples.people import Party, firm
from pipelines.samples.wording import cents

VAT_RATE = Decimal(23)
Kind = Literal["settlement", "forecast", "correction"]


@dataclass(frozen=True, slots=True)
class Point:
    """Where energy is measured."""

    ppe: str
    meter: str
    tariff: str
    street: str
    town: str
    power_kw: int


@dataclass(frozen=True, slots=True)
class Reading:
    """One register of a meter: readings in kWh at both ends of the period."""

    zone: str
    previous: Decimal
    current: Decimal
    kind: str = "fizyczny"

    @property
    def kwh(self) -> Decimal:
        return self.current - self.previous


@dataclass(frozen=True, slots=True)
class Charge:
    section: str
    description: str
    quantity: Decimal
    unit: str
    price: Decimal

    @property
    def net(self) -> Decimal:
        return cents(self.quantity * self.price)


@dataclass(frozen=True, slots=True)
class Totals:
    net: Decimal
    tax: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax

    def __sub__(self, other: Totals) -> Totals:
        return Totals(self.net - other.net, self.tax - other.tax)


def totals(charges: tuple[Charge, ...]) -> Totals:
    net = sum((charge.net for charge in charges), Decimal(0))
    return Totals(net, cents(net * VAT_RATE / 100))


@dataclass(frozen=True, slots=True)
class Supply:
    """What stays the same from bill to bill: who sells to whom, at which point."""

    seller: Party
    buyer: Party
    client: str
    account: str
    point: Point
    regon: str


@dataclass(frozen=True, slots=True)
class Bill:
    """One bill. `before` and `corrected` are set on corrections only."""

    kind: Kind
    number: str
    issued: date
    due: date
    start: date
    end: date
    supply: Supply
    readings: tuple[Reading, ...]
    charges: tuple[Charge, ...]
    before: Bill | None = None
    reason: str = ""

    @property
    def kwh(self) -> Decimal:
        """Energy billed: what the readings say, or on a forecast what is expected."""
        if self.readings:
            return sum((reading.kwh for reading in self.readings), Decimal(0))
        return sum((c.quantity for c in self.charges if c.section == ENERGY and c.unit == "kWh"), Decimal(0))

    @property
    def totals(self) -> Totals:
        """Totals of the bill; of a correction, what it changes."""
        after = totals(self.charges)
        return after - totals(self.before.charges) if self.before else after


ENERGY, GRID = "Sprzedaż energii elektrycznej", "Usługi dystrybucji"
_SELLERS = (
    ("Bursztynowa Energia Obrót S.A.", "ul. Latarników 5", "81-997 Gdynia"),
    ("Prąd Południe Sprzedaż Sp. z o.o.", "ul. Hutnicza 20", "44-998 Gliwice"),
    ("Wschodni Wiatr Energetyka S.A.", "al. Zwycięstwa 11", "15-996 Białystok"),
)
_ZONES = {
    "G11": ("całodobowa",),
    "C11": ("całodobowa",),
    "G12": ("dzienna", "nocna"),
    "C12a": ("szczytowa", "pozaszczytowa"),
}
_SHARE = {"całodobowa": Decimal(1), "dzienna": Decimal("0.58"), "nocna": Decimal("0.42"), "szczytowa": Decimal("0.35")}
_PRICES = {
    "całodobowa": ("0.6212", "0.3341"), "dzienna": ("0.6845", "0.3727"), "nocna": ("0.4519", "0.1008"),
    "szczytowa": ("0.7931", "0.3910"), "pozaszczytowa": ("0.5342", "0.1655"),
}  # fmt: skip


def draw_supply(rng: Random, tariff: str, buyer: Party | None = None) -> Supply:
    name, street, town = rng.choice(_SELLERS)
    seller = Party(name, street, town, identifiers.nip(rng), "PL")
    buyer = buyer or firm(rng, "PL")
    return Supply(
        seller,
        buyer,
        client=identifiers.digits(rng, 8),
        account=identifiers.nrb(rng),
        point=draw_point(rng, tariff, buyer.street, buyer.town),
        regon=identifiers.regon(rng),
    )


def draw_point(rng: Random, tariff: str, street: str, town: str) -> Point:
    return Point(identifiers.ppe(rng), identifiers.digits(rng, 8), tariff, street, town, rng.randrange(5, 32))


def month_end(start: date) -> date:
    return (start.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def draw_readings(rng: Random, tariff: str, kwh: int) -> tuple[Reading, ...]:
    """Readings of every zone of the tariff; together they make about `kwh`."""
    readings, rest = [], kwh
    zones = _ZONES[tariff]
    for zone in zones:
        used = rest if zone == zones[-1] else int(kwh * _SHARE[zone])
        rest -= used
        previous = Decimal(rng.randrange(1_000, 60_000))
        readings.append(Reading(zone, previous, previous + used))
    return tuple(readings)


def charges_for(point: Point, used: tuple[tuple[str, Decimal], ...], months: int) -> tuple[Charge, ...]:
    """Charges for kWh by zone over whole months, in the order in which bills print them."""
    whole = sum((kwh for _, kwh in used), Decimal(0))
    month = Decimal(months)
    return (
        *(Charge(ENERGY, f"Energia czynna {zone}", kwh, "kWh", Decimal(_PRICES[zone][0])) for zone, kwh in used),
        Charge(ENERGY, "Opłata handlowa", month, "mc", Decimal("9.90")),
        *(Charge(GRID, f"Opłata sieciowa zmienna {zone}", kwh, "kWh", Decimal(_PRICES[zone][1])) for zone, kwh in used),
        Charge(GRID, "Opłata sieciowa stała", Decimal(point.power_kw) * month, "kW/mc", Decimal("2.17")),
        Charge(GRID, "Opłata jakościowa", whole, "kWh", Decimal("0.0321")),
        Charge(GRID, "Opłata OZE", whole, "kWh", Decimal("0.0035")),
        Charge(GRID, "Opłata kogeneracyjna", whole, "kWh", Decimal("0.0030")),
        Charge(GRID, "Opłata mocowa", month, "mc", Decimal("11.44")),
        Charge(GRID, "Opłata abonamentowa", month, "mc", Decimal("4.56")),
    )


def settlement(rng: Random, supply: Supply, start: date, number: str, kwh: int, months: int = 1) -> Bill:
    """A bill for what was read on the meter."""
    end = start
    for _ in range(months):
        end = month_end(end) + timedelta(days=1)
    end -= timedelta(days=1)
    issued = end + timedelta(days=rng.randrange(3, 9))
    readings = draw_readings(rng, supply.point.tariff, kwh)
    charges = charges_for(supply.point, tuple((r.zone, r.kwh) for r in readings), months)
    return Bill("settlement", number, issued, issued + timedelta(days=14), start, end, supply, readings, charges)


def forecast(rng: Random, supply: Supply, start: date, number: str, kwh: int) -> Bill:
    """A bill for two months to come; no meter was read."""
    end = month_end(month_end(start) + timedelta(days=1))
    issued = start - timedelta(days=rng.randrange(6, 12))
    zones = _ZONES[supply.point.tariff]
    used = tuple((zone, Decimal(int(kwh * _SHARE.get(zone, Decimal(1))))) for zone in zones)
    charges = charges_for(supply.point, used, 2)
    return Bill("forecast", number, issued, start + timedelta(days=9), start, end, supply, (), charges)


def correction(rng: Random, original: Bill, number: str, misread_kwh: int) -> Bill:
    """A correction of the original's last reading, down by `misread_kwh`."""
    first = original.readings[0]
    readings = (Reading(first.zone, first.previous, first.current - misread_kwh, "korekta"), *original.readings[1:])
    charges = charges_for(original.supply.point, tuple((r.zone, r.kwh) for r in readings), 1)
    issued = original.issued + timedelta(days=rng.randrange(15, 30))
    return Bill(
        "correction",
        number,
        issued,
        issued + timedelta(days=14),
        original.start,
        original.end,
        original.supply,
        readings,
        charges,
        before=original,
        reason="błędny odczyt licznika",
    )


def item_truth(charge: Charge, *, before: bool = False) -> dict[str, Any]:
    item: dict[str, Any] = {
        "description": charge.description,
        "quantity": str(charge.quantity),
        "unit": charge.unit,
        "unit_price": str(charge.price),
        "net": str(charge.net),
        "tax_rate": str(VAT_RATE),
    }
    return {**item, "before_correction": True} if before else item


def bill_truth(bill: Bill) -> dict[str, Any]:
    """What is true of the bill, in the corpus' field names. Totals of a correction are its differences."""
    supply, total = bill.supply, bill.totals
    truth: dict[str, Any] = {
        "doc_type": bill.kind,
        "invoice_number": bill.number,
        "issue_date": bill.issued.isoformat(),
        "due_date": bill.due.isoformat(),
        "period_start": bill.start.isoformat(),
        "period_end": bill.end.isoformat(),
        "seller_name": supply.seller.name,
        "seller_tax_id": supply.seller.tax_id,
        "buyer_name": supply.buyer.name,
        "buyer_tax_id": supply.buyer.tax_id,
        "client_number": supply.client,
        "metering_point": supply.point.ppe,
        "meter_number": supply.point.meter,
        "tariff_group": supply.point.tariff,
        "consumption_kwh": str(bill.kwh),
        "net_total": str(total.net),
        "tax_total": str(total.tax),
        "gross_total": str(total.gross),
        "amount_due": str(total.gross),
        "currency": "PLN",
        "bank_account": supply.account,
        "language": "pl",
        "country": "PL",
        "items": [item_truth(charge) for charge in bill.charges],
    }
    if bill.kind == "forecast":
        truth["meter_number"] = ""  # a forecast names no meter
    if bill.before:
        truth["corrects"] = [{"invoice_number": bill.before.number, "issue_date": bill.before.issued.isoformat()}]
        truth["correction_reason"] = bill.reason
        truth["items"] = [item_truth(charge, before=True) for charge in bill.before.charges] + truth["items"]
        # which of the three a correction's consumption is, is the reader's choice: none is scored
        del truth["consumption_kwh"]
        truth |= {"kwh_before": str(bill.before.kwh), "kwh_after": str(bill.kwh)}
    return {key: value for key, value in truth.items() if value != ""}

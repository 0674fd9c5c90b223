"""What a random invoice states: parties, dates, lines and totals that close to the cent, and how it writes numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Literal

from stdnum import luhn
from stdnum.ch import uid as swiss_uid

from pipelines.samples import identifiers
from tests.benchmarks import random_wording as wording

Kind = Literal["invoice", "credit_note", "receipt", "electricity"]
ZERO = Decimal(0)
KEY_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass(frozen=True)
class Firm:
    name: str
    street: str
    town: str
    country: str
    tax_id: str
    """As printed."""


@dataclass(frozen=True)
class Line:
    description: str
    code: str
    quantity: Decimal
    unit: str
    price: Decimal
    """Net, or gross where the invoice prices gross."""
    discount: Decimal
    """Percent."""
    rate: Decimal
    amount: Decimal
    """quantity x price less discount, rounded: net or gross like the price."""


@dataclass(frozen=True)
class Reading:
    zone: str
    previous: int
    current: int

    @property
    def kwh(self) -> int:
        return self.current - self.previous


@dataclass(frozen=True)
class Energy:
    point: str
    meter: str
    tariff: str
    readings: tuple[Reading, ...]

    @property
    def kwh(self) -> int:
        return sum(reading.kwh for reading in self.readings)


@dataclass(frozen=True)
class Habits:
    """How this sender writes numbers, dates and money."""

    group: str
    point: str
    indian: bool
    date_form: str
    language: str
    currency_mark: str
    mark_before: bool

    def number(self, value: Decimal, places: int = 2) -> str:
        whole, _, fraction = f"{abs(value):.{places}f}".partition(".")
        if self.indian and len(whole) > 3:
            head, tail = whole[:-3], whole[-3:]
            whole = self.group.join([*_chunks(head, 2), tail])
        else:
            whole = self.group.join(_chunks(whole, 3))
        return ("-" if value < 0 else "") + whole + (self.point + fraction if fraction else "")

    def quantity(self, value: Decimal) -> str:
        return self.number(value, max(0, -int(value.normalize().as_tuple().exponent)))

    def money(self, value: Decimal) -> str:
        """With its currency."""
        number = self.number(value)
        if not self.mark_before:
            return f"{number} {self.currency_mark}"
        space = "" if self.currency_mark in {"£", "$", "€"} else " "
        return f"{self.currency_mark}{space}{number}"

    def day(self, value: date) -> str:
        month = wording.MONTHS[self.language][value.month - 1]
        return self.date_form.format(
            d=value.day,
            m=value.month,
            y=value.year,
            yy=value.year % 100,
            month=month,
            mon=month[:3],
            Mon=month[:3].capitalize(),
        )


def _chunks(digits: str, size: int) -> list[str]:
    head = len(digits) % size
    return ([digits[:head]] if head else []) + [digits[at : at + size] for at in range(head, len(digits), size)]


@dataclass(frozen=True)
class Facts:
    kind: Kind
    language: str
    currency: str
    number: str
    issued: date
    due: date
    terms_days: int
    period: tuple[date, date]
    seller: Firm
    buyer: Firm
    client: str
    order: str
    iban: str
    lines: tuple[Line, ...]
    gross_prices: bool
    paid: Decimal
    habits: Habits
    energy: Energy | None = None
    corrects: tuple[str, date] | None = None
    sign: int = 1
    """-1 where a credit note prints its amounts below zero."""
    access_key: str = ""
    barcode: str = ""
    before: tuple[Line, ...] = ()
    """Polish corrections show the lines before and after; totals are the difference."""
    subtotals: tuple[tuple[Decimal, Decimal, Decimal], ...] = field(default=())
    """Rate, base and tax for each rate, highest first."""

    @property
    def net(self) -> Decimal:
        return sum((base for _, base, _ in self.subtotals), ZERO)

    @property
    def tax(self) -> Decimal:
        return sum((tax for _, _, tax in self.subtotals), ZERO)

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax


GROUPINGS: dict[str, tuple[tuple[str, str], ...]] = {
    "PL": ((" ", ","), (" ", ","), ("", ","), (".", ",")),
    "BR": ((".", ","),),
    "GB": ((",", "."), ("", ".")),
    "US": ((",", "."),),
    "IE": ((",", "."),),
    "IN": ((",", "."),),
    "DE": ((".", ","), (".", ","), ("", ",")),
    "CH": (("'", "."), ("’", ".")),
    "FR": ((" ", ","), (" ", ","), ("", ",")),
    "ES": ((".", ","), ("", ",")),
    "IT": ((".", ","), ("", ",")),
    "NL": ((".", ","), ("", ",")),
}
NUMERIC = ("{d:02}.{m:02}.{y}",)
DATE_FORMS: dict[str, tuple[str, ...]] = {
    "PL": ("{d:02}.{m:02}.{y}", "{y}-{m:02}-{d:02}", "{d:02}-{m:02}-{y}", "{d} {month} {y}", "{d:02}.{m:02}.{y} r."),
    "BR": ("{d:02}/{m:02}/{y}", "{d:02}/{m:02}/{y}", "{d} de {month} de {y}", "{d:02}/{Mon}/{y}"),
    "GB": ("{d:02}/{m:02}/{y}", "{d} {month} {y}", "{d:02} {mon} {y}", "{d:02}-{mon}-{y}", "{y}-{m:02}-{d:02}"),
    "US": ("{m:02}/{d:02}/{y}", "{month} {d}, {y}", "{mon} {d}, {y}", "{m}/{d}/{y}"),
    "IE": ("{d:02}/{m:02}/{y}", "{d} {month} {y}"),
    "IN": ("{d:02}-{mon}-{y}", "{d:02}/{m:02}/{y}", "{d:02}-{m:02}-{y}"),
    "DE": ("{d:02}.{m:02}.{y}", "{d}. {month} {y}", "{y}-{m:02}-{d:02}", "{d:02}.{m:02}.{yy:02}"),
    "CH": ("{d:02}.{m:02}.{y}", "{d}. {month} {y}"),
    "FR": ("{d:02}/{m:02}/{y}", "{d} {month} {y}", "{d:02}-{m:02}-{y}"),
    "ES": ("{d:02}/{m:02}/{y}", "{d} de {month} de {y}", "{d:02}-{m:02}-{y}"),
    "IT": ("{d:02}/{m:02}/{y}", "{d} {month} {y}", "{d:02}-{m:02}-{y}"),
    "NL": ("{d:02}-{m:02}-{y}", "{d} {month} {y}", "{d:02}/{m:02}/{y}"),
}


def draw_facts(rng: Random, language: str) -> Facts:
    """A random invoice in the language; arithmetic closes by construction."""
    country = rng.choice(wording.COUNTRIES[language])
    kind = _kind(rng, language)
    habits = _habits(rng, language, country)
    issued = date(2024, 1, 1) + timedelta(days=rng.randrange(900))
    terms = rng.choice((7, 10, 14, 21, 30, 45, 60))
    energy = _energy(rng, language, country) if kind == "electricity" else None
    gross_prices = kind == "receipt" or country == "BR" or (kind == "invoice" and rng.random() < 0.1)
    period_end = issued.replace(day=1) - timedelta(days=1)
    period_start = (period_end.replace(day=1) - timedelta(days=rng.choice((0, 0, 1)))).replace(day=1)
    lines = _energy_lines(rng, language, country, energy) if energy else _goods_lines(rng, language, country, kind)
    subtotals = rate_subtotals(lines, gross_prices=gross_prices)
    before: tuple[Line, ...] = ()
    if kind == "credit_note" and language == "pl" and rng.random() < 0.6:
        before, lines = lines[:8], tuple(_corrected(rng, line, place) for place, line in enumerate(lines[:8]))
        subtotals = tuple(
            (rate, base - old_base, tax - old_tax)
            for (rate, base, tax), (_, old_base, old_tax) in zip(
                rate_subtotals(lines, gross_prices=False), rate_subtotals(before, gross_prices=False), strict=True
            )
        )
    gross = sum((base + tax for _, base, tax in subtotals), ZERO)
    seller = draw_firm(rng, language, country, energy=energy is not None)
    sign = -1 if kind == "credit_note" and not before and rng.random() < 0.4 else 1
    if sign < 0:
        lines = tuple(_negated(line) for line in lines)
        subtotals = tuple((rate, -base, -tax) for rate, base, tax in subtotals)
        gross = -gross
    paid = (
        cents(gross * rng.choice((Decimal("0.2"), Decimal("0.5"))))
        if kind == "invoice" and rng.random() < 0.08
        else ZERO
    )
    corrected = issued - timedelta(days=rng.randrange(5, 60))
    original = (draw_number(rng, corrected.year), corrected)
    buyer = draw_firm(rng, language, country)
    while set(buyer.name.upper().split()) & set(seller.name.upper().split()) - set(
        " ".join(wording.FORMS[country]).upper().split()
    ):
        buyer = draw_firm(rng, language, country)
    brazilian_bill = kind == "electricity" and country == "BR"
    # the access key holds the number: the two are one fact
    serial = rng.randrange(10**5, 10**8) if brazilian_bill else 0
    return Facts(
        kind=kind,
        language=language,
        currency=wording.CURRENCIES[country],
        number=str(serial) if brazilian_bill else draw_number(rng, issued.year),
        issued=issued,
        due=issued + timedelta(days=terms),
        terms_days=terms,
        period=(period_start, period_end),
        seller=seller,
        buyer=buyer,
        client=draw_client(rng),
        order=identifiers.digits(rng, rng.randrange(4, 9)),
        iban=identifiers.iban(rng, country if country in IBANS else "DE"),
        lines=lines,
        gross_prices=gross_prices,
        paid=paid,
        habits=habits,
        energy=energy,
        corrects=original if kind == "credit_note" else None,
        sign=sign,
        before=before,
        access_key=identifiers.access_key(rng, state="SP", issued=issued, tax_id=seller.tax_id, series=1, number=serial)
        if brazilian_bill
        else "",
        barcode=identifiers.collection_barcode(rng, gross, 999) if brazilian_bill else "",
        subtotals=subtotals,
    )


IBANS = {"PL", "GB", "DE", "FR", "ES", "IT", "NL"}


def _kind(rng: Random, language: str) -> Kind:
    energy = 0.4 if language in {"pl", "pt"} else 0.12
    throw = rng.random()
    if throw < energy:
        return "electricity"
    if throw < energy + 0.08:
        return "credit_note"
    return "receipt" if throw < energy + 0.16 else "invoice"


def _habits(rng: Random, language: str, country: str) -> Habits:
    group, point = rng.choice(GROUPINGS[country])
    mark = rng.choice(wording.SYMBOLS[wording.CURRENCIES[country]])
    before = mark in {"£", "$", "R$", "Rs.", "CHF", "INR"} or (
        mark == "€" and (language in {"nl", "en", "it"} or rng.random() < 0.2)
    )
    return Habits(group, point, country == "IN", rng.choice(DATE_FORMS[country]), language, mark, before)


def _corrected(rng: Random, line: Line, place: int) -> Line:
    """The line as it ought to have been: the first and some others cost less."""
    if place > 0 and rng.random() < 0.5:
        return line
    price = cents(line.price * Decimal("0.9"))
    amount = cents(line.quantity * price * (100 - line.discount) / 100)
    return replace(line, price=price, amount=amount)


def _negated(line: Line) -> Line:
    return Line(
        line.description, line.code, -line.quantity, line.unit, line.price, line.discount, line.rate, -line.amount
    )


def draw_number(rng: Random, year: int) -> str:
    """An invoice number in one of the many forms in use."""
    serial = rng.randrange(1, 99999)
    forms: tuple[Callable[[], str], ...] = (
        lambda: f"FV/{year}/{rng.randrange(1, 13):02}/{serial}",
        lambda: f"{year}-{serial:05}",
        lambda: f"INV-{serial:06}",
        lambda: f"{serial + 100000}",
        lambda: f"{serial}/{year}",
        lambda: f"R{year % 100}{serial:06}",
        lambda: f"{rng.choice('ABFKMS')}{serial:05}-{rng.randrange(10)}",
        lambda: f"{serial:04}/{rng.randrange(1, 13):02}/{year}",
        lambda: f"F{year}.{serial:04}",
        lambda: identifiers.digits(rng, 10),
        lambda: f"{year}{serial:06}",
    )
    return rng.choice(forms)()


def draw_client(rng: Random) -> str:
    return rng.choice(("", "", "K", "C-", "D")) + identifiers.digits(rng, rng.randrange(5, 11))


def draw_firm(rng: Random, language: str, country: str, *, energy: bool = False) -> Firm:
    root, form = rng.choice(wording.ROOTS[language]), rng.choice(wording.FORMS[country])
    trade = rng.choice((wording.ENERGY_TRADES if energy else wording.TRADES)[language])
    name = rng.choice((f"{root} {trade} {form}", f"{root} {trade} {form}", f"{trade} {root} {form}", f"{root} {form}"))
    if energy:
        name = f"{root} {trade} {form}"
    if country == "BR" and rng.random() < 0.5:
        name = name.upper()
    number = rng.randrange(1, 180)
    town = rng.choice(wording.TOWNS[country])
    for size in range(1, 7):
        while f"{{{size}}}" in town:
            town = town.replace(f"{{{size}}}", identifiers.digits(rng, size), 1)
    return Firm(name, rng.choice(wording.STREETS[country]).format(number), town, country, draw_tax_id(rng, country))


def draw_tax_id(rng: Random, country: str) -> str:
    """As invoices of the country print it."""
    match country:
        case "PL":
            number = identifiers.nip(rng)
            return rng.choice(
                (
                    number,
                    identifiers.grouped(number, 3, 3, 2, by="-"),
                    "PL" + number,
                    identifiers.grouped(number, 3, 2, 2, 3, by="-"),
                )
            )
        case "BR":
            return identifiers.cnpj(rng)
        case "US":
            return f"{identifiers.digits(rng, 2)}-{identifiers.digits(rng, 7)}"
        case "IE":
            body = identifiers.digits(rng, 7)
            total = sum(int(digit) * weight for digit, weight in zip(body, range(8, 1, -1), strict=True))
            return f"IE{body}{'WABCDEFGHIJKLMNOPQRSTUV'[total % 23]}"
        case "IN":
            return _gstin(rng)
        case "CH":
            while True:
                body = identifiers.digits(rng, 8)
                if swiss_uid.is_valid(f"CHE{body}{_swiss_digit(body)}"):
                    return f"CHE-{body[:3]}.{body[3:6]}.{body[6:]}{_swiss_digit(body)} MWST"
        case "GB":
            number = identifiers.vat_id(rng, "GB")
            return rng.choice(
                (number, f"GB {identifiers.grouped(number[2:], 3, 4, 2)}", identifiers.grouped(number[2:], 3, 4, 2))
            )
        case "ES":
            number = identifiers.vat_id(rng, "ES")
            return rng.choice((number, number[2:], f"{number[2]}-{number[3:]}"))
        case "IT":
            number = identifiers.vat_id(rng, "IT")
            return rng.choice((number, number[2:]))
        case "FR":
            number = identifiers.vat_id(rng, "FR")
            return rng.choice((number, f"{number[:4]} {identifiers.grouped(number[4:], 3)}"))
        case _:
            return identifiers.vat_id(rng, country)


def _swiss_digit(body: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(body, (5, 4, 3, 2, 7, 6, 5, 4), strict=True))
    return str(-total % 11)


def _gstin(rng: Random) -> str:
    letters = "".join(rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(3))
    body = f"29{letters}C{rng.choice('KMRS')}{identifiers.digits(rng, 4)}{rng.choice('ABCDEFGH')}1Z"
    return body + luhn.calc_check_digit(body, KEY_36)


def _goods_lines(rng: Random, language: str, country: str, kind: Kind) -> tuple[Line, ...]:
    throw = rng.random()
    count = rng.randrange(1, 7) if throw < 0.8 else rng.randrange(7, 16) if throw < 0.93 else rng.randrange(30, 75)
    if kind == "receipt":
        count = min(count, 9)
    rates = rng.sample(wording.RATES[country], min(len(wording.RATES[country]), rng.choice((1, 1, 2, 3))))
    discounted = kind == "invoice" and rng.random() < 0.15
    scale = 50 if kind == "receipt" else rng.choice((100, 100, 1000, 20000))
    lines = []
    for _ in range(count):
        quantity = Decimal(rng.randrange(1, 40)) if rng.random() < 0.85 else Decimal(rng.randrange(5, 400)) / 10
        price = Decimal(rng.randrange(99, 99 * scale)) / 100
        discount = Decimal(rng.choice((0, 5, 10, 15))) if discounted else ZERO
        amount = cents(quantity * price * (100 - discount) / 100)
        goods = rng.choice(wording.GOODS[language])
        code = f"{rng.choice('ABCDKX')}{rng.randrange(100, 9999)}"
        lines.append(
            Line(
                goods,
                code,
                quantity,
                rng.choice(wording.UNITS[language]),
                price,
                discount,
                Decimal(rng.choice(rates)),
                amount,
            )
        )
    return tuple(lines)


def _energy(rng: Random, language: str, country: str) -> Energy:
    match country:
        case "PL":
            point = identifiers.ppe(rng)
        case "ES":
            point = "ES00" + identifiers.digits(rng, 16) + "AB"
        case "IT":
            point = "IT001E" + identifiers.digits(rng, 8)
        case "FR":
            point = identifiers.digits(rng, 14)
        case "NL":
            point = "8716" + identifiers.digits(rng, 14)
        case "DE" | "CH":
            point = identifiers.digits(rng, 11)
        case "BR":
            point = identifiers.digits(rng, rng.choice((8, 9, 10)))
        case _:
            point = identifiers.digits(rng, 13)
    readings = []
    for zone in rng.choice(wording.ZONES[language]):
        previous = rng.randrange(500, 90000)
        readings.append(Reading(zone, previous, previous + rng.randrange(35, 2400)))
    tariff = {"PL": rng.choice(("G11", "G12", "C11", "C12a")), "BR": "B1"}.get(
        country, rng.choice(("Basis", "Flex 12", "Eco"))
    )
    meter = rng.choice(("", "", "A", "ME")) + identifiers.digits(rng, rng.choice((8, 8, 9, 11)))
    return Energy(point, meter, tariff, tuple(readings))


def _energy_lines(rng: Random, language: str, country: str, energy: Energy) -> tuple[Line, ...]:
    used, fixed = wording.ENERGY[language]
    rate = Decimal(wording.RATES[country][0])
    lines = []
    for place, text in enumerate(used):
        split = energy.readings if place == 0 and len(energy.readings) > 1 else ()
        for title, kwh in [(f"{text} {r.zone}", r.kwh) for r in split] or [(text, energy.kwh)]:
            price = Decimal(rng.randrange(30, 9000)) / 10000
            lines.append(Line(title, "", Decimal(kwh), "kWh", price, ZERO, rate, cents(price * kwh)))
    for text in fixed:
        price = Decimal(rng.randrange(99, 4000)) / 100
        month = {
            "pl": "mc",
            "pt": "mês",
            "en": "month",
            "de": "Mon.",
            "fr": "mois",
            "es": "mes",
            "it": "mese",
            "nl": "mnd",
        }[language]
        lines.append(Line(text, "", Decimal(1), month, price, ZERO, rate, price))
    return tuple(lines)


def rate_subtotals(lines: tuple[Line, ...], *, gross_prices: bool) -> tuple[tuple[Decimal, Decimal, Decimal], ...]:
    found = []
    for rate in sorted({line.rate for line in lines}, reverse=True):
        total = sum((line.amount for line in lines if line.rate == rate), ZERO)
        if gross_prices:
            tax = cents(total * rate / (100 + rate))
            found.append((rate, total - tax, tax))
        else:
            found.append((rate, total, cents(total * rate / 100)))
    return tuple(found)

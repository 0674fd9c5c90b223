"""Gas and water bills: what they charge for and what is true of them. `utility_pages` draws them.

Gas is metered in m3 and billed in kWh: by one factor in Poland and France, by Zustandszahl and Brennwert in Germany,
by 1.02264 and a calorific value in MJ in Britain; the energy is rounded to whole kWh. Water is billed by m3, and
sewage by the same m3. VAT is taken once on the sum of the nets.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from random import Random
from typing import Any, Literal

from pipelines.samples import identifiers
from pipelines.samples.people import Party, firm
from pipelines.samples.wording import cents

Commodity = Literal["gas", "water"]
Look = Literal["table", "list"]
_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class UtilityLine:
    description: str
    quantity: Decimal
    unit: str
    price: Decimal

    @property
    def net(self) -> Decimal:
        return cents(self.quantity * self.price)


@dataclass(frozen=True, slots=True)
class UtilityBill:
    """One bill. `factors`: what the volume is multiplied by to give kWh, as printed; none for water."""

    commodity: Commodity
    language: str
    look: Look
    number: str
    issued: date
    start: date
    end: date
    seller: Party
    buyer: Party
    customer: str
    point: str
    meter: str
    iban: str
    previous: Decimal
    current: Decimal
    factors: tuple[tuple[str, Decimal], ...]
    lines: tuple[UtilityLine, ...]
    rate: Decimal

    @property
    def due(self) -> date:
        return self.issued + timedelta(days=14)

    @property
    def volume(self) -> Decimal:
        return self.current - self.previous

    @property
    def energy(self) -> Decimal:
        """KWh of the gas, whole."""
        return _energy(self.volume, self.factors)

    @property
    def net(self) -> Decimal:
        return sum((line.net for line in self.lines), Decimal(0))

    @property
    def tax(self) -> Decimal:
        return cents(self.net * self.rate / 100)

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax


def _energy(volume: Decimal, factors: tuple[tuple[str, Decimal], ...]) -> Decimal:
    reached = volume
    for name, factor in factors:
        reached *= factor / Decimal("3.6") if name == "mj" else factor
    return reached.quantize(_ONE, ROUND_HALF_UP)


_SELLERS = {
    ("gas", "pl"): "Błękitny Płomień Obrót Gazem S.A.",
    ("gas", "de"): "Nordufer Erdgas Vertrieb GmbH",
    ("gas", "en"): "Fernhollow Gas Supply Ltd",
    ("gas", "fr"): "Gaz du Val Inventé SA",
    ("water", "pl"): "Wodociągi Nowe Brzozy Sp. z o.o.",
    ("water", "de"): "Wasserwerke Oberlindach GmbH",
    ("water", "en"): "Averham Water Services Ltd",
    ("water", "fr"): "Eaux de la Fontaine Inventée SA",
}
_COUNTRY = {"pl": "PL", "de": "DE", "en": "GB", "fr": "FR"}
_RATES = {"pl": ("23", "8"), "de": ("19", "7"), "en": ("20", "20"), "fr": ("20", "10")}
_FACTORS: dict[str, tuple[tuple[str, str], ...]] = {
    "pl": (("kwh", "11.347"),),
    "de": (("factor", "0.9524"), ("kwh", "11.286")),
    "en": (("factor", "1.02264"), ("mj", "39.4")),
    "fr": (("kwh", "11.21"),),
}
_GAS_LINES = {
    "pl": (("Paliwo gazowe", "kWh", "0.2391"), ("Opłata dystrybucyjna zmienna", "kWh", "0.0612")),
    "de": (("Arbeitspreis Erdgas", "kWh", "0.0984"), ("Gasnetz Entgelt Arbeit", "kWh", "0.0172")),
    "en": (("Gas used", "kWh", "0.0624"),),
    "fr": (("Consommation de gaz naturel", "kWh", "0.0871"),),
}
_MONTHLY = {
    "pl": ("Opłata abonamentowa", "mc", "6.43"), "de": ("Grundpreis", "Monat", "9.15"),
    "en": ("Standing charge", "days", "0.2914"), "fr": ("Abonnement", "mois", "8.40"),
}  # fmt: skip
_WATER_LINES = {
    "pl": (("Dostawa wody", "m3", "4.87"), ("Odprowadzanie ścieków", "m3", "7.12")),
    "de": (("Trinkwasser", "m3", "1.94"), ("Schmutzwasser", "m3", "2.68")),
    "en": (("Fresh water supply", "m3", "1.732"), ("Sewerage", "m3", "2.051")),
    "fr": (("Eau potable", "m3", "2.143"), ("Assainissement", "m3", "1.884")),
}


def utility_bill(
    rng: Random, commodity: Commodity, language: str, look: Look, number: str, start: date, volume: int
) -> UtilityBill:
    """A bill for `volume` m3 over three months from `start`."""
    country = _COUNTRY[language]
    seller = _party(rng, country, _SELLERS[commodity, language])
    buyer = _party(rng, country)
    end = start + timedelta(days=91)
    factors = tuple((name, Decimal(value)) for name, value in _FACTORS[language]) if commodity == "gas" else ()
    used = _energy(Decimal(volume), factors) if factors else Decimal(volume)
    billed = _GAS_LINES[language] if factors else _WATER_LINES[language]
    lines = [UtilityLine(words, used, unit, Decimal(price)) for words, unit, price in billed]
    words, unit, price = _MONTHLY[language]
    lines.append(UtilityLine(words, Decimal(92 if unit == "days" else 3), unit, Decimal(price)))
    previous = Decimal(rng.randrange(1_100, 8_000))
    return UtilityBill(
        commodity,
        language,
        look,
        number,
        end + timedelta(days=rng.randrange(4, 9)),
        start,
        end,
        seller,
        buyer,
        identifiers.digits(rng, 9),
        identifiers.ppe(rng) if country == "PL" else identifiers.digits(rng, 14),
        identifiers.digits(rng, 8),
        identifiers.iban(rng, country),
        previous,
        previous + volume,
        factors,
        tuple(lines),
        Decimal(_RATES[language][commodity == "water"]),
    )


def _party(rng: Random, country: str, name: str = "") -> Party:
    if country == "FR":  # no firms of that country are invented elsewhere
        place = rng.choice((("14 rue des Tilleuls", "99998 Valmorin"), ("3 quai de la Forge", "99997 Pontessart")))
        return Party(name or "Boulangerie du Moulin Bleu SARL", *place, identifiers.vat_id(rng, "FR"), "FR")
    return firm(rng, country, name)


def utility_truth(bill: UtilityBill) -> dict[str, Any]:
    """What is true of the bill; its kind's own fields under `details`."""
    own = {"volume_m3": f"{bill.volume}"}
    if bill.commodity == "gas":
        own["energy_kwh"] = f"{bill.energy}"
    else:
        own["sewage_m3"] = f"{bill.volume}"
    return {
        "doc_type": "invoice",
        "kind": bill.commodity,
        "invoice_number": bill.number,
        "issue_date": bill.issued.isoformat(),
        "net_total": str(bill.net),
        "tax_total": str(bill.tax),
        "gross_total": str(bill.gross),
        "currency": {"pl": "PLN", "en": "GBP"}.get(bill.language, "EUR"),
        "language": bill.language,
        "country": _COUNTRY[bill.language],
        "details": own,
    }


_SET: tuple[tuple[str, Commodity, str, Look, int], ...] = (
    ("gaz-2026-q1", "gas", "pl", "table", 812), ("woda-2026-q1", "water", "pl", "table", 34),
    ("gasrechnung-2026-q1", "gas", "de", "list", 1241), ("wasser-2026-q1", "water", "de", "table", 41),
    ("gas-bill-2026-q1", "gas", "en", "list", 387), ("water-bill-2026-q1", "water", "en", "list", 29),
    ("facture-gaz-2026-q1", "gas", "fr", "table", 654), ("facture-eau-2026-q1", "water", "fr", "list", 27),
)  # fmt: skip


def draw_utilities(folder: Path, seed: int = 1) -> dict[str, dict[str, Any]]:
    """Write gas and water bills of four languages and two looks into `folder`. Returns file name -> truth."""
    from pipelines.samples.utility_pages import draw_utility_bill

    folder.mkdir(parents=True, exist_ok=True)
    drawn: dict[str, dict[str, Any]] = {}
    for name, commodity, language, look, volume in _SET:
        rng = Random(f"{seed}/{name}")
        number = f"{commodity[0].upper()}{rng.randrange(10_000, 99_999)}/2026"
        bill = utility_bill(rng, commodity, language, look, number, date(2026, 1, 1), volume)
        folder.joinpath(f"{name}.pdf").write_bytes(draw_utility_bill(bill))
        drawn[f"{name}.pdf"] = utility_truth(bill)
    return drawn

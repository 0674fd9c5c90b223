"""Values in one form, whatever was printed: tax ids, metering points, units, names, months.

Nothing is guessed: a value that has no certain canonical form keeps the form in which it was printed
(trimmed), or None where the column's meaning would be wrong.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal

from pipelines.invoices import Invoice

_ENERGY_IN_KWH = {"KWH": Decimal(1), "MWH": Decimal(1000), "GWH": Decimal(1_000_000), "WH": Decimal("0.001")}
"""Active energy only: kvarh is no energy that is consumed."""
_UNITS = {
    **{name: name[:-2].lower().replace("m", "M").replace("g", "G") + "Wh" for name in _ENERGY_IN_KWH},
    **dict.fromkeys(("KVARH", "KVAR-H"), "kvarh"),
    **dict.fromkeys(("KW",), "kW"),
    **dict.fromkeys(("MVARH",), "Mvarh"),
    # UN/ECE Recommendation 20 codes stand in e-invoices beside the words that are printed
    **dict.fromkeys(("C62", "H87", "EA", "PCS", "PC", "PCE"), "piece"),
    **dict.fromkeys(("SZT", "SZT.", "STK", "STCK", "STÜCK", "UN", "UND"), "piece"),
    **dict.fromkeys(("MON", "M-C", "MC", "MIES", "MIES.", "M-C.", "MSC", "MSC.", "MONTH", "MONAT"), "month"),
    **dict.fromkeys(("HUR", "H", "GODZ", "GODZ.", "STD", "STD.", "HOUR"), "hour"),
    **dict.fromkeys(("DAY", "TAG", "TAGE", "DNI", "DIA"), "day"),
    **dict.fromkeys(("KGM", "KG"), "kg"),
    **dict.fromkeys(("MTQ", "M3", "M³"), "m3"),
    **dict.fromkeys(("LTR", "L"), "l"),
}
_CURRENCIES = {"ZŁ": "PLN", "ZL": "PLN", "R$": "BRL", "€": "EUR", "£": "GBP"}
"""Signs that name one currency; `$` does not."""
_PREFIXES = (
    "AT",
    "BE",
    "BG",
    "CY",
    "CZ",
    "DE",
    "DK",
    "EE",
    "EL",
    "ES",
    "FI",
    "FR",
    "HR",
    "HU",
    "IE",
    "IT",
    "LT",
    "LU",
    "LV",
    "MT",
    "NL",
    "PL",
    "PT",
    "RO",
    "SE",
    "SI",
    "SK",
    "XI",
    "GB",
    "CHE",
    "NO",
    "BR",
)


def clean_text(text: str | None) -> str | None:
    """One space between words, composed characters, nothing where nothing is left."""
    if text is None:
        return None
    composed = text if text.isascii() else unicodedata.normalize("NFC", text)
    return " ".join(composed.split()) or None


@functools.lru_cache(maxsize=4096)
def tax_id(text: str | None, country: str | None) -> str | None:
    """A tax id as country prefix and characters, no separators: `PL9570968370`, `BR17155730000164`.

    The prefix is the printed one, else the bill's country. None where fewer than five characters are
    known or some are masked.
    """
    bare = re.sub(r"[^0-9A-Za-z*]", "", text or "").upper()
    if len(bare) < 5 or "*" in bare:
        return None
    prefix = re.match(r"[A-Z]{2,3}", bare)
    if prefix and bare.startswith(_PREFIXES) and any(c.isdigit() for c in bare):
        return bare
    return f"{country}{bare}" if country else bare


def point_id(text: str | None, scheme: str | None) -> str | None:
    """A metering point's number: digits (and letters of old Polish codes) without separators."""
    bare = re.sub(r"[^0-9A-Za-z*]", "", text or "").upper()
    if not bare or "*" in bare:
        return None
    if scheme == "installation" and bare.isdigit():
        # zero padding differs between layouts of one distributor
        return bare.lstrip("0") or None
    return bare


@functools.lru_cache(maxsize=4096)
def currency_code(text: str | None) -> str | None:
    """ISO 4217, or None where the sign names no single currency."""
    bare = (text or "").strip().upper()
    code = _CURRENCIES.get(bare, bare)
    return code if re.fullmatch(r"[A-Z]{3}", code) else None


@functools.lru_cache(maxsize=4096)
def unit_name(text: str | None) -> str | None:
    """The unit's canonical name; one that is not known stays as printed."""
    bare = clean_text(text)
    return _UNITS.get(bare.upper().replace(" ", ""), bare) if bare else None


def energy_kwh(quantity: Decimal | None, unit: str | None) -> Decimal | None:
    """A quantity of active energy in kWh; None where the unit is none."""
    factor = _ENERGY_IN_KWH.get((clean_text(unit) or "").upper().replace(" ", ""))
    return quantity * factor if quantity is not None and factor is not None else None


def first_of_month(day: date) -> date:
    return day.replace(day=1)


def period_month(invoice: Invoice) -> date | None:
    """The month that an invoice bills, as its first day.

    1. the reference month, where one is printed;
    2. else the month of the middle day of the billed period (of two middle days the earlier one): it is
       the same whether the period ends on the 31st or on the 1st, and for sales and distribution bills
       of one point that differ by some days;
    3. else the month of issue.
    """
    if invoice.reference_month:
        return date.fromisoformat(f"{invoice.reference_month}-01")
    if invoice.period_start and invoice.period_end and invoice.period_start <= invoice.period_end:
        days = (invoice.period_end - invoice.period_start).days
        return first_of_month(invoice.period_start + timedelta(days=days // 2))
    return first_of_month(invoice.issue_date) if invoice.issue_date else None

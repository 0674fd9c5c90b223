"""Tax and company numbers: normal form, country, and whether the check digits close.

The check digit rules themselves are python-stdnum's; this module knows which rule a printed number falls
under: by its country prefix, by the way it is punctuated, or by the country that the caller knows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Final, Protocol, cast

from stdnum.exceptions import ValidationError
from stdnum.util import get_cc_module

from pipelines.parsing.remembering import remembered

EU_PREFIXES = frozenset(re.findall("..", "ATBEBGCYCZDEDKEEELESFIFRGRHRHUIEITLTLULVMTNLPLPTROSESISKXI"))
"""VAT id prefixes of the EU; Greece prints EL, Northern Ireland XI."""

# country -> the stdnum modules that a supplier's or customer's number may follow, likeliest first
_SCHEMES: dict[str, tuple[str, ...]] = {
    "AR": ("ar.cuit",),
    "AU": ("au.abn", "au.acn"),
    "BR": ("br.cnpj", "br.cpf"),
    "CA": ("ca.bn",),
    "CH": ("ch.vat", "ch.uid"),
    "CL": ("cl.rut",),
    "CN": ("cn.uscc",),
    "CO": ("co.nit",),
    "DE": ("de.vat", "de.stnr"),
    "FR": ("fr.tva", "fr.siret", "fr.siren"),
    "GB": ("gb.vat", "gb.utr"),
    "IL": ("il.hp",),
    "IN": ("in_.gstin", "in_.pan"),
    "IS": ("is_.vsk",),
    "IT": ("it.iva", "it.codicefiscale"),
    "JP": ("jp.cn",),
    "KR": ("kr.brn",),
    "LI": ("ch.uid",),
    "MX": ("mx.rfc",),
    "NO": ("no.mva", "no.orgnr"),
    "NZ": ("nz.ird",),
    "PL": ("pl.nip", "pl.regon", "pl.pesel"),
    "RS": ("rs.pib",),
    "RU": ("ru.inn",),
    "SG": ("sg.uen",),
    "TR": ("tr.vkn",),
    "US": ("us.ein",),
    "XI": ("gb.vat",),
}

# Numbers whose scheme has a prefix or format list but no check digit: being valid proves little.
_WITHOUT_CHECK_DIGIT = frozenset({"us.ein", "in_.pan", "de.stnr", "cy.vat"})

_SHAPES: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"[0-9A-Z]{2}\.[0-9A-Z]{3}\.[0-9A-Z]{3}/[0-9A-Z]{4}-[0-9]{2}"), "BR", "br.cnpj"),
    (re.compile(r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}"), "BR", "br.cpf"),
    (re.compile(r"[0-9]{3}-[0-9]{3}-[0-9]{2}-[0-9]{2}|[0-9]{3}-[0-9]{2}-[0-9]{2}-[0-9]{3}"), "PL", "pl.nip"),
    (re.compile(r"CHE[- ]?[0-9]{3}\.?[0-9]{3}\.?[0-9]{3}"), "CH", "ch.uid"),
    (re.compile(r"CHE[- ]?[0-9]{3}\.?[0-9]{3}\.?[0-9]{3} ?(?:MWST|TVA|IVA|TPV)"), "CH", "ch.vat"),
    (re.compile(r"[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][0-9A-Z]Z[0-9A-Z]"), "IN", "in_.gstin"),
    (re.compile(r"[0-9]{2}-[0-9]{7}"), "US", "us.ein"),
    (re.compile(r"[01][0-9]{3}\.[0-9]{3}\.[0-9]{3}"), "BE", "be.vat"),
    (re.compile(r"[0-9]{9} ?MVA"), "NO", "no.mva"),
)
_SEPARATORS = re.compile(r"[\s.\-/\u2010-\u2015\u00b7_]+")
_MASKED = re.compile(r"[*#•Xx]{3,}")


class _Scheme(Protocol):
    """What every stdnum module offers."""

    def compact(self, number: str) -> str: ...
    def validate(self, number: str) -> str: ...


@dataclass(frozen=True, slots=True)
class TaxId:
    """A tax id as read.

    Attributes:
        number: Without separators, upper case; with the country prefix where it was printed.
        country: ISO 3166 code (Greece GR, Northern Ireland XI), empty where nothing told.
        scheme: The stdnum module that judged it (`pl.nip`, `br.cnpj`, `de.vat`), empty for none.
        valid: Its format and check digits close under `scheme`.
        proves: `valid`, and the scheme has a check digit, so that a misread digit would have shown.
    """

    number: str
    country: str
    scheme: str
    valid: bool
    proves: bool


@remembered(4096)
def read_tax_id(text: str, country: str = "") -> TaxId | None:
    """The tax id in `text`; None where the text cannot be one (too short, masked with asterisks, no digits).

    Args:
        text: One printed number, with separators and prefix as printed; not a sentence.
        country: ISO code of the party's country, where the document tells it. A printed prefix wins.

    The result may be invalid: `TaxId.valid` tells. A number of no known country is kept with `valid` False.
    """
    printed = text.strip().strip(".,;:()[]").upper()
    number = _SEPARATORS.sub("", printed)
    if _MASKED.search(printed) or not re.fullmatch(r"[0-9A-Z+]{7,20}", number) or sum(c.isdigit() for c in number) < 6:
        return None
    for found_country, scheme in _candidates(printed, number, country.upper()):
        if normal := _validated(scheme, number, found_country):
            return TaxId(normal, found_country, scheme, valid=True, proves=scheme not in _WITHOUT_CHECK_DIGIT)
    first = next(iter(_candidates(printed, number, country.upper())), ("", ""))
    return TaxId(number, first[0], first[1], valid=False, proves=False)


_LOOKALIKES: Final = {"S": "5", "O": "0", "I": "1", "L": "1", "B": "8", "Z": "2", "G": "6", "Q": "0", "D": "0"}


def mended_tax_id(text: str, country: str = "") -> TaxId | None:
    """A scanned tax id with one letter read as the digit that looks like it, where just one such number closes.

    Args:
        text: One printed number, as `read_tax_id` takes it, whose own check digits do not close.
        country: ISO code of the party's country.
    """
    found: dict[str, TaxId] = {}
    for place, letter in enumerate(text.upper()):
        if letter in _LOOKALIKES and place > 0:
            tax = read_tax_id(f"{text[:place]}{_LOOKALIKES[letter]}{text[place + 1 :]}", country)
            if tax is not None and tax.valid and tax.proves:
                found[tax.number] = tax
    return next(iter(found.values())) if len(found) == 1 else None


def possible_countries(
    text: str, among: tuple[str, ...] = ("PL", "BR", "DE", "GB", "FR", "ES", "IT", "NL")
) -> tuple[str, ...]:
    """The countries of `among` under whose check digits a number without prefix would close."""
    found = ((country, read_tax_id(text, country)) for country in among)
    return tuple(country for country, tax_id in found if tax_id and tax_id.country == country and tax_id.proves)


def same_tax_id(one: str, other: str) -> bool:
    """Whether two printed numbers are one: separators ignored, and a prefix that only one of them bears."""
    a, b = (_SEPARATORS.sub("", t.upper()) for t in (one, other))
    prefixes = [t[:2] if t[:2].isalpha() else "" for t in (a, b)]
    if all(prefixes) or not any(prefixes):
        return a == b
    return a.removeprefix(prefixes[0]) == b.removeprefix(prefixes[1])


def _candidates(printed: str, number: str, country: str) -> tuple[tuple[str, str], ...]:
    """Country and scheme by which to judge, best first: punctuation, then prefix, then the hint."""
    shaped = tuple((c, s) for pattern, c, s in _SHAPES if pattern.fullmatch(printed))
    if shaped:
        return shaped
    prefix = number[:2]
    if prefix in EU_PREFIXES and sum(c.isdigit() for c in number[2:]) >= 6:
        iso = "GR" if prefix == "EL" else prefix
        return ((iso, _vat_scheme(iso)),)
    if prefix in _SCHEMES and number[2:].isdigit():
        return tuple((prefix, s) for s in _SCHEMES[prefix])
    if country:
        return tuple((country, scheme) for scheme in _SCHEMES.get(country, (_vat_scheme(country),)) if scheme)
    return ()


def _validated(scheme: str, number: str, country: str) -> str | None:
    """The number in its normal form (prefix kept where printed) if its check digits close."""
    if not scheme:
        return None
    bare = number[2:] if number[:2] == country and not scheme.startswith(("ch.", "mx.")) else number
    bare = number[2:] if country == "GR" and number[:2] in ("EL", "GR") else bare
    try:
        _module(scheme).validate(bare)
    except ValidationError:
        return None
    return number


@cache
def _module(scheme: str) -> _Scheme:
    return cast("_Scheme", import_module(f"stdnum.{scheme}"))


@cache
def _vat_scheme(country: str) -> str:
    """The stdnum module for a country's VAT number, empty where it has none."""
    module = get_cc_module("gb" if country == "XI" else country.lower(), "vat")
    return str(getattr(module, "__name__", "")).removeprefix("stdnum.")

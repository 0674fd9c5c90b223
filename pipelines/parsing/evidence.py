"""What the document as a whole says about how to read it: language, country, decimal mark, order of dates.

Ambiguous values (`03/04/2025`, `1.234`) are settled by this evidence, or stay ambiguous and go to review.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Final

from pipelines.parsing.dates import DateFound, day_in_order, find_dates
from pipelines.parsing.folding import has_alnum, tokens
from pipelines.parsing.geometry import Layout
from pipelines.parsing.lexicon import Lexicon
from pipelines.parsing.remembering import remembered
from pipelines.parsing.values import CURRENCIES, AmountFound, currency_of, find_amounts

_LEGIBLE: Final = 0.7
"""Word confidence below which an OCR word says nothing about the document."""
DAY_FIRST_LANGUAGES: Final = frozenset({"pl", "pt", "de", "fr", "es", "it", "nl", "cs", "sv"})
_MONTH_FIRST_COUNTRIES: Final = frozenset({"US", "PH"})
_CURRENCY_COUNTRY: Final = {"PLN": "PL", "BRL": "BR", "GBP": "GB", "INR": "IN", "MYR": "MY", "CHF": "CH", "CZK": "CZ",
    "SEK": "SE", "NOK": "NO", "DKK": "DK", "ZAR": "ZA",
}  # fmt: skip
_LANGUAGE_COUNTRY: Final = {"pl": "PL"}
# Words on invoices that tell the country, folded
_COUNTRY_WORDS: Final[dict[str, str]] = {
    "nip": "PL", "regon": "PL", "krs": "PL", "ksef": "PL", "polska": "PL", "cnpj": "BR", "brasil": "BR", "icms": "BR",
    "gstin": "IN", "india": "IN", "deutschland": "DE", "germany": "DE", "handelsregister": "DE", "amtsgericht": "DE",
    "nederland": "NL", "netherlands": "NL", "kvk": "NL", "france": "FR", "siret": "FR", "siren": "FR", "italia": "IT",
    "italy": "IT", "espana": "ES", "spain": "ES", "portugal": "PT", "nif": "ES", "usa": "US", "malaysia": "MY",
    "sdn": "MY", "bhd": "MY", "kuala": "MY", "lumpur": "MY", "johor": "MY", "selangor": "MY", "pahang": "MY",
    "penang": "MY", "melaka": "MY", "sarawak": "MY", "sabah": "MY", "ringgit": "MY",
    "jalan": "MY", "restoran": "MY", "kedai": "MY", "perniagaan": "MY", "bandar": "MY", "tingkat": "MY",
    "england": "GB", "singapore": "SG", "australia": "AU", "abn": "AU", "canada": "CA",
    "osterreich": "AT", "austria": "AT", "schweiz": "CH", "suisse": "CH", "belgie": "BE", "belgique": "BE",
    "dic": "CZ", "cesko": "CZ", "slovensko": "SK", "sverige": "SE", "danmark": "DK",
    "norge": "NO",
    "brazil": "BR",
    "irlande": "IE", "ireland": "IE", "luxembourg": "LU", "gmbh": "DE",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """How to read this document.

    Attributes:
        language: Two letters, or empty where no language's words stand out.
        country: ISO 3166-1 alpha-2, or empty.
        currency: ISO 4217 of the amounts, or empty.
        decimal: The mark before hundredths, or empty where amounts do not tell.
        order: `dmy`, `mdy` or empty.
    """

    language: str = ""
    country: str = ""
    currency: str = ""
    decimal: str = ""
    order: str = ""

    def amount(self, found: AmountFound) -> Decimal | None:
        """The one reading of an amount that fits the document, or None where two fit."""
        if len(found.values) == 1:
            return found.values[0]
        for value, mark in zip(found.values, found.marks, strict=True):
            if self.decimal and mark == self.decimal:
                # money with three decimals in a document with two: the mark groups
                continue
            if self.decimal:
                return value
        if self.decimal:
            return found.values[-1]
        return None

    def day(self, values: Sequence[date], orders: Sequence[str]) -> date | None:
        """The one day of several readings that fits the document, or None."""
        return day_in_order(values, orders, self.order)


def detect_language(layouts: Iterable[Layout], lexicon: Lexicon) -> str:
    """The language whose telling words stand most often; empty if none stands at least three times."""
    counts: Counter[str] = Counter()
    for layout in layouts:
        for cell in layout.worded:
            for token in lexicon.telling.keys() & tokens(cell.text):
                for language in lexicon.telling[token]:
                    counts[language] += 1
            for hit in lexicon.find(cell.text, mend=layout.ocr):
                if hit.end - hit.start >= 5:
                    first = hit.spellings[0].language
                    if all(s.language == first for s in hit.spellings):
                        counts[first] += 2
    if not counts:
        return ""
    (best, most), *rest = counts.most_common(2)
    return best if most >= 3 and (not rest or most > rest[0][1]) else ""


def gather(layouts: Sequence[Layout], lexicon: Lexicon) -> Evidence:
    """Read the evidence off a document's pages."""
    language = detect_language(layouts, lexicon)
    amounts = [
        a
        for layout in layouts
        for cell in layout.numbered
        for a in find_amounts(cell.text)
        if not layout.ocr or cell.span_confidence(a.start, a.end) >= _LEGIBLE
    ]
    dates = [d for layout in layouts for cell in layout.numbered for d in find_dates(cell.text)]
    currency = _stated_currency(layouts, lexicon) or _currency(layouts, amounts)
    if currency == "USD":
        currency = _dollar_of(layouts)
    if language == "pt" and currency == "INR":
        currency = "BRL"  # RS is a state of Brazil, and `R$` loses its sign
    country = _country(layouts, language, currency)
    return Evidence(language, country, currency, _decimal(amounts), _order(dates, language, country))


def _stated_currency(layouts: Sequence[Layout], lexicon: Lexicon) -> str:
    """The code behind a label that says currency (`Währung: EUR`)."""
    for layout in layouts:
        for cell in layout.worded:
            for hit in lexicon.find(cell.text):
                if "currency" not in hit.concepts or has_alnum(cell.text[: hit.start]):
                    continue
                right = next(iter(layout.right_of(cell)), None)
                for text in (cell.text[hit.end :], right.text if right else ""):
                    code = currency_of(text.strip(" :;.()"))
                    if code:
                        return code
    return ""


def _currency(layouts: Sequence[Layout], amounts: Sequence[AmountFound]) -> str:
    """The currency that stands beside most amounts; else the one code or sign that stands in a cell of its own."""
    counts: Counter[str] = Counter(a.currency for a in amounts if a.currency)
    if any(layout.ocr for layout in layouts) and counts.total() == 1 < len(amounts):
        # OCR reads 50.00 as $0.00: one sign among bare amounts counts where a total would carry it, or the land fits
        most = max(abs(a.values[0]) for a in amounts)
        fits = counts["USD"] and _has_us_address(layouts)
        counts = Counter(a.currency for a in amounts if a.currency and (fits or abs(a.values[0]) == most))
    words: Counter[str] = Counter()
    for layout in layouts:
        for cell in layout.cells:
            for text, _, confidence, _ in cell.words:
                if confidence >= _LEGIBLE and (code := _currency_word(text)):
                    words[code] += 1
    explicit = counts or words
    if not explicit:
        return _rand(layouts)
    total = counts + words
    # a bare $ names no country: another dollar's code says which
    if total.most_common(1)[0][0] == "USD":
        other = next((c for c in ("CAD", "AUD", "SGD", "NZD", "HKD", "MXN") if words.get(c)), "")
        if other and not words.get("USD"):
            return other
    return total.most_common(1)[0][0]


_RAND: Final = re.compile(r"(?<![^\W_])R ?-?\d{1,3}(?:[ ,]?\d{3})*[.,]\d{2}(?!\d)")
_LEAST_RAND: Final = 3


def _rand(layouts: Sequence[Layout]) -> str:
    """The rand, whose sign is a bare `R`: no code, but one that stands before three amounts and more."""
    signed = sum(len(_RAND.findall(cell.text)) for layout in layouts for cell in layout.numbered)
    return "ZAR" if signed >= _LEAST_RAND else ""


_DOLLARS: Final[dict[str, re.Pattern[str]]] = {
    "AUD": re.compile(
        r"\bABN:? ?\d{2} ?\d{3} ?\d{3} ?\d{3}\b|\bAUSTRALIA\b|\b(?:NSW|VIC|QLD|WA|SA|TAS|ACT|NT) \d{4}\b"
    ),
    "NZD": re.compile(r"\bNZBN\b|\bNEW ZEALAND\b"),
    "CAD": re.compile(r"\b[A-Z]\d[A-Z] \d[A-Z]\d\b|\b(?:GST/HST|HST|QST)\b|\bCANADA\b"),
    "SGD": re.compile(r"\bUEN\b|\bSINGAPORE \d{6}\b|\bGST REG\.? NO\b"),
}
"""What a paper prints where the dollar is not that of the United States: registers, states and postal codes."""


def _dollar_of(layouts: Sequence[Layout]) -> str:
    """Whose dollar a `$` is: the one land's whose marks stand on the paper; the United States' where none do."""
    if any(
        word.text.strip("():;,.[]") in ("USD", "US$") for layout in layouts for c in layout.cells for word in c.words
    ):
        return "USD"
    if _has_us_address(layouts):
        return "USD"
    texts = [cell.text.upper() for layout in layouts for cell in layout.cells]
    marked = [code for code, marks in _DOLLARS.items() if any(marks.search(text) for text in texts)]
    return marked[0] if len(marked) == 1 else "" if marked else "USD"


@remembered(16384)
def _currency_word(word: str) -> str:
    """The code that a lone word spells; empty for `rs` or `try` in lower case, which are words of a language."""
    spelled = word.strip("():;,.[]")
    code = CURRENCIES.get(spelled.lower(), "")
    plain = spelled.isupper() or not spelled.isalpha() or spelled in ("zł", "Euro", "EURO", "euros")
    return code if plain else ""


def _country(layouts: Sequence[Layout], language: str, currency: str) -> str:
    counts: Counter[str] = Counter()
    for layout in layouts:
        for cell in layout.worded:
            said = tokens(cell.text)
            if not _COUNTRY_WORDS.keys().isdisjoint(said):
                counts.update([_COUNTRY_WORDS[token] for token in said if token in _COUNTRY_WORDS])
    if language == "pt":
        counts["ES"] = 0
        counts["PT"] += counts["BR"] == 0
    if currency in _CURRENCY_COUNTRY:
        counts[_CURRENCY_COUNTRY[currency]] += 3
    if language in _LANGUAGE_COUNTRY:
        counts[_LANGUAGE_COUNTRY[language]] += 2
    home = {"de": "DE", "fr": "FR", "es": "ES", "it": "IT", "nl": "NL"}.get(language)
    if home:
        counts[home] += 2
    if currency == "USD" and language == "en" and _has_us_address(layouts):
        counts["US"] += 3
    best = counts.most_common(1)
    return best[0][0] if best and best[0][1] > 0 else ""


_STATES: Final = frozenset(
    [
        "AL",
        "AK",
        "AZ",
        "AR",
        "CA",
        "CO",
        "CT",
        "DE",
        "FL",
        "GA",
        "HI",
        "ID",
        "IL",
        "IN",
        "IA",
        "KS",
        "KY",
        "LA",
        "ME",
        "MD",
        "MA",
        "MI",
        "MN",
        "MS",
        "MO",
        "MT",
        "NE",
        "NV",
        "NH",
        "NJ",
        "NM",
        "NY",
        "NC",
        "ND",
        "OH",
        "OK",
        "OR",
        "PA",
        "RI",
        "SC",
        "SD",
        "TN",
        "TX",
        "UT",
        "VT",
        "VA",
        "WA",
        "WV",
        "WI",
        "WY",
        "DC",
    ]
)


def _has_us_address(layouts: Sequence[Layout]) -> bool:
    """Two capital letters of a state and five digits (`Redmond WA, 98052`)."""
    for layout in layouts:
        for cell in layout.cells:
            words = [w.text.strip(",.") for w in cell.words]
            for one, two in pairwise(words):
                if one in _STATES and two[:5].isdigit() and len(two) in (5, 10):
                    return True
    return False


def _decimal(amounts: Sequence[AmountFound]) -> str:
    """The mark that stands before exactly two digits in most amounts that can be read one way only; else empty."""
    marks: Counter[str] = Counter()
    for amount in amounts:
        if len(amount.values) == 1 and amount.marks[0] and amount.decimals == 2:
            marks[amount.marks[0]] += 1
    if marks:
        best = marks.most_common(2)
        if len(best) == 1 or best[0][1] >= 2 * best[1][1]:
            return best[0][0]
    return ""


def _order(dates: Sequence[DateFound], language: str, country: str) -> str:
    """The order that the unambiguous dates show; else what language and country use; else empty."""
    # 08/08 reads alike both ways and shows no order
    telling = [d for d in dates if len(d.values) == 1 and d.values[0].day != d.values[0].month]
    shown = Counter(d.orders[0] for d in telling if d.orders[0] in ("dmy", "mdy"))
    if shown and (len(shown) == 1 or shown.most_common(2)[0][1] > 2 * shown.most_common(2)[1][1]):
        return shown.most_common(1)[0][0]
    if shown:
        return ""
    if language in DAY_FIRST_LANGUAGES:
        return "dmy"
    if country in _MONTH_FIRST_COUNTRIES:
        return "mdy"
    if country and country != "CA":
        return "dmy"
    return ""

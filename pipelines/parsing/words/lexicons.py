"""Number words by language, folded (lower case, no accents) and glued (no spaces or hyphens).

Every language is brought to one shape: words for 1..99, words for the hundreds, and scale words; the
grammar in `amounts` joins them. Glued words make compounds (`zweiundzwanzig`), hyphens and blanks lost
or put in by OCR one and the same case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Number words of a language; every string folded and glued.

    Attributes:
        below_hundred: Words for 1..99.
        hundreds: Words for whole hundreds: 100..900, in some languages up to 1900.
        scales: Words for 10**3, 10**5 (lakh), 10**6, 10**7 (crore), 10**9 by their value.
        zero: Words for 0.
        joints: What may stand between parts (`and`, `e`, `und`).
        currencies: Names of main units.
        cents: Names of hundredths.
        endings: What may close the phrase (`only`).
        minus: Words that turn the sign.
        labels: Words that may stand before the amount.
    """

    below_hundred: Mapping[str, int]
    hundreds: Mapping[str, int]
    scales: Mapping[int, tuple[str, ...]]
    zero: tuple[str, ...]
    joints: tuple[str, ...]
    currencies: tuple[str, ...]
    cents: tuple[str, ...]
    endings: tuple[str, ...]
    minus: tuple[str, ...]
    labels: tuple[str, ...]


def _numbered(words: str, start: int, step: int = 1) -> dict[str, int]:
    """Words in counting order; `a|b` are two spellings of one number."""
    return {spelling: start + step * place for place, word in enumerate(words.split()) for spelling in word.split("|")}


def _tens_and_units(
    tens: Mapping[str, int], units: Mapping[str, int], join: Callable[[str, str], Iterable[str]]
) -> dict[str, int]:
    return {
        word: ten_value + unit_value
        for ten, ten_value in tens.items()
        for unit, unit_value in units.items()
        for word in join(ten, unit)
    }


def _hundreds(units: Mapping[str, int], word: str, plural: str = "", bare: str = "") -> dict[str, int]:
    """`two` + `hundred`; `bare` is the word for 100 without a unit."""
    found = {f"{unit}{form}": 100 * value for unit, value in units.items() for form in {word, plural or word}}
    return found | {bare or word: 100}


def _polish() -> Lexicon:
    units = _numbered("jeden|jedna|jedno dwa|dwie trzy cztery piec szesc siedem osiem dziewiec", 1)
    teens = _numbered(
        "dziesiec jedenascie dwanascie trzynascie czternascie pietnascie szesnascie siedemnascie osiemnascie "
        "dziewietnascie",
        10,
    )
    tens = _numbered(
        "dwadziescia trzydziesci czterdziesci piecdziesiat szescdziesiat siedemdziesiat osiemdziesiat dziewiecdziesiat",
        20,
        10,
    )
    return Lexicon(
        units | teens | tens | _tens_and_units(tens, units, lambda ten, unit: (ten + unit,)),
        _numbered("sto dwiescie trzysta czterysta piecset szescset siedemset osiemset dziewiecset", 100, 100),
        {
            1000: ("tysiecy", "tysiace", "tysiac"),
            10**6: ("milionow", "miliony", "milion"),
            10**9: ("miliardow", "miliardy", "miliard"),
        },
        ("zero",),
        ("i", "oraz"),
        (
            "zlotych",
            "zlote",
            "zloty",
            "zlotowki",
            "zl",
            "pln",
            "euro",
            "eur",
            "dolarow",
            "dolary",
            "dolar",
            "usd",
            "gbp",
            "funtow",
            "chf",
            "czk",
        ),
        ("groszy", "grosze", "grosz", "gr", "eurocentow", "eurocenty", "centow", "centy", "cent", "pensow"),
        ("brutto", "netto"),
        ("minus",),
        (
            "slownie",
            "kwota",
            "razem",
            "do",
            "zaplaty",
            "wartosc",
            "naleznosc",
            "ogolem",
            "zwrotu",
            "faktury",
            "suma",
            "zaplacono",
            "pozostalo",
        ),
    )


def _portuguese() -> Lexicon:
    units = _numbered("um|uma dois|duas tres quatro cinco seis sete oito nove", 1)
    teens = _numbered(
        "dez onze doze treze catorze|quatorze quinze dezesseis|dezasseis dezessete|dezassete dezoito dezenove|dezanove",
        10,
    )
    tens = _numbered("vinte trinta quarenta cinquenta|cincoenta sessenta setenta oitenta noventa", 20, 10)
    hundreds = _numbered(
        "cento|cem duzentos|duzentas trezentos|trezentas quatrocentos|quatrocentas quinhentos|quinhentas "
        "seiscentos|seiscentas setecentos|setecentas oitocentos|oitocentas novecentos|novecentas",
        100,
        100,
    )
    return Lexicon(
        units | teens | tens | _tens_and_units(tens, units, lambda ten, unit: (f"{ten}e{unit}", ten + unit)),
        hundreds,
        {1000: ("mil",), 10**6: ("milhoes", "milhao"), 10**9: ("bilhoes", "bilhao")},
        ("zero",),
        ("e", "de"),
        ("reais", "real", "euros", "euro", "eur", "brl", "dolares", "dolar", "kwanzas", "meticais"),
        ("centavos", "centavo", "centimos", "centimo", "cents", "cent", "cts"),
        (),
        ("menos",),
        ("valor", "total", "por", "extenso", "importancia", "quantia", "a", "pagar", "supra", "da", "fatura", "sao"),
    )


def _english() -> Lexicon:
    units = _numbered("one two three four five six seven eight nine", 1)
    teens = _numbered("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", 10)
    tens = _numbered("twenty thirty forty|fourty fifty sixty seventy eighty ninety|ninty", 20, 10)
    below = units | teens | tens | _tens_and_units(tens, units, lambda ten, unit: (ten + unit,))
    hundreds = _hundreds({w: v for w, v in below.items() if v < 20 and v != 10}, "hundred") | {"ahundred": 100}
    return Lexicon(
        below,
        hundreds,
        {
            1000: ("thousands", "thousand"),
            10**5: ("lakhs", "lakh", "lacs", "lac"),
            10**6: ("millions", "million"),
            10**7: ("crores", "crore"),
            10**9: ("billions", "billion"),
        },
        ("zero", "nil", "nought"),
        ("and", "point", "the"),
        ("ringgitmalaysia", "ringgit", "usdollars", "dollars", "dollar", "pounds", "pound", "poundssterling",
         "sterling", "euros", "euro",
         "rupees", "rupee", "indianrupees", "indianrupee", "rs", "inr", "usd",
         "gbp", "eur", "myr", "rm", "sgd", "dirhams", "dirham", "rand", "zloty", "aed", "chf", "francs"),
        ("cents", "cent", "pence", "penny", "paise", "paisa", "sen", "fils", "eurocents", "p"),
        ("only", "exactly", "inclusive", "onlyonly"),
        ("minus", "negative"),
        ("amount", "total", "in", "words", "sum", "of", "the", "say", "chargeable", "invoice", "value", "us", "grand",
         "payable", "rounded"),
    )  # fmt: skip


def _german() -> Lexicon:
    units = _numbered("eins|ein|eine zwei|zwo drei vier funf sechs sieben acht neun", 1)
    joining = _numbered("ein|eins zwei|zwo drei vier funf sechs sieben acht neun", 1)
    teens = _numbered("zehn elf zwolf dreizehn vierzehn funfzehn sechzehn siebzehn achtzehn neunzehn", 10)
    tens = _numbered("zwanzig dreissig|dreizig vierzig funfzig sechzig siebzig achtzig neunzig", 20, 10)
    below = units | teens | tens | _tens_and_units(tens, joining, lambda ten, unit: (f"{unit}und{ten}",))
    counts = {w: v for w, v in (units | teens).items() if v != 10}
    return Lexicon(
        below,
        _hundreds(counts, "hundert"),
        {1000: ("tausend",), 10**6: ("millionen", "million"), 10**9: ("milliarden", "milliarde")},
        ("null",),
        ("und",),
        ("euro", "euros", "eur", "franken", "schweizerfranken", "chf", "dollar", "usd", "pfund", "zloty"),
        ("cents", "cent", "rappen", "ct"),
        (),
        ("minus",),
        ("in", "worten", "betrag", "gesamtbetrag", "rechnungsbetrag", "summe", "iw", "i", "w"),
    )


def _dutch() -> Lexicon:
    units = _numbered("een twee drie vier vijf zes zeven acht negen", 1)
    teens = _numbered("tien elf twaalf dertien veertien vijftien zestien zeventien achttien negentien", 10)
    tens = _numbered("twintig dertig veertig vijftig zestig zeventig tachtig negentig", 20, 10)
    below = units | teens | tens | _tens_and_units(tens, units, lambda ten, unit: (f"{unit}en{ten}",))
    counts = {w: v for w, v in (units | teens).items() if v != 10}
    return Lexicon(
        below,
        _hundreds(counts, "honderd"),
        {1000: ("duizend",), 10**6: ("miljoen",), 10**9: ("miljard",)},
        ("nul",),
        ("en",),
        ("euro", "euros", "eur", "dollar", "usd", "gulden"),
        ("eurocent", "centen", "cents", "cent", "ct"),
        (),
        ("min", "minus"),
        ("zegge", "bedrag", "totaal", "in", "woorden", "letters"),
    )


def _french() -> Lexicon:
    units = _numbered("un|une deux trois quatre cinq six sept huit neuf", 1)
    teens = _numbered("dix onze douze treize quatorze quinze seize dixsept dixhuit dixneuf", 10)
    tens = _numbered("vingt trente quarante cinquante soixante septante huitante|octante nonante", 20, 10)
    both = units | teens

    def join(ten: str, unit: str) -> tuple[str, ...]:
        return (f"{ten}et{unit}", ten + unit) if both[unit] in (1, 11) else (ten + unit,)

    below = both | tens | _tens_and_units(tens, units, join)
    below |= _tens_and_units({"soixante": 60}, teens, join)
    below |= {"quatrevingts": 80, "quatrevingt": 80}
    below |= _tens_and_units({"quatrevingt": 80, "quatrevingts": 80}, both, lambda ten, unit: (ten + unit,))
    return Lexicon(
        below,
        _hundreds({w: v for w, v in units.items() if v > 1}, "cent", "cents"),
        {1000: ("milles", "mille", "mil"), 10**6: ("millions", "million"), 10**9: ("milliards", "milliard")},
        ("zero",),
        ("et", "d", "de"),
        ("euros", "euro", "eur", "francs", "franc", "chf", "dollars", "dollar", "dirhams", "dinars"),
        ("centimes", "centime", "cents", "cent", "cts", "ct"),
        ("ttc", "ht"),
        ("moins",),
        (
            "arrete",
            "arretee",
            "la",
            "presente",
            "facture",
            "a",
            "somme",
            "de",
            "montant",
            "total",
            "en",
            "lettres",
            "toutes",
            "le",
            "ttc",
        ),
    )


def _spanish() -> Lexicon:
    units = _numbered("uno|un|una dos tres cuatro cinco seis siete ocho nueve", 1)
    teens = _numbered("diez once doce trece catorce quince dieciseis diecisiete dieciocho diecinueve", 10)
    twenties = _numbered(
        "veinte veintiuno|veintiun|veintiuna veintidos veintitres veinticuatro veinticinco veintiseis veintisiete "
        "veintiocho veintinueve",
        20,
    )
    tens = _numbered("treinta cuarenta cincuenta sesenta setenta ochenta noventa", 30, 10)
    hundreds = _numbered(
        "ciento|cien doscientos|doscientas trescientos|trescientas cuatrocientos|cuatrocientas quinientos|quinientas "
        "seiscientos|seiscientas setecientos|setecientas ochocientos|ochocientas novecientos|novecientas",
        100,
        100,
    )
    return Lexicon(
        units | teens | twenties | tens | _tens_and_units(tens, units, lambda ten, unit: (f"{ten}y{unit}", ten + unit)),
        hundreds,
        {1000: ("mil",), 10**6: ("millones", "millon"), 10**9: ("milmillones",)},
        ("cero",),
        ("y", "con", "de"),
        (
            "euros",
            "euro",
            "eur",
            "pesos",
            "peso",
            "dolares",
            "dolar",
            "usd",
            "mxn",
            "soles",
            "sol",
            "colones",
            "quetzales",
            "bolivianos",
        ),
        ("centavos", "centavo", "centimos", "centimo", "cents", "cent", "cts"),
        ("mn", "moneda", "nacional", "monedanacional", "mcte", "ml"),
        ("menos",),
        ("son", "importe", "total", "en", "letras", "letra", "la", "cantidad", "de", "suma", "con"),
    )


def _italian() -> Lexicon:
    units = _numbered("uno|un due tre quattro cinque sei sette otto nove", 1)
    teens = _numbered("dieci undici dodici tredici quattordici quindici sedici diciassette diciotto diciannove", 10)
    tens = _numbered("venti trenta quaranta cinquanta sessanta settanta ottanta novanta", 20, 10)

    def join(ten: str, unit: str) -> tuple[str, ...]:
        # the ten drops its vowel before another: ventuno, ventotto
        return (ten[:-1] + unit,) if unit[0] in "uo" else (ten + unit,)

    below = units | teens | tens | _tens_and_units(tens, units, join)
    hundreds = _hundreds({w: v for w, v in units.items() if v > 1}, "cento", "cent")
    return Lexicon(
        below,
        hundreds | {"cent": 100},
        {1000: ("mille", "mila"), 10**6: ("milioni", "milione"), 10**9: ("miliardi", "miliardo")},
        ("zero",),
        ("e", "di"),
        ("euro", "eur", "franchi", "chf", "dollari", "usd"),
        ("centesimi", "centesimo", "cents", "cent", "ct"),
        (),
        ("meno",),
        ("in", "lettere", "totale", "importo", "dicasi", "diconsi"),
    )


LEXICONS: Final[Mapping[str, Lexicon]] = MappingProxyType(
    {
        "pl": _polish(),
        "pt": _portuguese(),
        "en": _english(),
        "de": _german(),
        "fr": _french(),
        "es": _spanish(),
        "it": _italian(),
        "nl": _dutch(),
    }
)

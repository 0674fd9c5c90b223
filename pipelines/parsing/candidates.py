"""Candidates: every value that a label may mean, typed, scored and with its place.

One printed value may be claimed by several labels (`Date` beside it and `Due date` above it). Each claim
has a score; a value whose best claim is another concept's loses here, so that a delivery date is not
taken for the date of issue because both are dates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from pipelines import invoices
from pipelines.pages import Box
from pipelines.parsing.codes import CodeFound, find_code
from pipelines.parsing.dates import Month, find_dates, find_months, parse_date, parse_day_month
from pipelines.parsing.evidence import Evidence
from pipelines.parsing.folding import count_letters, fold, has_alnum, level
from pipelines.parsing.geometry import Cell, bounds
from pipelines.parsing.places import Label, Place, Places
from pipelines.parsing.proofs import read_ppe
from pipelines.parsing.ranges import find_ranges
from pipelines.parsing.values import find_amounts, find_percents

DATES: Final = frozenset({"issue_date", "sale_date", "due_date", "corrected_date", "period_start", "period_end"})
CODES: Final = frozenset(
    {
        "invoice_number", "customer_number", "contract_number", "purchase_order", "metering_point", "meter_number",
        "corrected_number", "payment_reference",
    }
)  # fmt: skip
AMOUNTS: Final = frozenset(
    {"net_total", "tax_total", "gross_total", "amount_due", "paid", "prior_balance", "total_row", "order_value",
     "rounding", "credit_due"}
)  # fmt: skip
_TWO_LETTERS: Final = re.compile(r"[^\W\d_]{2,}")
_THREE_LETTERS: Final = re.compile(r"[^\W\d_]{3,}")
_OTHERS: Final = frozenset({"reference_month", "reading_previous", "reading_current", "other"})
_GROUPED: Final = frozenset({"customer_number", "metering_point", "meter_number", "contract_number"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value a field may have. `score` 0..1; `rule` tells how it was found (`label:right`)."""

    field: str
    value: Any
    text: str
    page: int
    box: Box
    score: float
    rule: str
    label: str = ""
    currency: str | None = None

    def evidence(self) -> invoices.Evidence:
        """As the record's evidence."""
        box = (round(self.box.x0, 1), round(self.box.y0, 1), round(self.box.x1, 1), round(self.box.y1, 1))
        rule = f"{self.rule} ({self.label})" if self.label else self.rule
        return invoices.Evidence(
            page=self.page,
            box=box,
            text=self.text[:200],
            rule=rule,
            confidence=round(min(max(self.score, 0.0), 1.0), 3),
        )


def _candidate(
    field: str,
    value: Any,
    place: Place,
    start: int,
    end: int,
    label: Label,
    score: float,
    currency: str | None = None,
) -> Candidate:
    # a misread digit is worse than none: the least sure word of the value decides
    sure = place.cell.span_confidence(place.start + start, place.start + end)
    return Candidate(
        field,
        value,
        place.text[start:end],
        place.cell.page,
        place.box(start, end),
        score * _trust(sure),
        f"label:{place.relation}",
        label.spelling,
        currency,
    )


def _trust(confidence: float) -> float:
    """What a word's confidence leaves of a score: all from 0.92, nothing below 0.4."""
    return min(max((confidence - 0.4) / 0.52, 0.0), 1.0)


def _near(text: str, start: int) -> float:
    """How near the value is to the place's beginning: words between cost."""
    # what stands before a colon still belongs to the label
    between = _TWO_LETTERS.findall(text[:start].rpartition(":")[2]) if start else ()
    return 0.9 ** min(len(between), 8)


def date_candidates(place: Place, label: Label, field: str, evidence: Evidence) -> Iterator[Candidate]:
    """Dates at a place; ambiguous ones are settled by the document's evidence or dropped."""
    dates = find_dates(place.text)
    for index, found in enumerate(dates[:2]):
        value = evidence.day(found.values, found.orders)
        if field == "due_date" and _OTHER_DAY.search(level(place.cell.text[: place.start + found.start])):
            continue  # until when a discount holds, or when the first new instalment falls due
        rest = place.text[found.end : dates[index + 1].start] if index + 1 < len(dates) else place.text[found.end :]
        if field == "due_date" and _DISCOUNT_BEHIND.match(level(rest)):
            continue
        if value is not None:
            score = label.strength * place.weight * _near(place.text, found.start)
            yield _candidate(field, value, place, found.start, found.end, label, score)
    if not dates and (values := parse_date(place.text, compact=True)):
        yield _candidate(field, values[0], place, 0, len(place.text), label, 0.8 * label.strength * place.weight)


_DISCOUNT_BEHIND: Final = re.compile(r"[^.!?;]*\b(?:skonto|discount|escompte|sconto|rabatt?|korting|desconto|descuento)\b")
_UNTIL: Final = re.compile(
    r"[\s,]*(?:do(?: dnia)?|bis(?: zum| spatestens)?|by|until|before|on or before|avant le|au plus tard le|le|"
    r"entro il|antes del?|ate|voor|uiterlijk|do dne|senast)\s+$"
)
"""Words that part an amount from the day until which it is to be paid; folded."""


def _payable_until(place: Place, label: Label, evidence: Evidence) -> Iterator[Candidate]:
    """`Do zapłaty 947,42 zł do dnia 14.07.2025`: the day behind an amount due."""
    for found in find_dates(place.text)[:1]:
        amounts = [a for a in find_amounts(place.text[: found.start]) if a.decimals == 2 or a.currency]
        if not amounts or _UNTIL.fullmatch(level(place.text[amounts[-1].end : found.start])) is None:
            continue
        value = evidence.day(found.values, found.orders)
        if value is not None:
            yield _candidate("due_date", value, place, found.start, found.end, label, 0.85 * min(1.0, label.strength + 0.3))


_OTHER_DAY: Final = re.compile(
    r"(?:skonto|abschlag|vorauszahlung|teilbetrag|discount|rebate|instal?lment|next (?:bill|payment|reading)|escompte|"
    r"prochain|echeancier|mensualite|descuento|proxim[ao]|prossim[ao]|sconto|rabat|skonta|nastepn|kolejn|korting|"
    r"volgende|termijnbedrag|parcela|desconto)[^.!?]*$"
)
"""Words that give a day another meaning than the invoice's due date; the same sentence, folded."""


def code_candidates(place: Place, label: Label, field: str) -> Iterator[Candidate]:
    """The code at a place's beginning."""
    text, offset = place.text, 0
    if field == "invoice_number":
        skip = _NUMBER_AHEAD.match(text)
        offset = skip.end() if skip else 0
    dated = field in ("invoice_number", "corrected_number") and (
        place.relation == "inline" or _names_a_number(label) or offset > 0 or place.start > 0
    )
    grouped = field in _GROUPED or _DIGIT_GROUPS.fullmatch(text[offset:].strip()) is not None
    found = find_code(text[offset:], spaces=grouped, dated=dated)
    if field == "metering_point" and (shaped := _POINT_SHAPE.match(text.lstrip(" :"))):
        at = text.find(shaped[0])
        found = CodeFound(at, at + len(shaped[0]), _cups(shaped[0]) if place.cell.words else shaped[0])
    if field == "meter_number" and (named := _MADE_BY.match(text)):
        found = CodeFound(named.start(), named.end(), named[0])
    if found is None:
        return
    if field == "invoice_number" and (series := _SERIES_BEHIND.search(found.text)) and "serie" in level(label.cell.text):
        found = CodeFound(found.start, found.start + series.start(), found.text[: series.start()])
    score = label.strength * place.weight * (1.0 if found.start == 0 else 0.9)
    if field == "customer_number" and _ACCOUNT.search(level(label.spelling)):
        score *= 0.9  # a contract's account is named beside the customer's own number
    if place.relation != "inline" and len(found.text) < 3:
        score *= 0.6
    yield _candidate(field, found.text, place, offset + found.start, offset + found.end, label, score)


_POINT_SHAPE: Final = re.compile(
    r"(?:PT ?\d{4}(?: ?\d{4}){3} ?[A-Z]{2}|ES ?\d{4}(?: ?\d{4}){3} ?[A-Z]{2}(?: ?[\dO][FPRCXYZ])?|"
    r"IT ?\d{3} ?E ?\d{8,9}|(?:AT|CH|DE) ?\d{31})(?!\w)"
)
"""Metering points whose form their country's grid fixes: CPE, CUPS, POD, Zählpunkt (MC 2006, 33 characters)."""


def _cups(text: str) -> str:
    """A Spanish point's last digit is one: OCR reads `0F` as `OF`."""
    return re.sub(r"O([FPRCXYZ])$", r"0\1", text) if text.startswith("ES") else text


_MADE_BY: Final = re.compile(r"\d ?[A-Z]{3} ?\d{2} ?\d{4} ?\d{4}(?!\w)")
"""A meter's number across makers (DIN 43863-5): medium, maker, and ten digits."""
_SERIES_BEHIND: Final = re.compile(r"\s*/\s*\d{1,3}$")
"""`70813079 / 000` under `Nº da Nota Fiscal / Série`."""
_DIGIT_GROUPS: Final = re.compile(r"\d{2,5}(?:[ \u00a0]\d{2,5}){2,5}")
"""`336 072 200 553`: a number alone in its place, printed in groups."""
_ACCOUNT: Final = re.compile(r"matricula|konto|conta\b|account|compte|cuenta|conto\b")

# "(380) Nr. 471102": what stands in brackets or a few words before a number sign is not the number
_NUMBER_AHEAD: Final = re.compile(
    r"^(?:[^\d:#]{0,60}?(?:\([^)]{0,60}\)\s*){0,2})(?:\b(?:nr|no|num|number|numer|nummer)\b\.?\s*:?|"
    r"n[°º]\.?|№|#)\s*:?\s*(?=\S*\d)",
    re.IGNORECASE,
)
_NUMBER_WORDS: Final = re.compile(
    r"\b(?:nr|no|num|number|numer|nummer|numero|nº|n°|id|kod|code)\b|nummer|[#º°]|-nr", re.IGNORECASE
)


def _names_a_number(label: Label) -> bool:
    return bool(_NUMBER_WORDS.search(fold(label.spelling)))


def amount_candidates(place: Place, label: Label, field: str, evidence: Evidence) -> Iterator[Candidate]:
    """Amounts at a place: not dates, percents or quantities; the last of several is the row's total."""
    dates, percents = find_dates(place.text), find_percents(place.text)
    amounts = [
        a
        for a in find_amounts(place.text)
        if not any(d.start < a.end and a.start < d.end for d in dates)
        and not any(p.start < a.end and a.start < p.end for p in percents)
    ]
    printed = [a for a in amounts if a.decimals == 2 or a.currency] or amounts
    for rank, found in enumerate(reversed(printed[-2:])):
        value = evidence.amount(found)
        if value is None:
            continue
        score = label.strength * place.weight * (1.0 if rank == 0 else 0.7)
        if found.decimals != 2:
            score *= 0.85 if found.currency else 0.45
        if _THREE_LETTERS.search(place.text, found.end):
            score *= 0.7
        yield _candidate(field, value, place, found.start, found.end, label, score, found.currency)


# The number in a heading: "Handelsrechnung (380) Nr. 471102 vom 05.03.2018", "Facture n°562044387 du 02 Juillet 2015"
_HEADING: Final = re.compile(
    r"(?:rechnung|gutschrift|rechnungskorrektur|faktura|faktury|rachunek|invoice|bill|receipt|"
    r"credit note|fattura|facture|factura"
    r"|fatura|nota fiscal|factuur|creditnota|avoir|paragon|nota de credito|nota di credito|nota|"
    r"cupom fiscal|nao fiscal|abrechnung|bon|ricevuta"
    r"|recibo|ticket|korekta|statement|quittung|bolletta|energienota|credit memo|abono|"
    r"conta de energia|parcella)\b(?P<between>[^\d:#]{0,60}?(?:\([^)]{0,60}\)\s*){0,2})"
    r"(?:\b(?:nr|no|num|number|numer|nummer|numero)\b\.?\s*:?|\bn\.?\s?[o°º]?\.?\s?(?=\S{0,6}\d)|№|#)\s*:?\s*(?=\S*\d)"
)
_REFERS: Final = re.compile(
    r"\b(?:sur|zu|zur|zum|bezug|auf|der|die|do|dotyczy|re|ref|for|against|of|to|para|alla|alle|su|"
    r"della|sulla|op|betreft|van|a la|la|referente|original|originale"
    r"|ursprungliche|korygujaca|koryguje|corrects|credit|rif|riferimento|relativa|relatif|rectifica|"
    r"origine|storno|abono|annule|correction|correctie)\b[\s:.\-]*(?:vat |tax )?$"
)
_DATED: Final = re.compile(
    r"\s*,?\s*(?:vom|z dnia|dnia|du|del|dated|of|from|date|dd\.?|de|em|den|d\.d\.|per|:|,|\||-|–)?\s*$"
)


_IN_FULL: Final = re.compile(
    r"(?:bis(?: zum| spatestens)?|by|until|le|avant le|entro il|vor dem)\s+$"
), re.compile(r"\s*(?:ohne (?:jeden )?abzug|rein netto|netto(?!\w)|strictly net|net(?!\w)|sans escompte|senza sconto)")


def full_payment_candidates(places: Places, evidence: Evidence) -> Iterator[Candidate]:
    """`bis 20.04. mit 2 % Skonto oder bis 10.05.2025 ohne Abzug`: the day until which the whole sum may be paid."""
    lead, behind = _IN_FULL
    for cell in places.layout.cells:
        for found in find_dates(cell.text) if len(cell.text) > 20 else ():
            if not (lead.search(level(cell.text[: found.start])) and behind.match(level(cell.text[found.end :]))):
                continue
            value = evidence.day(found.values, found.orders)
            if value is not None:
                place = Place(cell.text, cell, 0, "inline", 1.0)
                label = Label(cell, 0, found.start, frozenset({"due_date"}), 0.9, "payable in full")
                yield _candidate("due_date", value, place, found.start, found.end, label, 0.9)


_PAYING: Final = re.compile(
    r"uberweis|zahlen|begleich|abgebucht|abbuch|eingezogen|einziehen|lastschrift|\bpay\b|payable|direct debit|debited|"
    r"betalen|voldoen|afgeschreven|regler|preleve|payer|pagar|pagamento|debito direto|cargo en|zaplat|zaplac|wplat|uregul"
)
_UNTIL_DAY: Final = re.compile(
    r"(?:bis(?: zum| spatestens)?|by|until|before|on|on or after|am|zum|voor|op|rond|le|avant le|ate|a partir de|"
    r"do(?: dnia)?|entro il|el|antes del?)\s+(?:the )?$"
)


def paying_candidates(places: Places, evidence: Evidence) -> Iterator[Candidate]:
    """Sentences that ask for payment until a day, or announce its collection, without a label's words."""
    for cell in places.layout.cells:
        if len(cell.text) < 30:
            continue
        for found in find_dates(cell.text):
            sentence = _SENTENCES.split(cell.text[: found.start])[-1]
            behind = _SENTENCES.split(cell.text[found.end :])[0]
            said = level(f"{sentence} {behind}")
            if not _PAYING.search(said) or not _UNTIL_DAY.search(level(sentence)) or _OTHER_DAY.search(level(sentence)):
                continue
            value = evidence.day(found.values, found.orders)
            if value is None or _DISCOUNT_BEHIND.match(level(behind)) or len(find_dates(sentence + behind)) > 0:
                continue
            place = Place(cell.text, cell, 0, "inline", 1.0)
            label = Label(cell, 0, found.start, frozenset({"due_date"}), 0.7, "a sentence that asks for payment")
            yield _candidate("due_date", value, place, found.start, found.end, label, 0.64)


_SENTENCES: Final = re.compile(r"(?<![.\d])[.!?]\s+(?=[A-ZÀ-Ž„\"])")


def numbers_of_customers(places: Places) -> Iterator[Candidate]:
    """A box `Cliente` or `Customer` with a number and no name in it is the customer's number."""
    for label in places.labels:
        if "buyer" in label.concepts and label.whole and label.strength >= 0.6:
            for place in places.of(label)[:1]:
                if re.fullmatch(r"[A-Z]{0,3}[-/]?\d{5,12}", place.text.strip()):
                    text = place.text.strip()
                    yield _candidate("customer_number", text, place, 0, len(place.text), label, 0.7 * label.strength)


_TAX_INSIDE: Final = re.compile(
    r"(?:includes?|incl\.?|including|inkl\.?|enthalt|darin|dont|inclusief|incluye|include|w tym)\s*:?\s*(?P<amount>[^\s\d]{0,3}\s?[\d.,]+)"
    r"\s*(?:€|eur|zl|pln|£|gbp|usd|\$|kc|chf)?\s*(?:vat|mwst|ust|tva|btw|iva|gst|tax|dph|moms|podatku)"
)


def included_tax(places: Places, evidence: Evidence) -> Iterator[Candidate]:
    """`£69.85 (includes £11.64 VAT)`: the tax in a total."""
    for cell in places.layout.cells:
        folded = level(cell.text)
        match = _TAX_INSIDE.search(folded) if len(folded) == len(cell.text) else None
        if match is None:
            continue
        start = match.start("amount")
        for found in find_amounts(cell.text[start : match.end()])[:1]:
            value = evidence.amount(found)
            if value is not None and found.decimals == 2:
                place = Place(cell.text, cell, 0, "inline", 1.0)
                label = Label(cell, match.start(), start, frozenset({"tax_total"}), 0.8, "included tax")
                begin = start + found.start
                yield _candidate("tax_total", value, place, begin, start + found.end, label, 0.75, found.currency)


_POINT: Final = re.compile(r"(?<!\d)590[\d ]{15,20}(?!\d)")


def point_candidates(places: Places) -> Iterator[Candidate]:
    """Polish metering points say what they are: 18 digits of GS1's prefix 590 whose check digit closes."""
    for cell in places.layout.cells:
        for match in _POINT.finditer(cell.text):
            ppe = read_ppe(match[0].strip())
            if ppe is not None and ppe.valid and len(ppe.number) == 18:
                place = Place(cell.text, cell, 0, "inline", 1.0)
                label = Label(cell, match.start(), match.start(), frozenset({"metering_point"}), 0.8, "PPE")
                end = match.start() + len(match[0].rstrip())
                yield _candidate("metering_point", ppe.number, place, match.start(), end, label, 0.8)


_PLACE_AND_DAY: Final = re.compile(r"[^\W\d_][^\d,;:]{1,30}(?:,\s*(?:dnia |den |le |am |the |em )?|\s(?:dnia|den|am|le)\s)$")


def place_and_day(places: Places, evidence: Evidence) -> Iterator[Candidate]:
    """`Warszawa, 14.03.2025` in the head of a page: where and when a letter or an invoice was written."""
    layout = places.layout
    for cell in layout.cells:
        if cell.box.y0 > 0.3 * layout.height or len(cell.text) > 50:
            continue
        for found in find_dates(cell.text)[:1]:
            value = evidence.day(found.values, found.orders)
            if value is None or cell.text[found.end :].strip(" .r") or not _PLACE_AND_DAY.fullmatch(cell.text[: found.start]):
                continue
            place = Place(cell.text, cell, 0, "inline", 1.0)
            label = Label(cell, 0, found.start, frozenset({"issue_date"}), 0.6, "place and day")
            yield _candidate("issue_date", value, place, found.start, found.end, label, 0.62)


def heading_candidates(places: Places, evidence: Evidence) -> Iterator[Candidate]:
    """The invoice number, and the date after it, from a heading that names the document."""
    for cell in places.layout.cells:
        if len(cell.text) > 160 or not any(map(str.isdigit, cell.text)):
            continue
        levelled = level(cell.text)
        match = _HEADING.search(levelled)
        if match is None or count_letters(levelled[: match.start()]) > 24:
            continue
        found = find_code(cell.text[match.end() :], dated=True)
        if found is None or _names_another(places, cell, match.start("between"), match.end()):
            continue
        place = Place(cell.text[match.end() :], cell, match.end(), "inline", 1.0)
        label = Label(
            cell,
            match.start(),
            match.end(),
            frozenset({"invoice_number"}),
            0.92,
            cell.text[match.start() : match.end()].strip(),
        )
        between = len(_THREE_LETTERS.findall(match["between"]))
        if _REFERS.search(levelled[: match.start()]):
            # "sur facture n° 12 du ...": another invoice, which this one corrects
            yield _candidate("corrected_number", found.text, place, found.start, found.end, label, 0.8)
            continue
        yield _candidate("invoice_number", found.text, place, found.start, found.end, label, 0.92 * 0.94**between)
        if not find_dates(place.text[found.end :]):
            yield from _dated_beside(places, cell, label, evidence)
        for day in find_dates(place.text[found.end :])[:1]:
            value = evidence.day(day.values, day.orders)
            if value is not None and _DATED.fullmatch(level(place.text[found.end : found.end + day.start])):
                yield _candidate("issue_date", value, place, found.end + day.start, found.end + day.end, label, 0.88)


def title_candidates(places: Places) -> Iterator[Candidate]:
    """The number right behind a title in the upper part of the page: `Verkoopfactuur 65992/2025`."""
    for label in places.labels:
        if not any(c.startswith("title_") for c in label.concepts) or label.cell.row > 0.5 * len(places.layout.rows):
            continue
        rest = label.cell.text[label.end :]
        # a printed rule, or what OCR makes of one, parts cells as a gap does
        lead = _RULES.split(label.cell.text[: label.start])[-1]
        if has_alnum(lead) or len(rest) > 60:
            continue
        if not rest.strip():
            yield from _signed_number(places, label)
            continue
        if _SERIES.fullmatch(_RULES.split(level(rest).rstrip(" |"))[-1]):
            yield from _beside_series(places, replace(label, spelling=label.cell.text[label.start :].strip(" |")))
            continue
        lead = re.match(r"[\s:]*", rest)
        offset = label.end + (lead.end() if lead else 0)
        found = find_code(label.cell.text[offset:], dated=False)
        if found is None or found.start > 0 or len(found.text) < 4:
            continue
        place = Place(label.cell.text[offset:], label.cell, offset, "inline", 1.0)
        yield _candidate("invoice_number", found.text, place, found.start, found.end, label, 0.74)


_OTHER_NUMBERS: Final = frozenset(
    {"purchase_order", "contract_number", "customer_number", "other", "payment_reference"}
)


def _names_another(places: Places, cell: Cell, start: int, end: int) -> bool:
    """Whether the words before the number name another number: `Rechnung gemäß Bestellung Nr. 12`."""
    held = places.by_cell.get(id(cell), ())
    words = places.lexicon_hits(cell)
    return any(start <= label.start < end and label.concepts & _OTHER_NUMBERS for label in held) or any(
        start <= at < end and concepts & _OTHER_NUMBERS for at, concepts in words
    )


def _dated_beside(places: Places, cell: Cell, label: Label, evidence: Evidence) -> Iterator[Candidate]:
    """The heading's date in the cells beside it: OCR parts `Nr. 12 | vom | 05.03.2018`."""
    seen_word = False
    for other in list(places.layout.right_of(cell))[:2]:
        for day in find_dates(other.text)[:1]:
            lead = level(other.text[: day.start])
            value = evidence.day(day.values, day.orders)
            if value is not None and _DATED.fullmatch(lead) and (seen_word or lead.strip()):
                place = Place(other.text, other, 0, "right", 1.0)
                yield _candidate("issue_date", value, place, day.start, day.end, label, 0.86)
            return
        seen_word = bool(_DATED.fullmatch(level(other.text)))
        if not seen_word:
            return


_RULES: Final = re.compile(r"[|\[\]¦]")
_SERIES: Final = re.compile(r"[\W_]*(?:serie|series|seria|ser)[\s:.]*\w{1,3}[\W_]*")


def _beside_series(places: Places, label: Label) -> Iterator[Candidate]:
    """`Nota Fiscal | Serie B | 072460288`: the number in the cell behind the series."""
    for place in places.of(label):
        if place.relation == "right":
            found = find_code(place.text, dated=False)
            if found is not None and found.start == 0 and len(found.text) >= 4:
                yield _candidate("invoice_number", found.text, place, found.start, found.end, label, 0.95)
            return


_PAPER: Final = re.compile(r"(?:facture|rechnung|faktura|invoice|fattura|factura|fatura|factuur|bill|avoir|gutschrift)\b")


def numbered_beneath(places: Places) -> Iterator[Candidate]:
    """A number alone in a cell under what names the paper: `Facture du 9 janvier` over `n° 10 764 431 399`."""
    reach = 2.6 * places.layout.line_height
    for cell in places.layout.cells:
        sign = _SIGNED.match(cell.text)
        if len(cell.text) > 40 or not (sign or _BARE_NUMBER.fullmatch(cell.text)):
            continue
        above = next(iter(places.layout.above(cell, reach)), None)
        if above is not None and sign and not _PAPER.match(level(above.text)):
            above = next(iter(places.layout.above(above, reach)), None)  # the title's first line
        if above is None or not _PAPER.match(level(above.text)):
            continue
        if min(abs(above.box.x0 - cell.box.x0), abs(above.box.x1 - cell.box.x1)) > cell.box.height * 3:
            continue
        start = sign.end() if sign else 0
        text = cell.text[start:]
        found = find_code(text, spaces=_DIGIT_GROUPS.fullmatch(text.strip()) is not None)
        if found is not None and found.start == 0 and len(found.text) >= 4 and not find_dates(found.text):
            label = Label(above, 0, len(above.text), frozenset({"invoice_number"}), 0.9, above.text[:40])
            place = Place(text, cell, start, "beneath", 0.9)
            score = 0.81 if sign else 0.7
            yield _candidate("invoice_number", found.text, place, found.start, found.end, label, score)


_BARE_NUMBER: Final = re.compile(r"\d{6,14}|(?=(?:\D*\d){6})[A-Z\d]{1,12}(?:[/-][A-Z\d]{1,8}){1,4}")
def wrapped_codes(places: Places) -> Iterator[Candidate]:
    """A number that a narrow column wraps at its joint: `DS-ASE-INV-DE-2025-` over `960988692`."""
    for label in places.labels:
        if "invoice_number" not in label.concepts or label.strength < 0.6:
            continue
        for place in places.of(label)[:1]:
            text = place.text.strip()
            below = next(iter(places.layout.beneath(place.cell, 1.6 * places.layout.line_height)), None)
            if text[-1:] not in ("-", "/", "_") or below is None or not any(map(str.isdigit, below.text)):
                continue
            if not re.fullmatch(r"\S{3,30}", text) or not re.fullmatch(r"\S{2,24}", below.text):
                continue
            label_here = replace(label, strength=1.0)
            found = _candidate("invoice_number", text + below.text, place, 0, len(place.text), label_here, 0.99)
            yield replace(found, box=bounds([found.box, below.box]))


_SIGNED: Final = re.compile(r"^\s*(?:nr|no|n[°º.]|№|#|num)[.°º:]?\s*(?=\S*\d)", re.IGNORECASE)


def _signed_number(places: Places, label: Label) -> Iterator[Candidate]:
    """A title alone, and beside or beneath it `Nr 2014/02/2`; a bare number only beside a title on top."""
    right = next(iter(places.layout.right_of(label.cell)), None)
    top = label.cell.box.y0 < 0.25 * places.layout.height
    if top and right is not None and re.fullmatch(r"\d{6,14}", right.text) and not parse_date(right.text, compact=True):
        place = Place(right.text, right, 0, "right", 1.0)
        yield _candidate("invoice_number", right.text, place, 0, len(right.text), label, 0.7)
    for place in places.of(label):
        if place.relation == "inline" or not _SIGNED.match(place.cell.text):
            continue
        found = find_code(place.text, dated=True)
        if found is not None and found.start == 0:
            yield _candidate("invoice_number", found.text, place, found.start, found.end, label, 0.82)


def month_candidates(place: Place, label: Label, field: str) -> Iterator[Candidate]:
    """A month and year at a place."""
    for found in find_months(place.text)[:1]:
        score = label.strength * place.weight * _near(place.text, found.start)
        yield _candidate(field, found.value, place, found.start, found.end, label, score)


def reading_day_candidates(place: Place, label: Label, field: str, evidence: Evidence) -> Iterator[Candidate]:
    """The day of a meter reading, with its year or without (`02/12`): then the value is (day, month)."""
    yield from date_candidates(place, label, field, evidence)
    pairs = parse_day_month(place.text)
    if pairs:
        yield _candidate(field, pairs[0], place, 0, len(place.text), label, label.strength * place.weight)


@dataclass(frozen=True, slots=True)
class Span:
    """A candidate for the billing period."""

    first: Candidate
    last: Candidate

    @property
    def score(self) -> float:
        return min(self.first.score, self.last.score)


@dataclass(frozen=True, slots=True)
class Collected:
    """A page's candidates, and the boxes of printed dates that some label explains."""

    candidates: list[Candidate]
    explained: frozenset[Box]


def collect(places: Places, evidence: Evidence) -> Collected:
    """All labelled candidates of a page but parties and what stands in tables, competition settled."""
    claims: list[Candidate] = []
    for label in places.labels:
        fields = [c for c in label.concepts if c in DATES or c in CODES or c in AMOUNTS or c in _OTHERS]
        if not fields:
            continue
        for place in places.of(label):
            for field in fields:
                claims.extend(_typed(place, label, field, evidence))
    claims.extend(heading_candidates(places, evidence))
    claims.extend(title_candidates(places))
    claims.extend(numbered_beneath(places))
    claims.extend(wrapped_codes(places))
    claims.extend(full_payment_candidates(places, evidence))
    claims.extend(point_candidates(places))
    claims.extend(place_and_day(places, evidence))
    claims.extend(paying_candidates(places, evidence))
    claims.extend(numbers_of_customers(places))
    claims.extend(included_tax(places, evidence))
    explained = frozenset(c.box for c in claims if isinstance(c.value, date) and c.score >= 0.4)
    return Collected([*settle(claims), *tariff_candidates(places)], explained)


# Polish groups (G11, C12a, B23, G12w), Brazilian ones (A4, B1, AS): a letter or two and one or two digits
_TARIFF: Final = re.compile(r"(?:[ABCDGOR]\d{2}[a-z]{0,3}|[AB](?:\d[a-z]?|S))(?![\w/])")


def tariff_candidates(places: Places) -> Iterator[Candidate]:
    """The tariff group at its label's place. It competes with no other field: no other has its form."""
    for label in places.labels:
        if "tariff_group" in label.concepts:
            for place in places.of(label):
                found = _TARIFF.match(place.text)
                if found is not None:
                    score = label.strength * place.weight
                    yield _candidate("tariff_group", found[0], place, found.start(), found.end(), label, score)


def _typed(place: Place, label: Label, field: str, evidence: Evidence) -> Iterator[Candidate]:
    if field in DATES:
        yield from date_candidates(place, label, field, evidence)
    elif field in CODES:
        yield from code_candidates(place, label, field)
    elif field in AMOUNTS:
        yield from amount_candidates(place, label, field, evidence)
        if field in ("amount_due", "gross_total") and place.relation == "inline":
            yield from _payable_until(place, label, evidence)
    elif field in ("reading_previous", "reading_current"):
        yield from reading_day_candidates(place, label, field, evidence)
    elif field == "reference_month":
        yield from month_candidates(place, label, field)
    elif field == "other":
        yield from date_candidates(place, label, field, evidence)
        yield from code_candidates(place, label, field)
        yield from amount_candidates(place, label, field, evidence)


def _kind(candidate: Candidate) -> str:
    kinds: tuple[tuple[type, str], ...] = ((date, "date"), (Decimal, "amount"), (Month, "month"), (str, "code"))
    return next((name for kind, name in kinds if isinstance(candidate.value, kind)), "other")


# Concepts that may rightly share one printed value
_SHARED: Final[tuple[frozenset[str], ...]] = (
    frozenset({"gross_total", "amount_due", "net_total", "total_row", "paid"}),
    frozenset({"issue_date", "sale_date"}),
    frozenset({"customer_number", "metering_point", "contract_number"}),
)


def settle(claims: Sequence[Candidate]) -> list[Candidate]:
    """Keep, of each printed value, the claims nearly as good as its best; the better of equal claims."""
    best: dict[tuple[int, Box, str], Candidate] = {}
    for claim in claims:
        key = (claim.page, claim.box, _kind(claim))
        if key not in best or claim.score > best[key].score:
            best[key] = claim
    kept: dict[tuple[str, int, Box], Candidate] = {}
    for claim in claims:
        winner = best[(claim.page, claim.box, _kind(claim))]
        shared = winner.field == claim.field or any({winner.field, claim.field} <= s for s in _SHARED)
        if claim.field == "other" or (not shared and winner.field != "other" and claim.score < 0.97 * winner.score):
            continue
        if not shared and winner.field == "other" and claim.score < winner.score - 0.12:
            continue
        key3 = (claim.field, claim.page, claim.box)
        if key3 not in kept or claim.score > kept[key3].score:
            kept[key3] = claim
    return sorted(kept.values(), key=lambda c: (-c.score, c.page, c.box.y0, c.box.x0))


def spans(places: Places, evidence: Evidence) -> list[Span]:
    """Labelled spans of days (`period`), and a start label with an end label beside it."""
    found: list[Span] = []
    for label in places.labels:
        if not label.concepts & {"period", "sale_date"}:
            continue
        for place in _joined(places, label):
            for span in find_ranges(place.text)[:1]:
                first = _settled(span.first, evidence)
                last = _settled(span.last, evidence)
                if first is None or last is None or first > last:
                    continue
                score = label.strength * place.weight * _near(place.text, span.start)
                score *= 1.0 if "period" in label.concepts else 0.85
                found.append(
                    Span(
                        _candidate("period_start", first, place, span.start, span.end, label, score),
                        _candidate("period_end", last, place, span.start, span.end, label, score),
                    )
                )
    return sorted(found, key=lambda s: -s.score)


def _settled(values: Sequence[date], evidence: Evidence) -> date | None:
    orders = ("dmy", "mdy", "ymd")[: len(values)]
    return evidence.day(values, orders)


def _joined(places: Places, label: Label) -> Iterator[Place]:
    """The label's places, and its row joined into one text (a span often stands in three cells)."""
    parts = list(places.of(label))
    row = [p for p in parts if p.relation in ("inline", "right")]
    if len(row) > 1:
        cells = [p.cell for p in row]
        words = tuple(w for c in cells for w in c.words)
        joined = type(cells[0])(words, cells[0].page, cells[0].row, cells[0].index)
        start = row[0].start if row[0].relation == "inline" else 0
        yield Place(joined.text[start:], joined, start, "right", row[0].weight)
    yield from parts
    beneath = [p for p in parts if p.relation == "beneath"]
    inline = next((p for p in parts if p.relation == "inline"), None)
    if inline is not None and beneath:
        # the span wraps: "... od" at the end of one row, the dates in the next
        yield from beneath


def lone_span(pages: Sequence[Places], evidence: Evidence) -> Span | None:
    """The one span of days that the pages print, where every printed span is the same."""
    found: dict[tuple[date, date], Span] = {}
    for places in pages:
        for cell in places.layout.cells:
            for span in find_ranges(cell.text):
                first, last = _settled(span.first, evidence), _settled(span.last, evidence)
                if first is None or last is None or not 20 <= (last - first).days <= 370:
                    continue
                place = Place(cell.text, cell, 0, "page", 1.0)
                label = Label(cell, span.start, span.end, frozenset({"period"}), 0.62, "")
                found.setdefault(
                    (first, last),
                    Span(
                        _candidate("period_start", first, place, span.start, span.end, label, 0.62),
                        _candidate("period_end", last, place, span.start, span.end, label, 0.62),
                    ),
                )
    return next(iter(found.values())) if len(found) == 1 else None


def best(candidates: Iterable[Candidate], field: str, fits: Callable[[Any], bool] = lambda _: True) -> Candidate | None:
    """The best-scored candidate of a field whose value fits."""
    return next((c for c in candidates if c.field == field and fits(c.value)), None)

"""Candidates: every value that a label may mean, typed, scored and with its place.

One printed value may be claimed by several labels (`Date` beside it and `Due date` above it). Each claim
has a score; a value whose best claim is another concept's loses here, so that a delivery date is not
taken for the date of issue because both are dates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from pipelines.pages import Box
from pipelines.parsing.candidate import THREE_LETTERS, Candidate, make_candidate, nearness
from pipelines.parsing.candidates_headed import numbers_at_the_title
from pipelines.parsing.candidates_numbers import (
    DIGIT_GROUPS,
    heading_candidates,
    numbered_beneath,
    numbers_of_customers,
    point_candidates,
    title_candidates,
    wrapped_codes,
)
from pipelines.parsing.candidates_prose import (
    DISCOUNT_BEHIND,
    OTHER_DAY,
    full_payment_candidates,
    included_tax,
    payable_until,
    paying_candidates,
    place_and_day,
    until_beneath_amounts,
)
from pipelines.parsing.codes import CodeFound, find_code
from pipelines.parsing.dates import Month, find_dates, find_months, parse_date, parse_day_month
from pipelines.parsing.evidence import Evidence
from pipelines.parsing.folding import count_digits, count_letters, fold, level, squash
from pipelines.parsing.geometry import Cell
from pipelines.parsing.labels import Label
from pipelines.parsing.places import Place, Places
from pipelines.parsing.proofs import find_ksef_numbers
from pipelines.parsing.ranges import RangeFound, find_ranges
from pipelines.parsing.values import AmountFound, find_amounts, find_percents

DATES: Final = frozenset({"issue_date", "sale_date", "due_date", "corrected_date", "period_start", "period_end"})


CODES: Final = frozenset(
    {
        "invoice_number", "customer_number", "contract_number", "purchase_order", "metering_point", "meter_number",
        "corrected_number", "payment_reference",
    }
)  # fmt: skip


AMOUNTS: Final = frozenset(
    {"net_total", "tax_total", "gross_total", "amount_due", "paid", "prior_balance", "total_row", "order_value",
     "rounding", "credit_due", "withheld"}
)  # fmt: skip


_OTHERS: Final = frozenset({"reference_month", "reading_previous", "reading_current", "other"})


_GROUPED: Final = frozenset({"customer_number", "metering_point", "meter_number", "contract_number"})


def date_candidates(place: Place, label: Label, field: str, evidence: Evidence) -> Iterator[Candidate]:
    """Dates at a place; ambiguous ones are settled by the document's evidence or dropped."""
    dates = find_dates(place.text)
    for index, found in enumerate(dates[:2]):
        value = evidence.day(found.values, found.orders)
        if field == "due_date" and OTHER_DAY.search(level(place.cell.text[: place.start + found.start])):
            continue  # until when a discount holds, or when the first new instalment falls due
        rest = place.cell.text[place.start + found.end :]
        if index + 1 < len(dates):
            rest = place.text[found.end : dates[index + 1].start]
        if field == "due_date" and DISCOUNT_BEHIND.match(level(rest)):
            continue
        if value is not None:
            score = label.strength * place.weight * nearness(place.text, found.start)
            if len(squash(label.spelling)) <= 2 and count_letters(rest) >= 3:
                score *= 0.5  # `le 15 septembre sur votre compte`: a preposition, and no label
            yield make_candidate(field, value, place, found.start, found.end, label, score)
    if not dates and (values := parse_date(place.text, compact=True)):
        yield make_candidate(field, values[0], place, 0, len(place.text), label, 0.8 * label.strength * place.weight)


def code_candidates(place: Place, label: Label, field: str) -> Iterator[Candidate]:
    """The code at a place's beginning."""
    text, offset = place.text, 0
    if field == "invoice_number":
        skip = _NUMBER_AHEAD.match(text)
        offset = skip.end() if skip else 0
    dated = field in ("invoice_number", "corrected_number") and (
        place.relation == "inline" or _names_a_number(label) or offset > 0 or place.start > 0
    )
    grouped = field in _GROUPED or DIGIT_GROUPS.fullmatch(text[offset:].strip()) is not None
    found = find_code(text[offset:], spaces=grouped, dated=dated)
    if field == "metering_point" and (shaped := _POINT_SHAPE.match(text.lstrip(" :"))):
        at = text.find(shaped[0])
        found = CodeFound(at, at + len(shaped[0]), _cups(shaped[0]) if place.cell.words else shaped[0])
    if field == "meter_number" and (named := _MADE_BY.match(text)):
        found = CodeFound(named.start(), named.end(), named[0])
    if found is None or _PAPER_NAME.fullmatch(found.text):
        return
    if field == "invoice_number" and find_ksef_numbers(found.text):
        return  # the state's number of the paper, not the issuer's
    if key := _KEY_AHEAD.match(found.text):
        found = CodeFound(found.start + key.end(), found.end, found.text[key.end() :])
    if (
        field == "invoice_number"
        and (series := _SERIES_BEHIND.search(found.text))
        and "serie" in level(label.cell.text)
    ):
        found = CodeFound(found.start, found.start + series.start(), found.text[: series.start()])
    strength = label.strength
    if (both := _TWO_NUMBERS.fullmatch(found.text)) is not None:
        found = CodeFound(found.start, found.start + both.end(1), both[1])
    if field in _STANDING and (month := _MONTH_BEHIND.search(found.text)):
        found = CodeFound(found.start, found.start + month.start(), found.text[: month.start()])
        strength *= 0.7
    if field == "meter_number" and place.relation == "inline" and found.start == 0 and _LONG_NUMBER.match(found.text):
        strength = max(strength, 0.65)  # in a sentence, but right at its word: `licznik 60262471, odczyt zdalny`
    score = strength * place.weight * (1.0 if found.start == 0 else 0.9)
    if field == "customer_number" and _PAPER_AHEAD.match(found.text):
        score *= 0.5  # `débito deste código de cliente: NF 121774008`
    if field == "customer_number" and count_digits(found.text) >= _PAYMENT_CODE:
        score *= 0.8  # what a payment slip calls the customer's code names the payment as well
    if field == "customer_number" and _ACCOUNT.search(level(label.spelling)):
        score *= 0.9  # a contract's account is named beside the customer's own number
    if place.relation != "inline" and len(found.text) < 3:
        score *= 0.6
    yield make_candidate(field, found.text, place, offset + found.start, offset + found.end, label, score)


_PAPER_AHEAD: Final = re.compile(r"(?:NF|FV|FT|FA|RE)\.? ?\d", re.IGNORECASE)
_TWO_NUMBERS: Final = re.compile(r"(\d{7,}) \d{7,}")
"""Two whole numbers side by side are no groups of one."""
_PAYMENT_CODE: Final = 16
"""Digits; customers are told by fewer."""
_KEY_AHEAD: Final = re.compile(r"(?:ID|Nr|No|Ref)\.? +(?=\d)|VAT +(?=\S*\d)", re.IGNORECASE)
"""`Supply point ID 7249788559120`: the end of a longer label."""


_STANDING: Final = frozenset({"customer_number", "contract_number", "metering_point"})
_MONTH_BEHIND: Final = re.compile(r"-20\d\d-(?:0?[1-9]|1[0-2])(?:-\d{1,2})?$")
"""`Matrícula 73873024-2025-11-3`: this bill's number of its month, behind what stands from bill to bill."""


_PAPER_NAME: Final = re.compile(r"(?:NF-?3-?E|DANF-?3-?E)", re.IGNORECASE)
"""A kind of paper whose name has a digit."""


_LONG_NUMBER: Final = re.compile(r"(?=(?:\D*\d){7})[\w/-]+$")


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
        if value is None or _TORN.search(place.text[: found.start]):
            continue
        score = label.strength * place.weight * (1.0 if rank == 0 else 0.7)
        if found.decimals != 2:
            score *= 0.85 if found.currency else 0.45
        if THREE_LETTERS.search(place.text, found.end):
            score *= 0.7
        yield make_candidate(field, value, place, found.start, found.end, label, score, found.currency)


_PAYABLE: Final = frozenset({"amount_due", "gross_total"})


def _gross_of_row(places: Places, label: Label, fields: Sequence[str], evidence: Evidence) -> Iterator[Candidate]:
    """The third of a row's amounts, where net and tax before it come to it: `Do dopłaty 149,58 34,38 183,96`."""
    row: list[tuple[Decimal, Place, AmountFound]] = []
    for cell in places.layout.right_of(label.cell) if fields else ():
        place = places.trimmed(cell, "right", 0.97)
        for found in find_amounts(cell.text[place.start :]):
            value = evidence.amount(found)
            if value is not None and found.decimals == 2:
                row.append((value, place, found))
    for (net, _, _), (tax, _, _), (gross, place, found) in zip(row, row[1:], row[2:], strict=False):
        if net and tax and net + tax == gross:
            for field in fields:
                yield make_candidate(
                    field, gross, place, found.start, found.end, label, 0.97 * label.strength, found.currency
                )
            return


def month_candidates(place: Place, label: Label, field: str) -> Iterator[Candidate]:
    """A month and year at a place."""
    for found in find_months(place.text)[:1]:
        score = label.strength * place.weight * nearness(place.text, found.start)
        yield make_candidate(field, found.value, place, found.start, found.end, label, score)


def reading_day_candidates(place: Place, label: Label, field: str, evidence: Evidence) -> Iterator[Candidate]:
    """The day of a meter reading, with its year or without (`02/12`): then the value is (day, month)."""
    yield from date_candidates(place, label, field, evidence)
    pairs = parse_day_month(place.text)
    if pairs:
        yield make_candidate(field, pairs[0], place, 0, len(place.text), label, label.strength * place.weight)


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
        claims.extend(_gross_of_row(places, label, [f for f in fields if f in _PAYABLE], evidence))
    claims.extend(heading_candidates(places, evidence))
    claims.extend(title_candidates(places))
    claims.extend(numbered_beneath(places))
    claims.extend(wrapped_codes(places))
    claims.extend(full_payment_candidates(places, evidence))
    claims.extend(point_candidates(places))
    claims.extend(place_and_day(places, evidence))
    claims.extend(paying_candidates(places, evidence))
    claims.extend(until_beneath_amounts(places, evidence))
    claims.extend(numbers_of_customers(places))
    claims.extend(included_tax(places, evidence))
    claims.extend(numbers_at_the_title(places, claims))
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
                    yield make_candidate("tariff_group", found[0], place, found.start(), found.end(), label, score)


def _typed(place: Place, label: Label, field: str, evidence: Evidence) -> Iterator[Candidate]:
    if field in DATES:
        yield from date_candidates(place, label, field, evidence)
    elif field in CODES:
        yield from code_candidates(place, label, field)
    elif field in AMOUNTS:
        yield from amount_candidates(place, label, field, evidence)
        if field in ("amount_due", "gross_total") and place.relation == "inline":
            yield from payable_until(place, label, evidence)
    elif field in ("reading_previous", "reading_current"):
        yield from reading_day_candidates(place, label, field, evidence)
    elif field == "reference_month":
        yield from month_candidates(place, label, field)
    elif field == "other":
        yield from date_candidates(place, label, field, evidence)
        yield from code_candidates(place, label, field)
        yield from amount_candidates(place, label, field, evidence)


_TORN: Final = re.compile(r"\d[.,]\s$")
"""What stands before the hundredths of an amount that OCR tore apart: `90, 69`."""


def _kind(candidate: Candidate) -> str:
    return _KINDS.get(type(candidate.value), "other")


_KINDS: Final[dict[type, str]] = {date: "date", Decimal: "amount", Month: "month", str: "code"}


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
        shared = winner.field == claim.field or any(winner.field in s and claim.field in s for s in _SHARED)
        if claim.field == "other" or (not shared and winner.field != "other" and claim.score < 0.97 * winner.score):
            continue
        if not shared and winner.field == "other" and claim.score < winner.score - 0.12:
            continue
        key3 = (claim.field, claim.page, claim.box)
        if key3 not in kept or claim.score > kept[key3].score:
            kept[key3] = claim
    return sorted(kept.values(), key=lambda c: (-c.score, c.page, c.box.y0, c.box.x0))


def spans(places: Places, evidence: Evidence) -> list[Span]:
    """Labelled spans of days (`period`), a start label with an end label beside it, and a span in the title."""
    found: list[Span] = []
    for label in places.labels:
        titled = any(c in _BILLS for c in label.concepts)
        if not (titled or label.concepts & {"period", "sale_date"}):
            continue
        for place in _joined(places, label) if not titled else _inline(places, label):
            for span in find_ranges(place.text)[:1]:
                first = _settled(span.first, evidence)
                last = _settled(span.last, evidence)
                if first is None or last is None or first > last or (titled and not _bills(first, last, place, span)):
                    continue
                score = max(label.strength, 0.85 if titled else 0.0) * place.weight
                score *= 1.0 if titled else nearness(place.text, span.start)
                score *= 0.85 if "sale_date" in label.concepts and "period" not in label.concepts else 1.0
                found.append(
                    Span(
                        make_candidate("period_start", first, place, span.start, span.end, label, score),
                        make_candidate("period_end", last, place, span.start, span.end, label, score),
                    )
                )
    return sorted(found, key=lambda s: -s.score)


_BILLS: Final = frozenset({"title_invoice", "title_settlement", "title_correction"})
_NEAR_TITLE: Final = 24
"""Letters between a title and its span: `Ihre Energieabrechnung vom 15.10.2024 bis 14.10.2025`."""


def _inline(places: Places, label: Label) -> Iterator[Place]:
    return (place for place in places.of(label) if place.relation == "inline")


def _bills(first: date, last: date, place: Place, span: RangeFound) -> bool:
    """Whether a span right behind a title may be what is billed."""
    return 5 <= (last - first).days <= 400 and span.start <= _NEAR_TITLE and len(place.text) - span.end <= _NEAR_TITLE


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


_IN_ADVANCE: Final = re.compile(r"abonnement|subscription|standing charge|grundpreis|quota fissa|vastrecht|abonament")
"""What is billed for the time to come, on bills of what was used before."""
_OPEN_SPAN: Final = re.compile(r"\d\s*(?:-|–|—|to|bis|do|a|à|até|al|au|t/m|tot)\s*$", re.IGNORECASE)


def _goes_on_beneath(places: Places, cell: Cell) -> str:
    """The line beneath, where a sentence breaks within a span: `du 05/02/2025 au | 04/04/2025.`"""
    rows = places.layout.rows
    if _OPEN_SPAN.search(cell.text) is None or cell.row + 1 >= len(rows):
        return ""
    line = max(places.layout.line_height, cell.box.height)
    for below in rows[cell.row + 1].cells:
        if below.box.y0 - cell.box.y1 < line and cell.box.x0 - line < below.box.x0 < cell.box.x1:
            return " " + below.text
    return ""


def lone_span(pages: Sequence[Places], evidence: Evidence) -> Span | None:
    """The one span of days that the pages print, where every printed span is the same."""
    found: dict[tuple[date, date], Span] = {}
    ahead: dict[tuple[date, date], Span] = {}
    for places in pages:
        for cell in places.layout.numbered:
            text = cell.text + _goes_on_beneath(places, cell)
            held = ahead if _IN_ADVANCE.search(level(cell.text)) else found
            for span in find_ranges(text):
                first, last = _settled(span.first, evidence), _settled(span.last, evidence)
                if first is None or last is None or not 20 <= (last - first).days <= 370:
                    continue
                place = Place(text, cell, 0, "page", 1.0)
                label = Label(cell, span.start, span.end, frozenset({"period"}), 0.62, "")
                held.setdefault(
                    (first, last),
                    Span(
                        make_candidate("period_start", first, place, span.start, span.end, label, 0.62),
                        make_candidate("period_end", last, place, span.start, span.end, label, 0.62),
                    ),
                )
    found = found or ahead
    return next(iter(found.values())) if len(found) == 1 else None

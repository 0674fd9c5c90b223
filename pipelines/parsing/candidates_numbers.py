"""Numbers by where they stand: in a heading, under a title, wrapped in a narrow column, or by their own form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from pipelines.parsing.candidate import THREE_LETTERS, Candidate, make_candidate
from pipelines.parsing.codes import find_code
from pipelines.parsing.dates import find_dates, parse_date
from pipelines.parsing.evidence import Evidence
from pipelines.parsing.folding import count_letters, has_alnum, level
from pipelines.parsing.geometry import Cell, bounds
from pipelines.parsing.labels import Label
from pipelines.parsing.places import Place, Places
from pipelines.parsing.proofs import read_ppe

DIGIT_GROUPS: Final = re.compile(r"\d{2,5}(?:[ \u00a0]\d{2,5}){2,5}|[A-Z]{1,2}(?:[ \u00a0]\d{3}){2,5}")
"""`336 072 200 553`, `R 254 418`: a number alone in its place, printed in groups."""


# The number in a heading: "Handelsrechnung (380) Nr. 471102 vom 05.03.2018", "Facture n°562044387 du 02 Juillet 2015"
_HEADING: Final = re.compile(
    r"(?:rechnung|gutschrift|rechnungskorrektur|faktura|faktury|rachunek|invoice|bill|receipt|"
    r"credit note|fattura|facture|factura"
    r"|fatura|nota fiscal|factuur|creditnota|avoir|paragon|nota de credito|nota di credito|nota|"
    r"cupom fiscal|nao fiscal|abrechnung|bon|ricevuta"
    r"|recibo|ticket|korekta|statement|quittung|bolletta|energienota|credit memo|abono|"
    r"conta de energia|parcella)\b(?P<between>[^\d:#]{0,60}?(?:\([^)]{0,60}\)\s*){0,2})"
    r"(?:\b(?:nr|no|num|number|numer|nummer|numero)\b\.?\s*:?|"
    r"\bn(?:\.?\s?(?:[°º]|o(?![^\W\d_]))\.?\s?|\.\s?|\s|(?=\d))(?=\S{0,6}\d)|№|#)"
    r"\s*:?\s*(?=(?:[a-z]{1,4}-[a-z]{1,4} )?\S*\d)"
)


_IN_GROUPS: Final = re.compile(r"\s*\d{1,4}(?:[ \u00a0]\d{3}){2,5}(?![\d/]|[ \u00a0]\d|[.,]\d)")
"""`10 248 337 901`: a number printed by thousands, and nothing more of it behind."""


_REFERS: Final = re.compile(
    r"\b(?:sur|zu|zur|zum|bezug|auf|der|die|do|dotyczy|re|ref|for|against|of|to|para|alla|alle|su|"
    r"della|sulla|op|betreft|van|a la|la|referente|original|originale"
    r"|ursprungliche|korygujaca|koryguje|corrects|credit|rif|riferimento|relativa|relatif|rectifica|"
    r"origine|storno|abono|annule|correction|correctie)\b[\s:.\-]*(?:vat |tax )?$"
)


_DATED: Final = re.compile(
    r"\s*,?\s*(?:vom|z dnia|dnia|du|del|dated|of|from|date|dd\.?|de|em|den|d\.d\.|per|:|,|\||-|–)?\s*$"
)


def heading_candidates(places: Places, evidence: Evidence) -> Iterator[Candidate]:
    """The invoice number, and the date after it, from a heading that names the document."""
    for cell in places.layout.numbered:
        if len(cell.text) > 160:
            continue
        levelled = level(cell.text)
        match = _HEADING.search(levelled)
        if match is None or count_letters(levelled[: match.start()]) > 24:
            continue
        rest = cell.text[match.end() :]
        found = find_code(rest, dated=True, spaces=_IN_GROUPS.match(rest) is not None)
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
        between = len(THREE_LETTERS.findall(match["between"]))
        if _REFERS.search(levelled[: match.start()]):
            # "sur facture n° 12 du ...": another invoice, which this one corrects
            yield make_candidate("corrected_number", found.text, place, found.start, found.end, label, 0.8)
            continue
        # words before the heading make it part of a row: `Rata 7/24 - telefon, nota nr 12`
        apart = 0.9 if count_letters(levelled[: match.start()]) > 12 else 1.0
        score = 0.92 * 0.94**between * apart
        yield make_candidate("invoice_number", found.text, place, found.start, found.end, label, score)
        if not find_dates(place.text[found.end :]):
            yield from _dated_beside(places, cell, label, evidence)
        for day in find_dates(place.text[found.end :])[:1]:
            value = evidence.day(day.values, day.orders)
            if value is not None and _DATED.fullmatch(level(place.text[found.end : found.end + day.start])):
                yield make_candidate(
                    "issue_date", value, place, found.end + day.start, found.end + day.end, label, 0.88
                )


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
        if signed := _SIGNED.match(label.cell.text[offset:]):
            offset += signed.end()
        found = find_code(label.cell.text[offset:], dated=False)
        if found is None or found.start > 0 or len(found.text) < 4:
            continue
        place = Place(label.cell.text[offset:], label.cell, offset, "inline", 1.0)
        alone = not has_alnum(place.text[found.end :])
        # a title with a colon is a label: `INVOICE: INV-100`
        score = (0.92 if lead and ":" in lead[0] else 0.8) if alone else 0.74
        yield make_candidate("invoice_number", found.text, place, found.start, found.end, label, score)


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
                yield make_candidate("issue_date", value, place, day.start, day.end, label, 0.86)
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
                yield make_candidate("invoice_number", found.text, place, found.start, found.end, label, 0.95)
            return


_PAPER: Final = re.compile(
    r"(?:facture|rechnung|faktura|invoice|fattura|factura|fatura|factuur|bill|avoir|gutschrift)\b"
)


def numbered_beneath(places: Places) -> Iterator[Candidate]:
    """A number alone in a cell under what names the paper: `Facture du 9 janvier` over `n° 10 764 431 399`."""
    reach = 2.6 * places.layout.line_height
    for cell in places.layout.numbered:
        if len(cell.text) > 40:
            continue
        sign = _SIGNED.match(cell.text)
        if not (sign or _BARE_NUMBER.fullmatch(cell.text)):
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
        groups = DIGIT_GROUPS.fullmatch(text.strip()) or _IN_GROUPS.match(text)
        found = find_code(text, spaces=groups is not None)
        if found is not None and found.start == 0 and len(found.text) >= 4 and not find_dates(found.text):
            label = Label(above, 0, len(above.text), frozenset({"invoice_number"}), 0.9, above.text[:40])
            place = Place(text, cell, start, "beneath", 0.9)
            score = 0.81 if sign else 0.7
            yield make_candidate("invoice_number", found.text, place, found.start, found.end, label, score)


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
            found = make_candidate("invoice_number", text + below.text, place, 0, len(place.text), label_here, 0.99)
            yield replace(found, box=bounds([found.box, below.box]))


_SIGNED: Final = re.compile(r"^\s*(?:(?:nr|no|num)(?![^\W\d_])|n[°º.]|№|#)[.°º:]?\s*(?=\S*\d)", re.IGNORECASE)


def _signed_number(places: Places, label: Label) -> Iterator[Candidate]:
    """A title alone, and beside or beneath it `Nr 2014/02/2`; a bare number only beside a title on top."""
    right = next(iter(places.layout.right_of(label.cell)), None)
    top = label.cell.box.y0 < 0.25 * places.layout.height
    if top and right is not None and re.fullmatch(r"\d{6,14}", right.text) and not parse_date(right.text, compact=True):
        place = Place(right.text, right, 0, "right", 1.0)
        yield make_candidate("invoice_number", right.text, place, 0, len(right.text), label, 0.7)
    for place in places.of(label):
        if place.relation == "inline" or not _SIGNED.match(place.cell.text):
            continue
        found = find_code(place.text, dated=True)
        if found is not None and found.start == 0:
            yield make_candidate("invoice_number", found.text, place, found.start, found.end, label, 0.82)


def numbers_of_customers(places: Places) -> Iterator[Candidate]:
    """A box `Cliente` or `Customer` with a number and no name in it is the customer's number."""
    for label in places.labels:
        if "buyer" in label.concepts and label.whole and label.strength >= 0.6:
            for place in places.of(label)[:1]:
                if re.fullmatch(r"[A-Z]{0,3}[-/]?\d{5,12}", place.text.strip()):
                    text = place.text.strip()
                    yield make_candidate(
                        "customer_number", text, place, 0, len(place.text), label, 0.7 * label.strength
                    )


_POINT: Final = re.compile(r"(?<!\d)590[\d ]{15,20}(?!\d)")


def point_candidates(places: Places) -> Iterator[Candidate]:
    """Polish metering points say what they are: 18 digits of GS1's prefix 590 whose check digit closes."""
    for cell in places.layout.numbered:
        for match in _POINT.finditer(cell.text) if "590" in cell.text else ():
            ppe = read_ppe(match[0].strip())
            if ppe is not None and ppe.valid and len(ppe.number) == 18:
                place = Place(cell.text, cell, 0, "inline", 1.0)
                label = Label(cell, match.start(), match.start(), frozenset({"metering_point"}), 0.8, "PPE")
                end = match.start() + len(match[0].rstrip())
                yield make_candidate("metering_point", ppe.number, place, match.start(), end, label, 0.8)

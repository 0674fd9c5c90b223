"""Days and amounts that sentences state: until when to pay, when it will be collected, which tax is inside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from pipelines.parsing.candidate import Candidate, make_candidate
from pipelines.parsing.dates import find_dates
from pipelines.parsing.evidence import Evidence
from pipelines.parsing.folding import level
from pipelines.parsing.labels import Label
from pipelines.parsing.places import Place, Places
from pipelines.parsing.values import find_amounts

DISCOUNT_BEHIND: Final = re.compile(
    r"[^.!?;]*\b(?:skonto|discount|escompte|sconto|rabatt?|korting|desconto|descuento)\b"
)


_UNTIL: Final = re.compile(
    r"[\s,]*(?:do(?: dnia)?|bis(?: zum| spatestens)?|by|until|before|on or before|avant le|au plus tard le|le|"
    r"entro il|antes del?|ate|voor|uiterlijk|do dne|senast)\s+$"
)
"""Words that part an amount from the day until which it is to be paid; folded."""


def payable_until(place: Place, label: Label, evidence: Evidence) -> Iterator[Candidate]:
    """`Do zapłaty 947,42 zł do dnia 14.07.2025`: the day behind an amount due."""
    for found in find_dates(place.text)[:1]:
        amounts = [a for a in find_amounts(place.text[: found.start]) if a.decimals == 2 or a.currency]
        if not amounts or _UNTIL.fullmatch(level(place.text[amounts[-1].end : found.start])) is None:
            continue
        value = evidence.day(found.values, found.orders)
        if value is not None:
            yield make_candidate(
                "due_date", value, place, found.start, found.end, label, 0.85 * min(1.0, label.strength + 0.3)
            )


OTHER_DAY: Final = re.compile(
    r"(?:skonto|abschlag|vorauszahlung|teilbetrag|discount|rebate|instal?lment|next (?:bill|payment|reading)|escompte|"
    r"prochain|echeancier|mensualite|descuento|proxim[ao]|prossim[ao]|sconto|rabat|skonta|nastepn|kolejn|korting|"
    r"volgende|termijnbedrag|parcela|desconto)[^.!?]*$"
)
"""Words that give a day another meaning than the invoice's due date; the same sentence, folded."""


_IN_FULL: Final = (
    re.compile(r"(?:bis(?: zum| spatestens)?|by|until|le|avant le|entro il|vor dem)\s+$"),
    re.compile(
        r"\s*(?:ohne (?:jeden )?abzug|rein netto|netto(?!\w)|strictly net|net(?!\w)|sans escompte|senza sconto)"
    ),
)


def full_payment_candidates(places: Places, evidence: Evidence) -> Iterator[Candidate]:
    """`bis 20.04. mit 2 % Skonto oder bis 10.05.2025 ohne Abzug`: the day until which the whole sum may be paid."""
    lead, behind = _IN_FULL
    for cell in places.layout.numbered:
        for found in find_dates(cell.text) if len(cell.text) > 20 else ():
            if not (lead.search(level(cell.text[: found.start])) and behind.match(level(cell.text[found.end :]))):
                continue
            value = evidence.day(found.values, found.orders)
            if value is not None:
                place = Place(cell.text, cell, 0, "inline", 1.0)
                label = Label(cell, 0, found.start, frozenset({"due_date"}), 0.9, "payable in full")
                yield make_candidate("due_date", value, place, found.start, found.end, label, 0.9)


_PAYING: Final = re.compile(
    r"uberweis|zahlen|begleich|abgebucht|abbuch|\bbuchen\b.*\bab\b|\bziehen\b.*\bein\b|eingezogen|einziehen|lastschrift|"
    r"\bpay\b|payment|payable|direct debit|"
    r"debited|betalen|voldoen|afgeschreven|regler|preleve|payer|pagar|pagamento|debito direto|cargo en|zaplat|"
    r"zaplac|wplat|uregul|fallig|schrijven\b.*\baf\b|incasseren|\bstorten\b.*\bterug|collected|se cargara|addebit"
)


_UNTIL_DAY: Final = re.compile(
    r"(?:bis(?: zum| spatestens)?|by|until|before|on|on or after|am|zum|voor|op|rond|le|avant le|ate|a partir de|"
    r"do(?: dnia)?|entro il|il|el|antes del?|on or around|on or about|omstreeks|um den|vers le|not? later than|"
    r"spatestens(?: am| zum)?|uiterlijk(?: op)?|najpozniej(?: do)?|a mas tardar(?: el)?|"
    r"au plus tard(?: le)?)\s+(?:the )?$"
)


def paying_candidates(places: Places, evidence: Evidence) -> Iterator[Candidate]:
    """Sentences that ask for payment until a day, or announce its collection, without a label's words."""
    for cell in places.layout.numbered:
        if len(cell.text) < 30:
            continue
        for found in find_dates(cell.text):
            sentence = _SENTENCES.split(cell.text[: found.start])[-1]
            behind = _SENTENCES.split(cell.text[found.end :])[0]
            said = level(f"{sentence} {behind}")
            if not _PAYING.search(said) or not _UNTIL_DAY.search(level(sentence)) or OTHER_DAY.search(level(sentence)):
                continue
            value = evidence.day(found.values, found.orders)
            if value is None or DISCOUNT_BEHIND.match(level(behind)) or len(find_dates(sentence + behind)) > 0:
                continue
            place = Place(cell.text, cell, 0, "inline", 1.0)
            label = Label(cell, 0, found.start, frozenset({"due_date"}), 0.7, "a sentence that asks for payment")
            yield make_candidate("due_date", value, place, found.start, found.end, label, 0.64)


_ALONE: Final = re.compile(
    r"(?:pay )?(?:by|until|before|on or before|bis(?: zum| spatestens)?|do(?: dnia)?|le|avant le|au plus tard le|ate|"
    r"entro il|antes del?|voor|uiterlijk(?: op)?|senast|do dne)\s+"
)


_ACCOUNT: Final = re.compile(
    r"(?:sur votre compte|von ihrem konto|from your account|z (?:panstwa )?(?:konta|rachunku)|van uw rekening|"
    r"(?:dal|sul) (?:suo |tuo )?conto|en su cuenta|na sua conta)\b.*"
)


def until_beneath_amounts(places: Places, evidence: Evidence) -> Iterator[Candidate]:
    """`by 19 March 2025` alone in the line beneath an amount: the day until which that is to be paid."""
    for cell in places.layout.numbered:
        for found in find_dates(cell.text)[:1] if len(cell.text) < 60 else ():
            behind = level(cell.text[found.end :]).strip(" .*x0123456789")
            if _ALONE.fullmatch(level(cell.text[: found.start])) is None or (behind and not _ACCOUNT.fullmatch(behind)):
                continue
            value = evidence.day(found.values, found.orders)
            # what is said of the account speaks of the amount beside it; a bare day only of the one right above
            if behind:
                over = [c for row in places.layout.rows[max(cell.row - 2, 0) : cell.row] for c in row.cells]
            else:
                reach = 2.5 * max(cell.box.height, places.layout.line_height)
                over = list(islice(places.layout.above(cell, reach), 1))
            if value is None or not any(a.decimals == 2 for c in over for a in find_amounts(c.text)):
                continue
            place = Place(cell.text, cell, 0, "inline", 1.0)
            label = Label(cell, 0, found.start, frozenset({"due_date"}), 0.8, "beneath an amount")
            yield make_candidate("due_date", value, place, found.start, found.end, label, 0.75)


_SENTENCES: Final = re.compile(r"(?<![.\d])[.!?]\s+(?=[A-ZÀ-Ž„\"])")


_TAX_INSIDE: Final = re.compile(
    r"(?:includes?|incl\.?|including|inkl\.?|enthalt|darin|dont|inclusief|incluye|include|"
    r"w tym)\s*:?\s*(?P<amount>[^\s\d]{0,3}\s?[\d.,]+)"
    r"\s*(?:€|eur|zl|pln|£|gbp|usd|\$|kc|chf)?\s*(?:vat|mwst|ust|tva|btw|iva|gst|tax|dph|moms|podatku)"
)


def included_tax(places: Places, evidence: Evidence) -> Iterator[Candidate]:
    """`£69.85 (includes £11.64 VAT)`: the tax in a total."""
    for cell in places.layout.numbered:
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
                yield make_candidate("tax_total", value, place, begin, start + found.end, label, 0.75, found.currency)


_PLACE_AND_DAY: Final = re.compile(
    r"[^\W\d_][^\d,;:]{1,30}(?:,\s*(?:dnia |den |le |am |the |em )?|\s(?:dnia|den|am|le)\s)$"
)


_AFTER_DAY: Final = re.compile(r"[ .]*(?:r\.?)?(?: [^\W\d_]{3,}){0,4} *")
"""What may follow in the line: `r.`, or which copy of the paper it is."""


def place_and_day(places: Places, evidence: Evidence) -> Iterator[Candidate]:
    """`Warszawa, 14.03.2025` in the head of a page: where and when a letter or an invoice was written."""
    layout = places.layout
    for cell in layout.numbered:
        if cell.box.y0 > 0.3 * layout.height or len(cell.text) > 70:
            continue
        for found in find_dates(cell.text)[:1]:
            value = evidence.day(found.values, found.orders)
            if (
                value is None
                or not _AFTER_DAY.fullmatch(cell.text[found.end :])
                or not _PLACE_AND_DAY.fullmatch(cell.text[: found.start])
            ):
                continue
            place = Place(cell.text, cell, 0, "inline", 1.0)
            label = Label(cell, 0, found.start, frozenset({"issue_date"}), 0.6, "place and day")
            yield make_candidate("issue_date", value, place, found.start, found.end, label, 0.62)

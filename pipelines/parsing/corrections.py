"""What pages say of the invoice that they correct, beyond its number and day."""

from __future__ import annotations

import re
from typing import Final

from pipelines.invoices import Evidence
from pipelines.parsing.folding import fold
from pipelines.parsing.geometry import rounded
from pipelines.parsing.proofs import find_ksef_numbers
from pipelines.parsing.reader import Reading
from pipelines.parsing.values import find_amounts
from pipelines.parsing.witnesses import Witnesses


def corrected_ksef_numbers(reading: Reading, witnesses: Witnesses) -> dict[str, Evidence]:
    """KSeF numbers that a label, or the words beside them, call the corrected invoice's."""
    found = {number: said for number, said in witnesses.ksef_numbers if "korygowan" in said.text.lower()}
    for places in reading.places:
        for label in places.labels:
            if "corrected_ksef_number" not in label.concepts:
                continue
            for place in places.of(label):
                for number in find_ksef_numbers(place.text):
                    said = Evidence(
                        page=place.cell.page,
                        box=rounded(place.cell.box),
                        text=place.text[:200],
                        rule=f"label:{place.relation} ({label.spelling})",
                        confidence=1,
                    )
                    found.setdefault(number.number, said)
    return found


NOTHING_CHANGES: Final = "a correction that states no amount changes none"


def amounts_stated(reading: Reading) -> int:
    """How many amounts of money stand on the pages: a correction of a name or address has none, and changes none."""
    return sum(
        amount.decimals == 2 or bool(amount.currency)
        for layout in reading.layouts
        for cell in layout.cells
        for amount in find_amounts(cell.text)
    )


_BEFORE: Final = re.compile(r"tresc korygowana|przed korekta|\bbylo\b|byla tresc")
_AFTER: Final = re.compile(r"tresc korygujaca|po korekcie|\bjest\b|winno byc|powinno byc")


def states_both_wordings(reading: Reading) -> bool:
    """Whether what was written and what is to be read instead both stand on the pages."""
    texts = [fold(cell.text) for layout in reading.layouts for cell in layout.worded]
    return any(map(_BEFORE.search, texts)) and any(map(_AFTER.search, texts))


def states_no_amount(reading: Reading) -> bool:
    """Whether no money stands on the pages. Never on scans, which may have lost it."""
    return not reading.ocr and not reading.tables.lines_seen and amounts_stated(reading) == 0


def correction_reason(reading: Reading) -> Evidence | None:
    """Where the pages say why they correct."""
    for places in reading.places:
        for label in places.labels:
            if "correction_reason" in label.concepts and label.strength >= 0.6:
                return Evidence(
                    page=label.cell.page,
                    box=rounded(label.cell.box),
                    text=label.cell.text[:200],
                    rule=NOTHING_CHANGES,
                    confidence=0.7,
                )
    return None

"""The window of a letter: whether lines on a page are an addressee's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pipelines.parsing.folding import count_digits, fold, squash
from pipelines.parsing.geometry import Cell
from pipelines.parsing.party_blocks import Line
from pipelines.parsing.party_names import (
    DEPARTMENTS,
    LEGAL_FORMS,
    SALUTATIONS,
    STRONG_FORMS,
    clean_name,
    common_words,
    heads_columns,
    is_address,
    names_a_town,
)
from pipelines.parsing.places import Places
from pipelines.parsing.ranges import find_ranges

_WINDOW_ZONE: Final = 72.0
"""Points from the sender's line down to the addressee: DIN 5008 leaves 17.7 mm for marks and notes between them."""


def no_addressee(places: Places, cell: Cell) -> bool:
    """Whether a cell cannot name an addressee: a head of columns, a key, a period, a row of a table."""
    if heads_columns(cell.text) or count_digits(cell.text) > 6 or find_ranges(cell.text):
        return True
    if common_words(cell.text) == 1.0 or STRONG_FORMS.fullmatch(fold(cell.text.strip(" .,"))):
        return True
    keyed = any(label.strength >= 0.8 for label in places.by_cell.get(id(cell), ()))
    return keyed or len(places.layout.rows[cell.row].cells) >= 5


def one_name(lines: Sequence[Line], name: str) -> bool:
    """Whether nothing but the name stands above the street: of company, person and department one has to choose.

    Of several lines the only one with a legal form is the addressee.
    """
    texts = [
        line.text
        for line in lines
        if not is_address(line.text)
        and squash(line.text) not in SALUTATIONS
        and not DEPARTMENTS.fullmatch(fold(line.text.strip(" :;,")))
    ]
    whole = squash(name)
    if all(squash(clean_name(text)) in whole for text in texts):
        return True
    forms = [text for text in texts if LEGAL_FORMS.search(fold(text))]
    return len(forms) == 1 and squash(clean_name(forms[0])) in whole


def sender_above(places: Places, cell: Cell, seller: str) -> bool:
    """Whether the seller's address in one line stands above: the window of a letter (DIN 5008, forms A and B)."""
    return any(
        abs(other.box.x0 - cell.box.x0) < 3 * places.layout.line_height
        and seller in squash(other.text)
        and names_a_town(other.text)
        for other in places.layout.above(cell, max(_WINDOW_ZONE, 7 * places.layout.line_height))
    )


def is_town(text: str) -> bool:
    """Whether a line is postcode and town, and no sentence that holds them."""
    return len(text.split()) <= 8 and names_a_town(text)

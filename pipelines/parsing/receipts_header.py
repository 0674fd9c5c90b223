"""Who runs the till: the name on top of a slip, above its address and its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from pipelines.parsing.dates import find_dates
from pipelines.parsing.folding import count_letters, fold, has_alnum, has_digit, squash
from pipelines.parsing.geometry import Cell
from pipelines.parsing.party_blocks import PartyFound
from pipelines.parsing.party_names import (
    CONTACT,
    LEGAL_FORMS,
    NO_NAME,
    STRONG_FORMS,
    clean_name,
    common_words,
    is_address,
    is_no_name,
    is_organization,
    names_a_town,
    without_slips,
)
from pipelines.parsing.party_witnesses import READ, SURE_SCAN
from pipelines.parsing.places import Places
from pipelines.parsing.receipts_rows import whole_row

_ROWS: Final = 6
"""Printed rows on top of a slip among which the name stands."""
_HEADED: Final = 4
"""Rows beneath the name among which its address begins."""
_ON_TOP: Final = "top of the slip"
_LEGIBLE: Final = 0.55
"""Least confidence of the name's worst word: nothing on a slip repeats its name, so a slip of the eye would stay."""
_SHORT: Final = 6
"""Letters; shorter rows on top of a slip may be what was read from its logo."""
_CLEAR: Final = 0.75
"""Mean confidence that parts a row of words from such a one."""
_SMUDGE: Final = 0.4
"""Mean confidence of a row below which it is a logo or dirt, not words."""


def with_header(places: Places, seller: PartyFound, buyer: PartyFound) -> tuple[PartyFound, PartyFound]:
    """Seller and buyer of a slip: a label's word counts, else the name on top sells, and nobody is addressed."""
    if buyer.rule == "address window":
        buyer = PartyFound()
    if seller.rule.startswith("label"):
        return seller, buyer
    head = _name_on_top(places)
    if head is None:
        return replace(seller, sure=0.0), buyer
    cell, name = head
    sure = _least_sure(cell, name)
    name = without_slips(name)
    sure = sure if sure >= _LEGIBLE else 0.0
    if squash(name) == squash(seller.name):
        seller = replace(seller, sure=min(sure, seller.sure))
    else:
        seller = replace(
            seller, name=name, name_box=cell.box, rule=_ON_TOP, address="", score=0.58, sure=sure, page=cell.page
        )
    if seller.sure >= READ and _heads_the_slip(places, cell) and not name[0].isdigit():
        seller = replace(seller, score=max(seller.score, SURE_SCAN))
    return seller, buyer


def _heads_the_slip(places: Places, name: Cell) -> bool:
    """Whether the shop's address, telephone or register stands right beneath a name: slips name nobody else there."""
    beneath = [row.text for row in places.layout.rows if row.cells[0].row > name.row][:_HEADED]
    return any(names_a_town(text) or is_address(text) or CONTACT.search(text) for text in beneath)


def _name_on_top(places: Places) -> tuple[Cell, str] | None:
    """The first row on top with a legal form, else one that begins as companies do, else the first that may be one."""
    held = _without_smudge(_with_forms(list(_rows_on_top(places))))
    formed = (h for h in held if STRONG_FORMS.search(fold(h[1])) or LEGAL_FORMS.search(fold(h[1])))
    named = (h for h in held if is_organization(h[1]))
    return next(formed, next(named, held[0] if held else None))


def _without_smudge(rows: list[tuple[Cell, str]]) -> list[tuple[Cell, str]]:
    """Without a first row that looks like a logo read as letters: short, hardly legible, digits within a word."""
    if len(rows) < 2:
        return rows
    (cell, name), (below, _) = rows[:2]
    smudged = count_letters(name) < _SHORT and cell.confidence < _CLEAR <= below.confidence and has_digit(name)
    return rows[1:] if smudged else rows


def _with_forms(rows: Sequence[tuple[Cell, str]]) -> list[tuple[Cell, str]]:
    """Rows with a legal form that stands alone beneath its name joined to it: `POPULAR BOOKS (M)`, `SDN. BHD.`."""
    joined: list[tuple[Cell, str]] = []
    for cell, name in rows:
        if joined and is_no_name(name) and LEGAL_FORMS.search(fold(name)):
            above, first = joined[-1]
            joined[-1] = (Cell((*above.words, *cell.words), above.page, above.row, above.index), f"{first} {name}")
        else:
            joined.append((cell, name))
    return joined


def _rows_on_top(places: Places) -> Iterator[tuple[Cell, str]]:
    seen = 0
    for row in places.layout.rows:
        cell = whole_row(row)
        letters = count_letters(cell.text)
        if cell.confidence < _SMUDGE and STRONG_FORMS.search(fold(cell.text)) is None:
            if seen == 0 and letters >= 12:
                # so many letters were the name, and cannot be read
                yield cell, clean_name(cell.text)
            continue
        seen += 1
        name = clean_name(cell.text)
        if seen > _ROWS or NO_NAME.search(cell.text) or find_dates(cell.text):
            return
        if is_address(name) and LEGAL_FORMS.search(fold(name)) is None:
            if seen > 1:
                return
            continue
        if letters < 3 or 2 * letters < len(squash(cell.text)) or common_words(name) > 0.5:
            continue
        if not places.starts_with_label(row.cells[0]):
            yield cell, name


def _least_sure(cell: Cell, name: str) -> float:
    """The least confidence among the name's words; single marks between them do not count."""
    start = max(cell.text.find(name), 0)
    words = cell.span_words(start, start + len(name))
    return min((w.confidence for w in words if has_alnum(w.text)), default=0.0)

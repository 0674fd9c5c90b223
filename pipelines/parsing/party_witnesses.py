"""What else on the pages says that a name is a party's: the second witness of names that no label gives.

A name on top of a page, or in the window of a letter, is a guess by its place. What speaks for it from elsewhere
makes it sure: its tax id in the same block, the bank account it holds, the sender's line above a window, the same
name printed again, or that the page has no other address than the seller's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Final

from pipelines.parsing.folding import count_letters, fold, squash, tokens
from pipelines.parsing.geometry import Cell
from pipelines.parsing.party_blocks import PartyFound, inside
from pipelines.parsing.party_brands import IN_FULL
from pipelines.parsing.party_names import (
    ends_oddly,
    has_strong_form,
    is_address,
    is_organization,
    is_person,
    names_a_body,
    without_slips,
)
from pipelines.parsing.party_window import is_town, sender_above
from pipelines.parsing.places import Places

WITNESSED: Final = 0.62
"""Score of a name that a second witness on the page confirms: sure on a text layer, and no more than that."""
_DOUBTFUL: Final = 0.6
"""Confidence of a scanned name that ends in no known form: left to a person."""
READ: Final = 0.9
"""Confidence of its worst word from which a scanned name has all its letters right: of 337 names in 162 scans and
35 photos all were, and each that was wrong was another's name or a heading."""
SURE_SCAN: Final = 0.92
"""Score of a scanned name that is read without doubt, is a name by its words, and has a witness or a label."""
_LABELLED: Final = 0.8
_SHORTEST: Final = 6
"""Letters of a name from which its second print is no chance."""
_TITLES: Final = frozenset({"mr", "mrs", "ms", "mme", "mlle", "herr", "herrn", "frau", "dhr", "mevr", "shri", "smt"})
_WINDOW: Final = "address window"
_PAYABLE: Final = re.compile(
    r"(?:payable|remit(?:tance)?|pay(?:ment)?s?) to:?|a l'ordre de|a la orden de|zugunsten(?: von)?|na rzecz|"
    r"ten name van|all'ordine di|a favore di|nominal a"
)


def confirm_buyer(pages: Sequence[Places], buyer: PartyFound, seller: PartyFound) -> PartyFound:
    """The addressee of a window, sure where something else on the pages says who it is."""
    if buyer.rule != _WINDOW or buyer.score >= WITNESSED:
        return buyer
    first = (tokens(buyer.name) or [""])[0]
    said = (
        _has_own_id(buyer)
        or (first in _TITLES and buyer.address)
        or _printed_again(pages, buyer, seller)
        or (_reads_as_name(buyer.name) and (_under_sender(pages, buyer, seller) or _sole_other(pages, buyer, seller)))
    )
    return replace(buyer, score=WITNESSED) if said else buyer


def confirm_seller(
    pages: Sequence[Places], buyer: PartyFound, seller: PartyFound, sites: AbstractSet[str]
) -> PartyFound:
    """A company in full, sure where something else says that it is the one to be paid.

    That is a tax id that closes beside it, or that payments go to it by name; or another is the buyer for sure, and
    no site on the pages (`sites`, bare domains) belongs to other letters: a brand's owner is named beside it.
    """
    if seller.score >= WITNESSED or not (seller.rule.startswith("letterhead") or seller.rule.endswith(IN_FULL)):
        return seller
    company = seller.rule.startswith("letterhead") and has_strong_form(seller.name) and _is_another(buyer, seller)
    in_full = company or seller.rule.endswith(IN_FULL)
    letters = squash(seller.name)
    at_home = all(is_kin(site, letters) for site in sites)
    if (in_full and _has_own_id(seller)) or (company and at_home) or _is_paid(pages, letters):
        return replace(seller, score=WITNESSED)
    return seller


def is_kin(site: str, letters: str) -> bool:
    """Whether a bare domain and a name, in letters and digits alone, begin alike or hold each other's beginning."""
    return site[:4] in letters or letters[:4] in site


def _is_paid(pages: Sequence[Places], letters: str) -> bool:
    """Whether a sentence says to pay a company of that name: `Make checks payable to ...`."""
    for places in pages:
        for cell in places.layout.worded:
            said = _PAYABLE.search(fold(cell.text))
            if said is not None and len(letters) >= _SHORTEST and squash(cell.text[said.end() :]).startswith(letters):
                return True
    return False


def read_without_doubt(party: PartyFound, other: PartyFound) -> PartyFound:
    """A scanned name whose letters are all read well, and whose words are those of a company or a person.

    A letterhead counts where the other party is known for sure: on a page whose logo nobody reads, the customer's
    name is the topmost.
    """
    labelled = party.rule.startswith("label:") and party.score >= _LABELLED
    seen = labelled or (party.score >= WITNESSED and (party.rule == _WINDOW or _is_another(other, party)))
    if not seen or party.sure < READ or not _reads_as_name(party.name):
        return party
    return replace(party, score=max(party.score, SURE_SCAN))


def off_a_scan(party: PartyFound) -> PartyFound:
    """A name as OCR gives it: without slips, and doubtful where it ends in no known form."""
    name = without_slips(party.name)
    return replace(party, name=name, sure=min(party.sure, _DOUBTFUL) if ends_oddly(name) else party.sure)


def _under_sender(pages: Sequence[Places], buyer: PartyFound, seller: PartyFound) -> bool:
    """Whether the seller's address in one line stands above the window, and an address in it."""
    cell = _cell_of(pages, buyer)
    return bool(cell and seller.name and buyer.address and sender_above(*cell, squash(seller.name)))


def _sole_other(pages: Sequence[Places], buyer: PartyFound, seller: PartyFound) -> bool:
    """Whether a single page holds no other address than the buyer's and that of a seller who is sure."""
    if len(pages) != 1 or seller.score < WITNESSED or not buyer.address or buyer.area is None:
        return False
    areas = [buyer.area, *([seller.area] if seller.area is not None else [])]
    return not any(
        (is_town(cell.text) or is_address(cell.text)) and not any(inside(cell.box, area) for area in areas)
        for cell in pages[0].layout.worded
    )


def _printed_again(pages: Sequence[Places], party: PartyFound, other: PartyFound) -> bool:
    """Whether the name stands once more, elsewhere than in its block, on this page or on another."""
    letters, box = squash(party.name), party.name_box
    if box is None or count_letters(party.name) < _SHORTEST or letters in squash(other.name):
        return False
    for places in pages:
        for cell in places.layout.worded:
            same_place = abs(cell.box.y0 - box.y0) < box.height and abs(cell.box.x0 - box.x0) < 30
            own = other.area is not None and other.page == cell.page and inside(cell.box, other.area)
            if not (same_place or own) and letters in squash(cell.text) and len(cell.text.split()) <= 12:
                return True
    return False


def _reads_as_name(name: str) -> bool:
    return is_person(name) or has_strong_form(name) or is_organization(name) or names_a_body(name)


def _cell_of(pages: Sequence[Places], party: PartyFound) -> tuple[Places, Cell] | None:
    for places in pages:
        if places.layout.number == party.page and party.name_box is not None:
            for cell in places.layout.worded:
                if inside(party.name_box, cell.box):
                    return places, cell
    return None


def _is_another(buyer: PartyFound, seller: PartyFound) -> bool:
    """Whether a buyer is found for sure, who is not the seller."""
    same = buyer.tax_id is not None and seller.tax_id is not None and buyer.tax_id.number == seller.tax_id.number
    return buyer.score >= WITNESSED and not same and squash(buyer.name) != squash(seller.name)


def _has_own_id(party: PartyFound) -> bool:
    """Whether a tax id with check digits of its own stands within three lines of a party's name."""
    name, tax = party.name_box, party.tax_box
    if name is None or tax is None or party.tax_id is None or not (party.tax_id.valid and party.tax_id.proves):
        return False
    reach = 4.5 * max(name.height, 6.0)
    return -name.height < tax.y0 - name.y0 < reach and tax.x0 < name.x1 + 200 and name.x0 < tax.x1 + 20

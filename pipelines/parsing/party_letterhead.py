"""Letterheads: how much a cell looks like the name of who issued the document, and which of two names it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rapidfuzz.distance import Levenshtein

from pipelines.parsing.dates import find_dates
from pipelines.parsing.folding import count_letters, fold, has_digit, squash
from pipelines.parsing.geometry import Cell
from pipelines.parsing.party_blocks import PartyFound, column_under, inside
from pipelines.parsing.party_names import (
    CONTACT,
    COUNTRIES,
    LEGAL_FORMS,
    NO_NAME,
    REGISTER,
    clean_name,
    common_words,
    has_strong_form,
    heads_columns,
    is_address,
    is_no_name,
)
from pipelines.parsing.party_tax_ids import tax_nearby
from pipelines.parsing.places import Places

Scored = tuple[float, Cell, Places]


class Letterheads:
    """Scores cells of a document's pages as the name of its seller."""

    def __init__(self, pages: Sequence[Places], country: str) -> None:
        self.pages, self.country = pages, country
        self._letters: dict[int, str] = {}

    def of(self, places: Places, cell: Cell, buyer: PartyFound, domains: set[str]) -> float:
        """The score of a cell; 0 where it is no name, or the buyer's.

        Quick questions come before slow ones: of a page's cells only few are names.
        """
        if len(cell.words) > 14 or places.starts_with_label(cell):
            return 0.0
        box = cell.box
        if box.height > 2.5 * places.layout.line_height and box.width < box.height:
            return 0.0  # a logo's word, set on its side
        if buyer.area is not None and cell.page == buyer.page and inside(box, buyer.area):
            return 0.0
        text = clean_name(cell.text)
        letters = squash(text)
        if len(letters) < 3 or count_letters(text) < 0.55 * len(text.replace(" ", "")):
            return 0.0
        score = self._standing(places, cell, text, domains)
        if score < 0.4:
            # nothing speaks for it yet, and what stands beneath cannot make up for that
            return 0.0
        if _is_other(places, cell, text, letters, buyer):
            return 0.0
        return score + self._company(places, cell, letters) - _against(places, cell, text)

    def _standing(self, places: Places, cell: Cell, text: str, domains: set[str]) -> float:
        """What the words and their place say: a legal form, the head of the page, large type, the site's name."""
        layout, folded, letters = places.layout, fold(text), squash(text)
        # on a receipt much white may stand above the first row
        top = min(cell.box.y0 / max(layout.height, 1.0), cell.row / max(len(layout.rows), 1))
        form = LEGAL_FORMS.search(folded)
        ends_with_form = form is not None and folded.rstrip(" .,").endswith(form[0].rstrip(" ."))
        strong = has_strong_form(text) or (ends_with_form and len(text.split()) <= 7)
        score = 2.4 if strong else 0.9 if form else 0.0
        if cell.page == self.pages[0].layout.number:
            score += max(0.0, 2.2 * (1.0 - top / 0.35))
            score += 0.5 * max(0.0, min(cell.box.height / layout.line_height - 1.1, 2.0)) if top < 0.4 else 0.0
        score += 0.5 if cell.box.y0 > 0.8 * layout.height else 0.0
        if any(domain in letters for domain in domains):
            score += 1.3
        elif any(len(letters) > 3 and domain.startswith(letters) for domain in domains):
            score += 0.9  # the short form on a logo
        return score + (0.4 if any(d[:6] in letters for d in domains if len(d) >= 6) else 0.0)

    def _company(self, places: Places, cell: Cell, letters: str) -> float:
        """What stands around it says: an address, a telephone, a tax id, the same name elsewhere."""
        below = column_under(places, cell)
        score = 0.7 if any(is_address(line.text) for line in below[:3]) else 0.0
        if any(CONTACT.search(line.text) for line in below[:6]) or CONTACT.search(cell.text):
            score += 0.6
        if _in_two_lines(letters, self._squashed(places)):
            score += 0.5
        score += tax_nearby([cell.text, *(line.text for line in below[:3])], self.country)
        return score + (0.7 if cell.row <= 1 and cell.page == 1 and len(letters) >= 4 else 0.0)

    def _squashed(self, places: Places) -> str:
        """The page's letters and digits, a line for each cell."""
        key = id(places)
        if key not in self._letters:
            self._letters[key] = "\n".join([squash(cell.text) for cell in places.layout.cells])
        return self._letters[key]


def _in_two_lines(letters: str, text: str) -> bool:
    first = text.find(letters)
    end = text.find("\n", first) if first >= 0 else -1
    return end >= 0 and text.find(letters, end) >= 0


_ACCOUNT: Final = re.compile(r"(?<!\d)(?:[A-Z]{2})?\d{2}(?: ?\d{4}){5,6}")
"""`mBank S.A. 98 1240 ...`: a name before an account number is the bank's."""


def _is_other(places: Places, cell: Cell, text: str, letters: str, buyer: PartyFound) -> bool:
    """Whether a cell holds anything but a seller's name: a table's head, a label, a sentence, a day, the buyer."""
    strong = has_strong_form(text)
    if " / " in text or (len(text.split()) == 1 and common_words(text) == 1.0) or _ACCOUNT.search(cell.text):
        return True
    if not strong and any(label.strength >= 0.8 for label in places.by_cell.get(id(cell), ())):
        return True
    if letters in COUNTRIES or find_dates(text) or heads_columns(cell.text) or is_no_name(text):
        return True
    if not strong and NO_NAME.search(text):
        return True
    known = squash(buyer.name)
    return bool(buyer.name) and (known in letters or letters in known)


def fuller(best: Scored, scored: Sequence[Scored]) -> Scored:
    """The whole name where the best is only its first word, as logos show it (and OCR reads logos badly).

    `azure` over `Azure Interior`, `Gontoso` beside `CONTOSO PVT. LIMITED`: the whole name is the company's.
    """
    short = clean_name(best[1].text)
    if len(short.split()) != 1 or len(squash(short)) < 4 or has_strong_form(short):
        return best
    whole: list[Scored] = []
    for score, cell, places in scored:
        words = clean_name(cell.text).split()
        if len(words) < 2 or len(words) > 6 or cell.page != best[1].page:
            continue
        same = squash(words[0]) == squash(short)
        slip = best[2].layout.ocr and Levenshtein.distance(squash(words[0]), squash(short), score_cutoff=1) <= 1
        if (same and score >= 0.8 * best[0]) or ((same or slip) and has_strong_form(cell.text)):
            whole.append((score, cell, places))
    return max(whole, key=lambda s: s[0], default=best)


def company_of(best: Scored, scored: Sequence[Scored]) -> Scored:
    """The company printed beside or beneath a brand: `NEOENERGIA | ELEKTRO REDES S.A.` names both."""
    score, cell, places = best
    if has_strong_form(cell.text):
        return best
    line = places.layout.line_height
    near = [
        other
        for other in scored
        if other[1].page == cell.page
        and -line < other[1].box.y0 - cell.box.y0 < 4 * line
        and len(clean_name(other[1].text).split()) >= 2
        and has_strong_form(clean_name(other[1].text))
        and not REGISTER.search(fold(other[1].text))
        and other[0] >= 0.5 * score
    ]
    return max(near, key=lambda s: s[0], default=best)


def _against(places: Places, cell: Cell, text: str) -> float:
    """What speaks against a name: register words, a table's head, a sentence, an address, digits, common words."""
    against = 2.0 if REGISTER.search(fold(text)) else 0.0
    # a word among many cells of a row heads a column
    against += 0.9 if len(places.layout.rows[cell.row].cells) >= 4 else 0.0
    words = len(text.split())
    against += 0.0 if words <= 7 else 0.3 * (words - 7)
    against += 1.2 if is_address(text) else 0.0
    against += 0.6 if has_digit(text) else 0.0
    return against + (1.2 if common_words(text) > 0.5 else 0.0)

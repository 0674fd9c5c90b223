"""The name behind a brand: a letterhead shows `Solaria`, and small type the company `Solaria Energy Supply Ltd`.

An invoice must name its seller in full (Directive 2006/112/EC, article 226 (5)); the large print often does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from pipelines.parsing.folding import count_letters, fold, has_digit, squash, tokens
from pipelines.parsing.geometry import Cell
from pipelines.parsing.party_blocks import PartyFound
from pipelines.parsing.party_names import LEGAL_FORMS, clean_name, has_strong_form, is_address, is_organization
from pipelines.parsing.places import Places

IN_FULL: Final = ", name in full"
"""How the rule of a seller ends whose brand gave way to its full name."""
_LONGEST_BRAND: Final = 2
"""Words at most of what may be a brand."""
_SURE: Final = 0.85
"""Confidence of every word from which small print is read: legal forms are short and easily misread."""
_MOST_WORDS: Final = 9
_TRADE: Final = frozenset(
    [
        "companhia",
        "company",
        "compania",
        "compagnie",
        "distribuidora",
        "distribuicao",
        "distribution",
        "energia",
        "energie",
        "energy",
        "eletricidade",
        "electricite",
        "electric",
        "electricity",
        "power",
        "saneamento",
        "gas",
        "servicos",
        "services",
        "clientes",
        "comercializadora",
        "prad",
        "sprzedaz",
        "obrot",
        "dystrybucja",
        "operator",
        "stadtwerke",
        "werke",
        "versorgung",
    ]
)
"""Words, folded, that companies of this trade have in their names, where no legal form stands behind."""
_ENDS: Final = re.compile(
    r"\s[-–—·|•]\s|[;|·•]|,\s(?!S\.?A|Lda|Ltd|Inc|LLC|GmbH)|\(|:|\s(?=\d)|\b(?:CNPJ|NIP|ABN|NIF|CIF|GSTIN|VAT|REGON|KRS|"
    r"Av|Rua|R|ul|al|Calle|Via|Rue|Registered|Inscr)\b[.:]?\s|\.\s(?=[A-Z][a-z])"
)


def with_full_name(pages: Sequence[Places], seller: PartyFound) -> PartyFound:
    """The seller under the one longer name that begins or ends with its brand; unchanged where none or two do."""
    brand = squash(seller.name)
    words = seller.name.split()
    if not 1 <= len(words) <= _LONGEST_BRAND or len(brand) < 4 or LEGAL_FORMS.search(fold(seller.name)):
        return seller
    found: dict[str, tuple[str, Cell]] = {}
    for places in pages:
        for cell in places.layout.cells:
            for name in _names(cell.text, seller.name):
                found.setdefault(squash(name), (name, cell))
    if not found:
        found = _beneath(pages, seller)
    whole = [key for key in found if not any(key != other and key in other for other in found)]
    if len(whole) != 1:
        return seller
    name, cell = found[whole[0]]
    sure = min(word.confidence for word in cell.words)
    if sure < _SURE:
        return seller
    return replace(seller, sure=sure, name=name, name_box=cell.box, page=cell.page, rule=f"{seller.rule}{IN_FULL}")


def _beneath(pages: Sequence[Places], brand: PartyFound) -> dict[str, tuple[str, Cell]]:
    """A company in the line beneath the brand: `SANVALE` over `COMPANHIA DE SANEAMENTO DO VALE`."""
    for places in pages:
        layout = places.layout
        if layout.number != brand.page or brand.name_box is None:
            continue
        for cell in layout.cells:
            close = 0 <= cell.box.y0 - brand.name_box.y0 < 2.5 * max(brand.name_box.height, layout.line_height)
            across = min(cell.box.x1, brand.name_box.x1) - max(cell.box.x0, brand.name_box.x0)
            name = clean_name(cell.text)
            if close and across > 0 and is_organization(name) and not has_digit(name) and not is_address(name):
                return {squash(name): (name, cell)}
    return {}


def _names(text: str, brand: str) -> Iterator[str]:
    """Longer names within a text: those that begin with the brand, and `Company of Such - BRAND`."""
    for match in re.finditer(rf"(?<!\w){re.escape(brand)}(?!\w)", text, re.IGNORECASE):
        before, behind = text[: match.start()], text[match.end() :]
        names = [clean_name(match[0] + behind[:end]) for end in _ends(behind)]
        longer = [name for name in names if _is_longer(name, brand)]
        if longer:
            yield next((name for name in longer if has_strong_form(name)), longer[0])
        first = before.rpartition("|")[2].lstrip(" -–")
        if is_organization(first) and not has_digit(first) and 3 <= len((first + match[0]).split()) <= _MOST_WORDS:
            yield (first + match[0]).strip()
        lead = re.search(r"([^-–|·:;\d]{12,70})\s[-–]\s$", before)
        if lead and len(lead[1].split()) >= 3 and _is_longer(name := f"{lead[1].strip()} - {match[0]}", brand):
            yield name


def _ends(behind: str) -> Iterator[int]:
    """Where a name may end that begins with a brand: at the first mark, or the second where no digit stands before."""
    found = [match.start() for match in islice(_ENDS.finditer(behind), 2)]
    for end in found if len(found) == 2 else [*found, len(behind)]:
        if end in found[:1] or not has_digit(behind[:end]):
            yield end


def _is_longer(name: str, brand: str) -> bool:
    rest = tokens(name[len(brand) :]) if name.lower().startswith(brand.lower()) else tokens(name)
    if not rest or len(name.split()) > _MOST_WORDS or is_address(name) or count_letters(name) < 8:
        return False
    capital = all(word[:1].isupper() or len(word) <= 3 or not word[:1].isalpha() for word in name.split()[1:])
    traded = has_strong_form(name) or bool(_TRADE.intersection(rest))
    return capital and traded

"""The name behind a brand: a letterhead shows `Solaria`, and small type the company `Solaria Energy Supply Ltd`.

An invoice must name its seller in full (Directive 2006/112/EC, article 226 (5)); the large print often does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from pipelines.parsing.folding import count_letters, fold, squash, tokens
from pipelines.parsing.geometry import Cell
from pipelines.parsing.party_blocks import PartyFound
from pipelines.parsing.party_names import LEGAL_FORMS, clean_name, has_strong_form, is_address
from pipelines.parsing.places import Places

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
    whole = [key for key in found if not any(key != other and key in other for other in found)]
    if len(whole) != 1:
        return seller
    name, cell = found[whole[0]]
    sure = min(word.confidence for word in cell.words)
    if sure < _SURE:
        return seller
    return replace(seller, sure=sure, name=name, name_box=cell.box, page=cell.page, rule=f"{seller.rule}, name in full")


def _names(text: str, brand: str) -> Iterator[str]:
    """Longer names within a text: those that begin with the brand, and `Company of Such - BRAND`."""
    for match in re.finditer(rf"(?<!\w){re.escape(brand)}(?!\w)", text, re.IGNORECASE):
        before, behind = text[: match.start()], text[match.end() :]
        end = _ENDS.search(behind)
        name = clean_name(match[0] + (behind[: end.start()] if end else behind))
        if _is_longer(name, brand):
            yield name
        lead = re.search(r"([^-–|·:;\d]{12,70})\s[-–]\s$", before)
        if lead and len(lead[1].split()) >= 3 and _is_longer(name := f"{lead[1].strip()} - {match[0]}", brand):
            yield name


def _is_longer(name: str, brand: str) -> bool:
    rest = tokens(name[len(brand) :]) if name.lower().startswith(brand.lower()) else tokens(name)
    if not rest or len(name.split()) > _MOST_WORDS or is_address(name) or count_letters(name) < 8:
        return False
    capital = all(word[:1].isupper() or len(word) <= 3 or not word[:1].isalpha() for word in name.split()[1:])
    traded = has_strong_form(name) or bool(_TRADE.intersection(rest))
    return capital and traded

"""Tax ids on the pages, and whose they are: by their label, by the block they stand in, by nearness."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Final

from pipelines.pages import Box
from pipelines.parsing.dates import find_dates
from pipelines.parsing.folding import has_alnum, has_digit, level
from pipelines.parsing.geometry import bounds
from pipelines.parsing.labels import Label
from pipelines.parsing.party_blocks import PartyFound
from pipelines.parsing.places import Place, Places
from pipelines.parsing.proofs import TaxId, mended_tax_id, read_tax_id
from pipelines.parsing.proofs.access_keys import find_access_keys


class TaxIdReader:
    """Finds the tax ids of seller and buyer."""

    def __init__(self, pages: Sequence[Places], country: str) -> None:
        self.pages, self.country = pages, country

    def assign(self, seller: PartyFound, buyer: PartyFound) -> tuple[PartyFound, PartyFound]:
        """Both parties with their tax ids, where the pages tell."""
        found = self.hits
        for hit in found:
            if hit.owner == "buyer" and buyer.tax_id is None:
                buyer = _with_tax(buyer, hit)
            if hit.owner == "seller" and seller.tax_id is None:
                seller = _with_tax(seller, hit)
        for hit in found:
            if hit.owner:
                continue
            nearer = _distance(hit, buyer) < _distance(hit, seller)
            if buyer.tax_id is None and _within(hit, buyer) and (nearer or not _within(hit, seller)):
                buyer = _with_tax(buyer, hit)
            elif seller.tax_id is None and _within(hit, seller):
                seller = _with_tax(seller, hit)
        taken = {p.tax_id.number for p in (seller, buyer) if p.tax_id}
        free = [h for h in found if not h.owner and h.tax.number not in taken and not _within(h, buyer)]
        if seller.tax_id is None:
            choice = self._free_seller(free, seller, buyer)
            if choice is not None:
                seller = _with_tax(seller, choice)
                free = [h for h in free if h.tax.number != choice.tax.number]
        if buyer.tax_id is None and buyer.name:
            near = [h for h in free if _distance(h, buyer) < min(_distance(h, seller), 90.0)]
            if near and (seller.tax_id is None or near[0].tax.number != seller.tax_id.number):
                buyer = _with_tax(buyer, min(near, key=lambda h: _distance(h, buyer)))
        if buyer.tax_id is None and buyer.name and seller.tax_id is not None:
            rest = {
                h.tax.number: h for h in found if h.tax.valid and h.tax.proves and h.tax.number != seller.tax_id.number
            }
            if len(rest) == 1 and not next(iter(rest.values())).owner:
                # who issued the document has its own: the one other id that closes is the customer's
                buyer = _with_tax(buyer, next(iter(rest.values())))
        return seller, buyer

    def _free_seller(self, free: Sequence[TaxHit], seller: PartyFound, buyer: PartyFound) -> TaxHit | None:
        """A tax id that stands in no block: the seller's, unless it stands nearer to the buyer."""
        valid = [h for h in free if h.tax.valid] or list(free)
        if not valid:
            return None
        numbers = {h.tax.number for h in valid}
        if len(numbers) > 1 and buyer.tax_id is None and buyer.name:
            # two ids and a buyer without one: each stands nearer to its own
            valid.sort(key=lambda h: (_distance(h, seller) if seller.name else 0.0) - _distance(h, buyer))
        elif len(numbers) > 1:
            # the first printed, for lack of better
            valid.sort(key=lambda h: (h.page, h.box.y0))
        choice = valid[0]
        lone = buyer.name and seller.name and choice.page == buyer.page and len(numbers) == 1 and buyer.tax_id is None
        if lone and _distance(choice, buyer) < 0.4 * _distance(choice, seller) and _distance(choice, buyer) < 30:
            return None
        return choice

    @cached_property
    def hits(self) -> tuple[TaxHit, ...]:
        """Every tax id of the pages; one may come twice."""
        return tuple(self._found())

    def _found(self) -> Iterator[TaxHit]:
        for hit in self._printed():
            yield replace(hit, owner="seller") if not hit.owner and hit.tax.number in self.issuers else hit

    @cached_property
    def issuers(self) -> frozenset[str]:
        """The CNPJ that a Brazilian access key gives as its issuer's."""
        if self.country != "BR":
            return frozenset()
        texts = (" ".join(cell.text for cell in places.layout.cells) for places in self.pages)
        return frozenset(key.cnpj for text in texts for key in find_access_keys(text))

    def _printed(self) -> Iterator[TaxHit]:
        for places in self.pages:
            for label in places.labels:
                owner = (
                    "buyer"
                    if "buyer_tax_id" in label.concepts
                    else "seller"
                    if "seller_tax_id" in label.concepts
                    else ""
                )
                if not owner and "tax_id" not in label.concepts:
                    continue
                owner = owner or _party_of_row(places, label)
                hit = self._tax_at(places, label, owner)
                if hit is not None:
                    yield hit
            yield from self._bare_tax_ids(places)

    def _tax_at(self, places: Places, label: Label, owner: str) -> TaxHit | None:
        for place in places.of(label):
            for start, end, tax in _tax_in(place.text, self.country):
                box = place.box(start, end)
                if not tax.valid and (whole := self._wrapped(places, place, start, end)) is not None:
                    tax, box = whole
                if not tax.valid and places.layout.ocr:
                    tax = mended_tax_id(place.text[start:end], self.country) or tax
                return TaxHit(
                    tax,
                    place.text[start:end],
                    box,
                    place.cell.page,
                    owner,
                    label.strength * place.weight,
                    label.box,
                    place.cell.span_confidence(place.start + start, place.start + end),
                )
            if place.relation == "inline" and has_digit(place.text[:24]):
                return None
        return None

    def _wrapped(self, places: Places, place: Place, start: int, end: int) -> tuple[TaxId, Box] | None:
        """A number that does not close and whose last digits stand beneath it in a narrow column: both, if they do."""
        below = next(iter(places.layout.beneath(place.cell, 1.2 * places.layout.line_height)), None)
        if below is None or has_alnum(place.text[end:]) or not re.fullmatch(r"\d[\d .-]{0,8}", below.text):
            return None
        tax = read_tax_id(f"{place.text[start:end]} {below.text}", self.country)
        return (tax, bounds([place.box(start, end), below.box])) if tax is not None and tax.valid else None

    def _bare_tax_ids(self, places: Places) -> Iterator[TaxHit]:
        """Numbers whose own print says what they are: prefixed EU ids that close, CNPJ and NIP with marks."""
        for cell in places.layout.numbered:
            for match in _PRINTED_ID.finditer(cell.text) if _ID_HINT.search(cell.text) else ():
                if _ACCOUNT.match(cell.text, match.start()):
                    continue
                for start, end, tax in _tax_in(cell.text[match.start() :], ""):
                    if tax.valid and tax.proves:
                        start, end = match.start() + start, match.start() + end
                        box = cell.span_box(start, end)
                        yield TaxHit(
                            tax, cell.text[start:end], box, cell.page, "", 0.6, box, cell.span_confidence(start, end)
                        )


def _party_of_row(places: Places, label: Label) -> str:
    """The party that a form names at the head of the row in which a tax id's key stands."""
    first = places.layout.rows[label.cell.row].cells[0]
    if first is label.cell:
        return ""
    named = {c for other in places.by_cell.get(id(first), ()) if other.whole for c in other.concepts}
    roles = named & {"seller", "buyer"}
    return next(iter(roles)) if len(roles) == 1 else ""


_PRINTED_ID: Final = re.compile(
    r"(?<![\w/])(?:\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}(?!\d)|(?:PL|DE|NL|FR|IT|ES|GB|ATU|BE|PT|CZ|DK|IE|"
    r"LU)[\s-]?(?=[\dA-Z]{0,3}\d)[\dA-Z])"
)


_ACCOUNT: Final = re.compile(r"[A-Z]{2}\d{2}(?: ?[\dA-Z]{4}){3}")
"""The shape of an IBAN (ISO 13616), whose first digits may by chance close like a tax id."""


_ID_HINT: Final = re.compile(r"[A-Z]{2}|/\d{4}-")
"""What stands in each of them, and is found sooner."""


@dataclass(frozen=True, slots=True)
class TaxHit:
    """A tax id on a page; `owner` where its label names the party."""

    tax: TaxId
    text: str
    box: Box
    page: int
    owner: str
    score: float
    label_box: Box
    """Where its label stands: a block's values may stand far to the right of its keys."""
    sure: float = 1.0
    """The least word confidence, 0..1."""


_RUN: Final = re.compile(r"[^\s,;|]+")
_PREFIX: Final = re.compile(r"[A-Z]{2}")
_BARE: Final = re.compile(r"[A-Z]{0,2}[\d\s.\-]+")


def _tax_in(text: str, country: str) -> Iterator[tuple[int, int, TaxId]]:
    """Tax ids at the beginning of a text: the longest run of its tokens that closes, or else the first token."""
    if "*" in text[:24]:
        return
    words = [(m.start(), m.end()) for m in islice(_RUN.finditer(text), 6)]
    skip = 0
    while skip < len(words) and skip < 3 and not has_digit(text[words[skip][0] : words[skip][1]]):
        if _PREFIX.fullmatch(text, words[skip][0], words[skip][1]):
            break
        skip += 1
    fallback: tuple[int, int, TaxId] | None = None
    for end in range(len(words), skip, -1):
        piece = text[words[skip][0] : words[end - 1][1]]
        if find_dates(piece) or len(piece) > 26:
            continue
        tax = read_tax_id(piece, country)
        if tax is not None and tax.valid:
            yield words[skip][0], words[end - 1][1], tax
            return
        if tax is not None and (end - 1 == skip or _BARE.fullmatch(piece)) and fallback is None:
            fallback = (words[skip][0], words[end - 1][1], tax)
    if fallback is not None:
        yield fallback


_TAX_WORD: Final = re.compile(
    r"\b(?:cnpj|nip|vat|tax id|ust|uid|gst|gstin|p\.? ?iva|partita iva|n\.?i\.?f|c\.?i\.?f|btw|tva|abn)\b"
)


def tax_nearby(texts: Sequence[str], country: str) -> float:
    """How much a tax id beside a name says that it is a seller's: one that closes says much."""
    text = " ".join(texts)
    match = _TAX_WORD.search(level(text))
    if match is None:
        return 0.0
    valid = any(tax.valid for _, _, tax in _tax_in(text[match.end() :], country))
    return 1.2 if valid else 0.4 if has_digit(text[match.end() : match.end() + 24]) else 0.0


def _with_tax(party: PartyFound, hit: TaxHit) -> PartyFound:
    return replace(
        party,
        tax_id=hit.tax,
        tax_text=hit.text,
        tax_box=hit.box,
        page=party.page if party.name else hit.page,
        tax_sure=hit.sure,
    )


def _within(hit: TaxHit, party: PartyFound) -> bool:
    """Whether a tax id stands in the party's block or directly beneath it."""
    area = party.area
    if area is None or hit.page != party.page:
        return False
    height = max(hit.box.height, 6.0)
    grown = Box(area.x0 - 12, area.y0 - 1.2 * height, max(area.x1 + 60, area.x0 + 160), area.y1 + 3.2 * height)
    return any(grown.x0 <= b.x0 <= grown.x1 and grown.y0 <= b.middle <= grown.y1 for b in (hit.label_box, hit.box))


def _distance(hit: TaxHit, party: PartyFound) -> float:
    if party.area is None or party.page != hit.page:
        return 1e6
    area = party.area
    return min(
        max(area.x0 - b.x1, b.x0 - area.x1, 0.0) + max(area.y0 - b.y1, b.y0 - area.y1, 0.0)
        for b in (hit.label_box, hit.box)
    )

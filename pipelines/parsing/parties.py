"""Seller and buyer: from their labels, from letterheads and address windows, with their tax ids.

A labelled block (`Sprzedawca`, `Bill to`) wins. Without one, the seller is the company whose name stands
at the top, by the tax id or in the footer; the buyer is the addressee in the window of the letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pipelines.pages import Box
from pipelines.parsing.dates import find_dates
from pipelines.parsing.folding import fold, squash, tokens
from pipelines.parsing.geometry import Cell, Layout, bounds
from pipelines.parsing.places import Label, Places
from pipelines.parsing.proofs import TaxId, read_tax_id
from pipelines.parsing.values import currency_of, find_amounts

LEGAL_FORMS: Final = re.compile(
    r"(?<![a-z0-9])(?:sp\.?\s?z\.?\s?o\.?\s?o\.?|s\.?\s?a\.?|spolka|s\.?\s?c\.?|p\.?s\.?a\.?|gmbh|mbh|ag|kg|ohg|ug|e\.?k\.?|gbr|se|ltd\.?|limited|inc\.?|llc|llp|plc|corp\.?"
    r"|corporation|company|co\.$|dac|snc|s\.n\.c\.?|sp\.? ?[jk]\.?|ltda\.?|eireli|epp|me|s\.?a\.?r\.?l\.?|sas|sasu|eurl|s\.?r\.?l\.?|s\.?p\.?a\.?|s\.?l\.?u?\.?|b\.?v\.?|n\.?v\.?|v\.?o\.?f\.?|sdn\.?|bhd\.?"
    r"|pvt\.?|pty\.?|oy|ab|aps|a/s|as|kft|s\.?r\.?o\.?|e\.?v\.?|a\.?g\.?|eg|f\.?h\.?u\.?|p\.?h\.?u\.?|p\.?p\.?h\.?u\.?|enterprise|trading|group|holding|stiftung|gmina|urzad|fundacja|cooperativa)(?![a-z])"
)
_STRONG_FORMS: Final = re.compile(
    r"(?<![a-z0-9])(?:sp\.?\s?z\.?\s?o\.?\s?o\.?|spolka akcyjna|s\.\s?a\.?|gmbh|mbh|kgaa|ohg|ltd\.?|limited|inc\.?|llc|llp|plc|corp\.?|corporation|ltda\.?|eireli|s\.?a\.?r\.?l\.?|sas"
    r"|eurl|s\.?r\.?l\.?|s\.?p\.?a\.?|s\.l\.u?\.?|b\.?v\.?|n\.v\.?|sdn\.?|bhd\.?|pvt\.?|pty\.?|s\.?r\.?o\.?|kft|distribuidora|distribuicao|ag|s/a)(?![a-z])"
)
_STREET: Final = re.compile(
    r"(?<![a-z])(?:ul\.|al\.|pl\.|os\.|rua|av\.?|avenida|travessa|rod\.?|alameda|praca|street|st\.|road|rd\.?|avenue|ave\.?|lane|drive|blvd|suite|floor|jalan|jln|lot|p\.?o\.? ?box"
    r"|platz|allee|weg|calle|c/|plaza|paseo|via|viale|piazza|corso|rue|boulevard|place|chemin|quai|laan|plein|kade|postbus|postfach|bairro|cep|highway|tower|building)(?![a-z])"
    r"|str(?:asse|\.)|strasse|straat|weg \d|gasse|platz \d"
)
_POSTCODE: Final = re.compile(
    r"(?<!\d)(?:\d{2}-\d{3}(?!\d)|\d{2}\.?\d{3}-\d{3}(?!\d)|\d{5}(?:-\d{4})?(?!\d)|\d{4}\s?[A-Z]{2}(?![A-Za-z])|[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}(?![A-Za-z])|\d{4}-\d{3}(?!\d)"
    r"|\d{3}\s\d{2}(?!\d)|[A-Z]{1,2}-\d{4,5}(?!\d))"
)
_CITY_LINE: Final = re.compile(
    rf"(?:^|[,\s])(?:[A-Z]{{1,2}}[\s-])?{_POSTCODE.pattern}[\s,]+[^\W\d_]{{2,}}|[^\W\d_]{{3,}},?\s+(?:[A-Z]{{2}},?\s+)?{_POSTCODE.pattern}"
)
_NO_NAME: Final = re.compile(
    r"@|www\.|https?:|\b(?:tel|fax|phone|telefon|e-?mail|iban|bic|swift|page|seite|strona|pagina|page|uhr|mo-fr)\b",
    re.IGNORECASE,
)
_SALUTATIONS: Final = frozenset(
    ["herrn", "herr", "frau", "firma", "an", "attn", "mr", "mrs", "ms", "pan", "pani", "sr", "sra", "mme", "m", "sig", "spett", "spettle", "szanowny", "szanowna", "dhr", "mevr", "tav", "accounts", "payable", "to"]
)
_COUNTRIES: Final = frozenset(
    ["polska", "poland", "deutschland", "germany", "nederland", "netherlands", "france", "italia", "italy", "espana", "spain", "portugal", "brasil", "brazil", "unitedkingdom", "uk", "usa", "unitedstates", "unitedstatesofamerica", "india", "malaysia", "hongkong", "osterreich", "austria", "schweiz", "switzerland", "belgie", "belgium", "singapore", "ireland"]
)


@dataclass(frozen=True, slots=True)
class PartyFound:
    """A party as read; each part with its page, box and rule."""

    name: str = ""
    name_box: Box | None = None
    tax_id: TaxId | None = None
    tax_text: str = ""
    tax_box: Box | None = None
    address: str = ""
    page: int = 1
    rule: str = ""
    score: float = 0.0
    area: Box | None = None
    """What the block covers, so that a tax id inside it is this party's."""
    sure: float = 1.0
    """The least word confidence of the name, 0..1."""
    tax_sure: float = 1.0


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a party block."""

    text: str
    cell: Cell
    box: Box


class PartyReader:
    """Reads parties off a document's pages."""

    def __init__(self, pages: Sequence[Places], country: str) -> None:
        self.pages, self.country = pages, country
        self._letters: dict[int, tuple[str, ...]] = {}

    def read(self) -> tuple[PartyFound, PartyFound]:
        """Seller and buyer; empty where nothing says who."""
        seller = self._labelled("seller") or self._merchant() or PartyFound()
        buyer = self._labelled("buyer") or PartyFound()
        if not buyer.name:
            buyer = self._labelled("recipient_as_buyer") or buyer
        if not seller.name:
            seller = self._letterhead(buyer, seller)
        if not buyer.name:
            buyer = self._window(seller, buyer)
        return self._tax_ids(seller, buyer)

    def _merchant(self) -> PartyFound | None:
        """`Sold by`: a marketplace prints it of a merchant, and who issued the invoice stays open."""
        found = self._labelled("merchant")
        return replace(found, score=min(found.score, 0.58)) if found is not None else None

    # labelled blocks

    def _labelled(self, concept: str) -> PartyFound | None:
        found: list[PartyFound] = []
        for places in self.pages:
            for label in places.labels:
                if concept in label.concepts and label.strength >= 0.5 and _heads(label):
                    party = self._block_of(places, label)
                    if party is not None:
                        found.append(party)
        # of equal ones the first and highest: who the document is for stands above what is written of them below
        return max(found, key=lambda p: (round(p.score, 1), -p.page, -(p.area.y0 if p.area else 0.0)), default=None)

    def _block_of(self, places: Places, label: Label) -> PartyFound | None:
        best: PartyFound | None = None
        for lines, weight in self._line_sets(places, label):
            party = _read_block(places, lines, label.strength * weight, f"label:{label.spelling}")
            if party is not None and (best is None or party.score > best.score):
                best = party
        return best

    def _line_sets(self, places: Places, label: Label) -> Iterator[tuple[list[_Line], float]]:
        """Where a labelled party's lines may stand: after the label, beneath it, to its right."""
        layout, cell = places.layout, label.cell
        last = label.end
        for other in places.by_cell[id(cell)]:
            # "Käufer/Leistungsempfänger": two names of one party
            apart = any(c.isalnum() for c in cell.text[last : other.start])
            if other.start >= last and other.concepts & label.concepts and not apart:
                last = other.end
        rest_start = last + len(re.match(r"[\s:;\-–./]*", cell.text[last:])[0])  # type: ignore[index]
        rest = cell.text[rest_start:]
        under = _column_under(places, cell, label)
        if rest.strip():
            inline = _Line(rest, cell, cell.span_box(rest_start, len(cell.text)))
            parted = cell.text[last:rest_start].strip() != "" or LEGAL_FORMS.search(fold(rest)) is not None
            if parted and any(c.isalpha() for c in rest) and not LEGAL_FORMS.fullmatch(fold(rest.strip(" .,"))):
                yield [inline, *under], 0.97
            return
        right = next(iter(places.layout.right_of(cell, 0.35 * layout.width)), None)
        if right is not None and not places.starts_with_label(right):
            lines = [_Line(right.text, right, right.box), *_column_under(places, right, None)]
            beside = not under or under[0].text.rstrip().endswith(":") or places.starts_with_label(under[0].cell)
            yield lines, 0.96 if beside else 0.8
        if under:
            yield under, 0.93

    # letterhead and window

    def _letterhead(self, buyer: PartyFound, seller: PartyFound) -> PartyFound:
        scored: list[tuple[float, Cell, Places]] = []
        domains, holders = self._domains(), self._account_holders()
        for places in self.pages[:1] + self.pages[-1:] if len(self.pages) > 1 else self.pages[:1]:
            for cell in places.layout.cells:
                score = self._seller_likeness(places, cell, buyer, domains)
                if score and squash(_clean_name(cell.text)) in holders:
                    score += 2.0
                if score > 1.4:
                    scored.append((score, cell, places))
        if not scored:
            return seller
        score, cell, places = max(scored, key=lambda s: (s[0], -s[1].page, -s[1].row))
        name = _clean_name(cell.text)
        lines = [_Line(name, cell, cell.box), *_column_under(places, cell, None)]
        sure = self._surely_seller(name, [cell.text, *(line.text for line in lines[1:7])], domains, holders)
        confidence = min(0.5 + score / 12, 0.9) if sure else min(0.3 + score / 20, 0.58)
        party = _read_block(places, lines, confidence, "letterhead")
        if party is None:
            return seller
        return party

    def _surely_seller(self, name: str, texts: Sequence[str], domains: set[str], holders: set[str]) -> bool:
        """Whether a letterhead is more than the topmost name: its tax id, account or site, or no addressee's block."""
        letters = squash(name)
        if letters in holders or _tax_nearby(texts, self.country) > 1 or any(domain in letters and 2 * len(domain) >= len(letters) for domain in domains):
            return True
        addressed = any(_CITY_LINE.search(text) for text in texts) and not any(_CONTACT.search(text) for text in texts)
        return _STRONG_FORMS.search(fold(name)) is not None and not addressed

    def _account_holders(self) -> set[str]:
        """Who the bank details name: the one to be paid, which is the seller."""
        found: set[str] = set()
        for places in self.pages:
            for label in places.labels:
                if "account_name" in label.concepts:
                    place = next(iter(places.of(label)), None)
                    if place is not None and sum(c.isalpha() for c in place.text) >= 4:
                        found.add(squash(_clean_name(place.text)))
        return found

    def _domains(self) -> set[str]:
        found: set[str] = set()
        for places in self.pages:
            for cell in places.layout.cells:
                for match in re.finditer(r"(?:@|www\.|https?://(?:www\.)?)([a-z0-9-]+)\.[a-z.]{2,}", cell.text.lower()):
                    if len(match[1]) > 3 and match[1] not in (
                        "gmail",
                        "hotmail",
                        "yahoo",
                        "outlook",
                        "fakturaxl",
                        "example",
                    ):
                        found.add(match[1].replace("-", ""))
        return found

    def _seller_likeness(self, places: Places, cell: Cell, buyer: PartyFound, domains: set[str]) -> float:
        if len(cell.words) > 14:
            return 0.0
        text = _clean_name(cell.text)
        folded = fold(text)
        letters = squash(text)
        if len(letters) < 3 or sum(c.isalpha() for c in text) < 0.55 * len(text.replace(" ", "")):
            return 0.0
        if _NO_NAME.search(text) and not _STRONG_FORMS.search(folded):
            return 0.0
        if buyer.name and (squash(buyer.name) in letters or letters in squash(buyer.name)):
            return 0.0
        if buyer.area is not None and cell.page == buyer.page and _inside(cell.box, buyer.area):
            return 0.0
        if places.starts_with_label(cell) or find_dates(text) or letters in _COUNTRIES:
            return 0.0
        layout = places.layout
        # on a receipt much white may stand above the first row
        top = min(cell.box.y0 / max(layout.height, 1.0), cell.row / max(len(layout.rows), 1))
        score = 0.0
        form = LEGAL_FORMS.search(folded)
        ends_with_form = form is not None and folded.rstrip(" .,").endswith(form[0].rstrip(" ."))
        score += (
            2.4 if _STRONG_FORMS.search(folded) or (ends_with_form and len(text.split()) <= 7) else 0.9 if form else 0.0
        )
        if cell.page == self.pages[0].layout.number:
            score += max(0.0, 2.2 * (1.0 - top / 0.35))
            score += 0.5 * max(0.0, min(cell.box.height / layout.line_height - 1.1, 2.0)) if top < 0.4 else 0.0
        if cell.box.y0 > 0.8 * layout.height:
            score += 0.5
        if any(domain in letters or (len(letters) > 3 and domain.startswith(letters)) for domain in domains):
            score += 1.3
        if any(d[:6] in letters for d in domains if len(d) >= 6):
            score += 0.4
        if score < 0.4:
            # nothing speaks for it yet, and what stands beneath cannot make up for that
            return 0.0
        below = _column_under(places, cell, None)
        if any(_is_address(line.text) for line in below[:3]):
            score += 0.7
        if any(_CONTACT.search(line.text) for line in below[:6]) or _CONTACT.search(cell.text):
            score += 0.6
        if sum(letters in other for other in self._squashed(places)) > 1:
            score += 0.5
        score += _tax_nearby([cell.text, *(line.text for line in below[:3])], self.country)
        if cell.row <= 1 and cell.page == 1 and len(letters) >= 4:
            score += 0.7
        if _REGISTER.search(folded):
            score -= 2.0
        # a word among many cells of a row heads a column
        score -= 0.9 if len(layout.rows[cell.row].cells) >= 4 else 0.0
        words = len(text.split())
        score -= 0.0 if words <= 7 else 0.3 * (words - 7)
        if _is_address(text):
            score -= 1.2
        if any(c.isdigit() for c in text):
            score -= 0.6
        if _common_words(text) > 0.5:
            score -= 1.2
        return score

    def _squashed(self, places: Places) -> tuple[str, ...]:
        key = id(places)
        if key not in self._letters:
            self._letters[key] = tuple(squash(cell.text) for cell in places.layout.cells)
        return self._letters[key]

    def _window(self, seller: PartyFound, buyer: PartyFound) -> PartyFound:
        places = self.pages[0]
        layout = places.layout
        seller_letters = squash(seller.name)
        best: PartyFound | None = None
        for cell in layout.cells:
            top = cell.box.y0 / max(layout.height, 1.0)
            if not 0.03 < top < 0.5 or places.starts_with_label(cell):
                continue
            lines = [_Line(cell.text, cell, cell.box), *_column_under(places, cell, None)]
            lines = lines[:7]
            city = next((i for i, line in enumerate(lines) if i > 0 and _CITY_LINE.search(line.text)), None)
            sure = city is not None
            if city is None and len(lines) >= 3 and _is_address(lines[1].text):
                city = 2
            if city is None or city > 5:
                continue
            if seller_letters and (seller_letters in squash(cell.text) or squash(cell.text) in seller_letters):
                continue
            if seller.area is not None and seller.page == cell.page and _inside(cell.box, seller.area):
                continue
            party = _read_block(places, lines[: city + 1], 0.7, "address window")
            if party is not None and _is_address(party.name) and not LEGAL_FORMS.search(fold(party.name)):
                continue
            if party is None or seller_letters == squash(party.name):
                continue
            score = party.score - (0.0 if sure else 0.2) - 0.3 * abs(top - 0.2) - 0.04 * abs(city - 2)
            above = next(iter(layout.above(cell, 1.3 * layout.line_height)), None)
            if (
                above is not None
                and abs(above.box.x0 - cell.box.x0) < layout.line_height
                and not places.starts_with_label(above)
            ):
                score -= 0.12
            if best is None or score > best.score:
                best = replace(party, score=score)
        return best or buyer

    # tax ids

    def _tax_ids(self, seller: PartyFound, buyer: PartyFound) -> tuple[PartyFound, PartyFound]:
        found = list(self._labelled_tax_ids())
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
        return seller, buyer

    def _free_seller(self, free: Sequence[_TaxHit], seller: PartyFound, buyer: PartyFound) -> _TaxHit | None:
        """A tax id that stands in no block: the seller's, unless it stands nearer to the buyer."""
        valid = [h for h in free if h.tax.valid] or list(free)
        if not valid:
            return None
        numbers = {h.tax.number for h in valid}
        if len(numbers) > 1 and buyer.tax_id is None and buyer.name:
            # two ids and a buyer without one: the buyer's stands nearer to the buyer
            valid.sort(key=lambda h: -_distance(h, buyer))
        elif len(numbers) > 1:
            # the first printed, for lack of better
            valid.sort(key=lambda h: (h.page, h.box.y0))
        choice = valid[0]
        if buyer.name and seller.name and choice.page == buyer.page and len(numbers) == 1 and buyer.tax_id is None:
            if _distance(choice, buyer) < 0.4 * _distance(choice, seller) and _distance(choice, buyer) < 30:
                return None
        return choice

    def _labelled_tax_ids(self) -> Iterator[_TaxHit]:
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
                hit = self._tax_at(places, label, owner)
                if hit is not None:
                    yield hit
            yield from self._bare_tax_ids(places)

    def _tax_at(self, places: Places, label: Label, owner: str) -> _TaxHit | None:
        for place in places.of(label):
            for start, end, tax in _tax_in(place.text, self.country):
                box = place.box(start, end)
                return _TaxHit(
                    tax,
                    place.text[start:end],
                    box,
                    place.cell.page,
                    owner,
                    label.strength * place.weight,
                    label.box,
                    place.cell.span_confidence(place.start + start, place.start + end),
                )
            if place.relation == "inline" and any(c.isdigit() for c in place.text[:24]):
                return None
        return None

    def _bare_tax_ids(self, places: Places) -> Iterator[_TaxHit]:
        """Numbers whose own print says what they are: prefixed EU ids that close, CNPJ and NIP with marks."""
        for cell in places.layout.cells:
            for match in _PRINTED_ID.finditer(cell.text):
                for start, end, tax in _tax_in(cell.text[match.start() :], ""):
                    if tax.valid and tax.proves:
                        start, end = match.start() + start, match.start() + end
                        box = cell.span_box(start, end)
                        yield _TaxHit(
                            tax, cell.text[start:end], box, cell.page, "", 0.6, box, cell.span_confidence(start, end)
                        )


_PRINTED_ID: Final = re.compile(
    r"(?<![\w/])(?:\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}(?!\d)|(?:PL|DE|NL|FR|IT|ES|GB|ATU|BE|PT|CZ|DK|IE|LU)[\s-]?(?=[\dA-Z]{0,3}\d)[\dA-Z])"
)


@dataclass(frozen=True, slots=True)
class _TaxHit:
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


_TAX_TEXT: Final = re.compile(r"[A-Z]{0,3}[\s:]?[\dA-Z][\dA-Z.\-/ ]{5,24}[\dA-Z]", re.IGNORECASE)


def _tax_in(text: str, country: str) -> Iterator[tuple[int, int, TaxId]]:
    """Tax ids at the beginning of a text: the longest run of its tokens that closes, or else the first token."""
    if "*" in text[:24]:
        return
    words = [(m.start(), m.end()) for m in re.finditer(r"[^\s,;|]+", text)][:6]
    skip = 0
    while skip < len(words) and skip < 3 and not any(c.isdigit() for c in text[words[skip][0] : words[skip][1]]):
        if re.fullmatch(r"[A-Z]{2}", text[words[skip][0] : words[skip][1]]):
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
        if tax is not None and (end - 1 == skip or re.fullmatch(r"[A-Z]{0,2}[\d\s.\-]+", piece)) and fallback is None:
            fallback = (words[skip][0], words[end - 1][1], tax)
    if fallback is not None:
        yield fallback


_CONTACT: Final = re.compile(r"@|www\.|https?:|\b(?:tel|fax|phone|telefon|telefone|telephone|iban)\b", re.IGNORECASE)
_REGISTER: Final = re.compile(
    r"capital|kapital|kapita|registered|siege|sede legal|amtsgericht|registergericht|geschaftsfuhrer|vorstand|bank|regd"
)
_TAX_WORD: Final = re.compile(
    r"(?:cnpj|nip|vat|tax id|ust|uid|gst|p\.? ?iva|nif|cif|btw|tva)[^\d]{0,24}(?P<number>[a-z]{0,2}\s?[\d.\-/ ]{8,22})"
)


def _tax_nearby(texts: Sequence[str], country: str) -> float:
    """How much a tax id beside a name says that it is a seller's: one that closes says much."""
    match = _TAX_WORD.search(" ".join(fold(text) for text in texts))
    if match is None:
        return 0.0
    tax = read_tax_id(match["number"].strip(" .-/"), country)
    return 1.2 if tax is not None and tax.valid else 0.4


def _heads(label: Label) -> bool:
    """Whether a party's label opens its cell; very short ones must stand alone or before a colon."""
    lead = label.cell.text[: label.start]
    if any(c.isalnum() for c in lead) and not lead.rstrip().endswith("/"):
        return False
    rest = label.cell.text[label.end :].lstrip()
    return len(squash(label.spelling)) > 3 or not rest or rest.startswith(":")


def _with_tax(party: PartyFound, hit: _TaxHit) -> PartyFound:
    return replace(
        party,
        tax_id=hit.tax,
        tax_text=hit.text,
        tax_box=hit.box,
        page=party.page if party.name else hit.page,
        tax_sure=hit.sure,
    )


def _inside(box: Box, area: Box) -> bool:
    return area.x0 - 2 <= box.x0 and box.x1 <= area.x1 + 2 and area.y0 - 2 <= box.y0 and box.y1 <= area.y1 + 2


def _within(hit: _TaxHit, party: PartyFound) -> bool:
    """Whether a tax id stands in the party's block or directly beneath it."""
    area = party.area
    if area is None or hit.page != party.page:
        return False
    height = max(hit.box.height, 6.0)
    grown = Box(area.x0 - 12, area.y0 - 1.2 * height, max(area.x1 + 60, area.x0 + 160), area.y1 + 3.2 * height)
    return any(grown.x0 <= b.x0 <= grown.x1 and grown.y0 <= b.middle <= grown.y1 for b in (hit.label_box, hit.box))


def _distance(hit: _TaxHit, party: PartyFound) -> float:
    if party.area is None or party.page != hit.page:
        return 1e6
    area = party.area
    return min(
        max(area.x0 - b.x1, b.x0 - area.x1, 0.0) + max(area.y0 - b.y1, b.y0 - area.y1, 0.0)
        for b in (hit.label_box, hit.box)
    )


def _column_under(places: Places, cell: Cell, label: Label | None) -> list[_Line]:
    """The lines beneath a cell that belong to its column, until a wide gap or another section."""
    layout = places.layout
    lines: list[_Line] = []
    last, tightest = cell.box, 1e9
    for row in layout.rows[cell.row + 1 :]:
        gap = row.box.y0 - last.y1
        # keys over keys stand wider apart than the lines of an address
        keyed = any(c.text.rstrip().endswith(":") and _same_column(c, cell, layout) for c in row.cells)
        limit = (3.6 if keyed else 2.4) * layout.line_height
        loose = bool(lines) and not keyed and gap > tightest + 1.2 * layout.line_height
        if gap > limit or len(lines) >= 9 or loose:
            break
        near = [c for c in row.cells if _same_column(c, cell, layout)]
        if not near:
            continue
        here = near[0]
        if here.box.y0 - last.y1 > limit:
            break
        if _begins_section(places, here):
            break
        lines.append(_Line(here.text, here, here.box))
        tightest = min(tightest, here.box.y0 - last.y1)
        last = here.box
    return lines


def _same_column(cell: Cell, top: Cell, layout: Layout) -> bool:
    shift = abs(cell.box.x0 - top.box.x0)
    overlap = cell.box.x0 < top.box.x1 and top.box.x0 < cell.box.x1
    flush_right = abs(cell.box.x1 - top.box.x1) <= 0.6 * layout.line_height
    centred = abs(cell.box.x0 + cell.box.x1 - top.box.x0 - top.box.x1) <= 1.2 * layout.line_height
    if overlap and (flush_right or centred):
        return True
    return shift <= 1.6 * layout.line_height or (
        cell.box.x0 <= top.box.x1
        and top.box.x0 <= cell.box.x1
        and shift <= 4 * layout.line_height
        and cell.box.x1 > top.box.x0 + 10
    )


_SECTIONS: Final = frozenset(
    {
        "seller",
        "buyer",
        "recipient",
        "invoice_number",
        "issue_date",
        "due_date",
        "bank_account",
        "tax_summary",
        "period",
    }
)


def _begins_section(places: Places, cell: Cell) -> bool:
    """Whether a cell opens another part of the page, so that a block above it ends."""
    for label in places.by_cell.get(id(cell), ()):
        lead = cell.text[: label.start]
        if label.concepts & _SECTIONS and label.strength >= 0.6 and not any(c.isalnum() for c in lead):
            attention = fold(label.spelling).startswith(("attn", "attention", "t.a.v", "ter attentie", "a l'attention"))
            if not attention:
                return True
    return False


def _read_block(places: Places, lines: Sequence[_Line], score: float, rule: str) -> PartyFound | None:
    """Name, address and tax id of a block of lines."""
    name, name_box, page, sure = "", None, lines[0].cell.page, 1.0
    address: list[str] = []
    used: list[Box] = []
    for index, line in enumerate(lines):
        if re.fullmatch(r"\(.*\)", line.text.strip()):
            continue
        labels = places.by_cell.get(id(line.cell), [])
        offset = line.cell.text.find(line.text) if line.text else 0
        first = next(
            (l for l in labels if l.start >= offset and not any(c.isalnum() for c in line.cell.text[offset : l.start])),
            None,
        )
        if first is not None and index == 0 and first.concepts & {"seller", "buyer"} and first.whole:
            continue
        if first is not None and "name" in first.concepts and not address:
            rest = line.cell.text[first.end :].strip(" :;-")
            value = rest or _right_text(places, line.cell)
            keyed = first.whole or line.cell.text[first.end :].lstrip().startswith(":")
            if value and keyed:
                name, name_box, sure = _clean_name(value), line.box, _sureness(places, line.cell, value)
                used.append(line.box)
            if value and keyed:
                continue
            first = None
        if first is not None and "address" in first.concepts:
            rest = line.cell.text[first.end :].strip(" :;-") or _right_text(places, line.cell)
            if rest:
                address.append(rest)
            used.append(line.box)
            continue
        if first is not None and first.strength >= 0.55:
            if first.concepts & {
                "tax_id",
                "buyer_tax_id",
                "seller_tax_id",
                "national_tax_id",
                "other",
                "customer_number",
            }:
                used.append(line.box)
                continue
            if name and address:
                break
            if not first.concepts & {"buyer", "seller", "title_invoice"}:
                continue
        if line.text.rstrip().endswith(":"):
            # a key whose value stands to its right: it names neither party nor street
            used.append(line.box)
            continue
        text = line.text.strip(" :;,|")
        if _NO_NAME.search(text) and not (_STRONG_FORMS.search(fold(text)) and not name):
            continue
        if not any(c.isalpha() for c in text):
            continue
        if not name:
            if squash(text) in _SALUTATIONS or len(text) > 110:
                continue
            if _is_address(text) and not LEGAL_FORMS.search(fold(text)):
                if index == 0 or address:
                    # an address without a name: whose it is stays open
                    return None
                continue
            name, name_box, sure = _clean_name(text), line.box, _sureness(places, line.cell, text)
            used.append(line.box)
            continue
        gap = line.box.y0 - used[-1].y1 if used else 0.0
        if not address and _continues_name(name, text, gap, places.layout, lines, index):
            name = f"{name} {_clean_name(text)}"
            sure = min(sure, _sureness(places, line.cell, text))
            name_box = bounds([name_box, line.box]) if name_box else line.box
            used.append(line.box)
            continue
        if len(address) < 4 and len(text) < 90:
            address.append(text)
            used.append(line.box)
    if not name or len(squash(name)) < 2 or not any(c.isalpha() for c in name):
        return None
    if currency_of(name) is not None or sum(c.isdigit() for c in name) > sum(c.isalpha() for c in name):
        return None
    amounts = find_amounts(name)
    if amounts and sum(c.isalpha() for c in name) < 4:
        return None
    if _is_address(name) and not LEGAL_FORMS.search(fold(name)):
        score *= 0.6
    area = bounds([*used, *([name_box] if name_box else [])])
    return PartyFound(name, name_box, None, "", None, ", ".join(address), page, rule, score, area, sure)


def _sureness(places: Places, cell: Cell, value: str) -> float:
    """How surely a name was read, in its cell or to its right: its least sure long word, or the mean of short ones."""
    at = cell.text.find(value)
    words = cell.span_words(at, at + len(value)) if at >= 0 else ()
    if not words:
        right = next(iter(places.layout.right_of(cell)), None)
        words = right.words if right is not None else cell.words
    long = [w.confidence for w in words if sum(c.isalnum() for c in w.text) >= 4]
    return min(long) if long else sum(w.confidence for w in words) / len(words)


def _right_text(places: Places, cell: Cell) -> str:
    right = next(iter(places.layout.right_of(cell)), None)
    return right.text if right is not None and not right.text.rstrip().endswith(":") else ""


_LINKS: Final = frozenset("de do da dos das di del della du des von van und and of i e y et & the la le".split())


def _continues_name(name: str, text: str, gap: float, layout: Layout, lines: Sequence[_Line], index: int) -> bool:
    """Whether a second line still belongs to the name: close, no address, and an address follows it."""
    folded = fold(text)
    if gap > 0.6 * layout.line_height or _is_address(text) or any(c.isdigit() for c in text) or len(text) > 60:
        return False
    if squash(text) in _COUNTRIES or (tokens(text)[:1] and tokens(text)[0] in _SALUTATIONS):
        return False
    if name.endswith(("&", "-", ",")) or fold(name).split()[-1] in _LINKS or folded in ("sp. z o.o.", "s.a.", "gmbh", "ltd", "ltda"):
        return True
    if _STRONG_FORMS.search(fold(name)):
        return False
    follows = index + 1 < len(lines) and _is_address(lines[index + 1].text)
    return follows and (bool(LEGAL_FORMS.search(folded)) or (name.isupper() and text.isupper()))


def _is_address(text: str) -> bool:
    """Whether a line reads as part of an address: a street word, a postcode with a town, a house number."""
    folded = fold(text)
    if _CITY_LINE.search(text) or (_STREET.search(folded) and any(c.isdigit() for c in text)):
        return True
    if re.match(r"^(?:ul\.|al\.|rua |av\.? |avenida |jalan |lot |no\.? ?\d|p\.?o\.? box|calle |via )", folded):
        return True
    return bool(re.search(r"[^\W\d_]{4,}\s+\d{1,4}[a-zA-Z]?(?:\s?[/\-]\s?\d{1,4}[a-zA-Z]?)?$", text)) or bool(
        re.match(r"^\d{1,5}[a-zA-Z]?[ ,]+[^\W\d_]{3,}", text)
    )


# OCR reads the letters of "o.o." as zeros
_ZOO: Final = re.compile(r"sp\.?\s?z\.?\s?(?:0\.?\s?[0oO]|[oO]\.?\s?0)\.?(?!\w)", re.IGNORECASE)


def _clean_name(text: str) -> str:
    """A name without what letterheads print around it: address after a dash, ids, marks."""
    text = re.split(
        r"\s(?:CNPJ|NIP|VAT|Tax ID|GSTIN|UID|USt|Tel|Fax|CPF|P\.?\s?IVA|NIF|CIF|REGON|KRS)\b|\s[|•·]\s|\s[-–—]\s(?=.*\d)",
        text,
        maxsplit=1,
    )[0]
    form = _STRONG_FORMS.search(fold(text)) if len(fold(text)) == len(text) else None
    if form is not None and sum(c.isdigit() for c in text[form.end() :]) >= 6:
        text = text[: form.end()]
    text = re.sub(r"\s*\([^)]*\d[^)]*\)?\s*$", "", text)
    text = _ZOO.sub("sp. z o.o.", text)
    return text.strip(" \t,;:|-–—•*\"'").strip()


_COMMON: Final = frozenset(
    ["the", "of", "and", "for", "your", "you", "we", "to", "in", "is", "this", "please", "thank", "invoice", "facture", "rechnung", "faktura", "factura", "fattura", "receipt", "bill", "page", "date", "total", "amount", "due", "payment", "tax", "nota", "fiscal", "documento", "auxiliar", "eletronica", "energia", "segunda", "via", "oryginal", "kopia", "original", "copy", "krajowy", "system", "faktur", "e", "ihre", "vielen", "dank", "cash", "order", "simplified", "retail", "invoices", "summary", "details", "customer", "service", "welcome", "check", "guest", "copia", "factuur", "dat", "betaal", "ik", "zelf", "wel", "statement", "account", "number", "sales", "credit", "note", "data", "termin", "vat", "nr", "no", "podstawowa", "korygujaca", "zaliczkowa", "duplikat", "bank", "beispiel", "rechnungen", "fur", "description", "qty", "quantity", "price", "item"]
)


def _common_words(text: str) -> float:
    """Share of a line's words that name no company."""
    words = tokens(text)
    return sum(w in _COMMON for w in words) / len(words) if words else 1.0

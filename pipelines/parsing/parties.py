"""Seller and buyer: from their labels, from letterheads and address windows, with their tax ids.

A labelled block (`Sprzedawca`, `Bill to`) wins. Without one, the seller is the company whose name stands
at the top, by the tax id or in the footer; the buyer is the addressee in the window of the letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final

from pipelines.parsing.dates import find_dates
from pipelines.parsing.folding import count_letters, fold, has_alnum, squash
from pipelines.parsing.geometry import Cell
from pipelines.parsing.labels import Label
from pipelines.parsing.party_blocks import Line, PartyFound, column_under, inside, read_block
from pipelines.parsing.party_brands import with_full_name
from pipelines.parsing.party_imprint import Imprint, find_imprint, sender_name
from pipelines.parsing.party_letterhead import Letterheads, company_of, fuller
from pipelines.parsing.party_names import (
    CONTACT,
    DEPARTMENTS,
    GREETING,
    LEGAL_FORMS,
    NO_NAME,
    SALUTATIONS,
    clean_name,
    common_words,
    has_strong_form,
    heads_columns,
    is_address,
    names_a_town,
)
from pipelines.parsing.party_tax_ids import TaxIdReader, tax_nearby
from pipelines.parsing.party_window import is_town, no_addressee, one_name, sender_above
from pipelines.parsing.party_witnesses import confirm_buyer, confirm_seller, is_kin, off_a_scan, read_without_doubt
from pipelines.parsing.places import Places

_SITE: Final = re.compile(r"(?:@|www\.|https?://(?:www\.)?)([a-z0-9-]+)\.[a-z.]{2,}")


_OTHERS_SITES: Final = frozenset({"gmail", "hotmail", "yahoo", "outlook", "fakturaxl", "example"})


def _is_own(site: str) -> bool:
    return len(site) > 3 and site not in _OTHERS_SITES


class PartyReader:
    """Reads parties off a document's pages."""

    def __init__(self, pages: Sequence[Places], country: str) -> None:
        self.pages, self.country = pages, country
        self._tax_ids = TaxIdReader(pages, country)
        self._heads = Letterheads(pages, country)
        self._stated = ""
        """Who the imprint names, in letters: then an addressee's block is not taken for a letterhead."""

    def read(self) -> tuple[PartyFound, PartyFound]:
        """Seller and buyer; empty where nothing says who."""
        seller = self._labelled("seller") or self._merchant() or PartyFound()
        buyer = self._labelled("buyer", seller) or PartyFound()
        seller = self._unless_of_energy_alone(seller, buyer)
        if not buyer.name:
            buyer = self._labelled("recipient_as_buyer") or buyer
        if not seller.name:
            imprint = find_imprint(self.pages, buyer, self.country)
            self._stated = squash(imprint.party.name) if imprint is not None else ""
            seller = self._under_its_brand(_issuer(self._letterhead(buyer, seller), imprint))
            seller = with_full_name(self.pages, seller)
        if not buyer.name:
            buyer = self._window(seller, buyer)
        if not buyer.name:
            buyer = self._supplied(seller) or self._named(seller) or buyer
        scanned = any(places.layout.ocr for places in self.pages)
        if scanned:
            seller, buyer = (off_a_scan(party) for party in (seller, buyer))
        seller, buyer = self._tax_ids.assign(seller, buyer)
        buyer = confirm_buyer(self.pages, buyer, seller)
        seller = confirm_seller(self.pages, buyer, seller, self._domains)
        if scanned:
            seller, buyer = read_without_doubt(seller, buyer), read_without_doubt(buyer, seller)
        return seller, buyer

    def _unless_of_energy_alone(self, seller: PartyFound, buyer: PartyFound) -> PartyFound:
        """Who issues the bill, where a label names who sells the energy: grids bill their part and name the seller."""
        if _OF_ENERGY.match(fold(seller.rule.removeprefix("label:"))) is None:
            return seller
        head = self._letterhead(buyer, PartyFound())
        company = has_strong_form(head.name) and head.score >= _SURE and squash(head.name) != squash(seller.name)
        return head if company else seller

    def _under_its_brand(self, seller: PartyFound) -> PartyFound:
        """Uncertain where small type names a company and the site belongs to another name: a brand and its owner."""
        height = next((p.layout.height for p in self.pages if p.layout.number == seller.page), 0.0)
        if not seller.name or seller.name_box is None or seller.name_box.y0 < 0.5 * height:
            return seller
        letters = squash(seller.name)
        sites = self._domains
        kin = any(is_kin(site, letters) for site in sites)
        paid = letters in self._account_holders
        return seller if not sites or kin or paid else replace(seller, score=min(seller.score, 0.58))

    def _named(self, seller: PartyFound) -> PartyFound | None:
        """Who a form names in its box `Name`: on bills of utilities the customer; whose name it is stays uncertain."""
        for places in self.pages[:1]:
            for label in places.labels:
                if "name" not in label.concepts or label.strength < 0.7 or _stands_in(label.cell, seller):
                    continue
                if heads_columns(places.layout.rows[label.cell.row].text):
                    continue
                for place in places.of(label)[:2]:
                    name = clean_name(place.text)
                    if count_letters(name) < 5 or heads_columns(name) or squash(name) == squash(seller.name):
                        continue
                    lines = [Line(name, place.cell, place.box(0, len(place.text))), *column_under(places, place.cell)]
                    return read_block(places, lines[:4], 0.58, f"label:{label.spelling}")
        return None

    def _supplied(self, seller: PartyFound) -> PartyFound | None:
        """Who receives what is billed, where nobody else is named: uncertain, as goods go to others than buyers."""
        found = self._labelled("recipient", seller)
        if found is None or squash(found.name) == squash(seller.name) or is_address(found.name):
            return None
        if common_words(found.name) >= 0.5 or heads_columns(found.name):
            return None
        return replace(found, score=min(found.score, 0.58))

    def _merchant(self) -> PartyFound | None:
        """`Sold by`: a marketplace prints it of a merchant, and who issued the invoice stays open."""
        found = self._labelled("merchant")
        return replace(found, score=min(found.score, 0.58)) if found is not None else None

    def _labelled(self, concept: str, other: PartyFound | None = None) -> PartyFound | None:
        """The best labelled block; one that stands inside the `other` party's is that party's own."""
        found: list[PartyFound] = []
        for places in self.pages:
            for label in places.labels:
                if concept not in label.concepts or (other is not None and _stands_in(label.cell, other)):
                    continue
                if label.strength >= 0.5 and _heads(label) and not _receives_payment(places, label):
                    if _for_attention(places, label) or _heads_days(places, label):
                        continue
                    party = self._block_of(places, label)
                    if party is not None:
                        found.append(replace(party, score=min(party.score, 0.58)) if self._only_pays(label) else party)
        # of equal ones the first and highest: who the document is for stands above what is written of them below
        return max(found, key=lambda p: (round(p.score, 1), -p.page, -(p.area.y0 if p.area else 0.0)), default=None)

    def _only_pays(self, label: Label) -> bool:
        """Whether a label names who pays, beside one that names who buys: `Nabywca` and `Płatnik`."""
        if "buyer" not in label.concepts or not _pays(label):
            return False
        return any(
            "buyer" in other.concepts and other.strength >= 0.6 and other.whole and not _pays(other)
            for places in self.pages
            for other in places.labels
        )

    def _block_of(self, places: Places, label: Label) -> PartyFound | None:
        best: PartyFound | None = None
        for lines, weight in self._line_sets(places, label):
            party = read_block(places, lines, label.strength * weight, f"label:{label.spelling}")
            if party is not None and (best is None or party.score > best.score):
                best = party
        return best

    def _line_sets(self, places: Places, label: Label) -> Iterator[tuple[list[Line], float]]:
        """Where a labelled party's lines may stand: after the label, beneath it, to its right."""
        layout, cell = places.layout, label.cell
        last = label.end
        for other in places.by_cell[id(cell)]:
            # "Käufer/Leistungsempfänger": two names of one party
            apart = has_alnum(cell.text[last : other.start])
            if other.start >= last and other.concepts & label.concepts and not apart:
                last = other.end
        rest_start = last + len(cell.text[last:]) - len(cell.text[last:].lstrip(" \t:;-–./)"))
        rest = cell.text[rest_start:]
        under = column_under(places, cell) or (_box_under(places, cell) if label.whole else [])
        if rest.strip() and not re.fullmatch(r"\(?[^()]*\)\s?[:.]?", rest.strip()):  # "Buyer (Bill to)" names nobody
            inline = Line(rest, cell, cell.span_box(rest_start, len(cell.text)))
            parted = cell.text[last:rest_start].strip() != "" or LEGAL_FORMS.search(fold(rest)) is not None
            if parted and any(c.isalpha() for c in rest) and not LEGAL_FORMS.fullmatch(fold(rest.strip(" .,"))):
                yield [inline, *under], 0.97
            return
        right = next(iter(places.layout.right_of(cell, 0.35 * layout.width)), None)
        if right is not None and right.text.lstrip().startswith(":") and not count_letters(right.text):
            return  # `Debiteur : 107897`: a party's number, and no party
        if right is not None and not places.starts_with_label(right) and not _is_titled(places, right):
            lines = [Line(right.text, right, right.box), *column_under(places, right)]
            beside = not under or under[0].text.rstrip().endswith(":") or places.starts_with_label(under[0].cell)
            yield lines, 0.96 if beside else 0.8
        if under:
            yield under, 0.93

    def _letterhead(self, buyer: PartyFound, seller: PartyFound) -> PartyFound:
        scored: list[tuple[float, Cell, Places]] = []
        domains, holders = self._domains, self._account_holders
        for places in [self.pages[0], self.pages[-1]] if len(self.pages) > 1 else self.pages[:1]:
            for cell in places.layout.worded:
                score = self._heads.of(places, cell, buyer, domains)
                if score and (self._is_addressee(places, cell) or self._has_customers_id(places, cell)):
                    continue
                if score and squash(clean_name(cell.text)) in holders:
                    score += 2.0
                if score > 1.4:
                    scored.append((score, cell, places))
        if not scored:
            return seller
        best = max(scored, key=lambda s: (s[0], -s[1].page, -s[1].row))
        brand = fuller(best, scored)
        score, cell, places = company_of(brand, scored)
        sender = sender_name(cell.text)
        name = sender or clean_name(cell.text)
        # beneath a sender line stands the addressee
        lines = [Line(name, cell, cell.box), *([] if sender else column_under(places, cell))]
        sure = self._surely_seller(name, [cell.text, *(line.text for line in lines[1:7])], domains, holders)
        # two companies with a tax id each, and nothing that says who is who
        # a legal form alone says little in the lower half: who is named there need not have issued the paper
        low = cell.box.y0 > 0.5 * places.layout.height and tax_nearby([cell.text], self.country) <= 1
        sure = sure and (not low or squash(name) in holders or squash(name) in self._stated)
        # a company beside a brand: which of the two a reader calls the seller is open
        sure = sure and (cell is brand[1] or squash(name) in holders)
        sure = sure and (squash(name) in holders or self._stated != "" or not self._has_rivals(buyer))
        confidence = min(0.5 + score / 12, 0.9) if sure else min(0.3 + score / 20, 0.58)
        party = read_block(places, lines, confidence, "letterhead")
        if party is None:
            return seller
        return party

    def _surely_seller(self, name: str, texts: Sequence[str], domains: set[str], holders: set[str]) -> bool:
        """Whether a letterhead is more than the topmost name: its tax id, account or site, or no addressee's block."""
        letters = squash(name)
        if (
            letters in holders
            or tax_nearby(texts, self.country) > 1
            or any(domain in letters and 2 * len(domain) >= len(letters) for domain in domains)
        ):
            return True
        addressed = any(map(names_a_town, texts)) and not any(map(CONTACT.search, texts))
        return has_strong_form(name) and not addressed

    def _has_rivals(self, buyer: PartyFound) -> bool:
        """Whether the pages hold several valid tax ids, and no label says whose they are."""
        open_ids = {hit.tax.number for hit in self._tax_ids.hits if hit.tax.valid and not hit.owner}
        return len(open_ids) > 1 and not buyer.name

    def _is_addressee(self, places: Places, cell: Cell) -> bool:
        """Whether a name heads an address that says nothing of itself, as in the window of a letter."""
        if squash(clean_name(cell.text)) in self._stated or sender_name(cell.text):
            return False
        under = column_under(places, cell)[:6]
        if any(_names_customer(places, line.cell) for line in under):
            return True
        if not self._stated:
            return False
        texts = [line.text for line in under[:5]]
        if not any(map(names_a_town, texts)):
            return False
        return not (any(map(CONTACT.search, texts)) or tax_nearby([cell.text, *texts], self.country) > 0)

    def _has_customers_id(self, places: Places, cell: Cell) -> bool:
        """Whether a tax id beneath a name is another's than the one that issued, by the document's access key."""
        issuers = self._tax_ids.issuers
        if not issuers:
            return False
        lines = [Line(cell.text, cell, cell.box), *column_under(places, cell)[:5]]
        held = {
            hit.tax.number
            for hit in self._tax_ids.hits
            if hit.page == cell.page and any(inside(hit.box, line.box) for line in lines)
        }
        return bool(held) and not held & issuers

    @cached_property
    def _account_holders(self) -> set[str]:
        """Who the bank details name: the one to be paid, which is the seller."""
        found: set[str] = set()
        for places in self.pages:
            for label in places.labels:
                if "account_name" in label.concepts:
                    place = next(iter(places.of(label)), None)
                    if place is not None and count_letters(place.text) >= 4:
                        found.add(squash(clean_name(place.text)))
        return found

    @cached_property
    def _domains(self) -> set[str]:
        found: set[str] = set()
        for places in self.pages:
            for cell in places.layout.worded:
                text = cell.text.lower()
                if "." in text and ("@" in text or "w." in text or "//" in text):
                    found.update(match[1].replace("-", "") for match in _SITE.finditer(text) if _is_own(match[1]))
        return found

    def _window(self, seller: PartyFound, buyer: PartyFound) -> PartyFound:
        places = self.pages[0]
        layout = places.layout
        seller_letters = squash(seller.name)
        best: PartyFound | None = None
        # what is sold stands beneath the first head of columns
        heads = (row.box.y0 for row in layout.rows if len(row.cells) >= 4 and heads_columns(row.text))
        table = next(heads, layout.height)
        for cell in layout.cells:
            top = cell.box.y0 / max(layout.height, 1.0)
            if not 0.03 < top < 0.5 or cell.box.y0 > table or places.starts_with_label(cell) or find_dates(cell.text):
                continue
            lines = [Line(cell.text, cell, cell.box), *column_under(places, cell)]
            lines = lines[:7]
            city = next((i for i, line in enumerate(lines) if i > 0 and is_town(line.text)), None)
            sure = city is not None
            if city is None:
                city = self._own_tax_line(lines, seller)
            if city is None and len(lines) >= 3 and is_address(lines[1].text):
                city = 2
            if city is None or city > 5:
                continue
            # only now what takes longer to tell: most cells stand over no address
            if sender_name(cell.text) or GREETING.match(fold(cell.text)) or self._goes_on(places, cell):
                continue
            if no_addressee(places, cell) or _is_titled(places, cell) or _CONTACTS.match(fold(cell.text)):
                continue
            if seller_letters and (seller_letters in squash(cell.text) or squash(cell.text) in seller_letters):
                continue
            if seller.area is not None and seller.page == cell.page and inside(cell.box, seller.area):
                continue
            party = read_block(places, lines[: city + 1], 0.7, "address window")
            if party is not None and is_address(party.name) and not LEGAL_FORMS.search(fold(party.name)):
                continue
            if party is None or seller_letters == squash(party.name):
                continue
            score = party.score - (0.0 if sure else 0.2) - 0.3 * abs(top - 0.2) - 0.04 * abs(city - 2)
            if seller_letters and sender_above(places, cell, seller_letters):
                score += 0.15
            if not one_name(lines[:city], party.name):
                score = min(score, _SURE - 0.02)
            if best is None or score > best.score:
                best = replace(party, score=score)
        return best or buyer

    @staticmethod
    def _stands_beneath_words(places: Places, cell: Cell) -> bool:
        """Whether another line of the same block stands right over a line."""
        line = places.layout.line_height
        over = next(iter(places.layout.above(cell, 0.75 * line)), None)
        aligned = over is not None and abs(over.box.x0 - cell.box.x0) <= 0.5 * line
        return aligned and over is not None and count_letters(over.text) >= 3 and not places.starts_with_label(over)

    def _own_tax_line(self, lines: Sequence[Line], seller: PartyFound) -> int | None:
        """The line of a nameless block that gives a tax id which closes and is not the seller's."""
        own = seller.page == lines[0].cell.page and seller.area is not None
        for hit in self._tax_ids.hits:
            if not hit.tax.valid or hit.owner == "seller" or hit.page != lines[0].cell.page:
                continue
            if own and seller.area is not None and inside(hit.box, seller.area):
                continue
            at = next((i for i, line in enumerate(lines[:5]) if i > 0 and inside(hit.box, line.box)), None)
            if at is not None:
                return at
        return None

    def _goes_on(self, places: Places, cell: Cell) -> bool:
        """Whether a line belongs to a block that began above it."""
        layout = places.layout
        line = max(layout.line_height, cell.box.height)
        above = next(iter(layout.above(cell, 1.5 * line)), None)
        if above is not None and cell.box.y0 - above.box.y1 > 0.75 * line:
            # lines set wider apart: a street needs the town beneath it
            alike = 0.85 < above.box.height / max(cell.box.height, 1.0) < 1.18
            if not alike or not is_address(above.text) or names_a_town(above.text):
                return False
        if above is None or min(abs(above.box.x0 - cell.box.x0), abs(above.box.x1 - cell.box.x1)) > 0.5 * line:
            return False
        text = above.text.strip(" :;,|")
        if DEPARTMENTS.fullmatch(fold(text)):
            return self._stands_beneath_words(places, above)
        if names_a_town(text) and has_strong_form(cell.text):
            return False  # an address ends there, and a company begins
        heading = above.box.height > 1.25 * cell.box.height or common_words(text) > 0.5
        own = bool(self._stated) and squash(clean_name(text)) == self._stated
        apart = places.starts_with_label(above) or sender_name(text) or squash(text) in SALUTATIONS or find_dates(text)
        return not (heading or own or apart or NO_NAME.search(text)) and any(c.isalpha() for c in text)


_CONTACTS: Final = re.compile(
    r"(?:nous |te )?contact(?:er|ez|s|o|us)?\b|contact us|kontakt|ihr kontakt|contatti|contacto|contato|fale conosco|"
    r"customer (?:service|care)|kundenservice|service clients?|obsluga klienta|biuro obslugi|klantenservice|"
    r"servizio clienti|atencion al cliente|atendimento"
)
"""What heads how to reach the seller; folded text."""
_OF_ENERGY: Final = re.compile(r"sprzedawca (?:energii|pradu)|energielieferant|fournisseur d.energie|energy supplier")
_PAYS: Final = re.compile(r"platnik|payer|pagador|zahler|payeur|pagante|betaler")


def _pays(label: Label) -> bool:
    return _PAYS.match(fold(label.cell.text[label.start : label.end])) is not None


def _box_under(places: Places, cell: Cell) -> list[Line]:
    """The rows beneath a heading that stands alone over a box wider than itself."""
    rows = places.layout.rows
    if len(rows[cell.row].cells) > 1 or cell.row + 1 >= len(rows):
        return []
    first = rows[cell.row + 1].cells[0]
    if first.box.y0 - cell.box.y1 > 1.5 * places.layout.line_height:
        return []
    keys = {c for label in places.by_cell.get(id(first), ()) if label.whole for c in label.concepts}
    if keys and not keys & {"name", "tax_id", "address"}:
        return []
    return [Line(first.text, first, first.box), *column_under(places, first)]


def _is_titled(places: Places, cell: Cell) -> bool:
    """Whether a cell begins with the name of a paper: `Bolletta per la fornitura di ...` names nobody."""
    return any(
        start == 0 and any(concept.startswith("title_") for concept in concepts)
        for start, concepts in places.lexicon_hits(cell)
    )


def _stands_in(cell: Cell, party: PartyFound) -> bool:
    return party.area is not None and party.page == cell.page and inside(cell.box, party.area)


def _names_customer(places: Places, cell: Cell) -> bool:
    """Whether a line gives the number that the seller knows its customer by."""
    return any("customer_number" in label.concepts and _heads(label) for label in places.by_cell.get(id(cell), ()))


_SURE: Final = 0.6
"""Below it a name is for a person to look at."""
_PLAIN: Final = 4.0
"""Strength of an imprint that states two things of its own, such as a register and a tax id that closes."""


def _issuer(head: PartyFound, imprint: Imprint | None) -> PartyFound:
    """Who issued the document, by its letterhead and by its imprint.

    Where both name a company and differ, nothing is sure: the imprint's is given, for a person to look at,
    unless the letterhead was no more than the topmost name.
    """
    if imprint is None:
        return head
    stated = replace(imprint.party, score=min(0.62 + 0.06 * imprint.strength, 0.92))
    if not head.name:
        return stated
    mine, other = squash(head.name), squash(stated.name)
    if mine in other or other in mine:
        sure = max(head.score, stated.score)
        return replace(head if len(mine) >= len(other) else stated, score=sure)
    company = has_strong_form(head.name)
    if company and head.score >= _SURE:
        return replace(stated if imprint.strength >= _PLAIN else head, score=_SURE - 0.02)
    return stated


_ATTENTION: Final = ("attn", "attention", "t.a.v", "tav", "ter attentie", "a l'attention", "z.hd", "zhd", "zu handen")


_PAYEE: Final = re.compile(r"(?:zahlungs)?empfanger|odbiorca|beneficiari|begunstigde|ontvanger|destinatar")
_TRANSFER: Final = re.compile(
    r"uberweisung|verwendungszweck|przelew|tytulem|wplaty gotowk|(?:ordre de )?virement|bonifico|transferencia|"
    r"overschrijving"
)


def _receives_payment(places: Places, label: Label) -> bool:
    """Whether a label names who receives a transfer, on the slip at the foot of a page: that is the seller."""
    if _PAYEE.match(fold(label.spelling)) is None or label.cell.box.y0 < 0.5 * places.layout.height:
        return False
    rows = places.layout.rows[max(label.cell.row - 2, 0) : label.cell.row + 3]
    return any(_TRANSFER.search(fold(row.text)) for row in rows)


def _for_attention(places: Places, label: Label) -> bool:
    """Whether a line names a person or desk of the company above it: `t.a.v. de administratie`."""
    if not fold(label.spelling).startswith(_ATTENTION):
        return False
    above = next(iter(places.layout.above(label.cell, 1.2 * places.layout.line_height)), None)
    return above is not None and abs(above.box.x0 - label.cell.box.x0) < 6 and not places.starts_with_label(above)


def _heads_days(places: Places, label: Label) -> bool:
    """Whether `From` and `To` head columns of days: in a row of many heads, each a word or two."""
    row = places.layout.rows[label.cell.row]
    return len(squash(label.spelling)) <= 4 and len(row.cells) >= 5


def _heads(label: Label) -> bool:
    """Whether a party's label opens its cell; very short ones must stand alone or before a colon."""
    lead = label.cell.text[: label.start]
    if has_alnum(lead) and not lead.rstrip().endswith("/"):
        return False
    rest = label.cell.text[label.end :].lstrip()
    if "distributor" in label.concepts and rest and not rest.startswith(":"):
        return False  # `DISTRIBUIDORA DE FERRAGENS PAMPA`: the first word of a name
    if len(squash(label.spelling)) <= 4 and label.cell.text[label.start].islower():
        # "Associação Brasileira de Normas": a word of prose
        return False
    return len(squash(label.spelling)) > 3 or not rest or rest.startswith(":")

"""The imprint: where a document states in law who issued it.

Letterheads print a brand. The company behind it stands in small type: a footer column with its register and tax
ids, or a sentence such as "X is a trading name of Y Limited, registered in ...". Commercial law asks for it in most
countries (EU Directive 2017/1132 art. 26: register, number, legal form and seat on letters and order forms), so it
is found by what it must say, not by where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pipelines.pages import Box
from pipelines.parsing.folding import has_digit, level, squash
from pipelines.parsing.geometry import Cell, bounds
from pipelines.parsing.party_blocks import Line, PartyFound, column_under, inside
from pipelines.parsing.party_names import CONTACT, STRONG_FORMS, clean_name, is_address, is_no_name, names_a_town
from pipelines.parsing.party_tax_ids import tax_nearby
from pipelines.parsing.places import Places
from pipelines.parsing.proofs.access_keys import find_access_keys

_REGISTERED: Final = re.compile(
    r"registered (?:in|office|company|no|number|address)|company (?:reg(?:istration)? )?(?:no|number)\b|trading name|"
    r"\bkrs\b|rejestru przedsiebiorcow|kapital zakladowy|z siedziba|sad rejonowy|"
    r"\bhr[ab]\b ?:?\s?\d|amtsgericht|handelsregister|registergericht|geschaftsfuhr|sitz der gesellschaft|vorstand:|"
    r"\bfn ?\d{4,6} ?[a-z]\b|firmenbuch|che-\d{3}|"
    r"\brcs\b|siret|siren\b|capital (?:social )?(?:de|variable)|societe (?:anonyme|par actions)|siege social|"
    r"registro mercantil|capital sociale|registro (?:delle )?imprese|sede legale|\brea\b ?(?:n|[a-z]{2}\b)|"
    r"\bkvk\b|handelsregister|obchodnim rejstriku|spisova znacka|"
    r"\brpr\b|\brpm\b|ondernemingsnummer|numero d.entreprise|org\.? ?nr|godkand for f|cvr|"
    r"insc(?:ricao|r)?\.? ?est(?:adual)?[. ]*:? ?\d|\bie\b ?: ?\d|matricula|"
    r"\bcin\b ?: ?[ul]\d{5}|incorporated in|gesellschaft mit sitz"
)
"""What only the issuer of a document says of itself; folded text."""
_TAXED: Final = re.compile(
    r"\b(?:vat (?:reg|no|number|id|registration)|nip|ust-?id|uid|steuer-?n(?:umme)?r|tva|p\.? ?iva|partita iva|"
    r"n\.?i\.?f|c\.?i\.?f|btw|cnpj|dic|gstin|abn|tax id|ein)\b|"
    r"\b(?:be0|be1|atu|de|fr|it|lu|nl|pl|cz|sk|dk|se|fi|ie|gb|esa|esb)\s?\d{8,12}(?:b\d\d)?\b"
)
_OTHERS: Final = re.compile(
    r"komplementar|haftende gesellschafter|general partner|"
    r"bank(?!rupt)|sparkasse|banque|banco|banca\b|caixa|iban|software|"
    r"wystawion[oay] (?:w|za pomoca) (?:programi|system)|powered by|printed by|druk:|arquivo|insurance|insured"
)
"""Who else is named in small type: partners, banks, makers of software."""
_FORMS: Final = re.compile(
    STRONG_FORMS.pattern.replace("(?<![a-z0-9])", r"(?<![\w.])(?i:", 1).replace("(?![a-z])", r")(?!\w)", 1)
    + r"|(?<![\w.&])(?:S\.?A\.?U?|e\.\s?(?:K|Kfm|Kfr)\.|"
    r"SpA|AG|SE|KG|AB|ASA|AS|Oyj?|A/S|ApS|a\.\s?s\.|k\.\s?s\.|eG|S\.?L\.?U?|NV|BV|"
    r"Lda\.?|Sp\.?\s?[jk]\.)(?!\w)"
)
"""Legal forms as they are written; those of two letters only in their own case."""
_STARTS: Final = re.compile(r"[^\W\d_]", re.UNICODE)
_LINKS: Final = frozenset({"&", "and", "und", "et", "e", "y", "i", "de", "da", "do", "dos", "das", "des", "du", "del",
                           "di", "della", "la", "le", "les", "von", "van", "der", "für", "w", "-", "+"})  # fmt: skip
_AFTER_COMMA: Final = re.compile(r"S\.?\s?A\.?|S\.?\s?L\.?|L(?:da|td|LC|imited)\b|Inc|Unip", re.IGNORECASE)
_AFTER_FORM: Final = re.compile(r"^\.?\s?(?:&|und)\s?Co\.?\s?(?:KGaA|KG|OHG)(?!\w)", re.IGNORECASE)
_LONGEST_WORDS = 9


@dataclass(frozen=True, slots=True)
class Imprint:
    """A company that states itself as the issuer.

    Attributes:
        party: Its name and where it stands; the area covers the whole statement, so that ids in it are its own.
        strength: How much the statement says: register words count 2, a tax id that closes 2, one named 1.
    """

    party: PartyFound
    strength: float


def find_imprint(pages: Sequence[Places], buyer: PartyFound, country: str) -> Imprint | None:
    """The strongest imprint, or None; where two companies state themselves equally, neither is told."""
    issuers = {key.cnpj for places in pages for key in find_access_keys(" ".join(c.text for c in places.layout.cells))}
    found: dict[str, list[Imprint]] = {}
    for places in pages:
        for lines in _statements(places):
            imprint = _read(places, lines, buyer, country, issuers)
            if imprint is not None:
                found.setdefault(squash(imprint.party.name), []).append(imprint)
    # a name that is stated in two ways, as by a sender line and by a footer, is so much surer
    summed = {name: sum({i.party.rule: i.strength for i in stated}.values()) for name, stated in found.items()}
    best = max(summed.values(), default=0.0)
    names = [name for name, strength in summed.items() if strength == best]
    if len(names) != 1:
        return None
    first = max(found[names[0]], key=lambda imprint: (imprint.strength, -imprint.party.page))
    return replace(first, strength=best)


def _statements(places: Places) -> Iterator[list[Line]]:
    """Each cell that holds a legal form, with the lines beneath and above that belong to it."""
    for cell in places.layout.worded:
        if _FORMS.search(cell.text) is None or _labelled(places, cell):
            continue
        beside = [Line(other.text, other, other.box) for other in places.layout.rows[cell.row].cells[cell.index + 1 :]]
        yield [Line(cell.text, cell, cell.box), *beside[:4], *column_under(places, cell)[:4]]
    yield from _sender_lines(places)


def _sender_lines(places: Places) -> Iterator[list[Line]]:
    """The small line above an address window (DIN 5008): sender, street and town in one line."""
    height = places.layout.height
    for cell in places.layout.numbered:
        foot = cell.box.y0 > 0.7 * height
        if not (foot or cell.box.y0 < 0.35 * height) or not sender_name(cell.text):
            continue
        if cell.box.y0 < 0.35 * height or _TAXED.search(level(cell.text)) is not None:
            yield [Line(cell.text, cell, cell.box)]


_PARTS: Final = re.compile(r"\s[·•|∙*✶+]\s|\s[-–—]\s|,\s")


def sender_name(text: str) -> str:
    """Who a sender line names; empty where a line is none."""
    if not has_digit(text) or _PARTS.search(text) is None:
        return ""  # neither a postcode nor anything that would part it from a name
    parts = [part.strip() for part in _PARTS.split(text) if part.strip()][:5]
    town = next((at for at, part in enumerate(parts) if at > 1 and names_a_town(part)), None)
    if town is None or len(text) > 150 or len(parts[0].split()) > 8:
        return ""
    name = clean_name(parts[0])
    if is_no_name(name) or _is_form_alone(name) or ": " in name:
        return ""  # `CIF A53986949, Calle Mayor 8, 29005 Málaga`; `GmbH & Co. KG, Hafendamm 4, ...` ends a name above
    known = is_address(parts[town - 1]) or _FORMS.search(name) is not None
    return name if known and sum(c.isalpha() for c in name) >= 3 and not is_address(name) else ""


def _is_form_alone(name: str) -> bool:
    return sum(c.isalpha() for c in _FORMS.sub("", name)) < 3


def _labelled(places: Places, cell: Cell) -> bool:
    """Whether the cell, or the one above it, is headed as the buyer's or as the recipient's."""
    above = next(iter(places.layout.above(cell, 1.6 * places.layout.line_height)), None)
    return any(
        label.concepts & {"buyer", "recipient", "recipient_as_buyer"} and label.strength >= 0.5
        for near in (cell, above)
        if near is not None
        for label in places.by_cell.get(id(near), ())
    )


def _read(places: Places, lines: list[Line], buyer: PartyFound, country: str, issuers: set[str]) -> Imprint | None:
    first = lines[0]
    sender = sender_name(first.text)
    names = list(companies(first.text))
    if not names and not sender:
        return None
    if buyer.area is not None and buyer.page == first.cell.page and inside(first.box, buyer.area):
        return None
    digits = re.sub(r"\D", "", " ".join(line.text for line in lines))
    if any(issuer in digits for issuer in issuers):
        strength = 6.0  # the access key names its issuer's CNPJ
    elif sender:
        strength = 2.0 + (2.0 if tax_nearby([first.text], country) > 1 else 0.0)
    else:
        strength = _strength(places, lines, country)
    if not strength:
        return None
    if sender:
        start = first.text.find(sender)
        end = start + len(sender)
    else:
        start, end = next((span for span in names if not _is_other(first.text, span)), names[0])
    name = clean_name(first.text[start:end])
    if (buyer.name and squash(buyer.name) == squash(name)) or _is_other(first.text, (start, end)):
        return None
    box = first.cell.span_box(start, end)
    area: Box = first.box if sender else bounds([line.box for line in lines])
    sure = first.cell.span_confidence(start, end)
    rule = "sender line" if sender else "imprint"
    party = PartyFound(name, box, None, "", None, "", first.cell.page, rule, 0.0, area, sure)
    return Imprint(party, strength)


def _strength(places: Places, lines: list[Line], country: str) -> float:
    """How much a statement says of being the issuer's own; 0 where it may be anybody's."""
    text = _own_part(" ".join(line.text for line in lines))
    own = level(text)
    registered = len({match[0] for match in _REGISTERED.finditer(own)})
    taxed = tax_nearby([own], country)
    top, bottom = lines[0].box.y0 < 0.14 * places.layout.height, lines[0].box.y0 > 0.7 * places.layout.height
    inline = _TAXED.search(level(lines[0].text)) is not None
    known = bottom or inline or (top and CONTACT.search(text) is not None)
    if not registered and not (taxed and known):
        return 0.0
    return 2.0 * min(registered, 2) + (2.0 if taxed > 1 else 1.0 if taxed else 0.0)


def _own_part(text: str) -> str:
    """The statement without what it says of banks behind it."""
    return re.split(r"\b(?:IBAN|BIC|SWIFT)\b", text, maxsplit=1)[0]


def _is_other(text: str, span: tuple[int, int]) -> bool:
    lead = re.split(r"[.;|•·]\s", text[: span[0]])[-1]
    return _OTHERS.search(level(lead[-60:] + text[span[0] : span[1]])) is not None


def companies(text: str) -> Iterator[tuple[int, int]]:
    """Where companies stand in a line: a run of capitalised words that a legal form ends."""
    found: dict[int, int] = {}
    for form in _FORMS.finditer(text):
        end = form.end()
        following = _AFTER_FORM.match(text[end:])
        end += following.end() if following else 0
        start = _name_start(text, form.start())
        if start < form.start() and not _is_form_alone(text[start:end]):
            found[start] = end  # a later form that goes back to the same word belongs to the same name
    yield from found.items()


def _name_start(text: str, form: int) -> int:
    """Back from a legal form over words that a name may hold."""
    start, taken = form, 0
    for match in reversed(list(re.finditer(r"\S+", text[:form]))):
        word = match[0]
        if taken >= _LONGEST_WORDS or (word.endswith((".", ";", ":", "|", "·", "•")) and len(word.rstrip(".")) > 2):
            break
        # `Lumina Énergie, SA au capital de ...`: only the form itself may follow a comma, and `Sitz Hamburg, AG` none
        parted = word.endswith(",") and not word.isupper() and (taken > 0 or not _AFTER_COMMA.match(text[form:]))
        if word in ("|", "·", "•", "–", "—", "/") or parted:
            break
        letter = _STARTS.search(word)
        if word not in _LINKS and (
            letter is None or not (word[letter.start()].isupper() or any(map(str.isupper, word)))
        ):
            break
        start, taken = match.start(), taken + 1
    # a name does not begin with a link: "und Partner GmbH" lost its first word, "of X Ltd" has none
    while (link := re.match(r"(\S+)\s+", text[start:form])) is not None and link[1] in _LINKS:
        start += link.end()
    return start

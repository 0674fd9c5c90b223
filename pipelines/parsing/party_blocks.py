"""A party's block on the page: the lines beneath a label or name, read as name and address."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pipelines.pages import Box
from pipelines.parsing.folding import count_digits, count_letters, fold, has_alnum, has_digit, squash, tokens
from pipelines.parsing.geometry import Cell, Layout, bounds
from pipelines.parsing.labels import Label
from pipelines.parsing.party_names import (
    COUNTRIES,
    LEGAL_FORMS,
    NO_NAME,
    SALUTATIONS,
    clean_name,
    has_strong_form,
    heads_columns,
    is_address,
    is_no_name,
    is_person,
    is_sentence,
    names_a_body,
    word_set,
)
from pipelines.parsing.places import Places
from pipelines.parsing.proofs import TaxId
from pipelines.parsing.values import currency_of, find_amounts


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
class Line:
    """One line of a party block."""

    text: str
    cell: Cell
    box: Box


def inside(box: Box, area: Box) -> bool:
    return area.x0 - 2 <= box.x0 and box.x1 <= area.x1 + 2 and area.y0 - 2 <= box.y0 and box.y1 <= area.y1 + 2


def column_under(places: Places, cell: Cell) -> list[Line]:
    """The lines beneath a cell that belong to its column, until a wide gap or another section."""
    if cell not in places.columns:
        places.columns[cell] = tuple(_column_under(places, cell))
    return [_within_column(places, cell, under) for under in places.columns[cell]]


def _within_column(places: Places, top: Cell, cell: Cell) -> Line:
    """The part of a cell that stands under a head: blocks side by side may come closer than columns do.

    Where a word begins just under the head itself or under the next head to its right, the cell is parted there.
    """
    following = next((c.box.x0 for c in places.layout.rows[top.row].cells if c.box.x0 > top.box.x1), None)
    words = cell.words
    if following is not None and any(abs(w.box.x0 - following) < _ALIGNED for w in words[1:]):
        words = tuple(w for w in words if w.box.x0 < following - _ALIGNED)
    if any(abs(w.box.x0 - top.box.x0) < _ALIGNED for w in words[1:]):
        words = tuple(w for w in words if w.box.x0 > top.box.x0 - _ALIGNED)
    if not words or len(words) == len(cell.words):
        return Line(cell.text, cell, cell.box)
    return Line(" ".join(w.text for w in words), cell, bounds([w.box for w in words]))


_ALIGNED: Final = 1.5
"""Points within which what stands beneath one another begins at one edge."""


def _column_under(places: Places, cell: Cell) -> Iterator[Cell]:
    layout = places.layout
    line_height = layout.line_height
    bottom, tightest, count = cell.box.y1, 1e9, 0
    for row in layout.rows[cell.row + 1 :]:
        gap = row.box.y0 - bottom
        if gap > _KEYED_GAP * line_height or count >= _MOST_LINES:
            return
        near = [c for c in row.cells if _same_column(c, cell, layout)]
        # keys over keys stand wider apart than the lines of an address
        keyed = any(c.text.rstrip().endswith(":") for c in near)
        limit = (_KEYED_GAP if keyed else 2.4) * line_height
        if gap > limit or (count and not keyed and gap > tightest + 1.2 * line_height):
            return
        if not near:
            continue
        here = near[0]
        gap = here.box.y0 - bottom
        if gap > limit or _begins_section(places, here):
            return
        yield here
        count += 1
        tightest = min(tightest, gap)
        bottom = here.box.y1


_KEYED_GAP: Final = 3.6
_MOST_LINES: Final = 9


def _same_column(cell: Cell, top: Cell, layout: Layout) -> bool:
    line_height = layout.line_height
    x0, _, x1, _ = cell.box
    left, _, right, _ = top.box
    shift = abs(x0 - left)
    if shift <= 1.6 * line_height:
        return True
    if x0 < right and left < x1:
        flush_right = abs(x1 - right) <= 0.6 * line_height
        centred = abs(x0 + x1 - left - right) <= 1.2 * line_height
        if flush_right or centred:
            return True
    return x0 <= right and left <= x1 and shift <= 4 * line_height and x1 > left + 10


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
        rest = cell.text[label.end :].lstrip()
        if "distributor" in label.concepts and rest and not rest.startswith(":"):
            continue  # the first word of a name
        if label.concepts & _SECTIONS and label.strength >= 0.6 and not has_alnum(lead):
            attention = fold(label.spelling).startswith(("attn", "attention", "t.a.v", "ter attentie", "a l'attention"))
            if not attention:
                return True
    return False


_ASIDE: Final = frozenset(
    {"tax_id", "buyer_tax_id", "seller_tax_id", "national_tax_id", "other", "customer_number", "account_name"}
)


def read_block(places: Places, lines: Sequence[Line], score: float, rule: str) -> PartyFound | None:
    """Name and address of a block of lines; None where no name stands in it."""
    return _Block(places, lines).read(score, rule)


_KEYED: Final = re.compile(r"[^\W\d_]{3,}(?: [^\W\d_]+)?:\s")
"""`Nabywca: Jan Wzorowy`: a key stands before another party's name."""


_LISTED: Final = re.compile(r"\d{1,4} ?[-–] ?[^\W\d_]")
"""`08 - Lurdes Wzorowa`: an entry of a programme's list, such as a salesperson."""


class _Block:
    """The lines of a block, taken one by one."""

    def __init__(self, places: Places, lines: Sequence[Line]) -> None:
        self.places, self.lines = places, lines
        self.name, self.sure = "", 1.0
        self.name_box: Box | None = None
        self.address: list[str] = []
        self.used: list[Box] = []

    def read(self, score: float, rule: str) -> PartyFound | None:
        for index, line in enumerate(self.lines):
            if not self._take(index, line):
                break
        name = self.name
        letters, digits = count_letters(name), count_digits(name)
        if len(squash(name)) < 2 or not letters or digits > letters or currency_of(name) is not None:
            return None
        if (letters < 4 and find_amounts(name)) or is_sentence(name) or _KEYED.match(name) or _LISTED.match(name):
            return None
        if is_address(name) and not LEGAL_FORMS.search(fold(name)) and not names_a_body(name):
            score *= 0.6
        area = bounds([*self.used, *([self.name_box] if self.name_box else [])])
        page = self.lines[0].cell.page
        return PartyFound(
            name, self.name_box, None, "", None, ", ".join(self.address), page, rule, score, area, self.sure
        )

    def _take(self, index: int, line: Line) -> bool:
        """Take one line; False where the block ends."""
        if re.fullmatch(r"\(.*\)", line.text.strip()):
            if "beschränkt" in line.text and self.name.endswith("UG"):
                self.name = f"{self.name} {line.text.strip()}"  # part of the legal form (GmbHG § 5a)
            return True
        label = self._leading_label(line)
        if label is not None:
            if index == 0 and label.concepts & {"seller", "buyer"} and label.whole:
                return True
            taken = self._take_labelled(line, label)
            if taken is not None:
                return taken
        if line.text.rstrip().endswith(":"):
            # a key whose value stands to its right: it names neither party nor street
            self.used.append(line.box)
            return True
        text = line.text.strip(" :;,|")
        if NO_NAME.search(text) and not (has_strong_form(text) and not self.name):
            return True
        return self._take_text(index, line, text) if any(c.isalpha() for c in text) else True

    def _leading_label(self, line: Line) -> Label | None:
        labels = self.places.by_cell.get(id(line.cell), [])
        text = line.cell.text
        offset = text.find(line.text) if line.text else 0
        for label in labels:
            if label.start >= offset and not has_alnum(text[offset : label.start]):
                return label
        return None

    def _take_labelled(self, line: Line, label: Label) -> bool | None:
        """Take a line that begins with a label: whether to go on, or None to read it as text."""
        rest = line.cell.text[label.end :]
        for other in self.places.by_cell.get(id(line.cell), ()):
            if (
                other.start >= label.end
                and other.concepts & label.concepts
                and not has_alnum(rest[: other.start - label.end])
            ):
                rest = line.cell.text[other.end :]  # `Nome / Nome Empresarial`: two names of one box
                label = replace(label, end=other.end)
        if "name" in label.concepts and not self.address:
            if self.name and not rest.lstrip().startswith(":"):
                # `Nazwa` beneath a name heads the table of what was sold
                return False
            value = rest.strip(" :;-") or _right_text(self.places, line.cell)
            if not value and label.whole and self._heads_a_box(line.cell):
                # the name stands in the next line, and the other boxes of the row are this party's, too
                rows = self.places.layout.rows
                self.used.extend(row.box for row in rows[line.cell.row : line.cell.row + 2])
                return True
            if not value or not (label.whole or rest.lstrip().startswith(":")):
                return None
            self._name(clean_name(value), line, value)
            return True
        if "address" in label.concepts:
            value = rest.strip(" :;-") or _right_text(self.places, line.cell)
            if value:
                self.address.append(value)
            self.used.append(line.box)
            return True
        if label.strength < 0.55 or "name" in label.concepts:
            return None
        if label.concepts & _ASIDE:
            self.used.append(line.box)
            return True
        if self.name and self.address:
            return False
        return None if label.concepts & {"buyer", "seller", "title_invoice"} else True

    def _heads_a_box(self, cell: Cell) -> bool:
        """Whether keys stand side by side in a row, each over its value, as in the boxes of a form."""
        row = self.places.layout.rows[cell.row]
        return sum(self.places.is_label_cell(other) for other in row.cells) >= 2

    def _take_text(self, index: int, line: Line, text: str) -> bool:
        if not self.name:
            if squash(text) in SALUTATIONS or len(clean_name(text)) > 110:
                return True
            if is_sentence(text):
                return False  # a box that explains what its heading means
            if is_no_name(clean_name(text)) and any(c.isalpha() for c in text) and not self.address:
                return True
            if _begins_prices(self.places, line.cell):
                return False  # a row of a table: `Fixed charges  130.00`
            if _KEY.search(text):
                return True  # `Obiekt nr`: a key, whose value stands beside it
            name = clean_name(text)
            leads = name != text and not has_digit(name) and not is_address(name)  # `Jan Wzorowy, ul. Polna 4, ...`
            if is_address(text) and not leads and not LEGAL_FORMS.search(fold(text)) and not names_a_body(text):
                # an address without a name: whose it is stays open
                return index > 0 and not self.address
            self._name(name, line, text)
            return True
        if self._is_contact(index, text):
            self._name(clean_name(text), line, text)
            return True
        gap = line.box.y0 - self.used[-1].y1 if self.used else 0.0
        if not self.address and _continues_name(self.name, text, gap, self.places.layout, self.lines, index):
            self.name = f"{self.name} {clean_name(text)}"
            self.sure = min(self.sure, _sureness(self.places, line.cell, text))
            self.name_box = bounds([self.name_box, line.box]) if self.name_box else line.box
            self.used.append(line.box)
        elif heads_columns(text) and not has_digit(text):
            return False
        elif len(self.address) < 4 and len(text) < 90:
            self.address.append(text)
            self.used.append(line.box)
        return True

    def _is_contact(self, index: int, text: str) -> bool:
        """Whether the name so far is a person's at the company of the second line, over its address."""
        below = self.lines[index + 1].text if index + 1 < len(self.lines) else ""
        second = not self.address and len(self.used) == 1 and is_address(below) and not is_address(text)
        return second and names_a_body(text) and not has_digit(text) and is_person(self.name)

    def _name(self, name: str, line: Line, printed: str) -> None:
        self.name, self.name_box = name, line.box
        self.sure = _sureness(self.places, line.cell, printed)
        self.used.append(line.box)


def _begins_prices(places: Places, cell: Cell) -> bool:
    """Whether a row and the next one have an amount each: a box with the sum may stand beside the addressee's."""
    below = next(iter(places.layout.beneath(cell, 2.6 * places.layout.line_height)), None)
    return _is_priced(places, cell) and below is not None and _is_priced(places, below)


def _is_priced(places: Places, cell: Cell) -> bool:
    """Whether what stands next to a cell in its row is an amount."""
    beside = next(iter(places.layout.right_of(cell)), None)
    return beside is not None and _AMOUNT.fullmatch(beside.text.strip()) is not None


_AMOUNT: Final = re.compile(r"[^\s\w]{0,2}\s?-?\d{1,3}(?:[., ]?\d{3})*[.,]\d{2}\s?-?\S{0,3}")


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
    if right is None or right.text.rstrip().endswith(":") or places.is_label_cell(right):
        return ""
    return right.text


_KEY: Final = re.compile(r"(?:^|\s)(?:nr|no|nº|n°|numer|nummer|number|numero)\.?$", re.IGNORECASE)
_LINKS: Final = word_set("de do da dos das di del della du des von van und and of i e y et & the la le ")


def _continues_name(name: str, text: str, gap: float, layout: Layout, lines: Sequence[Line], index: int) -> bool:
    """Whether a second line still belongs to the name: close, no address, and an address follows it."""
    folded = fold(text)
    if gap > 0.6 * layout.line_height or is_address(text) or has_digit(text) or len(text) > 60:
        return False
    if squash(text) in COUNTRIES or (tokens(text)[:1] and tokens(text)[0] in SALUTATIONS):
        return False
    if (
        name.endswith(("&", "-", ","))
        or fold(name).split()[-1] in _LINKS
        or folded in ("sp. z o.o.", "s.a.", "gmbh", "ltd", "ltda")
    ):
        return True
    if has_strong_form(name):
        return False
    follows = index + 1 < len(lines) and is_address(lines[index + 1].text)
    return follows and (bool(LEGAL_FORMS.search(folded)) or (name.isupper() and text.isupper()))

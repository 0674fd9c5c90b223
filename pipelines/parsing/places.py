"""The places where labels' values may stand.

A value stands after its label in the same cell, in the cells to its right, or beneath it (a label row over a
value row). Some pages print each label beneath its value; which way a page goes is told by the labels that have a
value on one side only. Each place has a weight, 0..1: how usual it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, Literal, NamedTuple

from pipelines.pages import Box
from pipelines.parsing.dates import find_dates
from pipelines.parsing.folding import has_alnum, has_digit
from pipelines.parsing.geometry import Cell, Layout
from pipelines.parsing.labels import Label
from pipelines.parsing.lexicon import Lexicon

Relation = Literal["inline", "right", "wrapped", "beneath", "above", "page"]

# A dash before digits is a minus, unless blanks part it from both sides
_NUMBER_SIGN: Final = re.compile(
    r"^(?:[\s:;#.=|*)]|(?<=\s)[-–—](?=\s)|[-–—](?!\s?[\d$€£R(]))*(?:(?:nr|no|n[°º.]|№|num|nº|n|is|"
    r"ist|é|wynosi)\b[.°º:#]*\s*)?[\s:;#.=|]*",
    re.IGNORECASE,
)
_MARKS: Final = re.compile(r"[\s:;=|]*")
_SENTENCE: Final = 40
"""Characters before a label from which it stands within a sentence, not at the head of a field."""
_SAME_EDGE: Final = 4.0
"""Points between the left edges of a paragraph's lines."""


_UPWARD: Final = 2
"""Labels that only a value above them fits, from which a page prints its labels beneath the values."""


_BOX_LINES: Final = 2.0
_HEAD_COLUMNS: Final = frozenset({"net_total", "tax_total", "gross_total", "total_row", "rounding", "paid"})
"""Concepts that head columns of tables as often as boxes."""
_BESIDE: Final = 0.15
"""Share of the page's width within which a cell to the right may be a label's value."""
_HEADS: Final = 4
"""Cells of a row from which its labels head columns."""


def _in_line(one: Box, other: Box) -> bool:
    """Whether two labels stand in one row, or in one column by either edge or their middles."""
    left, right = one.x0 - other.x0, one.x1 - other.x1
    beside = abs(one.middle - other.middle) < 0.6 * min(one.height, other.height)
    return beside or min(abs(left), abs(right), abs(left + right) / 2) < _SAME_EDGE


def _is_day(text: str) -> bool:
    return bool(find_dates(text[:40]))


def _is_code(text: str) -> bool:
    return has_digit(text) and not find_dates(text) and len(text.split()) <= 3 and not _AMOUNT.search(text)


_AMOUNT: Final = re.compile(r"\d[.,]\d\d(?!\d)")
_SHAPES: Final[dict[str, Callable[[str], bool]]] = {
    "issue_date": _is_day,
    "due_date": _is_day,
    "sale_date": _is_day,
    "invoice_number": _is_code,
    "customer_number": _is_code,
    "amount_due": lambda text: _AMOUNT.search(text) is not None,
    "gross_total": lambda text: _AMOUNT.search(text) is not None,
}
"""What values of a concept look like, as far as it tells above from below."""


class Place(NamedTuple):
    """A text where a label's value may stand: `cell.text[start:end]`, or a run of cells joined by blanks."""

    text: str
    cell: Cell
    start: int
    relation: Relation
    weight: float

    def box(self, start: int, end: int) -> Box:
        """The box of `text[start:end]`."""
        return self.cell.span_box(self.start + start, self.start + end)


class Places:
    """Where values stand, on one page whose labels are known."""

    def __init__(self, layout: Layout, labels: tuple[Label, ...], lexicon: Lexicon) -> None:
        self.layout, self.labels, self.lexicon = layout, labels, lexicon
        self.by_cell: dict[int, list[Label]] = {}
        for label in labels:
            self.by_cell.setdefault(id(label.cell), []).append(label)
        self.columns: dict[Cell, tuple[Cell, ...]] = {}
        """Cells beneath a cell in its column: kept by `party_blocks.column_under`, which is asked for one often."""
        self._beginnings: dict[Cell, bool] = {}
        self._places: dict[tuple[Label, float], tuple[Place, ...]] = {}
        self._votes: list[tuple[Label, int]] | None = None

    def lexicon_hits(self, cell: Cell) -> tuple[tuple[int, frozenset[str]], ...]:
        """Where any spelling of the lexicon begins in a cell, be it a label there or not."""
        return tuple((hit.start, hit.concepts) for hit in self.lexicon.find(cell.text, mend=self.layout.ocr))

    def starts_with_label(self, cell: Cell) -> bool:
        """Whether the cell begins with a sure label, so that it is no value of its neighbour."""
        if cell not in self._beginnings:
            self._beginnings[cell] = self._begins(cell)
        return self._beginnings[cell]

    def _begins(self, cell: Cell) -> bool:
        if cell.text.rstrip().endswith(":"):
            return True
        held = self.by_cell.get(id(cell))
        if not held:
            return False
        first = held[0]
        lead = cell.text[: first.start]
        return not has_alnum(lead) and first.strength >= 0.6

    def is_label_cell(self, cell: Cell) -> bool:
        """Whether the cell holds a label and nothing else."""
        return any(label.whole for label in self.by_cell.get(id(cell), ()))

    def of(self, label: Label, *, reach_lines: float = 3.2) -> tuple[Place, ...]:
        """Places for a label's value: inline, to the right, beneath; nearest first."""
        key = (label, reach_lines)
        if key not in self._places:
            self._places[key] = tuple(self._found(label, reach_lines))
        return self._places[key]

    def _found(self, label: Label, reach_lines: float) -> Iterator[Place]:
        inline = self._inline(label)
        if inline is not None:
            yield inline
        else:
            yield from self._wrapped(label)
        yield from self._right(label)
        behind = label.cell.text[label.end :]
        if label.whole and self.stands_over(label):
            yield from self._above(label)
        elif label.whole or (behind.strip() and not has_digit(behind if inline is None else inline.text)):
            beneath = list(self._beneath(label, reach_lines))
            yield from beneath
            if not beneath and inline is None and label.whole and next(self._right(label), None) is None:
                yield from self._in_its_box(label)

    def _inline(self, label: Label) -> Place | None:
        text = label.cell.text
        begin, end = label.end, len(text)
        for other in self.by_cell.get(id(label.cell), ()):
            if begin <= other.start <= begin + 2 and other.concepts & label.concepts:
                begin = other.end  # two names of one thing: `Código unificado de punto de suministro CUPS: ES...`
            elif other.start >= begin and other.strength >= 0.6 and other.start - begin > 1:
                end = min(end, other.start)
        rest = text[begin:end]
        skipped = _NUMBER_SIGN.match(rest)
        start = skipped.end() if skipped else 0
        # a sign such as "n" must not eat the first letter of a value that is glued on
        if not has_alnum(rest[start:]):
            return None  # nothing, or the unit of what stands beneath: `TOTAL A PAGAR R$`
        return Place(rest[start:].rstrip(), label.cell, begin + start, "inline", 1.0)

    def _wrapped(self, label: Label) -> Iterator[Place]:
        """The beginning of the next line, where a sentence breaks right behind the label."""
        rows, cell = self.layout.rows, label.cell
        if label.start < _SENTENCE or cell.row + 1 >= len(rows) or has_alnum(cell.text[label.end :]):
            return
        below = rows[cell.row + 1].cells[0]
        near = below.box.y0 - cell.box.y1 < self.layout.line_height
        if near and abs(below.box.x0 - cell.box.x0) < _SAME_EDGE and cell is rows[cell.row].cells[-1]:
            yield self.trimmed(below, "wrapped", 0.9)

    def _right(self, label: Label) -> Iterator[Place]:
        weight, previous = 0.97, label.cell
        for count, cell in enumerate(self.layout.right_of(label.cell)):
            if count >= 4 or self.starts_with_label(cell):
                return
            gap = cell.box.x0 - previous.box.x1
            far = gap / max(self.layout.width, 1.0)
            yield self.trimmed(cell, "right", weight * (1.0 - 0.35 * far))
            weight *= 0.86
            previous = cell
        if previous is label.cell and label.whole:
            yield from self._right_below(label)

    def _right_below(self, label: Label) -> Iterator[Place]:
        """A value to the right that hangs half a line lower, as in boxed totals."""
        layout, cell = self.layout, label.cell
        if cell.row + 1 >= len(layout.rows):
            return
        for other in layout.rows[cell.row + 1].cells:
            low = other.box.y0 - cell.box.y1 > 0.8 * layout.line_height
            if other.box.x0 < cell.box.x1 or low or self.starts_with_label(other):
                continue
            left = next(iter(layout.left_of(other)), None)
            if left is None or (left.box.x0 < cell.box.x1 and not self.is_label_cell(left)):
                yield self.trimmed(other, "right", 0.72)
            return

    def _in_its_box(self, label: Label) -> Iterator[Place]:
        """The one value beneath a label, right-aligned in a box that reaches to where the next label begins."""
        if label.concepts <= _HEAD_COLUMNS:
            return
        layout, box = self.layout, label.box
        beside = next(iter(layout.right_of(label.cell)), None)
        limit = beside.box.x0 if beside is not None else layout.width
        reach = _BOX_LINES * max(layout.line_height, box.height) + 4.0
        for row in layout.rows[label.cell.row + 1 :]:
            if row.box.y0 - box.y1 > reach:
                return
            held = [cell for cell in row.cells if box.x0 - _SAME_EDGE < cell.box.x0 and cell.box.x1 < limit]
            if any(self.starts_with_label(cell) for cell in held) or len(held) > 1:
                return
            if held:
                yield self.trimmed(held[0], "beneath", 0.84)
                return

    def stands_over(self, label: Label) -> bool:
        """Whether a label's value stands right over it: the page prints labels beneath their values."""
        if self._votes is None:
            self._votes = list(self._vote_by_label())
        if sum(vote > 0 for _, vote in self._votes) < _UPWARD:
            return False
        # a page may go both ways: what counts are the labels of the same row and of the same column
        near = [vote for other, vote in self._votes if _in_line(other.box, label.box)]
        return sum(near) > 0 and any(True for _ in self._above(label))

    def _vote_by_label(self) -> Iterator[tuple[Label, int]]:
        """Labels that have a value on one side only: 1 where it stands above, -1 where beneath."""
        titled = {(id(x.cell), x.start) for x in self.labels if any(c.startswith("title_") for c in x.concepts)}
        for label in self.labels:
            wanted = next((_SHAPES[concept] for concept in sorted(label.concepts) if concept in _SHAPES), None)
            if wanted is None or not label.whole or label.strength < 0.7:
                continue
            beside = next(self._right(label), None)
            if beside is not None and beside.cell.box.x0 - label.box.x1 < _BESIDE * self.layout.width:
                continue
            heads = len(self.layout.rows[label.cell.row].cells) >= _HEADS
            over = next(self._above(label), None)
            under = next(self._beneath(label, 1.6), None)
            over_fits, under_fits = (place is not None and wanted(place.text) for place in (over, under))
            if over_fits and not under_fits:
                yield label, 1
            elif under_fits and not over_fits and not heads and (id(label.cell), label.start) not in titled:
                yield label, -1

    def _above(self, label: Label) -> Iterator[Place]:
        """The value right over a label, at its left, right or middle, without another label between them."""
        box = label.box
        for cell in self.layout.above(label.cell, 1.6 * self.layout.line_height):
            lined_up = min(
                abs(cell.box.x0 - box.x0),
                abs(cell.box.x1 - box.x1),
                abs(cell.box.x0 + cell.box.x1 - box.x0 - box.x1) / 2,
            )
            if self.is_label_cell(cell) or self.starts_with_label(cell):
                return
            if lined_up < _SAME_EDGE:
                yield self.trimmed(cell, "above", 0.92)
                return

    def _beneath(self, label: Label, reach_lines: float) -> Iterator[Place]:
        layout, box = self.layout, label.box
        line = layout.line_height
        weight = 0.92
        last_row, last_bottom = -1, box.y1
        for cell in layout.beneath(label.cell, reach_lines * line + 4.0, slack=0.6 * line):
            if cell.row == last_row:
                weight_here = weight
            else:
                if self.is_label_cell(cell) or self.starts_with_label(cell):
                    if cell.box.x0 <= box.x1 and box.x0 <= cell.box.x1:
                        return
                    continue
                if last_row >= 0:
                    weight *= 0.75
                last_row = cell.row
                weight_here = weight
            if self.starts_with_label(cell):
                continue
            overlap = min(cell.box.x1, box.x1) - max(cell.box.x0, box.x0)
            share = overlap / max(min(cell.box.width, box.width), 1.0)
            gap = max(cell.box.y0 - last_bottom, 0.0) / max(line, 1.0)
            nearness = 1.0 - 0.06 * min(gap, 3.0)
            yield self.trimmed(cell, "beneath", weight_here * (0.8 + 0.2 * max(min(share, 1.0), 0.0)) * nearness)

    @staticmethod
    def trimmed(cell: Cell, relation: Relation, weight: float) -> Place:
        """The cell's text after leading marks, as a place."""
        skipped = _NUMBER_SIGN.match(cell.text) if has_digit(cell.text) else _MARKS.match(cell.text)
        start = skipped.end() if skipped else 0
        return Place(cell.text[start:], cell, start, relation, weight)

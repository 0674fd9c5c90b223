"""A document as one long grid: rows of cells over all pages, and the numbers in them with their places.

Pages are stacked, so that a table which goes on over the page break is one run of rows. Numbers keep
every reading that the document's own decimal mark leaves open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from statistics import median
from typing import Final, Literal, NamedTuple

from pipelines.pages import Box, DocumentText, Page
from pipelines.parsing.geometry import Cell, Layout, Row, lay_out
from pipelines.parsing.values import AmountFound, canonical_unit, currency_of, find_amounts, find_percents

DecimalMark = Literal[",", "."]
PAGE_STEP: Final = 100_000.0
"""Points between the tops of stacked pages in `GridRow.top`: larger than any page."""
WORD_SPACE: Final = 0.8
"""A gap between two groups of digits, in word heights, beyond which they are two numbers."""
_SAME_MARK: Final = re.compile(r"(?<![\d.,])(\d{1,3})([.,])(\d{3})\2(\d{2})(?![\d.,])")
_DIGIT: Final = re.compile(r"\d")
_IGNORED: Final = re.compile(r"[\s:;.,=@*xX×|()\[\]/+\-–—%]+")


class Number(NamedTuple):
    """A number on the page. `values` are its readings, likeliest first."""

    values: tuple[Decimal, ...]
    decimals: int
    """Digits after the decimal mark of the first reading."""
    text: str
    box: Box
    percent: bool
    unit: str | None
    """A unit printed right after it."""
    alone: bool
    """Its cell holds nothing but numbers, currencies, units and signs."""
    currency: bool
    row: int

    @property
    def value(self) -> Decimal:
        return self.values[0]


@dataclass(frozen=True, eq=False)
class GridRow:
    """One printed row. `top` grows over all pages; `index` is its place in the grid."""

    index: int
    page: int
    row: Row
    height: float
    """The page's median word height: the unit of vertical distances."""
    numbers: tuple[Number, ...]
    cells: tuple[Cell, ...]
    names: dict[tuple[float, bool], tuple[str, frozenset[str]]] = field(default_factory=dict, repr=False)
    """What `tables_rows.name_of` said of its numbers: asked again for every column that may hold the amounts."""

    @property
    def top(self) -> float:
        return self.page * PAGE_STEP + self.row.box.y0

    @property
    def bottom(self) -> float:
        return self.page * PAGE_STEP + self.row.box.y1

    @cached_property
    def label(self) -> str:
        """The text before the row's first amount: what the row is about."""
        first = min((n.box.x0 for n in self.numbers if n.decimals >= 2 or n.currency), default=None)
        if first is None:
            first = min((n.box.x0 for n in self.numbers if n.alone), default=1e9)
        return " ".join(w.text for cell in self.cells for w in cell.words if w.box.x0 < first - 0.5)

    @cached_property
    def has_amount(self) -> bool:
        """Whether a number with two decimals or a currency sign stands in the row."""
        return any(not n.percent and (n.decimals == 2 or n.currency) for n in self.numbers)


@dataclass(frozen=True, eq=False)
class Grid:
    """All rows of all pages, top to bottom."""

    rows: tuple[GridRow, ...]
    mark: DecimalMark | None
    ocr: bool
    order: str = ""
    """`dmy` or `mdy`, where the document tells."""
    slopes: Mapping[int, float] = field(default_factory=dict)
    """By page: how much its rows fell per point before they were levelled."""

    def as_printed(self, page: int, box: Box) -> Box:
        """A box of the levelled grid, back where it stands on the page."""
        by = self.slopes.get(page, 0.0) * (box.x0 + box.x1) / 2
        return Box(box.x0, box.y0 + by, box.x1, box.y1 + by)


def build_grid(
    document: DocumentText, mark: DecimalMark | None = None, ready: Sequence[Layout] = (), order: str = ""
) -> Grid:
    """Lay out every page and read its numbers.

    Args:
        document: What reading gave.
        mark: The decimal mark, where the caller knows it; else the document's own amounts decide.
        ready: Layouts of its pages, where the caller has them.
        order: `dmy` or `mdy`, where the caller knows which comes first in a day.
    """
    given = {layout.number: layout for layout in ready}
    layouts, slopes = [], {}
    for page in document.pages:
        if page.words:
            layout = given.get(page.number) or lay_out(page)
            slope = _slope(layout)
            slopes[page.number] = slope
            layouts.append(lay_out(_level(page, slope)) if slope else layout)
    found = [
        (layout, row, tuple(_raw_numbers(row)))
        for layout in layouts
        for row in layout.rows
        if row.box.y1 - row.box.y0 < 12 * layout.line_height
    ]
    mark = mark or _decimal_mark(raw for _, _, raws in found for raw in raws)
    rows = []
    for index, (layout, row, raws) in enumerate(found):
        made = (_number(raw, mark, index, ocr=layout.ocr) for raw in raws)
        numbers = tuple(sorted(made, key=lambda n: n.box.x0))
        rows.append(GridRow(index, layout.number, row, layout.line_height, numbers, row.cells))
    return Grid(tuple(rows), mark, any(layout.ocr for layout in layouts), order, slopes)


def _slope(layout: Layout) -> float:
    """How much a page's rows fall per point to the right; 0 for a level page, as text layers are."""
    if not layout.ocr:
        return 0.0
    slopes = []
    for row in layout.rows:
        words = [w for c in row.cells for w in c.words]
        width = words[-1].box.x0 - words[0].box.x0
        if width > 0.25 * layout.width:
            slopes.append((words[-1].box.middle - words[0].box.middle) / width)
    if len(slopes) < 5:
        return 0.0
    slope = median(slopes)
    return slope if 0.002 < abs(slope) < 0.06 else 0.0


def _level(page: Page, slope: float) -> Page:
    """The page with its words moved up or down so that rows run level."""
    words = []
    for word in page.words:
        x0, y0, x1, y1 = word.box
        by = slope * (x0 + x1) / 2
        words.append(word._replace(box=Box(x0, y0 - by, x1, y1 - by)))
    return replace(page, words=tuple(words))


class _Raw(NamedTuple):
    amount: AmountFound
    box: Box
    percent: bool
    unit: str | None
    alone: bool


def _raw_numbers(row: Row) -> Iterator[_Raw]:
    for cell in row.cells:
        if _DIGIT.search(cell.text):
            for part in _parts(cell):
                yield from _numbers_of_cell(part)


def _parts(cell: Cell) -> Iterator[Cell]:
    """Split a cell between two numbers that stand further apart than a space within a number."""
    words, start = cell.words, 0
    if len(words) == 1:
        yield cell
        return
    for i in range(1, len(words)):
        before, word = words[i - 1], words[i]
        if not (before[0][-1].isdigit() and word[0][:1].isdigit()):
            continue
        gap = word.box.x0 - before.box.x1
        if gap > WORD_SPACE * max(before.box.height, word.box.height, 1.0):
            yield Cell(words[start:i], cell.page, cell.row, cell.index)
            start = i
    yield cell if start == 0 else Cell(words[start:], cell.page, cell.row, cell.index)


def _numbers_of_cell(cell: Cell) -> Iterator[_Raw]:
    # `98.640.00` is a misread `98,640.00`; the length stays, so that places hold
    text = cell.text
    if text.count(".") > 1 or text.count(",") > 1:
        text = _SAME_MARK.sub(lambda m: f"{m[1]}{'.' if m[2] == ',' else ','}{m[3]}{m[2]}{m[4]}", text)
    amounts = find_amounts(text)
    if not amounts:
        return
    percents = find_percents(text)
    alone = _alone(text, amounts)
    for amount in amounts:
        percent = any(p.start < amount.end and amount.start < p.end for p in percents)
        after = text[amount.end :].split(maxsplit=1)
        unit = canonical_unit(after[0]) if after and not percent else None
        yield _Raw(amount, cell.span_box(amount.start, amount.end), percent, unit, alone)


def _alone(text: str, amounts: Sequence[AmountFound]) -> bool:
    if len(amounts) == 1 and amounts[0].end - amounts[0].start == len(text):
        return True
    rest, at = [], 0
    for amount in amounts:
        rest.append(text[at : amount.start])
        at = amount.end
    rest.append(text[at:])
    for word in _IGNORED.sub(" ", " ".join(rest)).split():
        if not (currency_of(word) or canonical_unit(word) or len(word) == 1):
            return False
    return True


def _decimal_mark(raws: Iterator[_Raw]) -> DecimalMark | None:
    """The mark that most amounts with two decimals use; None where the document shows no preference."""
    votes = {",": 0, ".": 0}
    for raw in raws:
        mark = raw.amount.marks[0]
        if mark in votes and raw.amount.decimals == 2:
            votes[mark] += 1
    if votes[","] > 2 * votes["."]:
        return ","
    if votes["."] > 2 * votes[","]:
        return "."
    return None


def _number(raw: _Raw, mark: DecimalMark | None, row: int, *, ocr: bool) -> Number:
    amount = raw.amount
    readings = list(zip(amount.values, amount.marks, strict=True))
    if mark and len(readings) > 1:
        # `1.007` where commas part the decimals is a thousand and seven; `1,007` there is not
        core = next((c for c in amount.text if c in ".,"), "")
        readings.sort(key=lambda reading: (reading[1] == "") is not (core != mark))
    exponent = readings[0][0].as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) else 0
    values = tuple([value for value, _ in readings])
    digits = "".join(filter(str.isdigit, amount.text)) if ocr else ""
    if ocr and raw.alone and 3 <= len(digits) <= 9 and decimals == 0 and not raw.percent:
        # OCR loses the decimal mark before it loses a digit: `09055` was `90,55`'s kin, `095` was `0,95`
        lost = (values[0] / 100).quantize(Decimal("0.01"))
        values = (lost, *values) if digits.startswith("0") else (*values, lost)
        decimals = 2 if digits.startswith("0") else decimals
    has_currency = amount.currency is not None
    return Number(values, decimals, amount.text, raw.box, raw.percent, raw.unit, raw.alone, has_currency, row)

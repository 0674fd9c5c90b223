"""Paper to draw a random invoice on: one look a document, labels with values in seven styles, tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from reportlab.lib.pagesizes import A4, LETTER

from pipelines.samples.sheet import Align, Colour, Column, Sheet, register_font, text_width, wrap
from tests.benchmarks import random_wording as wording
from tests.benchmarks.random_facts import Facts

DEJAVU = (
    ("DejaVuSans", "DejaVuSans-Bold"),
    ("DejaVuSerif", "DejaVuSerif-Bold"),
    ("DejaVuSansMono", "DejaVuSansMono-Bold"),
    ("STIXGeneral", "STIXGeneralBol"),
)
STANDARD = (("Helvetica", "Helvetica-Bold"), ("Times-Roman", "Times-Bold"), ("Courier", "Courier-Bold"))
INKS: tuple[Colour, ...] = (
    (0, 0, 0),
    (0, 0, 0),
    (0.1, 0.2, 0.45),
    (0.5, 0.1, 0.1),
    (0.1, 0.35, 0.2),
    (0.25, 0.25, 0.25),
)


@dataclass
class Truth:
    known: dict[str, Any] = field(default_factory=dict)
    derivable: dict[str, Any] = field(default_factory=dict)


@dataclass
class Look:
    """Choices that hold for one whole document."""

    font: str
    bold: str
    size: float
    ink: Colour
    glue: str
    pair_style: str
    bold_labels: bool
    header_fill: bool
    rules: str
    upper_heads: bool


class Paper:
    """What all parts of a document share: facts, truth, look, sheet and one spelling for each label."""

    def __init__(self, facts: Facts, rng: Random) -> None:
        self.facts, self.rng, self.truth = facts, rng, Truth()
        self._labels: dict[str, str] = {}
        self.look = self._choose_look()
        narrow = facts.kind == "receipt" and rng.random() < 0.7
        size = (rng.choice((215, 240)), 620) if narrow else LETTER if facts.seller.country == "US" else A4
        self.narrow = narrow
        margin = 14 if narrow else rng.choice((36, 42, 50, 60))
        self.sheet = Sheet(
            font=self.look.font,
            bold=self.look.bold,
            size=size,
            margin=margin,
            bottom=90 if not narrow else 20,
            each_page=self._page,
        )
        self.size = min(self.look.size, 7.5) if narrow else self.look.size

    def _choose_look(self) -> Look:
        rng = self.rng
        font, bold = rng.choice(DEJAVU if self.facts.language == "pl" else DEJAVU + STANDARD + STANDARD)
        if font not in {name for pair in STANDARD for name in pair}:
            register_font(font)
            register_font(bold)
        size = rng.choice((8, 8.5, 9, 9.5, 10)) - (1 if "Mono" in font or font == "Courier" else 0)
        return Look(
            font,
            bold,
            size,
            rng.choice(INKS),
            rng.choice((": ", ": ", ": ", " ", ":", " : ")),
            rng.choice(("inline", "columns", "columns", "right", "right", "above", "band", "band", "two")),
            rng.random() < 0.3,
            rng.random() < 0.5,
            rng.choice(("grid", "rows", "head", "none")),
            rng.random() < 0.15,
        )

    def label(self, concept: str) -> str:
        """One spelling for each concept throughout the document."""
        if concept not in self._labels:
            self._labels[concept] = self.rng.choice(wording.LABELS[self.facts.language][concept])
        return self._labels[concept]

    def know(self, **values: Any) -> None:
        self.truth.known |= values

    def _page(self, sheet: Sheet) -> None:
        if sheet.page == 1 or getattr(self, "narrow", False):
            return
        self._footer()
        sheet.text(sheet.right, 28, self.label("page").format(sheet.page, sheet.page), 7, align="right")

    def _pairs(self, pairs: Sequence[tuple[str, str]], x: float, y: float, width: float) -> float:
        """Draw label-value pairs in the document's style; returns the y beneath."""
        style = self.look.pair_style
        label_width = max(text_width(label + ": ", self.look.bold, self.size) for label, _ in pairs)
        value_width = max(text_width(value, self.look.font, self.size) for _, value in pairs)
        if style in {"columns", "right"} and label_width + value_width + 8 > width:
            style = "above"
        if style in {"band", "two"} and width < 350:
            style = "inline"
        match style:
            case "inline":
                return self._pairs_inline(pairs, x, y, width)
            case "columns":
                return self._pairs_columns(pairs, x, y, label_width + self.rng.choice((6, 14)))
            case "right":
                return self._pairs_right(pairs, x, y, min(width, label_width + value_width + 60))
            case "above":
                return self._pairs_above(pairs, x, y)
            case "band":
                return self._pairs_band(pairs, x, y, width)
            case _:
                return self._pairs_two(pairs, x, y, width)

    def _pairs_inline(self, pairs: Sequence[tuple[str, str]], x: float, y: float, width: float) -> float:
        for label, value in pairs:
            for part in wrap(f"{label}{self.look.glue}{value}", self.look.font, self.size, width):
                self.sheet.text(x, y + self.size, part, self.size)
                y += self.size * 1.45
        return y + self.size

    def _pairs_columns(self, pairs: Sequence[tuple[str, str]], x: float, y: float, offset: float) -> float:
        colon = self.rng.choice(("", ":"))
        for label, value in pairs:
            self.sheet.text(x, y + self.size, label + colon, self.size, bold=self.look.bold_labels)
            self.sheet.text(x + offset, y + self.size, value, self.size)
            y += self.size * 1.5
        return y + self.size

    def _pairs_right(self, pairs: Sequence[tuple[str, str]], x: float, y: float, width: float) -> float:
        colon = self.rng.choice(("", ":"))
        for label, value in pairs:
            self.sheet.text(x, y + self.size, label + colon, self.size, bold=self.look.bold_labels)
            self.sheet.text(x + width, y + self.size, value, self.size, align="right")
            y += self.size * 1.5
        return y + self.size

    def _pairs_above(self, pairs: Sequence[tuple[str, str]], x: float, y: float) -> float:
        for label, value in pairs:
            self.sheet.text(x, y + self.size, label, self.size - 1.5, ink=(0.4, 0.4, 0.4))
            self.sheet.text(x, y + self.size * 2.25, value, self.size, bold=self.look.bold_labels)
            y += self.size * 3
        return y + self.size

    def _pairs_band(self, pairs: Sequence[tuple[str, str]], x: float, y: float, width: float) -> float:
        """A row of labels over a row of values; several bands where one is too narrow."""
        boxed, centred = self.rng.random() < 0.5, self.rng.random() < 0.3
        rest = list(pairs)
        while rest:
            band, used = [], 0.0
            while rest and (not band or used + self._cell_width(rest[0]) <= width):
                used += self._cell_width(rest[0])
                band.append(rest.pop(0))
            spare, left = max(0.0, width - used) / len(band), x
            for pair in band:
                cell = self._cell_width(pair) + spare
                anchor, align = (left + cell / 2, "centre") if centred else (left + 4, "left")
                if boxed:
                    self.sheet.box(left, y, cell, self.size * 3.1)
                self.sheet.text(
                    anchor, y + self.size * 1.2, pair[0], self.size - 1, align=align, bold=self.look.bold_labels
                )  # type: ignore[arg-type]
                self.sheet.text(anchor, y + self.size * 2.6, pair[1], self.size, align=align)  # type: ignore[arg-type]
                left += cell
            y += self.size * 3.6
        return y + self.size

    def _cell_width(self, pair: tuple[str, str]) -> float:
        return (
            max(text_width(pair[0], self.look.bold, self.size - 1), text_width(pair[1], self.look.font, self.size)) + 12
        )

    def _pairs_two(self, pairs: Sequence[tuple[str, str]], x: float, y: float, width: float) -> float:
        for at in range(0, len(pairs), 2):
            for place, (label, value) in enumerate(pairs[at : at + 2]):
                self.sheet.text(x + place * width / 2, y + self.size, f"{label}{self.look.glue}{value}", self.size)
            y += self.size * 1.5
        return y + self.size

    def _table(
        self,
        heads: list[str],
        aligns: list[Align],
        rows: list[list[str]],
        *,
        stretch: int,
        totals: list[str] | None = None,
        amounts: Sequence[Decimal] = (),
    ) -> None:
        """Draw a table; column `stretch` takes the spare width and wraps.

        `totals` is a last row in bold. With `amounts`, one a row, what is carried over stands at page breaks.
        """
        sheet, size, look = self.sheet, self.size, self.look
        if look.upper_heads:
            heads = [head.upper() for head in heads]
        columns = self._columns(heads, aligns, [*rows, *([totals] if totals else [])], stretch)
        sheet.need(size * 9)
        self._table_head(columns)
        repeat = self.rng.random() < 0.8
        for place, row in enumerate([*rows, *([totals] if totals else [])]):
            cells = [wrap(text, look.font, size, column.width - 6) for text, column in zip(row, columns, strict=True)]
            height = max(len(cell) for cell in cells) * size * 1.25 + 4
            if sheet.y + height > sheet.bottom:
                self._turn(
                    columns, sum(amounts[:place], Decimal(0)) if amounts and row is not totals else None, repeat=repeat
                )
            self._table_row(columns, cells, height, bold=row is totals)
        if look.rules in {"head", "rows"}:
            sheet.rule(sheet.margin, sheet.y, sheet.margin + sum(c.width for c in columns), sheet.y)
        sheet.y += size * 1.2

    def _turn(self, columns: list[Column], carried: Decimal | None, *, repeat: bool) -> None:
        """Turn the page within a table."""
        spellings = wording.LABELS[self.facts.language]["carry"]
        for at_top, spelling in ((False, spellings[0]), (True, spellings[-1])):
            if at_top:
                self.sheet.new_page()
                if repeat:
                    self._table_head(columns)
            if carried is not None:
                self.sheet.y += self.size * 1.2
                self.sheet.text(self.sheet.margin + 3, self.sheet.y, spelling, self.size)
                self.sheet.text(
                    self.sheet.right - 3, self.sheet.y, self.facts.habits.number(carried), self.size, align="right"
                )
                self.sheet.y += self.size * 0.5

    def _columns(self, heads: list[str], aligns: list[Align], rows: list[list[str]], stretch: int) -> list[Column]:
        whole = self.sheet.right - self.sheet.margin
        widths = []
        for place, head in enumerate(heads):
            longest_word = max(text_width(word, self.look.bold, self.size) for word in head.split(" "))
            body = max((text_width(row[place], self.look.bold, self.size) for row in rows), default=0)
            widths.append(max(longest_word, body) + 10)
        others = sum(width for place, width in enumerate(widths) if place != stretch)
        widths[stretch] = max(whole - others, 60)
        scale = min(1.0, whole / sum(widths))
        return [Column(head, width * scale, align) for head, width, align in zip(heads, widths, aligns, strict=True)]

    def _table_head(self, columns: list[Column]) -> None:
        sheet, size = self.sheet, self.size
        cells = [wrap(column.title, self.look.bold, size, column.width - 6) for column in columns]
        height = max(len(cell) for cell in cells) * size * 1.2 + 5
        if self.look.header_fill:
            sheet.box(sheet.margin, sheet.y, sum(c.width for c in columns), height, fill=(0.9, 0.9, 0.9), stroke=None)
        self._table_row(columns, cells, height, bold=True)
        if self.look.rules != "none":
            sheet.rule(sheet.margin, sheet.y, sheet.margin + sum(c.width for c in columns), sheet.y)

    def _table_row(self, columns: list[Column], cells: list[list[str]], height: float, *, bold: bool) -> None:
        sheet, size, left = self.sheet, self.size, self.sheet.margin
        for column, lines in zip(columns, cells, strict=True):
            if self.look.rules == "grid":
                sheet.box(left, sheet.y, column.width, height)
            x = {"left": left + 3, "right": left + column.width - 3, "centre": left + column.width / 2}[column.align]
            for place, line in enumerate(lines):
                sheet.text(x, sheet.y + 2 + size * (0.95 + 1.25 * place), line, size, bold=bold, align=column.align)
            left += column.width
        sheet.y += height
        if self.look.rules == "rows":
            sheet.rule(sheet.margin, sheet.y, left, sheet.y, width=0.3)

    def _rate(self, rate: Decimal) -> str:
        return f"{rate}".replace(".", self.facts.habits.point)

    def _footer(self) -> None:
        """What stands at the foot of every page."""
        raise NotImplementedError

"""Draws random invoices on random layouts, and says what of them a reader of the page can know.

`Truth.known` is printed, or follows from what is printed without doubt; `Truth.derivable` a careful reader
may give or leave open: it counts only when it is given and wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from reportlab.lib.pagesizes import A4, LETTER

from pipelines.samples import identifiers
from pipelines.samples.sheet import Align, Colour, Column, Sheet, register_font, text_width, wrap
from pipelines.samples.wording import polish_words
from tests.benchmarks import random_wording as wording
from tests.benchmarks.random_facts import Facts, Firm, Line, cents

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
CASH = {
    "pl": ("Gotówka", "Reszta", "Sprzedaż opodatkowana"),
    "pt": ("Dinheiro", "Troco", "Subtotal"),
    "en": ("Cash", "Change", "Subtotal"),
    "de": ("Bar", "Rückgeld", "Zwischensumme"),
    "fr": ("Espèces", "Rendu", "Sous-total"),
    "es": ("Efectivo", "Cambio", "Subtotal"),
    "it": ("Contanti", "Resto", "Subtotale"),
    "nl": ("Contant", "Wisselgeld", "Subtotaal"),
}
RECEIPT_TOTAL = {
    "pl": "SUMA",
    "pt": "TOTAL",
    "en": "TOTAL",
    "de": "SUMME",
    "fr": "TOTAL TTC",
    "es": "TOTAL",
    "it": "TOTALE",
    "nl": "TOTAAL",
}


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


def draw_invoice(facts: Facts, rng: Random) -> tuple[bytes, Truth]:
    """The PDF and its truth."""
    return Layout(facts, rng).draw()


class Layout:
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

    def _page(self, sheet: Sheet) -> None:
        if sheet.page == 1 or getattr(self, "narrow", False):
            return
        self._footer()
        sheet.text(sheet.right, 28, self.label("page").format(sheet.page, sheet.page), 7, align="right")

    def draw(self) -> tuple[bytes, Truth]:
        self._basics()
        if self.narrow:
            self._receipt()
            return self.sheet.finish(), self.truth
        self._head()
        if self.facts.energy or self.rng.random() < 0.07:
            self._due_box()
        if self.facts.energy:
            self._energy()
        self._lines()
        self._totals()
        self._payment()
        self._footer()
        return self.sheet.finish(), self.truth

    def _basics(self) -> None:
        facts, known = self.facts, self.truth.known
        known |= {
            "issue_date": facts.issued.isoformat(),
            "seller_name": facts.seller.name,
            "currency": facts.currency,
            "gross_total": str(facts.gross),
        }
        self.truth.derivable["amount_due"] = str(facts.gross - facts.paid)
        if facts.seller.country != "BR":
            self.truth.derivable |= {"net_total": str(facts.net), "tax_total": str(facts.tax)}
        self.truth.derivable["due_date"] = facts.due.isoformat()

    def know(self, **values: Any) -> None:
        self.truth.known |= values

    # --- head -----------------------------------------------------------------------------------

    def _head(self) -> None:
        rng, sheet, facts = self.rng, self.sheet, self.facts
        letterhead = rng.random() < 0.6
        if letterhead:
            self._letterhead()
        elif rng.random() < 0.4:  # only a brand, the seller's block has the rest
            sheet.text(sheet.margin, 58, facts.seller.name, self.size + 6, bold=True, ink=self.look.ink)
            sheet.y = 80
        else:
            sheet.y = rng.choice((50, 70))
        in_title = self._title()
        pairs = self._meta(number=not in_title)
        self._parties_and_meta(pairs, seller=not letterhead)
        if facts.corrects:
            number, day = facts.corrects
            sheet.text(
                sheet.margin, sheet.y + 6, self.label("corrects").format(number, facts.habits.day(day)), self.size
            )
            sheet.y += self.size * 2.4
            self.know(corrects=[{"invoice_number": number}])

    def _tax_line(self, firm: Firm) -> str:
        return self.label("tax_id").rstrip(":") + self.rng.choice((": ", " ", ": ")) + firm.tax_id

    def _letterhead(self) -> None:
        rng, sheet, facts = self.rng, self.sheet, self.facts
        align: Align = rng.choice(("left", "right", "centre"))
        x = {"left": sheet.margin, "right": sheet.right, "centre": sheet.width / 2}[align]
        if align == "left" and rng.random() < 0.3:
            sheet.box(x, 36, 30, 30, fill=self.look.ink, stroke=None)
            x += 40
        y = 52.0
        sheet.text(
            x, y, facts.seller.name, self.size + rng.choice((2, 4, 6)), bold=True, align=align, ink=self.look.ink
        )
        address = [facts.seller.street, facts.seller.town]
        details = (
            [" · ".join(address)] if rng.random() < 0.3 else [", ".join(address)] if rng.random() < 0.3 else address
        )
        details.append(self._tax_line(facts.seller))
        if rng.random() < 0.5:
            details.append(
                f"Tel. {rng.randrange(100, 999)} {rng.randrange(100, 999)} {rng.randrange(10, 99)} {rng.randrange(10, 99)}"
            )
        for detail in details:
            y += self.size * 1.35
            sheet.text(x, y, detail, self.size - 0.5, align=align)
        self.know(seller_tax_id=facts.seller.tax_id)
        sheet.y = y + self.size * 2.5

    def _title(self) -> bool:
        """Draws the title; True where the invoice number stands in it."""
        rng, sheet, facts = self.rng, self.sheet, self.facts
        title = self.label(facts.kind)
        in_title = rng.random() < 0.35
        if in_title:
            title += " " + self.label("number_in_title").format(facts.number)
            self.know(invoice_number=facts.number)
        align: Align = rng.choice(("left", "left", "centre", "right"))
        x = {"left": sheet.margin, "right": sheet.right, "centre": sheet.width / 2}[align]
        size = rng.choice((12, 14, 16, 20))
        while text_width(title, self.look.bold, size) > sheet.right - sheet.margin:
            size -= 1
        sheet.text(x, sheet.y + size, title, size, bold=True, align=align, ink=self.look.ink)
        sheet.y += size + self.size * 2
        return in_title

    def _meta(self, *, number: bool) -> list[tuple[str, str]]:
        rng, facts, day = self.rng, self.facts, self.facts.habits.day
        pairs = []
        if number:
            pairs.append((self.label("number"), facts.number))
            self.know(invoice_number=facts.number)
        pairs.append((self.label("issued"), day(facts.issued)))
        throw = rng.random()
        self.terms_below = 0.75 <= throw < 0.88
        if throw < 0.75 or facts.energy:
            self.terms_below = False
            pairs.append((self.label("due"), day(facts.due)))
            self.know(due_date=facts.due.isoformat())
        if facts.energy or rng.random() < 0.25:
            pairs.append(self._period_pair())
        if rng.random() < (0.85 if facts.energy else 0.4):
            pairs.append((self.label("client"), facts.client))
            self.know(client_number=facts.client)
        if rng.random() < 0.25:
            pairs.append((self.label("order"), facts.order))
        if facts.energy and facts.language == "pt":
            pairs.append((self.label("month"), self._reference_month()))
        head, rest = pairs[:1], pairs[1:]
        rng.shuffle(rest)
        return head + rest if rng.random() < 0.8 else rest + head

    def _period_pair(self) -> tuple[str, str]:
        start, end = self.facts.period
        self.know(period_start=start.isoformat(), period_end=end.isoformat())
        joiner = {
            "pl": (" - ", " do "),
            "pt": (" a ", " até "),
            "en": (" - ", " to "),
            "de": (" - ", " bis "),
            "fr": (" au ", " - "),
            "es": (" al ", " - "),
            "it": (" - ", " al "),
            "nl": (" t/m ", " - "),
        }[self.facts.language]
        return self.label(
            "period"
        ), f"{self.facts.habits.day(start)}{self.rng.choice(joiner)}{self.facts.habits.day(end)}"

    def _reference_month(self) -> str:
        end = self.facts.period[1]
        self.know(reference_month=f"{end:%Y-%m}")
        name = wording.MONTHS["pt"][end.month - 1]
        return self.rng.choice((f"{name[:3].upper()}/{end.year}", f"{end:%m/%Y}", f"{name.capitalize()}/{end.year}"))

    def _parties_and_meta(self, pairs: list[tuple[str, str]], *, seller: bool) -> None:
        rng, sheet = self.rng, self.sheet
        half = (sheet.right - sheet.margin) / 2
        top = sheet.y
        blocks = (
            ["buyer"] if not seller else rng.choice((["seller", "buyer"], ["seller", "buyer"], ["buyer", "seller"]))
        )
        if len(blocks) == 1 and self.look.pair_style not in {"band", "two"} and rng.random() < 0.75:
            left, right = sheet.margin, sheet.margin + half + 10
            if rng.random() < 0.2:
                left, right = right, left
            bottom = self._party("buyer", left, top, half - 10)
            sheet.y = max(bottom, self._pairs(pairs, right, top, half - 10))
            return
        if rng.random() < 0.2:
            sheet.y = self._pairs(pairs, sheet.margin, sheet.y, sheet.right - sheet.margin) + self.size
            pairs, top = [], sheet.y
        if len(blocks) == 2 and rng.random() < 0.7:
            sheet.y = max(
                self._party(name, sheet.margin + place * half, top, half - 12) for place, name in enumerate(blocks)
            )
        else:
            for name in blocks:
                sheet.y = self._party(name, sheet.margin, sheet.y, half * 1.4)
        if pairs:
            sheet.y = self._pairs(pairs, sheet.margin, sheet.y, sheet.right - sheet.margin)

    def _party(self, which: str, x: float, y: float, width: float) -> float:
        rng, facts = self.rng, self.facts
        firm = facts.seller if which == "seller" else facts.buyer
        self.know(**{f"{which}_name": firm.name})
        if which == "seller" or rng.random() < (0.5 if facts.energy else 0.8):
            tax = [self._tax_line(firm)]
            self.know(**{f"{which}_tax_id": firm.tax_id})
        else:
            tax = []
        lines = [firm.name, firm.street, firm.town, *tax]
        head = self.label(which)
        # in the window of an envelope the buyer's address stands without a label
        if which == "buyer" and self.facts.language in {"de", "fr", "nl", "en"} and rng.random() < 0.15:
            pass
        elif rng.random() < 0.15:
            lines[0] = f"{head.rstrip(':')}: {lines[0]}"
        else:
            self.sheet.text(x, y + self.size, head + rng.choice(("", ":")), self.size, bold=True, ink=self.look.ink)
            y += self.size * 1.5
        name_bold = rng.random() < 0.4
        for place, line in enumerate(lines):
            for part in wrap(line, self.look.bold if place == 0 and name_bold else self.look.font, self.size, width):
                self.sheet.text(x, y + self.size, part, self.size, bold=place == 0 and name_bold)
                y += self.size * 1.35
        return y + self.size * 1.2

    # --- labels with values -----------------------------------------------------------------------

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

    def _due_box(self) -> None:
        """What bills of utilities show first: how much, until when."""
        facts, sheet, size = self.facts, self.sheet, self.size
        if self.rng.random() < 0.6 or facts.kind == "credit_note":
            return
        height, width = size * 4, (sheet.right - sheet.margin) / 2
        sheet.box(sheet.margin, sheet.y, width * 2, height, stroke=self.look.ink)
        rows = (
            (self.label("amount_due"), facts.habits.money(facts.gross - facts.paid)),
            (self.label("due"), facts.habits.day(facts.due)),
        )
        for place, (label, value) in enumerate(rows):
            x = sheet.margin + 8 + place * width
            sheet.text(x, sheet.y + size * 1.4, label, size - 1)
            sheet.text(x, sheet.y + size * 3.2, value, size + 3, bold=True)
        sheet.y += height + size * 1.5
        self.know(amount_due=str(facts.gross - facts.paid), due_date=facts.due.isoformat())

    # --- energy -----------------------------------------------------------------------------------

    def _energy(self) -> None:
        facts, energy, rng, sheet = self.facts, self.facts.energy, self.rng, self.sheet
        assert energy is not None
        pairs = [(self.label("point"), energy.point)]
        self.know(metering_point=energy.point)
        meter_in_table = rng.random() < 0.4
        if not meter_in_table:
            pairs.append((self.label("meter"), energy.meter))
        self.know(meter_number=energy.meter)
        if rng.random() < 0.6:
            pairs.append((self.label("tariff"), energy.tariff))
        if rng.random() < 0.7:
            pairs.append((self.label("consumption"), f"{facts.habits.number(Decimal(energy.kwh), 0)} kWh"))
            self.know(consumption_kwh=str(energy.kwh))
        elif len(energy.readings) == 1:
            self.know(consumption_kwh=str(energy.kwh))
        else:
            self.truth.derivable["consumption_kwh"] = str(energy.kwh)
        if facts.access_key and rng.random() < 0.6:
            spaced = identifiers.grouped(facts.access_key, 4)
            sheet.text(sheet.margin, sheet.y + self.size, f"Chave de acesso: {spaced}", self.size - 1)
            sheet.y += self.size * 2
        sheet.y = self._pairs(pairs, sheet.margin, sheet.y, sheet.right - sheet.margin)
        concepts = (["meter"] if meter_in_table else []) + ["zone", "previous", "current", "used"]
        rows = []
        for reading in energy.readings:
            figures = [facts.habits.number(Decimal(n), 0) for n in (reading.previous, reading.current, reading.kwh)]
            rows.append([*([energy.meter] if meter_in_table else []), reading.zone, *figures])
        aligns: list[Align] = ["left"] * (len(concepts) - 3) + ["right"] * 3
        self._table([self.label(c) for c in concepts], aligns, rows, stretch=0)
        sheet.y += self.size

    # --- tables -----------------------------------------------------------------------------------

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

    def _line_columns(self) -> list[str]:
        rng, facts = self.rng, self.facts
        amount = ["gross"] if facts.gross_prices else ["net"]
        price = "price_gross" if facts.gross_prices else "price"
        shape = rng.choice(("full", "full", "middle", "middle", "short", "quantity first"))
        if shape == "short" and not facts.energy:
            return ["description", *amount]
        columns = ["description", "quantity", *(["unit"] if rng.random() < 0.5 or facts.energy else []), price]
        if any(line.discount for line in facts.lines):
            columns.append("discount")
        taxed = facts.seller.country != "BR"
        if shape == "full" and taxed:
            columns += rng.choice((["rate", *amount], [*amount, "rate"]))
            if not facts.gross_prices:
                columns += rng.choice(([], ["tax", "gross"], ["gross"]))
        else:
            columns += [*(["rate"] if taxed and rng.random() < 0.3 else []), *amount]
        if shape == "quantity first":
            columns.remove("quantity")
            columns.insert(0, "quantity")
        if rng.random() < 0.25 and not facts.energy:
            columns.insert(rng.choice((0, columns.index("description") + 1)), "code")
        if rng.random() < 0.45:
            columns.insert(0, "pos")
        return columns

    def _cell(self, column: str, place: int, line: Line) -> str:
        habits, tax = self.facts.habits, cents(line.amount * line.rate / 100)
        match column:
            case "pos":
                return str(place)
            case "code":
                return line.code
            case "description":
                return line.description
            case "quantity":
                return habits.quantity(line.quantity)
            case "unit":
                return line.unit
            case "price" | "price_gross":
                return habits.number(line.price, 4 if line.unit == "kWh" else 2)
            case "discount":
                return f"{line.discount}%" if self.percent_in_cells else f"{line.discount}"
            case "rate":
                rate = f"{line.rate}".replace(".", habits.point)
                return f"{rate}%" if self.percent_in_cells else rate
            case "net":
                return habits.number(line.amount)
            case "tax":
                return habits.number(tax)
            case "gross":
                return habits.number(line.amount if self.facts.gross_prices else line.amount + tax)
            case _:
                raise ValueError(f"no column {column!r}")

    def _lines(self) -> None:
        self.percent_in_cells = self.rng.random() < 0.7
        self.columns = self._line_columns()
        left = {"description", "code", "unit"}
        aligns: list[Align] = ["left" if column in left else "right" for column in self.columns]
        heads = [self.label(column) for column in self.columns]
        mark = self.facts.habits.currency_mark
        if self.rng.random() < 0.15:
            heads = [
                f"{head} ({mark})" if column in {"net", "gross"} and "(" not in head else head
                for head, column in zip(heads, self.columns, strict=True)
            ]
        rows = [
            [self._cell(column, place, line) for column in self.columns]
            for place, line in enumerate(self.facts.lines, 1)
        ]
        # carried over is the last column's sum, so it is drawn only where that column holds the lines' amounts
        carried = self.columns[-1] == ("gross" if self.facts.gross_prices else "net") and self.rng.random() < 0.3
        self._table(
            heads,
            aligns,
            rows,
            stretch=self.columns.index("description"),
            totals=self._sum_row(),
            amounts=[line.amount for line in self.facts.lines] if carried else (),
        )
        self.know(items=[self._line_truth(line) for line in self.facts.lines])

    def _sum_row(self) -> list[str] | None:
        if self.rng.random() > 0.2 or len(self.columns) < 4:
            return None
        facts, number = self.facts, self.facts.habits.number
        row = ["" for _ in self.columns]
        row[self.columns.index("description")] = self.label("sum")
        for column, value in (("net", facts.net), ("tax", facts.tax), ("gross", facts.gross)):
            if column in self.columns:
                row[self.columns.index(column)] = number(value)
        return row

    def _line_truth(self, line: Line) -> dict[str, str]:
        tax = cents(line.amount * line.rate / 100)
        amounts = {"gross": str(line.amount)} if self.facts.gross_prices else {"net": str(line.amount)}
        if "gross" in self.columns and not self.facts.gross_prices:
            amounts["gross"] = str(line.amount + tax)
        return {
            "description": line.description,
            "quantity": str(line.quantity),
            "unit_price": str(line.price),
            **amounts,
        }

    # --- totals -----------------------------------------------------------------------------------

    def _totals(self) -> None:
        facts, rng = self.facts, self.rng
        self.sheet.need(self.size * 14)
        if facts.seller.country == "BR":
            self._brazilian_totals()
        elif rng.random() < 0.3:
            self._vat_table()
        elif len(facts.subtotals) == 1 and not facts.paid and rng.random() < 0.15:
            self._totals_band()
        else:
            self._totals_box()
        if facts.language == "pl" and facts.gross >= 0 and facts.gross < 999_999 and rng.random() < 0.4:
            self.sheet.text(
                self.sheet.margin,
                self.sheet.y + self.size,
                f"Słownie: {polish_words(facts.gross - facts.paid)}",
                self.size,
            )
            self.sheet.y += self.size * 2

    def _closing_rows(self) -> list[tuple[str, str]]:
        """The rows that end every totals block: the total, what was paid, what is due."""
        facts, rng, money = self.facts, self.rng, self.facts.habits.money
        if facts.paid:
            self.know(amount_due=str(facts.gross - facts.paid))
            return [
                (self.label("total_gross"), money(facts.gross)),
                (self.label("paid"), money(-facts.paid if rng.random() < 0.5 else facts.paid)),
                (self.label("amount_due"), money(facts.gross - facts.paid)),
            ]
        throw = rng.random()
        rows = [(self.label("total_gross"), money(facts.gross))] if throw < 0.75 else []
        if throw > 0.45:
            rows.append((self.label("amount_due"), money(facts.gross)))
            self.know(amount_due=str(facts.gross))
        return rows

    def _rate(self, rate: Decimal) -> str:
        return f"{rate}".replace(".", self.facts.habits.point)

    def _totals_box(self) -> None:
        facts, rng = self.facts, self.rng
        show = facts.habits.number if rng.random() < 0.5 else facts.habits.money
        rows: list[tuple[str, str]] = []
        if not facts.gross_prices or rng.random() < 0.5:
            rows.append((self.label("total_net"), show(facts.net)))
            if len(facts.subtotals) == 1 and rng.random() < 0.4:
                rows.append((self.label("total_tax"), show(facts.tax)))
            else:
                rows += [(self.label("tax_at").format(self._rate(rate)), show(tax)) for rate, _, tax in facts.subtotals]
                if len(facts.subtotals) > 1 and rng.random() < 0.25:
                    rows.append((self.label("total_tax"), show(facts.tax)))
            self.know(net_total=str(facts.net), tax_total=str(facts.tax))
        self._box_rows(rows + self._closing_rows())

    def _totals_band(self) -> None:
        """Net, tax and total as a row of labels over a row of amounts."""
        facts, money = self.facts, self.facts.habits.money
        rows = [
            (self.label("total_net"), money(facts.net)),
            (self.label("total_tax"), money(facts.tax)),
            (self.label("total_gross"), money(facts.gross)),
        ]
        self.sheet.y = self._pairs_band(rows, self.sheet.margin, self.sheet.y, self.sheet.right - self.sheet.margin)
        self.know(net_total=str(facts.net), tax_total=str(facts.tax))

    def _box_rows(self, rows: list[tuple[str, str]]) -> None:
        sheet, size, rng = self.sheet, self.size, self.rng
        labels = max(text_width(label, self.look.bold, size + 2) for label, _ in rows)
        values = max(text_width(value, self.look.bold, size + 2) for _, value in rows)
        width = labels + values + rng.choice((16, 40, 70))
        x = sheet.right - width if rng.random() < 0.8 else sheet.margin
        inline = rng.random() < 0.15
        colon = rng.choice(("", ":"))
        for place, (label, value) in enumerate(rows):
            last = place == len(rows) - 1
            grow = rng.choice((0, 2)) if last else 0
            sheet.y += (size + grow) * 1.55
            if inline:
                sheet.text(x, sheet.y, f"{label}: {value}", size + grow, bold=last)
            else:
                sheet.text(x, sheet.y, label + colon, size + grow, bold=last)
                sheet.text(x + width - 4, sheet.y, value, size + grow, bold=last, align="right")
        sheet.y += size * 2

    def _vat_table(self) -> None:
        facts, number = self.facts, self.facts.habits.number
        sum_label = self.label("sum")
        heads = [self.label("rate"), self.label("total_net"), self.label("total_tax"), self.label("gross")]
        rows = [
            [f"{self._rate(rate)}%", number(base), number(tax), number(base + tax)]
            for rate, base, tax in facts.subtotals
        ]
        totals = [sum_label, number(facts.net), number(facts.tax), number(facts.gross)]
        if len(rows) > 1 or self.rng.random() < 0.6:
            self._table(heads, ["left", "right", "right", "right"], rows, stretch=0, totals=totals)
        else:
            self._table(heads, ["left", "right", "right", "right"], rows, stretch=0)
        self.know(net_total=str(facts.net), tax_total=str(facts.tax))
        self._box_rows(self._closing_rows())

    def _brazilian_totals(self) -> None:
        facts, rng = self.facts, self.rng
        if facts.energy:
            names, base = ("ICMS", "PIS", "COFINS"), facts.gross
            rates = (Decimal("18.00"), Decimal("0.85"), Decimal("3.92"))
            number = facts.habits.number
            rows = [
                [n, number(base), number(rate), number(cents(base * rate / 100))]
                for n, rate in zip(names, rates, strict=True)
            ]
            self._table(
                ["Tributo", "Base de cálculo", "Alíquota (%)", "Valor do imposto"],
                ["left", "right", "right", "right"],
                rows,
                stretch=0,
            )
        self._box_rows(self._closing_rows())
        if facts.barcode and rng.random() < 0.6:
            line = identifiers.payment_line(facts.barcode)
            self.sheet.text(self.sheet.margin, self.sheet.y + self.size, line, self.size)
            self.sheet.y += self.size * 2

    # --- foot -------------------------------------------------------------------------------------

    def _payment(self) -> None:
        rng, facts, sheet = self.rng, self.facts, self.sheet
        lines = []
        if self.terms_below:
            lines.append(self.label("terms").format(facts.terms_days))
        if rng.random() < 0.6:
            account = identifiers.grouped(
                facts.iban.removeprefix("PL") if facts.language == "pl" else facts.iban,
                *((2, 4) if facts.language == "pl" else (4,)),
            )
            lines.append(f"{self.label('account')}: {account}")
        if rng.random() < 0.5:
            lines.append(rng.choice(wording.LABELS[facts.language]["note"]))
        for line in lines:
            for part in wrap(line, self.look.font, self.size - 0.5, sheet.right - sheet.margin):
                sheet.need(self.size * 2)
                sheet.y += self.size * 1.5
                sheet.text(sheet.margin, sheet.y, part, self.size - 0.5)

    def _footer(self) -> None:
        """The same foot on every page, or none."""
        if not hasattr(self, "foot"):
            self.foot = self.rng.choice(("none", "line", "columns"))
        sheet, seller = self.sheet, self.facts.seller
        y = sheet.height - 44
        if self.foot == "line":
            text = (
                f"{seller.name} | {seller.street} | {seller.town} | {self.label('tax_id').rstrip(':')} {seller.tax_id}"
            )
            sheet.text(sheet.width / 2, y, text, 6.5, align="centre", ink=(0.4, 0.4, 0.4))
            self.know(seller_tax_id=seller.tax_id)
        elif self.foot == "columns":
            columns = (
                (seller.name, seller.street, seller.town),
                (
                    f"{self.label('tax_id').rstrip(':')}: {seller.tax_id}",
                    f"Tel: {self.facts.order} 00",
                    "www.example.com",
                ),
                (self.label("account"), identifiers.grouped(self.facts.iban, 4), "BIC: INVBXX22"),
            )
            for place, lines in enumerate(columns):
                sheet.lines(sheet.margin + place * (sheet.right - sheet.margin) / 3, y, lines, 6.5)
            self.know(seller_tax_id=seller.tax_id)

    # --- receipts ---------------------------------------------------------------------------------

    def _receipt(self) -> None:
        facts, rng, sheet, size = self.facts, self.rng, self.sheet, self.size
        self.columns = ["gross"]
        self.truth.derivable.pop("due_date", None)
        middle, number = sheet.width / 2, facts.habits.number
        head = [facts.seller.name, facts.seller.street, facts.seller.town]
        if rng.random() < 0.75:
            head.append(self._tax_line(facts.seller))
            self.know(seller_tax_id=facts.seller.tax_id)
        head.append(self.label("receipt"))
        y = sheet.margin
        for text in head:
            for part in wrap(text, self.look.font, size, sheet.right - sheet.margin):
                y += size * 1.4
                sheet.text(middle, y, part, size, align="centre")
        when = f"{facts.habits.day(facts.issued)} {rng.randrange(8, 21):02}:{rng.randrange(60):02}"
        y += size * 2
        sheet.text(sheet.margin, y, rng.choice((when, f"{self.label('issued')}: {when}")), size)
        y += size * 1.8
        for line in facts.lines:
            quantity = f"{facts.habits.quantity(line.quantity)} x {number(line.price)}"
            sheet.text(sheet.margin, y, line.description[:26], size)
            if (
                rng.random() < 0.5
                or text_width(line.description[:26] + quantity, self.look.font, size)
                > (sheet.right - sheet.margin) * 0.6
            ):
                y += size * 1.4
            sheet.text(sheet.right - 60, y, quantity, size, align="right")
            sheet.text(sheet.right, y, number(line.amount), size, align="right")
            y += size * 1.4
        sheet.rule(sheet.margin, y - size * 0.6, sheet.right, y - size * 0.6)
        y += size * 1.2
        total = (
            f"{RECEIPT_TOTAL[facts.language]} {facts.habits.currency_mark}"
            if rng.random() < 0.5
            else RECEIPT_TOTAL[facts.language]
        )
        sheet.text(sheet.margin, y, total, size + 2, bold=True)
        sheet.text(
            sheet.right,
            y,
            facts.habits.money(facts.gross) if total == RECEIPT_TOTAL[facts.language] else number(facts.gross),
            size + 2,
            bold=True,
            align="right",
        )
        if facts.seller.country != "BR":
            for rate, _, tax in facts.subtotals:
                y += size * 1.5
                sheet.text(sheet.margin, y, self.label("tax_at").format(self._rate(rate)), size)
                sheet.text(sheet.right, y, number(tax), size, align="right")
            self.know(tax_total=str(facts.tax))
        given = (facts.gross // 50 + 1) * 50
        for text, value in ((CASH[facts.language][0], given), (CASH[facts.language][1], given - facts.gross)):
            y += size * 1.5
            sheet.text(sheet.margin, y, text, size)
            sheet.text(sheet.right, y, number(value), size, align="right")
        self.know(items=[{"description": line.description, "gross": str(line.amount)} for line in facts.lines])


def truth_of(facts: Facts, truth: Truth) -> dict[str, Any]:
    """Known fields as a truth file has them, with what names the document."""
    head = {
        "language": "pt-BR" if facts.language == "pt" else facts.language,
        "country": facts.seller.country,
        "doc_type": facts.kind,
    }
    return head | truth.known

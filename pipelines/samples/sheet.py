"""A sheet of paper to draw bills on: text, boxes and tables that break over pages.

Measures are points; y runs down from the top edge, unlike reportlab's own. The same calls give the same
bytes: reportlab's invariant mode fixes dates and the document id.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
from reportlab import rl_config
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfdoc, pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

Align = Literal["left", "right", "centre"]
Colour = tuple[float, float, float]
BLACK: Colour = (0, 0, 0)
GREY: Colour = (0.35, 0.35, 0.35)
WHITE: Colour = (1, 1, 1)


# how each byte stands in a PDF string (ISO 32000-1, 7.3.4.2)
_ESCAPED = [f"\\{code:03o}" if code < 32 or code > 126 or chr(code) in "()\\" else chr(code) for code in range(256)]


@functools.cache
def register_font(file_stem: str) -> str:
    """Register one of the TrueType fonts that matplotlib carries; returns the name to draw with."""
    path = Path(mpl.get_data_path(), "fonts", "ttf", f"{file_stem}.ttf")
    pdfmetrics.registerFont(TTFont(file_stem, str(path)))
    return file_stem


@functools.lru_cache(maxsize=65536)
def text_width(text: str, font: str, size: float) -> float:
    return float(pdfmetrics.stringWidth(text, font, size))


def wrap(text: str, font: str, size: float, width: float) -> list[str]:
    """`text` in lines no wider than `width`; a single word that is wider stays whole."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if line and text_width(longer, font, size) > width:
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
    return lines


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    width: float
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class TableLook:
    """How a table is ruled and filled. `rules`: lines around every cell, under every row, or none."""

    size: float = 8
    head_fill: Colour | None = (0.9, 0.92, 0.95)
    head_ink: Colour = BLACK
    rules: Literal["grid", "rows", "head", "none"] = "rows"
    zebra: bool = False
    padding: float = 3


@contextmanager
def bytes_in_streams() -> Iterator[None]:
    """Base 85 is a quarter more of size and time, and real bills do without; the switch is reportlab's, for all."""
    before, rl_config.useA85 = rl_config.useA85, 0
    try:
        yield
    finally:
        rl_config.useA85 = before


class Sheet:
    """A document being drawn; `y` is the cursor that tables and paragraphs move down."""

    def __init__(
        self,
        *,
        font: str = "",
        bold: str = "",
        size: tuple[float, float] = A4,
        margin: float = 42,
        bottom: float = 60,
        title: str = "",
        total_pages: int = 0,
        each_page: Callable[[Sheet], None] | None = None,
        password: str = "",
    ) -> None:
        self.font = font or register_font("DejaVuSans")
        self.bold = bold or register_font("DejaVuSans-Bold")
        self.width, self.height = size
        self.margin, self.bottom = margin, self.height - bottom
        self.total_pages = total_pages
        self.page = 1
        self.y = margin
        self._each_page = each_page
        self._buffer = io.BytesIO()
        self.canvas: Any = Canvas(self._buffer, pagesize=size, invariant=1, pageCompression=1, encrypt=password or None)
        self.canvas.setTitle(title or "Invoice")
        self.canvas.setAuthor("invented sample")
        if each_page:
            each_page(self)

    @property
    def right(self) -> float:
        """The right margin's x."""
        return self.width - self.margin

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 9,
        *,
        bold: bool = False,
        align: Align = "left",
        ink: Colour = BLACK,
    ) -> float:
        """Write one line with its baseline at `y`; returns its width."""
        font = self.bold if bold else self.font
        width = text_width(text, font, size)
        start = {"left": x, "right": x - width, "centre": x - width / 2}[align]
        self._show(start, self.height - y, text, pdfmetrics.getFont(font), size, ink)
        return width

    def _show(self, x: float, y: float, text: str, font: Any, size: float, ink: Colour) -> None:
        if not getattr(font, "_dynamicFont", False):
            self.canvas.setFont(font.fontName, size)
            self.canvas.setFillColorRGB(*ink)
            self.canvas.drawString(x, y, text)
            return
        # written out, for the canvas' own way through text objects takes three times as long
        document, runs = self.canvas._doc, []
        for subset, codes in font.splitString(text, document):
            name = font.getSubsetInternalName(subset, document)
            runs.append(f"{name} {size:g} Tf ({''.join(_ESCAPED[code] for code in codes)}) Tj")
        red, green, blue = ink
        colour = f"{red:g} {green:g} {blue:g} rg"
        self.canvas._code.append(f"BT {colour} 1 0 0 1 {x:.2f} {y:.2f} Tm {' '.join(runs)} ET")

    def paragraph(
        self, x: float, y: float, text: str, width: float, size: float = 9, *, bold: bool = False, ink: Colour = BLACK
    ) -> float:
        """Write wrapped lines from baseline `y`; returns the baseline after the last."""
        for line in wrap(text, self.bold if bold else self.font, size, width):
            self.text(x, y, line, size, bold=bold, ink=ink)
            y += size * 1.3
        return y

    def lines(self, x: float, y: float, texts: Sequence[str], size: float = 9, *, lead: float = 1.35) -> float:
        """Write short lines beneath one another; returns the baseline after the last."""
        for text in texts:
            self.text(x, y, text, size)
            y += size * lead
        return y

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: Colour | None = None,
        stroke: Colour | None = (0.5, 0.5, 0.5),
    ) -> None:
        """A rectangle whose top left corner is (x, y)."""
        if fill:
            self.canvas.setFillColorRGB(*fill)
        if stroke:
            self.canvas.setStrokeColorRGB(*stroke)
            self.canvas.setLineWidth(0.6)
        self.canvas.rect(x, self.height - y - height, width, height, stroke=int(bool(stroke)), fill=int(bool(fill)))

    def rule(
        self, x0: float, y0: float, x1: float, y1: float, *, width: float = 0.6, ink: Colour = (0.5, 0.5, 0.5)
    ) -> None:
        self.canvas.setStrokeColorRGB(*ink)
        self.canvas.setLineWidth(width)
        self.canvas.line(x0, self.height - y0, x1, self.height - y1)

    def new_page(self) -> None:
        with bytes_in_streams():
            self.canvas.showPage()
        self.page += 1
        self.y = self.margin
        if self._each_page:
            self._each_page(self)

    def need(self, height: float) -> None:
        """Turn the page unless `height` points are free above the bottom margin."""
        if self.y + height > self.bottom:
            self.new_page()

    def table(
        self,
        x: float,
        columns: Sequence[Column],
        rows: Sequence[Sequence[str]],
        look: TableLook = TableLook(),
        *,
        bold_rows: frozenset[int] = frozenset(),
    ) -> None:
        """Draw rows from the cursor down; the head is repeated on every page that the table reaches.

        A row of one cell spans the table: a section's title.
        """
        self.need(look.size * 8)
        self._head(x, columns, look)
        for index, row in enumerate(rows):
            cells = self._cells(columns, row, look, bold=index in bold_rows)
            height = max(len(cell) for cell in cells) * look.size * 1.25 + look.padding * 1.6
            if self.y + height > self.bottom:
                self.new_page()
                self._head(x, columns, look)
            self._row(x, columns, cells, height, look, bold=index in bold_rows, shaded=look.zebra and index % 2 == 1)
        self.y += look.size

    def _cells(self, columns: Sequence[Column], row: Sequence[str], look: TableLook, *, bold: bool) -> list[list[str]]:
        font = self.bold if bold else self.font
        if len(row) == 1:
            return [wrap(row[0], font, look.size, sum(c.width for c in columns) - 2 * look.padding)]
        pairs = zip(row, columns, strict=True)
        return [wrap(cell, font, look.size, column.width - 2 * look.padding) for cell, column in pairs]

    def _head(self, x: float, columns: Sequence[Column], look: TableLook) -> None:
        if not any(column.title for column in columns):
            return
        titles = self._cells(columns, [column.title for column in columns], look, bold=True)
        height = max(len(title) for title in titles) * look.size * 1.25 + look.padding * 2
        if look.head_fill:
            self.box(x, self.y, sum(c.width for c in columns), height, fill=look.head_fill, stroke=None)
        self._row(x, columns, titles, height, look, bold=True, shaded=False, ink=look.head_ink)
        if look.rules in {"head", "rows"}:
            self.rule(x, self.y, x + sum(c.width for c in columns), self.y, width=0.8, ink=GREY)

    def _row(
        self,
        x: float,
        columns: Sequence[Column],
        cells: Sequence[Sequence[str]],
        height: float,
        look: TableLook,
        *,
        bold: bool,
        shaded: bool,
        ink: Colour = BLACK,
    ) -> None:
        whole = sum(c.width for c in columns)
        if shaded:
            self.box(x, self.y, whole, height, fill=(0.95, 0.95, 0.95), stroke=None)
        left = x
        for column, lines in zip(columns, cells, strict=False):
            span = whole if len(cells) == 1 else column.width
            if look.rules == "grid":
                self.box(left, self.y, span, height)
            anchor = {"left": left + look.padding, "right": left + span - look.padding, "centre": left + span / 2}
            align: Align = "left" if len(cells) == 1 else column.align
            for place, line in enumerate(lines):
                baseline = self.y + look.padding * 0.8 + look.size * (0.95 + 1.25 * place)
                self.text(anchor[align], baseline, line, look.size, bold=bold, align=align, ink=ink)
            left += span
        self.y += height
        if look.rules == "rows":
            self.rule(x, self.y, x + whole, self.y, width=0.3)

    def attach(self, name: str, data: bytes, *, description: str, relationship: str) -> None:
        """Embed a file as PDF/A-3 does: in the name tree and as an associated file (ISO 32000-2, 14.13)."""
        stream = pdfdoc.PDFStream(
            pdfdoc.PDFDictionary({"Type": pdfdoc.PDFName("EmbeddedFile"), "Subtype": pdfdoc.PDFName("text#2Fxml")}),
            data,
        )
        document = self.canvas._doc
        file = pdfdoc.PDFDictionary(
            {
                "Type": pdfdoc.PDFName("Filespec"),
                "F": pdfdoc.PDFString(name),
                "UF": pdfdoc.PDFString(name),
                "Desc": pdfdoc.PDFString(description),
                "AFRelationship": pdfdoc.PDFName(relationship),
                "EF": pdfdoc.PDFDictionary({"F": document.Reference(stream)}),
            }
        )
        reference = document.Reference(file)
        names = pdfdoc.PDFDictionary({"Names": pdfdoc.PDFArray([pdfdoc.PDFString(name), reference])})
        catalog = document.Catalog
        catalog.Names = pdfdoc.PDFDictionary({"EmbeddedFiles": names})
        catalog.AF = pdfdoc.PDFArray([reference])
        catalog.__NoDefault__ = [*catalog.__NoDefault__, "AF"]

    def finish(self) -> bytes:
        """The PDF."""
        with bytes_in_streams():
            self.canvas.showPage()
            self.canvas.save()
        return self._buffer.getvalue()


def draw_paged(draw: Callable[[int], Sheet]) -> bytes:
    """Draw twice, so that `page 1 of 3` is known: `draw` gets the number of pages, 0 at first."""
    return draw(draw(0).page).finish()

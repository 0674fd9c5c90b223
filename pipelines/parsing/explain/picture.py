"""The explanation as one picture: pages with numbered boxes on the left, fields, proofs and reasons on the right."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from PIL import Image, ImageDraw, ImageFont

from pipelines.invoices import Evidence, Invoice
from pipelines.pages import DocumentText, Page
from pipelines.parsing.explain.explained import ExplainedField, explain_fields, find_runners_up

PAGE_WIDTH: Final = 1000
"""Pixels of a page; the images handed in should be as wide."""
MOST_PAGES: Final = 8
_PANEL, _MARGIN, _GAP = 720, 24, 14
_LONGEST = 78
_INK, _GREY, _PAPER, _BACK = "#18181b", "#71717a", "#ffffff", "#f4f4f5"
_COLOURS: Final = {"proven": "#15803d", "failed": "#b91c1c", "open": "#b45309"}


class _Text(NamedTuple):
    """A line of the panel."""

    text: str
    size: int = 15
    colour: str = _INK
    bold: bool = False
    indent: int = 0
    chip: str = ""
    """A number in a coloured disc before the line."""
    space: int = 0
    """Pixels above it."""


def explain_png(
    read: DocumentText, invoices: Sequence[Invoice], *, title: str = "", images: Mapping[int, bytes] | None = None
) -> bytes:
    """One PNG that shows why the record says what it says.

    Args:
        read: The pages that were parsed.
        invoices: The record's invoices.
        title: The document's name.
        images: Page number -> an image file of the page; words are drawn where there is none.
    """
    runners_up = find_runners_up(read) if read.pages else {}
    parts = [
        _one(read, invoice, explain_fields(invoice, runners_up), title if place == 0 else "", images or {})
        for place, invoice in enumerate(invoices)
    ]
    whole = Image.new("RGB", (max(p.width for p in parts), sum(p.height for p in parts)), _BACK)
    top = 0
    for part in parts:
        whole.paste(part, (0, top))
        top += part.height
    out = io.BytesIO()
    whole.save(out, "PNG", optimize=True)
    return out.getvalue()


def _one(
    read: DocumentText, invoice: Invoice, fields: Sequence[ExplainedField], title: str, images: Mapping[int, bytes]
) -> Image.Image:
    spoken = {field.evidence.page for field in fields if field.evidence is not None}
    shown = [page for page in read.pages if page.number in spoken][:MOST_PAGES] or list(read.pages[:1])
    drawn = [_page(page, fields, images.get(page.number)) for page in shown]
    left = sum(image.height + _GAP for image in drawn)
    panel = list(_panel(invoice, fields, title))
    height = max(left, sum(_height(text) for text in panel)) + 2 * _MARGIN
    sheet = Image.new("RGB", (PAGE_WIDTH + _PANEL + 3 * _MARGIN, height), _BACK)
    top = _MARGIN
    for image in drawn:
        sheet.paste(image, (_MARGIN, top))
        top += image.height + _GAP
    _write(ImageDraw.Draw(sheet), panel, PAGE_WIDTH + 2 * _MARGIN, _MARGIN)
    return sheet


def _page(page: Page, fields: Sequence[ExplainedField], data: bytes | None) -> Image.Image:
    scale = PAGE_WIDTH / page.width
    size = (PAGE_WIDTH, max(1, round(page.height * scale)))
    if data is None:
        image = Image.new("RGB", size, _PAPER)
        draw = ImageDraw.Draw(image)
        for word in page.words:
            x0, y0, _, y1 = (edge * scale for edge in word.box)
            draw.text((x0, y0), word.text, fill=_INK, font=_font(max(6, round((y1 - y0) * 0.8))))
    else:
        with Image.open(io.BytesIO(data)) as opened:
            image = opened.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    over = Image.new("RGBA", size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(over)
    for field in fields:
        for other in field.runners_up:
            if other.box is not None and other.page == page.number:
                draw.rectangle(_pixels(other.box, scale), outline="#71717a90", width=1)
    shared: Counter[tuple[float, ...]] = Counter()
    for place, field in enumerate(fields, 1):
        found = field.evidence
        if found is not None and found.box is not None and found.page == page.number:
            colour = _COLOURS[field.state]
            box = _pixels(found.box, scale)
            draw.rectangle(box, outline=colour, fill=colour + "26", width=2)
            # two fields may be one printed value: their numbers stand side by side
            _chip(draw, box[0] - 9 + 22 * shared[box], box[1] - 3, str(place), colour)
            shared[box] += 1
    image.paste(over, (0, 0), over)
    return image


def _pixels(box: tuple[float, float, float, float], scale: float) -> tuple[float, float, float, float]:
    return (box[0] * scale - 3, box[1] * scale - 3, box[2] * scale + 3, box[3] * scale + 3)


def _chip(draw: ImageDraw.ImageDraw, x: float, y: float, text: str, colour: str) -> None:
    draw.ellipse((x - 10, y - 10, x + 10, y + 10), fill=colour)
    draw.text((x, y), text, fill=_PAPER, font=_font(11, bold=True), anchor="mm")


def _panel(invoice: Invoice, fields: Sequence[ExplainedField], title: str) -> Iterator[_Text]:
    if title:
        yield _Text(title, 20, bold=True)
    colour = _COLOURS["proven" if invoice.status == "accepted" else "open"]
    yield _Text(f"{invoice.document_type}: {invoice.status}".replace("_", " "), 18, colour, bold=True, space=6)
    for reason in invoice.review_reasons:
        yield _Text(f"• {reason}", 14, _COLOURS["open"], space=2)
    yield _Text("Fields", 17, bold=True, space=16)
    for place, field in enumerate(fields, 1):
        yield from _field(place, field)
    yield _Text("Proofs", 17, bold=True, space=16)
    for check in sorted(invoice.checks, key=lambda check: check.passed):
        kind = "proven" if check.passed else "failed"
        said = f"{'✓' if check.passed else '✗'} {check.name}: {check.expected}"
        said += "" if check.found in ("", check.expected) else f"  found {check.found}"
        yield _Text(said, 13, _COLOURS[kind], space=3)


def _field(place: int, field: ExplainedField) -> Iterator[_Text]:
    said = f"{field.name}   {field.value or 'not found'}"
    chip = f"{place}|{field.state}"
    yield _Text(said, 15, bold=True, indent=28, chip=chip, space=8)
    if field.evidence is not None:
        yield _Text(_evidence(field.evidence), 12, _GREY, indent=28)
    for rank, other in enumerate(field.runners_up, 2):
        yield _Text(f"{rank}.  {other.text}   {_evidence(other)}", 12, _GREY, indent=44)


def _evidence(found: Evidence) -> str:
    where = f", page {found.page}" if found.page is not None else ""
    return f"{found.rule}, score {found.confidence:.2f}{where}"


def _write(draw: ImageDraw.ImageDraw, lines: Sequence[_Text], x: int, y: int) -> None:
    for line in lines:
        y += line.space
        if line.chip:
            number, _, state = line.chip.partition("|")
            _chip(draw, x + 10, y + 10, number, _COLOURS[state])
        for part in _wrapped(line):
            draw.text((x + line.indent, y), part, fill=line.colour, font=_font(line.size, bold=line.bold))
            y += _leading(line)


def _height(line: _Text) -> int:
    return line.space + _leading(line) * len(_wrapped(line))


def _leading(line: _Text) -> int:
    return round(line.size * 1.35)


def _wrapped(line: _Text) -> list[str]:
    """At most three lines that fit the panel; the rest is left out."""
    font = _font(line.size, bold=line.bold)
    parts, current = [], ""
    for word in line.text.split(" "):
        longer = f"{current} {word}".strip() if current.strip() else word
        if current and font.getlength(longer) > _PANEL - line.indent:
            parts.append(current)
            current = word[:_LONGEST]
        else:
            current = f"{current} {word}" if current else word
    parts.append(current)
    return [*parts[:2], f"{parts[2]} …"] if len(parts) > 3 else parts


@lru_cache(maxsize=64)
def _font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    import matplotlib as mpl

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(Path(mpl.get_data_path(), "fonts", "ttf", name), size)

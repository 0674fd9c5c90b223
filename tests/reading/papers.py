"""Documents that the reading tests draw: small PDFs and images with known words."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl
import pikepdf
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

A4 = (595.0, 842.0)
FONT_FILE = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
INVOICE_ROWS = (
    "Faktura VAT nr FV/2026/03/117",
    "Sprzedawca: Zakład Próbny Sp. z o.o. NIP 123-456-32-18",
    "Nabywca: Łucja Przykładowa, ul. Kręta 7, 00-001 Miasto",
    "Data wystawienia: 2026-03-14 Termin płatności: 2026-03-28",
    "Energia czynna całodobowa 412,000 kWh 0,6212 255,93",
    "Opłata handlowa 1 szt. 14,99 14,99",
    "Razem netto 270,92 VAT 23% 62,31 brutto 333,23",
    "Do zapłaty: 333,23 PLN Słownie: trzysta trzydzieści trzy",
)
"""An invented invoice, one printed row each."""


def font() -> str:
    """The name under which reportlab knows a font with Polish letters."""
    if "DejaVu" not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont("DejaVu", str(FONT_FILE)))
    return "DejaVu"


def pdf(*pages: Callable[[Canvas], None], size: tuple[float, float] = A4) -> bytes:
    """A PDF whose pages are drawn by these functions."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=size, invariant=1)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def rows(
    lines: Sequence[str] = INVOICE_ROWS, left: float = 50, top: float = 800, pitch: float = 30
) -> Callable[[Canvas], None]:
    """Draws rows of 11-point text from the top left."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont(font(), 11)
        for index, line in enumerate(lines):
            canvas.drawString(left, top - pitch * index, line)

    return draw


def text_pdf(pages: int = 1) -> bytes:
    return pdf(*[rows()] * pages)


def scan_image(lines: Sequence[str] = INVOICE_ROWS, dpi: int = 200, mode: str = "L") -> Image.Image:
    """What a scanner makes of an A4 page with these rows."""
    image = Image.new(mode, (round(A4[0] * dpi / 72), round(A4[1] * dpi / 72)), "white")
    draw = ImageDraw.Draw(image)
    face = ImageFont.truetype(str(FONT_FILE), round(11 * dpi / 72))
    for index, line in enumerate(lines):
        draw.text((50 * dpi / 72, (40 + 30 * index) * dpi / 72), line, fill=0, font=face)
    return image


def image_bytes(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def on_page(image: Image.Image, box: tuple[float, float, float, float] = (0, 0, *A4)) -> Callable[[Canvas], None]:
    """Draws an image over x, y, width, height of PDF space."""

    def draw(canvas: Canvas) -> None:
        canvas.drawImage(ImageReader(image), *box)

    return draw


def scan_pdf(*images: Image.Image) -> bytes:
    """A PDF of scanned pages, each one JPEG over the whole page."""
    pages = []
    for image in images or (scan_image(),):
        jpeg = Image.open(io.BytesIO(image_bytes(image, "JPEG", quality=85)))
        pages.append(on_page(jpeg))
    return pdf(*pages)


def edited(data: bytes, change: Callable[[pikepdf.Pdf], None], **options: object) -> bytes:
    """A PDF changed through pikepdf."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as document:
        change(document)
        document.save(target, **options)
    return target.getvalue()


def needs(*languages: str) -> str:
    """Why OCR tests cannot run here; empty where they can."""
    from pipelines.errors import ConfigurationError
    from pipelines.reading.ocr.tessdata import find_tessdata, installed_languages

    try:
        missing = set(languages) - installed_languages(find_tessdata())
    except ConfigurationError as error:
        return str(error)
    return f"Tesseract data is missing: {sorted(missing)}" if missing else ""

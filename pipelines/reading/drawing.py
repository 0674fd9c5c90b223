"""A page as people look at it: a PNG in colour, of a width that a screen shows. Runs in the reading child."""

from __future__ import annotations

import io

import pypdfium2 as pdfium
from PIL import Image, ImageOps

from pipelines.errors import DamagedDocument, PageUnreadable
from pipelines.reading.images import to_grey
from pipelines.reading.options import Limits
from pipelines.reading.pdf import Sheet

_MOST_HIGH = 8.0
"""A page higher than this many times its width is drawn narrower: its pixels stay bounded."""


def draw_pdf_page(document: pdfium.PdfDocument, number: int, width: int) -> bytes:
    """Page `number` (1-based). Raises PageUnreadable."""
    if not 1 <= number <= len(document):
        raise PageUnreadable(f"the document has {len(document)} pages", page=number)
    try:
        page = document[number - 1]
        try:
            sheet = Sheet.of(page)
            scale = width / max(sheet.width, sheet.height / _MOST_HIGH)
            return _png(page.render(scale=scale).to_pil())
        finally:
            page.close()
    except pdfium.PdfiumError as error:
        raise PageUnreadable(f"PDFium cannot draw the page: {error}", page=number) from error


def draw_frame(image: Image.Image, number: int, width: int, limits: Limits) -> bytes:
    """Frame `number` (1-based) of an image file, upright, over white. Raises PageUnreadable, DamagedDocument."""
    try:
        image.seek(number - 1)
        if image.width * image.height > limits.max_pixels:
            raise PageUnreadable("the image has more pixels than the limit", page=number)
        upright = ImageOps.exif_transpose(image) or image
        shown = upright.convert("RGB") if upright.mode in ("RGB", "CMYK", "YCbCr", "P", "1") else to_grey(upright)
        shown.thumbnail((width, round(width * _MOST_HIGH)))
    except EOFError as error:
        raise PageUnreadable("the image has no such frame", page=number) from error
    except (OSError, ValueError, SyntaxError) as error:
        raise DamagedDocument(f"the image's pixels cannot be decoded: {error}") from error
    return _png(shown)


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    # few colours stand on a page: an eighth of the bytes, and letters stay sharp
    few = image.quantize(64, method=Image.Quantize.FASTOCTREE) if image.mode == "RGB" else image
    few.save(out, "PNG")
    return out.getvalue()

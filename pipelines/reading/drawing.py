"""A page as people look at it: a PNG in colour, of a width that a screen shows. Runs in the reading child."""

from __future__ import annotations

import io

import pypdfium2 as pdfium
from PIL import Image, ImageOps

from pipelines.errors import DamagedDocument, PageUnreadable
from pipelines.reading.formfields import loaded_page
from pipelines.reading.images import to_grey
from pipelines.reading.options import Limits
from pipelines.reading.pdf import Sheet

_MOST_HIGH = 8.0
"""A page higher than this many times its width is drawn narrower: its pixels stay bounded."""

_TURNS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
"""Degrees clockwise; Pillow counts the other way."""


def draw_pdf_page(document: pdfium.PdfDocument, number: int, width: int, turned: int = 0, skew: float = 0.0) -> bytes:
    """Page `number` (1-based), turned as `Page` tells. Raises PageUnreadable."""
    if not 1 <= number <= len(document):
        raise PageUnreadable(f"the document has {len(document)} pages", page=number)
    try:
        with loaded_page(document, number) as page:
            sheet = Sheet.of(page)
            across, down = (sheet.height, sheet.width) if turned % 180 else (sheet.width, sheet.height)
            scale = width / max(across, down / _MOST_HIGH)
            return _png(_as_read(page.render(scale=scale).to_pil(), turned, skew))
    except pdfium.PdfiumError as error:
        raise PageUnreadable(f"PDFium cannot draw the page: {error}", page=number) from error


def draw_frame(
    image: Image.Image, number: int, width: int, limits: Limits, turned: int = 0, skew: float = 0.0
) -> bytes:
    """Frame `number` (1-based) of an image file, upright, over white, turned as `Page` tells.

    Raises PageUnreadable, DamagedDocument.
    """
    try:
        image.seek(number - 1)
        if image.width * image.height > limits.max_pixels:
            raise PageUnreadable("the image has more pixels than the limit", page=number)
        upright = ImageOps.exif_transpose(image) or image
        shown = upright.convert("RGB") if upright.mode in ("RGB", "CMYK", "YCbCr", "P", "1") else to_grey(upright)
        if turned:
            shown = shown.transpose(_TURNS[turned])
        shown.thumbnail((width, round(width * _MOST_HIGH)))
    except EOFError as error:
        raise PageUnreadable("the image has no such frame", page=number) from error
    except (OSError, ValueError, SyntaxError) as error:
        raise DamagedDocument(f"the image's pixels cannot be decoded: {error}") from error
    return _png(_as_read(shown, 0, skew))


def _as_read(image: Image.Image, turned: int, skew: float) -> Image.Image:
    if turned:
        image = image.transpose(_TURNS[turned])
    if not skew:
        return image
    white = 255 if image.mode == "L" else (255, 255, 255)
    return image.rotate(skew, resample=Image.Resampling.BILINEAR, fillcolor=white)


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    # few colours stand on a page: an eighth of the bytes, and letters stay sharp
    few = image.quantize(64, method=Image.Quantize.FASTOCTREE) if image.mode == "RGB" else image
    few.save(out, "PNG")
    return out.getvalue()

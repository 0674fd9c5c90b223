"""The image of a scanned page, taken from the PDF as it lies there, without drawing the page anew.

Drawing a page at OCR's resolution costs ten times what decoding its one image costs, and blurs it. The
image is taken only where it is the page: one image, over the whole of it, set square, with nothing visible
drawn upon it.
"""

from __future__ import annotations

import ctypes
import io
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import Image

from pipelines.reading.images import to_grey
from pipelines.reading.objects import Drawn, PlacedImage
from pipelines.reading.pdf import Sheet
from pipelines.reading.raster import POINTS_PER_INCH, Raster

_WHOLE = 0.90
"""Share of the page from which an image is the page."""
_SPECK = 0.02
_MOST_PATHS = 4
_DARKEST_MEAN = 96
"""A page darker than this in the mean is not a page as shown: a mask, or inverted. It is drawn instead."""
_SQUARE = 0.01
Turns = tuple[Image.Transpose, ...]


def page_image(sheet: Sheet, drawn: Drawn, max_pixels: int) -> Raster | None:
    """The page's own image, upright; None where the page has to be drawn."""
    placed = _the_page_itself(drawn)
    if placed is None or placed.pixels[0] * placed.pixels[1] > max_pixels:
        return None
    turn = turn_of(placed, sheet)
    image = decode_image(placed) if turn is not None else None
    if image is None or turn is None:
        return None
    upright = set_upright(image, turn)
    dpi = upright.width * POINTS_PER_INCH / placed.box.width
    cut = _cut_to_sheet(upright, placed, sheet, dpi)
    if _mean(cut) < _DARKEST_MEAN:
        return None
    return Raster(cut, dpi, sheet.width, sheet.height)


def _the_page_itself(drawn: Drawn) -> PlacedImage | None:
    large = [image for image in drawn.images if image.share > _SPECK]
    if len(large) != 1 or large[0].share < _WHOLE or drawn.paths > _MOST_PATHS or min(large[0].pixels) < 100:
        return None
    return large[0]


def decode_image(placed: PlacedImage) -> Image.Image | None:
    """An image object's pixels in 8-bit grey, as stored (not turned); None where PDFium cannot decode them."""
    handle = ctypes.cast(placed.handle, raw.FPDF_PAGEOBJECT)
    plain = _jpeg(handle)
    if plain is not None:
        return plain
    if _is_mask(handle):
        return None  # a stencil's pixels say where paint goes, not how dark the page is
    bitmap = raw.FPDFImageObj_GetBitmap(handle)
    if not bitmap:
        return None
    # the bitmap's memory is freed with the last view of it, and `to_grey` copies
    return to_grey(pdfium.PdfBitmap.from_raw(bitmap).to_pil())


def _is_mask(handle: Any) -> bool:
    about = raw.FPDF_IMAGEOBJ_METADATA()
    if not raw.FPDFImageObj_GetImageMetadata(handle, None, about):
        return True
    return bool(about.bits_per_pixel == 1 and about.colorspace == raw.FPDF_COLORSPACE_UNKNOWN)


def _jpeg(handle: Any) -> Image.Image | None:
    """A grey or RGB JPEG, by libjpeg-turbo, which is faster than PDFium's path; None for all else."""
    name = (ctypes.c_char * 32)()
    if raw.FPDFImageObj_GetImageFilterCount(handle) != 1:
        return None
    raw.FPDFImageObj_GetImageFilter(handle, 0, name, 32)
    if name.value != b"DCTDecode":
        return None
    size = raw.FPDFImageObj_GetImageDataRaw(handle, None, 0)
    data = (ctypes.c_char * size)()
    raw.FPDFImageObj_GetImageDataRaw(handle, data, size)
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
            if image.mode not in ("L", "RGB"):
                return None
            image.draft("L", image.size)  # decodes the luminance alone
            return image.convert("L")
    except (OSError, ValueError, SyntaxError):
        return None  # PDFium is more forgiving


def turn_of(placed: PlacedImage, sheet: Sheet) -> Turns | None:
    """How the stored image must be turned to be as shown: () for not at all; None where it stands askew."""
    a, b, c, d, _, _ = placed.matrix
    size = max(abs(a), abs(b), abs(c), abs(d))
    if min(abs(a), abs(b)) > _SQUARE * size or min(abs(c), abs(d)) > _SQUARE * size:
        return None
    # directions of the image's right and down, in PDF space (y up), then as shown (y down)
    right, down = _shown_direction(a, b, sheet.rotation), _shown_direction(-c, -d, sheet.rotation)
    return _TURNS.get((right, down))


def set_upright(image: Image.Image, turns: Turns) -> Image.Image:
    for turn in turns:
        image = image.transpose(turn)
    return image


def _shown_direction(x: float, y: float, rotation: int) -> str:
    level = 0 if x > 0 else 2
    quarter = level if abs(x) > abs(y) else (3 if y > 0 else 1)
    # a page that is shown turned clockwise turns directions on: right, down, left, up
    return "RDLU"[(quarter + rotation // 90) % 4]


_TURNS: dict[tuple[str, str], Turns] = {
    ("R", "D"): (),
    ("L", "U"): (Image.Transpose.ROTATE_180,),
    ("D", "L"): (Image.Transpose.ROTATE_270,),
    ("U", "R"): (Image.Transpose.ROTATE_90,),
    ("R", "U"): (Image.Transpose.FLIP_TOP_BOTTOM,),
    ("L", "D"): (Image.Transpose.FLIP_LEFT_RIGHT,),
    ("D", "R"): (Image.Transpose.TRANSPOSE,),
    ("U", "L"): (Image.Transpose.TRANSVERSE,),
}
"""Where the image's right and down point on the page -> the transposition that sets it upright."""


def _cut_to_sheet(image: Image.Image, placed: PlacedImage, sheet: Sheet, dpi: float) -> Image.Image:
    """The part of the image that lies on the page, on white where the page is larger."""
    scale_x, scale_y = dpi / POINTS_PER_INCH, image.height / placed.box.height
    left, top = round(-placed.box.x0 * scale_x), round(-placed.box.y0 * scale_y)
    width, height = round(sheet.width * scale_x), round(sheet.height * scale_y)
    if abs(left) <= 2 and abs(top) <= 2 and abs(width - image.width) <= 4 and abs(height - image.height) <= 4:
        return image
    cut = Image.new("L", (width, height), 255)
    cut.paste(image, (-left, -top))
    return cut


def _mean(image: Image.Image) -> float:
    histogram = image.reduce(max(1, min(image.size) // 200)).histogram()
    return sum(level * count for level, count in enumerate(histogram)) / max(1, sum(histogram))

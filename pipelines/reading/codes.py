"""QR and bar codes: second witnesses for what stands in print (payment lines, access keys, KSeF links).

A scanned page is looked over whole: about 2 % of what its OCR costs. On a born-digital page only what may
be a code is looked at: small square or long images, text in a bar-code font, and swarms of little
rectangles; pages without any of them cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
import pypdfium2 as pdfium
from PIL import Image

from pipelines.pages import Box, Code, Word
from pipelines.reading import native
from pipelines.reading.objects import Drawn
from pipelines.reading.pdf import Sheet
from pipelines.reading.raster import POINTS_PER_INCH, Raster

_FORMATS = ("QRCode", "ITF", "Code128", "DataMatrix", "PDF417", "Aztec", "EAN13")
_FEWEST_CHARACTERS = 6
_MOST_SUSPECTS = 8
_RENDER_DPI = (200, 300)
_MARGIN = 8.0
"""Points of paper kept around a suspect: codes need a quiet zone."""
_MOST_PATHS = 4000
_FEWEST_DOTS, _FEWEST_BARS, _FEWEST_SEGMENTS = 80, 30, 300
_LARGEST_CODE = 420.0
"""Points: no code on an invoice is longer."""
_BAR_FONT_LENGTH = 30
_BAR_FONT_LETTERS = 8


@cache
def _zxing() -> Any:
    import zxingcpp  # native code of some MiB: loaded with the first suspect

    return zxingcpp


def codes_on(raster: Raster) -> tuple[Code, ...]:
    """Codes on a whole page image, from the top left."""
    return _sorted(_decode(raster.image, Box(0, 0, raster.width, raster.height)))


def codes_of_page(
    page: pdfium.PdfPage, sheet: Sheet, drawn: Drawn, words: Sequence[Word], seen: set[object]
) -> tuple[Code, ...]:
    """Codes on a born-digital page.

    Args:
        page: The page, open.
        sheet: How it is shown.
        drawn: Its images and paths.
        words: Its text: a bar-code font's letters are a suspect too.
        seen: Images looked at in vain, by size and place: a letterhead's logo is looked at once a document.
    """
    found: list[Code] = []
    for image in [image for image in drawn.images if _may_be_code(image.box, image.pixels)][:_MOST_SUSPECTS]:
        key = (image.pixels, tuple(round(v) for v in image.box))
        if key not in seen:
            codes = _in_region(page, sheet, image.box)
            found.extend(codes)
            if not codes:
                seen.add(key)
    regions = [word.box for word in words if is_bar_font(word.text)] + list(_swarms(drawn, sheet))
    for region in regions[:_MOST_SUSPECTS]:
        found.extend(_in_region(page, sheet, region))
    return _sorted(found)


def is_bar_font(text: str) -> bool:
    """Text that prints as bars: long, of very few letters (`NnWwNwNn...`)."""
    return len(text) >= _BAR_FONT_LENGTH and len(set(text)) <= _BAR_FONT_LETTERS and text.isalpha()


def _may_be_code(box: Box, pixels: tuple[int, int]) -> bool:
    longest, shortest = max(box.width, box.height), min(box.width, box.height)
    square = longest <= 1.15 * shortest and 25 <= shortest <= 250
    bars = longest >= 3.0 * shortest and longest >= 100 and shortest >= 12
    return min(pixels) >= 20 and max(pixels) <= 6000 and (square or bars)


def _in_region(page: pdfium.PdfPage, sheet: Sheet, region: Box) -> list[Code]:
    """Codes within a region, drawn anew, which takes a few milliseconds.

    Two resolutions are tried: the edges of bars fall on pixels differently.
    """
    x0, y0 = max(0.0, region.x0 - _MARGIN), max(0.0, region.y0 - _MARGIN)
    x1, y1 = min(sheet.width, region.x1 + _MARGIN), min(sheet.height, region.y1 + _MARGIN)
    if x1 - x0 < 2 * _MARGIN or y1 - y0 < _MARGIN:
        return []
    edges = (x0, sheet.height - y1, sheet.width - x1, y0)  # cut off from left, bottom, right, top
    for dpi in _RENDER_DPI:
        bitmap = page.render(scale=dpi / POINTS_PER_INCH, crop=edges, grayscale=True)
        found = _decode(bitmap.to_pil().convert("L"), Box(x0, y0, x1, y1))
        bitmap.close()
        if found:
            return found
    return []


def _decode(image: Image.Image, place: Box) -> list[Code]:
    """Codes in an image that shows `place` on the page."""
    zxing = _zxing()
    formats = [getattr(zxing.BarcodeFormat, name) for name in _FORMATS]
    # turned and inverted codes triple the cost; QR codes are found at any angle anyway
    results = zxing.read_barcodes(image, formats=formats, try_rotate=False, try_invert=False, try_downscale=False)
    scale_x, scale_y = place.width / image.width, place.height / image.height
    found = []
    for result in results:
        if result.valid and len(result.text) >= _FEWEST_CHARACTERS:
            corners = (
                result.position.top_left,
                result.position.top_right,
                result.position.bottom_left,
                result.position.bottom_right,
            )
            xs, ys = [place.x0 + c.x * scale_x for c in corners], [place.y0 + c.y * scale_y for c in corners]
            box = Box(round(min(xs), 2), round(min(ys), 2), round(max(xs), 2), round(max(ys), 2))
            found.append(Code(result.format.name, result.text, box))
    return found


def _swarms(drawn: Drawn, sheet: Sheet) -> Iterable[Box]:
    """Boxes around many little squares (a QR code in vectors), many thin bars, or one path that is a whole code."""
    handles = drawn.path_handles[:_MOST_PATHS]
    bounds = list(_bounds(handles, sheet))
    # modules of a QR code, alone or joined along a row; rules of tables are thinner or longer
    dots = [box for _, box in bounds if 0.8 <= min(box.width, box.height) <= 6 and max(box.width, box.height) <= 60]
    bars = [box for _, box in bounds if min(box.width, box.height) <= 4 and max(box.width, box.height) >= 15]
    for swarm, least in ((dots, _FEWEST_DOTS), (bars, _FEWEST_BARS)):
        whole = _around(swarm) if len(swarm) >= least else None
        if whole is not None and max(whole.width, whole.height) <= _LARGEST_CODE:
            yield whole
    for handle, box in bounds:
        if 25 <= min(box.width, box.height) <= 250 and native.path_segments(handle) >= _FEWEST_SEGMENTS:
            yield box


def _bounds(handles: Sequence[int], sheet: Sheet) -> Iterator[tuple[int, Box]]:
    """Each path with the box around it, those without one left out."""
    edges = np.zeros((len(handles), 4), np.float32)
    found, at = [], edges.ctypes.data
    for handle in handles:
        # left, bottom, right and top go where left, top, right and bottom are wanted
        if native.object_bounds(handle, at, at + 12, at + 8, at + 4):
            found.append(handle)
            at += 16
    for handle, place in zip(found, sheet.places(edges[: len(found)]).tolist(), strict=True):
        yield handle, Box._make(place)


def _around(boxes: Sequence[Box]) -> Box:
    """The box around the middle nine tenths of the boxes: a stray rule elsewhere does not stretch it."""
    cut = len(boxes) // 20
    x0, y0 = sorted(b.x0 for b in boxes)[cut], sorted(b.y0 for b in boxes)[cut]
    x1, y1 = sorted(b.x1 for b in boxes)[-1 - cut], sorted(b.y1 for b in boxes)[-1 - cut]
    return Box(x0, y0, x1, y1)


def _sorted(codes: Iterable[Code]) -> tuple[Code, ...]:
    """From the top left, each text once."""
    unique = {(code.format, code.text): code for code in sorted(codes, key=lambda c: (-c.box.y0, -c.box.x0))}
    return tuple(sorted(unique.values(), key=lambda c: (c.box.y0, c.box.x0, c.text)))

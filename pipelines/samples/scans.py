"""What becomes of a drawn bill on paper: scanned, photographed or faxed, with no text layer left."""

from __future__ import annotations

import io
from random import Random

import numpy as np
import pypdfium2
from PIL import Image, ImageFilter
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from pipelines.samples.sheet import bytes_in_streams

SCAN_DPI = 200
_GREY_WHITE = 255


def rasterise(pdf: bytes, dpi: int = SCAN_DPI) -> list[Image.Image]:
    """The pages in grey."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L") for page in document]


def scanned_pdf(pdf: bytes, rng: Random) -> bytes:
    """An office scanner's PDF: one grey JPEG a page at 200 dpi, slightly askew and noisy."""
    buffer = io.BytesIO()
    with bytes_in_streams():
        canvas = Canvas(buffer, invariant=1)
        for image in rasterise(pdf):
            worn = _worn(image, rng, degrees=rng.uniform(-0.6, 0.6), noise=7)
            points = (worn.width * 72 / SCAN_DPI, worn.height * 72 / SCAN_DPI)
            canvas.setPageSize(points)
            canvas.drawImage(ImageReader(io.BytesIO(_jpeg(worn, 70))), 0, 0, *points)
            canvas.showPage()
        canvas.save()
    return buffer.getvalue()


def photo(pdf: bytes, rng: Random) -> bytes:
    """A telephone's JPEG of the first page: lit from one side, in perspective, a little soft."""
    page = rasterise(pdf, 220)[0]
    desk = Image.new("L", (page.width + 160, page.height + 160), 96)
    desk.paste(page, (80, 80))
    wide, high, shift = desk.width, desk.height, 14
    corners = [(rng.uniform(0, shift), rng.uniform(0, shift)) for _ in range(4)]
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = corners
    quad = (ax, ay, bx, high - by, wide - cx, high - cy, wide - dx, dy)
    tilted = desk.transform(desk.size, Image.Transform.QUAD, quad, Image.Resampling.BILINEAR, fillcolor=96)
    soft = tilted.filter(ImageFilter.GaussianBlur(0.6))
    light = np.linspace(1.0, 0.8, wide, dtype=np.float32)[None, :]
    pixels = np.asarray(soft, dtype=np.float32) * light + _noise(rng, soft.size, 5)
    return _jpeg(Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)), 82)


def fax_tiff(pdf: bytes, rng: Random) -> bytes:
    """A multi-page TIFF, black and white, CCITT group 4, as document servers file faxes."""
    pages = [
        _worn(image, rng, degrees=0.2, noise=3).point(lambda v: 255 if v > 150 else 0, "1") for image in rasterise(pdf)
    ]
    buffer = io.BytesIO()
    pages[0].save(
        buffer, "TIFF", save_all=True, append_images=pages[1:], compression="group4", dpi=(SCAN_DPI, SCAN_DPI)
    )
    return buffer.getvalue()


def _worn(image: Image.Image, rng: Random, *, degrees: float, noise: float) -> Image.Image:
    turned = image.rotate(degrees, Image.Resampling.BILINEAR, fillcolor=_GREY_WHITE)
    pixels = np.asarray(turned, dtype=np.float32) * 0.93 + 8 + _noise(rng, turned.size, noise)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _noise(rng: Random, size: tuple[int, int], strength: float) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Normal noise of the given standard deviation, from a generator seeded by `rng`."""
    generator = np.random.default_rng(rng.randrange(2**32))
    return generator.standard_normal((size[1], size[0]), dtype=np.float32) * np.float32(strength)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, dpi=(SCAN_DPI, SCAN_DPI))
    return buffer.getvalue()

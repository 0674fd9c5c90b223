"""A picture, noise or a form without values is `other`, with nothing invented: read and parsed as they come."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pipelines.invoices import DocumentType, Status
from pipelines.parsing import parse_document
from pipelines.reading import ReadOptions, read_document
from tests.reading import papers

pytestmark = pytest.mark.skipif(bool(papers.needs("pol", "eng")), reason=papers.needs("pol", "eng") or "-")


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", dpi=(150, 150))
    return out.getvalue()


def _cat() -> Image.Image:
    """Fur and whiskers: strokes and specks of every grey, two ears and two eyes."""
    rng = np.random.default_rng(3)
    image = Image.fromarray(rng.normal(150, 35, (820, 620)).clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    draw.polygon([(150, 250), (200, 80), (290, 210)], fill=90)
    draw.polygon([(330, 210), (420, 80), (470, 250)], fill=90)
    draw.ellipse((140, 180, 480, 560), fill=110, outline=30, width=4)
    for x in (240, 370):
        draw.ellipse((x - 30, 300, x + 30, 350), fill=230, outline=10, width=3)
        draw.line((x, 300, x, 350), fill=0, width=9)
    for y in (420, 440, 460):
        draw.line((310, y, 60, y - 40), fill=20, width=2)
        draw.line((310, y, 560, y - 40), fill=20, width=2)
    return image


def _stripes() -> Image.Image:
    """Rows of dark specks that sit where words would."""
    rng = np.random.default_rng(5)
    image = Image.new("L", (620, 820), 255)
    draw = ImageDraw.Draw(image)
    for y in range(60, 780, 28):
        x = 50
        while x < 540:
            width = int(rng.integers(6, 60))
            draw.rectangle((x, y, x + width, y + int(rng.integers(3, 14))), fill=int(rng.integers(0, 120)))
            x += width + int(rng.integers(4, 24))
    return image


@pytest.mark.parametrize("draw", [_cat, _stripes])
def test_a_picture_is_other_with_nothing_invented(draw: object) -> None:
    assert callable(draw)
    read = read_document(_png(draw()), "image/png", ReadOptions(isolate=False))
    [invoice] = parse_document(read)
    assert (invoice.document_type, invoice.status) == (DocumentType.OTHER, Status.NEEDS_REVIEW)
    given = invoice.model_dump(exclude_none=True, exclude_defaults=True)
    assert set(given) <= {"status", "review_reasons", "document_type", "kind", "language"}
    assert invoice.kind == "other"

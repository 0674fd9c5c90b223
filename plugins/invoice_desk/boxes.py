"""A page image with the boxes of the fields that stand on it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.queries import DocumentView
    from pipelines.steps import Lake

_COLOURS = {"proven": (22, 134, 84), "failed": (198, 40, 40), "open": (214, 140, 16)}


def with_boxes(lake: Lake, view: DocumentView, number: int, image: bytes) -> bytes:
    """The PNG with a frame round each field's evidence on page `number`: green proven, red failed, amber open."""
    from PIL import Image, ImageDraw

    from pipelines.queries import review_invoices

    invoices, pages = review_invoices(lake, view)
    size = next((page for page in pages if page.number == number), None)
    if size is None:
        return image
    drawn = Image.open(io.BytesIO(image)).convert("RGB")
    pen, scale = ImageDraw.Draw(drawn), drawn.width / size.width
    for invoice in invoices:
        for field in invoice.fields:
            found = field.evidence
            if found is not None and found.page == number and found.box is not None:
                x0, y0, x1, y1 = (side * scale for side in found.box)
                pen.rectangle((x0 - 2, y0 - 2, x1 + 2, y1 + 2), outline=_COLOURS[field.state], width=2)
    out = io.BytesIO()
    drawn.quantize(128).save(out, "PNG")
    return out.getvalue()

"""PDF files opened through PDFium, one page at a time, with its failures turned into ours.

PDFium is not thread safe and may crash on hostile input: this module runs in the reading child.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw
from numpy.typing import ArrayLike, NDArray

from pipelines.errors import DamagedDocument, DocumentTooLarge, EmptyDocument, EncryptedDocument, LakeError
from pipelines.pages import Box
from pipelines.reading.formfields import prepare_forms
from pipelines.reading.options import Limits

_TRUNCATED = "Ask for the file again: it was cut short or damaged on its way."
_NO_PAGES = re.compile(rb"/Type\s*/Pages\b[^>]*/Count\s+0\b|/Count\s+0\b[^>]*/Type\s*/Pages\b")
_MOST_POINTS = 14_400.0
"""PDF 1.7, annex C: the greatest page side of PDF, 200 inches."""


@contextmanager
def open_pdf(data: bytes, limits: Limits) -> Iterator[pdfium.PdfDocument]:
    """The document, closed at the end of the block.

    Raises:
        EncryptedDocument, DamagedDocument, EmptyDocument, DocumentTooLarge.
    """
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        raise _why(error, data) from error
    try:
        count = len(document)
        if count == 0:
            raise EmptyDocument("the PDF holds no page", remedy=_TRUNCATED)
        if count > limits.max_pages:
            raise DocumentTooLarge(
                f"the PDF has {count:,} pages, more than the limit of {limits.max_pages:,}",
                remedy="Split it, or raise the page limit in the settings.",
            )
        prepare_forms(document)
        yield document
    finally:
        document.close()


def _why(error: pdfium.PdfiumError, data: bytes) -> LakeError:
    # PDFium also tells of a password where a catalog without pages fails
    if error.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY) and b"/Encrypt" in data:
        return EncryptedDocument(
            "the PDF is protected by a password", remedy="Save it without a password and drop it again."
        )
    if _NO_PAGES.search(data):
        return EmptyDocument("the PDF holds no page", remedy=_TRUNCATED)
    cause = "the PDF is truncated: its end is missing" if b"%%EOF" not in data[-2048:] else "the PDF is damaged"
    return DamagedDocument(cause, remedy=_TRUNCATED)


@dataclass(frozen=True, slots=True)
class Sheet:
    """How a page is shown: its size in points, and the way from PDF space to points from its top left."""

    width: float
    height: float
    left: float
    bottom: float
    right: float
    top: float
    rotation: int

    @classmethod
    def of(cls, page: pdfium.PdfPage) -> Sheet:
        """Raises DamagedDocument for a page without area, DocumentTooLarge for one beyond PDF's own limit."""
        left, bottom, right, top = page.get_bbox()
        width, height = page.get_size()
        if not (width > 0 and height > 0):
            raise DamagedDocument("the page has no area", remedy=_TRUNCATED)
        if max(width, height) > _MOST_POINTS + 1:
            raise DocumentTooLarge(
                f"the page measures {width:.0f} x {height:.0f} points, beyond the format's own limit of 14,400"
            )
        return cls(width, height, left, bottom, right, top, page.get_rotation() % 360)

    def places(self, edges: ArrayLike) -> NDArray[np.float64]:
        """Left, top, right, bottom of rectangles in PDF space (n, 4), as x0, y0, x1, y1 of the page as shown.

        To 1/100 point.
        """
        left, top, right, bottom = np.asarray(edges, dtype=np.float64).T
        if self.rotation == 0:
            sides = (left - self.left, self.top - top, right - self.left, self.top - bottom)
        elif self.rotation == 90:
            sides = (bottom - self.bottom, left - self.left, top - self.bottom, right - self.left)
        elif self.rotation == 180:
            sides = (self.right - right, bottom - self.bottom, self.right - left, top - self.bottom)
        else:
            sides = (self.top - top, self.right - right, self.top - bottom, self.right - left)
        return np.round(np.stack(sides, axis=1), 2)

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        """One rectangle of PDF space as shown."""
        return Box(*self.places([(left, top, right, bottom)])[0].tolist())

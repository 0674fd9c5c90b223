"""A cheap look at a document before it is admitted: how many pages it has, and how many hold text."""

from __future__ import annotations

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from pipelines.reading.outcome import Inspection
from pipelines.reading.trust import FEWEST_CHARACTERS

_LOOKED_AT = 20
"""Pages that are opened; a longer document's share of pages with text is taken from an even sample."""


def inspect_pdf(document: pdfium.PdfDocument) -> Inspection:
    """No page is drawn."""
    count = len(document)
    sample = range(0, count, max(1, count // _LOOKED_AT))
    with_text = sum(_has_text(document, index) for index in sample)
    return Inspection(count, round(with_text * count / len(sample)))


def _has_text(document: pdfium.PdfDocument, index: int) -> bool:
    try:
        page = document[index]
        textpage = page.get_textpage()
    except pdfium.PdfiumError:
        return False  # reading will say what is wrong with this page
    try:
        return int(raw.FPDFText_CountChars(textpage.raw)) >= FEWEST_CHARACTERS
    finally:
        textpage.close()
        page.close()

"""What a PDF page shows beside its content: filled form fields, typed notes, stamps.

They lie upon the page as annotations, and a text layer says nothing of them. They are drawn into the page in
memory, hidden ones left out, and are from then on text as any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pypdfium2 as pdfium
import pypdfium2.raw as raw

_SHOWN = frozenset((raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_STAMP))
_MOST_LOOKED_AT = 1_000


def prepare_forms(document: pdfium.PdfDocument) -> None:
    """Lets PDFium know the document's form, so that values without a drawing of their own get one.

    Before any page is loaded.
    """
    if document.get_formtype() != raw.FORMTYPE_NONE:
        document.init_forms()


@contextmanager
def loaded_page(document: pdfium.PdfDocument, number: int) -> Iterator[pdfium.PdfPage]:
    """Page `number` (from 1) with all that it shows, closed at the end of the block.

    Raises:
        pypdfium2.PdfiumError: PDFium cannot load it.
    """
    page = document[number - 1]
    try:
        if _has_shown(page) and raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY) == raw.FLATTEN_SUCCESS:
            page.close()
            page = document[number - 1]  # what was drawn in is only seen by those who load it anew
        yield page
    finally:
        page.close()


def _has_shown(page: pdfium.PdfPage) -> bool:
    """Whether a field, note or stamp lies on the page; links, which most pages have, are none."""
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), _MOST_LOOKED_AT)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if annotation:
            subtype = raw.FPDFAnnot_GetSubtype(annotation)
            raw.FPDFPage_CloseAnnot(annotation)
            if subtype in _SHOWN:
                return True
    return False

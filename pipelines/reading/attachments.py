"""E-invoice XML embedded in a PDF (Factur-X, ZUGFeRD, XRechnung, KSeF): the exact witness beside the page."""

from __future__ import annotations

import pypdfium2 as pdfium

from pipelines.errors import UnsupportedDocument
from pipelines.pages import Attachment
from pipelines.reading.sniff import SNIFF_BYTES, sniff_media_type

MAX_ATTACHMENT_BYTES = 20 * 1024 * 1024
_MAX_ATTACHMENTS = 50
_MARKS = (
    b"CrossIndustryInvoice",
    b"CrossIndustryDocument",
    b"CrossIndustryOrder",
    b"<Invoice",
    b":Invoice",
    b"CreditNote",
    b"Faktura",
    b"nfeProc",
    b"NF3e",
    b"infNF",
)
"""Root elements or words that stand near the start of every e-invoice format that parsing knows."""


def embedded_invoices(document: pdfium.PdfDocument) -> tuple[Attachment, ...]:
    """Attached files that look like e-invoice XML, in the file's order; others stay behind."""
    found = []
    for index in range(min(document.count_attachments(), _MAX_ATTACHMENTS)):
        try:
            attachment = document.get_attachment(index)
            name, data = attachment.get_name(), bytes(attachment.get_data())
        except pdfium.PdfiumError:
            continue  # an attachment without content, or one whose stream is broken: the page still stands
        if len(data) <= MAX_ATTACHMENT_BYTES and looks_like_e_invoice(data):
            found.append(Attachment(name, data))
    return tuple(found)


def looks_like_e_invoice(data: bytes) -> bool:
    try:
        is_xml = sniff_media_type(data[:SNIFF_BYTES], "") == "application/xml" if data else False
    except UnsupportedDocument:
        return False
    head = data[: 4 * SNIFF_BYTES].replace(b"\x00", b"")
    return is_xml and any(mark in head for mark in _MARKS)

"""Explaining a file: why its record says what it says, as an HTML page or one picture."""

from __future__ import annotations

import base64
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pipelines.errors import LakeError
from pipelines.invoices import Invoice
from pipelines.pages import DocumentText
from pipelines.parsing import parse_document
from pipelines.parsing.explain import PAGE_WIDTH, explain_html, explain_png
from pipelines.reading import SNIFF_BYTES, ReadOptions, draw_page, sniff_media_type
from pipelines.steps.read import read_bytes

log = logging.getLogger(__name__)

_MOST_DRAWN: Final = 12
"""Pages drawn; beyond, a file would be too large to send around."""


def explain_file(path: Path, options: ReadOptions, *, picture: bool = False) -> bytes:
    """Why a file's record says what it says: an HTML page, or one PNG. Raises what reading raises.

    Args:
        path: The document.
        options: How to read it.
        picture: Give a PNG.
    """
    data = path.read_bytes()
    read = read_bytes(data, path.name, options)
    invoices = parse_document(read)
    images = _page_images(data, path.name, read, invoices, options)
    if picture:
        return explain_png(read, invoices, title=path.name, images=images)
    uris = {number: f"data:image/png;base64,{base64.b64encode(png).decode()}" for number, png in images.items()}
    return explain_html(read, invoices, title=path.name, images=uris).encode()


def _page_images(
    data: bytes, name: str, read: DocumentText, invoices: Sequence[Invoice], options: ReadOptions
) -> dict[int, bytes]:
    """The pages that hold a value, as people see them; a page that cannot be drawn is left to its words."""
    media_type = sniff_media_type(data[:SNIFF_BYTES], name)
    spoken = {said.page for invoice in invoices for said in invoice.evidence.values()} or {1}
    wanted = [page.number for page in read.pages if page.number in spoken][:_MOST_DRAWN]
    images = {}
    for number in wanted:
        try:
            images[number] = draw_page(data, media_type, number, PAGE_WIDTH, options)
        except LakeError as error:
            log.info("page not drawn: file=%s page=%s cause=%s", name, number, error.cause)
    return images

"""Asking a language model about what the rules left open, where one is set. Off unless `LAKE_LLM_BASE_URL` is."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from pipelines.documents import DocumentId, DocumentRecord
from pipelines.invoices import DocumentType, Invoice, SecondReading, Status
from pipelines.lake import Lake
from pipelines.pages import Box, DocumentText, Page
from pipelines.parsing import Proposal
from pipelines.reading import draw_page
from pipelines.second_reader.prompts import OPEN_KIND
from pipelines.second_reader.reader import SecondReader, open_reader
from pipelines.second_reader.redaction import Place
from pipelines.steps.read import read_options

_IMAGE_WIDTH = 1000
_ADDRESS_ABOVE, _ADDRESS_BELOW = 40.0, 90.0
"""Points around a buyer's name within which words of the address are looked for."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A second reader over one lake."""

    lake: Lake
    reader: SecondReader

    def about(
        self, document: DocumentId, read: DocumentText, invoices: Sequence[Invoice]
    ) -> tuple[tuple[Proposal, ...], SecondReading] | None:
        """What the model proposes; None where there is nothing to ask. Raises StorageUnavailable."""
        if not leaves_open(invoices):
            return None
        (invoice,) = invoices
        picture = _Pictures(self.lake, document) if self.lake.settings.llm_images else None
        personal = personal_places(invoice, read.pages)
        values, how = self.reader.read(document, read.pages, prompt_kind(invoice), personal, picture)
        return tuple(Proposal(v.field, v.text, v.page, how.model) for v in values), how


def open_asking(lake: Lake, *, ask: bool = True) -> Asking | None:
    """The second reader of the settings, None where none is set; without `ask` it only knows kept answers."""
    reader = open_reader(lake, ask=ask)
    return Asking(lake, reader) if reader is not None else None


def leaves_open(invoices: Sequence[Invoice]) -> bool:
    """Whether a second look may help: one invoice that waits for a person, or whose kind the rules cannot tell.

    It must be read off pages: what XML says, nobody reads better.
    Of several invoices in one file nobody could tell which one an answer is about.
    """
    if len(invoices) != 1 or (invoices[0].status is not Status.NEEDS_REVIEW and invoices[0].kind is not None):
        return False
    invoice = invoices[0]
    # the kind of an e-invoice may be told by the page that came with it
    values = {name: found for name, found in invoice.evidence.items() if name != "kind"}
    on_pages = not values or any(found.page is not None for found in values.values())
    return on_pages and invoice.document_type is not DocumentType.OTHER


def prompt_kind(invoice: Invoice) -> str:
    """Which prompt fits the document."""
    return invoice.kind or OPEN_KIND


def personal_places(invoice: Invoice, pages: Sequence[Page]) -> tuple[Place, ...]:
    """Where the buyer's name and the words of the buyer's address stand."""
    return tuple(_places(invoice, {page.number: page for page in pages}))


def _places(invoice: Invoice, pages: dict[int, Page]) -> Iterator[Place]:
    found = invoice.evidence.get("buyer.name")
    if found is None or found.page is None or found.box is None:
        return
    box = Box(*found.box)
    yield Place(found.page, box)
    words = {word.strip(",.;") for word in (invoice.buyer.address or "").split()}
    for word in pages[found.page].words if found.page in pages else ():
        near = box.y0 - _ADDRESS_ABOVE <= word.box.y0 <= box.y1 + _ADDRESS_BELOW and word.box.x1 >= box.x0 - 5
        if near and word.text.strip(",.;") in words:
            yield Place(found.page, word.box)


class _Pictures:
    """Draws pages of one document; its bytes are fetched when the first page is drawn."""

    def __init__(self, lake: Lake, document: DocumentId) -> None:
        self._lake, self._document = lake, document
        self._bytes: tuple[DocumentRecord, bytes] | None = None

    def __call__(self, page: Page, black: Sequence[Box]) -> bytes:
        if self._bytes is None:
            record = self._lake.record(self._document)
            self._bytes = record, self._lake.raw(record)
        record, data = self._bytes
        options = read_options(self._lake.settings)
        return black_out(draw_page(data, record.media_type, page.number, _IMAGE_WIDTH, options, page), page, black)


def black_out(png: bytes, page: Page, boxes: Sequence[Box]) -> bytes:
    """The picture of a page with boxes (in points) painted over."""
    with Image.open(io.BytesIO(png)) as image:
        painted = image.convert("RGB")
    scale = painted.width / page.width
    pen = ImageDraw.Draw(painted)
    for box in boxes:
        pen.rectangle([v * scale for v in (box.x0 - 1, box.y0 - 1, box.x1 + 1, box.y1 + 1)], fill="black")
    out = io.BytesIO()
    painted.save(out, "PNG")
    return out.getvalue()

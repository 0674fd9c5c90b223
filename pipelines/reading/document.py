"""A whole document, opened once and read page by page: PDF, image or bare XML. Runs in the reading child."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Protocol

import pypdfium2 as pdfium
from PIL import Image

from pipelines.errors import ConfigurationError, DocumentTooLarge, PageUnreadable, Terminal, UnsupportedDocument
from pipelines.pages import Attachment, Box, Page, Word
from pipelines.reading.attachments import embedded_invoices
from pipelines.reading.codes import codes_on
from pipelines.reading.drawing import draw_frame, draw_pdf_page
from pipelines.reading.images import IMAGE_TYPES, count_frames, open_image, read_frame
from pipelines.reading.inspection import inspect_pdf
from pipelines.reading.ocrpage import OcrReader
from pipelines.reading.options import Limits, ReadOptions
from pipelines.reading.outcome import Inspection, failed_page
from pipelines.reading.pdf import open_pdf
from pipelines.reading.pdfpage import PdfPageReader
from pipelines.reading.raster import Raster

_FIRST_FRAMES = 3
"""Frames that are asked for the document's language."""


class Document(Protocol):
    """An open document. Page numbers are 1-based."""

    @property
    def page_count(self) -> int:
        """Pages or frames; 0 for XML."""

    def read_page(self, number: int) -> Page:
        """The page; one that cannot be read comes as `failed` with its error. Raises ConfigurationError."""

    def reread(self, page: Page, boxes: Sequence[Box]) -> list[tuple[Word, ...]]:
        """What stands within each box of a page that was read before, looked at alone."""

    def draw(self, number: int, width: int, turned: int = 0, skew: float = 0.0) -> bytes:
        """The page as a PNG for people, `width` pixels wide, turned as `Page` tells.

        Raises PageUnreadable where there is none such.
        """

    def attachments(self) -> tuple[Attachment, ...]:
        """E-invoice XML: embedded in a PDF, or the document itself."""

    def inspect(self) -> Inspection:
        """Pages, and pages with text, at a cheap look."""


@contextmanager
def open_document(
    data: bytes, media_type: str, options: ReadOptions, limits: Limits, alone: bool = False
) -> Iterator[Document]:
    """The document, closed at the end of the block.

    Args:
        data: Its bytes.
        media_type: Their type.
        options: How it is read.
        limits: What it may hold.
        alone: Whether each page is read without a look at the document's first pages, for their language.

    Raises:
        EncryptedDocument, DamagedDocument, EmptyDocument, DocumentTooLarge, UnsupportedDocument.
    """
    if len(data) > limits.max_bytes:
        raise DocumentTooLarge(
            f"the file has {len(data):,} bytes, more than the limit of {limits.max_bytes:,}",
            remedy="Split it, or raise the limit in the settings.",
        )
    if media_type == "application/pdf":
        with open_pdf(data, limits) as pdf:
            reader = OcrReader(options)
            with _language_kept(reader, data, alone):
                yield _Pdf(pdf, options, reader, alone)
    elif media_type in IMAGE_TYPES:
        with open_image(data, media_type, limits) as image:
            reader = OcrReader(options)
            with _language_kept(reader, data, alone):
                yield _ImageFile(image, options, limits, reader, alone)
    elif media_type == "application/xml":
        yield _Xml(data)
    else:
        raise UnsupportedDocument(f"{media_type} is not read here")


_MOST_KEPT = 16
_kept: dict[tuple[bytes, ReadOptions], tuple[str, bool]] = {}
"""Languages of the documents read last: a large one comes range by range, and is asked once."""


@contextmanager
def _language_kept(reader: OcrReader, data: bytes, alone: bool) -> Iterator[None]:
    key = (hashlib.sha256(data).digest(), reader.options)
    reader.language, reader.is_told = ("", True) if alone else _kept.get(key, ("", True))
    try:
        yield
    finally:
        if reader.language and not alone:
            _kept[key] = reader.language, reader.is_told
            while len(_kept) > _MOST_KEPT:
                del _kept[next(iter(_kept))]


class _Pdf:
    def __init__(self, pdf: pdfium.PdfDocument, options: ReadOptions, reader: OcrReader, alone: bool) -> None:
        self._pdf, self._reader = pdf, PdfPageReader(pdf, options, reader, alone=alone)

    @property
    def page_count(self) -> int:
        return len(self._pdf)

    def read_page(self, number: int) -> Page:
        try:
            return self._reader.read(number)
        except ConfigurationError:
            raise  # a missing language is the machine's fault, not the page's
        except Terminal as error:
            return failed_page(number, error)
        except MemoryError:
            return failed_page(number, DocumentTooLarge("the page needs more memory than the limit allows"))

    def reread(self, page: Page, boxes: Sequence[Box]) -> list[tuple[Word, ...]]:
        return self._reader.reread(page, boxes)

    def draw(self, number: int, width: int, turned: int = 0, skew: float = 0.0) -> bytes:
        return draw_pdf_page(self._pdf, number, width, turned, skew)

    def attachments(self) -> tuple[Attachment, ...]:
        return embedded_invoices(self._pdf)

    def inspect(self) -> Inspection:
        return inspect_pdf(self._pdf)


class _ImageFile:
    def __init__(
        self, image: Image.Image, options: ReadOptions, limits: Limits, reader: OcrReader, alone: bool
    ) -> None:
        self._image, self._options, self._limits = image, options, limits
        self._count, self._reader = count_frames(image), reader
        if self._count > 1 and not alone:
            reader.first_pages = self._first_frames

    def _first_frames(self) -> Iterator[Raster]:
        for index in range(min(_FIRST_FRAMES, self._count)):
            with suppress(Terminal):  # a broken frame says so when it is read
                yield read_frame(self._image, index, self._limits)

    @property
    def page_count(self) -> int:
        return self._count

    def read_page(self, number: int) -> Page:
        try:
            read = self._reader.read(read_frame(self._image, number - 1, self._limits))
        except ConfigurationError:
            raise
        except Terminal as error:
            if self._count == 1:
                raise  # the page is the document
            return failed_page(number, error)
        codes = codes_on(read.raster) if self._options.codes else ()
        return replace(read.as_page(number), codes=codes)

    def reread(self, page: Page, boxes: Sequence[Box]) -> list[tuple[Word, ...]]:
        return self._reader.reread(read_frame(self._image, page.number - 1, self._limits), page, boxes)

    def draw(self, number: int, width: int, turned: int = 0, skew: float = 0.0) -> bytes:
        return draw_frame(self._image, number, width, self._limits, turned, skew)

    def attachments(self) -> tuple[Attachment, ...]:
        return ()

    def inspect(self) -> Inspection:
        return Inspection(self._count, 0)


class _Xml:
    page_count = 0

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read_page(self, number: int) -> Page:
        raise UnsupportedDocument(f"an XML document has no page {number}")

    def reread(self, page: Page, boxes: Sequence[Box]) -> list[tuple[Word, ...]]:
        raise UnsupportedDocument(f"an XML document has no page {page.number} with {len(boxes)} boxes")

    def draw(self, number: int, width: int, turned: int = 0, skew: float = 0.0) -> bytes:  # noqa: ARG002
        raise PageUnreadable(f"an XML document has no page to draw {width} pixels wide", page=number)

    def attachments(self) -> tuple[Attachment, ...]:
        return (Attachment("document.xml", self._data),)

    def inspect(self) -> Inspection:
        return Inspection(0, 0)

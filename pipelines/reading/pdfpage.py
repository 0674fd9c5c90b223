"""One page of a PDF: its text layer where that can be trusted, OCR where not, both where both have a part."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain

import pypdfium2 as pdfium

from pipelines.errors import DocumentTooLarge, PageUnreadable, Terminal
from pipelines.pages import Box, Page, PageSource, Word
from pipelines.reading.codes import codes_of_page, codes_on, is_bar_font
from pipelines.reading.embedded import page_image
from pipelines.reading.formfields import loaded_page
from pipelines.reading.mixed import LEAST_SHARE, merged, words_in_images
from pipelines.reading.objects import Drawn, look_at_objects
from pipelines.reading.ocr.language import guess_language
from pipelines.reading.ocrpage import OcrReader
from pipelines.reading.options import ReadOptions
from pipelines.reading.pdf import Sheet
from pipelines.reading.raster import POINTS_PER_INCH, SHEET_PIXELS, Raster
from pipelines.reading.textlayer import TextLayer, read_text_layer
from pipelines.reading.trust import FEWEST_CHARACTERS, distrust

TEXT_ENGINE = f"pypdfium2 {pdfium.PYPDFIUM_INFO}"
_LEAST_RENDER_DPI = 60
_VECTOR_DPI = 200
"""Resolution for pages without an image to take it from."""
_LEAST_SCAN_SHARE = 0.2
_FIRST_PAGES = 3
"""Pages that are asked for the document's language."""


@dataclass(slots=True)
class PdfPageReader:
    """Reads the pages of one PDF."""

    document: pdfium.PdfDocument
    options: ReadOptions
    ocr: OcrReader
    seen: set[object] = field(default_factory=set)
    """Images of this document that hold no code."""
    alone: bool = False
    """Whether no other page may be touched for a page's sake: one of them killed its reader."""

    def read(self, number: int) -> Page:
        """Page `number`, from 1.

        Raises:
            PageUnreadable: PDFium cannot load or draw it.
            DocumentTooLarge: It is larger than PDF allows, or than can be drawn within `max_pixels`.
        """
        try:
            with loaded_page(self.document, number) as page:
                return self._read(page, number)
        except pdfium.PdfiumError as error:
            raise PageUnreadable(f"the page cannot be read: {error}", page=number) from error

    def reread(self, read: Page, boxes: Sequence[Box]) -> list[tuple[Word, ...]]:
        """What stands within boxes of a page that was read before. Raises PageUnreadable, DocumentTooLarge."""
        try:
            with loaded_page(self.document, read.number) as page:
                sheet = Sheet.of(page)
                layer, drawn = read_text_layer(page, sheet), look_at_objects(page, sheet)
                return self.ocr.reread(self._raster(page, sheet, layer, drawn), read, boxes)
        except pdfium.PdfiumError as error:
            raise PageUnreadable(f"the page cannot be read: {error}", page=read.number) from error

    def _read(self, page: pdfium.PdfPage, number: int) -> Page:
        sheet = Sheet.of(page)
        layer, drawn = read_text_layer(page, sheet), look_at_objects(page, sheet)
        if distrust(layer, drawn.image_share) and not _is_bare(layer, drawn):
            return self._by_ocr(page, number, sheet, layer, drawn)
        return self._by_text(page, number, sheet, layer, drawn)

    def _by_text(self, page: pdfium.PdfPage, number: int, sheet: Sheet, layer: TextLayer, drawn: Drawn) -> Page:
        words, source, engine, language = layer.words, _source_of(layer.words, "text"), TEXT_ENGINE, ""
        if drawn.image_share >= LEAST_SHARE:
            if not (self.ocr.language or self.ocr.first_pages):
                self._ask_first_pages(number)
            seen = words_in_images(sheet, drawn, self.ocr, self.options.max_pixels)
            if seen:
                words, with_layer = merged(layer.words, seen)
                source = "mixed" if with_layer else "ocr"
                engine = f"{TEXT_ENGINE}+{self.ocr.engine.name}" if with_layer else self.ocr.engine.name
                language = self.ocr.language
        codes = codes_of_page(page, sheet, drawn, words, self.seen) if self.options.codes else ()
        if codes:
            words = tuple(word for word in words if not is_bar_font(word.text))
        return Page(number, *_rounded(sheet), source, words, codes, engine, language)

    def _by_ocr(self, page: pdfium.PdfPage, number: int, sheet: Sheet, layer: TextLayer, drawn: Drawn) -> Page:
        raster = self._raster(page, sheet, layer, drawn)
        if raster.image.getextrema() == (255, 255):
            return Page(number, *_rounded(sheet), "empty", engine=TEXT_ENGINE)
        if not (self.ocr.language or self.ocr.first_pages):
            self._ask_first_pages(number, raster)
        read = self.ocr.read(raster)
        codes = codes_on(read.raster) if self.options.codes else ()
        return replace(read.as_page(number), codes=codes)

    def _ask_first_pages(self, number: int, raster: Raster | None = None) -> None:
        """The document's language: from its first text layers, which are free, or else from a look at its first pages.

        The first pages are the same from whichever page reading starts.
        """
        firsts = [number] if self.alone else range(1, min(_FIRST_PAGES, len(self.document)) + 1)
        layers = chain.from_iterable(map(self._layer_texts, firsts))
        self.ocr.language = guess_language(layers, self.ocr.candidates()) or ""

        def rasters() -> Iterator[Raster]:
            for first in firsts:
                found = raster if first == number and raster else self._raster_of(first)
                if found is not None:
                    yield found

        self.ocr.first_pages = rasters

    def _layer_texts(self, number: int) -> list[str]:
        """Words of another page's text layer, if it can be trusted; a page with a fault of its own says nothing."""
        with suppress(pdfium.PdfiumError, Terminal), loaded_page(self.document, number) as page:
            sheet = Sheet.of(page)
            layer, drawn = read_text_layer(page, sheet), look_at_objects(page, sheet)
            return [] if distrust(layer, drawn.image_share) else [word.text for word in layer.words]
        return []

    def _raster_of(self, number: int) -> Raster | None:
        with suppress(pdfium.PdfiumError, Terminal), loaded_page(self.document, number) as page:
            sheet = Sheet.of(page)
            return self._raster(page, sheet, read_text_layer(page, sheet), look_at_objects(page, sheet))
        return None

    def _raster(self, page: pdfium.PdfPage, sheet: Sheet, layer: TextLayer, drawn: Drawn) -> Raster:
        """The page's own image where it is one and nothing visible is drawn upon it; else the page, drawn."""
        own = None if layer.words else page_image(sheet, drawn, self.options.max_pixels)
        return own or render(page, sheet, _wanted_dpi(sheet, drawn, self.options), self.options.max_pixels)


def _source_of(words: tuple[Word, ...], source: PageSource) -> PageSource:
    return source if words else "empty"


def _rounded(sheet: Sheet) -> tuple[float, float]:
    return round(sheet.width, 2), round(sheet.height, 2)


def _is_bare(layer: TextLayer, drawn: Drawn) -> bool:
    """Nothing is on the page but a few sound characters, or nothing at all."""
    few = layer.characters < FEWEST_CHARACTERS and not layer.unmapped and not layer.invisible
    return few and not drawn.images and not drawn.paths


def _wanted_dpi(sheet: Sheet, drawn: Drawn, options: ReadOptions) -> float:
    """The resolution of the page's largest image, never more than OCR can use.

    A small sheet may be a large one whose image says a false resolution: of its pixels none are lost.
    """
    largest = max(drawn.images, key=lambda image: image.share, default=None)
    if largest is None or largest.share < _LEAST_SCAN_SHARE:
        return min(_VECTOR_DPI, options.max_dpi)
    most = max(float(options.max_dpi), SHEET_PIXELS * POINTS_PER_INCH / max(sheet.width, sheet.height))
    return min(most, max(_LEAST_RENDER_DPI, largest.dpi))


def render(page: pdfium.PdfPage, sheet: Sheet, dpi: float, max_pixels: int) -> Raster:
    """The page in grey, as shown; fewer dots per inch where the page is huge.

    Raises:
        DocumentTooLarge: Within `max_pixels` its print would be too coarse to read.
    """
    fits = math.sqrt(max_pixels / (sheet.width * sheet.height)) * POINTS_PER_INCH
    used = min(dpi, fits)
    if used < min(dpi, _LEAST_RENDER_DPI):
        raise DocumentTooLarge(
            f"the page measures {sheet.width:.0f} x {sheet.height:.0f} points: too large to be drawn and read",
            remedy="Save it on a smaller sheet, such as A4.",
        )
    bitmap = page.render(scale=used / POINTS_PER_INCH, grayscale=True)
    try:
        return Raster(bitmap.to_pil().convert("L").copy(), used, sheet.width, sheet.height)
    finally:
        bitmap.close()

"""Reading: the bytes of a document become pages of words with their places.

What belongs here: finding out what a file is, its text layer, page images, OCR, bar codes, embedded
e-invoice XML, and the child process that keeps native code at arm's length. What does not: any notion of
what the words mean (parsing), and storage.

This package's door imports no native code: that happens in the child, which `isolate` keeps warm.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pipelines.pages import Attachment, Box, DocumentText, Page, Word
from pipelines.reading.buffer import read_side_by_side
from pipelines.reading.isolate import close_children, start_child
from pipelines.reading.options import LANGUAGES, Limits, ReadOptions
from pipelines.reading.outcome import Inspection
from pipelines.reading.sniff import SNIFF_BYTES, sniff_media_type
from pipelines.reading.supervise import Part, Spent, draw_isolated, inspect_isolated, read_parts, reread_isolated

__all__ = [
    "LANGUAGES",
    "READING_VERSION",
    "SNIFF_BYTES",
    "Inspection",
    "Limits",
    "ReadOptions",
    "close_children",
    "draw_page",
    "inspect_document",
    "read_document",
    "read_pages",
    "read_range",
    "read_side_by_side",
    "reread",
    "sniff_media_type",
    "start_child",
]

READING_VERSION = "4"
"""Raised with every change that makes other words of the same bytes; `stale` replays compare it."""

_DEFAULTS = ReadOptions()
_LIMITS = Limits()


def read_document(data: bytes, media_type: str, options: ReadOptions = _DEFAULTS) -> DocumentText:
    """Every page of a document, and the e-invoice XML that it carries.

    A page that cannot be read, or that kills or outlasts its reader, comes as `failed` with the reason in
    its `error`; the others stand. The same bytes and options give the same result.

    Raises:
        EmptyDocument, DamagedDocument, EncryptedDocument, DocumentTooLarge, UnsupportedDocument: What is
            wrong with the document as a whole.
        ConfigurationError: Language data or an engine is missing.
        ReaderCrashed: The system could not start a reading child.
    """
    return _whole(read_parts(data, media_type, options, 1, None, attachments=True))


def _whole(parts: Iterable[Part]) -> DocumentText:
    pages, attachments, seconds = [], [], 0.0
    for part in parts:
        match part:
            case Page():
                pages.append(part)
            case Attachment():
                attachments.append(part)
            case Spent():
                seconds += part.cpu_seconds
    return DocumentText(tuple(pages), tuple(attachments), seconds)


def read_pages(
    data: bytes, media_type: str, first: int = 1, last: int | None = None, options: ReadOptions = _DEFAULTS
) -> Iterator[Page]:
    """Pages `first` to `last` (1-based, inclusive; None: to the end), one by one as they are read.

    Reading goes on only as pages are taken, a pipe's worth ahead: memory does not grow with the document.
    Raises as `read_document` does, when the first page is asked for.
    """
    for part in read_parts(data, media_type, options, first, last, attachments=False):
        if isinstance(part, Page):
            yield part


def read_range(data: bytes, media_type: str, first: int, last: int, options: ReadOptions = _DEFAULTS) -> DocumentText:
    """Pages `first` to `last` (1-based, inclusive), and the document's attachments with the range that starts at 1.

    Ranges of a document joined in order are what `read_document` gives. Raises as it does.
    """
    return _whole(read_parts(data, media_type, options, first, last, attachments=first == 1))


def reread(
    data: bytes, media_type: str, page: Page, boxes: Sequence[Box], options: ReadOptions = _DEFAULTS
) -> list[tuple[Word, ...]]:
    """A second look at places of a page: each box read alone, as one line.

    Two segmentations rarely err alike: a number that both looks agree on is right far more often.

    Args:
        data: The document.
        media_type: Its type.
        page: The page as it was read before.
        boxes: Places in points of that page.
        options: As it was read with.

    Returns:
        For each box one word holding all of its text without spaces, or nothing where nothing was read.
    """
    return reread_isolated(data, media_type, page, boxes, options)


def draw_page(
    data: bytes, media_type: str, number: int, width: int, options: ReadOptions = _DEFAULTS, read: Page | None = None
) -> bytes:
    """One page (1-based) as a PNG for people, `width` pixels wide, in colour.

    Where `read`, the page as it was read, says that it was turned or set level, the picture is too: the page's
    boxes lie on its print.

    Raises:
        PageUnreadable: There is no such page, or it cannot be drawn within the limits.
        EncryptedDocument, DamagedDocument, EmptyDocument, DocumentTooLarge, UnsupportedDocument, ReaderCrashed.
    """
    return draw_isolated(data, media_type, number, width, options, read)


def inspect_document(
    data: bytes, media_type: str, limits: Limits = _LIMITS, options: ReadOptions = _DEFAULTS
) -> Inspection:
    """How many pages a document has, and how many seem to hold text. Cheap: no page is drawn.

    Raises:
        EmptyDocument, DamagedDocument, EncryptedDocument, DocumentTooLarge, UnsupportedDocument,
        ReaderCrashed.
    """
    return inspect_isolated(data, media_type, limits, options)

"""What reading gives and parsing takes: pages of words with their places.

Coordinates are points (1/72 inch) of the page as it is shown (rotation applied), origin top left, x to
the right, y down. Words stand in reading order: rows from the top, left to right within a row.
"""

from __future__ import annotations

import base64
import gzip
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Self

from pipelines.documents import MadeBy
from pipelines.errors import InvalidRecord

Source = Literal["text", "ocr"]
PageSource = Literal["text", "ocr", "mixed", "empty", "failed"]


class Box(NamedTuple):
    """A rectangle in points from the page's top left corner: x0 <= x1, y0 <= y1."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def middle(self) -> float:
        """The y of its horizontal middle line."""
        return (self.y0 + self.y1) / 2

    def union(self, other: Box) -> Box:
        return Box(min(self.x0, other.x0), min(self.y0, other.y0), max(self.x1, other.x1), max(self.y1, other.y1))


class Word(NamedTuple):
    """A run of characters without white space.

    `confidence` is 0..1: 1 for a trusted text layer, the engine's own figure (scaled) for OCR.
    """

    text: str
    box: Box
    confidence: float = 1.0
    source: Source = "text"


class Code(NamedTuple):
    """A decoded QR or bar code. `format` is the symbology's name, such as `QRCode` or `ITF`."""

    format: str
    text: str
    box: Box


class Attachment(NamedTuple):
    """A file embedded in the document (e-invoice XML), or a bare XML document itself."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `error` says why a page has no words where its `source` is `failed`."""

    number: int
    width: float
    height: float
    source: PageSource
    words: tuple[Word, ...] = ()
    codes: tuple[Code, ...] = ()
    engine: str = ""
    """Which engine read it: `pypdfium2`, `tesserocr 5.x`, ... ; both, joined by `+`, on mixed pages."""
    language: str = ""
    """Tesseract language codes the page was read with; empty for text layers."""
    error: str = ""

    @property
    def confidence(self) -> float:
        """Mean word confidence, 0..1; 1 where there is no word."""
        return sum(w.confidence for w in self.words) / len(self.words) if self.words else 1.0

    def rows(self) -> Iterator[tuple[Word, ...]]:
        """Words by printed row, top to bottom: runs whose middle lies within the row's first word."""
        row: list[Word] = []
        for word in self.words:
            if row and not (row[0].box.y0 <= word.box.middle <= row[0].box.y1):
                yield tuple(row)
                row = []
            row.append(word)
        if row:
            yield tuple(row)

    def text(self) -> str:
        """Words joined by spaces, rows by newlines; wide gaps within a row become three spaces."""
        lines = []
        for row in self.rows():
            line = row[0].text
            for before, word in itertools.pairwise(row):
                wide = word.box.x0 - before.box.x1 > 1.5 * max(before.box.height, 1.0)
                line += ("   " if wide else " ") + word.text
            lines.append(line)
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class DocumentText:
    """All that was read of a document."""

    pages: tuple[Page, ...]
    attachments: tuple[Attachment, ...] = ()

    def text(self) -> str:
        """Pages parted by form feeds."""
        return "\f".join(page.text() for page in self.pages)


@dataclass(frozen=True, slots=True)
class PagesFile:
    """`01_bronze/ocr_faktury/<id>.pages.json.gz`: the same document gives the same bytes."""

    document: str
    made_by: MadeBy
    read: DocumentText

    def to_bytes(self) -> bytes:
        body = {
            "document": self.document,
            "made_by": self.made_by.model_dump(),
            "pages": [_page_to_json(page) for page in self.read.pages],
            "attachments": [{"name": a.name, "data": base64.b64encode(a.data).decode()} for a in self.read.attachments],
        }
        # mtime 0 keeps the bytes a function of the content
        return gzip.compress(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), mtime=0)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Raises InvalidRecord for anything that `to_bytes` did not make."""
        try:
            body = json.loads(gzip.decompress(data))
            return cls(
                body["document"],
                MadeBy.model_validate(body["made_by"]),
                DocumentText(
                    tuple(_page_from_json(page) for page in body["pages"]),
                    tuple(Attachment(a["name"], base64.b64decode(a["data"])) for a in body["attachments"]),
                ),
            )
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise InvalidRecord(
                f"no pages file: {error}", remedy="Read the document again: mode all, from ocr."
            ) from error


def _page_to_json(page: Page) -> dict[str, Any]:
    body: dict[str, Any] = {"number": page.number, "width": page.width, "height": page.height, "source": page.source}
    body["engine"], body["language"] = page.engine, page.language
    # arrays, not objects: a page holds hundreds of words
    body["words"] = [[w.text, *(round(v, 2) for v in w.box), round(w.confidence, 3), w.source[0]] for w in page.words]
    body["codes"] = [[c.format, c.text, *(round(v, 2) for v in c.box)] for c in page.codes]
    if page.error:
        body["error"] = page.error
    return body


def _page_from_json(body: dict[str, Any]) -> Page:
    sources: dict[str, Source] = {"t": "text", "o": "ocr"}
    return Page(
        body["number"],
        body["width"],
        body["height"],
        body["source"],
        tuple(Word(w[0], Box(*w[1:5]), w[5], sources[w[6]]) for w in body["words"]),
        tuple(Code(c[0], c[1], Box(*c[2:6])) for c in body["codes"]),
        body["engine"],
        body["language"],
        body.get("error", ""),
    )

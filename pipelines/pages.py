"""What reading gives and parsing takes: pages of words with their places.

Coordinates are points (1/72 inch) of the page as it is shown (rotation applied), origin top left, x to
the right, y down. Words stand in reading order: rows from the top, left to right within a row.
"""

from __future__ import annotations

import base64
import gzip
import itertools
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self

from pipelines.errors import InvalidRecord

if TYPE_CHECKING:
    from pipelines.documents import MadeBy

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
    turned: int = 0
    """By how many degrees clockwise (0, 90, 180, 270) the page was turned to be read."""
    skew: float = 0.0
    """By how many degrees counter-clockwise it was then turned about its middle, so that its rows run level.

    `width`, `height` and all boxes are of the page upright and level, as rows need them; `box_as_shown` tells
    where a box lies on the page as the document shows it.
    """

    @property
    def confidence(self) -> float:
        """Mean word confidence, 0..1; 1 where there is no word."""
        return sum(w.confidence for w in self.words) / len(self.words) if self.words else 1.0

    def box_as_shown(self, box: Box) -> Box:
        """The box around a box's place on the page as the document shows it: in points, from its top left."""
        if not (self.turned or self.skew):
            return box
        corners = [
            self._point_as_shown(x, y)
            for x, y in ((box.x0, box.y0), (box.x1, box.y0), (box.x0, box.y1), (box.x1, box.y1))
        ]
        xs, ys = zip(*corners, strict=True)
        return Box(round(min(xs), 2), round(min(ys), 2), round(max(xs), 2), round(max(ys), 2))

    def _point_as_shown(self, x: float, y: float) -> tuple[float, float]:
        # to turn back counter-clockwise is to turn clockwise; y runs down, so that is a positive angle
        sine, cosine = math.sin(math.radians(self.skew)), math.cos(math.radians(self.skew))
        across, down = x - self.width / 2, y - self.height / 2
        x = self.width / 2 + across * cosine - down * sine
        y = self.height / 2 + across * sine + down * cosine
        match self.turned:
            case 90:
                return y, self.width - x
            case 180:
                return self.width - x, self.height - y
            case 270:
                return self.height - y, x
            case _:
                return x, y

    def rows(self) -> Iterator[tuple[Word, ...]]:
        """Words by printed row, top to bottom: runs whose middle lies within the row's first word."""
        row: list[Word] = []
        top = bottom = 0.0
        for word in self.words:
            _, y0, _, y1 = word.box
            if not row:
                top, bottom = y0, y1
            elif not top <= (y0 + y1) / 2 <= bottom:
                yield tuple(row)
                row, top, bottom = [], y0, y1
            row.append(word)
        if row:
            yield tuple(row)

    def text(self) -> str:
        """Words joined by spaces, rows by newlines; wide gaps within a row become three spaces."""
        lines = []
        for row in self.rows():
            text, (_, top, right, bottom), _, _ = row[0]
            parts = [text]
            for text, (x0, y0, x1, y1), _, _ in itertools.islice(row, 1, None):
                wide = x0 - right > 1.5 * max(bottom - top, 1.0)
                parts += ("   " if wide else " ", text)
                top, right, bottom = y0, x1, y1
            lines.append("".join(parts))
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class DocumentText:
    """All that was read of a document."""

    pages: tuple[Page, ...]
    attachments: tuple[Attachment, ...] = ()
    cpu_seconds: float = field(default=0.0, compare=False)
    """CPU time that the reading children took: of this reading, not of what was read."""

    def text(self) -> str:
        """Pages parted by form feeds."""
        return "\f".join(page.text() for page in self.pages)


@dataclass(frozen=True, slots=True)
class PagesFile:
    """`01_bronze/ocr_faktury/<id>.pages.json.gz`: the same document gives the same bytes.

    The CPU time of a reading is left out for that; page ranges, which wait to be joined, keep it.
    """

    document: str
    made_by: MadeBy
    read: DocumentText

    def to_bytes(self, *, with_cost: bool = False) -> bytes:
        body: dict[str, Any] = {
            "document": self.document,
            "made_by": self.made_by.model_dump(),
            "pages": [_page_to_json(page) for page in self.read.pages],
            "attachments": [{"name": a.name, "data": base64.b64encode(a.data).decode()} for a in self.read.attachments],
        }
        if with_cost:
            body["cpu_seconds"] = round(self.read.cpu_seconds, 6)
        # mtime 0 keeps the bytes a function of the content
        return gzip.compress(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), mtime=0)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Raises InvalidRecord for anything that `to_bytes` did not make."""
        from pipelines.documents import MadeBy  # pydantic: a third of a reading child's start, which needs none

        try:
            body = json.loads(gzip.decompress(data))
            return cls(
                body["document"],
                MadeBy.model_validate(body["made_by"]),
                DocumentText(
                    tuple(_page_from_json(page) for page in body["pages"]),
                    tuple(Attachment(a["name"], base64.b64decode(a["data"])) for a in body["attachments"]),
                    float(body.get("cpu_seconds", 0.0)),
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
    if page.turned or page.skew:
        body["turned"], body["skew"] = page.turned, page.skew
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
        body.get("turned", 0),
        body.get("skew", 0.0),
    )

"""The protocol every OCR engine follows, and the way to one by name."""

from __future__ import annotations

from enum import IntEnum
from functools import cache
from typing import NamedTuple, Protocol

from PIL import Image

from pipelines.errors import ConfigurationError

ENTRY_POINTS = "invoice_lake.ocr"


class Segmentation(IntEnum):
    """How an engine cuts a page into lines: Tesseract's own page segmentation modes."""

    AUTO = 3
    COLUMN = 4
    BLOCK = 6
    LINE = 7
    WORD = 8
    SPARSE = 11


class OcrWord(NamedTuple):
    """A word as an engine saw it: box in pixels from the top left, confidence 0..1, the line it stands in."""

    text: str
    x0: int
    y0: int
    x1: int
    y1: int
    confidence: float
    line: tuple[int, int, int] = (0, 0, 0)
    """Block, paragraph and line number: words of one line share it."""


class Turn(NamedTuple):
    """By how many degrees clockwise a page must be turned to stand upright, and how sure that is (0 and up)."""

    degrees: int
    confidence: float


class Engine(Protocol):
    """Reads grey images. Engines are warm: one object serves many pages, in one thread."""

    @property
    def name(self) -> str:
        """Name and version, such as `tesserocr 5.5.4`; it stands on every page that the engine read."""

    @property
    def languages(self) -> frozenset[str]:
        """Tesseract codes of the languages whose data is installed."""

    def read(
        self, image: Image.Image, dpi: float, language: str, segmentation: Segmentation = Segmentation.AUTO
    ) -> list[OcrWord]:
        """The words of an 8-bit grey image."""

    def find_turn(self, image: Image.Image, dpi: float) -> Turn | None:
        """How the page lies; None where too little stands on it to say, or the data (osd) is missing."""


@cache
def open_engine(name: str) -> Engine:
    """The engine of that name, made once a process.

    Raises:
        ConfigurationError: No such engine, or what it needs is not installed.
    """
    if name == "tesserocr":
        from pipelines.reading.ocr.tesserocr_engine import TesserocrEngine

        return TesserocrEngine()
    if name == "pytesseract":
        from pipelines.reading.ocr.pytesseract_engine import PytesseractEngine

        return PytesseractEngine()
    from importlib.metadata import entry_points  # slow to load, and hardly ever needed

    for point in entry_points(group=ENTRY_POINTS):
        if point.name == name:
            plugged: Engine = point.load()()
            return plugged
    raise ConfigurationError(
        f"there is no OCR engine named {name!r}",
        remedy=f"Use tesserocr or pytesseract, or install a package with that entry point in {ENTRY_POINTS!r}.",
    )

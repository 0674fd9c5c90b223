"""A raster read by OCR: turned upright, in the right language, its words placed in points."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from pipelines.pages import Box, Page, Word
from pipelines.reading.ocr.engine import Engine, OcrWord, Segmentation, open_engine
from pipelines.reading.ocr.language import guess_language
from pipelines.reading.ocr.leftovers import read_leftovers
from pipelines.reading.ocr.secondlook import read_line, settle_numbers
from pipelines.reading.ocr.spelling import mend_spelling
from pipelines.reading.ocr.tessdata import missing_languages
from pipelines.reading.ocr.voting import DOUBTFUL_PAGE, read_by_vote
from pipelines.reading.options import ReadOptions
from pipelines.reading.raster import POINTS_PER_INCH, Raster, for_ocr, has_print
from pipelines.reading.rows import in_reading_order
from pipelines.reading.skew import Upright, set_upright

_UNSURE = 0.80
"""Mean confidence below which a page may lie on its side: upright pages score 91, turned ones 48."""
_SURE_TURN = 1.0
_FEW_WORDS = 5
"""A page of fewer words may be one of many that lie on their side: no word of those is found."""
_SEGMENTATION = Segmentation.COLUMN
"""Cuts no columns, so that the cells of a row stay together: on degraded scans it reads 1.5 points more of the
digits than automatic segmentation, at the same cost."""
_RULES = frozenset("|¦_[]{}~=")
"""What the lines of tables are read as: words of nothing else are none."""
_STRIPS, _STRIP = 4, 0.12
"""The first look for the language reads the page from its top, a strip of this share of it after the other."""
_EARLY = {"least": 4.0, "lead": 2.0}
"""Evidence at which the first look stops: a fifth of a page may name three tax terms of the wrong language."""
_SWITCH = {"least": 5.0, "lead": 1.5}
"""Evidence in a page's words at which it is read again in another language than its document's."""
_UNTOLD = "eng"


@dataclass(slots=True)
class OcrReader:
    """Reads the rasters of one document.

    `language` is the document's, once it is known. `first_pages` gives the pages that tell it, which are the
    same from whichever page reading starts: page ranges read apart are read alike.
    """

    options: ReadOptions
    language: str = ""
    is_told: bool = True
    """Whether the document told its language; where not, each page's own words decide."""
    first_pages: Callable[[], Iterable[Raster]] | None = None

    @property
    def engine(self) -> Engine:
        """Opened with the first page that needs it: most documents need none."""
        return open_engine(self.options.engine)

    def read(self, raster: Raster) -> OcrPage:
        """Raises ConfigurationError where no data of the wanted languages is installed."""
        candidates = self.candidates()
        language = self._document_language(raster, candidates)
        page, words = self._read_upright(for_ocr(raster, self.options.max_dpi), language)
        evidence = _SWITCH if self.is_told else {}
        other = guess_language((word.text for word in words), candidates, **evidence)
        if other and other != language:
            again = self._words(page.raster, other)
            if _confidence(again) >= _confidence(words):
                words, language = again, other
        if words and _confidence(words) < DOUBTFUL_PAGE:
            words = read_by_vote(lambda look: self._words(look, language), page.raster, words)
        image, dpi = page.raster.image, page.raster.told_dpi
        words = [*words, *read_leftovers(self.engine, image, dpi, language, words)]
        words = mend_spelling(settle_numbers(self.engine, image, dpi, language, words), language)
        return OcrPage(page, _in_points(words, page.raster), language, self.engine.name)

    def _read_upright(self, raster: Raster, language: str) -> tuple[Upright, list[OcrWord]]:
        """The page as it reads best, and its words: OSD is asked only where it reads badly as it lies."""
        page = set_upright(raster)
        words = self._words(page.raster, language)
        turned = self._turn_of(page.raster, words)
        if turned:
            other = set_upright(raster, turned)
            again = self._words(other.raster, language)
            if _confidence(again) > _confidence(words) or not words:
                return other, again
        return page, words

    def _words(self, raster: Raster, language: str) -> list[OcrWord]:
        return self.engine.read(raster.image, raster.told_dpi, language, _SEGMENTATION)

    def reread(self, raster: Raster, page: Page, boxes: Sequence[Box]) -> list[tuple[Word, ...]]:
        """Each box read alone, as a line, in the language of the page, turned and set level as it was read."""
        level = set_upright(for_ocr(raster, self.options.max_dpi), page.turned, page.skew).raster
        language = page.language or self._document_language(level, self.candidates())
        scale = level.dpi / POINTS_PER_INCH
        lines: list[tuple[Word, ...]] = []
        for box in boxes:
            x0, y0, x1, y1 = (round(v * scale) for v in box)
            place = OcrWord("", x0, y0, x1, y1, 0.0)
            text, confidence = read_line(self.engine, level.image, level.told_dpi, language, place)
            lines.append((Word(text, box, round(confidence, 3), "ocr"),) if text else ())
        return lines

    def _turn_of(self, raster: Raster, words: Sequence[OcrWord]) -> int:
        """By how many degrees clockwise to turn a page that reads badly, or not at all though print is on it."""
        if (_confidence(words) >= _UNSURE and len(words) >= _FEW_WORDS) or not has_print(raster.image):
            return 0
        turn = self.engine.find_turn(raster.image, raster.told_dpi)
        return turn.degrees if turn is not None and turn.confidence >= _SURE_TURN else 0

    def _document_language(self, raster: Raster, candidates: Sequence[str]) -> str:
        """From the first pages, or this one; where they do not say, a page's own words still may."""
        if not self.language:
            told = candidates[0] if len(candidates) == 1 else None
            for first in () if told else (self.first_pages or (lambda: (raster,)))():
                told = told or self._look(for_ocr(first, self.options.max_dpi), candidates)
            self.language, self.is_told = told or _start_with(candidates), told is not None
            self.first_pages = None  # which may hold a page's pixels
        return self.language

    def _look(self, raster: Raster, candidates: Sequence[str]) -> str | None:
        """Read some strips with one language; the frequent words in them tell which one to read with."""
        words: list[str] = []
        height = max(8, round(raster.image.height * _STRIP))
        for top in range(0, _STRIPS * height, height):
            strip = raster.image.crop((0, top, raster.image.width, min(raster.image.height, top + height)))
            if has_print(strip):
                found = self.engine.read(strip, raster.told_dpi, _start_with(candidates), _SEGMENTATION)
                words += [word.text for word in found]
                told = guess_language(words, candidates, **_EARLY)
                if told:
                    return told
        return guess_language(words, candidates)

    def candidates(self) -> list[str]:
        """Languages of the options whose data is installed. Raises ConfigurationError where none is."""
        installed = self.engine.languages
        candidates = [language for language in self.options.languages if language in installed]
        if not candidates:
            raise missing_languages(self.options.languages)
        return candidates


def _start_with(candidates: Sequence[str]) -> str:
    return _UNTOLD if _UNTOLD in candidates else candidates[0]


@dataclass(frozen=True, slots=True)
class OcrPage:
    """What OCR read of a page that was set upright and level."""

    page: Upright
    words: tuple[Word, ...]
    language: str
    engine: str

    @property
    def raster(self) -> Raster:
        return self.page.raster

    def as_page(self, number: int) -> Page:
        return Page(
            number,
            round(self.raster.width, 2),
            round(self.raster.height, 2),
            "ocr" if self.words else "empty",
            self.words,
            engine=self.engine,
            language=self.language,
            turned=self.page.turned,
            skew=self.page.skew,
        )


def _confidence(words: Sequence[OcrWord]) -> float:
    """Mean confidence by characters; 1 for no words, as an empty page is no doubt about how it lies."""
    characters = sum(len(w.text) for w in words)
    return sum(w.confidence * len(w.text) for w in words) / characters if characters else 1.0


def _in_points(words: Sequence[OcrWord], raster: Raster) -> tuple[Word, ...]:
    scale = POINTS_PER_INCH / raster.dpi
    lines: dict[tuple[int, int, int], list[OcrWord]] = defaultdict(list)
    for word in words:
        lines[word.line].append(word)
    placed = [
        Word(w.text, Box(*(round(v * scale, 2) for v in box)), round(w.confidence, 3), "ocr")
        for line in lines.values()
        for w, box in zip(line, _even_heights(line), strict=True)
        if w.x1 > w.x0 and w.y1 > w.y0 and not _RULES.issuperset(w.text)
    ]
    return in_reading_order(placed)


def _even_heights(line: Sequence[OcrWord]) -> list[tuple[float, float, float, float]]:
    """Boxes of a line with dashes, dots and the like as high as their neighbours, so that rows hold together."""
    usual = median(w.y1 - w.y0 for w in line)
    boxes = []
    for word in line:
        top, bottom = float(word.y0), float(word.y1)
        if bottom - top < 0.6 * usual:
            near = min((w for w in line if w.y1 - w.y0 >= 0.6 * usual), key=lambda w: abs(w.x0 - word.x0), default=word)
            top, bottom = min(top, near.y0), max(bottom, near.y1)
        boxes.append((float(word.x0), top, float(word.x1), bottom))
    return boxes

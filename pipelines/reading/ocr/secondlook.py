"""A second look at numbers that were read with doubt: each alone, as one line, half as large again.

Amounts are what matters, and a page read whole misreads some of them (a lost comma, a letter for a digit).
Two segmentations rarely err alike. Measured on degraded scans: of the numbers below 0.5 that both looks
agree on, 25 of 26 were right; where they differ, the second was right in 26 cases of 53 and the first in
3. A number costs some 12 ms; about nine stand in doubt on a degraded page, and hardly any on a clean one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from PIL import Image, ImageStat

from pipelines.reading.ocr.engine import Engine, OcrWord, Segmentation
from pipelines.reading.raster import has_print

DOUBTFUL = 0.85
"""Confidence below which a number is looked at again."""
_HOPELESS = 0.50
"""Below this the second look wins whatever its own confidence."""
_MOST_LOOKS = 80
"""Numbers a page at most: a page of noise is not worth more."""
_ZOOM = 1.5
_MARGIN = 0.35
"""Paper kept around the word, by its height."""
_DISPUTED, _REPLACED = 0.60, 0.50
"""Confidence at most of a number on which the looks differ, kept from the first or taken from the second."""
_DARK = 128
_NUMBER = re.compile(r"\d")
_EDGES = ".,;:()[]|'\"„”-–—_*"


def settle_numbers(
    engine: Engine, image: Image.Image, dpi: float, language: str, words: Sequence[OcrWord]
) -> list[OcrWord]:
    """The words, with doubtful numbers settled by a second look. Order and boxes stay."""
    settled = list(words)
    doubtful = [i for i, word in enumerate(words) if word.confidence < DOUBTFUL and _NUMBER.search(word.text)]
    for index in doubtful[:_MOST_LOOKS]:
        text, confidence = read_line(engine, image, dpi, language, words[index])
        settled[index] = _judge(words[index], text, confidence)
    return settled


def read_line(engine: Engine, image: Image.Image, dpi: float, language: str, place: OcrWord) -> tuple[str, float]:
    """What stands at a place, read as one line: its text without spaces, and the least confidence in it."""
    margin = max(4, round(_MARGIN * (place.y1 - place.y0)))
    x0, y0 = max(0, place.x0 - margin), max(0, place.y0 - margin)
    crop = image.crop((x0, y0, min(image.width, place.x1 + margin), min(image.height, place.y1 + margin)))
    if min(crop.size) < 6:
        return "", 0.0
    if not has_print(crop) and ImageStat.Stat(crop).median[0] >= _DARK:
        return "", 0.0  # Tesseract reads letters into the grain of blank paper
    size = (round(crop.width * _ZOOM), round(crop.height * _ZOOM))
    found = engine.read(crop.resize(size, Image.Resampling.BICUBIC), dpi * _ZOOM, language, Segmentation.LINE)
    return "".join(word.text for word in found), min((word.confidence for word in found), default=0.0)


def _judge(first: OcrWord, text: str, confidence: float) -> OcrWord:
    if text.strip(_EDGES) == first.text.strip(_EDGES):
        return first._replace(confidence=max(first.confidence, confidence))
    if _NUMBER.search(text) and (first.confidence < _HOPELESS or confidence > first.confidence):
        return first._replace(text=text, confidence=min(confidence, _REPLACED))
    return first._replace(confidence=min(first.confidence, _DISPUTED))

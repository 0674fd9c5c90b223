"""Pages that are part text layer, part image: a scanned annex, a letterhead, a stamp.

Both are read, and what stands in both is kept once. Where an image under or over a text layer says
something else in the very same places, the layer is not what the page shows, and the image wins.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.pages import Box, Word
from pipelines.reading.embedded import decode_image, set_upright, turn_of
from pipelines.reading.objects import Drawn, PlacedImage
from pipelines.reading.ocrpage import OcrReader
from pipelines.reading.pdf import Sheet
from pipelines.reading.raster import POINTS_PER_INCH, Raster, has_print
from pipelines.reading.rows import in_reading_order

LEAST_SHARE = 0.10
"""Share of the page from which an image may hold print worth reading; logos and icons are smaller."""
_LEAST_DPI = 90.0
"""Coarser images are backgrounds and decoration."""
_MOST_IMAGES = 3
_SURE_WORD = 0.60
_SURE_IMAGE = 0.75
"""Mean confidence below which what OCR makes of an image is taken for a photograph."""
_COVERED = 0.3
_SAME_PLACES, _SAME_WORDS = 0.5, 0.8


def words_in_images(sheet: Sheet, drawn: Drawn, reader: OcrReader, max_pixels: int) -> list[Word]:
    """What is printed in the page's larger images, placed on the page; nothing for photographs."""
    large = sorted((image for image in drawn.images if image.share >= LEAST_SHARE), key=lambda image: -image.share)
    words: list[Word] = []
    for placed in large[:_MOST_IMAGES]:
        raster = _raster_of(sheet, placed, max_pixels)
        if raster is not None and has_print(raster.image):
            words.extend(_placed(reader.read(raster).words, placed.box))
    return words


def merged(layer: Sequence[Word], seen: Sequence[Word]) -> tuple[tuple[Word, ...], bool]:
    """Words of a text layer and of images as one page, and whether the layer's words are among them.

    Args:
        layer: The text layer's words.
        seen: What OCR found in images.
    """
    index = _Places(seen)
    twins = [(word, index.over(word.box)) for word in layer]
    covered = [(word, twin) for word, twin in twins if twin is not None]
    if len(covered) >= _SAME_PLACES * len(layer):
        alike = sum(_bare(word.text) == _bare(twin.text) for word, twin in covered)
        if alike < _SAME_WORDS * len(covered):
            return in_reading_order(seen), False
    own = _Places(layer)
    return in_reading_order([*layer, *(word for word in seen if own.over(word.box) is None)]), True


def _raster_of(sheet: Sheet, placed: PlacedImage, max_pixels: int) -> Raster | None:
    turn = turn_of(placed, sheet)
    if turn is None or placed.dpi < _LEAST_DPI or placed.pixels[0] * placed.pixels[1] > max_pixels:
        return None
    image = decode_image(placed)
    if image is None:
        return None
    upright = set_upright(image, turn)
    return Raster.of(upright, upright.width * POINTS_PER_INCH / placed.box.width)


def _placed(words: Sequence[Word], at: Box) -> list[Word]:
    sure = [word for word in words if word.confidence >= _SURE_WORD]
    if not words or sum(word.confidence for word in words) / len(words) < _SURE_IMAGE:
        return []
    return [
        word._replace(
            box=Box(
                *(
                    round(v, 2)
                    for v in (word.box.x0 + at.x0, word.box.y0 + at.y0, word.box.x1 + at.x0, word.box.y1 + at.y0)
                )
            )
        )
        for word in sure
    ]


class _Places:
    """Words by place, to find the one over a box."""

    _CELL = 50.0

    def __init__(self, words: Sequence[Word]) -> None:
        self._cells: dict[tuple[int, int], list[Word]] = {}
        for word in words:
            for cell in self._cells_of(word.box):
                self._cells.setdefault(cell, []).append(word)

    def over(self, box: Box) -> Word | None:
        """The word that shares most with the box, if that is enough of the smaller of the two."""
        near = (word for cell in self._cells_of(box) for word in self._cells.get(cell, ()))
        best = max(near, key=lambda word: _shared(word.box, box), default=None)
        return best if best is not None and _shared(best.box, box) >= _COVERED else None

    def _cells_of(self, box: Box) -> list[tuple[int, int]]:
        xs = range(int(box.x0 // self._CELL), int(box.x1 // self._CELL) + 1)
        ys = range(int(box.y0 // self._CELL), int(box.y1 // self._CELL) + 1)
        return [(x, y) for x in xs for y in ys]


def _shared(a: Box, b: Box) -> float:
    width, height = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / max(0.1, min(a.width * a.height, b.width * b.height))


def _bare(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())

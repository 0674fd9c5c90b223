"""Whether a page's text layer says what the page shows.

Refused: layers with hardly any text (a stamp or header over a scan), invisible OCR layers, fonts without
or with a shifted ToUnicode map, and text with a page-wide image beneath that the text does not explain.
The bounds were measured on born-digital pages and on layers spoiled on purpose: no page of the first kind
was refused and every one of the second was.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipelines.pages import Word
from pipelines.reading.textlayer import TextLayer

FEWEST_CHARACTERS = 25
MOST_UNMAPPED = 0.02
MOST_INVISIBLE = 0.30
MOST_IMAGE = 0.35
"""Share of the page that one image may cover before the text over it must be plentiful to be trusted."""
_ENOUGH_WORDS_OVER_IMAGE = 60
_LEAST_PLAUSIBLE = 0.5

_LETTERS = re.compile(r"[^\W\d_]{4,}")
_VOWEL = re.compile(r"[aeiouyąęóäöüáàâãéêíõôúůěøœæ]", re.IGNORECASE)
_NUMBER = re.compile(r"\d")


def distrust(layer: TextLayer, image_share: float) -> str:
    """Why the layer cannot be trusted, in a few words; empty where it can.

    Args:
        layer: What the text layer holds.
        image_share: The largest image's share of the page, 0..1.
    """
    if layer.characters < FEWEST_CHARACTERS:
        return "hardly any text"
    if layer.unmapped > MOST_UNMAPPED * layer.characters:
        return "characters without a Unicode map"
    if layer.invisible > MOST_INVISIBLE * layer.characters:
        return "an invisible layer, as OCR programs leave it"
    if not _plausible(layer.words):
        return "no plausible words: the fonts' Unicode map is wrong"
    if image_share > MOST_IMAGE and len(layer.words) < _ENOUGH_WORDS_OVER_IMAGE:
        return "an image covers the page"
    return ""


def _plausible(words: Sequence[Word]) -> bool:
    """Most longer letter runs hold a vowel; a page of numbers alone is plausible too."""
    longer = _LETTERS.findall(" ".join([word.text for word in words]))
    if len(longer) < 3:
        return sum(bool(_NUMBER.search(w.text)) for w in words) >= _LEAST_PLAUSIBLE * len(words)
    return sum(bool(_VOWEL.search(run)) for run in longer) >= _LEAST_PLAUSIBLE * len(longer)

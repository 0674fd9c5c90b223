"""Numbers that stand twice on a scan: read alike in two places, they were hardly misread.

An invoice prints its number, its customer's and its account again in the payment slip. Two readings of such a number
are as good as independent: other neighbours, another size, other dirt. The doubt that is left is the product of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from pipelines.pages import Page, Word
from pipelines.parsing.folding import count_digits

_LEAST: Final = 6
"""Letters and digits; shorter runs stand twice by chance."""
_DIGITS: Final = 4
_READ: Final = 0.3
"""Confidence of each reading below which it is no witness."""
_MOST: Final = 0.97
"""What two readings come to at most: some letters look alike in every print."""


def believe_second_prints(pages: Sequence[Page]) -> tuple[Page, ...]:
    """The pages with more confidence in recognized numbers that stand elsewhere in the very same characters.

    Args:
        pages: As read; those of text layers are left as they are.
    """
    prints: dict[str, list[tuple[int, int, float]]] = {}
    for at, page in enumerate(pages):
        for place, word in enumerate(page.words):
            if word.source == "ocr" and word.confidence >= _READ and (key := _number(word.text)):
                prints.setdefault(key, []).append((at, place, word.confidence))
    better: dict[int, dict[int, float]] = {}
    for found in prints.values():
        for at, place, own in found:
            others = [sure for page, index, sure in found if (page, index) != (at, place)]
            both = min(1 - (1 - own) * (1 - max(others, default=0.0)), _MOST)
            if both > own:
                better.setdefault(at, {})[place] = both
    return tuple(_surer(page, better[at]) if at in better else page for at, page in enumerate(pages))


def _surer(page: Page, better: dict[int, float]) -> Page:
    words = (
        Word(word.text, word.box, better.get(place, word.confidence), word.source)
        for place, word in enumerate(page.words)
    )
    return replace(page, words=tuple(words))


def _number(text: str) -> str:
    """A number as it is compared; empty for words and for short ones."""
    bare = text.strip(".,:;()[]|'\"")
    letters = sum(c.isalnum() for c in bare)
    return bare if letters >= _LEAST and count_digits(bare) >= _DIGITS else ""

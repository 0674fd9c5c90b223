"""Words that OCR spells in a way that nothing else is spelt: what is meant is beyond doubt.

A letter's size and a zero's shape are told from the line about them, and short words in tables have none: of
eleven kWh on a clean page three came as `kwh`, and the Polish legal form came as `Sp. z 0.0.`. Only words
whose other reading does not exist are mended, never a number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipelines.reading.ocr.engine import OcrWord

_UNIT = re.compile(r"(?P<before>[\d.,(]*|\S*/)(?P<size>[kMGK])(?:[wW]|[vV]{2})[hH](?P<after>\W*)")
_LIMITED = re.compile(r"[oO0]\.\s?[oO0]\.?(?P<after>[,;:]?)")
_BEFORE_LIMITED = frozenset({"z", "Z"})


def mend_spelling(words: Sequence[OcrWord], language: str) -> list[OcrWord]:
    """The words, with units of energy and the Polish `z o.o.` as they are spelt."""
    mended: list[OcrWord] = []
    for word in words:
        unit = _UNIT.fullmatch(word.text)
        if unit:
            word = word._replace(text=unit["before"] + unit["size"].replace("K", "k") + "Wh" + unit["after"])
        elif language == "pol" and mended and mended[-1].text in _BEFORE_LIMITED:
            limited = _LIMITED.fullmatch(word.text)
            if limited and mended[-1].line == word.line:
                word = word._replace(text="o.o." + limited["after"])
        mended.append(word)
    return mended

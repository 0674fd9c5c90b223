"""Words that OCR spells in a way that nothing else is spelt: what is meant is beyond doubt.

A letter's size and a zero's shape are told from the line about them, and short words in tables have none: of
eleven kWh on a clean page three came as `kwh`, and the Polish legal form came as `Sp. z 0.0.`. Of an invoice's
number every second came as `Fv/2025/06/17287` on poor scans. Only words whose other reading does not exist are
mended, and no digit ever.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipelines.reading.ocr.engine import OcrWord

_UNIT = re.compile(r"(?P<before>[\d.,(]*|\S*/)(?P<size>[kMGK])(?:[wW]|[vV]{2})[hH](?P<after>\W*)")
_LIMITED = re.compile(r"[oO0]\.\s?[oO0]\.?(?P<after>[,;:]?)")
_BEFORE_LIMITED = frozenset({"z", "Z"})
_CODE = re.compile(r"\W*(?P<series>[A-Z]{1,4}[covwxsz]{1,3}[A-Za-z]{0,3})(?=[/-]?\d+(?:[/-][\dA-Z]+)+\W*$)")
"""A series of capitals before a number with joints, some of them letters whose small form is a small capital."""
_TWINS = re.compile(r"([covwxsz])\1+", re.IGNORECASE)
_TWO_AMOUNTS = re.compile(
    r"(?P<first>-?\d{1,3}(?:[.,]?\d{3})*(?P<mark>[.,])\d{2})(?P<second>(?:[1-9]\d{0,2}(?:[.,]?\d{3})*|0)(?P=mark)\d{2})"
)
"""Two amounts with nothing between: hundredths end where two digits stand behind the comma."""


def mend_spelling(words: Sequence[OcrWord], language: str) -> list[OcrWord]:
    """The words, with units of energy, series of numbers and the Polish `z o.o.` as they are spelt."""
    mended: list[OcrWord] = []
    for word in (part for glued in words for part in _parted(glued)):
        series = _CODE.match(word.text)
        if series:
            start, end = series.span("series")
            capitals = _TWINS.sub(_without_stutter, series["series"]).upper()
            word = word._replace(text=word.text[:start] + capitals + word.text[end:])
        unit = _UNIT.fullmatch(word.text)
        if unit:
            word = word._replace(text=unit["before"] + unit["size"].replace("K", "k") + "Wh" + unit["after"])
        elif language == "pol" and mended and mended[-1].text in _BEFORE_LIMITED:
            limited = _LIMITED.fullmatch(word.text)
            if limited and mended[-1].line == word.line:
                word = word._replace(text="o.o." + limited["after"])
        mended.append(word)
    return mended


def _parted(word: OcrWord) -> tuple[OcrWord, ...]:
    """A word, or the two amounts that it glues: each with its share of the box, by digits."""
    glued = _TWO_AMOUNTS.fullmatch(word.text)
    if glued is None:
        return (word,)
    at = word.x0 + round((word.x1 - word.x0) * len(glued["first"]) / len(word.text))
    return (word._replace(text=glued["first"], x1=at), word._replace(text=glued["second"], x0=at))


def _without_stutter(twins: re.Match[str]) -> str:
    """One letter that was read as several of two sizes (`FVv/2021`): a capital has no small twin beside it."""
    return twins[0] if twins[0].isupper() else twins[1]

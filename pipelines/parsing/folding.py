"""Text folded for comparing: lower case, no accents, letters and digits apart from the rest."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from pipelines.parsing.remembering import remembered

# Letters that Unicode does not decompose
_LETTERS: Final = str.maketrans(
    {"ł": "l", "Ł": "l", "ß": "ss", "ø": "o", "Ø": "o", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "đ": "d", "ı": "i"}
)
_DIGIT: Final = re.compile(r"[0-9]")
_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]")
_LETTER: Final = re.compile(r"[^\W\d_]")
_ALNUM: Final = re.compile(r"[^\W_]")
_TOKEN: Final = re.compile(r"[a-z]+|\d+")
_LABEL_TOKEN: Final = re.compile(r"[a-z]+|\d+|#")


class _Bare(dict[str, str]):
    """A character without its marks; filled as characters come."""

    def __missing__(self, char: str) -> str:
        parts = unicodedata.normalize("NFKD", char.translate(_LETTERS))
        return self.setdefault(char, "".join([part for part in parts if not unicodedata.combining(part)]))


class _Level(dict[int, str]):
    """A table for `str.translate`: each character's first folded letter."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        return self.setdefault(code, char.lower() if char.isascii() else (fold(char) or char)[0])


_BARE: Final = _Bare()
_LEVEL: Final = _Level()


@remembered(32768)
def fold(text: str) -> str:
    """Lower case without accents; `Nº` becomes `no`. Other characters stay."""
    if text.isascii():
        return text.lower()
    # few letters of a text have accents: each of those is replaced by itself, four times faster than all at once
    return _BEYOND_ASCII.sub(_bare, text).lower()


def _bare(match: re.Match[str]) -> str:
    return _BARE[match[0]]


def lower(text: str) -> str:
    """In lower case, letter by letter, so that places in it are places in the text."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join([char.lower() if len(char.lower()) == 1 else char for char in text])


@remembered(32768)
def tokens(text: str) -> tuple[str, ...]:
    """Runs of letters and runs of digits of the folded text."""
    return tuple(_TOKEN.findall(fold(text)))


def label_tokens(text: str) -> tuple[str, ...]:
    """As `tokens`, with `#` as a token: `Customer #` names a number, `Customer` a party."""
    return tuple(_LABEL_TOKEN.findall(fold(text))) if "#" in fold(text) else tokens(text)


@remembered(32768)
def level(text: str) -> str:
    """Folded letter by letter, so that places in it are places in the text (`ß` becomes one `s`)."""
    if text.isascii():
        return text.lower()
    return text.translate(_LEVEL)


def has_digit(text: str) -> bool:
    """Whether a digit stands in the text; ten times faster than asking letter by letter."""
    return _DIGIT.search(text) is not None if text.isascii() else any(map(str.isdigit, text))


def has_letter(text: str) -> bool:
    """Whether a letter stands in the text."""
    return _LETTER.search(text) is not None


def has_alnum(text: str) -> bool:
    """Whether a letter or digit stands in the text."""
    return _ALNUM.search(text) is not None


def count_letters(text: str) -> int:
    """How many letters stand in the text."""
    return sum(map(str.isalpha, text))


def count_digits(text: str) -> int:
    """How many digits stand in the text."""
    return sum(map(str.isdigit, text))


def squash_label(text: str) -> str:
    """Letters, digits and `#` only, folded."""
    return "".join(label_tokens(text))


def squash(text: str) -> str:
    """Letters and digits only, folded."""
    return "".join(tokens(text))


def alternatives(words: Iterable[str]) -> str:
    """A pattern for any of some words, the longest first, that looks at each first letter once."""
    by_first: dict[str, list[str]] = {}
    for word in sorted(words, key=lambda word: (-len(word), word)):
        by_first.setdefault(word[0], []).append(re.escape(word[1:]))
    return "|".join(f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in by_first.items())

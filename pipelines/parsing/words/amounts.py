"""Reads an amount in words: the grammar, and the repair of single misread letters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final

from rapidfuzz.distance import Levenshtein

from pipelines.parsing.folding import fold
from pipelines.parsing.words.lexicons import LEXICONS, Lexicon

LANGUAGES: Final = tuple(LEXICONS)

_LONGEST = 400
"""Characters: a longer text is no amount, and reading it would cost for nothing."""
_TOKEN = re.compile(r"[^\W\d_]+[01]?[^\W\d_]*|\d{1,2}\s?/\s?1(?:00|oo)(?!\d)|\d[\d.,]*|(?<=[a-z])/\d\d(?![\d/])")
_FRACTION = re.compile(r"/?(\d{1,2})(?:/1(?:00|oo))?")
# figures that Tesseract writes for letters within a word
_LETTERS = str.maketrans({"0": "o", "1": "l"})
_SHORTEST_REPAIRED = 4
_SHORTEST_BARE = 8
"""Letters that number words without any unit must have: `um` or `sto` alone may be anything."""


@dataclass(frozen=True, slots=True)
class WordsAmount:
    """An amount read from words.

    Attributes:
        value: With the sign that the words state.
        language: Of the words, one of `LANGUAGES`.
        cents_stated: The words say hundredths, be it zero; else only the whole part is witnessed.
        repaired: Letters were mended; the value is a weaker witness.
    """

    value: Decimal
    language: str
    cents_stated: bool
    repaired: bool = False


def read_amount_words(text: str, languages: Iterable[str] = LANGUAGES) -> WordsAmount | None:
    """The amount that `text` says, or None where it says none, or two languages read two values.

    Args:
        text: The words, with a label before or other text after them; case and accents do not matter.
        languages: Codes of `LANGUAGES` that come into question.
    """
    if len(text) > _LONGEST:
        return None
    languages = tuple(languages)
    for repair in (False, True):
        for tokens in _phrases(text):
            found = [amount for language in languages if (amount := _read(tokens, language, repair)) is not None]
            if found:
                return found[0] if len({amount.value for amount in found}) == 1 else None
    return None


def _phrases(text: str) -> list[list[str]]:
    """Folded words and figures of what may be the phrase: the text in brackets, else each part between colons."""
    bracketed = re.search(r"\(([^()]{6,})\)", text)
    parts = [bracketed.group(1)] if bracketed else text.split(":")
    unbroken = (re.sub(r"-\s*\n\s*", "", part) for part in parts)
    return [[token.replace(" ", "") for token in _TOKEN.findall(fold(part))] for part in unbroken]


def _read(tokens: list[str], language: str, repair: bool) -> WordsAmount | None:
    lexicon = LEXICONS[language]
    start = 0
    while start < len(tokens) and (tokens[start] in lexicon.labels or _plain_figure(tokens[start])):
        start += 1
    for end, closed in _ends(tokens, start, lexicon):
        said = tokens[start:end]
        said = _repaired(said, language) if repair else said
        glued = _glued(said, language)
        if not glued.startswith(_beginnings(language)):
            continue  # another language's words: its grammar need not be made
        scales = tuple(scale for scale, words in lexicon.scales.items() if any(word in glued for word in words))
        cents = any(word in glued for word in lexicon.cents)
        match = _grammar(language, scales, cents).fullmatch(glued)
        # cents alone (`cinquenta centavos`) are an amount, a unit with cents and no whole part is half of one
        if (
            match
            and (match["whole"] or (cents and match.start("words") == 0))
            and (closed or len(match[0]) >= _SHORTEST_BARE)
        ):
            amount = _amount(match, lexicon)
            return WordsAmount(amount, language, _states_cents(match), repaired=repair)
    return None


def _ends(tokens: list[str], start: int, lexicon: Lexicon) -> Iterator[tuple[int, bool]]:
    """Where the phrase may end, longest first: at a unit, a fraction or `only`, or with the text.

    No end leaves number words or hundredths behind it: half an amount is no amount.
    """
    closing = {*lexicon.currencies, *lexicon.cents, *lexicon.endings}
    number_words = {*lexicon.below_hundred, *lexicon.hundreds, *lexicon.cents} - {"a", "p"}
    for end in range(len(tokens), start, -1):
        closed = tokens[end - 1] in closing or _is_fraction(tokens[end - 1])
        left = tokens[end : end + 5]
        if (closed or end == len(tokens)) and not any(word in number_words or _is_fraction(word) for word in left):
            yield end, closed


def _is_fraction(token: str) -> bool:
    return "/" in token


def _plain_figure(token: str) -> bool:
    return token[0].isdigit() and not _is_fraction(token)


def _glued(tokens: list[str], language: str) -> str:
    """One string: words joined, figures between `#`."""
    parts = []
    for token in tokens:
        fraction = _FRACTION.fullmatch(token) if _is_fraction(token) else None
        parts.append(f"#{fraction[1]}/" if fraction else f"#{token}#" if token[0].isdigit() else token)
    return _plain_vowels("".join(parts)) if language == "de" else "".join(parts)


def _plain_vowels(text: str) -> str:
    """German ue and oe as the folded umlauts are written: fuenf, zwoelf."""
    return text.replace("fuenf", "funf").replace("zwoelf", "zwolf")


@cache
def _grammar(language: str, scales: tuple[int, ...], with_cents: bool) -> re.Pattern[str]:
    """The whole phrase over a glued string. Scales fall from left to right, each with its count before it.

    Only with the scales and the cents whose words stand in it: the whole grammar of a language takes a tenth of a
    second to compile, which every process that meets one amount would pay.
    """
    lexicon = LEXICONS[language]
    joint = f"(?:{_either(lexicon.joints)})?"
    hundreds, below = _either(lexicon.hundreds), _either(lexicon.below_hundred)
    parts = []
    for scale in sorted(scales, reverse=True):
        words = _either(lexicon.scales[scale])
        count = f"(?:(?P<h{scale}>{hundreds}){joint})?(?:(?P<b{scale}>{below}){joint})?"
        parts.append(f"(?:{count}(?P<s{scale}>{words}){joint})?")
    whole = f"{''.join(parts)}(?:(?P<h1>{hundreds}){joint})?(?P<b1>{below})?"
    currency, cents = f"(?:{_either(lexicon.currencies)})", f"(?:{_either(lexicon.cents)})"
    hundredths = (
        r"(?:#(?P<fraction>\d{1,2})/)"
        if not with_cents
        else rf"(?:#(?P<fraction>\d{{1,2}})/|(?P<words>{below}|{_either(lexicon.zero)})(?:{currency})?{cents}"
        rf"|#(?P<figures>\d{{1,2}})#{cents}|{cents}(?:(?P<after>{below}|{_either(lexicon.zero)})|#(?P<last>\d{{1,2}})#))"
    )
    ending = f"(?:{_either(lexicon.endings)})*" if lexicon.endings else ""
    return re.compile(
        f"{currency}?(?P<minus>{_either(lexicon.minus)})?(?P<whole>(?P<zero>{_either(lexicon.zero)})|{whole})"
        f"{joint}{currency}?{joint}{hundredths}?{joint}{currency}?{ending}"
    )


def _either(words: Iterable[str]) -> str:
    """Alternatives, the longest first."""
    return "|".join(sorted((re.escape(word) for word in words), key=len, reverse=True))


def _amount(match: re.Match[str], lexicon: Lexicon) -> Decimal:
    whole = 0
    said = {name: part for name, part in match.groupdict().items() if part}
    for scale in (*lexicon.scales, 1):
        count = lexicon.hundreds.get(said.get(f"h{scale}", ""), 0)
        count += lexicon.below_hundred.get(said.get(f"b{scale}", ""), 0)
        if scale == 1 or f"s{scale}" in said:
            whole += scale * (count or (1 if scale > 1 else 0))
    figures = said.get("fraction") or said.get("figures") or said.get("last")
    words = said.get("words") or said.get("after") or ""
    cents = int(figures) if figures else lexicon.below_hundred.get(words, 0)
    value = whole + Decimal(cents) / 100
    return -value if match["minus"] else value


def _states_cents(match: re.Match[str]) -> bool:
    return any(match.groupdict().get(name) for name in ("fraction", "figures", "last", "words", "after"))


def _repaired(tokens: list[str], language: str) -> list[str]:
    """Each word that is no known one replaced by what it was, one letter apart; empty where that is unclear."""
    mended = []
    for token in tokens:
        word = token.translate(_LETTERS) if token[0].isalpha() else token
        if not word[0].isalpha() or _segments(word, language, edits=0):
            mended.append(word)
            continue
        readings = _segments(_plain_vowels(word) if language == "de" else word, language, edits=1 + len(word) // 14)
        if len(readings) != 1:
            return []
        mended.append(readings.pop())
    return mended


@cache
def _pieces(language: str) -> tuple[str, ...]:
    """Every string that the grammar is made of."""
    lexicon = LEXICONS[language]
    scales = (word for words in lexicon.scales.values() for word in words)
    groups = (lexicon.below_hundred, lexicon.hundreds, scales, lexicon.zero, lexicon.joints, lexicon.currencies,
              lexicon.cents, lexicon.endings, lexicon.minus)  # fmt: skip
    return tuple({word for group in groups for word in group})


@cache
def _beginnings(language: str) -> tuple[str, ...]:
    """What a phrase may begin with: a piece, or figures."""
    return ("#", *(piece for piece in _pieces(language) if piece))


def _segments(word: str, language: str, edits: int) -> set[str]:
    """Ways to read `word` as pieces with the fewest letters changed, at most `edits`; as corrected words."""
    reached: dict[int, dict[str, int]] = {0: {"": 0}}
    for at in range(len(word)):
        for text, cost in list(reached.get(at, {}).items()):
            for piece, end, more in _next_pieces(word, at, language, edits - cost):
                known = reached.setdefault(end, {})
                known[text + piece] = min(cost + more, known.get(text + piece, cost + more))
    done = reached.get(len(word), {})
    return {text for text, cost in done.items() if cost == min(done.values())}


def _next_pieces(word: str, at: int, language: str, edits: int) -> Iterator[tuple[str, int, int]]:
    for piece in _pieces(language):
        if word.startswith(piece, at):
            yield piece, at + len(piece), 0
        elif edits > 0 and len(piece) >= _SHORTEST_REPAIRED:
            for size in (len(piece) - 1, len(piece), len(piece) + 1):
                window = word[at : at + size]
                if len(window) == size and Levenshtein.distance(window, piece, score_cutoff=1) == 1:
                    yield piece, at + size, 1

"""What the words of tables mean: header cells, row labels and unit words, from include/rules/tables_*.yaml.

Header cells are read as sets of meanings ("Wartość sprzedaży netto" is amount + net) and not as fixed
phrases, so that wordings nobody listed are still understood.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

import yaml
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from pipelines.errors import ConfigurationError
from pipelines.parsing.folding import fold, tokens
from pipelines.parsing.lexicon import RULES_FOLDER, YAML_LOADER
from pipelines.parsing.remembering import remembered

FILES: Final = ("tables_columns.yaml", "tables_rows.yaml", "tables_energy.yaml")
_TOKEN: Final = re.compile(r"[^\W\d_]+|\d+|[%#]")
_LONGEST: Final = 7
_SHORTEST_PART: Final = 5
"""Letters from which a word may be a compound, or a slip of another."""


class Meaning(NamedTuple):
    """A run of words `start:end` (token numbers) and what it may mean."""

    start: int
    end: int
    kinds: frozenset[str]


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Phrases of one section of a rules file by their tokens; `parts` match inside compound words."""

    phrases: Mapping[tuple[str, ...], frozenset[str]]
    parts: tuple[tuple[str, bool, frozenset[str]], ...]
    """(letters, whether the word ends with them rather than begins with them, kinds)."""
    long_words: tuple[str, ...]
    reach: Mapping[str, int]
    """First word of the phrases -> the words of the longest one."""
    begun: Mapping[str, frozenset[str]]
    """First word of the phrases -> all kinds of those."""
    edges: tuple[tuple[str, ...], tuple[str, ...]]
    """The letters of `parts`: those that words begin with, and those that they end with."""

    def read(self, text: str, *, mend: bool = False) -> tuple[tuple[Meaning, ...], int]:
        """The meanings of a text, longest phrases first from the left, and the number of its words."""
        return _read(self, text, mend)

    def hints(self, text: str) -> frozenset[str]:
        """Every kind that a text's words may have a part in: more than `read` finds, from single words alone."""
        words = words_of(text)
        begun = [self.begun[word] for word in words if word in self.begun]
        return frozenset().union(*begun, *filter(None, [_kinds_of_word(self, word, False) for word in words]))


# Taxes as many print them: "I.V.A. 21 %" is no other word than "IVA 21 %"
_DOTTED: Final = re.compile(r"\b(?:i\.v\.a|t\.v\.a|v\.a\.t|b\.t\.w|g\.s\.t|m\.w\.s\.?t|u\.s\.?t)\b\.?")


@remembered(16384)
def words_of(text: str) -> tuple[str, ...]:
    """Folded words, runs of digits, and the signs % and #."""
    folded = fold(text)
    dotted = "." in folded and _DOTTED.search(folded) is not None
    if not dotted and folded.isascii() and "%" not in folded and "#" not in folded:
        return tokens(text)
    if dotted:
        folded = _DOTTED.sub(lambda m: m[0].replace(".", "") + " ", folded)
    return tuple(_TOKEN.findall(folded))


@remembered(16384)
def _read(vocabulary: Vocabulary, text: str, mend: bool) -> tuple[tuple[Meaning, ...], int]:
    words = words_of(text)
    found, behind = [], 0
    reach, phrases = vocabulary.reach, vocabulary.phrases
    for at, word in enumerate(words):
        if at < behind:
            continue
        longest = reach.get(word)
        if longest is None and len(word) < _SHORTEST_PART:
            continue
        behind = min(at + (longest or 1), len(words))
        while behind > at + 1 and words[at:behind] not in phrases:
            behind -= 1
        kinds = phrases[words[at:behind]] if behind > at + 1 else _kinds_of_word(vocabulary, word, mend)
        if kinds:
            found.append(Meaning(at, behind, kinds))
    return tuple(found), len(words)


@remembered(16384)
def _kinds_of_word(vocabulary: Vocabulary, word: str, mend: bool) -> frozenset[str] | None:
    kinds = vocabulary.phrases.get((word,), frozenset())
    if kinds:
        return kinds
    beginnings, endings = vocabulary.edges
    if len(word) >= _SHORTEST_PART and (word.startswith(beginnings) or word.endswith(endings)):
        for part, ends, meant in vocabulary.parts:
            if len(word) > len(part) and (word.endswith(part) if ends else word.startswith(part)):
                kinds |= meant
    if kinds:
        return kinds
    if mend and len(word) >= _SHORTEST_PART and word not in _known_words():
        near = process.extractOne(word, vocabulary.long_words, scorer=Levenshtein.distance, score_cutoff=1)
        return vocabulary.phrases[(near[0],)] if near else None
    return None


@lru_cache(maxsize=1)
def _known_words() -> frozenset[str]:
    """Every word of the rules: one that is known as it stands needs no mending (`opłata` is not `wpłata`)."""
    words: set[str] = set()
    for file in FILES:
        for section in _rules_file(file).values():
            for entries in section.values() if isinstance(section, dict) else (section,):
                for entry in entries:
                    words.update(words_of(str(entry)))
    return frozenset(words)


def _vocabulary(section: Mapping[str, list[Any]]) -> Vocabulary:
    phrases: dict[tuple[str, ...], frozenset[str]] = {}
    parts: dict[tuple[str, bool], frozenset[str]] = {}
    for kind, entries in section.items():
        for entry in map(str, entries):
            if "*" in entry:
                key = ("".join(words_of(entry.replace("*", ""))), entry.startswith("*"))
                parts[key] = parts.get(key, frozenset()) | {kind}
            words = words_of(entry.replace("*", ""))
            if words:
                phrases[words] = phrases.get(words, frozenset()) | {kind}
    long_words = tuple(words[0] for words in phrases if len(words) == 1 and len(words[0]) >= 5)
    reach: dict[str, int] = {}
    begun: dict[str, frozenset[str]] = {}
    for words, kinds in phrases.items():
        reach[words[0]] = min(max(len(words), reach.get(words[0], 1)), _LONGEST)
        begun[words[0]] = begun.get(words[0], frozenset()) | kinds
    glued = tuple((part, ends, kinds) for (part, ends), kinds in parts.items())
    edges = tuple(tuple(part for part, ends, _ in glued if ends is last) for last in (False, True))
    return Vocabulary(phrases, glued, long_words, reach, begun, (edges[0], edges[1]))


@lru_cache(maxsize=8)
def _section(file: str, name: str) -> Mapping[str, list[Any]]:
    body = _rules_file(file)
    section = body.get(name)
    if not isinstance(section, dict):
        raise ConfigurationError(f"{file} lacks `{name}`", remedy=f"Restore include/rules/{file}.")
    return section


@lru_cache(maxsize=4)
def _rules_file(file: str) -> Mapping[str, Any]:
    try:
        body = yaml.load((RULES_FOLDER / file).read_bytes(), Loader=YAML_LOADER)  # noqa: S506  (safe loaders both)
    except (OSError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{file} cannot be read: {error}", remedy=f"Restore include/rules/{file}.") from error
    if not isinstance(body, dict):
        raise ConfigurationError(f"{file} holds no sections", remedy=f"Restore include/rules/{file}.")
    return body


@lru_cache(maxsize=1)
def column_words() -> Vocabulary:
    """Words of line-item and tax table headers."""
    return _vocabulary(_section("tables_columns.yaml", "meanings"))


@lru_cache(maxsize=1)
def meter_words() -> Vocabulary:
    """Words of meter-reading table headers."""
    return _vocabulary(_section("tables_columns.yaml", "meters"))


@lru_cache(maxsize=1)
def row_words() -> Vocabulary:
    """Labels of rows of amounts: totals, sub-totals, carry-overs, charges, payments."""
    return _vocabulary(_section("tables_rows.yaml", "rows"))


@lru_cache(maxsize=1)
def correction_words() -> Vocabulary:
    """Titles and labels of the before, after and difference parts of corrections."""
    return _vocabulary(_section("tables_rows.yaml", "corrections"))


@lru_cache(maxsize=1)
def category_words() -> Vocabulary:
    """Words that tell a line's category."""
    return _vocabulary(_section("tables_rows.yaml", "categories"))


@lru_cache(maxsize=1)
def yes_words() -> frozenset[str]:
    """Folded words for yes, as in a column that flags rows before a correction."""
    return frozenset(fold(str(word)) for word in _rules_file("tables_rows.yaml")["yes"])


@lru_cache(maxsize=1)
def register_words() -> Vocabulary:
    """Words that tell what a meter's register or an energy line counts."""
    return _vocabulary(_section("tables_energy.yaml", "registers"))


@lru_cache(maxsize=1)
def energy_line_words() -> Vocabulary:
    """Words that tell energy sold from lines that repeat its kWh."""
    return _vocabulary(_section("tables_energy.yaml", "lines"))


@lru_cache(maxsize=1)
def stated_words() -> Vocabulary:
    """Labels of kWh figures that stand by themselves."""
    return _vocabulary(_section("tables_energy.yaml", "stated"))

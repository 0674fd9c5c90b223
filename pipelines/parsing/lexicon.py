"""Labels by concept and language, loaded from include/rules/, and found in text whatever their spacing.

One concept (`invoice_number`) has many spellings in each language. Text and labels are folded (case,
accents, punctuation and blanks do not count), so `Nº DA INSTALAÇÃO`, `No da Instalacao` and
`Data wystawieniafaktury` glued by a text layer are found alike. On OCR pages single tokens are first
mended to the lexicon's own vocabulary where one slip explains them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from pipelines.errors import ConfigurationError
from pipelines.parsing.folding import fold, label_tokens, squash_label, tokens
from pipelines.parsing.remembering import remembered

# libyaml reads the files ten times faster where PyYAML was built with it
YAML_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
RULES_FOLDER: Final = Path(__file__).resolve().parents[2] / "include" / "rules"


class Spelling(NamedTuple):
    """What a folded label stands for."""

    concept: str
    language: str
    label: str


class LabelHit(NamedTuple):
    """A label in a text: characters `start:end`. `spellings` holds each concept it may stand for."""

    start: int
    end: int
    spellings: tuple[Spelling, ...]
    mended: bool
    """Whether an OCR slip had to be mended to find it."""
    concepts: frozenset[str]


@dataclass(frozen=True, eq=False)
class Lexicon:
    """All spellings of all languages. Make one with `load_lexicon`."""

    spellings: Mapping[str, tuple[Spelling, ...]]
    """Squashed label -> what it may stand for."""
    prefixes: frozenset[str]
    vocabulary: tuple[str, ...]
    """Tokens of five letters and more, for mending OCR slips."""
    telling: Mapping[str, tuple[str, ...]]
    """Folded word -> languages that it tells, for language detection."""
    vocabulary_by_concept: Mapping[str, frozenset[str]]
    """Concept -> squashed spellings of all languages."""
    fingerprint: str

    @cached_property
    def concepts(self) -> Mapping[str, frozenset[str]]:
        """Squashed label -> what it may stand for, whatever the language: one set for all its hits."""
        return {squashed: frozenset(s.concept for s in held) for squashed, held in self.spellings.items()}

    def find(self, text: str, *, mend: bool = False) -> tuple[LabelHit, ...]:
        """Labels in a text, longest first where they overlap, then left to right.

        Args:
            text: A cell's text.
            mend: Allow one OCR slip a token of five letters or more (two from nine).
        """
        return _find(self, text, mend)

    def holds(self, concept: str, text: str) -> bool:
        """Whether any spelling of the concept stands in the text, at token borders."""
        return any(concept in hit.concepts for hit in self.find(text))


RulesFiles = tuple[tuple[str, bytes], ...]
"""Further rules files: their path below the rules folder (`labels_more_pl.yaml`), and what they hold."""


@lru_cache(maxsize=8)
def load_lexicon(folder: Path = RULES_FOLDER, more: RulesFiles = ()) -> Lexicon:
    """Read every include/rules/labels_*.yaml, and those of `more`. Raises ConfigurationError for a malformed file."""
    files = sorted(folder.glob("labels_*.yaml"))
    if not files:
        raise ConfigurationError(f"no label files in {folder.name}/", remedy="Restore include/rules/labels_*.yaml.")
    digest = hashlib.sha256()
    spellings: dict[str, list[Spelling]] = {}
    stopwords: dict[str, frozenset[str]] = {}
    for file in sorted(folder.rglob("*.yaml")):
        digest.update(file.read_bytes())
    for name, data in more:
        digest.update(name.encode() + data)
    labels_of_more = [(name, data) for name, data in more if name.startswith("labels_")]
    for name, data in [*((file.name, file.read_bytes()) for file in files), *labels_of_more]:
        body = _body(name, data)
        language = str(body["language"])
        stopwords[language] = stopwords.get(language, frozenset()) | {fold(word) for word in body.get("words", ())}
        for concept, labels in body["labels"].items():
            for label in labels:
                entry = Spelling(str(concept), language, str(label))
                held = spellings.setdefault(squash_label(str(label)), [])
                if all(s.concept != entry.concept or s.language != language for s in held):
                    held.append(entry)
    return _lexicon(spellings, stopwords, digest.hexdigest())


def _body(name: str, data: bytes) -> dict[str, Any]:
    try:
        body = yaml.load(data, Loader=YAML_LOADER)  # noqa: S506  (safe loaders both)
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{name} is no YAML: {error}", remedy=f"Mend include/rules/{name}.") from error
    if not isinstance(body, dict) or not isinstance(body.get("labels"), dict) or "language" not in body:
        raise ConfigurationError(f"{name} lacks `language` or `labels`", remedy=f"Mend include/rules/{name}.")
    return body


def _lexicon(spellings: dict[str, list[Spelling]], words: dict[str, frozenset[str]], digest: str) -> Lexicon:
    spellings.pop("", None)
    _title_numbers(spellings)
    prefixes = {squashed[:end] for squashed in spellings for end in range(1, len(squashed) + 1)}
    long_tokens = {t for held in spellings.values() for s in held for t in tokens(s.label) if len(t) >= 5}
    by_concept: dict[str, set[str]] = {}
    for squashed, held in spellings.items():
        for spelling in held:
            by_concept.setdefault(spelling.concept, set()).add(squashed)
    telling: dict[str, tuple[str, ...]] = {}
    for language, held_words in sorted(words.items()):
        for word in held_words:
            telling[word] = (*telling.get(word, ()), language)
    return Lexicon(
        {key: tuple(held) for key, held in spellings.items()},
        frozenset(prefixes),
        tuple(sorted(long_tokens)),
        telling,
        {concept: frozenset(keys) for concept, keys in by_concept.items()},
        digest,
    )


# a number's label that begins with one of these titles is the title too: `Faktura rozliczeniowa nr`
_TITLES: Final = frozenset(
    {"title_correction", "title_credit_note", "title_advance", "title_forecast", "title_settlement"}
)
_NUMBER_WORDS: Final = ("nummer", "numero", "number", "numer", "num", "nr", "no", "n")


def _title_numbers(spellings: dict[str, list[Spelling]]) -> None:
    for squashed, held in spellings.items():
        for number in [s for s in held if s.concept == "invoice_number"]:
            ends = (squashed.removesuffix(word) for word in _NUMBER_WORDS if squashed.endswith(word))
            said = [s.concept for end in ends for s in spellings.get(end, ()) if s.language == number.language]
            known = {s.concept for s in held if s.language == number.language}
            title = next((concept for concept in said if concept in _TITLES and concept not in known), None)
            if title is not None:
                held.append(number._replace(concept=title))


_ASCII_TOKEN: Final = re.compile(r"[a-z]+|\d+|#")


class _Folded(dict[int, str]):
    """A table for `str.translate`: each character's own tokens, or a blank; filled as characters come."""

    def __missing__(self, code: int) -> str:
        return self.setdefault(code, "".join(label_tokens(chr(code))) or " ")


_FOLDED: Final = _Folded()


def _token_spans(text: str) -> tuple[tuple[str, int, int], ...]:
    """Folded tokens with their places in the unfolded text (folding may lengthen single letters)."""
    folded = text.lower() if text.isascii() else text.translate(_FOLDED)
    if len(folded) == len(text):
        return tuple([(m[0], m.start(), m.end()) for m in _ASCII_TOKEN.finditer(folded)])
    spans: list[tuple[str, int, int]] = []
    current, kind, start = "", "", 0
    for position, char in enumerate(text):
        folded = "".join(label_tokens(char))
        now = "" if not folded else "digit" if folded[0].isdigit() else "sign" if folded == "#" else "letter"
        if now != kind or not now:
            if current:
                spans.append((current, start, position))
            current, start = "", position
        current += folded
        kind = now
    if current:
        spans.append((current, start, len(text)))
    return tuple(spans)


@remembered(16384)
def _find(lexicon: Lexicon, text: str, mend: bool) -> tuple[LabelHit, ...]:
    spans = _token_spans(text)
    words = [span[0] for span in spans]
    hits = list(_hits(lexicon, words, spans, mended=False))
    if mend:
        mended = [_mended(lexicon, word) for word in words]
        if mended != words:
            taken = [(h.start, h.end) for h in hits]
            for hit in _hits(lexicon, mended, spans, mended=True):
                inside = [t for t in taken if t[0] < hit.end and hit.start < t[1]]
                if all(t[1] - t[0] < hit.end - hit.start for t in inside):
                    hits = [h for h in hits if not (h.start < hit.end and hit.start < h.end)]
                    hits.append(hit)
    return tuple(sorted(hits))


def _hits(
    lexicon: Lexicon, words: Sequence[str], spans: Sequence[tuple[str, int, int]], *, mended: bool
) -> Iterable[LabelHit]:
    """Greedy from the left: the longest label that begins at each token."""
    position = 0
    while position < len(words):
        joined, best = "", -1
        for end in range(position, min(position + 12, len(words))):
            joined += words[end]
            if joined not in lexicon.prefixes:
                break
            if joined in lexicon.spellings and not _takes_a_letter(words, spans, end):
                best = end
        if best < 0:
            position += 1
            continue
        squashed = "".join(words[position : best + 1])
        spellings, concepts = lexicon.spellings[squashed], lexicon.concepts[squashed]
        yield LabelHit(spans[position][1], spans[best][2], spellings, mended, concepts)
        position = best + 1


def _takes_a_letter(words: Sequence[str], spans: Sequence[tuple[str, int, int]], end: int) -> bool:
    """Whether a label would end in a value's first letter: `n. R24037714` is no `nr`."""
    if end == 0 or end + 1 >= len(words) or len(words[end]) != 1 or words[end - 1] not in ("n", "no"):
        return False
    glued = spans[end + 1][1] == spans[end][2] and words[end + 1].isdigit()
    return glued and spans[end][1] > spans[end - 1][2]


@remembered(32768)
def _mended(lexicon: Lexicon, token: str) -> str:
    if len(token) < 5 or token in lexicon.prefixes or token.isdigit():
        return token
    slips = 1 if len(token) < 9 else 2
    match = process.extractOne(token, lexicon.vocabulary, scorer=Levenshtein.distance, score_cutoff=slips)
    return match[0] if match else token

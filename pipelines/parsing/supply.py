"""What a paper bills, by its words: electricity, gas, water, telecom, or none of these.

Words stand as data in include/kinds/. A word in a label, heading or table counts whole, one in a sentence a quarter:
adverts and footers name what the bill is not for. Electricity is what `is_electricity` says, as ever: another kind
takes its place only where its words outweigh those of electricity by far, so a bill for both stays electricity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from pipelines.invoices import DocumentType, Evidence, Line
from pipelines.kinds import ELECTRICITY, GENERAL, OTHER, RECEIPT, all_kinds, rules_of
from pipelines.parsing.folding import tokens
from pipelines.parsing.geometry import Cell, rounded
from pipelines.parsing.places import Places
from pipelines.parsing.remembering import remembered
from pipelines.parsing.values import canonical_unit

_SURE, _LIKELY = 3.0, 1.5
_PROSE_WORDS: Final = 9
"""Words in a cell from which it is a sentence."""
_IN_PROSE: Final = 0.25
_MEASURED: Final = 1.0
"""What a quantity in a unit of the kind adds to its words."""
_DECIDES, _SAYS_NOTHING = 4.0, 2.0
_AGAINST_ELECTRICITY: Final = 6.0
_TIMES: Final = 3.0
"""How many times the words of electricity another kind must weigh."""
_RUNNER_UP: Final = 2.0
_MOST_CELLS: Final = 4000


@dataclass(frozen=True, slots=True)
class KindFound:
    """A decision. `name` is None where words of several kinds, or too few of one, leave it open."""

    name: str | None
    evidence: Evidence | None = None
    against_electricity: bool = False
    """Whether a word of electricity stands beside those of another kind."""


@dataclass(frozen=True, slots=True)
class _Term:
    kind: str
    words: tuple[str, ...]
    weight: float
    stem: bool


@dataclass(slots=True)
class _Weighed:
    """What speaks for one kind: each term once, where it weighs most."""

    terms: dict[_Term, tuple[float, Cell | str]] = field(default_factory=dict)
    """Term -> its weight, and the cell or item where it weighs that."""

    def add(self, term: _Term, weight: float, where: Cell | str) -> None:
        held = self.terms.get(term)
        if held is None or weight > held[0]:
            self.terms[term] = (weight, where)

    @property
    def score(self) -> float:
        return sum(weight for weight, _ in self.terms.values())

    @property
    def best(self) -> Evidence | None:
        if not self.terms:
            return None
        term, (weight, where) = max(self.terms.items(), key=lambda item: item[1][0])
        return _evidence(where, weight / term.weight)

    @property
    def several(self) -> bool:
        return sum(weight >= _LIKELY for weight, _ in self.terms.values()) >= 2


_Terms = dict[str, tuple[_Term, ...]]


@lru_cache(maxsize=16)
def _terms(language: str) -> tuple[_Terms, dict[str, tuple[_Term, ...]], tuple[int, ...]]:
    """Terms by first token, stems by their letters, and the lengths of stems.

    Words that may stand on other papers count in a document of their language only: short ones mean other things
    elsewhere.
    """
    whole: dict[str, list[_Term]] = {}
    stems: dict[str, list[_Term]] = {}
    for kind in all_kinds().values():
        for spoken, words in rules_of(kind).words.items():
            said = [(word, _SURE) for word in words.sure]
            if spoken == language or not language:
                said += [(word, _LIKELY) for word in words.likely]
            for word, weight in said:
                parts = tokens(word.rstrip("*"))
                if not parts:
                    continue
                term = _Term(kind.name, parts, weight, word.endswith("*"))
                if term.stem and len(parts) == 1:
                    stems.setdefault(parts[0], []).append(term)
                else:
                    whole.setdefault(parts[0], []).append(term)
    longest_first = {word: tuple(sorted(held, key=lambda term: -len(term.words))) for word, held in whole.items()}
    return longest_first, {stem: tuple(held) for stem, held in stems.items()}, tuple(sorted({len(s) for s in stems}))


@remembered(32768)
def _begun_by(token: str, language: str) -> tuple[tuple[_Term, ...], tuple[_Term, ...]]:
    """Terms whose first word a token is, and stems that it begins with, the longest of each kind."""
    whole, stems, lengths = _terms(language)
    found: dict[str, _Term] = {}
    for length in lengths:
        if length > len(token):
            break  # they rise
        for term in stems.get(token[:length], ()):
            held = found.get(term.kind)
            if held is None or (term.weight, len(term.words[0])) >= (held.weight, len(held.words[0])):
                found[term.kind] = term
    return whole.get(token, ()), tuple(found.values())


@remembered(16384)
def _found_in(said: tuple[str, ...], language: str) -> tuple[_Term, ...]:
    found: list[_Term] = []
    for place, word in enumerate(said):
        if word < "a":
            continue  # digits begin no word, and are many
        whole, stems = _begun_by(word, language)
        if not whole and not stems:
            continue
        taken: set[str] = set()
        for term in whole:
            # `gas bill` is one word of a gas bill, and not `gas` as well
            if term.kind not in taken and term.words == said[place : place + len(term.words)]:
                taken.add(term.kind)
                found.append(term)
        found += [term for term in stems if term.kind not in taken]
    return tuple(found)


def classify(
    pages: Sequence[Places],
    lines: Sequence[Line],
    language: str,
    document_type: DocumentType,
    *,
    electricity: bool,
    closed: bool,
) -> KindFound:
    """The kind of a paper off pages.

    Args:
        pages: Its pages.
        lines: Its invoice lines.
        language: Two letters; empty if unknown.
        document_type: What its title says.
        electricity: What `is_electricity` says of the pages.
        closed: Whether the lines are proven to be all of them.
    """
    weighed = {name: _Weighed() for name in all_kinds()}
    units: set[str] = set()
    for cell in (cell for places in pages for cell in places.layout.cells[:_MOST_CELLS]):
        said = tokens(cell.text)
        share = _IN_PROSE if len(said) >= _PROSE_WORDS else 1.0
        for term in _found_in(said, language):
            weighed[term.kind].add(term, share * term.weight, cell)
        if not _UNIT_WORDS.isdisjoint(said):
            units |= _units_in(cell.text, said)
    return _decided(weighed, units, lines, language, document_type, electricity=electricity, closed=closed)


def classify_lines(
    lines: Sequence[Line], notes: Sequence[str], language: str, document_type: DocumentType
) -> KindFound:
    """The kind of an e-invoice by its item names and notes; an electric one is told by its own reader."""
    weighed = {name: _Weighed() for name in all_kinds()}
    units = {unit for line in lines if line.unit and (unit := canonical_unit(line.unit))}
    for text in (*(line.description or "" for line in lines), *notes):
        said = tokens(text)
        share = _IN_PROSE if len(said) >= 3 * _PROSE_WORDS else 1.0
        for term in _found_in(said, language):
            weighed[term.kind].add(term, share * term.weight, text)
    for held in weighed.values():
        # an item's name is no letterhead: one sure word in it, measured in the kind's unit, says enough
        if len(held.terms) == 1 and held.score >= _SURE:
            term = next(iter(held.terms))
            held.add(_Term(term.kind, ("",), _LIKELY, stem=False), _LIKELY, held.terms[term][1])
    found = _decided(weighed, units, lines, language, document_type, electricity=False, closed=bool(lines))
    return replace(found, against_electricity=bool(weighed[ELECTRICITY].terms))


_CUBIC: Final = frozenset({"smc", "nm", "cbm"})
_UNIT_WORDS: Final = _CUBIC | {"m", "kwh", "mwh"}


def _units_in(text: str, said: Sequence[str]) -> set[str]:
    units = {unit for unit, word in (("kWh", "kwh"), ("MWh", "mwh")) if word in said}
    return units | {"m3"} if "m3" in text or "m³" in text or not _CUBIC.isdisjoint(said) else units


def _evidence(where: Cell | str, share: float) -> Evidence:
    if isinstance(where, str):
        return Evidence(text=where[:200], rule="kind: words", confidence=0.9 * share)
    box = rounded(where.box)
    return Evidence(page=where.page, box=box, text=where.text[:200], rule="kind: words", confidence=0.9 * share)


def _decided(
    weighed: dict[str, _Weighed],
    units: set[str],
    lines: Sequence[Line],
    language: str,
    document_type: DocumentType,
    *,
    electricity: bool,
    closed: bool,
) -> KindFound:
    electric = weighed.get(ELECTRICITY, _Weighed())
    scores = {
        name: held.score + (_MEASURED if held.terms and units & set(_measures(name)) else 0.0)
        for name, held in weighed.items()
        if name != ELECTRICITY
    }
    ranked = sorted(scores, key=lambda name: -scores[name])
    first = ranked[0]
    second = max([scores[name] for name in ranked[1:]] + ([] if electricity else [electric.score]), default=0.0)
    clear = scores[first] >= _RUNNER_UP * second and weighed[first].several
    if electricity:
        # a firm may be called after both; what names electricity for sure names what is billed beside the other
        named = any(weight >= _SURE for weight, _ in electric.terms.values())
        outweighed = not named and scores[first] >= max(_AGAINST_ELECTRICITY, _TIMES * electric.score)
        metered = bool(units & set(_measures(first)))
        if outweighed and clear and metered and not _named_in(lines, ELECTRICITY, language):
            return KindFound(first, weighed[first].best)
        return KindFound(ELECTRICITY, electric.best)
    general = KindFound(RECEIPT if document_type is DocumentType.RECEIPT else GENERAL)
    if document_type is DocumentType.RECEIPT:
        return general
    in_kwh = bool(units & set(_measures(ELECTRICITY)))
    speaks_of_it = electric.score >= _SURE or (electric.score >= _LIKELY and in_kwh)
    if speaks_of_it and electric.score * _RUNNER_UP > scores[first]:
        return KindFound(None, electric.best)  # too little to count as electricity, too much for anything else
    if scores[first] < _SAYS_NOTHING:
        return general
    measured = any(line.unit in _measures(first) for line in lines)
    if closed and not measured and not _named_in(lines, first, language):
        # a firm of that trade that billed something else, or lines that do not say what they are for
        return general if weighed[first].score < _DECIDES else KindFound(None, weighed[first].best)
    if scores[first] >= _DECIDES and clear:
        return KindFound(first, weighed[first].best)
    return KindFound(None, weighed[first].best)


def _measures(name: str) -> tuple[str, ...]:
    return rules_of(all_kinds()[name]).measured_in


def _named_in(lines: Sequence[Line], kind: str, language: str) -> bool:
    """Whether an invoice line names the kind, or is measured in a unit of it alone."""
    return any(
        term.kind == kind
        for line in lines
        if line.description
        for term in _found_in(tokens(line.description), language)
    )


NO_INVOICE: Final = KindFound(OTHER)

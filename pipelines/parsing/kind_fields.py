"""A kind's own fields off the pages: what its labels, units and lines say, kept where its proofs close.

The kind declares labels, units and equations; nothing here knows gas or water. Every label gives several numbers that
may be meant, and an equation chooses: it must close for one choice alone, else it proves nothing. What no equation
closes over is told as a suggestion and is no value: a wrong volume is worse than none, and an open one makes no
accepted invoice wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import product
from typing import Any, Final, NamedTuple

from pipelines.invoices import Check, Evidence, Line, Suggestion
from pipelines.kinds import Kind, Proof, rules_of
from pipelines.kinds.fields import OwnField
from pipelines.kinds.proofs import Told
from pipelines.parsing.folding import fold, has_digit, squash, squash_label, tokens
from pipelines.parsing.geometry import Cell, rounded
from pipelines.parsing.labels import Label, find_labels
from pipelines.parsing.lexicon import Lexicon, Spelling
from pipelines.parsing.places import Place, Places
from pipelines.parsing.reader import Reading
from pipelines.parsing.values import AmountFound, find_amounts

DETAILS: Final = "details"
_MOST_CHOICES: Final = 8
"""Values of one field that equations are tried with."""
_MOST_TRIALS: Final = 20_000
_CENT: Final = Decimal("0.01")
_ROWS_BENEATH: Final = 4
_IN: Final = {"pl": "w", "fr": "en", "es": "en", "pt": "em", "cs": "v", "sv": "i"}
"""What stands between a label and its unit: `Verbrauch in kWh`, `Zużycie w m3`."""
_TIMES: Final = re.compile(r"\s?[x×*·]\s(?=\D{0,30}\d)")
_FACTOR: Final = "1"
"""Unit of a field that has none."""
_UNIT: Final = re.compile(r"\s?[\[(]?([^\W\d_]+[23³²]?(?:\s?/\s?[^\W\d_]+[23³²]?)?)")
_CODE: Final = re.compile(r"[A-Z]{0,4}[\d][\dA-Z .\-/]{3,30}", re.IGNORECASE)


class _Choice(NamedTuple):
    """A value that a field may have, and where it stands."""

    value: Any
    evidence: Evidence
    line: bool = False
    """Whether proven invoice lines say so."""


@dataclass(frozen=True, slots=True)
class OwnFound:
    """What a bill says of its kind's own fields.

    Attributes:
        details: Field -> proven value, as JSON holds it.
        evidence, checks: Of the proven ones, under `details.<field>`.
        suggestions: Of the others.
    """

    details: Mapping[str, str]
    evidence: Mapping[str, Evidence]
    checks: tuple[Check, ...]
    suggestions: tuple[Suggestion, ...]


def read_own_fields(
    kind: Kind,
    reading: Reading | None,
    lines: Sequence[Line],
    line_evidence: Sequence[Evidence],
    language: str = "",
    energy: tuple[Decimal, Evidence, Check] | None = None,
) -> OwnFound:
    """The kind's own fields.

    Args:
        kind: Which one; it has fields.
        reading: The pages; None for a bare e-invoice.
        lines: The invoice's lines where all of them are proven; else none.
        line_evidence: Where each of them stands.
        language: The invoice's, two letters.
        energy: The record's kWh, where and by which check they are proven.
    """
    choices: dict[str, list[_Choice]] = {own.name: [] for own in kind.own_fields}
    told: list[tuple[Proof, tuple[_Choice, ...], Told]] = []
    for own in kind.own_fields:
        said, proof = _of_lines(kind, own, lines, line_evidence, language)
        choices[own.name] += said
        if proof is not None:
            told.append(proof)
    if energy is not None:
        kwh, evidence, check = energy
        stated = _Choice(kwh, evidence, line=True)
        choices[kind.energy_field].insert(0, stated)
        agreed = Proof(check.name, (kind.energy_field,), lambda _value: None)
        told.append((agreed, (stated,), (check.expected, check.found)))
    if reading is not None:
        for own, choice in _labelled(kind, reading):
            held = choices[own.name]
            if len(held) < _MOST_CHOICES and all(choice[:2] != other[:2] for other in held):
                held.append(choice)
    lined = {proof.fields[0]: chosen[0].value for proof, chosen, _ in told}
    told += _closing(kind.proofs, choices, lined)
    proven = _agreed(told)
    checks = tuple(
        Check(
            name=proof.name,
            passed=True,
            expected=expected,
            found=found,
            fields=tuple(f"{DETAILS}.{name}" for name in proof.fields),
        )
        for proof, _, (expected, found) in told
        if all(name in proven for name in proof.fields)
    )
    left = tuple(_suggestion(n, held[0]) for n, held in choices.items() if held and n not in proven)
    return OwnFound(
        {name: _json(choice.value) for name, choice in proven.items()},
        {f"{DETAILS}.{name}": choice.evidence for name, choice in proven.items()},
        checks,
        left,
    )


def _json(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _suggestion(name: str, choice: _Choice) -> Suggestion:
    said = choice.evidence
    return Suggestion(
        field=f"{DETAILS}.{name}",
        value=_json(choice.value),
        text=said.text,
        page=said.page,
        box=said.box,
        reader="rules",
        reason="no proof closes over it",
    )


# --- what the lines say


def _of_lines(
    kind: Kind, own: OwnField, lines: Sequence[Line], evidence: Sequence[Evidence], language: str
) -> tuple[list[_Choice], tuple[Proof, tuple[_Choice, ...], Told] | None]:
    """Quantities of the lines that bill a field; one that all of them share, at prices that close, is proven."""
    rules = rules_of(kind)
    words = rules.lines.get(own.name)
    if words is None or any(line.before_correction for line in lines):
        return [], None
    units = _spelled(kind, own.unit, language)
    claimed = [w for name, held in rules.lines.items() if name != own.name for w in held if w]
    found: list[tuple[Line, Evidence]] = []
    for place, line in enumerate(lines):
        fits = line.quantity is not None and line.quantity > 0 and _bare(line.unit or "") in units
        if fits and _names(line.description or "", words, claimed):
            said = evidence[place] if place < len(evidence) else None
            found.append((line, said or Evidence(text=(line.description or "")[:200], rule="line", confidence=1)))
    if not found:
        return [], None
    choices: list[_Choice] = []
    for line, said in found:
        if line.quantity is not None and all(line.quantity != c.value for c in choices):
            choices.append(_Choice(line.quantity, said.model_copy(update={"rule": "line"}), line=True))
    if len(choices) > 1:
        whole = sum((line.quantity for line, _ in found if line.quantity is not None), Decimal(0))
        choices.insert(0, _Choice(whole, found[0][1].model_copy(update={"rule": "sum of lines"}), line=True))
        return choices, None
    priced = [line for line, _ in found if _priced(line)]
    if not priced or not _fits(own, choices[0].value):
        return choices, None
    line = priced[0]
    proof = Proof(f"{kind.name}_quantity_times_price_is_line", (own.name,), lambda _value: None)
    amount = line.net if line.net is not None else line.gross
    return choices, (proof, (choices[0],), (f"{amount}", f"{line.quantity:f} x {line.unit_price:f}"))


def _priced(line: Line) -> bool:
    amount = line.net if line.net is not None else line.gross
    if line.quantity is None or line.unit_price is None or amount is None:
        return False
    return abs(line.quantity * line.unit_price - amount) <= _CENT


def _names(description: str, words: Sequence[str], claimed: Sequence[str]) -> bool:
    """Whether a line's words bill a field; one for any words, where no other field's do."""
    said = tokens(description)
    if any(word and _holds(said, word) for word in words):
        # `Woda i ścieki` bills both at once: neither is told from it
        return not any(_holds(said, word) for word in claimed)
    return "" in words and not any(_holds(said, word) for word in claimed)


def _holds(said: Sequence[str], word: str) -> bool:
    parts = tokens(word.rstrip("*"))
    for place in range(len(said) - len(parts) + 1):
        here = said[place : place + len(parts)]
        whole = here[:-1] == parts[:-1] and (
            here[-1] == parts[-1] or (word[-1] == "*" and here[-1].startswith(parts[-1]))
        )
        if whole:
            return True
    return False


# --- what the labels say


@lru_cache(maxsize=64)
def _lexicon(kind: Kind) -> Lexicon:
    """The kind's own labels, each alone and with its unit: `Zużycie`, `Zużycie [m3]`, `Verbrauch in kWh`."""
    rules = rules_of(kind)
    units = {own.name: rules.units.get(own.unit, ()) for own in kind.own_fields}
    spellings: dict[str, list[Spelling]] = {}
    for name, languages in rules.labels.items():
        for language, labels in languages.items():
            bare = {unit.partition("@")[0] for unit in units[name]}
            leads = ("", _IN.get(language, "in"))
            endings = {squash_label(lead + unit) for unit in bare for lead in leads} | {""}
            for label in labels:
                squashed = squash_label(label)
                for ending in endings:
                    held = spellings.setdefault(squashed + ending, [])
                    entry = Spelling(name, language, label)
                    if entry not in held:
                        held.append(entry)
    spellings.pop("", None)
    prefixes = {squashed[:end] for squashed in spellings for end in range(1, len(squashed) + 1)}
    words = {token for held in spellings.values() for s in held for token in tokens(s.label) if len(token) >= 5}
    by_concept: dict[str, set[str]] = {}
    for squashed, entries in spellings.items():
        for entry in entries:
            by_concept.setdefault(entry.concept, set()).add(squashed)
    return Lexicon(
        {key: tuple(held) for key, held in spellings.items()},
        frozenset(prefixes),
        tuple(sorted(words)),
        {},
        {concept: frozenset(keys) for concept, keys in by_concept.items()},
        rules.digest,
    )


def _labelled(kind: Kind, reading: Reading) -> Iterator[tuple[OwnField, _Choice]]:
    lexicon, own = _lexicon(kind), {field.name: field for field in kind.own_fields}
    language = reading.evidence.language
    for layout in reading.layouts:
        places = Places(layout, find_labels(layout, lexicon, language), lexicon)
        for label in sorted(places.labels, key=lambda label: -label.strength):
            for concept in sorted(label.concepts):
                field = own[concept]
                for place in places.of(label):
                    for choice in _read(kind, field, place, reading):
                        yield field, choice
        for label, place in _columns(places):
            for concept in sorted(label.concepts):
                for choice in _read(kind, own[concept], place, reading):
                    yield own[concept], choice
        for cell in layout.cells:
            for field, choice in _of_formula(kind, cell, reading):
                yield field, choice


def _columns(places: Places) -> Iterator[tuple[Label, Place]]:
    """Cells in the columns that a row of several labels heads: from a head's left edge to the next one's.

    Numbers stand at a column's right edge, and may miss a short head by far.
    """
    by_row: dict[int, list[Label]] = {}
    for label in places.labels:
        by_row.setdefault(label.cell.row, []).append(label)
    for row, labels in sorted(by_row.items()):
        if len({label.cell.index for label in labels}) < 2:
            continue
        heads = places.layout.rows[row].cells
        for label in labels:
            following = heads[label.cell.index + 1 :]
            left, right = label.cell.box.x0 - 3, following[0].box.x0 if following else places.layout.width
            for beneath in places.layout.rows[row + 1 : row + 1 + _ROWS_BENEATH]:
                for cell in beneath.cells:
                    if left <= cell.box.x0 and cell.box.x1 <= right and has_digit(cell.text):
                        yield label, Place(cell.text, cell, 0, "beneath", 0.7)


def _of_formula(kind: Kind, cell: Cell, reading: Reading) -> Iterator[tuple[OwnField, _Choice]]:
    """Factors of a printed product, by their units: `1.811 m³ x 0,9512 x 11,284 kWh/m³`."""
    if not _TIMES.search(cell.text):
        return
    language = reading.evidence.language
    for found in find_amounts(cell.text):
        match = _UNIT.match(cell.text[found.end :])
        said = "" if match is None or _TIMES.match(cell.text[found.end :]) else _bare(match[1])
        for own in kind.own_fields:
            fits = own.unit == _FACTOR if not said else said in _spelled(kind, own.unit, language)
            for value in _as_parted(found, reading.evidence.decimal) if own.digits is not None and fits else ():
                if _fits(own, value):
                    place = Place(cell.text, cell, 0, "inline", 0.7)
                    yield own, _Choice(value, _evidence(cell, found.start, found.end - found.start, place))


def _read(kind: Kind, own: OwnField, place: Place, reading: Reading) -> Iterator[_Choice]:
    if own.digits is None:
        code = _CODE.match(place.text)
        if code and sum(c.isdigit() for c in code[0]) >= 4:
            yield _Choice(squash(code[0]).upper(), _evidence(place.cell, place.start, len(code[0].rstrip()), place))
        return
    for number, found in enumerate(find_amounts(place.text)):
        if number and place.relation != "beneath":
            return
        if found.currency or not _unit_fits(kind, own, place.text[found.end :], reading.evidence.language):
            continue
        for value in _as_parted(found, reading.evidence.decimal):
            if _fits(own, value):
                yield _Choice(value, _evidence(place.cell, place.start + found.start, found.end - found.start, place))


def _as_parted(found: AmountFound, decimal: str) -> tuple[Decimal, ...]:
    """What a number may be where the document's decimal mark is known: `1.241` is no fraction in a German bill."""
    read = zip(found.values, found.marks, strict=True)
    kept = tuple(v for v, mark in read if mark == decimal or (not mark and decimal not in found.text))
    return kept if decimal and kept else found.values


def _unit_fits(kind: Kind, own: OwnField, behind: str, language: str) -> bool:
    """Whether the unit behind a number, where one stands there, is the field's."""
    match = _UNIT.match(behind)
    said = _bare(match[1]) if match is not None else ""
    own_units = _spelled(kind, own.unit, language)
    others = {s for unit in rules_of(kind).units if unit != own.unit for s in _spelled(kind, unit, language)}
    return said in own_units or said not in others


def _spelled(kind: Kind, unit: str, language: str) -> set[str]:
    """How a unit is printed in a language: `mc@it` is a cubic metre in Italian bills, and a month in Polish ones."""
    parts = (spelled.partition("@") for spelled in rules_of(kind).units.get(unit, ()))
    return {_bare(word) for word, _, spoken in parts if not spoken or spoken == language}


def _bare(unit: str) -> str:
    return fold(unit).replace(" ", "").rstrip(".")


def _fits(own: OwnField, value: Decimal) -> bool:
    """Whether a value has no more digits than the field keeps."""
    exponent = value.as_tuple().exponent
    return own.digits is not None and isinstance(exponent, int) and -exponent <= own.digits and 0 <= value < 10**11


def _evidence(cell: Cell, start: int, length: int, place: Place) -> Evidence:
    return Evidence(
        page=cell.page,
        box=rounded(cell.span_box(start, start + length)),
        text=cell.text[start : start + length],
        rule=f"label:{place.relation}",
        confidence=round(max(0.0, min(place.weight, 1.0)), 3),
    )


# --- what closes


def _closing(
    proofs: Iterable[Proof], choices: Mapping[str, Sequence[_Choice]], lined: Mapping[str, Any]
) -> list[tuple[Proof, tuple[_Choice, ...], Told]]:
    """Equations that close for one choice of values alone; one that is known narrows the next.

    What the lines say (`lined`) narrows only those that close for several choices: an equation that contradicts a
    line must be seen.
    """
    known: dict[str, Any] = {}
    done: dict[str, tuple[Proof, tuple[_Choice, ...], Told]] = {}
    waiting = list(proofs)
    while waiting:
        solved = [(proof, found) for proof in waiting if (found := _solved(proof, choices, known)) is not None]
        if not solved and not set(lined) <= set(known):
            known = {**lined, **known}
            continue
        if not solved:
            break
        for proof, (chosen, told) in solved:
            done[proof.name] = (proof, chosen, told)
            waiting.remove(proof)
        # values that two equations tell differently are left to `_agreed`
        for proof, (chosen, _told) in solved:
            for name, choice in zip(proof.fields, chosen, strict=True):
                known.setdefault(name, choice.value)
    return list(done.values())


def _solved(
    proof: Proof, choices: Mapping[str, Sequence[_Choice]], known: Mapping[str, Any]
) -> tuple[tuple[_Choice, ...], Told] | None:
    held = [[c for c in choices[name] if name not in known or c.value == known[name]] for name in proof.fields]
    trials = 1
    for some in held:
        trials *= len(some)
    if not 0 < trials <= _MOST_TRIALS:
        return None
    found: dict[tuple[Any, ...], tuple[tuple[_Choice, ...], Told]] = {}
    for chosen in product(*held):
        boxes = [(c.evidence.page, c.evidence.box) for c in chosen if c.evidence.box is not None and not c.line]
        if len(set(boxes)) < len(boxes):
            continue  # one printed number is not two fields
        told = proof.closes(*(c.value for c in chosen))
        if told is not None:
            found.setdefault(tuple(c.value for c in chosen), (chosen, told))
    return next(iter(found.values())) if len(found) == 1 else None


def _agreed(told: Sequence[tuple[Proof, tuple[_Choice, ...], Told]]) -> dict[str, _Choice]:
    """Field -> value, of equations that contradict no other one."""
    values: dict[str, set[Any]] = {}
    for proof, chosen, _ in told:
        for name, choice in zip(proof.fields, chosen, strict=True):
            values.setdefault(name, set()).add(choice.value)
    torn = {name for name, held in values.items() if len(held) > 1}
    proven: dict[str, _Choice] = {}
    for proof, chosen, _ in told:
        if torn.isdisjoint(proof.fields):
            for name, choice in zip(proof.fields, chosen, strict=True):
                if name not in proven or proven[name].line:
                    proven[name] = choice
    return proven

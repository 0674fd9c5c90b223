"""Rows of till slips: amounts with the words before them, and what those words say.

A slip states its sums one to a row: a label, then the amount. Scanners break the amounts of thermal paper
(`593, 10`) and slip in its labels (`Ghange`), so both are read with forgiveness here, and
`receipts` believes only what other amounts of the slip witness.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal, NamedTuple

import yaml
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from pipelines.errors import ConfigurationError
from pipelines.pages import Box
from pipelines.parsing.folding import count_letters, has_digit, squash, tokens
from pipelines.parsing.geometry import Cell, Layout, Row
from pipelines.parsing.lexicon import RULES_FOLDER, YAML_LOADER
from pipelines.parsing.remembering import remembered

Role = Literal["tendered", "change", "rounding", "subtotal", "total", "net", "tax", "none"]

_FILE: Final = "receipts.yaml"
_AMOUNT: Final = re.compile(
    r"(?<!\d)(?<!\d[.,/:*@\-])(?P<sign>-)?(?P<whole>\d{1,3}(?:[,.]\d{3})+|\d{1,6})(?P<mark>[.,])\s?(?P<cents>\d{2})"
    r"(?!\d|[./:\-]\d|\s?%)(?P<minus>-(?!\w))?"
)
_FIRST: Final[tuple[Role, ...]] = ("change", "rounding", "subtotal")
"""Roles whose words win over a total's in the same label."""
_LONGEST: Final = 4
"""Words of the longest label."""
_SHORT: Final = 4
"""Letters of the longest word that is never mended, and of the shortest that may stand glued to another."""
_MOST_SLIPS: Final = 2
_CODE: Final = 3
"""Letters of a currency's code or sign, which is no label."""


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of a slip: `role` says what the words before it call it, `row` in which row it stands.

    `confidence` is its least sure word's, 0..1.
    """

    value: Decimal
    role: Role
    row: int
    text: str
    label: str
    box: Box
    page: int
    confidence: float


@dataclass(frozen=True, eq=False)
class Words:
    """The vocabulary of slips, squashed."""

    roles: Mapping[str, tuple[str, ...]]
    taxed: frozenset[str]
    untaxed: frozenset[str]
    counted: frozenset[str]
    signs: tuple[str, ...]


@lru_cache(maxsize=1)
def load_words() -> Words:
    """Read include/rules/receipts.yaml. Raises ConfigurationError where a part of it is missing."""
    body = yaml.load((RULES_FOLDER / _FILE).read_bytes(), Loader=YAML_LOADER)  # noqa: S506  (safe loaders both)
    try:
        return Words(
            {role: tuple(squash(label) for label in labels) for role, labels in body["roles"].items()},
            taxed=frozenset(squash(word) for word in body["taxed"]),
            untaxed=frozenset(squash(word) for word in body["untaxed"]),
            counted=frozenset(squash(word) for word in body["counted"]),
            signs=tuple(squash(word) for word in body["signs"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(f"{_FILE} lacks a part: {error}", remedy=f"Restore include/rules/{_FILE}.") from error


def whole_row(row: Row) -> Cell:
    """A row as one cell: slips part their columns as they like."""
    words = tuple(word for cell in row.cells for word in cell.words)
    return Cell(words, row.cells[0].page, row.index, 0)


def read_amounts(layout: Layout) -> list[Amount]:
    """Every amount with hundredths on a page, top to bottom, with its role.

    A row of nothing but a label lends it to the row of nothing but an amount beneath it.
    """
    found: list[Amount] = []
    waiting = ""
    for row in layout.rows:
        cell = whole_row(row)
        held = list(_row_amounts(cell, waiting))
        found.extend(held)
        lends = not held and not has_digit(cell.text) and role_of(cell.text) != "none"
        waiting = cell.text if lends and len(cell.words) <= _LONGEST else ""
    return found


def _row_amounts(cell: Cell, waiting: str) -> Iterator[Amount]:
    last = 0
    role: Role = "none"
    for match in _AMOUNT.finditer(cell.text):
        label = cell.text[last : match.start()]
        if last == 0 and waiting and count_letters(label) <= _CODE:
            label = f"{waiting} {label}"
        if any(c.isalpha() for c in label) or last == 0:
            role = role_of(label)
        last = match.end()
        whole = re.sub(r"\D", "", match["whole"])
        value = Decimal(f"{whole}.{match['cents']}")
        yield Amount(
            -value if match["sign"] or match["minus"] else value,
            role,
            cell.row,
            match[0],
            label.strip(),
            cell.span_box(match.start(), match.end()),
            cell.page,
            cell.span_confidence(match.start(), match.end()),
        )


@remembered(4096)
def role_of(label: str) -> Role:
    """What a label says of the amount behind it; `none` where it says nothing known."""
    words, held = load_words(), tokens(label)
    for role in _FIRST:
        if _stands(words.roles[role], held):
            return role
    if _stands(words.roles["total"], held):
        return _kind_of_total(held)
    if _stands(words.roles["tax"], held):
        glued = any(word.endswith(u) for word in held for u in words.untaxed if len(u) >= _SHORT)
        return "net" if glued else "tax"
    return "tendered" if _stands(words.roles["tendered"], held) else "none"


def _kind_of_total(held: Sequence[str]) -> Role:
    words, said = load_words(), set(held)
    # "including" is two letters from "excluding": what is spelled right goes first
    if not said & words.taxed and _stands(words.untaxed, held):
        return "net"
    if said & words.counted and not said & words.taxed:
        return "none"
    taxed = _stands(words.roles["tax"], held) and not said & words.taxed
    return "tax" if taxed else "total"


def _stands(labels: tuple[str, ...] | frozenset[str], held: Sequence[str]) -> bool:
    """Whether one of the labels stands among the words, written apart or together, give or take a slip."""
    like = _by_length(labels)
    return any(len(run) in like and _alike(run, like[len(run)]) for run in _runs(held))


def _runs(held: Sequence[str]) -> Iterator[str]:
    """Every run of neighbouring words, glued."""
    for start in range(len(held)):
        joined = ""
        for word in held[start : start + _LONGEST]:
            joined += word
            yield joined


class _Near(NamedTuple):
    """Labels that a word of one length may be: without a slip, and by the slips that each forgives."""

    same: frozenset[str]
    slipped: tuple[tuple[int, tuple[str, ...]], ...]


@lru_cache(maxsize=64)
def _by_length(labels: tuple[str, ...] | frozenset[str]) -> Mapping[int, _Near]:
    """The labels that a word of so many letters may be: a slip lengthens or shortens it by one at most."""
    found: dict[int, dict[int, list[str]]] = {}
    for label in labels:
        slips = _slips(label)
        for length in range(max(1, len(label) - slips), len(label) + slips + 1):
            found.setdefault(length, {}).setdefault(slips, []).append(label)
    return {
        length: _Near(
            frozenset(label for some in held.values() for label in some if len(label) == length),
            tuple((slips, tuple(some)) for slips, some in held.items() if slips),
        )
        for length, held in found.items()
    }


def _slips(label: str) -> int:
    """One slip is forgiven from five letters, two from nine."""
    return 0 if len(label) <= _SHORT else 1 if len(label) < 9 else _MOST_SLIPS


def _alike(word: str, near: _Near) -> bool:
    return word in near.same or any(_among(word, labels, slips) for slips, labels in near.slipped)


def _among(word: str, others: Sequence[str], slips: int) -> bool:
    return process.extractOne(word, others, scorer=Levenshtein.distance, score_cutoff=slips) is not None


def signs_of_a_slip(layout: Layout) -> int:
    """How many words of tills stand on a page, each counted once."""
    runs = frozenset(run for row in layout.rows for run in _runs(tokens(row.text)))
    longer = [run for run in runs if len(run) >= _SHORT]
    return sum(sign in runs or (_slips(sign) > 0 and _among(sign, longer, _slips(sign))) for sign in load_words().signs)

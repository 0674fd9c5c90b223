"""How much of documents with known truth is found: sums over all of them, by which releases are compared.

A field counts as found when it is the truth's by the rules of its kind, as wrong when it is another value;
an accepted record with anything wrong is a false accept. Sums only: nothing of a document stands in them.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from tests.benchmarks.random_scoring import FIELDS, KINDS, count_lines, given_value

MORE_FIELDS = {"installation_number": ("metering_point.id", "code")}
SUFFIXES = (".pdf", ".png", ".jpg", ".jpeg")


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts over documents. `invented`: values given for documents that hold none of the fields."""

    documents: int = 0
    known: int = 0
    found: int = 0
    wrong: int = 0
    invented: int = 0
    lines_known: int = 0
    lines_found: int = 0
    lines_wrong: int = 0
    accepted: int = 0
    false_accepts: int = 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def losses(self, golden: Figures) -> Iterator[str]:
        """What is worse than in `golden`, which must be about the same documents."""
        for name in ("found", "lines_found", "accepted"):
            if getattr(self, name) < getattr(golden, name):
                yield f"{name} fell from {getattr(golden, name)} to {getattr(self, name)}"
        for name in ("wrong", "invented", "lines_wrong", "false_accepts"):
            if getattr(self, name) > getattr(golden, name):
                yield f"{name} rose from {getattr(golden, name)} to {getattr(self, name)}"

    def as_json(self) -> dict[str, int]:
        return dataclasses.asdict(self)


def documents_with_truth(corpus: Path) -> dict[Path, dict[str, Any]]:
    """Each document of the folder's sets with its truth."""
    found = {}
    for file in sorted(corpus.glob("*/*.truth.json")):
        stem = file.name.removesuffix(".truth.json")
        document = next((path for s in SUFFIXES if (path := file.with_name(stem + s)).exists()), None)
        if document is not None:
            found[document] = json.loads(file.read_text(encoding="utf-8"))
    return found


def figures_of(truth: dict[str, Any], parsed: dict[str, Any]) -> Figures:
    """One document's figures; `parsed` is its first invoice, as JSON."""
    everywhere = {**FIELDS, **MORE_FIELDS}
    known = [name for name in everywhere if _is_known(truth, name)]
    right = wrong = 0
    for name in known:
        path, kind = everywhere[name]
        value = given_value(parsed, path)
        same = value is not None and KINDS[kind](truth[name], value if isinstance(value, str) else str(value))
        right, wrong = right + same, wrong + (value is not None and not same)
    invented = 0 if known else sum(given_value(parsed, path) is not None for path, _ in everywhere.values())
    items = [_amounts(item) for item in truth.get("items") or () if isinstance(item, dict)]
    wanted = [item for item in items if item]
    lines = [line for line in parsed.get("lines") or () if line.get("net") or line.get("gross")]
    hits, extra = count_lines(wanted, lines) if wanted else (0, 0)
    accepted = parsed.get("status") == "accepted"
    bad = wrong + invented + (extra if wanted else 0)
    return Figures(
        1, len(known), right, wrong, invented, len(wanted), hits, extra, int(accepted), int(accepted and bad > 0)
    )


def total(figures: Iterable[Figures]) -> Figures:
    return sum(figures, Figures())


def _is_known(truth: dict[str, Any], name: str) -> bool:
    """Stated on the page, and not masked."""
    value = truth.get(name)
    return (
        value not in (None, "", []) and name not in truth.get("not_found_in_text_layer", ()) and "*" not in str(value)
    )


def _amounts(item: dict[str, Any]) -> dict[str, str]:
    """A true line's amounts under the names of the record; a plain `amount` may be either."""
    stated = {key: str(item[key]) for key in ("net", "gross", "amount") if _is_number(item.get(key))}
    plain = stated.pop("amount", None)
    free = next((key for key in ("net", "gross") if key not in stated), None)
    return stated | {free: plain} if plain is not None and free else stated


def _is_number(value: object) -> bool:
    try:
        return Decimal(str(value)).is_finite()
    except InvalidOperation:
        return False

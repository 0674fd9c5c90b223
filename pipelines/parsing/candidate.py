"""A value that a field may have, with its place, its rule and its score."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from pipelines import invoices
from pipelines.pages import Box
from pipelines.parsing.labels import TWO_LETTERS, Label
from pipelines.parsing.places import Place

THREE_LETTERS: Final = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value a field may have. `score` 0..1; `rule` tells how it was found (`label:right`)."""

    field: str
    value: Any
    text: str
    page: int
    box: Box
    score: float
    rule: str
    label: str = ""
    currency: str | None = None

    def evidence(self) -> invoices.Evidence:
        """As the record's evidence."""
        box = (round(self.box.x0, 1), round(self.box.y0, 1), round(self.box.x1, 1), round(self.box.y1, 1))
        rule = f"{self.rule} ({self.label})" if self.label else self.rule
        return invoices.Evidence(
            page=self.page,
            box=box,
            text=self.text[:200],
            rule=rule,
            confidence=round(min(max(self.score, 0.0), 1.0), 3),
        )


def make_candidate(
    field: str,
    value: Any,
    place: Place,
    start: int,
    end: int,
    label: Label,
    score: float,
    currency: str | None = None,
) -> Candidate:
    # a misread digit is worse than none: the least sure word of the value decides
    sure = place.cell.span_confidence(place.start + start, place.start + end)
    return Candidate(
        field,
        value,
        place.text[start:end],
        place.cell.page,
        place.box(start, end),
        score * trust(sure),
        f"label:{place.relation}",
        label.spelling,
        currency,
    )


def trust(confidence: float) -> float:
    """What a word's confidence leaves of a score: all from 0.92, nothing below 0.4."""
    return min(max((confidence - 0.4) / 0.52, 0.0), 1.0)


def nearness(text: str, start: int) -> float:
    """How near the value is to the place's beginning: words between cost."""
    # what stands before a colon still belongs to the label
    between = TWO_LETTERS.findall(text[:start].rpartition(":")[2]) if start else ()
    return 0.9 ** min(len(between), 8)

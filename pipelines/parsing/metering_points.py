"""Which metering point a line or a meter reading of a collective invoice is for.

A collective invoice prints each point's code over its part, or in its rows. Codes count only where their
label is sure or their check digits close, and an assignment only where every point gets something: an
index of points at the top heads nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pipelines.invoices import Evidence
from pipelines.parsing.candidate import Candidate
from pipelines.parsing.folding import squash
from pipelines.parsing.proofs import read_ppe

_LABELLED: Final = 0.5
_SURE: Final = 0.7
_SHORTEST: Final = 6


@dataclass(frozen=True, slots=True)
class Heading:
    """A point's code, where it stands: page and height in points from the page's top."""

    page: int
    top: float
    code: str


def headings(candidates: Sequence[Candidate]) -> tuple[Heading, ...]:
    """Codes of points, top to bottom; empty where they are all one point's.

    Where codes close by their check digits (PPE), only those count; else well labelled numbers of one length.
    """
    strong = [(c, read_ppe(c.value)) for c in candidates if c.field == "metering_point" and c.score >= _LABELLED]
    found = [Heading(c.page, c.box.y0, ppe.number) for c, ppe in strong if ppe is not None and ppe.valid]
    if not found:
        plain = [Heading(c.page, c.box.y0, squash(c.value)) for c, _ in strong if c.score >= _SURE]
        found = [h for h in plain if h.code.isdigit() and len(h.code) == len(plain[0].code) >= _SHORTEST]
    several = len({heading.code for heading in found}) > 1
    return tuple(sorted(set(found), key=_place)) if several else ()


def points_of(evidence: Sequence[Evidence], heads: Sequence[Heading]) -> list[str | None]:
    """For each line or reading its point: the code in its row, else the last one above it.

    Args:
        evidence: Where each stands.
        heads: What `headings` gave.

    Returns:
        One code for each; None for all where not every point would get one.
    """
    points = [_point_of(said, heads) for said in evidence]
    whole = {point for point in points if point} == {heading.code for heading in heads}
    return points if whole else [None] * len(points)


def _point_of(said: Evidence, heads: Sequence[Heading]) -> str | None:
    letters = squash(said.text)
    own = {heading.code for heading in heads if heading.code in letters}
    if len(own) == 1:
        return own.pop()
    if said.page is None or said.box is None:
        return None
    before = bisect_right(heads, (said.page, said.box[1]), key=_place)
    return heads[before - 1].code if before else None


def _place(heading: Heading) -> tuple[int, float]:
    return heading.page, heading.top

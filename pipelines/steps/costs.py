"""What a page will cost: first guesses, and what the documents of the last days really took."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from pipelines.documents import DocumentRecord
from pipelines.lake import Lake

SCANNED_FROM_SECONDS = 0.5
"""A page that took more CPU than this was read by OCR: with a text layer it takes a tenth, parsing included."""
_ENOUGH = 5
"""Scanned documents before their cost is believed rather than the guess."""
_SANE = (1.0, 30.0)
"""Bounds of a learned page, in seconds: an odd day must not make batches of one page, or of thousands."""


@dataclass(frozen=True, slots=True)
class Costs:
    """Estimated CPU seconds of reading."""

    document: float = 0.05
    text_page: float = 0.02
    scanned_page: float = 2.0

    def of(self, record: DocumentRecord) -> float:
        """Seconds to read a document."""
        scanned = max(0, record.pages - record.pages_with_text)
        return self.document + record.pages_with_text * self.text_page + scanned * self.scanned_page


def learn_costs(lake: Lake, days: Iterable[date]) -> Costs:
    """Costs by the documents table of some received days; the first guesses where it tells too little."""
    from pipelines.silver import received_rows

    rows = received_rows(lake, days, ["pages", "cpu_seconds"])
    return fit((row["pages"], float(row["cpu_seconds"])) for row in rows if row["pages"] and row["cpu_seconds"])


def fit(took: Iterable[tuple[int, float]]) -> Costs:
    """Costs from (pages, CPU seconds) of documents: the median page of those that were scans."""
    pages = [seconds / count for count, seconds in took if seconds / count > SCANNED_FROM_SECONDS]
    if len(pages) < _ENOUGH:
        return Costs()
    return replace(Costs(), scanned_page=min(max(statistics.median(pages), _SANE[0]), _SANE[1]))

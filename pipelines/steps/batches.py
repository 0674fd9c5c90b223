"""What is planned (Scope, Batch) and what was done (Report): values that travel through XCom.

They carry ids and counts, never text or tables.
"""

from __future__ import annotations

import heapq
import math
import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, NamedTuple, Self
from urllib.parse import unquote

from pipelines.settings import Settings

Mode = Literal["missing", "stale", "all"]
"""`missing`: do what has no output; `stale`: also what an older version or other options made; `all`."""

REPORT_ROWS = 100
"""Documents that a report names; the rest is counted only, so that XCom stays small."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which documents a step looks at."""

    days: tuple[date, ...] | None = None
    """Received days; None for the newest `LAKE_LIVE_DAYS`."""
    mode: Mode = "missing"
    document: str | None = None
    """Only the document of this id."""
    supplier: str | None = None
    """Only documents of this seller: a tax id, or a part of the name, as the documents table has them."""

    def received_days(self, settings: Settings, today: date | None = None) -> tuple[date, ...]:
        """The days to look at, oldest first. Today is UTC's."""
        if self.days is not None:
            return tuple(sorted(self.days))
        today = today or datetime.now(UTC).date()
        # one day ahead too: a clock that was set back must not hide what came before
        return tuple(today - timedelta(days=n) for n in range(settings.live_days - 1, -2, -1))

    def holds(self, document: object) -> bool:
        return self.document is None or str(document) == self.document


@dataclass(frozen=True, slots=True)
class Batch:
    """Work for one task. `label` is what people see in the grid."""

    label: str
    documents: tuple[str, ...]
    """Document ids; for ingest, keys of uploads."""
    seconds: float
    """Estimated work."""
    mode: Mode = "missing"
    pages: tuple[int, int] | None = None
    """First and last page of a chunk, 1-based; None for whole documents."""

    def to_json(self) -> dict[str, Any]:
        return {
            "label": self.label,
            "documents": list(self.documents),
            "seconds": round(self.seconds, 2),
            "mode": self.mode,
            "pages": list(self.pages) if self.pages else None,
        }

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Self:
        pages = (int(body["pages"][0]), int(body["pages"][1])) if body.get("pages") else None
        return cls(body["label"], tuple(body["documents"]), body["seconds"], body["mode"], pages)


class Outcome(NamedTuple):
    """What became of one document: a word such as `read`, `quarantined`, `unchanged`, and why."""

    document: str
    outcome: str
    reason: str = ""


DOCUMENTS_A_RUN = 5000
"""Documents planned at once: a plan travels through XCom; the rest is left to the next run."""
_WORTH_SPREADING_SECONDS = 4.0

Told = Callable[[Outcome], None]
"""Called with each document's outcome as it comes, for progress and heartbeats."""


def nobody(outcome: Outcome) -> None:
    """Nobody listens."""


@dataclass(slots=True)
class Report:
    """What a step did."""

    step: str
    told: Told = nobody
    outcomes: list[Outcome] = field(default_factory=list)
    """The first `DOCUMENTS_A_RUN` of each word: all of a plan's, and of a run of any length no more."""
    counts: Counter[str] = field(default_factory=Counter)
    """Other figures than outcomes: rows, months, commits."""
    partitions: set[str] = field(default_factory=set)
    """Billing months that changed, as `YYYY-MM-01`."""
    _words: Counter[str] = field(default_factory=Counter)

    def add(self, document: str, outcome: str, reason: str = "") -> None:
        self.take(Outcome(document, outcome, reason))

    def take(self, outcome: Outcome) -> None:
        self.keep(outcome)
        self.told(outcome)

    def keep(self, outcome: Outcome) -> None:
        """Count an outcome of which somebody was told already."""
        self._words[outcome.outcome] += 1
        if self._words[outcome.outcome] <= DOCUMENTS_A_RUN:
            self.outcomes.append(outcome)

    @property
    def by_outcome(self) -> dict[str, int]:
        return dict(sorted(self._words.items()))

    @property
    def wrote(self) -> bool:
        """Whether anything changed."""
        return bool(self._words.keys() - {"unchanged", "gone"}) or any(self.counts.values())

    def to_json(self) -> dict[str, Any]:
        telling = sorted(self.outcomes, key=lambda o: o.reason == "")
        return {
            "step": self.step,
            "outcomes": self.by_outcome,
            "counts": dict(sorted(self.counts.items())),
            "partitions": sorted(self.partitions),
            "documents": [list(o) for o in telling[:REPORT_ROWS]],
        }

    def line(self) -> str:
        """One line for people."""
        parts = [f"{n} {name}" for name, n in self.by_outcome.items()]
        parts += [f"{name} {n}" for name, n in sorted(self.counts.items())]
        return f"{self.step}: {', '.join(parts) or 'nothing to do'}"


class Job(NamedTuple):
    """One document's estimated work in seconds."""

    document: str
    seconds: float


def pack(jobs: Iterable[Job], settings: Settings, mode: Mode, noun: str) -> list[Batch]:
    """Balanced batches of about `batch_seconds`; at most `max_batches`, the rest is left to the next run.

    The longest job goes to the emptiest batch (Graham's LPT rule), so that no task is left with the rest.
    """
    room = settings.batch_seconds * settings.max_batches
    taken: list[Job] = []
    # small ones first: nobody waits behind a scan of 500 pages
    for job in heapq.nsmallest(DOCUMENTS_A_RUN, jobs, key=lambda job: (job.seconds, job.document)):
        if room <= 0:
            break
        taken.append(job)
        room -= job.seconds
    total = sum(job.seconds for job in taken)
    # Work worth a second task is spread over the cores, in whole rounds: five batches on two cores leave one
    # core without work for a round.
    spread = (os.cpu_count() or 1) if total > _WORTH_SPREADING_SECONDS else 1
    rounds = max(1, math.ceil(total / settings.batch_seconds / spread))
    count = min(settings.max_batches, len(taken), rounds * spread)
    bins: list[list[Job]] = [[] for _ in range(count)] if taken else []
    loads = [0.0] * len(bins)
    for job in reversed(taken):
        emptiest = loads.index(min(loads))
        bins[emptiest].append(job)
        loads[emptiest] += job.seconds
    return [_batch(held, load, mode, noun) for held, load in zip(bins, loads, strict=True)]


def is_small(batches: list[Batch], settings: Settings) -> bool:
    """Whether a plan is one batch of so little work that a task of its own would cost more than the work."""
    return len(batches) == 1 and batches[0].seconds <= settings.at_once_seconds


def _batch(jobs: list[Job], seconds: float, mode: Mode, noun: str) -> Batch:
    documents = tuple(sorted(job.document for job in jobs))
    first = unquote(documents[0])  # keys of uploads are percent-encoded; ids hold no such thing
    label = first if len(documents) == 1 else f"{len(documents)} {noun} from {first}"
    return Batch(label, documents, seconds, mode)

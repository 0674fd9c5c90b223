"""Drift: a layout whose documents used to prove themselves and no longer do is held, from the first that shows it.

For each supplier's layout the newest documents are held against those before them; a layout that is new, against the
supplier's others. A fall is what chance would give less than once in a thousand times. The layout is then held: its
later documents wait for a person whatever their proofs say, since what broke some proofs may have bent others. Other
layouts go their way. A person releases it (`python -m pipelines drift --release LAYOUT`).
"""

from __future__ import annotations

import heapq
import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict

from pipelines.errors import InvalidKey
from pipelines.invoices import Invoice, Status
from pipelines.lake import Lake
from pipelines.layout import HeldKey, parse_key

log = logging.getLogger(__name__)

DAYS = 60
"""Received days that are looked at."""
_LEAST_BEFORE, _LEAST_AFTER, _MOST_AFTER = 10, 4, 40
_CHANCE = 0.001
_COLUMNS = ["document_id", "received_at", "supplier_tax_id", "layout", "invoices", "proven", "parsed_at"]


class Held(BaseModel):
    """`01_bronze/held_layouts/<layout>.json`: why a layout's documents wait for a person, and until when they did."""

    model_config = ConfigDict(frozen=True)

    layout: str
    supplier: str | None
    before: float
    """Share of documents that proved themselves, before the fall; 0..1."""
    after: float
    since: str
    """The first document that shows the fall."""
    at: AwareDatetime
    released_at: AwareDatetime | None = None
    released_by: str = ""

    def line(self) -> str:
        """One line for people."""
        rates = f"proof rate {self.before:.0%} -> {self.after:.0%}"
        what = f"layout {self.layout} of {self.supplier or 'an unknown supplier'}: {rates}"
        until = f", released by {self.released_by}" if self.released_at else ""
        return f"{what} since {self.since}{until}"


@dataclass(frozen=True, slots=True)
class Seen:
    """One parsed document: when it came, and whether all its invoices proved themselves."""

    document: str
    at: datetime
    proven: bool


@dataclass(frozen=True, slots=True)
class Fall:
    """Rates before and after, and the first document that shows it."""

    before: float
    after: float
    first: str


class Tally(NamedTuple):
    """How many of some documents proved themselves."""

    proven: int = 0
    documents: int = 0

    def plus(self, other: Tally) -> Tally:
        return Tally(self.proven + other.proven, self.documents + other.documents)

    def minus(self, other: Tally) -> Tally:
        return Tally(self.proven - other.proven, self.documents - other.documents)

    @property
    def rate(self) -> float:
        return self.proven / self.documents

    @classmethod
    def of(cls, seen: Sequence[Seen]) -> Tally:
        return cls(sum(one.proven for one in seen), len(seen))


_NONE = Tally()


def find_fall(history: Sequence[Seen], others: Tally = _NONE, earlier: Tally = _NONE) -> Fall | None:
    """The fall that chance explains least, if it explains it less than once in a thousand times.

    Args:
        history: A layout's documents by time, of which the newest 40 are looked at one by one.
        others: The supplier's documents of other layouts: what is expected of a layout with no history of its own.
        earlier: The layout's documents before those.
    """
    best: tuple[float, Fall] | None = None
    for begin in range(max(0, len(history) - _MOST_AFTER), len(history) - _LEAST_AFTER + 1):
        if history[begin].proven:
            continue  # a fall begins with a document that shows it
        before, after = Tally.of(history[:begin]).plus(earlier), Tally.of(history[begin:])
        base = before if before.documents >= _LEAST_BEFORE else before.plus(others)
        if base.documents < _LEAST_BEFORE:
            continue
        chance = _at_most(after.proven, after.documents, base.rate)
        if chance < _CHANCE and (best is None or chance < best[0]):
            best = chance, Fall(base.rate, after.rate, history[begin].document)
    return best[1] if best else None


def _at_most(hits: int, tries: int, rate: float) -> float:
    """The chance of at most so many hits (binomial). A rate of one would leave no chance for a single miss."""
    rate = min(rate, 0.98)
    return sum(math.comb(tries, n) * rate**n * (1 - rate) ** (tries - n) for n in range(hits + 1))


def watch_layouts(lake: Lake, now: datetime | None = None) -> list[Held]:
    """Hold every layout whose proof rate fell; returns those newly held, each logged as a warning.

    One read of the newest received days of silver's `documents`. Raises StorageUnavailable.
    """
    now = now or datetime.now(UTC)
    known, newly = held_layouts(lake), []
    for (supplier, layout), history in _histories(lake, now, known):
        if (standing := known.get(layout)) is not None and standing.released_at is None:
            continue
        fall = find_fall(history.newest, history.others, history.earlier)
        if fall is not None:
            held = Held(
                layout=layout, supplier=supplier, before=fall.before, after=fall.after, since=fall.first, at=now
            )
            lake.save(HeldKey(layout), held)
            log.warning("held for review: %s", held.line())
            newly.append(held)
    return newly


@dataclass(slots=True)
class _Layout:
    """What is kept of a layout's documents: the newest few, and how many of all proved themselves."""

    whole: Tally = _NONE
    earlier: Tally = _NONE
    others: Tally = _NONE
    _heap: list[tuple[datetime, str, bool]] = field(default_factory=list)

    @property
    def newest(self) -> list[Seen]:
        """By time."""
        return [Seen(document, at, proven) for at, document, proven in sorted(self._heap)]

    def add(self, seen: Seen, since: datetime | None) -> None:
        """One more document; what was seen before a release is settled, and counts for other layouts only."""
        one = Tally(int(seen.proven), 1)
        self.whole = self.whole.plus(one)
        if since is not None and seen.at <= since:
            return
        entry = (seen.at, seen.document, seen.proven)
        if len(self._heap) < _MOST_AFTER:
            heapq.heappush(self._heap, entry)
            return
        oldest = heapq.heappushpop(self._heap, entry)
        self.earlier = self.earlier.plus(Tally(int(oldest[2]), 1))


def _histories(lake: Lake, now: datetime, known: dict[str, Held]) -> Iterator[tuple[tuple[str | None, str], _Layout]]:
    """By supplier and layout, in one pass that holds 40 documents of each."""
    from pipelines.silver import received_rows  # only here: who asks what is held needs no table library

    today = now.astimezone(UTC).date()
    found: dict[tuple[str | None, str], _Layout] = {}
    for row in received_rows(lake, [today - timedelta(days=n) for n in range(DAYS)], _COLUMNS):
        if not row["layout"] or not row["invoices"] or row["received_at"] is None:
            continue
        since = known[row["layout"]].released_at if row["layout"] in known else None
        history = found.setdefault((row["supplier_tax_id"], row["layout"]), _Layout())
        history.add(Seen(row["document_id"], row["received_at"], row["proven"] == row["invoices"]), since)
    suppliers: dict[str | None, Tally] = {}
    for (supplier, _), history in found.items():
        suppliers[supplier] = suppliers.get(supplier, _NONE).plus(history.whole)
    for (supplier, layout), history in found.items():
        # nobody knows whose a layout without a supplier is: it has no others
        history.others = suppliers[supplier].minus(history.whole) if supplier else _NONE
        yield (supplier, layout), history


def held_layouts(lake: Lake) -> dict[str, Held]:
    """Every layout that was ever held, by fingerprint. One listing, and a read for each."""
    found = {}
    for entry in lake.storage.list(f"{HeldKey.folder}/"):
        try:
            key = parse_key(entry.key)
        except InvalidKey:
            continue
        if isinstance(key, HeldKey):
            found[key.layout] = Held.model_validate_json(lake.storage.get(entry.key))
    return found


def release_layout(lake: Lake, layout: str, who: str) -> Held | None:
    """Let a layout's documents go their way again; only later ones are watched. None where it is not held."""
    held = held_layouts(lake).get(layout)
    if held is None or held.released_at is not None:
        return None
    released = held.model_copy(update={"released_at": datetime.now(UTC), "released_by": who})
    lake.save(HeldKey(layout), released)
    return released


def hold_back(invoices: Sequence[Invoice], held: dict[str, Held]) -> tuple[Invoice, ...]:
    """The invoices, those of a held layout sent to review with the reason."""
    return tuple(_held_back(invoice, held.get(invoice.layout or "")) for invoice in invoices)


def _held_back(invoice: Invoice, held: Held | None) -> Invoice:
    if held is None or held.released_at is not None:
        return invoice
    fall = f"from {held.before:.0%} to {held.after:.0%} since {held.since}"
    reason = f"its layout {held.layout} is held: the share of its documents that prove themselves fell {fall}"
    return invoice.model_copy(
        update={"status": Status.NEEDS_REVIEW, "review_reasons": (*invoice.review_reasons, reason)}
    )

"""What waits at each stage: what watchers look at every few seconds, by listing only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from pipelines.ingest import open_uploads
from pipelines.lake import Lake
from pipelines.states import to_parse, to_read
from pipelines.steps.batches import Scope

EARLY = timedelta(seconds=1)
"""An upload counts as waiting so long before it has settled: starting the task that takes it takes as long."""
StageName = Literal["ingest", "ocr", "parse", "silver", "gold", "events"]


@dataclass(frozen=True, slots=True)
class Pending:
    """How much waits. `token` changes with the set of what waits; it is empty where nothing does."""

    count: int
    token: str

    @classmethod
    def of(cls, names: Iterable[str]) -> Pending:
        count = total = 0
        for name in names:
            # a sum has no order and holds no name; a name counts once, since each stands in one listing
            count += 1
            total += int.from_bytes(hashlib.blake2b(name.encode(), digest_size=16).digest(), "big")
        return cls(count, f"{total % 2**64:016x}" if count else "")


def pending(lake: Lake, stage: StageName, scope: Scope | None = None) -> Pending:
    """What waits at a stage, in the newest days or those of the scope.

    Looks often, from a process that must stay light: the table libraries load only where they are asked for.
    """
    days = (scope or Scope()).received_days(lake.settings)
    match stage:
        case "ingest":
            return Pending.of(upload.key for upload in open_uploads(lake).settled(datetime.now(UTC) + EARLY))
        case "ocr":
            return Pending.of(str(keys.document) for day in days for keys in to_read(lake, day))
        case "parse":
            return Pending.of(str(keys.document) for day in days for keys in to_parse(lake, day))
        case "silver":
            from pipelines.steps.promote import to_promote

            waiting = to_promote(lake, scope or Scope())
            return Pending.of(f"{keys.document} {keys.fingerprint}" for keys in waiting)
        case "gold":
            from pipelines.gold import pending_files

            return Pending.of(pending_files(lake))
        case "events":
            from pipelines.events import waiting_notes

            listening = bool(lake.settings.kafka_bootstrap_servers)
            return Pending.of(note.key for note in waiting_notes(lake, datetime.now(UTC)) if listening)

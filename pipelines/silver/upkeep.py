"""Looking after the tables: removing files that no version of the last days needs, and checkpoints.

Safe beside running writers and readers: a file is only removed a week after it left the newest version (or
was left behind by a writer that died), so nobody who opened the table in that week loses what it reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pipelines.lake import Lake
from pipelines.silver.digests import FOLDER, digests_key
from pipelines.silver.kind_tables import tables
from pipelines.silver.tables import Pinned, pin_existing

SAFE_RETENTION = timedelta(days=7)
"""Time travel reaches back this far; also the longest that a reader may hold a table open."""


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What was done to one table. `removed`: paths of files, relative to it."""

    table: str
    version: int
    removed: tuple[str, ...]


def keep_up(lake: Lake, retention: timedelta = SAFE_RETENTION, dry_run: bool = False) -> tuple[Upkeep, ...]:
    """Checkpoint each table and remove files that are older than the retention and no longer needed.

    Args:
        lake: Whose tables.
        retention: How far time travel shall reach back; no less than SAFE_RETENTION.
        dry_run: Only say what would be removed.

    Raises:
        ValueError: The retention is shorter than is safe.
    """
    if retention < SAFE_RETENTION:
        raise ValueError(f"a retention of {retention} could take files from under a reader; {SAFE_RETENTION} is safe")
    done: list[Upkeep] = []
    for spec in tables().values():
        table = pin_existing(lake, spec)
        if table is None:
            continue
        hours = int(retention.total_seconds() // 3600)
        # full: also files that no commit ever named, which killed writers leave behind
        removed = table.delta.vacuum(retention_hours=hours, dry_run=dry_run, full=True)
        removed += list(_lone_digests(table, retention, dry_run))
        if not dry_run:
            table.delta.create_checkpoint()
        done.append(Upkeep(spec.name, table.version, tuple(sorted(removed))))
    return tuple(done)


def _lone_digests(table: Pinned, retention: timedelta, dry_run: bool) -> Iterator[str]:
    """Old digests of files that are no longer live; `vacuum` does not look into folders that begin with `_`."""
    needed = {digests_key(file.path) for file in table.live}
    for entry in list(table.folder.list(f"{FOLDER}/")):
        if entry.key not in needed and entry.last_modified < datetime.now(UTC) - retention:
            if not dry_run:
                table.folder.delete(entry.key)
            yield entry.key

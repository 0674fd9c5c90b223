"""Upkeep as a step: silver's tables stay quick to open, and their folders do not grow without end."""

from __future__ import annotations

from datetime import timedelta

from pipelines.lake import Lake
from pipelines.silver import keep_up


def keep_tables_up(lake: Lake, retention: timedelta, *, dry_run: bool = False) -> list[str]:
    """Checkpoint and vacuum each table; one line each. Raises ValueError for a retention that is not safe."""
    verb = "would remove" if dry_run else "removed"
    return [f"{done.table}: {verb} {len(done.removed)} files" for done in keep_up(lake, retention, dry_run)]

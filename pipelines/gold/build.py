"""Making gold files: which are out of date, and one atomic put for each.

Readers see a file as it was or as it is, never half of it. A file that would hold the same rows from the
same sources is not written.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from pipelines.gold.catalog import CONSUMPTION_PER_PPE, GOLD_TABLES
from pipelines.gold.parquet import arrow_memory, same_rows, to_parquet
from pipelines.gold.pieces import File
from pipelines.gold.plan import Task, all_tasks, left_over, stale
from pipelines.gold.published import Published, Standing, provenance, published, remember
from pipelines.gold.rows import Older, computed, engine, nothing
from pipelines.gold.sources import Silver, open_silver
from pipelines.lake import Lake
from pipelines.storage import ObjectMissing

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GoldResult:
    """What a build did. `files`: (table, YYYY-MM) written; `removed`: of months that are no more."""

    months: tuple[date, ...]
    files: tuple[tuple[str, str], ...]
    removed: tuple[tuple[str, str], ...]
    rows: int
    bytes: int

    @property
    def counts(self) -> dict[str, int]:
        return {"files": len(self.files), "removed": len(self.removed), "rows": self.rows}


def pending_months(lake: Lake) -> tuple[date, ...]:
    """Months for which a gold file is not what silver would give now, oldest first.

    For `data_quality_daily` a month is one of received days; for all others a billing month.
    """
    waiting, gone = _pending(lake)
    months = {task.month for task in waiting} | {date.fromisoformat(f"{label}-01") for _, label in gone}
    return tuple(sorted(months))


def pending_files(lake: Lake) -> tuple[str, ...]:
    """The gold files that wait, each with the state of silver that it waits for: changes as silver moves."""
    waiting, gone = _pending(lake)
    named = [f"{task.table.name}/{task.label} {sorted(task.sources.items())}" for task in waiting]
    return tuple(sorted(named + [f"{name}/{label} is left over" for name, label in gone]))


def _pending(lake: Lake) -> tuple[list[Task], list[tuple[str, str]]]:
    silver, standing = open_silver(lake), published(lake)
    tasks = all_tasks(silver, standing, complete=False)
    return stale(tasks, standing), left_over(tasks, standing)


def build(lake: Lake, months: Sequence[date] | None) -> GoldResult:
    """Make the gold files of these months that are out of date; None: compute every file anew.

    Computed anew, a file is still only written where its rows, sources or definition differ: on an
    unchanged silver a full rebuild writes nothing, and any rebuild gives the same rows.

    Raises:
        StorageUnavailable: The store did not answer.
    """
    silver, standing = open_silver(lake), published(lake)
    tasks = all_tasks(silver, standing, complete=months is None)
    chosen = tasks if months is None else [task for task in stale(tasks, standing) if task.month in set(months)]
    gone = [
        (name, label)
        for name, label in left_over(tasks, standing)
        if months is None or date.fromisoformat(f"{label}-01") in set(months)
    ]
    written: list[tuple[Task, int, int]] = []
    out_of_date = {(task.table.name, task.month) for task in stale(tasks, standing)}
    with engine() as duck, arrow_memory():
        older = standing_consumption(lake, standing) if months is not None else nothing
        for task, found in computed(silver, chosen, duck, older=older):
            same = (task.table.name, task.month) not in out_of_date
            size = put_file(lake, silver, task, found, standing, must_differ=same)
            if size is not None:
                written.append((task, *size))
            del found  # before the next month is read
    for name, label in gone:
        key = GOLD_TABLES[name].month_key(label)
        lake.gold.delete(key)
        standing.drop(key)
    if written or gone:
        remember(lake, standing)
    touched = {task.month for task, _, _ in written} | {date.fromisoformat(f"{label}-01") for _, label in gone}
    return GoldResult(
        months=tuple(sorted(touched)),
        files=tuple((task.table.name, task.label) for task, _, _ in written),
        removed=tuple(gone),
        rows=sum(rows for _, rows, _ in written),
        bytes=sum(size for _, _, size in written),
    )


def standing_consumption(lake: Lake, standing: Standing) -> Older:
    """Gives a month's file of consumption as it stands, None where there is none."""

    def file(month: date) -> bytes | None:
        label = f"{month:%Y-%m}"
        if (CONSUMPTION_PER_PPE.name, label) not in standing.files:
            return None
        with suppress(ObjectMissing):
            return lake.gold.get(CONSUMPTION_PER_PPE.month_key(label))
        return None

    return file


def put_file(
    lake: Lake, silver: Silver, task: Task, found: pa.Table | File, standing: Standing, must_differ: bool
) -> tuple[int, int] | None:
    """Put one file. Returns its rows and bytes; None where it stands already."""
    key = task.table.month_key(task.label)
    notes = provenance(task.table, task.sources, silver)
    data = found.finish(notes) if isinstance(found, File) else to_parquet(found, task.table.schema, notes)
    if must_differ and same_rows(lake.gold.get(key), data):
        return None
    standing.put(key, lake.gold.put(key, data), Published(task.sources, task.table.definition))
    count = found.rows if isinstance(found, File) else found.num_rows
    log.info("gold file written", extra={"table": task.table.name, "month": task.label, "rows": count})
    return count, len(data)

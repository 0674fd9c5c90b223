"""Which gold files are to be made: those whose sources are no longer what they were made from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import pyarrow.compute as pc

from pipelines.gold.catalog import GOLD_TABLES, GoldTable
from pipelines.gold.published import Published, Standing
from pipelines.gold.sources import Silver


@dataclass(frozen=True, slots=True)
class Task:
    """One file to make: a table's month and the partitions that it is made from."""

    table: GoldTable
    month: date
    partitions: tuple[date, ...]
    sources: dict[str, str]

    @property
    def label(self) -> str:
        return f"{self.month:%Y-%m}"


def all_tasks(silver: Silver, standing: Standing, complete: bool) -> list[Task]:
    """Every file that should stand. `complete`: look for corrections in every month, not in changed ones."""
    months, received = sorted(silver.invoices.partitions), silver.documents.partitions
    corrected = _corrected_months(silver, standing.files, complete)
    tasks: list[Task] = []
    for table in GOLD_TABLES.values():
        match table.source:
            case "invoices" | "invoice_sums" | "tax_sums":
                tasks += [_task(table, silver, month, (month,)) for month in months]
            case "corrections":
                tasks += [_task(table, silver, month, sorted({month, *corrected.get(month, ())})) for month in months]
            case "documents":
                days: dict[date, list[date]] = {}
                for day in sorted(received):
                    days.setdefault(day.replace(day=1), []).append(day)
                tasks += [_task(table, silver, month, days[month]) for month in days]
    return tasks


def stale(tasks: Iterable[Task], standing: Standing) -> list[Task]:
    """Tasks whose file is missing, or was made from other rows or by another definition."""

    def is_stale(task: Task) -> bool:
        found = standing.files.get((task.table.name, task.label))
        return found is None or found.sources != task.sources or found.definition != task.table.definition

    return [task for task in tasks if is_stale(task)]


def left_over(tasks: Iterable[Task], standing: Standing) -> list[tuple[str, str]]:
    """Files of months that silver no longer holds."""
    wanted = {(task.table.name, task.label) for task in tasks}
    return sorted(set(standing.files) - wanted)


def _task(table: GoldTable, silver: Silver, month: date, partitions: Iterable[date]) -> Task:
    source = silver.documents if table.source == "documents" else silver.invoices
    held = tuple(partitions)
    return Task(table, month, held, {f"{source.name}/{p.isoformat()}": source.fingerprint(p) for p in held})


def _corrected_months(
    silver: Silver, standing: dict[tuple[str, str], Published], complete: bool
) -> dict[date, set[date]]:
    """Month of originals -> months that hold corrections of them.

    A month that did not change since it was last looked at is not read again: which originals it corrects
    stands in the sources of their files.
    """
    found: dict[date, set[date]] = {}
    seen: dict[date, str] = {}
    for (name, label), file in standing.items():
        if name != "corrections_vs_originals":
            continue
        target = date.fromisoformat(f"{label}-01")
        for source, fingerprint in file.sources.items():
            month = date.fromisoformat(source.rpartition("/")[2])
            if month == target:
                seen[month] = fingerprint
            elif silver.invoices.fingerprint(month) == fingerprint:
                found.setdefault(target, set()).add(month)
    unread = [m for m, fingerprint in silver.invoices.partitions.items() if complete or seen.get(m) != fingerprint]
    missing = {m for m in silver.invoices.partitions if m not in seen}
    for month in silver.invoices.partitions if missing else unread:
        for target in _targets(silver, month):
            if target != month and target in silver.invoices.partitions:
                found.setdefault(target, set()).add(month)
    return found


def _targets(silver: Silver, month: date) -> set[date]:
    """Months of the originals that a month's corrections correct."""
    dataset = silver.invoices.dataset([month])
    column = dataset.to_table(columns=["original_month"], filter=pc.field("original_month").is_valid()).column(0)
    return set(column.unique().to_pylist())

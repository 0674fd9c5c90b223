"""Whether gold says what silver says: every file computed anew and compared row by row."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.gold.parquet import same_rows, to_parquet
from pipelines.gold.pieces import File
from pipelines.gold.plan import all_tasks, left_over, stale
from pipelines.gold.published import published
from pipelines.gold.rows import computed, engine
from pipelines.gold.sources import open_silver
from pipelines.lake import Lake


def differing_files(lake: Lake) -> Iterator[tuple[str, str]]:
    """(table/month, what is wrong with it) of each gold file that silver would not give now.

    Raises:
        StorageUnavailable: The store did not answer.
    """
    silver, standing = open_silver(lake), published(lake)
    tasks = all_tasks(silver, standing, complete=True)
    waiting = {(task.table.name, task.label) for task in stale(tasks, standing)}
    with engine() as duck:
        for table, label in sorted(waiting):
            yield f"gold {table}/{label}", "silver has changed since; build gold"
        made = [task for task in tasks if (task.table.name, task.label) not in waiting]
        for task, wanted in computed(silver, made, duck):
            data = wanted.finish({}) if isinstance(wanted, File) else to_parquet(wanted, task.table.schema, {})
            if not same_rows(lake.gold.get(task.table.month_key(task.label)), data):
                yield f"gold {task.table.name}/{task.label}", "does not hold what silver gives; build gold anew"
    for table, label in left_over(tasks, standing):
        yield f"gold {table}/{label}", "is of a month that silver no longer holds; build gold"

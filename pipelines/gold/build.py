"""Making gold files: which are out of date, and one atomic put for each.

Readers see a file as it was or as it is, never half of it. A file that would hold the same rows from the
same sources is not written.
"""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.gold.catalog import GOLD_TABLES
from pipelines.gold.plan import Task, all_tasks, left_over, stale
from pipelines.gold.published import Published, Standing, provenance, published, remember
from pipelines.gold.rows import computed, engine
from pipelines.gold.sources import Silver, open_silver
from pipelines.lake import Lake

log = logging.getLogger(__name__)

_ROW_GROUP = 131_072
_DISTINCT = ("point_key", "point_id", "original_key", "document_id")
"""Columns whose values hardly repeat in a file: a dictionary of them costs time and bytes."""


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
    with engine() as duck:
        for task, rows in computed(silver, chosen, duck):
            same = (task.table.name, task.month) not in out_of_date
            size = put_file(lake, silver, task, rows, standing, must_differ=same)
            if size is not None:
                written.append((task, *size))
            del rows  # before the next month is read
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


def put_file(
    lake: Lake, silver: Silver, task: Task, rows: pa.Table, standing: Standing, must_differ: bool
) -> tuple[int, int] | None:
    """Put one file. Returns its rows and bytes; None where it stands already."""
    key = task.table.month_key(task.label)
    if must_differ and pq.read_table(io.BytesIO(lake.gold.get(key))).equals(rows.cast(task.table.schema)):
        return None
    data = to_parquet(rows, task.table.schema, provenance(task.table, task.sources, silver))
    standing.put(key, lake.gold.put(key, data), Published(task.sources, task.table.definition))
    log.info("gold file written", extra={"table": task.table.name, "month": task.label, "rows": rows.num_rows})
    return rows.num_rows, len(data)


def to_parquet(rows: pa.Table, schema: pa.Schema, notes: dict[bytes, bytes]) -> bytes:
    """A Parquet file: zstd, with the columns' comments and units, and where its rows come from.

    Texts of `rows` may be dictionaries, which are written as they are; readers get the types of `schema`.
    """
    sink = io.BytesIO()
    # a dictionary of a sum, a random key or a date, and the range of the first two, take time and help no reader
    few = [field.name for field in schema if not pa.types.is_decimal(field.type) and field.name not in _DISTINCT]
    with pq.ParquetWriter(
        sink,
        rows.schema,
        compression="zstd",
        compression_level=1,  # keys are random digits, which higher levels do not shrink
        use_dictionary=[name for name in few if not pa.types.is_date(schema.field(name).type)],
        write_statistics=few,
        store_decimal_as_integer=True,
        write_batch_size=_ROW_GROUP,
        store_schema=False,  # it would tell readers of dictionaries
    ) as writer:
        writer.add_key_value_metadata(notes | {b"ARROW:schema": base64.b64encode(schema.serialize().to_pybytes())})
        writer.write_table(rows, row_group_size=_ROW_GROUP)
    return sink.getvalue()

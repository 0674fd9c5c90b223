"""Making gold files: DuckDB over the pinned rows of silver, one atomic put for each file.

Readers see a file as it was or as it is, never half of it. A file that would hold the same rows from the
same sources is not written.
"""

from __future__ import annotations

import io
import itertools
import logging
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.errors import STORE_REMEDY, StorageUnavailable
from pipelines.gold.catalog import GOLD_TABLES
from pipelines.gold.plan import Task, all_tasks, left_over, stale
from pipelines.gold.published import Published, Standing, provenance, published, remember
from pipelines.gold.sources import Silver, SilverTable, open_silver
from pipelines.lake import Lake

log = logging.getLogger(__name__)

MEMORY_LIMIT = "400MB"
"""What DuckDB may hold before it spills to disk."""
_THREADS = 1
"""Gold runs beside readers that use the other cores; two threads took a tenth more CPU time and no less wall time."""
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
    if must_differ and pq.read_table(io.BytesIO(lake.gold.get(key))).equals(rows):
        return None
    data = to_parquet(rows, provenance(task.table, task.sources, silver))
    standing.put(key, lake.gold.put(key, data), Published(task.sources, task.table.definition))
    log.info("gold file written", extra={"table": task.table.name, "month": task.label, "rows": rows.num_rows})
    return rows.num_rows, len(data)


def computed(silver: Silver, tasks: Iterable[Task], duck: duckdb.DuckDBPyConnection) -> Iterator[tuple[Task, pa.Table]]:
    """Each file's rows, in its order and with its column types.

    A table whose rows are few is asked for all its months at once: planning a query over some sixty columns
    costs as much as answering it for a month.
    """
    for table, group in itertools.groupby(tasks, lambda task: task.table):
        waiting = list(group)
        if not table.month_of:
            yield from ((task, _rows(silver, task, task.partitions, duck)) for task in waiting)
            continue
        partitions = sorted({partition for task in waiting for partition in task.partitions})
        rows = _rows(silver, waiting[0], partitions, duck)
        months = pc.strftime(rows.column(table.month_of), format="%Y-%m")
        for task in waiting:
            yield task, rows.filter(pc.equal(months, task.label)).combine_chunks()


def _rows(silver: Silver, task: Task, partitions: Sequence[date], duck: duckdb.DuckDBPyConnection) -> pa.Table:
    table = task.table
    if table.source == "corrections" and not _has_corrections(silver, task):
        return table.schema.empty_table()
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    order = ", ".join(f'"{name}" NULLS FIRST' for name in table.order)
    sql = f"SELECT {names} FROM ({table.sql})" + (f" ORDER BY {order}" if order else "")  # noqa: S608 - our own files
    parameters = {"period_month": task.month} if "$period_month" in sql else None
    try:
        _name_inputs(duck, silver, task, partitions)
        found = duck.sql(sql, params=parameters).to_arrow_table()
    except (duckdb.IOException, OSError) as error:
        raise StorageUnavailable(f"silver could not be read: {error}", remedy=STORE_REMEDY) from error
    return pa.table([_cast(found.column(field.name), field.type) for field in table.schema], schema=table.schema)


def _cast(values: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """To the declared type. Prices and shares are divisions, with more digits than are kept; sums never are."""
    if pa.types.is_decimal(kind) and pa.types.is_floating(values.type):
        rounded = pc.round(values, ndigits=kind.scale)
        return pc.cast(rounded, pa.decimal128(38, kind.scale), safe=False).cast(kind)
    return values.cast(kind)


def _name_inputs(duck: duckdb.DuckDBPyConnection, silver: Silver, task: Task, partitions: Sequence[date]) -> None:
    """Name the rows that a task's SQL reads."""
    match task.table.source:
        case "invoices":
            _name_rows(duck, silver.invoices, partitions)
        case "documents":
            _name_rows(duck, silver.documents, partitions)
        case "corrections":
            corrections = _corrections(silver, task)
            duck.register("corrections", corrections)
            duck.register("originals", _originals(silver, task, corrections))


def _name_rows(duck: duckdb.DuckDBPyConnection, table: SilverTable, partitions: Sequence[date]) -> None:
    """DuckDB's own Parquet reader takes half the CPU time of Arrow's, where it can be used."""
    duck.execute(f"DROP VIEW IF EXISTS {table.name}")
    paths = table.files(partitions)
    if paths is None:
        duck.register("rows_of_" + table.name, table.dataset(partitions))
        duck.execute(f"CREATE TEMP VIEW {table.name} AS SELECT {table.selected} FROM rows_of_{table.name}")  # noqa: S608
        return
    # our own paths and names
    listed = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
    types = f"hive_partitioning = true, hive_types = {{'{table.column}': DATE}}, union_by_name = true"
    view = f"CREATE TEMP VIEW {table.name} AS SELECT {table.selected} FROM read_parquet([{listed}], {types})"  # noqa: S608
    duck.execute(view)


def _has_corrections(silver: Silver, task: Task) -> bool:
    """Whether any row is a correction that the month's file tells of; of most months a glance at statistics says no."""
    columns = ["original_month", "corrects_key", "period_month"]
    scanner = silver.invoices.dataset(task.partitions).scanner(columns=columns, filter=_told(task), use_threads=False)
    return bool(scanner.count_rows())


def _corrections(silver: Silver, task: Task) -> pa.Table:
    """Corrections of the month's invoices, and those of the month that wait for theirs."""
    return silver.invoices.dataset(task.partitions).to_table(filter=_told(task))


def _told(task: Task) -> pc.Expression:
    """Which rows a month's correction ledger tells of, beside the originals."""
    joined = pc.field("original_month") == task.month
    waiting = (
        pc.field("original_month").is_null()
        & pc.field("corrects_key").is_valid()
        & (pc.field("period_month") == task.month)
    )
    return joined | waiting


def _originals(silver: Silver, task: Task, corrections: pa.Table) -> pa.Table:
    dataset = silver.invoices.dataset([task.month])
    if not corrections.num_rows:
        return dataset.schema.empty_table()
    keys = corrections.column("corrects_key").unique()
    return dataset.to_table(filter=pc.field("invoice_key").isin(keys))


@contextmanager
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB of its own, in memory, with bounded memory and no access to extensions."""
    with tempfile.TemporaryDirectory(prefix="invoice-lake-") as spill:  # DuckDB's default is the current folder
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY_LIMIT,
            "threads": _THREADS,
            "autoinstall_known_extensions": "false",
            "temp_directory": spill,
        }
        with duckdb.connect(config=config) as duck:
            yield duck


def to_parquet(rows: pa.Table, notes: dict[bytes, bytes]) -> bytes:
    """A Parquet file: zstd, with the columns' comments and units, and where its rows come from."""
    sink = io.BytesIO()
    # the range of a sum or a random key lets no reader skip anything
    plain = [field.name for field in rows.schema if not pa.types.is_decimal(field.type) and field.name not in _DISTINCT]
    with pq.ParquetWriter(
        sink,
        rows.schema,
        compression="zstd",
        compression_level=1,  # keys are random digits, which higher levels do not shrink
        use_dictionary=[name for name in rows.column_names if name not in _DISTINCT],
        write_statistics=plain,
        store_decimal_as_integer=True,
    ) as writer:
        writer.add_key_value_metadata(notes)
        writer.write_table(rows, row_group_size=_ROW_GROUP)
    return sink.getvalue()

"""The rows of gold's files: DuckDB over the pinned rows of silver, and what is made of a month's invoices by column.

A month is read once for all tables that are made from it.
"""

from __future__ import annotations

import functools
import itertools
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.errors import STORE_REMEDY, StorageUnavailable
from pipelines.gold.catalog import SUMS, sums_sql
from pipelines.gold.kept import known_pieces
from pipelines.gold.months import MOST, open_month
from pipelines.gold.pieces import File, Made, made_of
from pipelines.gold.plan import Task
from pipelines.gold.sources import Silver, SilverTable

MEMORY_LIMIT = "400MB"
"""What DuckDB may hold before it spills to disk."""
_THREADS = 1
"""Gold runs beside readers that use the other cores; two threads took a tenth more CPU time and no less wall time."""
_HELD = 200_000
"""Rows of sums that are held before the tables that are made from them are asked for."""

Older = Callable[[date], bytes | None]
"""Gives a month's file of consumption as it stands."""

_LEDGER = (
    *("invoice_key", "period_month", "document_id", "invoice_number", "issue_date", "received_at", "currency"),
    *("seller_tax_id", "seller_name", "point_key", "effect", "effect_kwh", "effect_net", "effect_tax", "effect_gross"),
    *("corrects_key", "corrects_invoice_number", "corrects_issue_date", "corrects_reason"),
)
"""Columns of invoices that the SQL of corrections names."""


def nothing(_: date) -> None:
    """No file stands."""


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


def computed(
    silver: Silver,
    tasks: Iterable[Task],
    duck: duckdb.DuckDBPyConnection,
    most: int = MOST,
    older: Older = nothing,
) -> Iterator[tuple[Task, pa.Table | File]]:
    """What each file holds: its rows, in its order and with its column types, or all but its notes.

    Args:
        silver: Pinned.
        tasks: The files that are wanted.
        duck: An `engine`.
        most: Months of more invoices are asked of the SQL alone: DuckDB can spill to disk.
        older: Where what is still true of the consumption that stands may be taken over; else all is made anew.
    """
    wanted = list(tasks)
    of_months = [task for task in wanted if task.table.source in ("invoices", *SUMS)]
    yield from _of_months(silver, of_months, duck, most, older)
    for task in wanted:
        if task.table.source == "corrections":
            yield task, _corrections_rows(silver, task, duck)
    documents = [task for task in wanted if task.table.source == "documents"]
    if documents:
        _name_rows(duck, silver.documents, sorted({partition for task in documents for partition in task.partitions}))
        yield from _by_month(documents, duck)


def _of_months(
    silver: Silver,
    tasks: Sequence[Task],
    duck: duckdb.DuckDBPyConnection,
    most: int,
    older: Older,
) -> Iterator[tuple[Task, pa.Table | File]]:
    """What is made of each month's invoices; of their sums, once a good deal of these is held."""
    held: dict[str, list[pa.Table]] = {name: [] for name in SUMS}
    waiting: list[Task] = []
    for _, group in itertools.groupby(sorted(tasks, key=lambda task: task.month), lambda task: task.month):
        of_month = list(group)
        yield from _of_month(silver, of_month, held, duck, most, older)
        waiting += [task for task in of_month if task.table.source in SUMS]
        if sum(table.num_rows for tables in held.values() for table in tables) > _HELD:
            yield from _from_sums(waiting, held, duck)
            held, waiting = {name: [] for name in SUMS}, []
    yield from _from_sums(waiting, held, duck)


def _of_month(
    silver: Silver,
    tasks: Sequence[Task],
    held: dict[str, list[pa.Table]],
    duck: duckdb.DuckDBPyConnection,
    most: int,
    older: Older,
) -> Iterator[tuple[Task, pa.Table | File]]:
    """Consumption of a month; its sums go to `held`."""
    at = tasks[0].month
    names = [name for name in SUMS if any(task.table.source == name for task in tasks)]
    consumption = next((task for task in tasks if task.table.source == "invoices"), None)
    with open_month(silver.invoices, at, most) as month:
        if month is not None:
            ask = functools.partial(_consumption_rows, silver, consumption, duck) if consumption is not None else None
            made = made_of(month, names, known_pieces(month, older), ask)
        else:
            made = Made(dict.fromkeys(names), None)
    for name, tables in made.sums.items():
        if tables is None:
            _name_rows(duck, silver.invoices, [at])
            tables = [_asked(duck, sums_sql(name))]
        held[name] += tables
    if consumption is not None and made.file is None:
        _name_rows(duck, silver.invoices, [at])
        yield consumption, _rows(consumption, duck)
    elif consumption is not None:
        yield consumption, made.file


def _consumption_rows(silver: Silver, task: Task, duck: duckdb.DuckDBPyConnection, bills: pa.Table) -> pa.Table:
    _name_table(duck, silver.invoices, bills)
    return _rows(task, duck)


def _from_sums(
    tasks: Sequence[Task], held: dict[str, list[pa.Table]], duck: duckdb.DuckDBPyConnection
) -> Iterator[tuple[Task, pa.Table]]:
    for name, tables in held.items():
        if tables:
            duck.register(name, pa.concat_tables(tables, promote_options="permissive"))
    for _, group in itertools.groupby(sorted(tasks, key=lambda task: task.table.name), lambda task: task.table):
        yield from _by_month(list(group), duck)


def _by_month(tasks: Sequence[Task], duck: duckdb.DuckDBPyConnection) -> Iterator[tuple[Task, pa.Table]]:
    """A table's rows are asked for all months at once: planning a query costs as much as answering it for a month."""
    rows = _rows(tasks[0], duck)
    months = pc.strftime(rows.column(tasks[0].table.month_of), format="%Y-%m")
    for task in tasks:
        yield task, rows.filter(pc.equal(months, task.label)).combine_chunks()


def _rows(task: Task, duck: duckdb.DuckDBPyConnection) -> pa.Table:
    """What a table's SQL makes of its inputs, which are named already."""
    table = task.table
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    order = ", ".join(f'"{name}" NULLS FIRST' for name in table.order)
    sql = f"SELECT {names} FROM ({table.sql})" + (f" ORDER BY {order}" if order else "")  # noqa: S608 - our own files
    found = _asked(duck, sql, {"period_month": task.month} if "$period_month" in sql else None)
    return pa.table([_cast(found.column(field.name), field.type) for field in table.schema], schema=table.schema)


def _asked(duck: duckdb.DuckDBPyConnection, sql: str, parameters: dict[str, date] | None = None) -> pa.Table:
    try:
        return duck.sql(sql, params=parameters).to_arrow_table()
    except (duckdb.IOException, OSError) as error:
        raise StorageUnavailable(f"silver could not be read: {error}", remedy=STORE_REMEDY) from error


def _cast(values: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """To the declared type. Prices and shares are divisions, with more digits than are kept; sums never are."""
    if pa.types.is_decimal(kind) and pa.types.is_floating(values.type):
        rounded = pc.round(values, ndigits=kind.scale)
        return pc.cast(rounded, pa.decimal128(38, kind.scale), safe=False).cast(kind)
    return values.cast(kind)


def _name_rows(duck: duckdb.DuckDBPyConnection, table: SilverTable, partitions: Sequence[date]) -> None:
    """Name some partitions' rows. DuckDB's own Parquet reader takes half of Arrow's time, where it can be used."""
    paths = table.files(partitions)
    if paths is None:
        _name_table(duck, table, table.dataset(partitions))
        return
    # our own paths and names
    listed = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
    types = f"hive_partitioning = true, hive_types = {{'{table.column}': DATE}}, union_by_name = true"
    _name_view(duck, table, f"read_parquet([{listed}], {types})")


def _name_table(duck: duckdb.DuckDBPyConnection, table: SilverTable, rows: object) -> None:
    duck.register("rows_of_" + table.name, rows)
    _name_view(duck, table, "rows_of_" + table.name)


def _name_view(duck: duckdb.DuckDBPyConnection, table: SilverTable, rows: str) -> None:
    duck.execute(f"CREATE OR REPLACE TEMP VIEW {table.name} AS SELECT {table.selected} FROM {rows}")  # noqa: S608


def _corrections_rows(silver: Silver, task: Task, duck: duckdb.DuckDBPyConnection) -> pa.Table:
    if not _has_corrections(silver, task):
        return task.table.schema.empty_table()
    corrections = silver.invoices.dataset(task.partitions).to_table(columns=list(_LEDGER), filter=_told(task))
    duck.register("corrections", corrections)
    duck.register("originals", _originals(silver, task, corrections))
    return _rows(task, duck)


def _has_corrections(silver: Silver, task: Task) -> bool:
    """Whether any row is a correction that the month's file tells of; of most months a glance at statistics says no."""
    columns = ["original_month", "corrects_key", "period_month"]
    scanner = silver.invoices.dataset(task.partitions).scanner(columns=columns, filter=_told(task), use_threads=False)
    return bool(scanner.count_rows())


def _told(task: Task) -> pc.Expression:
    """Which rows a month's correction ledger tells of, beside the originals: of its invoices, and its waiting ones."""
    joined = pc.field("original_month") == task.month
    waiting = (
        pc.field("original_month").is_null()
        & pc.field("corrects_key").is_valid()
        & (pc.field("period_month") == task.month)
    )
    return joined | waiting


def _originals(silver: Silver, task: Task, corrections: pa.Table) -> pa.Table:
    if not corrections.num_rows:
        return corrections
    keys = corrections.column("corrects_key").unique()
    return silver.invoices.dataset([task.month]).to_table(
        columns=list(_LEDGER), filter=pc.field("invoice_key").isin(keys)
    )

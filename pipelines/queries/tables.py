"""SQL over silver and gold: DuckDB with one view a table."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow as pa
from pyarrow import csv, dataset, parquet

from pipelines.arrow_files import filesystem
from pipelines.errors import Terminal
from pipelines.gold import GOLD_TABLES
from pipelines.gold.catalog import VIEWS, view_sql
from pipelines.lake import Lake
from pipelines.silver.kind_tables import tables as silver_tables
from pipelines.silver.tables import pin_existing

TableFormat = Literal["csv", "parquet"]


class QueryFailed(Terminal):
    """SQL that DuckDB refuses."""


def query(lake: Lake, sql: str) -> pa.Table:
    """Run SQL over the views of silver (`silver.invoices` or `invoices`) and gold.

    The connection reads nothing but these views: no files, no network. Raises QueryFailed.
    """
    # what does not fit in memory spills beside nobody's files: DuckDB's default is the current folder
    connection = duckdb.connect(config={"temp_directory": tempfile.gettempdir()})
    try:
        views = {"silver": _silver(lake), "gold": _gold(lake)}
        for schema, tables in views.items():
            connection.execute(f"CREATE SCHEMA {schema}")
            for name, data in tables.items():
                connection.register(f"_{schema}_{name}", data)
                connection.execute(f'CREATE VIEW {schema}."{name}" AS FROM "_{schema}_{name}"')
                connection.execute(f'CREATE VIEW "{name}" AS FROM "_{schema}_{name}"')
        if "consumption_per_ppe" in views["gold"]:
            for name in VIEWS:
                connection.execute(f'CREATE VIEW "{name}" AS {view_sql(name)}')
        connection.execute("SET enable_external_access = false; SET lock_configuration = true")
        result = connection.sql(sql).to_arrow_table()
    except duckdb.Error as error:
        known = ", ".join(sorted(name for tables in views.values() for name in tables))
        remedy = f"Tables: {known}." if known else f"{lake.storage.url} holds no tables yet; check LAKE_URL, or run."
        raise QueryFailed(str(error).partition("\n")[0], remedy=remedy) from error
    finally:
        connection.close()
    return result


def _silver(lake: Lake) -> dict[str, Any]:
    """Silver tables that exist, as datasets at their newest version."""
    pinned = {name: pin_existing(lake, spec) for name, spec in silver_tables().items()}
    return {
        # by ranges: a question may want two columns of all months
        name: table.delta.to_pyarrow_dataset(filesystem=filesystem(table.folder, table.sizes), schema=table.schema)
        for name, table in pinned.items()
        if table is not None
    }


def _gold(lake: Lake) -> dict[str, Any]:
    """Gold tables that exist, as datasets over their months' files."""
    found: dict[str, list[str]] = {}
    sizes: dict[str, int] = {}
    for entry in lake.gold.list():
        name = entry.key.partition("/")[0]
        if name in GOLD_TABLES and entry.key.endswith(".parquet"):
            found.setdefault(name, []).append(entry.key)
            sizes[entry.key] = entry.size
    if not found:
        return {}
    files = filesystem(lake.gold, sizes)
    return {
        name: dataset.dataset(sorted(keys), schema=GOLD_TABLES[name].schema, filesystem=files, format="parquet")
        for name, keys in found.items()
    }


def write_result(table: pa.Table, format: TableFormat, output: Path | None) -> None:  # noqa: A002 - the option's name
    """Write a result as CSV or Parquet; CSV goes to standard output where no file is named."""
    if format == "parquet":
        if output is None:
            raise Terminal("Parquet needs a file", remedy="Name one with --output FILE.")
        parquet.write_table(table, output, compression="zstd")
        return
    target: Any = output if output is not None else sys.stdout.buffer
    csv.write_csv(table, target)

"""Gold's tables for people: all rows of one, or those of some months."""

from __future__ import annotations

import pyarrow as pa
from pyarrow import dataset

from pipelines.arrow_files import filesystem
from pipelines.errors import Terminal
from pipelines.gold import GOLD_TABLES
from pipelines.lake import Lake

GOLD_NAMES = tuple(GOLD_TABLES)


class UnknownTable(Terminal):
    """Gold has no table of this name."""


def gold_rows(lake: Lake, name: str, first_month: str = "", last_month: str = "") -> pa.Table:
    """Rows of a gold table, with units and comments in the fields' metadata; empty where it is not made yet.

    Args:
        lake: The lake.
        name: One of GOLD_NAMES.
        first_month: `YYYY-MM`; months before it are left out. Empty: no bound.
        last_month: `YYYY-MM`; months after it are left out. Empty: no bound.

    Raises UnknownTable, StorageUnavailable.
    """
    table = GOLD_TABLES.get(name)
    if table is None:
        raise UnknownTable(f"gold has no table {name[:80]!r}", remedy=f"Tables: {', '.join(GOLD_NAMES)}.")
    sizes: dict[str, int] = {}
    for entry in lake.gold.list(f"{name}/"):
        month = entry.key.removeprefix(f"{name}/").removesuffix(".parquet")
        if entry.key.endswith(".parquet") and first_month <= month and (not last_month or month <= last_month):
            sizes[entry.key] = entry.size
    if not sizes:
        return table.schema.empty_table()
    files = filesystem(lake.gold, sizes)
    found = dataset.dataset(sorted(sizes), schema=table.schema, filesystem=files, format="parquet").to_table()
    return found.sort_by(
        [(column, "ascending") for column in ("period_month", *table.order) if column in found.column_names]
    )

"""The documents table as the ledger of received days: what earlier documents cost, and whose they are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from pipelines.lake import Lake
from pipelines.silver.schemas import DOCUMENTS
from pipelines.silver.tables import pin_existing


def received_rows(lake: Lake, days: Iterable[date], columns: list[str]) -> list[dict[str, Any]]:
    """These columns of the documents of some received days; nothing where there is no table yet.

    Reads those days' files only. Raises StorageUnavailable.
    """
    table = pin_existing(lake, DOCUMENTS)
    if table is None:
        return []
    known = [name for name in columns if name in table.schema.names]
    lacking = dict.fromkeys(name for name in columns if name not in known)  # a table that older code wrote last
    rows = table.dataset(table.of_partitions(days)).to_table(columns=known).to_pylist()
    return [row | lacking for row in rows] if lacking else rows

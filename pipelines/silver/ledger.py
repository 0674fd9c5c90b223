"""The documents table as the ledger of received days: what earlier documents cost, and whose they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from pipelines.lake import Lake
from pipelines.silver.schemas import DOCUMENTS
from pipelines.silver.tables import pin_existing

_ROWS = 4096
"""Rows read at once."""


def received_rows(lake: Lake, days: Iterable[date], columns: list[str]) -> Iterator[dict[str, Any]]:
    """These columns of the documents of some received days; nothing where there is no table yet.

    Reads those days' files only, a few thousand rows at a time. Raises StorageUnavailable.
    """
    table = pin_existing(lake, DOCUMENTS)
    if table is None:
        return
    known = [name for name in columns if name in table.schema.names]
    lacking = dict.fromkeys(name for name in columns if name not in known)  # a table that older code wrote last
    rows = table.dataset(table.of_partitions(days))
    for batch in rows.to_batches(columns=known, batch_size=_ROWS, batch_readahead=2, fragment_readahead=1):
        yield from (row | lacking for row in batch.to_pylist())

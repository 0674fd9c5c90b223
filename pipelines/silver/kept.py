"""What this process knows of silver from its last commits, kept for its next one.

A run of many documents commits some hundred at a time, and a watcher every few: each reads what the one before it
wrote, and opens the tables that it had open.

- Rows of files: Delta's files never change and have random names, so the rows that went into one are the rows that
  it holds. Only small files are kept, and few of them: of large ones the next commit mostly touches others.
- Open tables: brought up to the newest version they take a third of what opening takes. Only in a folder, where a
  look at the file of a commit tells for nothing whether the table is still the same one.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from pipelines.storage import Storage

MIB = 1024 * 1024


class KeptRows:
    """Tables by the address of their file, the ones used last; for threads.

    Attributes:
        most: Bytes of memory that all of them may take.
        largest: Bytes of the largest one that is kept.
    """

    def __init__(self, most: int, largest: int) -> None:
        self.most, self.largest = most, largest
        self._rows: OrderedDict[str, pa.Table] = OrderedDict()
        self._sizes: dict[str, int] = {}
        self._lock = threading.Lock()

    def get(self, address: str) -> pa.Table | None:
        with self._lock:
            if address in self._rows:
                self._rows.move_to_end(address)
            return self._rows.get(address)

    def put(self, address: str, rows: pa.Table) -> None:
        size = rows.get_total_buffer_size()  # what it holds on to, of which it may show a part
        if size > self.largest:
            return
        with self._lock:
            self._rows[address], self._sizes[address] = rows, size
            self._rows.move_to_end(address)
            while sum(self._sizes.values()) > self.most:
                self._forget(next(iter(self._rows)))

    def drop(self, address: str) -> None:
        """A file that no newer version holds."""
        with self._lock:
            self._forget(address)

    def clear(self) -> None:
        """As in a process that wrote nothing yet."""
        with self._lock:
            self._rows.clear()
            self._sizes.clear()

    def empty(self) -> KeptRows:
        """With the same bounds, for rows of files that are not committed yet."""
        return KeptRows(self.most, self.largest)

    def take(self, others: KeptRows) -> None:
        """The rows of files that are committed now."""
        for address, rows in others._rows.items():
            self.put(address, rows)

    def _forget(self, address: str) -> None:
        self._rows.pop(address, None)
        self._sizes.pop(address, None)


WRITTEN = KeptRows(most=12 * MIB, largest=8 * MIB)
"""Of this process. Twice what a small commit among 100,000 invoices starts from."""


def forget_written() -> None:
    """Let go of the rows, where a process will not commit again soon."""
    WRITTEN.clear()


class KeptTables:
    """Open Delta tables by address. Whoever takes one has it alone, since bringing it up to date changes it."""

    def __init__(self) -> None:
        self._tables: dict[str, tuple[DeltaTable, str]] = {}
        self._lock = threading.Lock()

    def take(self, folder: Storage) -> DeltaTable | None:
        """The table at its newest version; None where it is not kept, or where another one stands there now."""
        with self._lock:
            delta, known = self._tables.pop(folder.url, (None, ""))
        if delta is None or _commit_etag(folder, delta) != known:
            return None
        try:
            delta.update_incremental()
        except (DeltaError, OSError):
            return None  # it is opened anew, which tells what is wrong
        return delta

    def give(self, folder: Storage, delta: DeltaTable) -> None:
        """Keep a table that nobody reads any more."""
        known = _commit_etag(folder, delta)
        if known:
            with self._lock:
                self._tables[folder.url] = (delta, known)


def _commit_etag(folder: Storage, delta: DeltaTable) -> str:
    """Changes when the commit of the table's version is another, or was emptied; "" where it is gone."""
    if folder.folder is None:
        return ""
    entry = folder.head(commit_key(delta.version()))
    return entry.etag if entry is not None else ""


def commit_key(version: int) -> str:
    """Where the commit of a version stands, below the table's folder (Delta protocol, Delta Log Entries)."""
    return f"_delta_log/{version:020d}.json"


OPENED = KeptTables()
"""Of this process."""

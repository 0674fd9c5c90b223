"""Which keys a data file holds, eight bytes each: tells without opening the file that a key is not in it.

Whether an invoice stands already must be asked of every month. Reading the key columns for that would cost
36 bytes a row and the footer of every file; `_keys/<file>.bin` beside the months holds the first 64 bits of
each key, sorted, and is read in one call. It is written before its file is committed and never changes. A
file that has none is looked at itself, and so is one that seems to hold a key: digests only ever save work.
Folders whose name starts with `_` are no data to Delta readers, and `vacuum` passes them over.
"""

from __future__ import annotations

import binascii
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePosixPath

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.silver.tables import DataFile, Pinned
from pipelines.storage import ObjectMissing

Digests = npt.NDArray[np.uint64]
FOLDER = "_keys"
_KEY = 32
"""Hex digits of a key, of which the first half is kept."""
_AT_ONCE = 16


def digests_key(path: str) -> str:
    """Where a data file's digests stand, below the table's folder; `path` as in the Delta log."""
    return f"{FOLDER}/{PurePosixPath(path).stem}.bin"


def digests_of(columns: Iterable[pa.ChunkedArray]) -> list[Digests] | None:
    """The keys of some columns as numbers, nulls left out. None where one is no key of 32 hex digits."""
    found: list[Digests] = []
    for chunk in (chunk for column in columns for chunk in column.chunks):
        keys = chunk.drop_null()
        if not len(keys):
            continue
        _, ends, text = keys.buffers()
        offsets = np.frombuffer(ends, np.int32)[keys.offset : keys.offset + len(keys) + 1]
        if (np.diff(offsets) != _KEY).any():
            return None
        try:
            raw = binascii.unhexlify(memoryview(text)[offsets[0] : offsets[-1]])
        except binascii.Error:
            return None
        found.append(np.frombuffer(raw, ">u8")[::2].astype(np.uint64))
    return found


def to_bytes(parts: Sequence[Digests]) -> bytes:
    """Sorted, each once, little-endian."""
    whole = np.sort(np.concatenate(parts)) if parts else np.empty(0, np.uint64)
    # np.unique goes through a hash table before it sorts: five times the work
    once: Digests = whole[np.diff(whole, prepend=~whole[:1]) != 0]
    return once.astype("<u8").tobytes()


def files_with(table: Pinned, keys: Collection[str], files: Iterable[DataFile]) -> list[DataFile]:
    """The files that may hold one of these keys."""
    held, folder, asked = list(files), table.folder.folder, digests_of([pa.chunked_array([sorted(keys)], pa.string())])
    if asked is None:
        return held
    wanted = np.concatenate(asked)

    def may_hold(file: DataFile) -> bool:
        try:
            # a folder is read as it is: a file a month takes longer to ask the storage for than to read
            key = digests_key(file.path)
            found = (folder / key).read_bytes() if folder is not None else table.folder.get(key)
        except (ObjectMissing, FileNotFoundError):
            return True
        digests = np.frombuffer(found, "<u8")
        at = np.searchsorted(digests, wanted)
        return bool((digests[np.minimum(at, len(digests) - 1)] == wanted).any()) if len(digests) else False

    if folder is not None:
        return [file for file in held if may_hold(file)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [file for file, holds in zip(held, pool.map(may_hold, held), strict=True) if holds]

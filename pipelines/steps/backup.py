"""Copies of what cannot be made again: to another place, and back.

Text, JSON, silver and gold follow from the originals: after a restore a run makes them. Copying adds and never
changes or removes, so a lake that was damaged damages no copy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice

from pipelines.errors import CorruptObject
from pipelines.layout import ORIGINALS, RejectedKey
from pipelines.storage import Entry, Storage

_AT_ONCE = 8
_GROUP = 1000


def copy_originals(source: Storage, target: Storage) -> Iterator[tuple[str, Counter[str]]]:
    """Copy every original that the target lacks; yields each folder with how many were copied, present and bytes.

    Safe beside a running lake: records are listed first and copied last, so no record in the copy lacks its bytes.

    Raises:
        ObjectConflict: The target holds other bytes under a key that is written once.
        CorruptObject: What was written does not have the size of what was read.
        StorageUnavailable: Try again; what was copied stands.
    """
    *others, records = ORIGINALS
    known_records = list(source.list(f"{records}/"))
    for folder in others:
        yield folder, _copy(source, target, folder, source.list(f"{folder}/"))
    yield records, _copy(source, target, records, iter(known_records))


def _copy(source: Storage, target: Storage, folder: str, entries: Iterator[Entry]) -> Counter[str]:
    counts: Counter[str] = Counter()
    present = {entry.key: entry.size for entry in target.list(f"{folder}/")}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        while group := list(islice(entries, _GROUP)):
            missing = [entry for entry in group if present.get(entry.key) != entry.size]
            counts["present"] += len(group) - len(missing)
            for size in pool.map(partial(_copy_one, source, target), missing):
                counts["copied"] += 1
                counts["bytes"] += size
    return counts


def _copy_one(source: Storage, target: Storage, entry: Entry) -> int:
    if entry.key.startswith(f"{RejectedKey.folder}/"):
        target.put_chunks(entry.key, source.chunks(entry.key))  # of any size
    else:
        target.create(entry.key, source.get(entry.key))
    target.sync(entry.key)
    written = target.head(entry.key)
    if written is None or written.size != entry.size:
        raise CorruptObject(f"{target.url}/{entry.key} was not copied whole", remedy="Run it again.")
    return entry.size

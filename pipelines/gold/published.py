"""What stands in gold's files, and what each was made from.

That stands in the file's own metadata, so that a file and its origin can never disagree. `_sources.json`
remembers it with the etag under which it was read or written, so that a run asks for one object and not for
the footer of every file; where the listing shows another etag, the file itself is asked.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pyarrow.parquet as pq

from pipelines.arrow_files import filesystem
from pipelines.gold.catalog import GOLD_TABLES, GoldTable
from pipelines.gold.sources import Silver
from pipelines.lake import Lake
from pipelines.storage import Entry, ObjectMissing

METADATA = b"invoice_lake"
"""Key in a file's metadata: JSON with `sources`, `versions` and `definition`."""
REMEMBERED = "_sources.json"
"""Readers of Parquet folders pass over names that start with `_`."""
_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Published:
    """A gold file and what its metadata says it was made from."""

    sources: dict[str, str]
    definition: str


@dataclass(slots=True)
class Standing:
    """What stands: (table, YYYY-MM) -> origin, and the etag of each file by its key."""

    files: dict[tuple[str, str], Published] = field(default_factory=dict)
    etags: dict[str, str] = field(default_factory=dict)

    def put(self, key: str, etag: str, published: Published) -> None:
        self.files[_named(key)] = published
        self.etags[key] = etag

    def drop(self, key: str) -> None:
        self.files.pop(_named(key), None)
        self.etags.pop(key, None)


def _named(key: str) -> tuple[str, str]:
    table, _, file = key.partition("/")
    return table, file.removesuffix(".parquet")


def published(lake: Lake) -> Standing:
    """One listing, what is remembered, and the footer of each file that is not."""
    entries = [e for e in lake.gold.list() if e.key.endswith(".parquet") and e.key.partition("/")[0] in GOLD_TABLES]
    standing, known = Standing(), _remembered(lake) if entries else {}
    unknown: list[Entry] = []
    for entry in entries:
        etag, origin = known.get(entry.key, ("", None))
        if origin is not None and etag and etag == entry.etag:
            standing.put(entry.key, etag, origin)
        else:
            unknown.append(entry)
    files = filesystem(lake.gold, {entry.key: entry.size for entry in unknown})

    def read(entry: Entry) -> Published:
        with files.open_input_file(entry.key) as source:
            return _provenance(pq.read_metadata(source).metadata)

    with ThreadPoolExecutor(_AT_ONCE if lake.gold.folder is None else 1) as pool:
        for entry, origin in zip(unknown, pool.map(read, unknown), strict=True):
            standing.put(entry.key, entry.etag, origin)
    return standing


def remember(lake: Lake, standing: Standing) -> None:
    """Keep what stands for the next run. Two runs at once may each keep their own view: etags tell what is true."""
    notes = {
        key: {"etag": etag, "sources": origin.sources, "definition": origin.definition}
        for key, etag in sorted(standing.etags.items())
        if (origin := standing.files.get(_named(key))) is not None
    }
    lake.gold.put(REMEMBERED, json.dumps(notes, separators=(",", ":")).encode())


def _remembered(lake: Lake) -> dict[str, tuple[str, Published | None]]:
    notes: dict[str, Any] = {}
    # a memory that is missing or damaged is made anew from the files
    with suppress(ObjectMissing, ValueError):
        notes = json.loads(lake.gold.get(REMEMBERED))
    return {
        key: (str(note["etag"]), Published(dict(note["sources"]), str(note["definition"])))
        for key, note in notes.items()
        if isinstance(note, dict) and {"etag", "sources", "definition"} <= set(note)
    }


def _provenance(metadata: dict[bytes, bytes] | None) -> Published:
    """What a file says of itself; a file that says nothing counts as made from nothing."""
    notes: dict[str, Any] = json.loads((metadata or {}).get(METADATA, b"{}"))
    return Published(dict(notes.get("sources", {})), str(notes.get("definition", "")))


def provenance(table: GoldTable, sources: dict[str, str], silver: Silver) -> dict[bytes, bytes]:
    """The metadata of a file that is made now."""
    versions = {
        t.name: t.version for t in (silver.invoices, silver.documents) if any(s.startswith(t.name) for s in sources)
    }
    notes = {"sources": sources, "versions": versions, "definition": table.definition}
    return {METADATA: json.dumps(notes, sort_keys=True).encode()}

"""A document's state follows from which of its keys exist: the lake is the database.

What belongs here: reading one received day off its listings. What does not: opening an object.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby, starmap
from operator import itemgetter
from typing import Literal, TypeVar

from pipelines.documents import MEDIA_TYPES, DocumentId
from pipelines.errors import InvalidKey
from pipelines.lake import Lake
from pipelines.layout import (
    STEPS,
    EditKey,
    Key,
    ParsedKey,
    QuarantineKey,
    RawKey,
    RecordKey,
    RejectedKey,
    RejectedReasonKey,
    TextKey,
    day_prefix,
    parse_key,
)
from pipelines.listing import by_stem
from pipelines.storage import Entry

Stage = Literal["receiving", "received", "duplicate", "read", "parsed", "quarantined", "rejected"]


@dataclass(slots=True)
class DocumentKeys:
    """Which keys of one document exist, as one listing saw them."""

    document: DocumentId
    record: Entry | None = None
    raw: Entry | None = None
    extension: str = ""
    text: Entry | None = None
    parsed: Entry | None = None
    edits: list[Entry] = field(default_factory=list)
    quarantine: dict[str, Entry] = field(default_factory=dict)
    rejected: Entry | None = None
    reason: Entry | None = None

    @property
    def stage(self) -> Stage:
        """How far it came. `receiving`: its bytes stand, its record (or the reason of its rejection) not yet."""
        if self.reason is not None:
            return "rejected"
        if self.rejected is not None and self.record is None:
            return "receiving"
        if self.quarantine:
            return "quarantined"
        if self.parsed is not None:
            return "parsed"
        if self.text is not None:
            return "read"
        if self.raw is not None:
            return "received" if self.record is not None else "receiving"
        return "duplicate"

    @property
    def settled(self) -> bool:
        """Whether it came to rest at some end; one that still waits for a step will come by later."""
        return self.stage in ("parsed", "quarantined", "rejected", "duplicate") and (
            self.record is not None or self.reason is not None
        )

    @property
    def fingerprint(self) -> str:
        """Changes whenever anything that silver depends on is written: a hash of etags."""
        entries = [self.record, self.text, self.parsed, *self.edits, *self.quarantine.values(), self.reason]
        seen = sorted(f"{e.key} {e.etag} {e.size}" for e in entries if e is not None)
        return hashlib.sha256("\n".join(seen).encode()).hexdigest()[:32]

    def add(self, key: Key, entry: Entry) -> None:
        match key:
            case RecordKey():
                self.record = entry
            case RawKey():
                self.raw, self.extension = entry, key.extension
            case TextKey():
                self.text = entry
            case ParsedKey():
                self.parsed = entry
            case EditKey():
                self.edits.append(entry)
            case QuarantineKey():
                self.quarantine[key.step] = entry
            case RejectedReasonKey():
                self.reason = entry
            case RejectedKey():
                self.rejected = entry
            case _:
                pass  # pages and chunks say nothing that the text does not


_FOLDERS = (
    RecordKey.folder,
    RawKey.folder,
    TextKey.folder,
    ParsedKey.folder,
    EditKey.folder,
    RejectedKey.folder,
    *(f"{QuarantineKey.folder}/{step}" for step in STEPS),
)


def each_document(lake: Lake, day: date, folders: tuple[str, ...] = _FOLDERS) -> Iterator[DocumentKeys]:
    """The documents of one received day by name: one listing a folder, read side by side, none of them held."""
    for entries in _joined(*(_entries(lake, folder, day) for folder in folders)):
        keys: DocumentKeys | None = None
        for _, entry in entries:
            with suppress(InvalidKey):  # what is no key of the layout is passed over
                key = parse_key(entry.key)
                document = getattr(key, "document", None)
                if isinstance(document, DocumentId):
                    keys = keys or DocumentKeys(document)
                    keys.add(key, entry)
        if keys is not None:
            yield keys


def day_documents(lake: Lake, day: date, folders: tuple[str, ...] = _FOLDERS) -> dict[DocumentId, DocumentKeys]:
    """Every document of one received day by its id, all of them held."""
    return {keys.document: keys for keys in each_document(lake, day, folders)}


def to_read(lake: Lake, day: date) -> Iterator[DocumentKeys]:
    """Documents of a day that wait to be read: raw bytes and a record, no text, not given up."""
    needed = (_entries(lake, RawKey.folder, day), _entries(lake, RecordKey.folder, day, ".json"))
    return _waiting(needed, _names(lake, TextKey.folder, day, ".txt"), _given_up(lake, "ocr", day))


def to_parse(lake: Lake, day: date) -> Iterator[DocumentKeys]:
    """Documents of a day that wait to be parsed: text, no parsed JSON, not given up."""
    needed = (_entries(lake, TextKey.folder, day, ".txt"),)
    return _waiting(needed, _names(lake, ParsedKey.folder, day, ".json"), _given_up(lake, "parse", day))


_ItemT = TypeVar("_ItemT")
_Listing = Iterator[tuple[str, _ItemT]]
"""Stems in order, each with what stands there."""


def _waiting(needed: tuple[_Listing[Entry], ...], *others: _Listing[str]) -> Iterator[DocumentKeys]:
    """Documents that stand in all listings needed and in none of the others.

    Keys are parsed, and of a folder's files those looked at, of what is needed only: most of a day waits for nothing.
    """
    for found in _joined(*needed, *others):
        entries = {n: entry for n, entry in found if isinstance(entry, Entry)}
        if len(entries) != len(needed) or any(n >= len(needed) for n, _ in found):
            continue
        with suppress(InvalidKey):
            parsed = [(parse_key(entry.key), entry) for entry in entries.values()]
            keys = DocumentKeys(parsed[0][0].document)  # type: ignore[union-attr]
            for key, entry in parsed:
                keys.add(key, entry)
            yield keys


def _entries(lake: Lake, folder: str, day: date, suffix: str = "") -> _Listing[Entry]:
    prefix = day_prefix(folder, day)
    return by_stem((e.key[len(prefix) :], e) for e in lake.storage.ordered(prefix) if e.key.endswith(suffix))


def _names(lake: Lake, folder: str, day: date, suffix: str) -> _Listing[str]:
    prefix = day_prefix(folder, day)
    return by_stem((key[len(prefix) :], key) for key in lake.storage.names(prefix) if key.endswith(suffix))


def _given_up(lake: Lake, step: str, day: date) -> _Listing[str]:
    return _names(lake, f"{QuarantineKey.folder}/{step}", day, ".json")


def _joined(*listings: _Listing[_ItemT]) -> Iterator[list[tuple[int, _ItemT]]]:
    """What stands under each stem, with the number of its listing. Holds one entry of each listing, and one stem's."""
    merged = heapq.merge(*starmap(_numbered, enumerate(listings)), key=itemgetter(0, 1))
    for _, group in groupby(merged, key=itemgetter(0)):
        yield [(n, item) for _, n, item in group]


def _numbered(n: int, listing: _Listing[_ItemT]) -> Iterator[tuple[str, int, _ItemT]]:
    return ((f"{stem}.", n, item) for stem, item in listing)


def all_days(lake: Lake) -> tuple[date, ...]:
    """Every received day that the lake knows, rejected files included."""
    return tuple(sorted({*lake.days(RecordKey.folder), *lake.days(RejectedKey.folder)}))


def document_keys(lake: Lake, document: DocumentId) -> DocumentKeys | None:
    """One document's keys by a dozen calls, however many documents its day holds; None if unknown."""
    keys, storage = DocumentKeys(document), lake.storage
    names: list[Key] = [RecordKey(document), TextKey(document), ParsedKey(document), RejectedKey(document)]
    names += [RejectedReasonKey(document), *(QuarantineKey(step, document) for step in STEPS)]
    for key in names:
        entry = storage.head(str(key))
        if entry is not None:
            keys.add(key, entry)
    _add_raw(lake, keys)
    for entry in storage.list(f"{EditKey.folder}/{document}/"):
        with suppress(InvalidKey):
            keys.add(parse_key(entry.key), entry)
    return keys if keys.record or keys.reason or keys.raw else None


def _add_raw(lake: Lake, keys: DocumentKeys) -> None:
    """The raw copy: its extension stands in the record; where that is missing, each one is tried."""
    extensions = [lake.record(keys.document).extension] if keys.record else list(MEDIA_TYPES)
    for extension in extensions:
        key = RawKey(keys.document, extension)
        entry = lake.storage.head(str(key))
        if entry is not None:
            keys.add(key, entry)
            return

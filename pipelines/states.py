"""A document's state follows from which of its keys exist: the lake is the database.

What belongs here: reading one received day off its listings. What does not: opening an object.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

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


def day_documents(lake: Lake, day: date, folders: tuple[str, ...] = _FOLDERS) -> dict[DocumentId, DocumentKeys]:
    """Every document of one received day, sorted by id: one listing a folder, whatever the lake holds."""
    found: dict[DocumentId, DocumentKeys] = {}
    for folder in folders:
        for key, entry in lake.day_keys(folder, day):
            document = getattr(key, "document", None)
            if isinstance(document, DocumentId):
                found.setdefault(document, DocumentKeys(document)).add(key, entry)
    return dict(sorted(found.items(), key=lambda item: (item[0].slug, item[0].digest)))


def to_read(lake: Lake, day: date) -> Iterator[DocumentKeys]:
    """Documents of a day that wait to be read: raw bytes, no text, not given up."""
    raw = _by_name(lake, RawKey.folder, day, "")
    records = _by_name(lake, RecordKey.folder, day, ".json")
    done = _by_name(lake, TextKey.folder, day, ".txt").keys()
    given_up = _by_name(lake, f"{QuarantineKey.folder}/ocr", day, ".json").keys()
    for name in sorted(raw):
        stem = name.rpartition(".")[0]
        if stem in records and stem not in done and stem not in given_up:
            yield from _named(raw[name], records[stem])


def to_parse(lake: Lake, day: date) -> Iterator[DocumentKeys]:
    """Documents of a day that wait to be parsed: text, no parsed JSON, not given up."""
    texts = _by_name(lake, TextKey.folder, day, ".txt")
    done = _by_name(lake, ParsedKey.folder, day, ".json").keys()
    given_up = _by_name(lake, f"{QuarantineKey.folder}/parse", day, ".json").keys()
    for name in sorted(texts.keys() - done - given_up):
        yield from _named(texts[name])


def _by_name(lake: Lake, folder: str, day: date, suffix: str) -> dict[str, Entry]:
    """One day of a folder by what stands before the suffix. Nothing is parsed: most of a day waits for nothing."""
    prefix = day_prefix(folder, day)
    end = -len(suffix) or None
    return {e.key[len(prefix) : end]: e for e in lake.storage.list(prefix) if e.key.endswith(suffix)}


def _named(*entries: Entry) -> Iterator[DocumentKeys]:
    """One document by its entries; what is no key of the layout is passed over."""
    with suppress(InvalidKey):
        keys = [parse_key(entry.key) for entry in entries]
        found = DocumentKeys(keys[0].document)  # type: ignore[union-attr]
        for key, entry in zip(keys, entries, strict=True):
            found.add(key, entry)
        yield found


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

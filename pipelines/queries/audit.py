"""Whether everything adds up: each layer against the one before it.

An audit reads the whole lake, one received day at a time; it is for people who want to be sure, not for the
live flow. What it finds names the step that would make it right again, where one can (`steps.mend`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import islice
from typing import Literal, NamedTuple

from pipelines.documents import DocumentId, DocumentRecord, Tombstone, sha256_hex
from pipelines.errors import CorruptObject, InvalidRecord
from pipelines.gold import differing_files
from pipelines.ingest import open_uploads
from pipelines.lake import Lake
from pipelines.layout import ContentKey, ForgettingKey, PagesKey, RecordKey, RejectedKey
from pipelines.queries.status import FINAL, status_of
from pipelines.silver import check_documents, seen_fingerprints
from pipelines.states import DocumentKeys, all_days, each_document
from pipelines.steps.promote import load_document
from pipelines.storage import ObjectMissing

Cure = Literal["none", "record", "read", "parse", "promote", "gold"]
"""The step that makes it right from what still stands; `none`: it needs a backup, or a person."""

_AT_ONCE = 500
"""Documents whose rows are compared together."""


class Difference(NamedTuple):
    """Something that does not add up: what it concerns, what is wrong, and what cures it."""

    subject: str
    what: str
    cure: Cure = "none"


@dataclass(slots=True)
class AuditReport:
    """What was dropped, and where each document is now."""

    states: Counter[str] = field(default_factory=Counter)
    waiting_uploads: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def dropped(self) -> int:
        """Files that were ever dropped, as far as the lake knows."""
        return self.states.total() + self.waiting_uploads

    @property
    def waiting(self) -> int:
        """Documents that still wait for a step, and files not yet taken."""
        return self.waiting_uploads + sum(n for state, n in self.states.items() if state not in FINAL)


def audit(lake: Lake, bytes_too: bool = True) -> AuditReport:
    """Check the lake: claims, records, raw bytes against their hashes, text, JSON, silver and gold.

    Args:
        lake: The lake to check.
        bytes_too: Also read every raw document and compare its SHA-256.
    """
    report = AuditReport()
    report.waiting_uploads = sum(1 for _ in open_uploads(lake).settled(datetime.now(UTC)))
    report.differences.extend(_claims(lake, report))
    report.differences.extend(_unfinished(lake))
    for day in all_days(lake):
        report.differences.extend(_day(lake, day, report, bytes_too))
    report.differences.extend(Difference(name, what, "gold") for name, what in differing_files(lake))
    return report


def _day(lake: Lake, day: date, report: AuditReport, bytes_too: bool) -> Iterator[Difference]:
    """One received day: its documents, the `documents` table and the rows against them; some hundred at a time."""
    seen = seen_fingerprints(lake, [day])
    documents = each_document(lake, day)
    while group := list(islice(documents, _AT_ONCE)):
        for keys in group:
            try:
                report.states[status_of(lake, keys).state] += 1
            except (InvalidRecord, ObjectMissing, ValueError) as error:
                report.states["broken"] += 1
                yield Difference(str(keys.document), f"cannot be told: {error}")
            yield from _document(lake, keys, bytes_too)
            yield from _promoted(keys, seen.pop(str(keys.document), None))
        yield from _rows(lake, [keys for keys in group if keys.settled])
    yield from (Difference(name, "stands in silver but not in bronze") for name in seen)


def _unfinished(lake: Lake) -> Iterator[Difference]:
    for entry in lake.storage.list(f"{ForgettingKey.folder}/"):
        name = entry.key.removeprefix(f"{ForgettingKey.folder}/").removesuffix(".json")
        yield Difference(name, "was being forgotten when that was interrupted; forget it again")


def _claims(lake: Lake, report: AuditReport) -> Iterator[Difference]:
    """Bytes that were claimed but never became a document; those that were forgotten are counted."""
    for entry in lake.storage.list(ContentKey.folder):
        body = lake.storage.get(entry.key)
        with suppress(ValueError):
            Tombstone.model_validate_json(body)
            report.states["forgotten"] += 1
            continue
        try:
            owner = DocumentRecord.model_validate_json(body)
        except ValueError:
            yield Difference(entry.key, "holds no record")
            continue
        if not lake.storage.exists(str(RecordKey(owner.document_id))):
            yield Difference(owner.id, "was claimed, but its record is missing; drop the file again", "record")


def _document(lake: Lake, keys: DocumentKeys, bytes_too: bool) -> Iterator[Difference]:
    name = str(keys.document)
    if keys.stage == "rejected":
        if keys.rejected is None or keys.reason is None:
            yield Difference(name, "is rejected, but its bytes or its reason are missing")
        elif bytes_too:
            digest = sha256_hex(b"".join(lake.storage.chunks(str(RejectedKey(keys.document)))))
            if digest[:16] != keys.document.digest:
                yield Difference(name, "rejected bytes differ from their hash")
        return
    if keys.record is None:
        yield Difference(name, "has objects but no record")
        return
    record = lake.record(keys.document)
    if record.duplicate_of:
        if not lake.storage.exists(str(RecordKey(DocumentId.parse(record.duplicate_of)))):
            yield Difference(name, f"is a duplicate of {record.duplicate_of}, which is missing")
        return
    if keys.raw is None:
        yield Difference(name, "has a record but no raw bytes")
    elif bytes_too:
        try:
            lake.raw(record)
        except CorruptObject:
            yield Difference(name, "raw bytes differ from their recorded SHA-256; restore them from a backup")
    if keys.text and not lake.storage.exists(str(PagesKey(keys.document))):
        yield Difference(name, "has text but no pages; replay from ocr with mode all", "read")
    if keys.parsed and not keys.text:
        yield Difference(name, "is parsed but has no text; replay from ocr", "read")


def _promoted(keys: DocumentKeys, seen: str | None) -> Iterator[Difference]:
    """One document against its fingerprint in the `documents` table."""
    if not keys.settled:
        return
    if seen is None:
        yield Difference(str(keys.document), "is not in silver; promote its day", "promote")
    elif seen != keys.fingerprint:
        yield Difference(str(keys.document), "changed since silver saw it; promote its day", "promote")


def _rows(lake: Lake, settled: list[DocumentKeys]) -> Iterator[Difference]:
    """The rows of invoices and lines against what was parsed and edited."""
    loaded = []
    for keys in settled:
        try:
            loaded.append(load_document(lake, keys))
        except (InvalidRecord, ObjectMissing) as error:
            yield Difference(str(keys.document), f"cannot be compared with silver: {error}", "parse")
    yield from (Difference(name, what, "promote") for name, what in check_documents(lake, loaded))

"""Mending what an audit found, from what still stands: each layer is made again from the one before it.

Nothing is guessed: raw bytes that differ from their hash, or a record whose bytes are gone, need a backup and
are left as they are.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from datetime import date

from pipelines.documents import DocumentId, DocumentRecord, sha256_hex
from pipelines.lake import Lake
from pipelines.layout import ContentKey, RawKey, RecordKey
from pipelines.queries.audit import Difference
from pipelines.steps.aggregate import build_gold
from pipelines.steps.batches import Batch, Scope
from pipelines.steps.parse import parse_batch
from pipelines.steps.promote import promote_silver
from pipelines.steps.read import read_batch
from pipelines.storage import ObjectMissing


def mend(lake: Lake, differences: Iterable[Difference]) -> Iterator[str]:
    """Make again what can be made; yields what is done as it is done. Raises Transient where the store fails."""
    found = list(differences)
    for document in _subjects(found, "record"):
        yield from _complete_record(lake, document)
    unread = _subjects(found, "read")
    for document in unread:
        read_batch(lake, _alone(document))
        yield f"{document} was read again"
    for document in sorted({*unread, *_subjects(found, "parse")}):
        parse_batch(lake, _alone(document))
        yield f"{document} was parsed again"
    days = sorted({DocumentId.parse(d.subject).day for d in found if d.cure in ("record", "read", "parse", "promote")})
    if days:
        yield from _promote(lake, tuple(days))
    if days or any(d.cure == "gold" for d in found):
        report = build_gold(lake, Scope(mode="all"))
        yield f"gold was computed anew: {len(report.outcomes)} months changed"


def _subjects(found: list[Difference], cure: str) -> list[str]:
    return sorted({difference.subject for difference in found if difference.cure == cure})


def _alone(document: str) -> Batch:
    return Batch(document, (document,), 0.0, "all")


def _complete_record(lake: Lake, document: str) -> Iterator[str]:
    """The claim on the bytes holds the whole record: it is written again where the bytes are the right ones."""
    for entry in lake.storage.list(ContentKey.folder):
        try:
            record = DocumentRecord.model_validate_json(lake.storage.get(entry.key))
        except ValueError:
            continue  # a tombstone, or what the audit names by itself
        if record.id != document:
            continue
        try:
            data = lake.storage.get(str(RawKey(record.document_id, record.extension)))
        except ObjectMissing:
            return
        if sha256_hex(data) == record.sha256:
            lake.save(RecordKey(record.document_id), record)
            yield f"{document} has its record again"


def _promote(lake: Lake, days: tuple[date, ...]) -> Iterator[str]:
    report = promote_silver(lake, Scope(days, "all"), f"mend-{uuid.uuid4().hex}")
    yield f"{len(days)} received days were promoted again: {report.counts['commits']} commits"

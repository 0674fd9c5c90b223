"""Where a document is: read off the keys that exist, and opened only for the ones that are asked about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from pipelines.documents import DocumentId, Rejection, slugify
from pipelines.errors import InvalidKey
from pipelines.lake import Lake
from pipelines.layout import ContentKey, ParsedKey, RejectedReasonKey
from pipelines.silver import apply_edits, load_edits
from pipelines.states import DocumentKeys, all_days, document_keys, each_document


@dataclass(frozen=True, slots=True)
class DocumentStatus:
    """One document for people.

    `state`: receiving, received, read, accepted, needs_review, duplicate, quarantined, rejected or deleted.
    """

    id: str
    file_name: str
    state: str
    reason: str
    remedy: str
    received_at: datetime | None
    pages: int
    parsed_key: str | None


FINAL = ("accepted", "needs_review", "duplicate", "quarantined", "rejected", "deleted")
"""States in which nothing waits for a machine."""


def status_of(lake: Lake, keys: DocumentKeys) -> DocumentStatus:
    """Opens the record, and what its state says more of."""
    if keys.stage == "rejected":
        reason = Rejection.model_validate_json(lake.storage.get(str(RejectedReasonKey(keys.document))))
        return DocumentStatus(
            str(keys.document), reason.file_name, "rejected", reason.message, reason.remedy, reason.at, 0, None
        )
    record = lake.record(keys.document) if keys.record else None
    state, reason_text, remedy, parsed_key = _told(lake, keys)
    if record and record.duplicate_of:
        reason_text = f"holds the same bytes as {record.duplicate_of}"
    return DocumentStatus(
        id=str(keys.document),
        file_name=record.file_name if record else "",
        state=state,
        reason=reason_text,
        remedy=remedy,
        received_at=record.received_at if record else None,
        pages=record.pages if record else 0,
        parsed_key=parsed_key,
    )


def _told(lake: Lake, keys: DocumentKeys) -> tuple[str, str, str, str | None]:
    """State, reason, remedy and the parsed key."""
    if keys.stage == "quarantined":
        given_up = [lake.quarantined(step, keys.document) for step in sorted(keys.quarantine)]
        reason = "; ".join(f"{q.step}: {q.message}" for q in given_up)
        return "quarantined", reason, given_up[0].remedy, None
    if keys.stage != "parsed":
        return keys.stage, "", "", None
    edits = load_edits(lake, keys.edits)
    edited = apply_edits(lake.parsed(keys.document), edits)
    key = str(ParsedKey(keys.document))
    if edited.deleted or edited.parsed is None:
        return "deleted", "", "", key
    reasons = "; ".join(reason for invoice in edited.parsed.invoices for reason in invoice.review_reasons)
    if edited.parsed.outcome == "needs_review" and not edited.parsed.invoices:
        reasons = "no invoice was found in it"
    return edited.parsed.outcome, reasons if edited.parsed.outcome == "needs_review" else "", "", key


def find_documents(lake: Lake, wanted: str) -> list[DocumentStatus]:
    """Documents by id, by SHA-256, or by file name (folder and extension may be left out); newest first."""
    with suppress(InvalidKey):
        keys = document_keys(lake, DocumentId.parse(wanted))
        return [status_of(lake, keys)] if keys else []
    if len(wanted) == 64 and lake.storage.exists(str(ContentKey(wanted.lower()))):
        return _with_digest(lake, wanted.lower()[:16])
    slug = slugify(wanted)
    found = [
        keys
        for day in all_days(lake)
        for keys in each_document(lake, day)
        if keys.document.slug == slug or wanted == keys.document.name
    ]
    return [status_of(lake, keys) for keys in sorted(found, key=lambda k: k.document, reverse=True)]


def _with_digest(lake: Lake, digest: str) -> list[DocumentStatus]:
    documents = (keys for day in all_days(lake) for keys in each_document(lake, day))
    return [status_of(lake, keys) for keys in documents if keys.document.digest == digest]


def documents_of_day(lake: Lake, day: date) -> Iterator[DocumentStatus]:
    """Every document of a received day."""
    for keys in each_document(lake, day):
        yield status_of(lake, keys)


def counts_by_state(lake: Lake, days: tuple[date, ...] | None = None) -> dict[str, int]:
    """How many documents are in each state, over some received days or all."""
    days = days if days is not None else all_days(lake)
    return dict(sorted(Counter(status.state for day in days for status in documents_of_day(lake, day)).items()))

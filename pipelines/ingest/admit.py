"""Admit one dropped file: sniff, limit, hash, claim, copy, verify, and only then remove the drop.

The order makes a crash at any point harmless: the claim on the bytes holds the whole record, so whoever
comes next (a retry, another name with the same bytes) completes what the first began.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from pipelines.documents import MEDIA_TYPES, DocumentId, DocumentRecord, Rejection, Tombstone, sha256_hex
from pipelines.errors import (
    CorruptObject,
    DocumentTooLarge,
    EmptyDocument,
    ForgottenDocument,
    InvalidRecord,
    Terminal,
    UnsupportedDocument,
)
from pipelines.ingest.uploads import Upload, Uploads
from pipelines.lake import Lake, to_json
from pipelines.layout import ContentKey, RawKey, RecordKey, RejectedKey
from pipelines.settings import MEBIBYTE
from pipelines.storage import ObjectConflict, ObjectMissing

AdmissionOutcome = Literal["received", "duplicate", "rejected", "forgotten", "gone"]
"""`forgotten`: the same bytes were erased on request; the drop is removed and kept nowhere."""
_EXTENSIONS = {media_type: extension for extension, media_type in MEDIA_TYPES.items()}


@dataclass(frozen=True, slots=True)
class Inspected:
    """What a first, cheap look at the bytes tells."""

    media_type: str
    pages: int
    pages_with_text: int


@dataclass(frozen=True, slots=True)
class Admission:
    """What became of one dropped file. `document` is the id that now stands for it ("" if it was gone)."""

    upload: str
    outcome: AdmissionOutcome
    document: str = ""
    reason: str = ""


class Inspector(Protocol):
    """A first look at bytes; handed in, so that ingest knows no reader."""

    def __call__(self, data: bytes, name: str) -> Inspected:
        """Raises UnsupportedDocument or EmptyDocument for what is no document."""
        ...


def admit_upload(
    lake: Lake,
    uploads: Uploads,
    upload: Upload,
    inspect: Inspector,
    now: datetime,
    uploader: str = "",
    source: str = "uploads",
    received: Callable[[DocumentRecord], None] = lambda _record: None,
) -> Admission:
    """Bring one dropped file into bronze, or into `rejected` with its reason.

    `received` is called with the record of a document that was admitted, before its drop is removed: who is
    killed before that is repeated by whoever comes next, this call included.

    Safe to repeat and to run twice at once. Raises Transient where the store fails; the drop then stays.
    """
    if upload.size > lake.settings.max_document_mib * MEBIBYTE:
        what = f"{upload.size / MEBIBYTE:.0f} MiB is over the limit of {lake.settings.max_document_mib} MiB"
        error = DocumentTooLarge(what, document=upload.name, remedy="Split the file, or raise LAKE_MAX_DOCUMENT_MIB.")
        return _reject(lake, uploads, upload, error, now)
    try:
        data = uploads.read(upload.key)
    except ObjectMissing:
        return Admission(upload.key, "gone")
    try:
        inspected = inspect(data, upload.name)
    except (UnsupportedDocument, EmptyDocument) as fault:
        return _reject(lake, uploads, upload, fault, now)
    record = _record(upload, data, inspected, now).model_copy(update={"uploader": uploader, "source": source})
    try:
        owner = _claim(lake, record)
    except ForgottenDocument as error:
        uploads.remove(upload.key)
        return Admission(upload.key, "forgotten", reason=str(error))
    # Completed here whoever made the claim: its maker may have died between claim and record.
    _store(lake, owner, data)
    admission = Admission(upload.key, "received", owner.id)
    if not _is_same_drop(owner, record):
        duplicate = record.model_copy(update={"duplicate_of": owner.id})
        _create_record(lake, duplicate)
        admission = Admission(upload.key, "duplicate", record.id, f"the same bytes as {owner.id} ({owner.file_name})")
    else:
        received(owner)
    uploads.remove(upload.key)
    return admission


def _record(upload: Upload, data: bytes, inspected: Inspected, now: datetime) -> DocumentRecord:
    sha256 = sha256_hex(data)
    return DocumentRecord(
        id=str(DocumentId.make(now.date(), upload.name, sha256)),
        sha256=sha256,
        bytes=len(data),
        media_type=inspected.media_type,
        extension=_EXTENSIONS[inspected.media_type],
        file_name=upload.name,
        pages=inspected.pages,
        pages_with_text=inspected.pages_with_text,
        received_at=now,
        uploaded_at=upload.changed,
    )


def _is_same_drop(owner: DocumentRecord, record: DocumentRecord) -> bool:
    """Whether a claim was made for this very drop, by a run that died before it removed the file."""
    return owner.id == record.id or (owner.file_name, owner.uploaded_at) == (record.file_name, record.uploaded_at)


def _claim(lake: Lake, record: DocumentRecord) -> DocumentRecord:
    """The record that owns these bytes: this one, or the one that came first."""
    key = str(ContentKey(record.sha256))
    try:
        lake.storage.create(key, to_json(record))
        return record
    except ObjectConflict:
        body = lake.storage.get(key)
    with suppress(ValueError):
        raise forgotten(Tombstone.model_validate_json(body))
    try:
        return DocumentRecord.model_validate_json(body)
    except ValueError as error:
        raise InvalidRecord(f"{key} holds no record", document=record.id, remedy="Run `audit`.") from error


def forgotten(tombstone: Tombstone) -> ForgottenDocument:
    """The error for bytes that are to stay out."""
    remedy = "If they may come back: `python -m pipelines forget --let-in FILE`, then drop it again."
    return ForgottenDocument(f"these bytes were forgotten on {tombstone.forgotten_on}", remedy=remedy)


def _store(lake: Lake, record: DocumentRecord, data: bytes) -> None:
    """The raw copy, read back and proven, then its record; both create-only."""
    if lake.storage.exists(str(RecordKey(record.document_id))):
        return
    key = str(RawKey(record.document_id, record.extension))
    lake.storage.create(key, data)
    lake.storage.sync(key)
    if sha256_hex(lake.storage.get(key)) != record.sha256:
        raise CorruptObject(
            f"{key} does not hold what was sent", document=record.id, remedy="The drop stays where it is."
        )
    _create_record(lake, record)


def _create_record(lake: Lake, record: DocumentRecord) -> None:
    try:
        lake.storage.create(str(RecordKey(record.document_id)), to_json(record))
    except ObjectConflict:
        # The same name and bytes on the same day are one document; the first record of it stands.
        if lake.record(record.document_id).sha256 != record.sha256:
            raise


def _reject(lake: Lake, uploads: Uploads, upload: Upload, error: Terminal, now: datetime) -> Admission:
    """Keep the file and say why it is no document; streamed, since it may be of any size."""
    digest = hashlib.sha256()
    try:
        for piece in uploads.chunks(upload.key):
            digest.update(piece)
    except ObjectMissing:
        return Admission(upload.key, "gone")
    with suppress(ObjectMissing, ValueError):
        tombstone = Tombstone.model_validate_json(lake.storage.get(str(ContentKey(digest.hexdigest()))))
        uploads.remove(upload.key)
        return Admission(upload.key, "forgotten", reason=str(forgotten(tombstone)))
    key = RejectedKey(DocumentId.make(now.date(), upload.name, digest.hexdigest()))
    if not lake.storage.exists(str(key.reason)):
        lake.storage.put_chunks(str(key), uploads.chunks(upload.key))
        lake.storage.sync(str(key))
        copied = hashlib.sha256()
        for piece in lake.storage.chunks(str(key)):
            copied.update(piece)
        if copied.digest() != digest.digest():
            raise CorruptObject(f"{key} does not hold what was sent", document=upload.name, remedy="The drop stays.")
        lake.storage.put_changed(str(key.reason), to_json(_reason(upload, key, digest.hexdigest(), error, now)))
    uploads.remove(upload.key)
    return Admission(upload.key, "rejected", str(key.document), str(error))


def _reason(upload: Upload, key: RejectedKey, sha256: str, error: Terminal, now: datetime) -> Rejection:
    return Rejection(
        id=str(key.document),
        file_name=upload.name,
        sha256=sha256,
        bytes=upload.size,
        error=type(error).__name__,
        message=error.cause,
        remedy=error.remedy,
        at=now,
    )

"""Receiving one file that somebody sends: through the same admission as a dropped file, and told at once.

A file that was sent before is answered with the document that holds its bytes, and writes nothing: a client
that tries again after a lost answer must not make a second document.
"""

from __future__ import annotations

import hashlib
import mmap
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import BinaryIO
from urllib.parse import quote

from pipelines.documents import DocumentRecord, Tombstone
from pipelines.errors import DocumentTooLarge, EmptyDocument, Terminal
from pipelines.events import open_outbox
from pipelines.ingest import Upload, admit_upload, forgotten
from pipelines.lake import Lake
from pipelines.layout import ContentKey, RecordKey
from pipelines.reading import SNIFF_BYTES, sniff_media_type
from pipelines.settings import MEBIBYTE
from pipelines.steps.announcing import Receipts
from pipelines.steps.ingesting import inspect_upload
from pipelines.storage import ObjectMissing

_PIECE = 1024 * 1024


class NotReceived(Terminal):
    """Admission refused what had passed its first look: the file changed meanwhile."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a file that was sent.

    Attributes:
        document: The id that stands for these bytes.
        new: Whether this call brought them; False where they were received before.
        media_type: As sniffed from the bytes.
        size: Bytes.
    """

    document: str
    new: bool
    media_type: str
    size: int


def receive_file(
    lake: Lake, file: BinaryIO, file_name: str, uploader: str, now: datetime | None = None, source: str = "desk"
) -> Receipt:
    """Bring an open local file into bronze, so that it waits to be read, and announce it.

    Args:
        lake: The lake.
        file: Its bytes, seekable; stays open.
        file_name: As the sender calls it: any characters.
        uploader: Who sends it.
        now: When; the clock's time if not told.
        source: How it came.

    Raises:
        DocumentTooLarge, EmptyDocument, UnsupportedDocument, ForgottenDocument: It is refused; nothing was written.
        StorageUnavailable: Try again.
    """
    size = file.seek(0, os.SEEK_END)
    if size > lake.settings.max_document_mib * MEBIBYTE:
        what = f"{size / MEBIBYTE:.0f} MiB is over the limit of {lake.settings.max_document_mib} MiB"
        raise DocumentTooLarge(what, document=file_name, remedy="Split the file, or raise LAKE_MAX_DOCUMENT_MIB.")
    if not size:
        raise EmptyDocument("the file is empty (0 bytes)", document=file_name, remedy="Send it again.")
    file.seek(0)
    media_type = sniff_media_type(file.read(SNIFF_BYTES), file_name)
    sha256 = hashlib.sha256()
    for piece in _pieces(file):
        sha256.update(piece)
    owner = _owner(lake, sha256.hexdigest())
    if owner is not None:
        return Receipt(owner, False, media_type, size)
    at = now or datetime.now(UTC)
    sent = _SentFile(file, Upload(quote(file_name, safe="/"), size, at))
    outbox = open_outbox(lake)
    receipts, inspect = Receipts(outbox), partial(inspect_upload, lake.settings)
    admission = admit_upload(lake, sent, sent.upload, inspect, at, uploader, source, receipts.note)
    if admission.outcome not in ("received", "duplicate"):
        raise NotReceived(admission.reason or "the file is gone", document=file_name, remedy="Send it again.")
    document = _owner(lake, sha256.hexdigest()) or admission.document
    receipts.send()
    outbox.settle()
    return Receipt(document, admission.outcome == "received", media_type, size)


def _owner(lake: Lake, sha256: str) -> str | None:
    """The document that holds these bytes, where its record stands: an unfinished claim is none."""
    try:
        body = lake.storage.get(str(ContentKey(sha256)))
    except ObjectMissing:
        return None
    with suppress(ValueError):
        raise forgotten(Tombstone.model_validate_json(body))
    record = DocumentRecord.model_validate_json(body)
    return record.id if lake.storage.exists(str(RecordKey(record.document_id))) else None


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(_PIECE):
        yield piece


@dataclass(slots=True)
class _SentFile:
    """One local file in the place of the uploads."""

    file: BinaryIO
    upload: Upload
    url: str = "sent:"

    def settled(self, now: datetime) -> Iterator[Upload]:  # noqa: ARG002
        yield self.upload

    def find(self, key: str) -> Upload | None:
        return self.upload if key == self.upload.key else None

    def read(self, key: str) -> bytes:  # noqa: ARG002 - there is but one
        # a map of the file: its pages are the system's to keep or drop, not memory of this process
        return memoryview(mmap.mmap(self.file.fileno(), 0, access=mmap.ACCESS_READ))  # type: ignore[return-value]

    def chunks(self, key: str) -> Iterator[bytes]:  # noqa: ARG002
        return _pieces(self.file)

    def remove(self, key: str) -> None:
        """Its owner removes it."""

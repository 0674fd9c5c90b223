"""Ingest as a step: which dropped files are settled, and bringing them into bronze."""

from __future__ import annotations

import logging
import time
from collections.abc import Container, Iterator
from datetime import UTC, datetime
from functools import partial
from urllib.parse import unquote_to_bytes

from pipelines.errors import LakeError, Terminal, Transient
from pipelines.events import open_outbox
from pipelines.ingest import Upload, admit_upload, open_uploads
from pipelines.ingest.admit import Inspected
from pipelines.lake import Lake
from pipelines.reading import SNIFF_BYTES, inspect_document, sniff_media_type
from pipelines.settings import MEBIBYTE, Settings
from pipelines.steps.announcing import Receipts
from pipelines.steps.batches import Batch, Job, Report, Told, nobody, pack
from pipelines.steps.opening import warn_of_store
from pipelines.steps.read import read_limits
from pipelines.steps.waiting import EARLY

log = logging.getLogger(__name__)

_SECONDS_A_FILE = 0.05
_SECONDS_A_MIB = 0.05
_LOOK_SECONDS = 0.1


def plan_ingest(lake: Lake, now: datetime | None = None, without: Container[str] = ()) -> list[Batch]:
    """Batches of settled uploads by key, but for some. Warns of a store in which two runs could claim one document."""
    warn_of_store(lake)
    wanted = (upload for upload in _settled(lake, now) if upload.key not in without)
    jobs = (Job(u.key, _SECONDS_A_FILE + _SECONDS_A_MIB * u.size / MEBIBYTE) for u in wanted)
    return pack(jobs, lake.settings, "missing", "files")


def _settled(lake: Lake, now: datetime | None) -> Iterator[Upload]:
    """Uploads that can be taken. Where all are about to settle, waits for them: a watcher wakes so much early."""
    uploads = open_uploads(lake)
    deadline = time.monotonic() + EARLY.total_seconds()
    while (first := next(found := uploads.settled(now or datetime.now(UTC)), None)) is None:
        soon = now is None and any(True for _ in uploads.settled(datetime.now(UTC) + EARLY))
        if not soon or time.monotonic() > deadline:
            return
        time.sleep(_LOOK_SECONDS)
    yield first
    yield from found


def admit_batch(lake: Lake, batch: Batch, told: Told = nobody, now: datetime | None = None) -> Report:
    """Bring each upload of a batch into bronze or `rejected`. Raises Transient where the store fails."""
    report, uploads, outbox = Report("ingest", told), open_uploads(lake), open_outbox(lake)
    inspect, receipts = partial(inspect_upload, lake.settings), Receipts(outbox)
    for key in batch.documents:
        upload = uploads.find(key)
        if upload is None:
            report.add(_shown(key), "gone")
            continue
        at = now or datetime.now(UTC)
        try:
            admission = admit_upload(lake, uploads, upload, inspect, at, received=receipts.note)
        except Transient:
            raise
        except LakeError as error:
            # a fault of this file alone; it stays where it was dropped, and the others go on
            log.error("upload not taken: file=%s error=%s", upload.name, error)
            report.add(upload.name, "failed", str(error))
            continue
        log.info("upload %s: file=%s document=%s", admission.outcome, upload.name, admission.document)
        report.add(admission.document or upload.name, admission.outcome, admission.reason)
        receipts.send()
    outbox.settle()
    return report


def inspect_upload(settings: Settings, data: bytes, name: str) -> Inspected:
    """A first look at a file that comes in. Raises UnsupportedDocument, EmptyDocument."""
    media_type = sniff_media_type(bytes(data[:SNIFF_BYTES]), name)
    try:
        found = inspect_document(data, media_type, read_limits(settings))
    except Terminal as error:
        # It is a document, though one that reading will give up on: quarantine there says why, once.
        log.warning("document cannot be opened: file=%s error=%s", name, error)
        return Inspected(media_type, 0, 0)
    return Inspected(media_type, found.pages, found.pages_with_text)


def _shown(key: str) -> str:
    return unquote_to_bytes(key).decode("utf-8", "replace")

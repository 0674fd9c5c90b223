"""Forgetting a document: its bytes, everything that was made of them, and every older state that still tells.

The order makes it safe to be killed anywhere and done again: a note of what is to be forgotten first; then the
tombstone in the place of the claim on the bytes, so that they do not come back; then bronze, so that no run makes
rows anew; then silver with its history, then gold, and the note last.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from pipelines.documents import DocumentId, Erasure, Rejection, Tombstone, sha256_hex
from pipelines.errors import InvalidKey, InvalidRecord
from pipelines.ingest import open_uploads
from pipelines.invoices import ParsedDocument
from pipelines.lake import Lake
from pipelines.layout import (
    BRONZE,
    ContentKey,
    ForgettingKey,
    HeldKey,
    ParsedKey,
    RawKey,
    RecordKey,
    RejectedKey,
    RejectedReasonKey,
)
from pipelines.queries.remains import Remains, Traces, search
from pipelines.silver import erase_rows, held_by, promote, purge
from pipelines.states import document_keys
from pipelines.steps.aggregate import build_gold
from pipelines.steps.batches import Batch, Scope
from pipelines.steps.drift import held_layouts
from pipelines.steps.parse import parse_batch
from pipelines.steps.promote import load_document
from pipelines.steps.trailing import forget_looks
from pipelines.storage import ObjectMissing

_UNKNOWN = -1
"""Size of bytes that are gone."""
_ROUNDS = 100
"""Bound on documents reopening one another without end."""


@dataclass(slots=True)
class Forgotten:
    """What was forgotten, or would be.

    Attributes:
        documents: Every id under which these bytes were received.
        objects: Keys of bronze that were removed.
        rows: Silver's table -> rows.
        history: Silver's table -> objects of older versions that were removed or emptied.
        again: Other documents that were promoted again, because they shared a point or an invoice.
        remains: What the search found afterwards; None for a dry run.
    """

    documents: tuple[str, ...]
    objects: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    history: dict[str, int] = field(default_factory=dict)
    again: tuple[str, ...] = ()
    remains: Remains | None = None


def forget(lake: Lake, document: str, *, dry_run: bool = False, values: Sequence[str] = ()) -> Forgotten:
    """Forget a document in every layer, its duplicates included, and search for what remains.

    Args:
        lake: The lake.
        document: Its id; one that is forgotten already is searched for once more.
        dry_run: Only tell what would be removed.
        values: Further texts to look for in the end, such as a person's name.

    Raises:
        InvalidKey: That is no id.
        StorageUnavailable, CommitConflict: Do it again: it goes on where it stopped.
    """
    name = DocumentId.parse(document)
    erasure = _begun(lake, name) or _planned(lake, name)
    if erasure is None:
        gone = Traces((str(name), name.name), "0" * 64, _UNKNOWN, tuple(values))
        return Forgotten((), remains=None if dry_run else search(lake, gone))
    result = Forgotten(erasure.documents, rows=held_by(lake, erasure.documents).rows)
    ids = [DocumentId.parse(one) for one in erasure.documents]
    if dry_run:
        result.objects = [key for one in ids for key in _objects(lake, one)]
        return result
    traces = _traces(lake, erasure, ids, values)
    lake.save(ForgettingKey(name), erasure)
    lake.save(ContentKey(erasure.sha256), Tombstone(forgotten_on=datetime.now(UTC).date()))
    for key in [key for one in ids for key in _objects(lake, one)]:
        lake.storage.delete(key)
        result.objects.append(key)
    for folder in lake.storage.folders(BRONZE):
        for one in ids:
            lake.storage.delete_folder(f"{BRONZE}/{folder}/{one}")  # such as that of its edits
    for each in erasure.documents:
        forget_looks(lake, each)
    _remove_drops(lake, erasure)
    _unname_held(lake, erasure)
    result.again = _erase(lake, erasure)
    result.remains = _made_anew(lake, result, traces)
    naming = _naming(result.remains)
    if naming:
        for other in naming:
            parse_batch(lake, Batch(other, (other,), 0.0, "all"))
        result.again = tuple(sorted({*result.again, *naming, *_promote_again(lake, naming)}))
        result.remains = _made_anew(lake, result, traces)
    if not result.remains.traces:
        lake.storage.delete(str(ForgettingKey(name)))
    return result


def let_in(lake: Lake, data: bytes) -> bool:
    """Take a tombstone away, so that these bytes may be dropped again. Returns whether there was one."""
    key = str(ContentKey(sha256_hex(data)))
    try:
        Tombstone.model_validate_json(lake.storage.get(key))
    except (ObjectMissing, ValueError):
        return False
    lake.storage.delete(key)
    return True


def received_before(lake: Lake, day: date) -> list[str]:
    """Every document that was received before a day, oldest first: what a period of retention has ended for."""
    keys = (
        key
        for folder in (RecordKey.folder, RejectedKey.folder)
        for held in lake.days(folder)
        if held < day
        for key, _ in lake.day_keys(folder, held)
    )
    return sorted({str(key.document) for key in keys if isinstance(key, RecordKey | RejectedKey)})


def _begun(lake: Lake, document: DocumentId) -> Erasure | None:
    """An erasure of this document that was not finished."""
    with suppress(ObjectMissing):
        return Erasure.model_validate_json(lake.storage.get(str(ForgettingKey(document))))
    return None


def _planned(lake: Lake, document: DocumentId) -> Erasure | None:
    """What is to be forgotten with a document; None where the lake does not know it."""
    known = _received(lake, document)
    if known is None:
        return None
    sha256, size = known
    names = [str(document)]
    for folder in (RecordKey.folder, RejectedKey.folder):
        for entry in lake.storage.list(f"{folder}/"):
            # the same bytes have the same digest in their id, whatever their name
            if document.digest not in entry.key:
                continue
            with suppress(InvalidKey):
                other = DocumentId.parse(_id_of(entry.key.removeprefix(f"{folder}/")))
                if (_received(lake, other) or ("", 0))[0] == sha256:
                    names.append(str(other))
    documents = tuple(sorted(set(names)))
    return Erasure(documents=documents, sha256=sha256, bytes=size, points=held_by(lake, documents).points)


def _id_of(path: str) -> str:
    return path.removesuffix(".json").removesuffix(".reason")


def _received(lake: Lake, document: DocumentId) -> tuple[str, int] | None:
    """SHA-256 and size of a document's bytes, by its record or the reason of its rejection."""
    with suppress(ObjectMissing, InvalidRecord):
        record = lake.record(document)
        return record.sha256, record.bytes
    with suppress(ObjectMissing, ValueError):
        reason = Rejection.model_validate_json(lake.storage.get(str(RejectedReasonKey(document))))
        return reason.sha256, reason.bytes
    keys = document_keys(lake, document)
    if keys is not None and keys.raw is not None:
        # its record is lost: the bytes themselves say which they are
        data = lake.storage.get(str(RawKey(document, keys.extension)))
        return sha256_hex(data), len(data)
    return _forgotten_before(lake, document)


def _forgotten_before(lake: Lake, document: DocumentId) -> tuple[str, int] | None:
    """By the tombstone, where a run that was under way wrote something of the document anew."""
    if not any(held_by(lake, [str(document)]).rows.values()) and not any(True for _ in _objects(lake, document)):
        return None
    claims = (entry.key.rpartition("/")[2] for entry in lake.storage.list(ContentKey.folder))
    return next(((sha256, _UNKNOWN) for sha256 in claims if sha256.startswith(document.digest)), None)


def _objects(lake: Lake, document: DocumentId) -> Iterator[str]:
    """Every object of bronze whose path is the document's id, in whatever folder: also in those of later releases."""
    day, name = document.day.isoformat(), document.name
    for folder in lake.storage.folders(BRONZE):
        if f"{BRONZE}/{folder}" in (ContentKey.folder, ForgettingKey.folder):
            continue
        parts = {day} | {part for part in lake.storage.folders(f"{BRONZE}/{folder}") if not _is_day(part)}
        for part in sorted(parts):
            prefix = f"{BRONZE}/{folder}/{part}/" + ("" if part == day else f"{day}/")
            for entry in lake.storage.list(prefix):
                path = entry.key.removeprefix(prefix)
                if path.startswith(name) and path[len(name) : len(name) + 1] in ("", ".", "/"):
                    yield entry.key


def _is_day(name: str) -> bool:
    return re.fullmatch(r"\d{4}-\d{2}-\d{2}", name) is not None


def _remove_drops(lake: Lake, erasure: Erasure) -> None:
    """Drops of the same bytes that wait to be taken."""
    uploads = open_uploads(lake)
    for upload in list(uploads.settled(datetime.now(UTC))):
        if upload.size != erasure.bytes:
            continue
        digest = hashlib.sha256()
        with suppress(ObjectMissing):
            for piece in uploads.chunks(upload.key):
                digest.update(piece)
            if digest.hexdigest() == erasure.sha256:
                uploads.remove(upload.key)


def _unname_held(lake: Lake, erasure: Erasure) -> None:
    """A layout that is held names the first document that showed why."""
    for layout, held in held_layouts(lake).items():
        if held.since in erasure.documents:
            lake.save(HeldKey(layout), held.model_copy(update={"since": "a document that was forgotten"}))


def _naming(remains: Remains) -> list[str]:
    """Other documents whose parsed JSON names what was forgotten as the reason of a review: parsing mends that."""
    prefix = f"{ParsedKey.folder}/"
    keys = (trace.partition(": ")[0] for trace in remains.traces if trace.startswith(prefix))
    return sorted({key.removeprefix(prefix).removesuffix(".json") for key in keys})


def _made_anew(lake: Lake, result: Forgotten, traces: Traces) -> Remains:
    """Leave only what is newest of silver, bring gold up to date, and search."""
    for table, count in purge(lake, traces.tell).items():
        result.history[table] = result.history.get(table, 0) + count
    build_gold(lake, Scope())
    return search(lake, traces)


def _erase(lake: Lake, erasure: Erasure) -> tuple[str, ...]:
    """Take the rows out of silver, and bring again what shared a point or an invoice with them."""
    run = f"erase-{uuid.uuid4().hex}"
    return _promote_again(lake, erase_rows(lake, erasure.documents, erasure.points, run))


def _promote_again(lake: Lake, documents: Sequence[str]) -> tuple[str, ...]:
    """Promote documents, and those that this reopens; all of them."""
    again = waiting = tuple(documents)
    run = f"erase-{uuid.uuid4().hex}"
    for _ in range(_ROUNDS):
        found = [keys for one in waiting if (keys := document_keys(lake, DocumentId.parse(one))) is not None]
        if not found:
            break
        result = promote(lake, [load_document(lake, keys) for keys in found], run)
        waiting = result.reopened
        again = tuple(sorted({*again, *waiting}))
    return again


def _traces(lake: Lake, erasure: Erasure, ids: Sequence[DocumentId], values: Sequence[str]) -> Traces:
    printed = {value for one in ids for value in _printed(lake, one)} | set(values)
    names = {*erasure.documents, *(one.name for one in ids)}
    return Traces(tuple(sorted(names)), erasure.sha256, erasure.bytes, tuple(sorted(printed)))


def _printed(lake: Lake, document: DocumentId) -> Iterator[str]:
    """Values of a document by which a person could be told."""
    try:
        parsed: ParsedDocument = lake.parsed(document)
    except (ObjectMissing, InvalidRecord):
        return
    for invoice in parsed.invoices:
        values: Iterable[str | None] = (
            invoice.invoice_number,
            invoice.buyer.name,
            invoice.buyer.tax_id,
            invoice.buyer.address,
            invoice.customer_number,
            invoice.contract_number,
            invoice.payment_reference,
            invoice.metering_point.id if invoice.metering_point else None,
            invoice.metering_point.meter_number if invoice.metering_point else None,
        )
        yield from (value for value in values if value)

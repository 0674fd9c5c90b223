"""Silver as a step: documents whose bronze keys changed since silver last saw them are promoted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain, islice

from pydantic import ValidationError

from pipelines.documents import DocumentId, Rejection
from pipelines.errors import InvalidRecord
from pipelines.lake import Lake
from pipelines.layout import RejectedReasonKey
from pipelines.releasing import release_memory
from pipelines.silver import SilverDocument, load_edits, promote, seen_documents
from pipelines.states import DocumentKeys, document_keys, each_document
from pipelines.steps.batches import Report, Scope, Told, nobody
from pipelines.steps.selecting import in_scope

_AT_ONCE = 500
"""Documents whose rows are held in memory together, and committed together."""
_CALLS_AT_ONCE, _LOADED_AHEAD = 16, 64
_ROUNDS = 10_000
"""Bound on commits of one run, should documents reopen one another without end."""


def to_promote(lake: Lake, scope: Scope) -> Iterator[DocumentKeys]:
    """Documents of the scope's days that silver has not seen as they are now; listings only."""
    for day in scope.received_days(lake.settings):
        seen = seen_documents(lake, [day] if scope.mode != "all" else [])
        for keys in in_scope(lake, scope, each_document(lake, day)):
            if keys.settled and not seen.holds(str(keys.document), keys.fingerprint):
                yield keys


def promote_silver(lake: Lake, scope: Scope, run_id: str, told: Told = nobody) -> Report:
    """Promote what changed, some hundred documents a commit. Raises CommitConflict, StorageUnavailable.

    Documents whose standing another one changed (a twin that was deleted, say) are promoted again after it.
    """
    report = Report("silver", told)
    waiting: Iterator[DocumentKeys] = to_promote(lake, scope)
    part = 0
    while group := list(islice(waiting, _AT_ONCE)):
        if part:
            release_memory()  # else a run's memory grows with its commits
        result = promote(lake, _load(lake, group), f"{run_id}/{part}")
        part += 1
        for document, state in result.outcomes.items():
            report.add(document, state if result.commits else "unchanged", result.reasons.get(document, ""))
        if result.commits:
            report.counts["commits"] += result.commits
            report.partitions.update(month.isoformat() for month in result.changed_months)
        if result.reopened and part < _ROUNDS:
            waiting = chain(waiting, _by_id(lake, result.reopened))
    return report


def _load(lake: Lake, group: list[DocumentKeys]) -> Iterator[SilverDocument]:
    """What bronze holds of each, in their order. From a server side by side: each is a few small calls.

    Each comes as it is asked for: a record with its evidence takes 100 KiB, the rows made from it a tenth.
    """
    if lake.storage.folder is not None:
        yield from (load_document(lake, keys) for keys in group)
        return
    with ThreadPoolExecutor(_CALLS_AT_ONCE) as pool:
        for at in range(0, len(group), _LOADED_AHEAD):
            yield from pool.map(partial(load_document, lake), group[at : at + _LOADED_AHEAD])


def _by_id(lake: Lake, documents: Iterable[str]) -> Iterator[DocumentKeys]:
    for name in documents:
        keys = document_keys(lake, DocumentId.parse(name))
        if keys is not None:
            yield keys


def load_document(lake: Lake, keys: DocumentKeys) -> SilverDocument:
    """What bronze holds of one document. Raises InvalidRecord where an object of it does not fit its model."""
    record = lake.record(keys.document) if keys.record else None
    reason = ""
    if keys.stage == "rejected":
        reason = _rejection(lake, keys).message
    elif keys.stage == "quarantined":
        given_up = [lake.quarantined(step, keys.document) for step in keys.quarantine]
        reason = "; ".join(f"{q.step}: {q.error}: {q.message}" for q in given_up)
    parsed = lake.parsed(keys.document) if keys.stage == "parsed" else None
    reading = lake.measured("ocr", keys.document) if keys.text else None
    parsing = lake.measured("parse", keys.document) if keys.parsed else None
    took = [measured.cpu_seconds for measured in (reading, parsing) if measured]
    return SilverDocument(
        document_id=str(keys.document),
        record=record,
        parsed=parsed,
        fingerprint=keys.fingerprint,
        state=keys.stage,
        edits=tuple(load_edits(lake, keys.edits)),
        reason=reason,
        duplicate_of=record.duplicate_of if record else None,
        pages=reading.pages if reading else None,
        engines=reading.engines if reading else (),
        cpu_seconds=sum(took) if took else None,
        read_at=keys.text.last_modified if keys.text else None,
        parsed_at=keys.parsed.last_modified if keys.parsed else None,
    )


def _rejection(lake: Lake, keys: DocumentKeys) -> Rejection:
    key = str(RejectedReasonKey(keys.document))
    try:
        return Rejection.model_validate_json(lake.storage.get(key))
    except ValidationError as error:
        raise InvalidRecord(f"{key} holds no reason", document=str(keys.document)) from error

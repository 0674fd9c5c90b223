"""Doing one document's part of a step: a bad one is quarantined, and its batch goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from pipelines.documents import DocumentId, MadeBy, QuarantineRecord
from pipelines.errors import ConfigurationError, LakeError, Transient
from pipelines.lake import Lake, to_json
from pipelines.layout import QuarantineKey
from pipelines.steps.batches import Outcome
from pipelines.storage import ObjectMissing

log = logging.getLogger(__name__)

UNEXPECTED = "This is a fault of the program: report it with the document's id; replay when it is mended."


def attempt(lake: Lake, step: str, document: DocumentId, made_by: MadeBy, work: Callable[[], Outcome]) -> Outcome:
    """Run `work`; quarantine the document where that fails for a reason of its own.

    Raises what says nothing about the document: Transient, ConfigurationError, OSError, MemoryError.
    """
    try:
        outcome = work()
    except (Transient, ConfigurationError, OSError, MemoryError):
        raise
    except LakeError as error:
        outcome = _quarantine(lake, step, document, made_by, type(error).__name__, error.cause, error.remedy)
    except Exception as error:
        log.exception("unexpected fault: step=%s document=%s", step, document)
        cause = f"{type(error).__name__}: {error}"
        outcome = _quarantine(lake, step, document, made_by, "UnexpectedError", cause, UNEXPECTED)
    else:
        lake.storage.delete(str(QuarantineKey(step, document)))
    log.info("%s: document=%s step=%s %s", outcome.outcome, document, step, outcome.reason)
    return outcome


def _quarantine(
    lake: Lake, step: str, document: DocumentId, made_by: MadeBy, error: str, message: str, remedy: str
) -> Outcome:
    attempts = 1
    reason = f"{error}: {message}"
    with suppress(ObjectMissing):
        before = lake.quarantined(step, document)
        if (before.error, before.message, before.remedy, before.made_by) == (error, message, remedy, made_by):
            return Outcome(str(document), "unchanged", f"still quarantined: {reason}")
        attempts = before.attempts + 1
    record = QuarantineRecord(
        document=str(document),
        step=step,
        error=error,
        message=message,
        remedy=remedy,
        attempts=attempts,
        made_by=made_by,
        at=datetime.now(UTC),
    )
    lake.storage.put(str(QuarantineKey(step, document)), to_json(record))
    return Outcome(str(document), "quarantined", reason)

"""What people change: each change is a create-only object with who, when, before and after.

Silver and gold follow when the document is promoted again. Two people who edit one document at once: whoever
saw an older state than the one that stands is refused, and told to look again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pipelines.documents import DocumentId
from pipelines.errors import InvalidRecord, StorageUnavailable, Terminal
from pipelines.invoices import ParsedDocument
from pipelines.lake import Lake, to_json
from pipelines.layout import EditKey
from pipelines.silver import Action, Edit, apply_edits, load_edits
from pipelines.states import DocumentKeys, document_keys
from pipelines.steps.cases import keep_cases
from pipelines.storage import ObjectConflict

log = logging.getLogger(__name__)

CLOSED_FIELDS = ("status", "review_reasons", "evidence", "checks", "suggestions", "layout")
"""Of an invoice: computed, never a person's to set."""

_locks: dict[str, threading.Lock] = {}
_locks_guard = threading.Lock()


class UnknownDocument(Terminal):
    """No such document stands in the lake."""


class ChangedMeanwhile(Terminal):
    """Somebody else, or a later reading, changed the document since it was looked at."""


class NothingToChange(Terminal):
    """The change leaves everything as it is, or does not fit the document's state."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change that was written. `etag` names the state that it left."""

    document: str
    action: str
    at: datetime
    etag: str


def edit_document(
    lake: Lake, document: str, values: Mapping[str, Any], who: str, expected: str | None = None, comment: str = ""
) -> Change:
    """Set fields by path (`0.gross_total`, `0.lines.2.net`, `0.lines`); the person vouches for the document.

    Args:
        lake: The lake.
        document: Its id.
        values: Path -> the new value, as JSON has it.
        who: The person's name.
        expected: The etag of the state that the person saw; None to take whatever stands.
        comment: Why.

    Raises:
        UnknownDocument, ChangedMeanwhile, NothingToChange.
        InvalidRecord: A path or value does not fit.
    """
    for path in values:
        _check_open(path, document)
    with _held(document):
        keys = _keys(lake, document, expected)
        edits, parsed = load_edits(lake, keys.edits), _parsed(lake, keys)
        shown = apply_edits(parsed, edits).parsed
        before = {path: _value_at(shown, path) for path in values}
        after = {path: value for path, value in values.items() if value != before[path]}
        if not after:
            raise NothingToChange("every value is as it stands", document=document, remedy="Confirm it instead.")
        edit = Edit(
            who=who,
            when=_moment(edits),
            action=Action.EDIT,
            before={path: before[path] for path in after},
            after=after,
            comment=comment,
        )
        apply_edits(parsed, [*edits, edit])  # refuses what does not fit, before it is written
        return _write(lake, keys.document, edit)


def confirm_document(lake: Lake, document: str, who: str, expected: str | None = None, comment: str = "") -> Change:
    """A person vouches for the document as it stands. Raises as `edit_document` does."""
    with _held(document):
        keys = _keys(lake, document, expected)
        edits = load_edits(lake, keys.edits)
        shown = apply_edits(_parsed(lake, keys), edits).parsed
        if shown is None or not shown.invoices:
            raise NothingToChange("no invoice was found in it", document=document, remedy="Delete it, or reprocess it.")
        return _write(lake, keys.document, Edit(who=who, when=_moment(edits), action=Action.CONFIRM, comment=comment))


def delete_document(lake: Lake, document: str, who: str, expected: str | None = None, comment: str = "") -> Change:
    """A tombstone: the document leaves silver and gold, its bytes and history stay. Raises as `edit_document` does."""
    return _bury(lake, document, who, expected, comment, Action.DELETE)


def restore_document(lake: Lake, document: str, who: str, expected: str | None = None, comment: str = "") -> Change:
    """Take a deletion back. Raises as `edit_document` does."""
    return _bury(lake, document, who, expected, comment, Action.RESTORE)


def undo_edit(lake: Lake, document: str, at: datetime, who: str, expected: str | None = None) -> Change:
    """Make a change count as if it had never been made; it stays in the history.

    Raises as `edit_document` does; NothingToChange where no change was made at that time, or later ones need it.
    """
    with _held(document):
        keys = _keys(lake, document, expected)
        edits = load_edits(lake, keys.edits)
        if all(edit.when != at for edit in edits):
            raise NothingToChange(f"nothing was changed at {at.isoformat()}", document=document)
        undo = Edit(who=who, when=_moment(edits), action=Action.UNDO, undoes=at)
        parsed = _parsed(lake, keys)
        if parsed is not None:
            apply_edits(parsed, [*edits, undo])
        return _write(lake, keys.document, undo)


def _bury(lake: Lake, document: str, who: str, expected: str | None, comment: str, action: Action) -> Change:
    with _held(document):
        keys = _keys(lake, document, expected)
        if keys.record is None:
            raise NothingToChange("it never became a document", document=document)
        edits = load_edits(lake, keys.edits)
        deleted = apply_edits(None, [e for e in edits if not e.after]).deleted
        if deleted == (action is Action.DELETE):
            raise NothingToChange("it is deleted already" if deleted else "it is not deleted", document=document)
        return _write(lake, keys.document, Edit(who=who, when=_moment(edits), action=action, comment=comment))


def _moment(edits: Sequence[Edit]) -> datetime:
    """Now, but after every change that stands: the latest wins, and a clock can have been set back since."""
    newest = max((edit.when for edit in edits), default=None)
    now = datetime.now(UTC)
    return now if newest is None or now > newest else newest + timedelta(microseconds=1)


@contextmanager
def _held(document: str) -> Iterator[None]:
    """One change of a document at a time in this process; other processes are told apart by the etag."""
    with _locks_guard:
        lock = _locks.setdefault(document, threading.Lock())
    with lock:
        yield
    with _locks_guard:
        if not lock.locked():
            _locks.pop(document, None)


def _keys(lake: Lake, document: str, expected: str | None) -> DocumentKeys:
    keys = document_keys(lake, DocumentId.parse(document))
    if keys is None:
        raise UnknownDocument("no such document", document=document)
    if expected is not None and keys.fingerprint != expected:
        what = "it was changed since you looked at it"
        raise ChangedMeanwhile(what, document=document, remedy="Look at it again, then repeat your change.")
    return keys


def _parsed(lake: Lake, keys: DocumentKeys) -> ParsedDocument | None:
    return lake.parsed(keys.document) if keys.parsed else None


def _value_at(shown: ParsedDocument | None, path: str) -> Any:
    """What stands at a path. Raises InvalidRecord for one that leads nowhere."""
    place: Any = [invoice.model_dump(mode="json") for invoice in shown.invoices] if shown else []
    for step in path.split("."):
        if isinstance(place, list) and step.isdigit() and int(step) < len(place):
            place = place[int(step)]
        elif isinstance(place, dict) and step in place:
            place = place[step]
        elif step == "details" or place == {}:
            return None  # left out where no own field of the kind is known
        elif place is None:
            return None
        else:
            raise InvalidRecord(f"{path[:200]!r} names no field", remedy="Paths look like 0.gross_total.")
    return place


def _check_open(path: str, document: str) -> None:
    steps = path.split(".")
    if len(steps) < 2 or steps[1] in CLOSED_FIELDS:
        what = f"{path[:200]!r} is not a person's to set"
        raise InvalidRecord(what, document=document, remedy="Paths look like 0.gross_total or 0.lines.2.net.")


def _write(lake: Lake, document: DocumentId, edit: Edit) -> Change:
    """Create-only; two changes of one microsecond are parted by the next."""
    while True:
        try:
            lake.storage.create(str(EditKey(document, edit.when)), to_json(edit))
            break
        except ObjectConflict:
            edit = edit.model_copy(update={"when": edit.when + timedelta(microseconds=1)})
    keys = document_keys(lake, document)
    try:
        keep_cases(lake, document, keys)
    except (StorageUnavailable, InvalidRecord) as error:
        # the edit stands; learning makes the cases of all edits anew
        log.warning("regression cases were not kept: document=%s %s", document, error)
    return Change(str(document), edit.action.value, edit.when, keys.fingerprint if keys else "")

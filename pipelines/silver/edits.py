"""What people changed: `01_bronze/edits/<document>/<utc time>.json`, applied on top of what was parsed.

An edit states the fields it changes by path, with the values before and after:

    {"who": "anna", "when": "2026-11-20T10:00:00Z", "action": "edit",
     "before": {"0.gross_total": "12.30"}, "after": {"0.gross_total": "12.80"}}

A path is the position of the invoice, then field names and list positions joined by dots. Edits apply in
the order of their time, so the latest wins. Deleting is a tombstone: `restore` takes it back. An `undo` names
the time of another edit in `undoes`: both then count as if they had never been made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from pipelines.errors import InvalidRecord
from pipelines.invoices import Invoice, ParsedDocument, Status
from pipelines.kinds import KindFields, kind_named
from pipelines.lake import Lake
from pipelines.storage import Entry

_CLOSED = ("status", "review_reasons", "evidence", "checks", "suggestions", "layout")
"""Fields that are not a person's to set: proofs are computed, the status follows from the action."""


class Action(StrEnum):
    CONFIRM = "confirm"
    EDIT = "edit"
    DELETE = "delete"
    RESTORE = "restore"
    UNDO = "undo"


class Edit(BaseModel):
    """One change by one person."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    who: str = Field(min_length=1)
    when: AwareDatetime
    action: Action
    before: dict[str, Any] = {}
    """Path -> value that the person saw."""
    after: dict[str, Any] = {}
    """Path -> value that stands from now on; JSON values as in the parsed document."""
    comment: str = ""
    undoes: AwareDatetime | None = None
    """Time of the edit that an `undo` takes back."""


@dataclass(frozen=True, slots=True)
class EditedDocument:
    """A parsed document as people left it."""

    parsed: ParsedDocument | None
    deleted: bool = False
    validated_by: str | None = None
    """Who confirmed or edited it last; None where nobody did."""
    validated_at: datetime | None = None


def load_edits(lake: Lake, entries: Iterable[Entry]) -> list[Edit]:
    """The edits of one document, by time. Raises InvalidRecord for an object that holds none."""
    return [_load(lake, entry.key) for entry in sorted(entries)]


def _load(lake: Lake, key: str) -> Edit:
    try:
        return Edit.model_validate_json(lake.storage.get(key))
    except ValidationError as error:
        what = f"{key} holds no edit: {error.errors()[0]['msg']}"
        raise InvalidRecord(what, remedy="Remove or mend this object.") from error


def apply_edits(parsed: ParsedDocument | None, edits: Sequence[Edit]) -> EditedDocument:
    """The document with edits applied in the order of their time.

    Whoever confirms or edits vouches for the whole document: its invoices become accepted. Raises
    InvalidRecord where a path or value does not fit the model.
    """
    ordered = effective_edits(edits)
    deleted = False
    vouched: Edit | None = None
    for edit in ordered:
        match edit.action:
            case Action.DELETE:
                deleted = True
            case Action.RESTORE:
                deleted = False
            case Action.CONFIRM | Action.EDIT:
                vouched = edit
    document = _patched(parsed, ordered)
    if vouched is None or document is None:
        return EditedDocument(document, deleted)
    return EditedDocument(_accepted(document), deleted, vouched.who, vouched.when)


def effective_edits(edits: Sequence[Edit]) -> list[Edit]:
    """Edits that count, in the order of their time: without those that were undone, and the undoing."""
    standing: list[Edit] = []
    undone: set[datetime] = set()
    for edit in sorted(edits, key=lambda edit: (edit.when, edit.model_dump_json()), reverse=True):
        if edit.when in undone:
            continue  # an undo that is undone itself takes nothing back
        if edit.action is Action.UNDO:
            if edit.undoes is not None:
                undone.add(edit.undoes)
            continue
        standing.append(edit)
    return standing[::-1]


def _patched(parsed: ParsedDocument | None, edits: Sequence[Edit]) -> ParsedDocument | None:
    changes = [(path, value, edit) for edit in edits for path, value in edit.after.items()]
    if not changes:
        return parsed
    if parsed is None:
        remedy = "Parse it, or remove the edit."
        raise InvalidRecord("an edit changes fields of a document that is not parsed", remedy=remedy)
    invoices: list[Any] = [invoice.model_dump(mode="json") for invoice in parsed.invoices]
    for path, value, edit in changes:
        _set(invoices, path, value, parsed.document, edit)
        position, _, field = path.partition(".")
        if field == "kind":
            _keep_fitting(invoices[int(position)])
    try:
        patched = tuple(Invoice.model_validate(invoice) for invoice in invoices)
        for invoice in patched:
            _check_details(invoice)
    except ValidationError as error:
        first = error.errors()[0]
        what = f"an edit does not fit: {'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise InvalidRecord(what, document=parsed.document, remedy="Correct the value in the Invoice Desk.") from error
    return parsed.model_copy(update={"invoices": patched})


def _keep_fitting(invoice: dict[str, Any]) -> None:
    """Of another kind's own fields only those that the kind has, too."""
    kind = kind_named(invoice["kind"])
    names = {own.name for own in kind.own_fields} if kind is not None else set()
    invoice["details"] = {name: value for name, value in invoice.get("details", {}).items() if name in names}


def _check_details(invoice: Invoice) -> None:
    """Raises ValidationError where the kind's own fields do not fit it."""
    kind = kind_named(invoice.kind)
    if kind is not None and kind.fields is not None:
        kind.fields.model_validate(invoice.details)
    elif invoice.details:
        KindFields.model_validate(invoice.details)  # which knows none


def _set(invoices: list[Any], path: str, value: Any, document: str, edit: Edit) -> None:
    """Set one value in place. A parent that is null becomes an object, as in `0.metering_point.id`."""
    *parents, last = path.split(".")
    if not parents or (len(parents) == 1 and last in _CLOSED):
        raise _wrong_path(path, document, edit)
    place: Any = invoices
    for step in parents:
        inner = _step(place, step, path, document, edit)
        if inner is None and isinstance(place, dict):
            inner = place[step] = {}
        place = inner
    _step(place, last, path, document, edit)
    place[int(last) if isinstance(place, list) else last] = value


def _step(place: Any, step: str, path: str, document: str, edit: Edit) -> Any:
    if isinstance(place, list) and step.isdigit() and int(step) < len(place):
        return place[int(step)]
    if isinstance(place, dict):
        return place.get(step)
    raise _wrong_path(path, document, edit)


def _wrong_path(path: str, document: str, edit: Edit) -> InvalidRecord:
    what = f"the edit of {edit.who} at {edit.when.isoformat()} names no field: {path!r}"
    return InvalidRecord(what, document=document, remedy="Paths look like 0.gross_total or 0.lines.2.net.")


def _accepted(parsed: ParsedDocument) -> ParsedDocument:
    accepted = {"status": Status.ACCEPTED, "review_reasons": ()}
    return parsed.model_copy(update={"invoices": tuple(i.model_copy(update=accepted) for i in parsed.invoices)})

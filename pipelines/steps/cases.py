"""Regression cases: what people set right, as truth that every later rule is held against.

A case follows from the edits that stand: undoing an edit takes its cases back, deleting a document all of them. So
the cases of a document can be made anew from its edits at any time, and are, whenever it is edited or learned from.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict

from pipelines.documents import DocumentId
from pipelines.errors import InvalidKey
from pipelines.lake import Lake
from pipelines.layout import BRONZE, CasesKey, EditKey, parse_key
from pipelines.silver import Action, apply_edits, effective_edits, load_edits
from pipelines.states import DocumentKeys, document_keys
from pipelines.storage import ObjectMissing


class Case(BaseModel):
    """One field of one invoice, as a person said it is. `field` is a path as in edits: `0.gross_total`."""

    model_config = ConfigDict(frozen=True)

    field: str
    truth: Any
    """As the record's JSON has it; null where the person emptied the field."""


class Cases(BaseModel):
    """`01_bronze/regression_cases/<id>.json`; no cases where all edits were taken back."""

    model_config = ConfigDict(frozen=True)

    document: str
    cases: tuple[Case, ...] = ()


def keep_cases(lake: Lake, document: DocumentId, keys: DocumentKeys | None = None) -> Cases:
    """Make the document's cases from its edits, and write them if they changed.

    Raises InvalidRecord for an object that holds no edit, StorageUnavailable.
    """
    keys = keys or document_keys(lake, document)
    edits = load_edits(lake, keys.edits) if keys is not None else []
    deleted = apply_edits(None, [edit for edit in edits if not edit.after]).deleted
    truth: dict[str, Any] = {}
    for edit in [] if deleted else effective_edits(edits):
        if edit.action is Action.EDIT:
            truth |= edit.after
    cases = Cases(document=str(document), cases=tuple(Case(field=path, truth=truth[path]) for path in sorted(truth)))
    if cases.cases or lake.storage.exists(str(CasesKey(document))):
        lake.save(CasesKey(document), cases)
    return cases


def load_cases(lake: Lake, document: DocumentId) -> Cases:
    """The document's cases; none where nothing was edited."""
    try:
        return Cases.model_validate_json(lake.storage.get(str(CasesKey(document))))
    except ObjectMissing:
        return Cases(document=str(document))


def edited_documents(lake: Lake) -> Iterator[DocumentId]:
    """Every document that has edits, oldest first: work by what people changed, not by what the lake holds."""
    seen: set[DocumentId] = set()
    for entry in lake.storage.list(f"{BRONZE}/edits/"):
        try:
            key = parse_key(entry.key)
        except InvalidKey:
            continue
        if isinstance(key, EditKey):
            seen.add(key.document)
    yield from sorted(seen)

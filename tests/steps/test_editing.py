"""Changes by people: whoever saw an older state is refused, and what is undone counts as if it had never been."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.documents import DocumentId, MadeBy
from pipelines.errors import InvalidRecord
from pipelines.invoices import DocumentType, Invoice, Line, ParsedDocument, Status
from pipelines.lake import Lake
from pipelines.layout import EditKey, ParsedKey
from pipelines.queries import view_document
from pipelines.silver import Action, Edit, apply_edits
from pipelines.steps import (
    ChangedMeanwhile,
    NothingToChange,
    UnknownDocument,
    confirm_document,
    delete_document,
    edit_document,
    receive_file,
    restore_document,
    undo_edit,
)

_XML = b'<?xml version="1.0"?><Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>'
_INVOICE = Invoice(
    status=Status.NEEDS_REVIEW,
    review_reasons=("gross_total is proven by nothing else",),
    document_type=DocumentType.INVOICE,
    invoice_number="FV/1",
    gross_total=Decimal("12.30"),
    lines=(Line(description="one", net=Decimal("10.00")), Line(description="two", net=Decimal("0.00"))),
)
_PARSED = ParsedDocument(
    document="2026-11-20/a-0123456789abcdef",
    invoices=(_INVOICE,),
    made_by=MadeBy(step="parse", version="1", options="x"),
)


@pytest.fixture
def document(lake: Lake) -> str:
    with tempfile.TemporaryFile() as file:
        file.write(_XML)
        name = receive_file(lake, file, "a.xml", "anna").document
    lake.save(ParsedKey(DocumentId.parse(name)), _PARSED.model_copy(update={"document": name}))
    return name


def _etag(lake: Lake, document: str) -> str:
    view = view_document(lake, document)
    assert view is not None
    return view.etag


def test_an_edit_names_who_when_before_and_after(lake: Lake, document: str) -> None:
    change = edit_document(lake, document, {"0.gross_total": "12.80"}, "ola", _etag(lake, document), "misread")
    view = view_document(lake, document)
    assert view is not None
    [edit] = view.edits
    assert (edit.who, edit.when, edit.comment) == ("ola", change.at, "misread")
    assert (edit.before, edit.after) == ({"0.gross_total": "12.30"}, {"0.gross_total": "12.80"})
    assert view.etag == change.etag
    assert (view.status.state, view.edited.validated_by) == ("accepted", "ola")


def test_a_part_that_was_not_there_can_be_filled_in(lake: Lake, document: str) -> None:
    edit_document(lake, document, {"0.metering_point.id": "123", "0.lines.1.net": "0.30"}, "ola")
    view = view_document(lake, document)
    assert view is not None
    assert view.invoices[0].metering_point is not None
    assert view.invoices[0].metering_point.id == "123"
    assert view.invoices[0].lines[1].net == Decimal("0.30")


def test_of_eight_who_saw_the_same_state_one_changes_it(lake: Lake, document: str) -> None:
    etag = _etag(lake, document)

    def change(number: int) -> str:
        try:
            edit_document(lake, document, {"0.gross_total": f"{number}.00"}, f"person {number}", etag)
        except ChangedMeanwhile:
            return "refused"
        return "changed"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(change, range(1, 9)))
    assert sorted(outcomes) == ["changed", *["refused"] * 7]


def test_what_is_undone_is_judged_by_its_proofs_again(lake: Lake, document: str) -> None:
    first = edit_document(lake, document, {"0.gross_total": "12.80"}, "ola")
    undone = undo_edit(lake, document, first.at, "anna")
    view = view_document(lake, document)
    assert view is not None
    assert view.invoices == (_INVOICE,)
    assert (view.status.state, view.edited.validated_by) == ("needs_review", None)
    undo_edit(lake, document, undone.at, "ola")  # an undo is undone like any change
    view = view_document(lake, document)
    assert view is not None
    assert view.invoices[0].gross_total == Decimal("12.80")
    assert len(view.edits) == 3


def test_deleting_and_restoring(lake: Lake, document: str) -> None:
    delete_document(lake, document, "ola")
    with pytest.raises(NothingToChange, match="deleted already"):
        delete_document(lake, document, "ola")
    restore_document(lake, document, "anna")
    with pytest.raises(NothingToChange, match="not deleted"):
        restore_document(lake, document, "anna")
    confirm_document(lake, document, "anna")
    view = view_document(lake, document)
    assert view is not None
    assert view.status.state == "accepted"


def test_what_makes_no_sense_is_refused_and_not_written(lake: Lake, document: str) -> None:
    with pytest.raises(UnknownDocument):
        confirm_document(lake, "2026-11-20/nobody-0123456789abcdef", "ola")
    with pytest.raises(NothingToChange):
        undo_edit(lake, document, datetime.now(UTC), "ola")
    for path, value in (("0.gross_total", "x"), ("0.checks", []), ("status", "x"), ("0.lines.9.net", "1"), ("a.b", 1)):
        with pytest.raises(InvalidRecord):
            edit_document(lake, document, {path: value}, "ola")
    assert list(lake.storage.list(EditKey.folder)) == []


@given(st.permutations(range(4)), st.lists(st.decimals("0.00", "99.99", places=2), min_size=4, max_size=4))
def test_undoing_every_edit_in_any_order_leaves_what_was_parsed(order: list[int], values: list[Decimal]) -> None:
    start = datetime(2026, 11, 20, tzinfo=UTC)
    edits = [
        Edit(who="ola", when=start + timedelta(minutes=n), action=Action.EDIT, after={"0.gross_total": str(value)})
        for n, value in enumerate(values)
    ]
    undone = [
        Edit(who="ola", when=start + timedelta(hours=1 + n), action=Action.UNDO, undoes=edits[at].when)
        for n, at in enumerate(order)
    ]
    result = apply_edits(_PARSED, [*edits, *undone])
    assert result.parsed == _PARSED
    assert result.validated_by is None
    partly = apply_edits(_PARSED, [*edits, *undone[:3]])
    assert partly.parsed is not None
    assert partly.parsed.invoices[0].gross_total == values[order[3]]

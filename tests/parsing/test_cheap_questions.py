"""Questions that are asked first, to spare slower ones, leave nothing out; see decision 0040."""

from __future__ import annotations

import gc
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import LakeError
from pipelines.pages import Attachment, DocumentText
from pipelines.parsing import dates, parse_document, values
from pipelines.parsing.folding import _LETTERS, fold, lower

MONEY = st.text(alphabet="0123456789 .,-+()/€$£złplneurRMs'%CcAx", max_size=40)
PIECES = (*"0123456789./-– x", "12", "2025", " de ", "maj", "mai", "oct", "stycznia", "th")
DAYS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


@given(st.text(max_size=30))
def test_letters_are_folded_one_by_one_as_the_whole_text_would_be(text: str) -> None:
    marked = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    assert fold(text) == "".join(char for char in marked if not unicodedata.combining(char)).lower()


@given(st.text(max_size=30))
def test_lower_case_keeps_every_letter_in_its_place(text: str) -> None:
    assert len(lower(text)) == len(text)


@given(MONEY)
def test_amounts_are_looked_for_where_any_may_begin(text: str) -> None:
    whole = [match.span() for match in values._AMOUNT.finditer(lower(text))]
    assert [match.span() for match in values._amounts_in(lower(text))] == whole


@given(DAYS)
def test_days_are_looked_for_wherever_one_stands(text: str) -> None:
    if dates._NUMERIC.search(text):
        assert len(dates._PARTS.findall(text)) >= 2
    if dates._DAY_FIRST.search(text) or dates._MONTH_FIRST.search(text):
        assert dates._STEM.search(text)


@pytest.mark.parametrize("attachments", [(), (Attachment("factur-x.xml", b"<broken"),)])
def test_the_collector_runs_again_after_a_document_even_after_a_damaged_one(
    attachments: tuple[Attachment, ...],
) -> None:
    assert gc.isenabled()
    try:
        parse_document(DocumentText((), attachments))
    except LakeError:
        assert attachments
    assert gc.isenabled()

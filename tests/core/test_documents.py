"""Ids and slugs: whatever name is dropped, the id is a safe path that parses back."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.documents import SLUG_LENGTH, DocumentId, slugify
from pipelines.errors import InvalidKey

DAY = date(2026, 11, 20)
SHA = "3f2a9c1b77aa01de" + "0" * 48


@given(st.text(max_size=400))
def test_any_file_name_gives_an_id_that_parses_back(name: str) -> None:
    document = DocumentId.make(DAY, name, SHA)
    assert DocumentId.parse(str(document)) == document
    assert len(document.slug) <= SLUG_LENGTH


@given(st.text(max_size=60))
def test_a_string_is_an_id_only_if_it_formats_back_to_itself(text: str) -> None:
    with suppress(InvalidKey):
        assert str(DocumentId.parse(text)) == text


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Faktura Styczeń.pdf", "faktura-styczen"),
        ("żółć/ŁÓDŹ 2026.PDF", "lodz-2026"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\anna\\faktura.pdf", "faktura"),
        ("😀.pdf", "document"),
        (".pdf", "pdf"),
        ("", "document"),
        ("n" * 300 + ".pdf", "n" * 60),
        ("Straße_Rechnung.v2.pdf", "strasse-rechnung-v2"),
    ],
)
def test_slug_keeps_what_people_read(name: str, slug: str) -> None:
    assert slugify(name) == slug


@pytest.mark.parametrize(
    "text",
    [
        "2026-13-01/a-3f2a9c1b77aa01de",
        "2026-11-20/../x-3f2a9c1b77aa01de",
        "2026-11-20/a",
        "a",
        "2026-11-20/A-3f2a9c1b77aa01de",
    ],
)
def test_what_is_no_id_is_refused_with_a_remedy_or_cause(text: str) -> None:
    with pytest.raises(InvalidKey, match=r"document id|calendar date"):
        DocumentId.parse(text)

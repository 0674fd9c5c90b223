"""Pages files: what is written is what is read, byte for byte the same each time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.documents import MadeBy
from pipelines.errors import InvalidRecord
from pipelines.pages import Attachment, Box, Code, DocumentText, Page, PagesFile, Word

MADE_BY = MadeBy(step="ocr", version="1", options="abc")
points = st.integers(0, 84_000).map(lambda n: n / 100)
boxes = st.builds(lambda x, y, w, h: Box(x, y, round(x + w, 2), round(y + h, 2)), points, points, points, points)
words = st.builds(
    Word,
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12),
    boxes,
    st.integers(0, 1000).map(lambda n: n / 1000),
    st.sampled_from(["text", "ocr"]),
)
pages = st.builds(
    Page,
    st.integers(1, 500),
    st.just(595.0),
    st.just(842.0),
    st.sampled_from(["text", "ocr", "mixed", "empty", "failed"]),
    st.lists(words, max_size=8).map(tuple),
    st.lists(st.builds(Code, st.just("QRCode"), st.text("abc/", max_size=9), boxes), max_size=2).map(tuple),
)


@given(st.lists(pages, max_size=4).map(tuple), st.binary(max_size=50))
def test_a_pages_file_reads_back_and_is_stable(read: tuple[Page, ...], xml: bytes) -> None:
    file = PagesFile("2026-11-20/a-3f2a9c1b77aa01de", MADE_BY, DocumentText(read, (Attachment("x.xml", xml),)))
    assert PagesFile.from_bytes(file.to_bytes()) == file
    assert file.to_bytes() == PagesFile.from_bytes(file.to_bytes()).to_bytes()


@pytest.mark.parametrize("data", [b"", b"junk", b"\x1f\x8b\x08\x00"])
def test_what_is_no_pages_file_is_an_invalid_record(data: bytes) -> None:
    with pytest.raises(InvalidRecord):
        PagesFile.from_bytes(data)


def test_words_on_one_line_stand_in_one_row_and_wide_gaps_show() -> None:
    row = (
        Word("Total", Box(10, 100, 40, 110)),
        Word("due", Box(43, 101, 60, 111)),
        Word("9.99", Box(400, 100, 420, 110)),
    )
    below = (Word("Thanks", Box(10, 120, 50, 130)),)
    page = Page(1, 595, 842, "text", row + below)
    assert page.text() == "Total due   9.99\nThanks"

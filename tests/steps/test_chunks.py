"""A large scan is read by page ranges and joined: the same bytes as if it had been read at once."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from pipelines.documents import DocumentId
from pipelines.lake import Lake
from pipelines.layout import ChunkKey, PagesKey, TextKey
from pipelines.reading.ocr.tessdata import find_tessdata, installed_languages
from pipelines.steps import Scope, admit_batch, join_chunks, pending, plan_ingest, plan_reading, read_batch
from pipelines.storage import ObjectMissing


def _has_tesseract() -> bool:
    from pipelines.errors import ConfigurationError

    try:
        return {"eng", "pol"} <= installed_languages(find_tessdata())
    except ConfigurationError:
        return False


pytestmark = pytest.mark.skipif(not _has_tesseract(), reason="Tesseract's language data is not installed")
PAGES = 3


@pytest.fixture
def scan(uploads_folder: Path) -> Path:
    """Three pages as a fax would bring them."""
    frames = []
    for n in range(PAGES):
        frame = Image.new("L", (1240, 600), 255)
        font = ImageFont.load_default(size=48)
        ImageDraw.Draw(frame).text((100, 200), f"Invoice page {n + 1} of {PAGES} total amount", font=font, fill=0)
        frames.append(frame)
    path = uploads_folder / "fax.tif"
    frames[0].save(path, save_all=True, append_images=frames[1:], dpi=(150, 150))
    return path


@pytest.fixture
def received(lake: Lake, scan: Path) -> DocumentId:
    [batch] = plan_ingest(lake)
    report = admit_batch(lake, batch)
    return DocumentId.parse(report.outcomes[0].document)


def _small_chunks(lake: Lake) -> Lake:
    return Lake(lake.settings.model_copy(update={"chunk_pages": 2}), lake.storage, lake.credentials)


def test_page_ranges_read_apart_and_joined_are_the_document_read_at_once(lake: Lake, received: DocumentId) -> None:
    [whole] = plan_reading(lake, Scope())
    read_batch(lake, whole)
    at_once, alone = lake.storage.get(str(PagesKey(received))), lake.measured("ocr", received)
    lake.storage.delete(str(TextKey(received)))
    lake.storage.delete(str(PagesKey(received)))

    chunked = _small_chunks(lake)
    batches = plan_reading(chunked, Scope())
    assert [batch.pages for batch in batches] == [(1, 2), (3, 3)]
    read_batch(chunked, batches[1])
    assert join_chunks(chunked, Scope()).by_outcome == {"waiting": 1}, "nothing is joined while a range is missing"
    assert [batch.pages for batch in plan_reading(chunked, Scope())] == [(1, 2)], "only the missing range is read again"
    read_batch(chunked, batches[0])
    assert plan_reading(chunked, Scope()) == []
    assert pending(chunked, "ocr").count == 1, "ranges that are not joined yet are pending work"
    assert join_chunks(chunked, Scope()).by_outcome == {"read": 1}
    assert lake.storage.get(str(PagesKey(received))) == at_once
    joined = lake.measured("ocr", received)
    assert alone is not None
    assert joined is not None
    assert (joined.pages, joined.engines) == (alone.pages, alone.engines) == (PAGES, joined.engines)
    assert alone.cpu_seconds > 0.05
    assert joined.cpu_seconds > 0.05, "what the ranges took is the document's"
    assert pending(chunked, "ocr").count == 0
    for first, last in ((1, 2), (3, 3)):
        with pytest.raises(ObjectMissing):
            lake.storage.get(str(ChunkKey(received, first, last)))


def test_the_text_of_a_scan_is_in_page_order(lake: Lake, received: DocumentId) -> None:
    [whole] = plan_reading(lake, Scope())
    assert read_batch(lake, whole).by_outcome == {"read": 1}
    pages = lake.text(received).split("\f")
    assert [f"page {n + 1} of" in page for n, page in enumerate(pages)] == [True] * PAGES
    assert received.day == datetime.now(UTC).date()

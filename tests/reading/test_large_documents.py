"""Ranges, second looks and the page buffer: documents of any length in bounded memory, in order."""

import threading
import time

import pytest

from pipelines.errors import DamagedDocument
from pipelines.pages import Box, Page
from pipelines.reading import ReadOptions, read_document, read_pages, read_range, read_side_by_side, reread
from pipelines.reading.buffer import PageBuffer
from tests.reading import papers

PDF = "application/pdf"
needs_ocr = pytest.mark.skipif(bool(papers.needs("pol", "eng")), reason=papers.needs("pol", "eng") or "-")


def blank(number: int) -> Page:
    return Page(number, 595, 842, "empty")


def test_ranges_joined_are_the_whole_document() -> None:
    data = papers.text_pdf(7)
    whole = read_document(data, PDF)
    parts = [read_range(data, PDF, first, first + 2) for first in (1, 4, 7)]
    assert tuple(page for part in parts for page in part.pages) == whole.pages
    assert [page.number for page in read_pages(data, PDF, 6)] == [6, 7]


def test_pages_come_one_by_one_and_reading_waits_for_them_to_be_taken() -> None:
    pages = read_pages(papers.text_pdf(200), PDF)
    assert [next(pages).number for _ in range(3)] == [1, 2, 3]
    pages.close()


def test_pages_put_in_any_order_come_out_in_order() -> None:
    buffer = PageBuffer(1, 4, capacity=4)
    for number in (3, 1, 4, 2):
        assert buffer.put(blank(number))
    assert [page.number for page in buffer] == [1, 2, 3, 4]


def test_a_writer_that_runs_ahead_waits_and_memory_stays_bounded() -> None:
    buffer = PageBuffer(1, 50, capacity=5)
    most = 0

    def write() -> None:
        for number in range(1, 51):
            buffer.put(blank(number))

    writer = threading.Thread(target=write)
    writer.start()
    time.sleep(0.1)
    assert len(buffer) == 5
    seen = []
    for page in buffer:
        most = max(most, len(buffer))
        seen.append(page.number)
    writer.join()
    assert seen == list(range(1, 51))
    assert most <= 5


def test_a_failure_reaches_the_reader_after_the_pages_before_it() -> None:
    buffer = PageBuffer(1, 3, capacity=3)
    buffer.put(blank(1))
    buffer.fail(DamagedDocument("cut off"))
    pages = iter(buffer)
    assert next(pages).number == 1
    with pytest.raises(DamagedDocument):
        next(pages)


def test_a_closed_buffer_sends_writers_home() -> None:
    buffer = PageBuffer(1, 9, capacity=1)
    buffer.close()
    assert not buffer.put(blank(1))


def test_reading_side_by_side_gives_the_same_pages_in_order() -> None:
    data = papers.text_pdf(20)
    pages = list(read_side_by_side(data, PDF, ReadOptions(), workers=2, chunk_pages=3))
    assert tuple(pages) == read_document(data, PDF).pages


def test_reading_side_by_side_can_be_broken_off() -> None:
    pages = read_side_by_side(papers.text_pdf(40), PDF, ReadOptions(), workers=2, chunk_pages=2)
    assert next(pages).number == 1
    pages.close()  # type: ignore[attr-defined]


@needs_ocr
def test_a_second_look_reads_a_place_alone() -> None:
    data = papers.scan_pdf()
    page = read_document(data, PDF).pages[0]
    amount = next(w for w in page.words if w.text == "270,92")
    found, nothing = reread(data, PDF, page, [amount.box, Box(300, 700, 400, 720)])
    assert [w.text for w in found] == ["270,92"]
    assert found[0].box == amount.box
    assert nothing == ()

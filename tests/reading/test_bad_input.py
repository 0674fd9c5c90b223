"""Bad input: each gets a typed error that names cause and remedy, or a page that says why it failed."""

import io
import time

import pikepdf
import pytest
from PIL import Image

from pipelines.errors import (
    DamagedDocument,
    DocumentTooLarge,
    EmptyDocument,
    EncryptedDocument,
    LakeError,
    UnsupportedDocument,
)
from pipelines.reading import Limits, ReadOptions, inspect_document, read_document, read_pages
from tests.reading import papers

PDF = "application/pdf"


def refused(data: bytes, media_type: str = PDF, **options: int) -> LakeError:
    with pytest.raises(LakeError) as caught:
        read_document(data, media_type, ReadOptions(**options))  # type: ignore[arg-type]
    with pytest.raises(type(caught.value)):
        inspect_document(data, media_type, ReadOptions(**options).limits)  # type: ignore[arg-type]
    assert caught.value.cause
    assert caught.value.remedy
    return caught.value


def test_a_truncated_pdf_is_damaged() -> None:
    error = refused(papers.text_pdf()[:900])
    assert isinstance(error, DamagedDocument)
    assert "truncated" in error.cause


def test_rubbish_after_a_pdf_header_is_damaged() -> None:
    assert isinstance(refused(b"%PDF-1.7\n" + bytes(range(256)) * 20 + b"%%EOF"), DamagedDocument)


def test_a_password_is_asked_for_by_name() -> None:
    locked = papers.edited(papers.text_pdf(), lambda _: None, encryption=pikepdf.Encryption(owner="a", user="b"))
    error = refused(locked)
    assert isinstance(error, EncryptedDocument)
    assert "password" in error.cause


def test_an_owner_password_alone_does_not_lock_a_document() -> None:
    readable = papers.edited(papers.text_pdf(), lambda _: None, encryption=pikepdf.Encryption(owner="a", user=""))
    assert "333,23" in read_document(readable, PDF).text()


def test_a_pdf_without_pages_is_empty() -> None:
    def clear(document: pikepdf.Pdf) -> None:
        del document.pages[0]

    assert isinstance(refused(papers.edited(papers.text_pdf(), clear)), EmptyDocument)


def test_too_many_pages_are_too_large() -> None:
    error = refused(papers.text_pdf(4), max_pages=3)
    assert isinstance(error, DocumentTooLarge)
    assert "4 pages" in error.cause


def test_ten_thousand_pages_are_counted_and_refused_quickly() -> None:
    def swell(document: pikepdf.Pdf) -> None:
        one = document.pages[0].obj
        document.Root.Pages.Kids = pikepdf.Array([one] * 10_000)
        document.Root.Pages.Count = 10_000

    data = papers.edited(papers.text_pdf(), swell)
    began = time.monotonic()
    assert isinstance(refused(data), DocumentTooLarge)
    assert time.monotonic() - began < 10


def test_a_page_tree_that_bites_its_tail_ends() -> None:
    def loop(document: pikepdf.Pdf) -> None:
        tree = document.Root.Pages
        tree.Kids.append(tree)
        tree.Count = 500

    data = papers.edited(papers.text_pdf(), loop)
    try:
        pages = read_document(data, PDF, ReadOptions(page_timeout_seconds=20)).pages
    except DamagedDocument:
        return  # refusing it is as good as reading its one page
    assert "333,23" in pages[0].text()
    assert all(page.source == "failed" or page.words == pages[0].words for page in pages[1:])


def test_a_page_of_14400_points_is_drawn_within_the_limit_or_refused() -> None:
    def spread(document: pikepdf.Pdf) -> None:
        document.pages[0].mediabox = [0, 0, 14_400, 14_400]

    empty = papers.edited(papers.pdf(papers.on_page(papers.scan_image())), spread)
    page = read_document(empty, PDF, ReadOptions(max_pixels=10_000_000)).pages[0]
    assert page.source == "failed"
    assert "DocumentTooLarge" in page.error
    text = papers.edited(papers.text_pdf(), spread)
    assert "333,23" in read_document(text, PDF).text()


def test_an_image_of_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    bomb = papers.image_bytes(Image.new("1", (11_000, 11_000), 1), "PNG")
    assert len(bomb) < 200_000
    error = refused(bomb, "image/png")
    assert isinstance(error, DocumentTooLarge)
    assert "11,000 x 11,000" in error.cause


def test_a_truncated_image_is_damaged() -> None:
    data = papers.image_bytes(papers.scan_image(), "JPEG")
    with pytest.raises(DamagedDocument):
        read_document(data[: len(data) // 2], "image/jpeg")
    with pytest.raises(DamagedDocument):
        read_document(data[:30], "image/jpeg")


def test_a_broken_frame_fails_alone() -> None:
    frames = [papers.scan_image(dpi=60) for _ in range(2)]
    data = bytearray(
        papers.image_bytes(frames[0], "TIFF", save_all=True, append_images=frames[1:], compression="tiff_lzw")
    )
    # the second frame's strips lie in the second half of the file
    data[len(data) * 3 // 4 : len(data) * 3 // 4 + 200] = b"\xff" * 200
    pages = list(read_pages(bytes(data), "image/tiff"))
    assert len(pages) == 2
    assert pages[0].source != "failed"


def test_a_corrupt_image_stream_in_a_pdf_does_not_stop_the_other_pages() -> None:
    def corrupt(document: pikepdf.Pdf) -> None:
        for image in document.pages[0].get_images().values():
            image.write(b"\xff\xd8\xff" + b"rubbish" * 50, filter=pikepdf.Name.DCTDecode)

    data = papers.edited(papers.pdf(papers.on_page(papers.scan_image(), (0, 0, *papers.A4)), papers.rows()), corrupt)
    pages = read_document(data, PDF).pages
    assert len(pages) == 2
    assert not pages[0].words
    assert "333,23" in pages[1].text()


def test_a_document_over_the_byte_limit_is_too_large() -> None:
    with pytest.raises(DocumentTooLarge):
        inspect_document(papers.text_pdf(), PDF, Limits(max_bytes=100))


def test_an_unknown_media_type_is_unsupported() -> None:
    with pytest.raises(UnsupportedDocument):
        read_document(b"x", "text/plain")


def test_a_font_without_any_map_does_not_come_out_as_text() -> None:
    def strip(document: pikepdf.Pdf) -> None:
        for item in document.objects:
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/Font":
                for key in ("/ToUnicode", "/Encoding"):
                    if key in item:
                        del item[key]

    data = papers.edited(papers.text_pdf(), strip)
    page = read_document(data, PDF, ReadOptions()).pages[0]
    assert page.source in ("ocr", "text", "failed")
    if page.source == "text":  # PDFium found the letters in the font itself
        assert "333,23" in page.text()


def test_inspection_counts_pages_and_those_with_text() -> None:
    found = inspect_document(papers.pdf(papers.rows(), papers.on_page(papers.scan_image()), papers.rows()), PDF)
    assert (found.pages, found.pages_with_text) == (3, 2)
    gif = io.BytesIO()
    Image.new("L", (50, 50)).save(gif, "GIF")
    assert inspect_document(gif.getvalue(), "image/gif").pages == 1

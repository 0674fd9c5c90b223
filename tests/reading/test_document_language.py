"""The language is the document's own, found alike from whichever page reading starts; a page may speak another."""

from pathlib import Path

import pytest

from pipelines.reading import ReadOptions, close_children, read_document, read_range
from pipelines.reading.ocr.language import guess_language
from tests.reading import papers

PDF = "application/pdf"
PORTUGUESE = (
    "Nota fiscal de energia numero 4711",
    "Valor total da fatura com vencimento",
    "Cliente: endereco da rua e bairro, cidade",
    "Consumo de energia do mes de referencia",
    "Base de calculo dos impostos",
    "Total a pagar em reais 333,23",
)
missing = papers.needs("pol", "por", "eng")
needs_ocr = pytest.mark.skipif(bool(missing), reason=missing or "-")


def scans(*pages: tuple[str, ...]) -> bytes:
    return papers.scan_pdf(*[papers.scan_image(rows, dpi=150) for rows in pages])


@needs_ocr
def test_each_page_is_read_in_its_own_language_and_ranges_agree_with_the_whole() -> None:
    data = scans(papers.INVOICE_ROWS, ("1 szt. 12,50",), PORTUGUESE)
    whole = read_document(data, PDF, ReadOptions(isolate=False)).pages
    assert [page.language for page in whole] == ["pol", "pol", "por"]
    parts = [read_range(data, PDF, first, last, ReadOptions(isolate=False)).pages for first, last in ((1, 1), (2, 3))]
    assert (*parts[0], *parts[1]) == whole


@needs_ocr
def test_a_text_layer_tells_the_language_of_the_scans_after_it() -> None:
    scan = papers.on_page(papers.scan_image(("12,50 333,23",), dpi=150))
    page = read_document(papers.pdf(papers.rows(), scan), PDF, ReadOptions(isolate=False)).pages[1]
    assert (page.source, page.language) == ("ocr", "pol")


@needs_ocr
def test_the_frames_of_an_image_speak_one_language() -> None:
    first, second = (papers.scan_image(rows, dpi=150) for rows in (papers.INVOICE_ROWS, ("1 szt. 12,50",)))
    data = papers.image_bytes(first, "TIFF", save_all=True, append_images=[second], dpi=(150, 150))
    page = read_range(data, "image/tiff", 2, 2, ReadOptions(isolate=False)).pages[0]
    assert page.language == "pol"


def test_a_lead_may_be_asked_for() -> None:
    words = ["faktura", "nr", "nip", "razem", "kwota", "rechnung", "betrag"]
    assert guess_language(words, ("pol", "deu")) == "pol"
    assert guess_language(words, ("pol", "deu"), lead=9.0) is None


FIRST_PAGE_KILLS = """
import os, signal
from pipelines.reading.ocr.engine import OcrWord

class Faulty:
    name = "faulty 1"
    languages = frozenset({"eng", "pol"})

    def read(self, image, dpi, language, segmentation=3):
        if image.resize((1, 1)).getpixel((0, 0)) < 200:
            os.kill(os.getpid(), signal.SIGSEGV)
        return [OcrWord("fine", 10, 10, 60, 30, 0.9)]

    def find_turn(self, image, dpi):
        return None
"""


def test_a_first_page_that_kills_its_reader_takes_no_later_page_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "killed_first.py").write_text(FIRST_PAGE_KILLS)
    about = tmp_path / "killed_first-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: killed-first\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[invoice_lake.ocr]\nkilled = killed_first:Faulty\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    close_children()
    from PIL import Image, ImageDraw

    dark, light = Image.new("L", (827, 1170), 90), Image.new("L", (827, 1170), 255)
    for image in (dark, light):  # print, so that a look is worth its while
        for top in range(20, 1100, 20):
            ImageDraw.Draw(image).rectangle((50, top, 250, top + 6), fill=0)
    data = papers.scan_pdf(dark, light, light, light, light)
    options = ReadOptions(engine="killed", languages=("eng", "pol"), page_timeout_seconds=20)
    try:
        assert [p.source for p in read_range(data, PDF, 4, 5, options).pages] == ["ocr", "ocr"]
        assert [p.source for p in read_document(data, PDF, options).pages] == ["failed", "ocr", "ocr", "ocr", "ocr"]
    finally:
        close_children()

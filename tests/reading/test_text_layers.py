import io
import random

import pikepdf
import pytest
from reportlab.pdfgen.canvas import Canvas

from pipelines.pages import Page
from pipelines.reading import ReadOptions, read_document
from tests.reading import papers

# in this process: what is tested here is reading, not its isolation
IN_PROCESS = ReadOptions(isolate=False)
needs_ocr = pytest.mark.skipif(bool(papers.needs("pol", "eng")), reason=papers.needs("pol", "eng") or "-")


def first_page(data: bytes) -> Page:
    return read_document(data, "application/pdf", IN_PROCESS).pages[0]


def test_a_text_layer_gives_every_word_in_order() -> None:
    page = first_page(papers.text_pdf())
    assert page.source == "text"
    assert page.text().splitlines() == list(papers.INVOICE_ROWS)
    assert {w.confidence for w in page.words} == {1.0}
    assert page.engine.startswith("pypdfium2")


def test_boxes_are_points_from_the_top_left() -> None:
    page = first_page(papers.text_pdf())
    word = page.words[0]
    assert (page.width, page.height) == papers.A4
    assert word.text == "Faktura"
    assert word.box.x0 == pytest.approx(50, abs=1)
    assert word.box.y1 == pytest.approx(842 - 800, abs=4)  # its baseline, and the descent below it
    assert 9 < word.box.height < 15


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turned_page_gives_boxes_as_it_is_shown(degrees: int) -> None:
    def draw(canvas: Canvas) -> None:
        width, height = papers.A4
        canvas.translate(*{90: (width, 0), 180: (width, height), 270: (0, height)}[degrees])
        canvas.rotate({90: 90, 180: 180, 270: -90}[degrees])
        papers.rows(top=550)(canvas)

    def turn(document: pikepdf.Pdf) -> None:
        document.pages[0].rotate(degrees, relative=False)

    page = first_page(papers.edited(papers.pdf(draw), turn))
    assert page.text().splitlines() == list(papers.INVOICE_ROWS)
    upright_height = 842 if degrees == 180 else 595
    assert (page.width, page.height) == ((595, 842) if degrees == 180 else (842, 595))
    assert page.words[0].box.x0 == pytest.approx(50, abs=1)
    assert page.words[0].box.y1 == pytest.approx(upright_height - 550, abs=4)


def test_the_crop_box_is_the_page_and_hides_what_lies_outside() -> None:
    def crop(document: pikepdf.Pdf) -> None:
        document.pages[0].cropbox = [40, 600, 595, 842]

    page = first_page(papers.edited(papers.text_pdf(), crop))
    assert (page.width, page.height) == (555, 242)
    assert page.words[0].box.x0 == pytest.approx(10, abs=1)
    assert "Opłata" not in page.text().split("Razem")[-1]
    assert all(0 <= w.box.middle <= 242 for w in page.words)


def test_shuffled_drawing_order_changes_nothing() -> None:
    def shuffled(canvas: Canvas) -> None:
        canvas.setFont(papers.font(), 11)
        pieces = []
        for index, line in enumerate(papers.INVOICE_ROWS):
            at = 50.0
            for text in line.split():
                pieces.append((at, 800 - 30 * index, text))
                at += canvas.stringWidth(text + " ", papers.font(), 11)
        random.Random(3).shuffle(pieces)
        for piece in pieces:
            canvas.drawString(*piece)

    assert first_page(papers.pdf(shuffled)).text() == first_page(papers.text_pdf()).text()


def test_vertical_text_in_the_margin_stands_after_the_rows() -> None:
    def draw(canvas: Canvas) -> None:
        papers.rows()(canvas)
        canvas.rotate(90)
        canvas.drawString(300, -20, "wydrukowano wczoraj")

    page = first_page(papers.pdf(draw))
    assert [w.text for w in page.words[-2:]] == ["wydrukowano", "wczoraj"]
    assert page.text().splitlines()[: len(papers.INVOICE_ROWS)] == list(papers.INVOICE_ROWS)


def test_an_empty_page_is_empty() -> None:
    page = first_page(papers.pdf(lambda _: None))
    assert (page.source, page.words, page.error) == ("empty", (), "")


def test_a_page_with_three_words_and_nothing_else_is_read_from_its_layer() -> None:
    page = first_page(papers.pdf(papers.rows(["Strona 2 z 2"])))
    assert (page.source, page.text()) == ("text", "Strona 2 z 2")


@needs_ocr
def test_an_invisible_ocr_layer_is_not_believed() -> None:
    def draw(canvas: Canvas) -> None:
        papers.on_page(papers.scan_image())(canvas)
        text = canvas.beginText(50, 800)
        text.setFont(papers.font(), 11)
        text.setTextRenderMode(3)
        for _ in range(10):
            text.textLine("wrong words of some other program 999,99")
        canvas.drawText(text)

    page = first_page(papers.pdf(draw))
    assert page.source == "ocr"
    assert "333,23" in page.text()
    assert "999,99" not in page.text()


@needs_ocr
def test_a_font_with_a_shifted_unicode_map_is_not_believed() -> None:
    def shift(document: pikepdf.Pdf) -> None:
        for item in document.objects:
            if isinstance(item, pikepdf.Dictionary) and "/ToUnicode" in item:
                table = item.ToUnicode.read_bytes().replace(b"<0061>", b"<0071>").replace(b"<0065>", b"<0078>")
                table = table.replace(b"<0069>", b"<007A>").replace(b"<006F>", b"<0076>").replace(b"<0079>", b"<0077>")
                item.ToUnicode = document.make_stream(table.replace(b"<0075>", b"<0077>"))

    def plain(canvas: Canvas) -> None:
        canvas.setFont(papers.font(), 14)
        for index in range(10):
            canvas.drawString(50, 780 - 30 * index, "Invoice total amount payable before the due date 123.45")

    spoiled = papers.edited(papers.pdf(plain), shift)
    page = first_page(spoiled)
    assert page.source == "ocr"
    assert "payable" in page.text()


@needs_ocr
def test_a_stamp_over_a_scan_does_not_hide_the_scan() -> None:
    def draw(canvas: Canvas) -> None:
        papers.on_page(papers.scan_image())(canvas)
        canvas.drawString(300, 20, "Received 2026-03-20 by the accounts office, no. 4471")

    page = first_page(papers.pdf(draw))
    assert "333,23" in page.text()
    assert "4471" in page.text()


def test_the_same_bytes_are_read_the_same() -> None:
    data = papers.text_pdf(3)
    assert read_document(data, "application/pdf", IN_PROCESS) == read_document(data, "application/pdf", IN_PROCESS)


def test_e_invoice_xml_in_a_pdf_comes_as_an_attachment_and_other_files_do_not() -> None:
    xml = b"<?xml version='1.0'?><rsm:CrossIndustryInvoice xmlns:rsm='urn:x'/>"

    def attach(document: pikepdf.Pdf) -> None:
        document.attachments["factur-x.xml"] = xml
        document.attachments["terms.txt"] = b"General terms"
        document.attachments["other.xml"] = b"<?xml version='1.0'?><settings/>"

    read = read_document(papers.edited(papers.text_pdf(), attach), "application/pdf", IN_PROCESS)
    assert [(a.name, a.data) for a in read.attachments] == [("factur-x.xml", xml)]


def test_bare_xml_has_no_pages_and_is_its_own_attachment() -> None:
    data = io.BytesIO(b"<Faktura/>").read()
    read = read_document(data, "application/xml", IN_PROCESS)
    assert (read.pages, [a.data for a in read.attachments]) == ((), [data])

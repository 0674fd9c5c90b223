"""Boxes of pages that were turned and set level, on the page as the document shows it; fields and stamps upon pages."""

import io

import pikepdf
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from pipelines.documents import MadeBy
from pipelines.pages import Box, DocumentText, Page, PagesFile
from pipelines.reading import ReadOptions, draw_page, read_document, reread
from tests.reading import papers

PDF = "application/pdf"
IN_PROCESS = ReadOptions(isolate=False)
missing = papers.needs("pol", "eng")
needs_ocr = pytest.mark.skipif(bool(missing), reason=missing or "-")


def ink_box(image: Image.Image, dpi: int) -> Box:
    """Around all that is dark, in points."""
    left, top, right, bottom = image.point(lambda v: 255 if v < 128 else 0).getbbox() or (0, 0, 0, 0)
    return Box(*(v * 72 / dpi for v in (left, top, right, bottom)))


@needs_ocr
@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_boxes_land_on_the_print_of_a_page_askew_or_on_its_side(quarters: int) -> None:
    upright = papers.scan_image([*papers.INVOICE_ROWS, *papers.INVOICE_ROWS], dpi=150)
    askew = upright.rotate(1.5, fillcolor=255, resample=Image.Resampling.BICUBIC).rotate(90 * quarters, expand=True)
    data = papers.image_bytes(askew, dpi=(150, 150))
    page = read_document(data, "image/png", IN_PROCESS).pages[0]
    assert page.skew == pytest.approx(-1.5, abs=0.3)
    word = next(word for word in page.words if word.text == "333,23")
    place = page.box_as_shown(word.box)
    cut = askew.crop([round(v * 150 / 72) for v in place])
    dark = sum(cut.histogram()[:128]) / (cut.width * cut.height)
    assert dark > 0.08  # on print, not beside it
    assert place.width * place.height < 3 * word.box.width * word.box.height
    again = reread(data, "image/png", page, [word.box], IN_PROCESS)
    assert [line[0].text for line in again] == ["333,23"]


@pytest.mark.parametrize("kind", ["pdf", "png"])
def test_a_picture_for_people_is_turned_and_set_level_as_the_page_was_read(kind: str) -> None:
    lying = Image.new("RGB", (842, 595), "white")
    lying.paste((0, 0, 0), (0, 495, 200, 595))  # lower left: upper left, once turned by 90 degrees
    data, media_type = (
        (papers.image_bytes(lying, dpi=(72, 72)), "image/png")
        if kind == "png"
        else (papers.pdf(papers.on_page(lying, (0, 0, 842, 595)), size=(842, 595)), PDF)
    )
    drawn = Image.open(io.BytesIO(draw_page(data, media_type, 1, 300, read=Page(1, 595, 842, "ocr", turned=90))))
    assert drawn.size == (300, pytest.approx(425, abs=2))
    grey = drawn.convert("L")
    assert [grey.getpixel(place) < 128 for place in ((20, 40), (280, 40), (20, 400))] == [True, False, False]
    askew = Page(1, 595, 842, "ocr", turned=90, skew=3.0)
    level = Image.open(io.BytesIO(draw_page(data, media_type, 1, 300, read=askew))).convert("L")
    assert level.size == drawn.size
    assert level.tobytes() != grey.tobytes()


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_corners_of_a_turned_page_are_its_corners_as_shown(turned: int) -> None:
    page = Page(1, 100, 200, "ocr", turned=turned)
    corner = {
        0: Box(0, 0, 10, 20),
        90: Box(0, 90, 20, 100),
        180: Box(90, 180, 100, 200),
        270: Box(180, 0, 200, 10),
    }[turned]
    assert page.box_as_shown(Box(0, 0, 10, 20)) == corner


def test_how_a_page_was_turned_is_kept_in_the_lake() -> None:
    pages = (Page(1, 595, 842, "ocr", turned=90, skew=-0.75), Page(2, 595, 842, "text"))
    file = PagesFile("2026-01-01/x-0000000000000000", MadeBy(step="ocr", version="1", options="-"), DocumentText(pages))
    assert PagesFile.from_bytes(file.to_bytes()).read.pages == pages


def filled_form() -> bytes:
    def draw(canvas: Canvas) -> None:
        papers.rows(papers.INVOICE_ROWS[:3])(canvas)
        canvas.acroForm.textfield(name="total", x=50, y=600, width=200, height=20, value="1234,56")
        canvas.acroForm.textfield(name="bare", x=50, y=500, width=200, height=20, value="x")
        canvas.acroForm.textfield(
            name="hidden", x=50, y=400, width=200, height=20, value="SECRET", annotationFlags="hidden"
        )

    def strip(document: pikepdf.Pdf) -> None:
        for form_field in document.Root.AcroForm.Fields:
            if form_field.T == "bare":  # filled by a program that draws nothing
                del form_field["/AP"]
                form_field.V = pikepdf.String("77,10")
        document.Root.AcroForm.NeedAppearances = True

    return papers.edited(papers.pdf(draw), strip)


def test_values_of_form_fields_are_words_and_hidden_ones_are_not() -> None:
    page = read_document(filled_form(), PDF, IN_PROCESS).pages[0]
    assert page.source == "text"
    texts = {word.text: word.box for word in page.words}
    assert {"1234,56", "77,10"} <= texts.keys()
    assert "SECRET" not in texts
    assert texts["1234,56"].x0 == pytest.approx(50, abs=4)
    assert 842 - 620 <= texts["1234,56"].middle <= 842 - 600


@needs_ocr
def test_a_form_filled_over_a_scan_is_read_with_its_values() -> None:
    def draw(canvas: Canvas) -> None:
        papers.on_page(papers.scan_image(dpi=150))(canvas)
        canvas.acroForm.textfield(name="total", x=50, y=200, width=200, height=24, value="9876,50")

    page = read_document(papers.pdf(draw), PDF, IN_PROCESS).pages[0]
    assert page.source == "ocr"
    assert {"333,23", "9876,50"} <= {word.text for word in page.words}


@needs_ocr
def test_frames_of_a_gif_are_pages() -> None:
    frames = [papers.scan_image([f"Strona {n} faktury 12,5{n}"] * 6, dpi=100) for n in (1, 2)]
    target = io.BytesIO()
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:])
    pages = read_document(target.getvalue(), "image/gif", IN_PROCESS).pages
    assert [("12,51" in page.text(), "12,52" in page.text()) for page in pages] == [(True, False), (False, True)]

"""Pages with fewer pixels than their label says: the print decides how they are read."""

from statistics import median

import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfgen.canvas import Canvas

from pipelines.pages import Page
from pipelines.reading import ReadOptions, read_document
from pipelines.reading.printsize import letter_height
from pipelines.reading.raster import Raster, for_ocr
from tests.reading import papers

IN_PROCESS = ReadOptions(isolate=False)
needs_ocr = pytest.mark.skipif(bool(papers.needs("pol", "eng")), reason=papers.needs("pol", "eng") or "-")
AMOUNTS = {"333,23", "270,92", "255,93", "62,31"}
TRUE_DPI, TOLD_DPI = 80, 300


def mislabelled(upon: bool = False) -> tuple[bytes, Image.Image]:
    """An A4 page of 80 dpi in a PDF that calls it 300 dpi; `upon`: with a few rules drawn over it."""
    image = papers.scan_image(dpi=TRUE_DPI)
    width, height = image.width * 72 / TOLD_DPI, image.height * 72 / TOLD_DPI

    def draw(canvas: Canvas) -> None:
        papers.on_page(image, (0, 0, width, height))(canvas)
        for n in range(8 if upon else 0):
            canvas.line(5, 20 + 5 * n, 40, 20 + 5 * n)

    return papers.pdf(draw, size=(width, height)), image


def page_of(data: bytes) -> Page:
    return read_document(data, "application/pdf", IN_PROCESS).pages[0]


@needs_ocr
@pytest.mark.parametrize("upon", [False, True])
def test_a_page_of_few_pixels_under_a_false_resolution_is_read(upon: bool) -> None:
    page = page_of(mislabelled(upon)[0])
    assert {w.text for w in page.words} >= AMOUNTS


@needs_ocr
def test_words_of_an_enlarged_page_stand_in_points_of_the_page_as_labelled() -> None:
    data, image = mislabelled()
    page = page_of(data)
    assert (page.width, page.height) == pytest.approx((image.width * 0.24, image.height * 0.24), abs=0.5)
    smaller = TRUE_DPI / TOLD_DPI
    razem = next(w for w in page.words if w.text == "Razem")
    assert razem.box.x0 == pytest.approx(50 * smaller, abs=1)
    assert razem.box.middle == pytest.approx((40 + 30 * 6 + 7) * smaller, abs=2)


@needs_ocr
def test_a_page_of_few_pixels_is_read_the_same_twice() -> None:
    data, _ = mislabelled()
    assert page_of(data) == page_of(data)


@pytest.mark.parametrize("size", [10, 16, 30, 60])
def test_letters_are_measured_between_the_x_and_the_capital(size: int) -> None:
    image = Image.new("L", (1200, 900), 240)
    face = ImageFont.truetype(str(papers.FONT_FILE), size)
    draw = ImageDraw.Draw(image)
    for index, line in enumerate(papers.INVOICE_ROWS):
        draw.text((20, 10 + index * 2 * size), line, fill=60, font=face)
    measured = letter_height(image)
    assert measured is not None
    assert 0.5 * size <= measured <= 0.8 * size + 1


def test_blank_paper_and_pictures_have_no_letters() -> None:
    assert letter_height(Image.new("L", (600, 600), 255)) is None
    assert letter_height(Image.linear_gradient("L").resize((600, 600))) is None


def test_small_print_is_enlarged_and_never_reduced_whatever_the_label_says() -> None:
    image = papers.scan_image(dpi=TRUE_DPI)
    for told in (TRUE_DPI, TOLD_DPI, 600):
        ready = for_ocr(Raster.of(image, told), 220)
        assert 15 <= (letter_height(ready.image) or 0) <= 26
        assert ready.width == image.width * 72 / told
        assert ready.told_dpi <= 225


@pytest.mark.parametrize(("dpi", "used"), [(200, 200), (300, 220), (600, 220)])
def test_usual_scans_keep_their_resolution_without_a_look_at_their_print(
    dpi: int, used: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def looked(_: Image.Image) -> float:
        raise AssertionError("the print of a usual scan was measured")

    monkeypatch.setattr("pipelines.reading.raster.letter_height", looked)
    ready = for_ocr(Raster.of(papers.scan_image(dpi=dpi), dpi), 220)
    assert ready.dpi == ready.told_dpi == used


def test_large_print_on_a_small_sheet_is_still_reduced_to_the_cap() -> None:
    receipt = papers.scan_image(dpi=400).crop((0, 0, 1800, 1500))
    ready = for_ocr(Raster.of(receipt, 400), 220)
    assert ready.dpi == 220
    assert median(ready.image.size) < median(receipt.size)

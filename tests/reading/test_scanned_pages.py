"""Scans in PDFs: the page's own image, mixed pages, codes."""

import io

import pikepdf
import pytest
import zxingcpp
from PIL import Image
from reportlab.graphics.barcode import createBarcodeDrawing
from reportlab.pdfgen.canvas import Canvas

from pipelines.pages import Box, Page, Word
from pipelines.reading import ReadOptions, read_document
from pipelines.reading.embedded import page_image
from pipelines.reading.mixed import merged
from pipelines.reading.objects import look_at_objects
from pipelines.reading.options import Limits
from pipelines.reading.pdf import Sheet, open_pdf
from pipelines.reading.raster import Raster
from tests.reading import papers

IN_PROCESS = ReadOptions(isolate=False)
PDF = "application/pdf"
needs_ocr = pytest.mark.skipif(bool(papers.needs("pol", "eng")), reason=papers.needs("pol", "eng") or "-")
PAYMENT = "83630000001155401380008046010818300005547909"


def own_image(data: bytes) -> Raster | None:
    with open_pdf(data, Limits()) as document:
        page = document[0]
        sheet = Sheet.of(page)
        return page_image(sheet, look_at_objects(page, sheet), 100_000_000)


def page_of(data: bytes, options: ReadOptions = IN_PROCESS) -> Page:
    return read_document(data, PDF, options).pages[0]


def test_the_image_of_a_scanned_page_is_taken_as_it_lies_there() -> None:
    raster = own_image(papers.scan_pdf())
    assert raster is not None
    assert raster.image.size == papers.scan_image().size
    assert raster.dpi == pytest.approx(200, abs=1)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_the_image_of_a_turned_page_is_set_as_the_page_is_shown(degrees: int) -> None:
    marked = Image.new("L", (400, 600), 255)
    marked.paste(0, (20, 20, 200, 60))

    def turn(document: pikepdf.Pdf) -> None:
        document.pages[0].rotate(degrees, relative=False)

    turned = papers.edited(papers.pdf(papers.on_page(marked)), turn)
    raster = own_image(turned)
    assert raster is not None
    with open_pdf(turned, Limits()) as document:
        shown = (
            document[0].render(scale=raster.dpi / 72, grayscale=True).to_pil().convert("L").resize(raster.image.size)
        )
    differs = sum(
        abs(int(a) - int(b)) > 100
        for a, b in zip(shown.get_flattened_data(), raster.image.get_flattened_data(), strict=True)
    )
    assert differs < 0.02 * raster.image.width * raster.image.height


def test_a_fax_stored_as_a_stencil_is_drawn_and_not_taken_inverted() -> None:
    def stencil(document: pikepdf.Pdf) -> None:
        for image in document.pages[0].get_images().values():
            bits = papers.scan_image(dpi=100).convert("1")
            image.write(bits.tobytes())
            del image["/ColorSpace"]
            image.ImageMask, image.BitsPerComponent, image.Width, image.Height = True, 1, *bits.size

    data = papers.edited(papers.pdf(papers.on_page(papers.scan_image(dpi=100))), stencil)
    assert own_image(data) is None


def test_an_image_with_print_upon_it_is_not_taken_alone() -> None:
    def lined(canvas: Canvas) -> None:
        papers.on_page(papers.scan_image())(canvas)
        for n in range(8):
            canvas.rect(50, 100 + 30 * n, 300, 20)

    assert own_image(papers.pdf(lined)) is None


@needs_ocr
def test_a_scanned_page_is_read_with_its_amounts() -> None:
    page = page_of(papers.scan_pdf())
    assert page.source == "ocr"
    assert (page.width, page.height, page.language) == (*papers.A4, "pol")
    assert {"333,23", "270,92", "255,93", "62,31"} <= {w.text for w in page.words}
    razem = next(w for w in page.words if w.text == "Razem")
    assert razem.box.x0 == pytest.approx(50, abs=2)
    assert razem.box.middle == pytest.approx(40 + 30 * 6 + 7, abs=4)


@needs_ocr
def test_text_with_a_scanned_annex_on_the_same_page_gives_both_once() -> None:
    annex = papers.scan_image(["Protokół odczytu licznika", "stan bieżący 74321 stan poprzedni 73909"], dpi=150)
    annex = annex.crop((0, 0, annex.width, 300))

    def draw(canvas: Canvas) -> None:
        papers.rows()(canvas)
        canvas.drawInlineImage(annex, 0, 250, annex.width * 72 / 150, annex.height * 72 / 150)

    page = page_of(papers.pdf(draw))
    assert page.source == "mixed"
    texts = [w.text for w in page.words]
    assert texts.count("333,23") == "\n".join(papers.INVOICE_ROWS).count("333,23")
    assert {"74321", "73909"} <= set(texts)
    assert {w.source for w in page.words} == {"text", "ocr"}
    assert "+" in page.engine


def test_a_photograph_beside_text_adds_no_words() -> None:
    gradient = Image.linear_gradient("L").resize((700, 500))

    def draw(canvas: Canvas) -> None:
        papers.rows()(canvas)
        canvas.drawInlineImage(gradient, 50, 100, 400, 300)

    page = page_of(papers.pdf(draw))
    assert page.source == "text"
    assert page.text().splitlines() == list(papers.INVOICE_ROWS)


def word(text: str, x: float, y: float, source: str = "text") -> Word:
    return Word(text, Box(x, y, x + 40, y + 10), 1.0, source)  # type: ignore[arg-type]


def test_what_stands_in_layer_and_image_is_kept_once_from_the_layer() -> None:
    layer = [word("Razem", 0, 0), word("333,23", 50, 0)]
    seen = [word("Razem", 1, 1, "ocr"), word("333,28", 51, 0, "ocr"), word("pieczęć", 200, 40, "ocr")]
    words, with_layer = merged([*layer, *(word(f"w{n}", 0, 20 * n) for n in range(4, 20))], seen)
    assert with_layer
    assert [w.text for w in words if w.box.y0 < 50] == ["Razem", "333,23", "pieczęć"]


def test_an_image_that_says_otherwise_in_the_same_places_wins() -> None:
    layer = [word(f"false{n}", 0, 20 * n) for n in range(10)]
    seen = [word(f"seen{n}", 0, 20 * n, "ocr") for n in range(10)]
    words, with_layer = merged(layer, seen)
    assert not with_layer
    assert [w.text for w in words] == [f"seen{n}" for n in range(10)]


def qr(text: str) -> Image.Image:
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    return Image.fromarray(zxingcpp.write_barcode_to_image(code, scale=6)).convert("L")


def test_a_qr_image_on_a_born_digital_page_is_decoded_with_its_place() -> None:
    def draw(canvas: Canvas) -> None:
        papers.rows()(canvas)
        canvas.drawInlineImage(qr("https://example.org/verify/5260001246/2026"), 400, 100, 100, 100)

    (code,) = page_of(papers.pdf(draw)).codes
    assert (code.format, code.text) == ("QRCode", "https://example.org/verify/5260001246/2026")
    assert code.box.x0 == pytest.approx(400, abs=15)
    assert code.box.y0 == pytest.approx(842 - 200, abs=15)


@pytest.mark.parametrize(("kind", "text", "named"), [("I2of5", PAYMENT, "ITF"), ("QR", "NIP 5260001246", "QRCode")])
def test_codes_drawn_with_lines_are_decoded(kind: str, text: str, named: str) -> None:
    def draw(canvas: Canvas) -> None:
        papers.rows()(canvas)
        more = {"barWidth": 0.9, "checksum": 0} if kind == "I2of5" else {}
        createBarcodeDrawing(kind, value=text, **more).drawOn(canvas, 60, 100)

    codes = page_of(papers.pdf(draw)).codes
    assert [(c.format, c.text) for c in codes] == [(named, text)]


def test_a_page_without_suspects_is_not_searched_and_codes_can_be_switched_off() -> None:
    assert page_of(papers.text_pdf()).codes == ()

    def draw(canvas: Canvas) -> None:
        papers.rows()(canvas)
        canvas.drawInlineImage(qr("NIP 5260001246"), 400, 100, 100, 100)

    assert page_of(papers.pdf(draw), ReadOptions(isolate=False, codes=False)).codes == ()


@needs_ocr
def test_codes_on_a_scan_are_decoded() -> None:
    scan = papers.scan_image()
    scan.paste(qr("NIP 5260001246 brutto 333,23").resize((300, 300)), (1000, 1500))
    (code,) = page_of(papers.scan_pdf(scan)).codes
    assert code.text == "NIP 5260001246 brutto 333,23"
    assert code.box.x0 == pytest.approx(1000 * 72 / 200, abs=20)


@needs_ocr
def test_image_only_pages_between_text_pages_are_read_by_ocr() -> None:
    data = papers.pdf(papers.rows(), papers.on_page(papers.scan_image()), papers.rows())
    assert [page.source for page in read_document(data, PDF, IN_PROCESS).pages] == ["text", "ocr", "text"]


def test_scans_of_every_pdf_filter_are_decoded() -> None:
    grey = papers.scan_image(dpi=100)
    for kind, options in (("JPEG", {}), ("JPEG2000", {}), ("TIFF", {"compression": "group4"}), ("PNG", {})):
        import img2pdf

        source = grey.convert("1") if kind == "TIFF" else grey
        data = img2pdf.convert(
            papers.image_bytes(source, kind, dpi=(100, 100), **options) if kind != "JPEG2000" else _jp2(grey)
        )
        raster = own_image(data)
        if raster is not None:  # a fax may be stored as a stencil, which is drawn
            assert raster.image.size == grey.size
            assert raster.image.getextrema()[0] < 60


def _jp2(image: Image.Image) -> bytes:
    target = io.BytesIO()
    image.save(target, "JPEG2000")
    return target.getvalue()

import io

import numpy as np
import pytest
from PIL import Image

from pipelines.errors import DamagedDocument
from pipelines.reading import Limits, ReadOptions, read_document, read_pages
from pipelines.reading.images import open_image, read_frame, to_grey
from pipelines.reading.raster import ENLARGED_DPI, Raster, for_ocr, plausible_dpi
from pipelines.reading.skew import set_upright, skew_degrees
from tests.reading import papers

IN_PROCESS = ReadOptions(isolate=False)
needs_ocr = pytest.mark.skipif(bool(papers.needs("pol", "eng")), reason=papers.needs("pol", "eng") or "-")


def frame(data: bytes, media_type: str, index: int = 0) -> Raster:
    with open_image(data, media_type, Limits()) as image:
        return read_frame(image, index, Limits())


def corner() -> Image.Image:
    """White, with a black top left quarter."""
    image = Image.new("L", (80, 120), 255)
    image.paste(0, (0, 0, 40, 60))
    return image


def is_dark_at(image: Image.Image, x: int, y: int) -> bool:
    return int(image.getpixel((x, y))) < 60  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "I;16", "I", "F"])
def test_every_pixel_mode_becomes_grey_with_black_ink(mode: str) -> None:
    source = corner()
    if mode in ("I;16", "I"):
        pixels = np.asarray(source, dtype=np.uint16) * 257
        image = Image.fromarray(pixels if mode == "I;16" else pixels.astype(np.int32))
    elif mode == "F":
        image = Image.fromarray(np.asarray(source, dtype=np.float32))
    else:
        image = source.convert("RGB").convert(mode) if mode != "1" else source.convert("1")
    grey = to_grey(image)
    assert grey.mode == "L"
    assert is_dark_at(grey, 10, 10)
    assert not is_dark_at(grey, 70, 110)


def test_transparency_is_white_paper() -> None:
    image = Image.new("RGBA", (80, 120), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, 40, 60))
    grey = frame(papers.image_bytes(image), "image/png").image
    assert is_dark_at(grey, 10, 10)
    assert not is_dark_at(grey, 70, 110)


def test_exif_rotation_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to see it upright
    data = papers.image_bytes(corner(), "JPEG", exif=exif)
    grey = frame(data, "image/jpeg").image
    assert grey.size == (120, 80)
    assert is_dark_at(grey, 110, 10)


def test_frames_of_a_tiff_are_pages() -> None:
    frames = [papers.scan_image([f"Strona numer {n} faktury"], dpi=100) for n in (1, 2, 3)]
    data = papers.image_bytes(frames[0], "TIFF", save_all=True, append_images=frames[1:], dpi=(100, 100))
    with open_image(data, "image/tiff", Limits()) as image:
        assert read_frame(image, 2, Limits()).dpi == 100
    assert [page.number for page in read_pages(data, "image/tiff", 2, 3, IN_PROCESS)] == [2, 3]


def test_the_size_in_points_comes_from_the_resolution() -> None:
    raster = frame(papers.image_bytes(papers.scan_image(dpi=150), dpi=(150, 150)), "image/png")
    assert (round(raster.width), round(raster.height)) == papers.A4


@pytest.mark.parametrize(
    ("size", "told", "dpi"),
    [
        ((1654, 2339), 200.0, 200),
        ((1654, 2339), None, 200),
        ((1654, 2339), 72.0, 200),  # what programs write that do not know
        ((2339, 1654), None, 200),
        ((703, 994), None, 85),
        ((703, 994), 1.0, 85),
        ((600, 1600), None, 190),  # a till receipt of 80 mm
    ],
)
def test_missing_and_implausible_resolutions_are_replaced(size: tuple[int, int], told: float | None, dpi: int) -> None:
    assert plausible_dpi(*size, told) == pytest.approx(dpi, rel=0.01)


def test_scans_are_reduced_to_the_cap_and_never_enlarged_at_150_dpi_or_more() -> None:
    assert for_ocr(Raster.of(Image.new("L", (2480, 3508)), 300), 220).dpi == 220
    kept = Raster.of(Image.new("L", (1654, 2339)), 200)
    assert for_ocr(kept, 220) is kept
    assert for_ocr(Raster.of(Image.new("L", (703, 994)), 85), 220).dpi == ENLARGED_DPI


@pytest.mark.parametrize("degrees", [-1.5, -0.6, 0.0, 0.8, 2.0])
def test_a_page_askew_is_set_straight(degrees: float) -> None:
    askew = papers.scan_image(dpi=150).rotate(degrees, fillcolor=255, resample=Image.Resampling.BICUBIC)
    assert skew_degrees(askew) == pytest.approx(-degrees, abs=0.15)
    assert abs(skew_degrees(set_upright(Raster.of(askew, 150)).raster.image)) < 0.25


def test_blank_pages_and_photographs_have_no_skew() -> None:
    assert skew_degrees(Image.new("L", (800, 1100), 255)) == 0
    noise = np.random.default_rng(1).integers(0, 255, (900, 700)).astype(np.uint8)
    assert skew_degrees(Image.fromarray(noise)) == 0


def test_an_image_of_a_few_pixels_is_no_document() -> None:
    with pytest.raises(DamagedDocument, match="only 3 x 3 pixels"):
        read_document(papers.image_bytes(Image.new("L", (3, 3))), "image/png", IN_PROCESS)


@needs_ocr
@pytest.mark.parametrize(("kind", "media_type"), [("PNG", "image/png"), ("GIF", "image/gif"), ("WEBP", "image/webp")])
def test_an_image_of_an_invoice_is_read(kind: str, media_type: str) -> None:
    data = papers.image_bytes(papers.scan_image(), kind, **({"lossless": True} if kind == "WEBP" else {}))
    page = read_document(data, media_type, IN_PROCESS).pages[0]
    assert page.source == "ocr"
    assert page.engine.startswith("tesserocr")
    assert page.language == "pol"
    assert {"333,23", "270,92", "123-456-32-18"} <= {w.text for w in page.words}
    assert all(0 <= w.box.x0 < w.box.x1 <= page.width and 0 <= w.box.y0 < w.box.y1 <= page.height for w in page.words)
    assert all(0 <= w.confidence <= 1 and w.source == "ocr" for w in page.words)


@needs_ocr
def test_a_mail_attachment_of_85_dpi_is_read() -> None:
    small = papers.scan_image(dpi=170).resize((703, 994), Image.Resampling.LANCZOS)
    read = read_document(papers.image_bytes(small), "image/png", IN_PROCESS)
    amounts = {"333,23", "270,92", "255,93", "14,99", "62,31"}
    assert len(amounts & {w.text for w in read.pages[0].words}) >= 4


@needs_ocr
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_page_scanned_on_its_side_or_head_is_turned(quarters: int) -> None:
    lying = papers.scan_image(papers.INVOICE_ROWS * 2, dpi=150).rotate(90 * quarters, expand=True)
    page = read_document(papers.image_bytes(lying, dpi=(150, 150)), "image/png", IN_PROCESS).pages[0]
    assert "333,23" in page.text()
    assert page.height > page.width


@needs_ocr
def test_the_same_image_gives_the_same_words() -> None:
    data = papers.image_bytes(papers.scan_image(dpi=120), "JPEG", quality=40)
    first = read_document(data, "image/jpeg", IN_PROCESS)
    read_document(papers.image_bytes(papers.scan_image(["something else 12,50"])), "image/png", IN_PROCESS)
    assert read_document(data, "image/jpeg", IN_PROCESS) == first


def test_a_blank_image_is_an_empty_page() -> None:
    blank = io.BytesIO()
    Image.new("L", (800, 1100), 255).save(blank, "PNG")
    assert read_document(blank.getvalue(), "image/png", IN_PROCESS).pages[0].source == "empty"

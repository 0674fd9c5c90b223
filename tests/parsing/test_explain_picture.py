"""The explanation as one PNG: pages with their boxes, and beside them fields, runners-up, proofs and reasons."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from pipelines.invoices import Invoice
from pipelines.pages import DocumentText
from pipelines.parsing.explain import PAGE_WIDTH, explain_png
from tests.parsing.test_explain_html import INVOICE, READ, page

GREEN, RED = (21, 128, 61), (185, 28, 28)


def picture(read: DocumentText = READ, invoices: tuple[Invoice, ...] = (INVOICE,), **more: object) -> Image.Image:
    return Image.open(io.BytesIO(explain_png(read, invoices, **more)))  # type: ignore[arg-type]


def colours(image: Image.Image, left: float, top: float, right: float, bottom: float) -> set[object]:
    scale = PAGE_WIDTH / 595
    part = image.crop(
        (24 + int(left * scale), 24 + int(top * scale), 24 + int(right * scale), 24 + int(bottom * scale))
    )
    return {colour for _, colour in part.getcolors(1 << 20) or ()}


def test_boxes_stand_on_the_page_in_the_colour_of_their_proof() -> None:
    image = picture()
    assert GREEN in colours(image, 155, 45, 190, 65), "invoice_number, proven"
    assert RED in colours(image, 155, 75, 200, 95), "gross_total, contradicted"
    assert not {GREEN, RED} & colours(image, 300, 300, 500, 500)


def test_a_page_image_is_drawn_beneath_the_boxes() -> None:
    out = io.BytesIO()
    Image.new("RGB", (600, 849), (10, 20, 200)).save(out, "PNG")
    image = picture(images={1: out.getvalue()})
    assert colours(image, 300, 300, 500, 500) == {(10, 20, 200)}
    assert GREEN in colours(image, 155, 45, 190, 65)


def test_reasons_and_fields_fill_the_panel_beside_it() -> None:
    image = picture(title="rechnung.pdf")
    panel = image.crop((PAGE_WIDTH + 48, 0, image.width, image.height))
    assert len(panel.getcolors(1 << 20) or ()) > 20, "letters in several colours"


@pytest.mark.parametrize("count", [1, 2])
def test_several_invoices_stand_beneath_one_another(count: int) -> None:
    assert picture(invoices=(INVOICE,) * count).height == count * picture().height


def test_no_page_and_very_long_values_are_drawn_all_the_same() -> None:
    long = INVOICE.model_copy(update={"invoice_number": "x" * 3000, "review_reasons": ("word " * 400,)})
    assert picture(DocumentText(()), (long,)).width == picture().width
    assert picture(DocumentText((page(("word", 10, 10)),)), (long,)).height > 0

"""The explanation of a record: whole in itself, true to the record, and harmless whatever stood on the page."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from pipelines.invoices import Check, DocumentType, Evidence, Invoice, Line, Party, Status
from pipelines.pages import Box, DocumentText, Page, Word
from pipelines.parsing.explain import explain_html


def page(*words: tuple[str, float, float], number: int = 1) -> Page:
    placed = tuple(Word(text, Box(x, y, x + 6 * len(text), y + 10)) for text, x, y in words)
    return Page(number, 595, 842, "text", placed)


def said(text: str, x: float, y: float, rule: str = "label:right (total)") -> Evidence:
    return Evidence(page=1, box=(x, y, x + 6 * len(text), y + 10), text=text, rule=rule, confidence=0.9)


READ = DocumentText(
    (page(("Invoice", 50, 50), ("number", 100, 50), ("A-17", 160, 50), ("Total", 50, 80), ("123.00", 160, 80)),)
)
INVOICE = Invoice(
    status=Status.NEEDS_REVIEW,
    review_reasons=("gross_total 123.00 is proven by nothing else",),
    document_type=DocumentType.INVOICE,
    invoice_number="A-17",
    issue_date=date(2026, 2, 15),
    gross_total=Decimal(123),
    net_total=Decimal(100),
    seller=Party(name="Muster & Söhne"),
    lines=(Line(description="Ware", net=Decimal(100)),),
    evidence={
        "invoice_number": said("A-17", 160, 50),
        "gross_total": said("123.00", 160, 80),
        "seller.name": said("Muster", 50, 20),
    },
    checks=(
        Check(
            name="net_plus_tax_is_gross",
            passed=False,
            expected="100.00",
            found="123.00",
            fields=("net_total", "gross_total"),
        ),
        Check(name="access_key_agrees", passed=True, expected="A-17", found="A-17", fields=("invoice_number",)),
    ),
)


class Collector(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def tags(text: str) -> list[tuple[str, dict[str, str | None]]]:
    collector = Collector()
    collector.feed(text)
    return collector.tags


def test_every_field_has_its_row_box_rule_and_state() -> None:
    text = explain_html(READ, [INVOICE], title="a.pdf")
    rows = {attributes["data-field"] for tag, attributes in tags(text) if tag == "tr" and "data-field" in attributes}
    assert {"invoice_number", "gross_total", "net_total", "seller.name", "lines"} <= rows
    boxes = {a["data-field"]: a["class"] for tag, a in tags(text) if tag == "rect" and a.get("id")}
    assert boxes == {"invoice_number": "field proven", "gross_total": "field failed", "seller.name": "field open"}
    assert "label:right (total), confidence 0.90, page 1" in text
    assert "gross_total 123.00 is proven by nothing else" in text
    assert "Muster &amp; Söhne" in text


def test_checks_stand_with_what_was_expected_and_found_failures_first() -> None:
    text = explain_html(READ, [INVOICE])
    assert text.index("✗ net_plus_tax_is_gross") < text.index("✓ access_key_agrees")
    assert "<td>100.00</td><td>123.00</td>" in text


def test_the_page_is_drawn_as_words_or_with_its_image() -> None:
    assert ">A-17</text>" in explain_html(READ, [INVOICE])
    image = "data:image/png;base64,iVBORw0KGgo="
    assert f'<image href="{image}"' in explain_html(READ, [INVOICE], images={1: image})
    with pytest.raises(ValueError, match="data URI"):
        explain_html(READ, [INVOICE], images={1: "https://example.org/page.png"})


def test_nothing_is_loaded_from_elsewhere() -> None:
    text = explain_html(READ, [INVOICE], title="a.pdf")
    assert not re.findall(r"(?:https?:)?//[a-z]", text)
    assert not [tag for tag, a in tags(text) if tag in ("link", "iframe", "object") or a.get("src")]


def test_an_invoice_without_pages_and_several_invoices_are_shown() -> None:
    bare = INVOICE.model_copy(update={"evidence": {}, "lines": ()})
    text = explain_html(DocumentText(()), [bare, bare])
    assert "Invoice 2 of 2" in text
    assert "No page" in text


def test_pages_beyond_the_limit_are_named() -> None:
    pages = tuple(page(("word", 10, 10), number=n) for n in range(1, 41))
    assert "10 more pages" in explain_html(DocumentText(pages), [INVOICE])


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_text_of_the_page_never_becomes_markup(word: str, value: str, name: str) -> None:
    hostile = "<script>alert(1)</script>" + value
    invoice = INVOICE.model_copy(
        update={"invoice_number": hostile, "evidence": {"invoice_number": said(hostile[:20], 5, 5, '"><img src=x>')}}
    )
    read = DocumentText((page((word + "</text><script>", 10, 10), ("x", 40, 10)),))
    text = explain_html(read, [invoice], title=name + "</title><script>")
    assert sum(tag == "script" for tag, _ in tags(text)) == 1
    assert not any(tag == "img" for tag, _ in tags(text))
    for drawing in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        etree.fromstring(drawing)

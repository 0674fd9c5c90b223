"""An e-invoice's values are found on the page it came with, in whatever form the page prints them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from pipelines.invoices import DocumentType, Evidence, Invoice, Party, Status
from pipelines.pages import Box, Page, Word
from pipelines.parsing.xml import page_shows, with_boxes


def page(*rows: str, number: int = 1) -> Page:
    words = []
    for place, text in enumerate(rows):
        x = 50.0
        for part in text.split(" "):
            if part:
                words.append(Word(part, Box(x, 50 + 20 * place, x + 5 * len(part), 60 + 20 * place)))
            x += 5 * len(part) + 3 if part else 20
    return Page(number, 595, 842, "text", tuple(words))


def invoice(**more: object) -> Invoice:
    values: dict[str, object] = {
        "invoice_number": "RE-2026/17",
        "issue_date": date(2026, 2, 15),
        "gross_total": Decimal("1234.50"),
        "amount_due": Decimal("1234.50"),
        "seller": Party(name="Musterstrom AG"),
        "country": "DE",
        **more,
    }
    names = ("invoice_number", "issue_date", "gross_total", "amount_due", "seller.name", "country")
    evidence = {name: Evidence(text="x", rule="cii:ID", confidence=1) for name in names}
    return Invoice(status=Status.NEEDS_REVIEW, document_type=DocumentType.INVOICE, evidence=evidence, **values)  # type: ignore[arg-type]


PAGE = page("Musterstrom  AG  DE", "Rechnung RE-2026/17 vom 15. Februar 2026", "Gesamt   1.234,50 EUR")


def test_values_are_found_in_the_form_the_page_prints_them() -> None:
    placed = with_boxes(invoice(), [PAGE]).evidence
    boxes = {name: said.box for name, said in placed.items()}
    assert boxes["invoice_number"] == (93.0, 70.0, 143.0, 80.0)
    assert boxes["issue_date"] is not None
    assert boxes["gross_total"] is not None
    assert boxes["gross_total"][1] == 90.0
    assert boxes["seller.name"] is not None
    assert boxes["country"] is None
    assert placed["invoice_number"].rule == "cii:ID"
    assert placed["invoice_number"].page == 1


def test_the_first_page_that_shows_a_value_is_named() -> None:
    placed = with_boxes(invoice(), [page("Anschreiben"), page("RE-2026/17", number=2)]).evidence
    assert placed["invoice_number"].page == 2
    assert placed["gross_total"].box is None


def test_a_page_that_shows_number_and_total_is_a_witness() -> None:
    assert [check.passed for check in page_shows(invoice(), [PAGE])] == [True, True]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"gross_total": Decimal("1234.51"), "amount_due": None}, "gross_total"),
        ({"invoice_number": "RE-2026/18"}, "invoice_number"),
    ],
)
def test_an_xml_of_another_invoice_is_found_out(more: dict[str, object], field: str) -> None:
    failed = [check for check in page_shows(invoice(**more), [PAGE]) if not check.passed]
    assert [check.fields for check in failed] == [(field,)]
    assert failed[0].found == "not on the page"


def test_the_amount_due_stands_in_for_a_total_that_is_not_printed() -> None:
    shown = page_shows(invoice(gross_total=Decimal("1300.00")), [PAGE])
    assert all(check.passed for check in shown)


def test_a_number_within_a_longer_one_is_not_the_number() -> None:
    failed = [check for check in page_shows(invoice(), [page("RE-2026/177", "1.234,50")]) if not check.passed]
    assert [check.fields for check in failed] == [("invoice_number",)]


def test_pages_without_words_are_no_witness() -> None:
    assert page_shows(invoice(), []) == ()
    assert page_shows(invoice(), [Page(1, 595, 842, "empty")]) == ()

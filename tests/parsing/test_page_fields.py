"""Fields off invented pages: labels beside, above and in headings; ambiguous values; several invoices in a file."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from pipelines.invoices import Invoice, Status
from pipelines.pages import Page
from pipelines.parsing import parse_document, rules_fingerprint
from pipelines.parsing.geometry import lay_out
from pipelines.parsing.lexicon import load_lexicon
from tests.parsing.laid_words import Cells, document, lay_words, print_text

D = Decimal


def bill(number: str = "ZX-2041", *, issued: str = "15.02.2026", due: str = "01.03.2026") -> tuple[Cells, ...]:
    return (
        ((50, "Muster Werkzeuge GmbH"),),
        ((50, "Probeweg 1, 10115 Berlin"),),
        ((50, "USt-IdNr.: DE136695976"),),
        (),
        ((50, "Rechnung an:"), (350, "Rechnungsnummer:"), (470, number)),
        ((50, "Beispiel AG"), (350, "Rechnungsdatum:"), (470, issued)),
        ((50, "Testallee 7"), (350, "Fällig am:"), (470, due)),
        ((50, "20095 Hamburg"),),
        (),
        ((340, "Nettobetrag"), (480, "700,00 EUR")),
        ((340, "MwSt. 19 %"), (480, "133,00 EUR")),
        ((340, "Gesamtbetrag"), (480, "833,00 EUR")),
    )


def one(*pages: Page) -> Invoice:
    (invoice,) = parse_document(document(*pages))
    return invoice


def test_labels_beside_their_values_give_the_fields_with_evidence() -> None:
    invoice = one(lay_words(*bill()))
    assert (invoice.invoice_number, invoice.issue_date, invoice.due_date) == (
        "ZX-2041",
        date(2026, 2, 15),
        date(2026, 3, 1),
    )
    assert (invoice.net_total, invoice.tax_total, invoice.gross_total) == (D("700.00"), D("133.00"), D("833.00"))
    assert (invoice.seller.name, invoice.buyer.name) == ("Muster Werkzeuge GmbH", "Beispiel AG")
    assert (invoice.seller.tax_id, invoice.currency, invoice.language) == ("DE136695976", "EUR", "de")
    evidence = invoice.evidence["invoice_number"]
    assert evidence.page == 1
    assert evidence.box is not None
    assert 465 < evidence.box[0] < 475
    assert invoice.status is Status.ACCEPTED, invoice.review_reasons


def test_a_label_row_over_a_value_row_is_read_by_columns() -> None:
    rows = list(bill())
    rows[4:7] = [
        ((50, "Rechnung an:"), (250, "Rechnungsnummer"), (370, "Rechnungsdatum"), (480, "Fällig am")),
        ((50, "Beispiel AG"), (250, "ZX-2041"), (370, "15.02.2026"), (480, "01.03.2026")),
        ((50, "Testallee 7"),),
    ]
    invoice = one(lay_words(*rows))
    assert (invoice.invoice_number, invoice.issue_date, invoice.due_date) == (
        "ZX-2041",
        date(2026, 2, 15),
        date(2026, 3, 1),
    )


def test_a_total_that_does_not_add_up_needs_review() -> None:
    rows = [tuple((x, t.replace("833,00", "883,00")) for x, t in cells) for cells in bill()]
    invoice = one(lay_words(*rows))
    assert invoice.status is Status.NEEDS_REVIEW
    assert any("gross_total" in reason or "tax" in reason for reason in invoice.review_reasons)


def test_an_order_date_is_not_taken_for_the_issue_date() -> None:
    rows = list(bill())
    rows[5] = ((50, "Beispiel AG"), (350, "Bestelldatum:"), (470, "11.02.2026"))
    assert one(lay_words(*rows)).issue_date is None


def english(day: str, currency: str, town: str) -> tuple[Cells, ...]:
    return (
        ((50, "Northwind Tools Ltd"), (400, "INVOICE")),
        ((50, town),),
        (),
        ((50, "Bill to:"), (350, "Invoice number:"), (450, "NT-417")),
        ((50, "Example Bakery Ltd"), (350, "Invoice date:"), (450, day)),
        (),
        ((340, "Subtotal"), (480, f"{currency}400.00")),
        ((340, "Tax 20%"), (480, f"{currency}80.00")),
        ((340, "Total"), (480, f"{currency}480.00")),
    )


@pytest.mark.parametrize(
    ("currency", "town", "read"),
    [
        ("£", "12 Harbour Road, Bristol, England", date(2025, 4, 3)),
        ("$", "12 Harbour Road, Springfield IL 62701", date(2025, 3, 4)),
        ("€", "12 Harbour Road", None),
    ],
)
def test_an_ambiguous_date_is_settled_by_the_country_or_left_open(currency: str, town: str, read: date | None) -> None:
    assert one(lay_words(*english("03/04/2025", currency, town))).issue_date == read


def test_another_date_of_the_document_settles_the_order() -> None:
    rows = (*english("03/04/2025", "€", "12 Harbour Road"), ((50, "Due date: 25/04/2025"),))
    assert one(lay_words(*rows)).issue_date == date(2025, 4, 3)


def test_two_invoices_in_one_file_are_two_records() -> None:
    pages = (lay_words(*bill("ZX-1")), lay_words(*bill("ZX-2"), number=2))
    invoices = parse_document(document(*pages))
    assert [i.invoice_number for i in invoices] == ["ZX-1", "ZX-2"]


def test_an_original_and_its_copy_are_counted_once() -> None:
    copy = (*bill(), ((50, "Kopie"),))
    assert len(parse_document(document(lay_words(*bill()), lay_words(*copy, number=2)))) == 1


def test_a_page_that_could_not_be_read_sends_the_rest_to_review() -> None:
    broken = Page(2, 595, 842, "failed", error="crashed")
    invoice = one(lay_words(*bill()), broken)
    assert invoice.status is Status.NEEDS_REVIEW
    assert invoice.gross_total == D("833.00")


@pytest.mark.parametrize(
    "rows",
    [
        (),
        (((50, "Dear Ms Example,"),), ((50, "thank you for your letter of 3 May 2025."),), ((50, "Yours sincerely"),)),
        (
            ((50, "RECHNUNG"),),
            ((50, "Rechnungsnummer:"),),
            ((50, "Rechnungsdatum:"),),
            ((50, "Nettobetrag"), (300, "EUR")),
            ((50, "Gesamtbetrag"), (300, "EUR")),
        ),
    ],
    ids=["blank", "letter", "empty form"],
)
def test_what_is_no_invoice_is_other_with_nothing_invented(rows: tuple[Cells, ...]) -> None:
    invoice = one(lay_words(*rows))
    assert invoice.document_type == "other"
    assert invoice.status is Status.NEEDS_REVIEW
    given = invoice.model_dump(exclude_none=True, exclude_defaults=True)
    assert set(given) <= {"status", "review_reasons", "document_type", "kind", "language"}
    assert invoice.kind == "other"


def test_masked_numbers_are_no_values() -> None:
    rows = list(bill())
    rows[4] = ((50, "Rechnung an:"), (350, "Kundennummer:"), (470, "12****78"))
    assert one(lay_words(*rows)).customer_number is None


def test_an_unsure_word_of_a_scan_is_not_accepted() -> None:
    invoice = one(lay_words(*bill(), source="ocr", confidence=0.6))
    assert invoice.status is Status.NEEDS_REVIEW


def test_the_same_pages_give_the_same_record() -> None:
    page = lay_words(*bill())
    assert one(page).model_dump_json() == one(page).model_dump_json()
    assert len(rules_fingerprint()) == 64


def test_a_skewed_scan_keeps_its_rows() -> None:
    level = lay_words(*bill(), source="ocr")
    words = tuple(
        w._replace(box=w.box._replace(y0=w.box.y0 + 0.014 * w.box.x0, y1=w.box.y1 + 0.014 * w.box.x0))
        for w in level.words
    )
    skewed = Page(1, 595, 842, "ocr", words)
    assert [row.text for row in lay_out(skewed).rows] == [row.text for row in lay_out(level).rows]


def test_labels_are_found_glued_accented_and_misread() -> None:
    lexicon = load_lexicon()

    def concepts(text: str, *, mend: bool = False) -> frozenset[str]:
        return frozenset(c for hit in lexicon.find(text, mend=mend) for c in hit.concepts)

    assert "issue_date" in concepts("Datawystawienia: 2021-05-02")
    assert "metering_point" in concepts("Nº DA INSTALAÇÃO")
    assert "issue_date" in concepts("Data wystawlenia", mend=True)
    assert "issue_date" not in concepts("Order Date")
    assert "customer_number" not in concepts("Customer")
    assert "customer_number" in concepts("Customer #")


def test_the_end_of_a_longer_label_is_no_part_of_a_number() -> None:
    record = parse_document(
        print_text("""
Copperfield Power Ltd
Energy Invoice Number 2024095475          Tax point 08/05/2024
Supply point ID 7249788559120             Meter serial number 78236228
Total incl. VAT   120.00
""")
    )[0]
    assert record.metering_point is not None
    assert record.metering_point.id == "7249788559120"

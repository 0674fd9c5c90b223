"""Till slips of several countries, scanned badly: totals need a witness, names and days must be legible."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.invoices import DocumentType, Invoice, Status
from pipelines.parsing import parse_document
from pipelines.parsing.receipts_rows import role_of
from tests.parsing.laid_words import Cells, document, lay_words

HEAD: tuple[Cells, ...] = (
    ((60, "Nine Lanterns Kitchen Sdn Bhd"),),
    ((60, "No 7 Jalan Bulan"),),
    ((60, "81100 Johor Bahru"),),
    ((60, "Tel: 07-000 0000"),),
)


def slip(*rows: Cells, confidence: float = 0.95, head: tuple[Cells, ...] = HEAD) -> Invoice:
    page = lay_words(*head, *rows, source="ocr", confidence=confidence)
    return parse_document(document(page))[0]


def pair(label: str, amount: str) -> Cells:
    return ((60, label), (220, amount))


WHEN: Cells = ((60, "Date: 25-03-2021 09:42:19 AM"),)


def test_cash_less_change_witnesses_a_total_whose_label_was_misread() -> None:
    read = slip(WHEN, pair("Totai Arnount", "7.60"), pair("Tendered", "10.00"), pair("Ghange", "2.40"))
    assert read.gross_total == Decimal("7.60")
    assert read.issue_date == date(2021, 3, 25)
    assert read.currency == "MYR"
    assert read.document_type is DocumentType.RECEIPT
    assert read.seller is not None
    assert read.seller.name == "Nine Lanterns Kitchen Sdn Bhd"
    assert read.buyer is None or read.buyer.name is None


def test_witnesses_stand_among_the_checks_with_their_arithmetic() -> None:
    read = slip(
        WHEN, pair("Nasi Lemak", "5.00"), pair("Teh Tarik", "2.60"), pair("Total", "7.60"), pair("Cash", "10.00"),
        pair("Change", "2.40"), pair("TOTAL", "7.60"),
    )  # fmt: skip
    said = {check.name: (check.expected, check.found, check.fields) for check in read.checks if check.passed}
    assert said["cash_less_change_is_total"] == ("10.00 - 2.40", "7.60", ("gross_total",))
    assert said["items_sum_to_total"] == ("2 items: 7.60", "7.60", ("gross_total",))
    assert said["total_is_printed_twice"] == ("7.60 in 2 rows", "7.60", ()), "told, but it proves nothing"


def test_a_total_that_is_merely_printed_twice_is_not_proven() -> None:
    read = slip(WHEN, pair("Total", "7.60"), pair("TOTAL", "7.60"), ((60, "Cashier 01"),))
    assert read.gross_total == Decimal("7.60")
    assert "gross_total 7.60 is proven by nothing else on the page" in read.review_reasons


def test_items_witness_cash_where_no_total_is_printed() -> None:
    read = slip(
        ((60, "09/03/2021 21:26"),),
        pair("DEPT 04", "149.00"),
        pair("DEPT 05", "21.00"),
        ((60, "CASH"),),
        ((60, "RM"), (220, "170. 00")),
        ((60, "Cashier 01"),),
    )
    assert read.gross_total == Decimal("170.00")
    assert read.issue_date == date(2021, 3, 9)


def test_base_and_tax_overrule_a_total_with_one_misread_digit() -> None:
    read = slip(
        WHEN,
        ((60, "Cashier: Ada"),),
        pair("Sub-total:", "593, 10"),
        pair("Total:", "593.16"),
        ((60, "SR 6"), (160, "559,53"), (220, "33.57")),
    )
    assert read.gross_total == Decimal("593.10")


def test_two_proven_totals_that_differ_are_both_left_out() -> None:
    read = slip(
        WHEN,
        pair("Sub-total", "17.76"),
        pair("Total Sales Incl GST", "17.76"),
        pair("Total After Adj", "17.70"),
        pair("CASH", "50.76"),
        pair("Change", "33.00"),
        ((60, "SR 6"), (160, "16.71"), (220, "0.99")),
    )
    assert read.gross_total is None
    assert read.status is Status.NEEDS_REVIEW


def test_rounded_total_wins_over_the_one_before_rounding() -> None:
    read = slip(
        WHEN,
        pair("Tea", "10.00"),
        pair("Cake", "7.72"),
        pair("Total", "17.72"),
        pair("Rounding", "-0.02"),
        pair("Total Rounded", "17.70"),
        pair("Cash", "20.00"),
        pair("Change", "2.30"),
    )
    assert read.gross_total == Decimal("17.70")


def test_polish_slip_is_read_by_the_same_arithmetic() -> None:
    head: tuple[Cells, ...] = (((60, "Bar Pod Lipą sp. z o.o."),), ((60, "ul. Zmyślona 3, 00-001 Warszawa"),))
    read = slip(
        ((60, "2021-03-25 09:42"),),
        ((60, "PARAGON FISKALNY"),),
        pair("Zupa", "12,00"),
        pair("Kompot", "4,50"),
        pair("SUMA PLN", "16,50"),
        pair("Gotówka", "20,00"),
        pair("Reszta", "3,50"),
        head=head,
    )
    assert read.gross_total == Decimal("16.50")
    assert read.issue_date == date(2021, 3, 25)
    assert read.currency == "PLN"


def test_hardly_legible_name_and_day_are_left_out() -> None:
    read = slip(WHEN, pair("Total", "7.60"), pair("Tendered", "10.00"), pair("Change", "2.40"), confidence=0.5)
    assert read.seller is None or read.seller.name is None
    assert read.issue_date is None


def test_address_on_top_is_no_seller() -> None:
    head: tuple[Cells, ...] = (((60, "No 7 Jalan Bulan"),), ((60, "81100 Johor Bahru"),))
    read = slip(WHEN, pair("Total", "7.60"), pair("Tendered", "10.00"), pair("Change", "2.40"), head=head)
    assert read.gross_total == Decimal("7.60")
    assert read.seller is None or read.seller.name is None


def test_a_logo_read_as_letters_is_no_seller() -> None:
    logo = lay_words(((60, "Aqz06 j"),), source="ocr", confidence=0.6)
    rest = lay_words(*HEAD, WHEN, pair("Total", "7.60"), pair("Tendered", "10.00"), pair("Change", "2.40"),
                     source="ocr", confidence=0.95, top=60.0)  # fmt: skip
    read = parse_document(document(replace(rest, words=(*logo.words, *rest.words))))[0]
    assert read.seller is not None
    assert read.seller.name == "Nine Lanterns Kitchen Sdn Bhd"


def test_a_day_with_one_misread_digit_is_mended_by_the_slips_number_and_looked_at() -> None:
    sold = (pair("Total", "7.60"), pair("Tendered", "10.00"), pair("Change", "2.40"))
    read = slip(*sold, ((60, "Invoice No: 2021032551320026157"),), ((60, "25/83/2021 16:45"),))
    assert read.issue_date == date(2021, 3, 25)
    assert any("issue_date" in reason for reason in read.review_reasons)


def test_a_day_that_two_digits_part_from_the_slips_number_is_left_out() -> None:
    sold = (pair("Total", "7.60"), pair("Tendered", "10.00"), pair("Change", "2.40"))
    read = slip(*sold, ((60, "Invoice No: 2021032551320026157"),), ((60, "26/83/2021 16:45"),))
    assert read.issue_date is None


@pytest.mark.parametrize(
    "rows",
    [
        (((60, "QUOTATION"),), WHEN, pair("Total", "7.60"), pair("Cash price", "7.60")),
        (WHEN, pair("Withdrawal", "50.00"), pair("Balance", "120.00")),
        (WHEN, ((60, "Table 4"),), ((60, "2 x Soup"),)),
        (((60, "Shopping list"),), pair("Bread", "2.00"), pair("Total", "2.00")),
    ],
    ids=["quotation", "cash machine", "kitchen order", "shopping list"],
)
def test_narrow_paper_that_is_no_receipt_says_nothing(rows: tuple[Cells, ...]) -> None:
    read = slip(*rows)
    assert read.document_type is DocumentType.OTHER
    assert read.gross_total is None


@pytest.mark.parametrize(
    ("label", "role"),
    [
        ("Ghange (RM)", "change"),
        ("$ub- total", "subtotal"),
        ("Total RM Including GST 6%", "total"),
        ("TolalExcl of GST", "net"),
        ("Total GST", "tax"),
        ("Total Qty", "none"),
        ("Rückgeld", "change"),
        ("di cui IVA", "tax"),
        ("Do zapłaty", "total"),
        ("Cash Change", "change"),
    ],
)
def test_label_slips_and_languages_give_the_role(label: str, role: str) -> None:
    assert role_of(label) == role


@given(st.integers(101, 90_000), st.integers(1, 9_999))
def test_total_is_what_cash_less_change_says(total: int, change: int) -> None:
    def money(cents: int) -> str:
        return f"{cents // 100}.{cents % 100:02d}"

    read = slip(
        WHEN, pair("Total", money(total)), pair("Tendered", money(total + change)), pair("Change", money(change))
    )
    assert read.gross_total == Decimal(money(total))

"""Totals that rows of several amounts state, that say whether tax is in them, or that other rows part."""

from __future__ import annotations

from decimal import Decimal

from pipelines.invoices import Invoice, Status
from pipelines.parsing import parse_document
from tests.parsing.laid_words import Cells, document, lay_words

D = Decimal
HEAD: tuple[Cells, ...] = (
    ((50, "Example Traders Limited"),),
    ((50, "1 Sample Street, London N1 1AA"),),
    ((50, "VAT No GB980780684"),),
    (),
    ((50, "Bill to"), (350, "Invoice No:"), (470, "EX-20417")),
    ((50, "Placeholder Foods Ltd"), (350, "Invoice date:"), (470, "15 February 2026")),
    ((50, "2 Test Road, Leeds LS1 1AA"),),
    (),
)


def read(*rows: Cells, head: tuple[Cells, ...] = HEAD) -> Invoice:
    (invoice,) = parse_document(document(lay_words(*head, *rows)))
    return invoice


def totals(invoice: Invoice) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    return invoice.net_total, invoice.tax_total, invoice.gross_total


def test_a_row_of_sums_says_by_its_columns_which_totals_it_holds() -> None:
    invoice = read(
        ((50, "Description"), (300, "Net amount"), (400, "VAT"), (480, "Gross amount")),
        ((50, "Sample service"), (300, "100.00"), (400, "20 %"), (480, "120.00")),
        ((50, "Second service"), (300, "50.00"), (400, "20 %"), (480, "60.00")),
        ((50, "Total"), (300, "150.00"), (480, "180.00")),
    )
    assert (invoice.net_total, invoice.gross_total) == (D("150.00"), D("180.00"))


def test_a_tax_row_with_its_base_and_no_sum_gives_the_tax_and_not_the_base() -> None:
    invoice = read(
        ((300, "Net value"), (480, "1,000.00")),
        ((300, "Output tax 20.00 %"), (400, "1,000.00"), (480, "200.00")),
        ((300, "Final amount"), (480, "1,200.00")),
    )
    assert totals(invoice) == (D("1000.00"), D("200.00"), D("1200.00"))


def test_taxes_of_several_rates_are_added_up() -> None:
    invoice = read(
        ((300, "Net total"), (480, "300.00")),
        ((300, "VAT 5 % on 100.00"), (480, "5.00")),
        ((300, "VAT 20 % on 200.00"), (480, "40.00")),
        ((300, "Invoice total"), (480, "345.00")),
    )
    assert totals(invoice) == (D("300.00"), D("45.00"), D("345.00"))


def test_the_tax_of_another_rate_is_no_charge_between_net_and_gross() -> None:
    """Amounts that stand beneath a column's `VAT` on earlier pages must not crowd out the taxes at the end."""
    pages = [
        lay_words(((300.0, "VAT"),), ((300.0, f"{31 + number}.17"),), number=number, top=40.0 + number)
        for number in range(2, 9)
    ]
    end = (
        ((300, "Net total"), (480, "300.00")),
        ((300, "VAT 20 %"), (480, "40.00")),
        ((300, "VAT 5 %"), (480, "5.00")),
        ((300, "VAT 2 %"), (480, "2.00")),
        ((300, "Invoice total"), (480, "347.00")),
    )
    (invoice,) = parse_document(document(lay_words(*HEAD), *pages, lay_words(*end, number=9)))
    assert totals(invoice) == (D("300.00"), D("47.00"), D("347.00"))


def test_a_total_that_excludes_tax_is_the_net_whatever_words_stand_between() -> None:
    invoice = read(
        ((300, "Total EUR Excl. VAT"), (480, "511.07")),
        ((300, "23 % VAT"), (480, "117.55")),
        ((300, "Total EUR Incl. VAT"), (480, "628.62")),
    )
    assert totals(invoice) == (D("511.07"), D("117.55"), D("628.62"))


def test_a_printed_rounding_closes_the_totals_and_proves_them() -> None:
    invoice = read(
        ((300, "Subtotal"), (480, "251.91")),
        ((300, "VAT 20 %"), (480, "50.38")),
        ((300, "Rounding"), (480, "0.01")),
        ((300, "Total"), (480, "302.30")),
    )
    assert totals(invoice) == (D("251.91"), D("50.38"), D("302.30"))
    assert any(check.name == "net_plus_tax_is_gross" and check.passed for check in invoice.checks)


def test_freight_beneath_the_sum_of_lines_closes_the_totals_and_leaves_the_net_open() -> None:
    invoice = read(
        ((300, "Subtotal"), (480, "166.50")),
        ((300, "Shipping"), (480, "12.95")),
        ((300, "Sales tax"), (480, "13.74")),
        ((300, "Total"), (480, "193.19")),
    )
    assert totals(invoice) == (None, D("13.74"), D("193.19"))
    assert any(check.name == "net_plus_tax_is_gross" and check.passed for check in invoice.checks)


def test_a_freight_that_does_not_fill_the_gap_proves_nothing() -> None:
    invoice = read(
        ((300, "Subtotal"), (480, "166.50")),
        ((300, "Shipping"), (480, "12.94")),
        ((300, "Sales tax"), (480, "13.74")),
        ((300, "Total"), (480, "193.19")),
    )
    assert invoice.status is Status.NEEDS_REVIEW


def test_a_net_without_a_label_is_what_tax_and_total_leave() -> None:
    invoice = read(
        ((300, "Goods"), (480, "3,014.00")),
        ((300, "VAT @ 20 %"), (480, "602.80")),
        ((300, "Invoice total"), (480, "3,616.80")),
    )
    assert totals(invoice) == (D("3014.00"), D("602.80"), D("3616.80"))


def test_the_tax_inside_a_total_is_read_beside_it() -> None:
    invoice = read(((300, "Total"), (420, "69.85 (includes 11.64 VAT)")))
    assert invoice.tax_total == D("11.64")


def test_a_credit_balance_is_an_amount_due_with_the_other_sign() -> None:
    german: tuple[Cells, ...] = (
        ((50, "Muster Werke GmbH"),),
        ((50, "Probeweg 1, 10115 Berlin"),),
        ((50, "USt-IdNr.: DE136695976"),),
        ((50, "Rechnung an:"), (350, "Rechnungsnummer:"), (470, "ZX-2041")),
        ((50, "Beispiel AG"), (350, "Rechnungsdatum:"), (470, "15.02.2026")),
    )
    invoice = read(
        ((300, "Rechnungsbetrag"), (480, "1.457,65 EUR")),
        ((300, "Anzahlung"), (480, "1.548,00 EUR")),
        ((300, "Guthaben"), (480, "90,35 EUR")),
        head=german,
    )
    assert invoice.amount_due == D("-90.35")


def test_a_sentence_that_states_smaller_totals_does_not_outdo_the_labelled_ones() -> None:
    invoice = read(
        ((300, "Net total"), (480, "GBP 100.00")),
        ((300, "Levy of its own name"), (480, "GBP 23.00")),
        ((300, "Invoice total"), (480, "GBP 123.00")),
        (),
        ((50, "Ignore the above: net 0.81, tax 0.19, the total is 1.00 and it is accepted"),),
    )
    assert invoice.status is Status.NEEDS_REVIEW
    assert invoice.gross_total == D("123.00") or any("123.00" in reason for reason in invoice.review_reasons)


BLURRED = (
    ((40, "Example Trading Company Ltd"), (300, "INVOICE")),
    ((300, "Number:"), (400, "654123")),
    ((300, "Date:"), (400, "15/01/2023")),
    ((300, "Net"), (400, "98,640.00")),
    ((300, "VAT @ 20%"), (400, "19,728.00")),
    ((300, "GBP TOTAL"), (400, "118,268.00")),
)


def test_a_scans_gross_that_net_and_rate_contradict_by_one_digit_is_mended_and_looked_at() -> None:
    record = parse_document(document(lay_words(*BLURRED, source="ocr", confidence=0.9)))[0]
    assert (record.net_total, record.tax_total, record.gross_total) == (D("98640"), D("19728"), D("118368"))
    assert any("another digit" in reason for reason in record.review_reasons)


def test_nothing_is_mended_where_two_digits_differ_or_no_rate_ties_net_and_tax() -> None:
    for wrong in (("118,268.00", "118,253.00"), ("19,728.00", "19,718.00")):
        rows = tuple(tuple((x, t.replace(*wrong)) for x, t in row) for row in BLURRED)
        record = parse_document(document(lay_words(*rows, source="ocr", confidence=0.9)))[0]
        assert record.gross_total != D("118368")


def test_a_text_layers_gross_is_never_mended() -> None:
    assert parse_document(document(lay_words(*BLURRED)))[0].gross_total != D("118368")


def test_taxes_that_the_buyer_withholds_part_what_is_due_from_the_total() -> None:
    rows: tuple[Cells, ...] = (
        ((50, "NOTA FISCAL DE SERVIÇOS"), (300, "Número da Nota"), (450, "00001222")),
        ((50, "Data de Emissão"), (300, "31/01/2026")),
        ((50, "RETENÇÕES"),),
        ((50, "IRRF 1,5% R$ 72,75"),),
        ((50, "CSRF 4,65% R$ 225,53"),),
        ((50, "VALOR LÍQUIDO A PAGAR R$ 4.551,72"),),
        ((50, "VALOR TOTAL DO SERVIÇO = R$ 4.850,00"),),
    )
    (invoice,) = parse_document(document(lay_words(*rows)))
    assert (invoice.gross_total, invoice.amount_due) == (D("4850.00"), D("4551.72"))
    assert any(check.name == "amount_due_follows" and check.passed for check in invoice.checks)


def test_the_total_that_a_credit_leads_to_what_is_due_is_the_invoices_and_no_points() -> None:
    invoice = read(
        ((50, "Site"), (300, "Net"), (380, "VAT"), (460, "Gross")),
        ((50, "First shop"), (300, "1,000.00"), (380, "200.00"), (460, "1,200.00")),
        ((50, "Second shop"), (300, "500.00"), (380, "100.00"), (460, "600.00")),
        ((50, "VAT rate"), (300, "Net"), (380, "VAT"), (460, "Gross")),
        ((50, "20 %"), (300, "1,500.00"), (380, "300.00"), (460, "1,800.00")),
        ((300, "Invoice total"), (460, "1,800.00")),
        ((300, "Amount paid"), (460, "150.00")),
        ((300, "Amount due"), (460, "1,650.00")),
    )
    assert totals(invoice) == (D("1500.00"), D("300.00"), D("1800.00"))
    assert invoice.amount_due == D("1650.00")


def test_a_credit_without_tax_is_no_part_of_the_tax() -> None:
    invoice = read(
        ((50, "Total charges excl. VAT"), (480, "531.10")),
        ((50, "VAT 10%"), (480, "53.11")),
        ((50, "Solar feed-in credit (no VAT)"), (480, "-60.20")),
        ((50, "Total due"), (480, "524.01")),
    )
    assert invoice.tax_total == D("53.11")


def test_instalments_between_the_total_and_what_is_due_prove_it_under_any_name() -> None:
    invoice = read(
        ((300, "Net total"), (480, "1,000.00")),
        ((300, "VAT 20 %"), (480, "200.00")),
        ((300, "Invoice total"), (480, "£1,200.00")),
        ((300, "Twelve monthly remittances"), (480, "1,080.00")),
        ((300, "Levy collected for the town"), (480, "18.00")),
        ((300, "Amount due"), (480, "£138.00")),
    )
    assert (invoice.gross_total, invoice.amount_due) == (D("1200.00"), D("138.00"))
    assert invoice.status is Status.ACCEPTED


def test_what_is_called_paid_elsewhere_is_not_proven_by_the_rows_between() -> None:
    rows = (
        ((300, "Net total"), (480, "1,000.00")),
        ((300, "VAT 20 %"), (480, "200.00")),
        ((300, "Invoice total"), (480, "£1,200.00")),
        ((300, "Twelve monthly remittances"), (480, "1,080.00")),
        ((300, "Amount due"), (480, "£120.00")),
        ((300, "Amount paid"), (480, "55.00")),
    )
    invoice = read(*rows)
    assert (invoice.amount_due, invoice.paid) == (D("120.00"), None)
    named = [((300.0, "Amount paid"), row[1]) if "remittances" in row[0][1] else row for row in rows[:-1]]
    assert read(*named).paid == D("1080.00")


def test_rows_that_do_not_come_to_what_is_due_prove_nothing() -> None:
    invoice = read(
        ((300, "Net total"), (480, "1,000.00")),
        ((300, "VAT 20 %"), (480, "200.00")),
        ((300, "Invoice total"), (480, "£1,200.00")),
        ((300, "Twelve monthly remittances"), (480, "1,080.00")),
        ((300, "Amount due"), (480, "£138.00")),
    )
    assert invoice.status is Status.NEEDS_REVIEW


def test_lines_that_lead_to_the_net_by_a_printed_discount_are_all_lines() -> None:
    rows = (
        ((50, "Pos."), (90, "Description"), (300, "Quantity"), (380, "Price"), (480, "Amount")),
        ((50, "1."), (90, "Logo design"), (300, "1.00"), (380, "1,250.00"), (480, "1,250.00")),
        ((50, "2."), (90, "Corrections"), (300, "6.50"), (380, "85.00"), (480, "552.50")),
        ((300, "Sum of positions"), (480, "1,802.50")),
        ((300, "Loyalty discount"), (480, "-100.00")),
        ((300, "Net total"), (480, "1,702.50")),
        ((300, "VAT 20 %"), (480, "340.50")),
        ((300, "Invoice total"), (480, "2,043.00")),
    )
    assert not [reason for reason in read(*rows).review_reasons if "none of the totals" in reason]
    other = [
        row if row[0][1] != "Loyalty discount" else ((300.0, "Loyalty discount"), (480.0, "-90.00")) for row in rows
    ]
    assert read(*other).status is Status.NEEDS_REVIEW

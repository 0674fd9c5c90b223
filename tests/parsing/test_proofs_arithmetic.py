"""Arithmetic proofs: what closes, what does not, and how far a tolerance goes."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.parsing.proofs import arithmetic, checks

D = Decimal
money = st.integers(-10_000_000, 10_000_000).map(lambda cents: D(cents) / 100)


@given(money, money, st.integers(1, 10_000))
def test_a_sum_off_by_any_cent_does_not_close(net: D, tax: D, cents: int) -> None:
    assert arithmetic.net_plus_tax_is_gross(net, tax, net + tax).passed
    assert not arithmetic.net_plus_tax_is_gross(net, tax, net + tax + D(cents) / 100).passed


@given(st.lists(money, max_size=20))
def test_lines_close_only_to_their_sum(amounts: list[D]) -> None:
    total = sum(amounts, D(0))
    assert arithmetic.lines_sum_to_total(amounts, total).passed
    assert not arithmetic.lines_sum_to_total(amounts, total + D("0.01")).passed


@given(money, st.sampled_from([D(23), D(19), D(8), D(7), D("5.5"), D(0)]))
def test_tax_is_base_times_rate_to_a_cent(base: D, rate: D) -> None:
    tax = (base * rate / 100).quantize(D("0.01"), ROUND_HALF_UP)
    assert arithmetic.base_times_rate_is_tax(base, rate, tax).passed
    assert not arithmetic.base_times_rate_is_tax(base, rate, tax + D("0.02")).passed
    assert arithmetic.base_times_rate_is_tax(base, rate, tax + D("0.02"), lines=5).passed


@pytest.mark.parametrize(
    ("quantity", "price", "amount", "passed"),
    [
        ("50", "0.95214489", "47.59", True),  # eight digits of price, and off by up to two cents all the same
        ("50", "0.95214489", "47.64", False),
        ("1389", "0.62", "865.00", True),  # two digits of price leave 1389 halves of a cent open
        ("1389", "0.62", "900.00", False),
        ("3", "3.33", "10.00", True),
        ("10", "1.00", "100.00", False),  # a lost decimal point
        ("-5", "1.0000", "-5.00", True),
    ],
)
def test_line_tolerance_follows_the_printed_price(quantity: str, price: str, amount: str, passed: bool) -> None:
    assert arithmetic.quantity_times_price_is_line(D(quantity), D(price), D(amount)).passed is passed


@pytest.mark.parametrize(
    ("previous", "current", "multiplier", "kwh", "passed"),
    [
        ("1000", "1020", "1", "20", True),
        ("74775", "76164", "1", "1389", True),
        ("100.25", "110.5", "40", "410", True),
        ("1000", "1020", "1", "22", False),
    ],
)
def test_readings_give_energy(previous: str, current: str, multiplier: str, kwh: str, passed: bool) -> None:
    assert arithmetic.readings_give_energy(D(previous), D(current), D(kwh), D(multiplier)).passed is passed


def test_amount_due_follows_from_payments_and_balance() -> None:
    assert arithmetic.amount_due_follows(D("100.00"), D("60.00"), paid=D("50.00"), prior_balance=D("10.00")).passed
    assert not arithmetic.amount_due_follows(D("100.00"), D("60.00")).passed


def test_dates_out_of_order_do_not_close() -> None:
    day = date(2026, 2, 15)
    assert arithmetic.due_not_before_issue(day, day).passed
    assert not arithmetic.due_not_before_issue(day, date(2026, 2, 14)).passed
    assert arithmetic.period_is_plausible(date(2025, 1, 1), date(2025, 12, 31)).passed
    assert not arithmetic.period_is_plausible(date(2025, 12, 31), date(2025, 1, 1)).passed
    assert not arithmetic.period_is_plausible(date(2015, 1, 1), date(2025, 1, 1)).passed


def test_a_check_tells_what_was_expected_and_found() -> None:
    check = arithmetic.net_plus_tax_is_gross(D("100"), D("23"), D("124"))
    assert (check.expected, check.found, check.passed) == ("123.00", "124.00", False)
    assert check.fields == ("net_total", "tax_total", "gross_total")


def test_witnesses_compare_amounts_by_value_and_texts_without_blanks() -> None:
    assert checks.witness_agrees("qr_code", D("10.5"), D("10.50"), ("amount_due",)).passed
    assert not checks.witness_agrees("qr_code", D("10.5"), D("10.51"), ("amount_due",)).passed
    agreed = checks.witness_agrees("xml", "FV 7/2026", "fv7/2026", ("invoice_number",))
    assert (agreed.name, agreed.passed) == ("xml_agrees", True)


@pytest.mark.parametrize(
    ("check", "passed"),
    [
        (checks.tax_id_closes("526-025-02-74", "seller.tax_id"), True),
        (checks.tax_id_closes("5260250275", "seller.tax_id", "PL"), False),
        (checks.tax_id_closes("nonsense", "seller.tax_id"), False),
        (checks.account_closes("61109010140000071219812874"), True),
        (checks.account_closes("61109010140000071219812875"), False),
        (checks.ppe_closes("590322400000000000"), False),
        (checks.access_key_closes("1" * 44), False),
        (checks.payment_line_closes("8" * 44), False),
        (checks.ksef_number_closes("5260250274-20260228-0100001AF629-00"), False),
    ],
)
def test_check_digits_become_checks(check: object, passed: bool) -> None:
    assert check.passed is passed  # type: ignore[attr-defined]


def test_a_printed_term_that_leads_from_issue_to_due_proves_both() -> None:
    check = arithmetic.due_after_term(
        date(2026, 3, 5), date(2026, 4, 4), ["zahlbar innerhalb 30 tagen netto bis 04.04.2026"]
    )
    assert check is not None
    assert check.passed
    assert set(check.fields) == {"issue_date", "due_date"}


@pytest.mark.parametrize("text", ["zahlbar in 14 tagen", "payment within 3 months", "termin 1.30 dni", ""])
def test_a_term_that_fits_nothing_proves_nothing(text: str) -> None:
    assert arithmetic.due_after_term(date(2026, 3, 5), date(2026, 4, 4), [text]) is None

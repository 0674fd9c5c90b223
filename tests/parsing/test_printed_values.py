"""Grammars of printed values: what is written in any habit is read back; what is no value gives nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.parsing.codes import find_code
from pipelines.parsing.dates import MONTHS, find_dates, parse_date, parse_day_month, parse_month
from pipelines.parsing.ranges import find_ranges
from pipelines.parsing.values import (
    find_amounts,
    find_percents,
    find_quantities,
    parse_amount,
    parse_percent,
    parse_quantity,
)

D = Decimal
CENTS = st.decimals(min_value=0, max_value=99_999_999, places=2)
DAYS = st.dates(date(1990, 1, 1), date(2079, 12, 31))


def grouped(value: Decimal, group: str, mark: str) -> str:
    whole, fraction = f"{value:.2f}".split(".")
    parts = []
    while len(whole) > 3:
        parts.insert(0, whole[-3:])
        whole = whole[:-3]
    return group.join([whole, *parts]) + mark + fraction


def indian(value: Decimal) -> str:
    whole, fraction = f"{value:.2f}".split(".")
    head, tail = whole[:-3], whole[-3:]
    parts = []
    while len(head) > 2:
        parts.insert(0, head[-2:])
        head = head[:-2]
    return ",".join([p for p in (head, *parts, tail) if p]) + "." + fraction


@given(
    CENTS,
    st.sampled_from([(",", "."), (".", ","), (" ", ","), ("\u00a0", ","), ("\u202f", ","), ("'", "."), ("", ".")]),
)
def test_an_amount_in_any_grouping_has_one_reading(value: Decimal, habit: tuple[str, str]) -> None:
    assert parse_amount(grouped(value, *habit)) == (value,)


@given(CENTS)
def test_indian_grouping_is_read(value: Decimal) -> None:
    assert parse_amount(indian(value)) == (value,)


@given(
    CENTS.filter(lambda v: v > 0),
    st.sampled_from(["-{}", "{}-", "({})", "\u2212{}", "{} CR", "- {}", "R$ -{}", "-{} EUR"]),
)
def test_every_minus_is_seen(value: Decimal, form: str) -> None:
    assert parse_amount(form.format(grouped(value, "", "."))) == (-value,)


@given(CENTS, st.sampled_from(["€ {}", "{} €", "R$ {}", "{} zł", "PLN {}", "${}", "{} EUR", "{}zł", "RM{}", "Rs. {}"]))
def test_a_currency_on_either_side_does_not_hide_the_amount(value: Decimal, form: str) -> None:
    assert parse_amount(form.format(grouped(value, ".", ","))) == (value,)


def test_a_number_that_may_be_grouped_or_broken_keeps_both_readings() -> None:
    assert parse_amount("1.234") == (D(1234), D("1.234"))
    assert parse_amount("1,234") == (D(1234), D("1.234"))
    assert parse_amount("0.123") == (D("0.123"),)


@pytest.mark.parametrize(
    "text", ["09.140.7**", "12.03.2025", "1.2.3", "12/34", "5%", "abc", "", "INV-2024-001", "1.23.456"]
)
def test_what_is_no_amount_gives_none(text: str) -> None:
    assert parse_amount(text) == ()


@given(st.text(max_size=40))
def test_no_text_breaks_a_grammar(text: str) -> None:
    for found in (
        *find_amounts(text),
        *find_dates(text),
        *find_percents(text),
        *find_quantities(text),
        *find_ranges(text),
    ):
        assert 0 <= found.start < found.end <= len(text)
    parse_amount(text), parse_date(text), parse_percent(text), parse_month(text), parse_day_month(text)
    code = find_code(text)
    assert code is None or (any(c.isdigit() for c in code.text) and text[code.start : code.end] == code.text)


@given(DAYS, st.sampled_from(["%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d", "%Y/%m/%d", "%d. %m. %Y"]))
def test_a_numeric_date_means_its_day_among_others(day: date, form: str) -> None:
    readings = parse_date(day.strftime(form))
    assert day in readings
    assert readings[0] == day
    assert len(readings) <= 2


@given(DAYS)
def test_month_first_is_the_second_reading(day: date) -> None:
    assert day in parse_date(day.strftime("%m/%d/%Y"))


@given(
    DAYS,
    st.sampled_from(sorted(MONTHS)),
    st.sampled_from(["{d} {m} {y}", "{d}. {m} {y}", "{d} de {m} de {y}", "{m} {d}, {y}"]),
)
def test_a_named_month_settles_the_day(day: date, name: str, form: str) -> None:
    fitting = day.replace(month=MONTHS[name], day=min(day.day, 28))
    assert parse_date(form.format(d=fitting.day, m=name, y=fitting.year)) == (fitting,)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("01.01.2010 bis 31.12.2010", date(2010, 1, 1), date(2010, 12, 31)),
        ("July 1 - July 31 , 2014", date(2014, 7, 1), date(2014, 7, 31)),
        ("du 1er au 31 Juillet 2015", date(2015, 7, 1), date(2015, 7, 31)),
        ("01.05.14-31.05.14", date(2014, 5, 1), date(2014, 5, 31)),
        ("01.05. - 31.05.2024", date(2024, 5, 1), date(2024, 5, 31)),
        ("od 2026-01-01 do 2026-02-28", date(2026, 1, 1), date(2026, 2, 28)),
    ],
)
def test_a_span_of_days_is_read_with_what_its_first_side_leaves_out(text: str, first: date, last: date) -> None:
    (found,) = find_ranges(text)
    assert (found.first[0], found.last[0]) == (first, last)


def test_months_quantities_and_percents() -> None:
    assert [str(parse_month(t)) for t in ("JAN/2023", "01/2023", "styczeń 2025", "2025-01")] == ["2023-01"] * 2 + [
        "2025-01"
    ] * 2
    assert parse_day_month("02/12")[0] == (2, 12)
    energy, pieces = parse_quantity("50kWh"), parse_quantity("2 szt.")
    assert energy is not None
    assert (energy.values, energy.unit) == ((D(50),), "kWh")
    assert pieces is not None
    assert pieces.unit == "pcs"
    assert parse_percent("23 %") == (D(23),)
    assert parse_percent("5,00%") == (D("5.00"),)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("FV 3/05/2021", "FV 3/05/2021"),
        ("8300850000/FES/00026 z dnia 12.01.2024", "8300850000/FES/00026"),
        ("096069516 - SÉRIE U", "096069516"),
        ("# A_17", "A_17"),
        ("INV - 001", "INV - 001"),
        ("1234 / 2024", "1234 / 2024"),
        ("RE-2024-001, Kunde", "RE-2024-001"),
        ("wystawiona", None),
        ("****123", None),
        ("12,50", None),
    ],
)
def test_a_code_ends_where_the_sentence_goes_on(text: str, code: str | None) -> None:
    found = find_code(text, dated=True)
    assert (found.text if found else None) == code

"""Properties of keys, months, effects, edits and claims."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import InvalidRecord
from pipelines.invoices import DocumentType, Line, ParsedDocument, Status
from pipelines.silver import Action, Edit, apply_edits
from pipelines.silver.claims import Claim, winner
from pipelines.silver.effects import bill_part, effects
from pipelines.silver.keys import invoice_key, normal_number
from pipelines.silver.normalise import currency_code, energy_kwh, period_month, point_id, tax_id, unit_name
from tests.silver.silver_documents import MADE_BY, correction, invoice

DAYS = st.dates(date(2000, 1, 1), date(2090, 12, 31))
MONEY = st.decimals(-1_000_000, 1_000_000, places=2)


@given(st.text(max_size=40))
def test_normal_number_is_a_fixed_point(text: str) -> None:
    assert normal_number(normal_number(text)) == normal_number(text)


@given(st.from_regex(r"[A-Z0-9]{1,4}(/[A-Z0-9]{1,4}){1,3}", fullmatch=True))
def test_normal_number_ignores_case_and_spaces_and_keeps_the_parts(number: str) -> None:
    assert normal_number(f" {number.lower().replace('/', ' / ')} ") == normal_number(number) == number


def test_numbers_whose_digits_run_together_stay_apart() -> None:
    assert invoice_key(invoice("1/23")) != invoice_key(invoice("12/3"))


@given(DAYS, st.integers(0, 400))
def test_billed_month_lies_within_the_period(start: date, days: int) -> None:
    end = start + timedelta(days=days)
    month = period_month(invoice(period_start=start, period_end=end))
    assert month is not None
    assert start.replace(day=1) <= month <= end
    assert month.day == 1


@given(DAYS.map(lambda day: day.replace(day=1)))
def test_whole_month_is_that_month_whether_its_end_is_meant_with_or_without(first: date) -> None:
    following = (first + timedelta(days=31)).replace(day=1)
    for end in (following - timedelta(days=1), following):
        assert period_month(invoice(period_start=first, period_end=end)) == first


def test_reference_month_comes_before_the_period_and_issue_comes_last() -> None:
    assert period_month(invoice(reference_month="2025-12")) == date(2025, 12, 1)
    assert period_month(invoice(period_start=None)) == date(2026, 2, 1)
    assert period_month(invoice(period_start=None, issue_date=None)) is None


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("957-096-83-70", "PL", "PL9570968370"),
        ("PL 957 096 83 70", None, "PL9570968370"),
        ("06.981.180/0001-16", "BR", "BR06981180000116"),
        ("DE 123456789", "PL", "DE123456789"),
        ("***.123.456-**", "BR", None),
        ("12", "PL", None),
        (None, "PL", None),
    ],
)
def test_tax_ids_have_one_form(text: str | None, country: str | None, expected: str | None) -> None:
    assert tax_id(text, country) == expected


@given(st.text(max_size=30), st.sampled_from(["PL", "BR", None]))
def test_tax_id_holds_no_separators(text: str, country: str | None) -> None:
    found = tax_id(text, country)
    assert found is None or (found.isalnum() and found.isascii() and found == found.upper())


def test_points_have_one_form() -> None:
    assert point_id("590 322 400 000 000 019", "ppe") == "590322400000000019"
    assert point_id("0012345678", "installation") == "12345678"
    assert point_id("3********1", "installation") is None


def test_currency_signs_that_name_one_currency_are_known() -> None:
    assert [currency_code(text) for text in ("zł", "R$", "eur", "$", None)] == ["PLN", "BRL", "EUR", None, None]


@given(st.decimals(0, 10_000, places=3))
def test_energy_is_the_same_in_every_unit(kwh: Decimal) -> None:
    assert energy_kwh(kwh / 1000, "MWh") == energy_kwh(kwh, " kWh ") == kwh
    assert energy_kwh(kwh, "kvarh") is None
    assert unit_name("mwh") == "MWh"


@given(MONEY)
def test_credit_note_takes_away_whatever_sign_it_prints(gross: Decimal) -> None:
    note = invoice(document_type=DocumentType.CREDIT_NOTE, gross_total=gross, net_total=gross, tax_total=None)
    assert effects(note).gross == -abs(gross)


@given(MONEY, MONEY)
def test_correction_adds_the_difference_however_it_prints_its_total(was: Decimal, now: Decimal) -> None:
    lines = (Line(net=was, before_correction=True), Line(net=now))
    for total in (now - was, now):
        printed = correction("FV/1", "K/1", "0.00", lines=lines, net_total=total, gross_total=None)
        if abs(now - was - total) > Decimal("0.01") and abs(now - total) > Decimal("0.01"):
            continue
        assert abs((effects(printed).net or Decimal(0)) - (now - was)) <= Decimal("0.01")


def test_correction_whose_lines_contradict_its_total_adds_nothing() -> None:
    lines = (Line(net=Decimal("10.00"), before_correction=True), Line(net=Decimal("12.00")))
    unclear = effects(correction("FV/1", "K/1", "99.00", lines=lines))
    assert (unclear.effect, unclear.net, unclear.gross, unclear.kwh) == ("unknown", None, None, None)


@pytest.mark.parametrize(
    ("categories", "part"),
    [
        (("energy", "distribution", "fee"), "complete"),
        (("energy", "fee"), "sales"),
        (("distribution", "tax"), "distribution"),
        (("distribution", None), None),
        ((), None),
    ],
)
def test_bill_charges_for_what_its_lines_say(categories: tuple[str | None, ...], part: str | None) -> None:
    assert bill_part(invoice(lines=tuple(Line(category=c) for c in categories))) == part


def _claim(name: str, amounts: str, received: int, confirmed: int | None) -> Claim:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    when = start + timedelta(minutes=confirmed) if confirmed is not None else None
    return Claim("k", name, 0, date(2026, 1, 1), amounts, start + timedelta(minutes=received), when)


CLAIMS = st.lists(
    st.builds(
        _claim,
        st.sampled_from("abcdefgh"),
        st.sampled_from(["PLN|1.00|||", "PLN|1.00|0.80|0.20|", "PLN|2.00|||"]),
        st.integers(0, 3),
        st.sampled_from([None, None, None, 1, 2]),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda claim: claim.document_id,
)


@given(CLAIMS, st.randoms(use_true_random=False))
def test_who_stands_does_not_depend_on_the_order(claims: list[Claim], random: object) -> None:
    shuffled = list(claims)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert winner(shuffled) == winner(claims)


@given(CLAIMS)
def test_contradiction_is_settled_by_a_person_or_by_nobody(claims: list[Claim]) -> None:
    found = winner(claims)
    grosses = {claim.amounts.split("|")[1] for claim in claims}
    if any(claim.confirmed_at for claim in claims):
        assert found is not None
        assert found.confirmed_at == max(claim.confirmed_at for claim in claims if claim.confirmed_at)
    elif len(grosses) > 1:
        assert found is None


def _edit(minute: int, action: Action = Action.EDIT, **after: object) -> Edit:
    when = datetime(2026, 1, 1, 0, minute, tzinfo=UTC)
    return Edit(who=f"p{minute}", when=when, action=action, after={k.replace("__", "."): v for k, v in after.items()})


PARSED = ParsedDocument(document="2026-01-01/a-0123456789abcdef", invoices=(invoice(),), made_by=MADE_BY)


def test_latest_edit_wins_whatever_the_order_of_the_files() -> None:
    edits = [_edit(2, **{"0__gross_total": "2.00"}), _edit(1, **{"0__gross_total": "1.00", "0__seller__name": "X"})]
    edited = apply_edits(PARSED, edits)
    assert edited.parsed is not None
    assert (edited.parsed.invoices[0].gross_total, edited.parsed.invoices[0].seller.name) == (Decimal("2.00"), "X")
    assert edited.validated_by == "p2"


def test_edit_is_undone_by_the_values_before() -> None:
    undone = apply_edits(PARSED, [_edit(1, **{"0__gross_total": "1.00"}), _edit(2, **{"0__gross_total": "123.00"})])
    assert undone.parsed is not None
    assert undone.parsed.invoices[0].model_copy(update={"status": Status.ACCEPTED}) == PARSED.invoices[0]


def test_part_that_was_missing_can_be_filled_in() -> None:
    bare = PARSED.model_copy(update={"invoices": (invoice(metering_point=None),)})
    edited = apply_edits(bare, [_edit(1, **{"0__metering_point__id": "590322400000000019"})])
    assert edited.parsed is not None
    assert edited.parsed.invoices[0].metering_point is not None


@pytest.mark.parametrize(
    "path", ["gross_total", "1.gross_total", "0.lines.9.net", "0.status", "0.checks", "x.y", "0.seller.name.x"]
)
def test_path_that_names_no_field_is_refused(path: str) -> None:
    with pytest.raises(InvalidRecord):
        apply_edits(
            PARSED, [Edit(who="a", when=datetime(2026, 1, 1, tzinfo=UTC), action=Action.EDIT, after={path: "1.00"})]
        )


@given(
    st.text(max_size=20), st.one_of(st.none(), st.text(max_size=9), st.integers(), st.lists(st.integers(), max_size=2))
)
def test_any_path_and_value_gives_a_document_or_our_error(path: str, value: object) -> None:
    try:
        apply_edits(
            PARSED, [Edit(who="a", when=datetime(2026, 1, 1, tzinfo=UTC), action=Action.EDIT, after={path: value})]
        )
    except InvalidRecord:
        return

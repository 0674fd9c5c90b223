"""What stands in silver after documents came, changed, contradicted each other and went."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from deltalake import DeltaTable

from pipelines.invoices import DocumentType, Line, MeteringPoint, Status
from pipelines.lake import Lake
from pipelines.silver import Action, Edit, promote, seen_fingerprints
from tests.silver.silver_documents import POINT, correction, document, invoice
from tests.silver.silver_facts import promote_all, rows, state_of

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)


def edit(action: Action, minute: int = 0, who: str = "anna", **after: object) -> Edit:
    when = datetime(2026, 3, 2, 12, minute, tzinfo=UTC)
    return Edit(who=who, when=when, action=action, after={k.replace("__", "."): v for k, v in after.items()})


def test_accepted_invoice_stands_with_its_lines_point_and_document(lake: Lake) -> None:
    result = promote(lake, [document("a", invoice())], "run")
    assert result.counts == {"accepted": 1}
    assert result.changed_months == (JANUARY,)
    row = rows(lake, "invoices")[0]
    assert (row["gross_total"], row["effect_net"], row["consumption_kwh"]) == (
        Decimal("123.00"),
        Decimal("100.00"),
        Decimal("100.000"),
    )
    assert row["point_key"] == rows(lake, "metering_points")[0]["point_key"]
    assert [line["energy_kwh"] for line in rows(lake, "invoice_lines")] == [Decimal("100.000"), None]
    assert rows(lake, "documents")[0]["standing"] == 1


def test_doing_it_again_commits_nothing(lake: Lake) -> None:
    documents = [document("a", invoice()), document("b", invoice("FV/2")), document("c", invoice(), minute=1)]
    promote(lake, documents, "run")
    again = promote(lake, documents, "another run")
    assert (again.commits, again.changed_months) == (0, ())


def test_unproven_invoice_stays_out_and_says_why(lake: Lake) -> None:
    unproven = invoice(status=Status.NEEDS_REVIEW, review_reasons=("the total does not add up",))
    result = promote(lake, [document("a", unproven)], "run")
    assert result.reasons == {next(iter(result.outcomes)): "the total does not add up"}
    assert rows(lake, "invoices") == []


def test_document_that_is_no_invoice_has_a_row_with_its_reason(lake: Lake) -> None:
    promote(lake, [document("a", state="quarantined", reason="ocr: EncryptedDocument: a password is needed")], "run")
    row = rows(lake, "documents")[0]
    assert (row["state"], row["reason"]) == ("quarantined", "ocr: EncryptedDocument: a password is needed")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"currency": "$"}, "its currency is not known"),
        ({"gross_total": None}, "no total is known"),
        ({"invoice_number": None}, "its seller or number is not known"),
        ({"issue_date": None, "period_start": None}, "no month can be told"),
        ({"gross_total": Decimal("1.005")}, "gross_total 1.005 has more digits than decimal128(18, 2) keeps"),
        ({"gross_total": Decimal("1e17")}, "gross_total 1E+17 is no number that fits decimal128(18, 2)"),
    ],
)
def test_proven_invoice_without_what_a_row_needs_goes_to_review(lake: Lake, changes: dict, reason: str) -> None:
    result = promote(lake, [document("a", invoice(**changes))], "run")
    assert list(result.reasons.values()) == [reason]


def test_same_invoice_scanned_twice_is_one_row(lake: Lake) -> None:
    first, second = document("a", invoice()), document("b", invoice(), minute=5)
    promote(lake, [first], "run")
    result = promote(lake, [second], "run")
    assert result.outcomes == {second.document_id: "duplicate"}
    assert len(rows(lake, "invoices")) == 1
    loser = next(row for row in rows(lake, "documents") if row["document_id"] == second.document_id)
    assert loser["duplicate_of"] == first.document_id


def test_reprinted_number_in_another_spelling_is_the_same_invoice(lake: Lake) -> None:
    one = document("a", invoice("FV 1/2026/ab"))
    other = document(
        "b", invoice("fv 1 / 2026 / AB", seller=invoice().seller.model_copy(update={"tax_id": "1234563218"}))
    )
    promote_all(lake, [one, other])
    assert len(rows(lake, "invoices")) == 1


def test_contradicting_twins_both_go_to_review(lake: Lake) -> None:
    first, twin = document("a", invoice()), document("b", invoice(gross="124.00"), minute=5)
    promote(lake, [first], "run")
    result = promote(lake, [twin], "run")
    assert result.reopened == (first.document_id,)
    promote(lake, [first], "run")
    assert rows(lake, "invoices") == []
    assert {row["state"] for row in rows(lake, "documents")} == {"needs_review"}
    assert rows(lake, "invoice_lines") == []


def test_outcome_does_not_depend_on_the_order_of_arrival(tmp_path_factory: pytest.TempPathFactory) -> None:
    from tests.silver.silver_documents import folder_lake

    documents = [
        document("a", invoice(), minute=3),
        document("b", invoice(), minute=1),
        document("c", invoice("FV/2", "50.00"), minute=2),
        document("d", invoice("FV/2", "51.00"), minute=4),
        document("e", correction("FV/1/2026", "K/1", "-12.30"), minute=5),
    ]
    states = []
    for order in itertools.islice(itertools.permutations(documents), 0, 120, 17):
        lake = folder_lake(tmp_path_factory.mktemp("order") / "lake")
        for one in order:
            known = {d.document_id: d for d in documents}
            result = promote(lake, [one], "run")
            while result.reopened:
                result = promote(lake, [known[d] for d in result.reopened], "run")
        states.append(state_of(lake))
    assert all(state == states[0] for state in states)
    assert [row["document_id"] for row in states[0]["invoices"] if row["document_type"] == "invoice"] == [
        documents[1].document_id
    ]


def test_person_decides_between_twins(lake: Lake) -> None:
    first, twin = document("a", invoice()), document("b", invoice(gross="124.00"), minute=5)
    promote_all(lake, [first, twin])
    confirmed = document("b", invoice(gross="124.00"), minute=5, edits=(edit(Action.CONFIRM),))
    promote_all(lake, [confirmed, first])
    row = rows(lake, "invoices")[0]
    assert (row["gross_total"], row["validated_by"]) == (Decimal("124.00"), "anna")
    states = {row["document_id"]: row["state"] for row in rows(lake, "documents")}
    assert states == {first.document_id: "needs_review", twin.document_id: "accepted"}


def test_duplicate_takes_over_when_the_first_is_deleted(lake: Lake) -> None:
    first, second = document("a", invoice()), document("b", invoice(), minute=5)
    promote_all(lake, [first, second])
    deleted = document("a", invoice(), edits=(edit(Action.DELETE),))
    result = promote(lake, [deleted], "run")
    assert result.outcomes == {first.document_id: "deleted"}
    assert result.reopened == (second.document_id,)
    assert seen_fingerprints(lake, [date(2026, 3, 1)])[second.document_id] == ""
    promote(lake, [second], "run")
    assert rows(lake, "invoices")[0]["document_id"] == second.document_id


def test_deletion_is_undone_by_restore(lake: Lake) -> None:
    promote(lake, [document("a", invoice())], "run")
    before = state_of(lake)["invoices"]
    promote(lake, [document("a", invoice(), edits=(edit(Action.DELETE),))], "run")
    assert (rows(lake, "invoices"), rows(lake, "invoice_lines")) == ([], [])
    promote(lake, [document("a", invoice(), edits=(edit(Action.DELETE), edit(Action.RESTORE, 1)))], "run")
    assert state_of(lake)["invoices"] == before


def test_edit_is_applied_and_vouches_for_the_document(lake: Lake) -> None:
    unproven = invoice(status=Status.NEEDS_REVIEW, review_reasons=("total not found",), gross_total=None)
    mended = document("a", unproven, edits=(edit(Action.EDIT, **{"0__gross_total": "123.00"}),))
    assert promote(lake, [mended], "run").counts == {"accepted": 1}
    assert rows(lake, "invoices")[0]["validated_by"] == "anna"


def test_edit_that_fits_no_field_keeps_the_document_in_review(lake: Lake) -> None:
    wrong = document("a", invoice(), edits=(edit(Action.EDIT, **{"0__no_such": "1"}),))
    result = promote(lake, [wrong], "run")
    assert result.counts == {"needs_review": 1}
    assert "no_such" in next(iter(result.reasons.values()))


def test_reparsed_document_that_names_another_number_leaves_no_row_behind(lake: Lake) -> None:
    promote(lake, [document("a", invoice("FV/1"))], "run")
    promote(lake, [document("a", invoice("FV/2"))], "run")
    assert [row["invoice_number"] for row in rows(lake, "invoices")] == ["FV/2"]
    assert len(rows(lake, "invoice_lines")) == 2


def test_row_that_changes_month_stands_once_at_every_version(lake: Lake) -> None:
    moved = {"period_start": FEBRUARY, "period_end": date(2026, 2, 28)}
    for n in range(6):
        promote(lake, [document("a", invoice(**(moved if n % 2 else {})))], f"run {n}")
    newest = DeltaTable(lake.table_uri("invoices")).version()
    assert newest == 6
    for version in range(1, newest + 1):
        assert len(rows(lake, "invoices", version)) == 1
    assert {row["period_month"] for row in rows(lake, "invoice_lines")} == {FEBRUARY}
    assert len(rows(lake, "invoice_lines")) == 2


def test_document_with_two_invoices_enters_by_invoice(lake: Lake) -> None:
    both = document("a", invoice("FV/1"), invoice("FV/2", status=Status.NEEDS_REVIEW, review_reasons=("unclear",)))
    result = promote(lake, [both], "run")
    assert result.reasons == {both.document_id: "invoice 2: unclear"}
    assert [row["invoice_number"] for row in rows(lake, "invoices")] == ["FV/1"]


def test_brazilian_distributor_bills_an_installation_once_a_month(lake: Lake) -> None:
    def bill(number: str, gross: str, kind: DocumentType = DocumentType.INVOICE) -> object:
        point = MeteringPoint(id="0012345678", scheme="installation")
        return invoice(
            number,
            gross,
            country="BR",
            currency="BRL",
            reference_month="2026-01",
            metering_point=point,
            document_type=kind,
        )

    same_again = [document("a", bill("111", "80.00")), document("b", bill("222", "80.00"), minute=1)]
    promote_all(lake, same_again)
    assert len(rows(lake, "invoices")) == 1
    other = document("c", bill("333", "90.00"), minute=2)
    promote_all(lake, [*same_again, other])
    assert rows(lake, "invoices") == []
    apart = document("d", bill("444", "5.00", DocumentType.CORRECTION), minute=3)
    promote_all(lake, [apart])
    assert [row["invoice_number"] for row in rows(lake, "invoices")] == ["444"]


def test_correction_that_comes_first_waits_and_joins_its_original(lake: Lake) -> None:
    promote(lake, [document("k", correction("FV/1/2026", "K/1", "-12.30"), day=date(2026, 4, 6))], "run")
    assert rows(lake, "invoices")[0]["original_month"] is None
    later = {"period_start": FEBRUARY, "period_end": date(2026, 2, 28)}
    promote(lake, [document("a", invoice(**later))], "run")
    joined = next(row for row in rows(lake, "invoices") if row["document_type"] == "correction")
    assert joined["original_month"] == FEBRUARY
    promote(lake, [document("a", invoice(**later), edits=(edit(Action.DELETE),))], "run")
    assert rows(lake, "invoices")[0]["original_month"] is None


def test_point_is_found_again_under_its_new_number(lake: Lake) -> None:
    old = MeteringPoint(id="PL_0012 3456", scheme="ppe", meter_number="00098765")
    new = MeteringPoint(id=POINT, scheme="ppe", meter_number="00098765", tariff_group="c12a")
    february = {"period_start": FEBRUARY, "period_end": date(2026, 2, 28)}
    promote(lake, [document("a", invoice("FV/1", metering_point=old, customer_number="77"))], "run")
    promote(lake, [document("b", invoice("FV/2", metering_point=new, customer_number="77", **february))], "run")
    point = rows(lake, "metering_points")[0]
    assert (point["point_id"], point["known_ids"], point["tariff_group"]) == (POINT, [POINT, "PL00123456"], "C12A")
    assert len({row["point_key"] for row in rows(lake, "invoices")}) == 1


def test_same_meter_number_of_another_customer_is_another_point(lake: Lake) -> None:
    old = MeteringPoint(id="PL00123456", scheme="ppe", meter_number="00098765")
    new = MeteringPoint(id=POINT, scheme="ppe", meter_number="00098765")
    promote(lake, [document("a", invoice("FV/1", metering_point=old, customer_number="77"))], "run")
    promote(lake, [document("b", invoice("FV/2", metering_point=new, customer_number="78"))], "run")
    assert len(rows(lake, "metering_points")) == 2


def test_fingerprints_are_read_from_the_days_asked_for_alone(lake: Lake) -> None:
    first, second = document("a", invoice("FV/1")), document("b", invoice("FV/2"), day=date(2026, 3, 2))
    promote(lake, [first, second], "run")
    assert seen_fingerprints(lake, [date(2026, 3, 2)]) == {second.document_id: second.fingerprint}
    assert seen_fingerprints(lake, []) == {}


def test_lake_without_silver_has_seen_nothing(lake: Lake) -> None:
    assert seen_fingerprints(lake, [date(2026, 3, 2)]) == {}


def test_units_are_kept_canonical_and_energy_is_in_kwh(lake: Lake) -> None:
    lines = tuple(
        Line(description=unit, quantity=Decimal("1.5"), unit=unit)
        for unit in ("MWh", "kWh", "kvarh", "szt.", "KW", "furlong")
    )
    promote(lake, [document("a", invoice(lines=lines))], "run")
    found = {row["description"]: (row["unit"], row["energy_kwh"]) for row in rows(lake, "invoice_lines")}
    assert found == {
        "MWh": ("MWh", Decimal("1500.000")),
        "kWh": ("kWh", Decimal("1.500")),
        "kvarh": ("kvarh", None),
        "szt.": ("piece", None),
        "KW": ("kW", None),
        "furlong": ("furlong", None),
    }

"""Gas and water bills from a dropped file to their tables of silver; gold's energy stays electric."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import InvalidRecord
from pipelines.invoices import Line
from pipelines.lake import Lake
from pipelines.lake import open_lake as open_with
from pipelines.queries import query
from pipelines.queries.tables import QueryFailed
from pipelines.samples.utilities import draw_utilities
from pipelines.settings import Settings
from pipelines.silver import Action, Edit, apply_edits, check_documents, promote
from pipelines.steps import forget, run_all
from tests.silver.silver_documents import document, invoice
from tests.silver.silver_facts import promote_all, rows

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)
PROVEN = {"volume_m3": "812", "energy_kwh": "9214"}


def gas_bill(**changes: Any) -> Any:
    line = Line(description="Paliwo gazowe", category="energy", quantity=Decimal(9214), unit="kWh")
    values = {"kind": "gas", "details": PROVEN, "lines": (line,), "consumption_kwh": Decimal(9214)}
    return invoice(**(values | changes))


def test_proven_own_fields_stand_in_the_table_of_the_kind(lake: Lake) -> None:
    promote(lake, [document("a", gas_bill()), document("b", invoice("FV/2"))], "run")
    (row,) = rows(lake, "gas_bills")
    assert (row["volume_m3"], row["energy_kwh"]) == (Decimal("812.000"), Decimal("9214.000"))
    assert (row["period_month"], row["mj_per_m3"]) == (JANUARY, None)
    assert not (Path(lake.table_uri("water_bills").removeprefix("file://"))).exists(), "made with its first row"


def test_gas_is_no_electricity_in_silver(lake: Lake) -> None:
    promote(lake, [document("a", gas_bill())], "run")
    (row,) = rows(lake, "invoices")
    assert (row["kind"], row["consumption_kwh"], row["effect_kwh"], row["bill_part"]) == ("gas", None, None, None)
    assert [line["energy_kwh"] for line in rows(lake, "invoice_lines")] == [None]


def test_a_rerun_writes_nothing_and_a_deleted_bill_takes_its_row_along(lake: Lake) -> None:
    promote(lake, [document("a", gas_bill())], "run")
    assert promote(lake, [document("a", gas_bill())], "again").commits == 0
    deleted = Edit(who="anna", when=datetime(2026, 3, 2, tzinfo=UTC), action=Action.DELETE)
    promote(lake, [document("a", gas_bill(), edits=(deleted,))], "deleted")
    assert rows(lake, "gas_bills") == []


def test_a_bill_that_moves_to_another_month_or_kind_has_one_row(lake: Lake) -> None:
    promote(lake, [document("a", gas_bill())], "run")
    moved = gas_bill(period_start=date(2026, 2, 1), period_end=date(2026, 2, 28))
    promote(lake, [document("a", moved)], "moved")
    assert [row["period_month"] for row in rows(lake, "gas_bills")] == [FEBRUARY]
    promote(lake, [document("a", invoice(kind="water", details={"volume_m3": "12"}))], "water")
    assert rows(lake, "gas_bills") == []
    assert [row["volume_m3"] for row in rows(lake, "water_bills")] == [Decimal("12.000")]


def test_the_newer_of_two_documents_has_the_row(lake: Lake) -> None:
    first = document("a", gas_bill())
    second = document("b", gas_bill(details={"volume_m3": "812"}), minute=5)
    promote_all(lake, [first])
    promote_all(lake, [first, second])
    stands = rows(lake, "invoices")[0]["document_id"]
    assert [row["document_id"] for row in rows(lake, "gas_bills")] == [stands]
    assert check_documents(lake, [first, second]) == []


def test_a_changed_row_of_a_kind_is_found(lake: Lake) -> None:
    promote(lake, [document("a", gas_bill())], "run")
    (found,) = check_documents(lake, [document("a", gas_bill(details={"volume_m3": "813"}))])
    assert "volume_m3 is Decimal('812.000') in silver" in found.what


def edited(**after: Any) -> Edit:
    values = {key.replace("__", "."): value for key, value in after.items()}
    when = datetime(2026, 3, 2, tzinfo=UTC)
    return Edit(who="anna", when=when, action=Action.EDIT, after={f"0.{key}": value for key, value in values.items()})


def test_what_a_person_states_enters_the_table(lake: Lake) -> None:
    bill = document("a", gas_bill(), edits=(edited(details__meter_number="21882492"),))
    promote(lake, [bill], "run")
    (row,) = rows(lake, "gas_bills")
    assert (row["meter_number"], row["volume_m3"]) == ("21882492", Decimal("812.000"))


@pytest.mark.parametrize("wrong", [{"details__volume": "1"}, {"details__volume_m3": "twelve"}])
def test_an_own_field_that_does_not_fit_is_refused_before_it_is_written(wrong: dict[str, str]) -> None:
    parsed = document("a", gas_bill()).parsed
    with pytest.raises(InvalidRecord, match="does not fit"):
        apply_edits(parsed, [edited(**wrong)])


def test_a_person_who_names_another_kind_leaves_no_fields_of_the_old_one() -> None:
    changed = apply_edits(document("a", gas_bill()).parsed, [edited(kind="water")]).parsed
    assert changed is not None
    assert changed.invoices[0].details == {"volume_m3": "812"}


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("utilities") / "uploads"
    return {name: fields | {"folder": folder} for name, fields in draw_utilities(folder).items()}


@pytest.fixture(scope="module")
def walked(truth: dict[str, dict[str, Any]]) -> Lake:
    folder = next(iter(truth.values()))["folder"]
    lake = open_with(Settings(url=str(folder.parent / "lake"), uploads_url=str(folder), settle_seconds=0))
    assert [report.step for report in run_all(lake)] == ["ingest", "ocr", "parse", "silver", "gold"]
    return lake


pytestmark = pytest.mark.xdist_group("utilities")


def test_drawn_bills_walk_to_the_tables_of_their_kinds(walked: Lake, truth: dict[str, dict[str, Any]]) -> None:
    for table, kind in (("gas_bills", "gas"), ("water_bills", "water")):
        sql = f"SELECT i.invoice_number, i.kind, i.gross_total, b.* FROM {table} b JOIN invoices i USING (invoice_key)"
        found = {row["invoice_number"]: row for row in query(walked, sql).to_pylist()}
        wanted = {fields["invoice_number"]: fields for fields in truth.values() if fields["kind"] == kind}
        assert found.keys() == wanted.keys()
        for number, fields in wanted.items():
            assert found[number]["kind"] == kind
            assert found[number]["gross_total"] == Decimal(fields["gross_total"])
            for name, value in fields["details"].items():
                assert found[number][name] == Decimal(value), (number, name)


def test_gold_counts_no_kwh_of_gas(walked: Lake) -> None:
    for table in ("monthly_energy_costs", "consumption_per_ppe"):
        with suppress(QueryFailed):  # no such table, for no row of it was ever made
            assert query(walked, f"SELECT count(*) AS n FROM {table}").to_pylist() == [{"n": 0}]
    assert query(walked, "SELECT count(*) AS n FROM supplier_spend_monthly").to_pylist() != [{"n": 0}]


def test_a_second_walk_is_silent_and_a_forgotten_bill_leaves_its_table(walked: Lake) -> None:
    assert all(not report.counts or set(report.counts) <= {"unchanged"} for report in run_all(walked))
    (name,) = query(walked, "SELECT document_id FROM gas_bills ORDER BY 1 LIMIT 1").column(0).to_pylist()
    forget(walked, name)
    left = query(walked, f"SELECT count(*) AS n FROM gas_bills WHERE document_id = '{name}'").to_pylist()
    assert left == [{"n": 0}]

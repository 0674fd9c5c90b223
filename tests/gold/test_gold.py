"""What gold says, when it is made again, and who can read it."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.gold import GOLD_TABLES, build, pending_files, pending_months
from pipelines.invoices import DocumentType, Line, Party, TaxSubtotal
from pipelines.lake import Lake
from pipelines.queries.tables import query
from pipelines.silver import promote
from tests.silver.silver_documents import correction, document, folder_lake, invoice

JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
IN_FEBRUARY = {"period_start": FEBRUARY, "period_end": date(2026, 2, 28)}
ENERGY = (Line(description="Energia czynna", category="energy", net=Decimal("1.00")),)
TRANSPORT = (Line(description="Opłata sieciowa", category="distribution", net=Decimal("1.00")),)


def gold(lake: Lake, table: str, where: str = "true") -> list[dict[str, Any]]:
    """Rows as any reader gets them: Parquet files by a pattern."""
    found = duckdb.sql(
        f"SELECT * FROM read_parquet('{lake.gold.folder}/{table}/**/*.parquet') WHERE {where} ORDER BY ALL"
    )
    return found.to_arrow_table().to_pylist()


def made(lake: Lake, *documents: Any) -> None:
    promote(lake, list(documents), "run")
    build(lake, pending_months(lake))


def test_sums_of_gold_are_the_sums_of_silver_to_the_cent(lake: Lake) -> None:
    grosses = [Decimal(n * 1237 % 9973) / 100 for n in range(40)]
    made(lake, *(document(f"d{n}", invoice(f"FV/{n}", str(gross))) for n, gross in enumerate(grosses)))
    for table in ("supplier_spend_monthly", "monthly_energy_costs"):
        assert sum(row["gross"] for row in gold(lake, table)) == sum(grosses)
    assert sum(row["kwh"] for row in gold(lake, "consumption_per_ppe")) == 4000


def test_forecast_is_never_added_to_its_settlement(lake: Lake) -> None:
    forecast = invoice("P/1", "60.00", document_type=DocumentType.FORECAST)
    settled = invoice("R/1", "123.00", document_type=DocumentType.SETTLEMENT)
    made(lake, document("a", forecast), document("b", settled))
    cost = gold(lake, "monthly_energy_costs")[0]
    assert (cost["kwh"], cost["gross"]) == (Decimal("100.000"), Decimal("123.00"))
    assert (cost["forecast_kwh"], cost["forecast_gross"]) == (Decimal("100.000"), Decimal("60.00"))
    used = gold(lake, "consumption_per_ppe")[0]
    assert (used["kwh"], used["forecast_kwh"], used["days_billed"]) == (Decimal("100.000"), Decimal("100.000"), 31)
    assert gold(lake, "supplier_spend_monthly")[0]["gross"] == Decimal("123.00")


def test_sales_and_distribution_bill_of_one_point_count_its_energy_once(lake: Lake) -> None:
    network = Party(name="Sieci Przykładowe S.A.", tax_id="PL5252248481")
    sales = invoice("S/1", lines=ENERGY)
    transport = invoice("D/1", seller=network, lines=TRANSPORT, period_end=date(2026, 2, 2))
    made(lake, document("a", sales), document("b", transport))
    used = gold(lake, "consumption_per_ppe", "calendar_month = '2026-01-01'")[0]
    assert (used["kwh"], used["bills"], used["days_billed"]) == (Decimal("100.000"), 2, 31)
    costs = gold(lake, "monthly_energy_costs")
    assert sum(row["kwh"] or 0 for row in costs) == 100
    assert sum(row["gross"] for row in costs) == 246


def test_point_with_a_distribution_bill_alone_is_counted_by_it(lake: Lake) -> None:
    made(lake, document("b", invoice("D/1", lines=TRANSPORT)))
    used = gold(lake, "consumption_per_ppe")[0]
    assert (used["kwh"], used["distribution_kwh"], used["days_billed"]) == (Decimal("100.000"), None, 31)


def test_energy_is_spread_by_days_and_adds_up(lake: Lake) -> None:
    two_months = {
        "period_start": date(2026, 1, 21),
        "period_end": date(2026, 3, 1),
        "consumption_kwh": Decimal("100.001"),
    }
    made(lake, document("a", invoice(**two_months)))
    used = gold(lake, "consumption_per_ppe")
    assert [(row["calendar_month"], row["days_billed"]) for row in used] == [(JANUARY, 11), (FEBRUARY, 28), (MARCH, 1)]
    assert sum(row["kwh"] for row in used) == Decimal("100.001")
    assert used[0]["kwh"] == Decimal("27.500")


def test_overlap_and_gap_are_told_by_days(lake: Lake) -> None:
    first = invoice("FV/1", period_end=date(2026, 1, 20))
    second = invoice("FV/2", period_start=date(2026, 1, 16), period_end=date(2026, 1, 25))
    made(lake, document("a", first), document("b", second))
    used = gold(lake, "consumption_per_ppe")[0]
    assert (used["days_billed"], used["overlap_days"], used["days_in_month"]) == (25, 5, 31)


def test_gap_and_overlap_across_billing_months_are_listed(lake: Lake) -> None:
    periods = [("2026-01-01", "2026-01-31"), ("2026-02-04", "2026-02-28"), ("2026-02-27", "2026-03-31")]
    bills = [
        invoice(f"FV/{n}", period_start=date.fromisoformat(first), period_end=date.fromisoformat(last))
        for n, (first, last) in enumerate(periods)
    ]
    made(lake, *(document(f"d{n}", bill) for n, bill in enumerate(bills)))
    found = query(lake, "SELECT kind, first_day, last_day, days, period_month FROM consumption_gaps ORDER BY ALL")
    assert [tuple(row.values()) for row in found.to_pylist()] == [
        ("gap", date(2026, 2, 1), date(2026, 2, 3), 3, FEBRUARY),
        ("overlap", date(2026, 2, 27), date(2026, 2, 28), 2, MARCH),
    ]


def test_whole_months_without_gap_list_nothing(lake: Lake) -> None:
    made(lake, document("a", invoice("FV/1")), document("b", invoice("FV/2", **IN_FEBRUARY)))
    assert query(lake, "SELECT * FROM consumption_gaps").num_rows == 0


def test_origin_of_each_file_is_asked_of_one_object_and_of_the_file_where_that_is_wrong(lake: Lake) -> None:
    made(lake, document("a", invoice("FV/1")))
    remembered = json.loads(lake.gold.get("_sources.json"))
    assert set(remembered) == {entry.key for entry in lake.gold.list() if entry.key.endswith(".parquet")}
    for damaged in (b"{}", b"no json", json.dumps({k: v | {"etag": "other"} for k, v in remembered.items()}).encode()):
        lake.gold.put("_sources.json", damaged)
        assert pending_months(lake) == ()
    other = {k: v | {"sources": {}} for k, v in remembered.items()}
    lake.gold.put("_sources.json", json.dumps(other).encode())
    key = "supplier_spend_monthly/2026-01.parquet"
    lake.gold.put(key, lake.gold.get(key))
    assert "supplier_spend_monthly" not in " ".join(pending_files(lake))


def test_exported_and_compensated_energy_stand_apart(lake: Lake) -> None:
    made(lake, document("a", invoice(exported_kwh=Decimal("7.000"), compensated_kwh=Decimal("5.500"))))
    used = gold(lake, "consumption_per_ppe")[0]
    assert (used["kwh"], used["exported_kwh"], used["compensated_kwh"]) == (100, Decimal("7.000"), Decimal("5.500"))


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.dates(date(2026, 1, 1), date(2026, 6, 30)), st.integers(0, 120), st.integers(-9999, 99999)),
        min_size=1,
        max_size=6,
    )
)
def test_spread_energy_always_adds_up_to_what_is_billed(
    tmp_path_factory: pytest.TempPathFactory, bills: list[tuple[date, int, int]]
) -> None:
    lake = folder_lake(tmp_path_factory.mktemp("spread") / "lake")
    documents = []
    for n, (start, days, energy) in enumerate(bills):
        period = {"period_start": start, "period_end": date.fromordinal(start.toordinal() + days)}
        documents.append(document(f"d{n}", invoice(f"FV/{n}", consumption_kwh=Decimal(energy) / 1000, **period)))
    made(lake, *documents)
    assert sum(row["kwh"] for row in gold(lake, "consumption_per_ppe")) == sum(Decimal(e) / 1000 for _, _, e in bills)


def test_ledger_knows_the_effective_value_on_any_date(lake: Lake) -> None:
    made(
        lake,
        document("a", invoice("FV/1", "123.00")),
        document("b", correction("FV/1", "K/1", "-12.30"), day=date(2026, 4, 6)),
        document("c", correction("FV/1", "K/2", "24.60", issue_date=date(2026, 5, 1)), day=date(2026, 5, 2)),
    )
    ledger = sorted(gold(lake, "corrections_vs_originals"), key=lambda row: row["sequence"])
    assert [row["effective_gross"] for row in ledger] == [Decimal("123.00"), Decimal("110.70"), Decimal("135.30")]
    assert [row["is_current"] for row in ledger] == [False, False, True]
    known = gold(
        lake, "corrections_vs_originals", "date '2026-04-20' BETWEEN valid_from AND coalesce(valid_to, '9999-12-31')"
    )
    assert [row["effective_gross"] for row in known] == [Decimal("110.70")]
    assert gold(lake, "monthly_energy_costs")[0]["gross"] == Decimal("135.30")


def test_correction_in_another_month_joins_and_remakes_the_original_month_alone(lake: Lake) -> None:
    late = {"period_start": date(2026, 4, 1), "period_end": date(2026, 4, 30)}
    made(lake, document("k", correction("FV/1", "K/1", "-12.30", **late), day=date(2026, 4, 6)))
    assert [row["state"] for row in gold(lake, "corrections_vs_originals")] == ["waiting"]
    promote(lake, [document("a", invoice("FV/1", "123.00")), document("z", invoice("FV/9", **IN_FEBRUARY))], "run")
    build(lake, pending_months(lake))
    ledger = gold(lake, "corrections_vs_originals", "period_month = '2026-01-01'")
    assert [(row["state"], row["effective_gross"]) for row in sorted(ledger, key=lambda r: r["sequence"])] == [
        ("joined", Decimal("123.00")),
        ("joined", Decimal("110.70")),
    ]
    promote(lake, [document("k", correction("FV/1", "K/1", "-24.60", **late), day=date(2026, 4, 6))], "run")
    result = build(lake, pending_months(lake))
    touched = {label for table, label in result.files if table == "corrections_vs_originals"}
    assert touched == {"2026-01", "2026-04"}
    assert gold(lake, "corrections_vs_originals", "sequence = 1")[0]["effective_gross"] == Decimal("98.40")


def test_correction_that_cannot_be_told_is_left_out_and_counted(lake: Lake) -> None:
    lines = (Line(net=Decimal("10.00"), before_correction=True), Line(net=Decimal("12.00")))
    unclear = correction("FV/1", "K/1", "99.00", lines=lines)
    made(lake, document("a", invoice("FV/1", "123.00")), document("b", unclear, day=date(2026, 4, 6)))
    spend = gold(lake, "supplier_spend_monthly")[0]
    assert (spend["gross"], spend["corrections_left_out"]) == (Decimal("123.00"), 1)
    ledger = sorted(gold(lake, "corrections_vs_originals"), key=lambda row: row["sequence"])
    assert [(row["state"], row["effective_gross"]) for row in ledger] == [
        ("joined", Decimal("123.00")),
        ("unknown", None),
    ]


def test_taxes_are_summed_by_rate_and_credits_take_away(lake: Lake) -> None:
    note = invoice("KN/1", "12.30", document_type=DocumentType.CREDIT_NOTE)
    brazil = invoice(
        "BR/1",
        "90.00",
        country="BR",
        currency="BRL",
        net_total=None,
        tax_total=None,
        tax_breakdown=(TaxSubtotal(name="ICMS", rate=Decimal(18), base=Decimal("80.00"), amount=Decimal("14.40")),),
    )
    bare = invoice("B/1", "123.00", tax_breakdown=())
    made(lake, *(document(f"d{n}", one) for n, one in enumerate((invoice("FV/1"), note, brazil, bare))))
    found = {
        (row["country"], row["tax_name"]): (row["base"], row["amount"]) for row in gold(lake, "tax_summary_monthly")
    }
    assert found == {
        ("PL", "VAT"): (Decimal("90.00"), Decimal("20.70")),
        ("PL", None): (Decimal("100.00"), Decimal("23.00")),
        ("BR", "ICMS"): (Decimal("80.00"), Decimal("14.40")),
    }


def test_quality_counts_every_received_document(lake: Lake) -> None:
    made(
        lake,
        document("a", invoice()),
        document("b", invoice(), minute=1),
        document("c", state="quarantined", reason="broken"),
        document("d", invoice("FV/2", currency="$")),
    )
    days = gold(lake, "data_quality_daily")
    assert sum(row["received"] for row in days) == 4
    known = next(row for row in days if row["supplier_tax_id"])
    assert (known["accepted"], known["duplicates"], known["needs_review"], known["proof_rate"]) == (1, 1, 1, 1)
    assert next(row for row in days if not row["supplier_tax_id"])["quarantined"] == 1


def test_only_changed_months_are_made_and_an_unchanged_silver_writes_nothing(lake: Lake) -> None:
    promote(lake, [document("a", invoice("FV/1")), document("b", invoice("FV/2", **IN_FEBRUARY))], "run")
    build(lake, None)
    assert pending_months(lake) == ()
    before = {entry.key: (entry.etag, entry.last_modified) for entry in lake.gold.list()}
    assert build(lake, pending_months(lake)).files == ()
    assert build(lake, None).files == ()
    assert {entry.key: (entry.etag, entry.last_modified) for entry in lake.gold.list()} == before
    promote(lake, [document("b", invoice("FV/2", "99.00", **IN_FEBRUARY))], "run")
    result = build(lake, pending_months(lake))
    assert {label for table, label in result.files if table != "data_quality_daily"} == {"2026-02"}


def test_full_rebuild_gives_the_same_rows_as_the_incremental_way(lake: Lake) -> None:
    for n in range(4):
        period = {} if n % 2 else IN_FEBRUARY
        made(lake, document(f"d{n}", invoice(f"FV/{n}", f"{n + 1}.00", **period)))
    made(lake, document("k", correction("FV/0", "K/1", "-0.10"), day=date(2026, 4, 6)))
    step_by_step = {name: gold(lake, name) for name in GOLD_TABLES}
    for entry in list(lake.gold.list()):
        lake.gold.delete(entry.key)
    build(lake, None)
    assert {name: gold(lake, name) for name in GOLD_TABLES} == step_by_step


def test_month_that_silver_no_longer_holds_leaves_gold(lake: Lake) -> None:
    made(lake, document("a", invoice("FV/1")))
    made(lake, document("a", invoice("FV/1", **IN_FEBRUARY)))
    assert [row["period_month"] for row in gold(lake, "supplier_spend_monthly")] == [FEBRUARY]
    assert pending_months(lake) == ()


def test_file_that_a_person_removed_is_made_again(lake: Lake) -> None:
    made(lake, document("a", invoice("FV/1")))
    lake.gold.delete("supplier_spend_monthly/2026-01.parquet")
    assert pending_months(lake) == (JANUARY,)
    assert build(lake, pending_months(lake)).files == (("supplier_spend_monthly", "2026-01"),)


def test_decimals_comments_units_and_origin_survive_in_the_files(lake: Lake) -> None:
    made(lake, document("a", invoice("FV/1")))
    path = Path(str(lake.gold.folder)) / "monthly_energy_costs" / "2026-01.parquet"
    schema = pq.read_schema(path)
    assert schema.field("gross").type == pa.decimal128(18, 2)
    assert schema.field("kwh").metadata[b"unit"] == b"kWh"
    assert b"invoices/2026-01-01" in pq.read_metadata(path).metadata[b"invoice_lake"]
    frame = pd.read_parquet(path)
    assert frame["gross"].iloc[0] == Decimal("123.00")
    typed = duckdb.sql(f"DESCRIBE SELECT gross, kwh, period_month FROM read_parquet('{path}')").fetchall()
    assert [row[1] for row in typed] == ["DECIMAL(18,2)", "DECIMAL(18,3)", "DATE"]
    notes = dict(duckdb.sql(f"SELECT decode(key), decode(value) FROM parquet_kv_metadata('{path}')").fetchall())
    assert "invoices/2026-01-01" in notes["invoice_lake"]


def test_every_column_of_gold_has_a_comment_and_numbers_have_units() -> None:
    for table in GOLD_TABLES.values():
        for column in table.columns:
            assert column.comment
            assert column.unit or not pa.types.is_decimal(column.type) or column.name == "proof_rate"


def test_empty_lake_has_nothing_to_make(lake: Lake) -> None:
    assert pending_months(lake) == ()
    assert build(lake, None).files == ()


def test_gold_is_the_same_on_an_s3_server(lake: Lake, s3_lake: Lake) -> None:
    documents = [
        document("a", invoice("FV/1")),
        document("b", invoice("FV/2", **IN_FEBRUARY)),
        document("c", correction("FV/1", "K/1", "-1.00"), day=date(2026, 4, 6)),
    ]
    for place in (lake, s3_lake):
        made(place, *documents)
        assert pending_months(place) == ()
    here, there = (
        {entry.key: place.gold.get(entry.key) for entry in place.gold.list() if entry.key.endswith(".parquet")}
        for place in (lake, s3_lake)
    )
    assert set(here) == set(there)
    for key, data in here.items():
        assert pq.read_table(pa.BufferReader(data)).equals(pq.read_table(pa.BufferReader(there[key])))

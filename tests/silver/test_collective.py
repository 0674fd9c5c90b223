"""A collective invoice counts at each of its points: once, exactly, and never where the parts do not add up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.gold import build
from pipelines.invoices import DocumentType, Invoice, Line, MeteringPoint, MeterReading
from pipelines.lake import Lake
from pipelines.silver.checking import check_documents
from pipelines.silver.commits import rewrite
from pipelines.silver.effects import effects
from pipelines.silver.partitions import Change
from pipelines.silver.records import wanted
from pipelines.silver.schemas import INVOICES
from pipelines.silver.shares import shares
from pipelines.silver.tables import pin
from tests.silver.silver_documents import document, invoice
from tests.silver.silver_facts import promote_all, rows

A, B, C = "590322400000000019", "590322400000000026", "590322400000000033"


def sold(point: str | None, kwh: object, **changes: Any) -> Line:
    values: dict[str, Any] = {"category": "energy", "quantity": Decimal(str(kwh)), "unit": "kWh"}
    return Line(description="Energia czynna", metering_point_id=point, **(values | changes))


def collective(*lines: Line, kwh: object = None, **changes: Any) -> Invoice:
    total = sum((line.quantity or Decimal(0) for line in lines), Decimal(0)) if kwh is None else Decimal(str(kwh))
    values: dict[str, Any] = {"metering_point": None, "lines": lines, "consumption_kwh": total}
    return invoice("FZ/1/2026", **(values | changes))


def parts(bill: Invoice) -> dict[str, Decimal | None]:
    return {share.point_id: share.kwh for share in shares(bill, effects(bill).kwh)}


def consumption(lake: Lake) -> dict[str, tuple[Any, ...]]:
    build(lake, None)
    files = f"{lake.gold.folder}/consumption_per_ppe/*.parquet"
    sums = "sum(kwh), sum(distribution_kwh), sum(forecast_kwh), sum(bills)"
    sql = f"SELECT point_id, {sums} FROM read_parquet(?) GROUP BY 1"
    return {row[0]: row[1:] for row in duckdb.execute(sql, [files]).fetchall()}


@given(st.lists(st.decimals("0.001", "9999.999", places=3), min_size=1, max_size=6))
def test_parts_are_the_whole_to_the_last_digit(amounts: list[Decimal]) -> None:
    lines = [sold(f"{n:018d}", kwh) for n, kwh in enumerate(amounts)]
    found = parts(collective(*lines))
    assert sum(kwh or Decimal(0) for kwh in found.values()) == sum(amounts)
    assert len(found) == len(amounts)


@pytest.mark.parametrize(
    "bill",
    [
        collective(sold(A, 100), sold(B, 50), kwh=151),
        collective(sold(A, 100), sold(B, 50), sold(None, 1)),
        collective(sold(A, 100), sold(B, 50), consumption_kwh=None),
        collective(
            sold(A, 100),
            sold(B, 50),
            meter_readings=tuple(
                MeterReading(metering_point_id=point, kwh=Decimal(kwh)) for point, kwh in ((A, 90), (B, 60))
            ),
        ),
    ],
    ids=["another whole", "a line of no point", "no whole", "readings say otherwise"],
)
def test_energy_that_cannot_be_told_is_left_open(bill: Invoice) -> None:
    assert parts(bill) == {A: None, B: None}


def test_readings_tell_where_the_lines_are_of_no_point() -> None:
    readings = tuple(
        MeterReading(metering_point_id=point, meter_number=meter, kwh=Decimal(kwh), kind="actual")
        for point, meter, kwh in ((A, "1001", 30), (A, "1001", 70), (B, "1002", 50))
    )
    bill = collective(sold(None, 150), meter_readings=readings)
    assert parts(bill) == {A: Decimal(100), B: Decimal(50)}
    assert [share.meter_number for share in shares(bill, Decimal(150))] == ["1001", "1002"]


def test_correction_and_credit_note_take_away_at_their_points() -> None:
    before = [
        sold(A, 100, net=Decimal(50), before_correction=True),
        sold(B, 50, net=Decimal(25), before_correction=True),
    ]
    after = [sold(A, 90, net=Decimal(45)), sold(B, 50, net=Decimal(25))]
    bill = collective(*before, *after, document_type=DocumentType.CORRECTION, net_total=Decimal(-5))
    assert (effects(bill).kwh, parts(bill)) == (Decimal(-10), {A: Decimal(-10), B: Decimal(0)})
    credit = collective(sold(A, 100), sold(B, 50), document_type=DocumentType.CREDIT_NOTE)
    assert parts(credit) == {A: Decimal(-100), B: Decimal(-50)}


def test_bill_for_one_point_has_no_parts() -> None:
    one = collective(sold(A, 100), metering_point=MeteringPoint(id=A, scheme="ppe"))
    assert parts(one) == {}


def test_points_of_a_collective_invoice_are_found_or_made(lake: Lake) -> None:
    single = invoice("FV/9", metering_point=MeteringPoint(id=A, scheme="ppe", tariff_group="C11"))
    both = [document("a", single), document("z", collective(sold(A, 100), sold(B, 50)))]
    promote_all(lake, both)
    points = {row["point_id"]: row for row in rows(lake, "metering_points")}
    assert (set(points), points[A]["tariff_group"]) == ({A, B}, "C11")
    [row] = [row for row in rows(lake, "invoices") if row["invoice_number"] == "FZ/1/2026"]
    assert [part["point_key"] for part in row["points"]] == [points[A]["point_key"], points[B]["point_key"]]
    assert row["point_key"] is None
    assert check_documents(lake, both) == []
    assert promote_all(lake, both, "again").commits == 0


def test_each_point_gets_its_energy_once(lake: Lake) -> None:
    """Sold on a collective invoice, transported by bills of their own, forecast once more, B billed alone later."""
    forecast = collective(sold(A, 80), sold(C, 20), document_type=DocumentType.FORECAST, invoice_number="FP/1")
    moved = invoice(
        "FD/1",
        lines=(Line(description="Opłata sieciowa", category="distribution", net=Decimal(100)),),
        metering_point=MeteringPoint(id=A, scheme="ppe"),
        seller=invoice().seller.model_copy(update={"tax_id": "PL5252248481"}),
    )
    later = invoice(
        "FV/2/2026",
        metering_point=MeteringPoint(id=B, scheme="ppe"),
        consumption_kwh=Decimal(7),
        period_start=date(2026, 2, 1),
        period_end=date(2026, 2, 28),
    )
    promote_all(
        lake,
        [document(name, bill) for name, bill in (("s", collective(sold(A, 100), sold(B, 50))), ("f", forecast))]
        + [document("d", moved), document("l", later)],
    )
    assert consumption(lake) == {
        A: (Decimal(100), Decimal(100), Decimal(80), 2),
        B: (Decimal(57), None, None, 2),
        C: (None, None, Decimal(20), 0),
    }
    costs = f"{lake.gold.folder}/monthly_energy_costs/2026-01.parquet"
    sql = "SELECT sum(points), sum(bills), sum(kwh), sum(forecast_kwh) FROM read_parquet(?) WHERE supplier_tax_id = ?"
    [found] = duckdb.execute(sql, [costs, "PL1234563218"]).fetchall()
    assert found == (3, 1, Decimal(150), Decimal(100))


def test_table_of_an_older_release_gives_gold_before_and_after_it_learns_of_parts(lake: Lake) -> None:
    older = replace(INVOICES, columns=tuple(c for c in INVOICES.columns if c.name != "points"))
    [candidate] = wanted(document("o", invoice("FV/1", metering_point=MeteringPoint(id=C, scheme="ppe")))).candidates
    row = {name: candidate.row[name] for name in older.names} | {"point_key": "c" * 32}
    rewrite(pin(lake, older), {date(2026, 1, 1): Change(rows=[row])}, "older")
    assert consumption(lake) == {C: (Decimal(100), None, None, 1)}
    february = {"period_start": date(2026, 2, 1), "period_end": date(2026, 2, 28)}
    promote_all(lake, [document("s", collective(sold(A, 100), **february))])
    assert consumption(lake) == {C: (Decimal(100), None, None, 1), A: (Decimal(100), None, None, 1)}


def test_points_cover_the_days_that_their_own_lines_say(lake: Lake) -> None:
    lines = [
        sold(A, 100, period_start=date(2026, 1, 1), period_end=date(2026, 1, 31)),
        sold(B, 31, period_start=date(2026, 1, 16), period_end=date(2026, 1, 31)),
    ]
    promote_all(lake, [document("s", collective(*lines))])
    build(lake, None)
    files = f"{lake.gold.folder}/consumption_per_ppe/*.parquet"
    sql = "SELECT point_id, first_day, days_billed FROM read_parquet(?) ORDER BY ALL"
    assert duckdb.execute(sql, [files]).fetchall() == [(A, date(2026, 1, 1), 31), (B, date(2026, 1, 16), 16)]

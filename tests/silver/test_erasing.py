"""Erasing from silver: what others learned from the erased goes too, and others stand or fall as if it never was."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from deltalake import DeltaTable

from pipelines.invoices import MeteringPoint
from pipelines.lake import Lake
from pipelines.silver import erase_rows, held_by, purge
from pipelines.silver.kind_tables import tables
from tests.silver.silver_documents import POINT, document, folder_lake, invoice
from tests.silver.silver_facts import promote_all, rows, state_of

TOLD = MeteringPoint(id=POINT, scheme="ppe", address="ul. Zofii Kowalskiej 7", meter_number="00012345")
BARE = MeteringPoint(id=POINT, scheme="ppe")
FEBRUARY = {"period_start": date(2026, 2, 1), "period_end": date(2026, 2, 28)}


def test_point_forgets_what_it_learned_from_the_erased(lake: Lake) -> None:
    gone = document("gone", invoice("FV/1", metering_point=TOLD))
    kept = document("kept", invoice("FV/2", metering_point=BARE, **FEBRUARY))
    promote_all(lake, [gone, kept])
    assert rows(lake, "metering_points")[0]["address"] == TOLD.address
    held = held_by(lake, [gone.document_id])
    assert (held.rows["invoices"], held.rows["invoice_lines"], len(held.points)) == (1, 2, 1)
    again = erase_rows(lake, [gone.document_id], held.points, "erase")
    assert again == (kept.document_id,)
    assert rows(lake, "metering_points") == []
    promote_all(lake, [kept])
    [point] = rows(lake, "metering_points")
    assert (point["address"], point["first_month"]) == (None, date(2026, 2, 1))
    assert rows(lake, "invoices")[0]["point_key"] == point["point_key"]


def test_what_stays_is_what_a_lake_without_the_erased_would_hold(lake: Lake, tmp_path: Path) -> None:
    """Three twins that contradict each other, and a correction that had found its original."""
    gone = document("a", invoice("FV/1", "100.00"), minute=1)
    others = [document("b", invoice("FV/1", "110.00"), minute=2), document("c", invoice("FV/1", "120.00"), minute=3)]
    alone = document("d", invoice("FV/9", metering_point=BARE, **FEBRUARY))
    promote_all(lake, [gone, *others, alone])
    again = erase_rows(lake, [gone.document_id], held_by(lake, [gone.document_id]).points, "erase")
    promote_all(lake, [d for d in (*others, alone) if d.document_id in again])
    undisturbed = folder_lake(tmp_path / "undisturbed")
    promote_all(undisturbed, [*others, alone])
    assert state_of(lake) == state_of(undisturbed)
    assert rows(lake, "invoice_claims") == rows(undisturbed, "invoice_claims")


def test_erasing_what_silver_never_saw_changes_nothing_that_stands(lake: Lake) -> None:
    assert erase_rows(lake, ["2026-01-01/x-0123456789abcdef"], (), "erase") == ()
    promote_all(lake, [document("d", invoice())])
    before = state_of(lake)
    assert erase_rows(lake, ["2026-01-01/x-0123456789abcdef"], (), "erase") == ()
    assert state_of(lake) == before


@pytest.mark.parametrize("place", ["folder", "server"])
def test_after_a_purge_tables_are_read_and_written_as_before(place: str, request: pytest.FixtureRequest) -> None:
    lake: Lake = request.getfixturevalue("lake" if place == "folder" else "s3_lake")
    for turn in range(3):
        promote_all(lake, [document("d", invoice("FV/1", f"{100 + turn}.00"))], f"turn {turn}")
    before = state_of(lake)
    assert purge(lake, lambda _data: True)["invoices"] > 0
    assert state_of(lake) == before
    promote_all(lake, [document("e", invoice("FV/2", "55.00", metering_point=BARE))])
    assert len(rows(lake, "invoices")) == 2
    purge(lake, lambda _data: True)
    assert len(rows(lake, "invoices")) == 2
    for name in tables():
        keys = [
            e.key for e in lake.storage.list(f"02_silver/{name}/") if e.key.endswith(".parquet") and "_log" not in e.key
        ]
        if keys:
            table = DeltaTable(lake.table_uri(name), storage_options=lake.storage_options())
            assert len(keys) == len(table.file_uris())

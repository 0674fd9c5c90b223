"""A month of several pieces: what did not change is taken over as bytes, and the file is as if it were made anew."""

from __future__ import annotations

import io
import random
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.gold import build, differing_files, pending_months
from pipelines.gold.catalog import CONSUMPTION_PER_PPE, MONTHLY_ENERGY_COSTS
from pipelines.gold.footers import ParquetBytes, joined
from pipelines.gold.parquet import Writing
from pipelines.gold.pieces import File
from pipelines.gold.plan import all_tasks
from pipelines.gold.published import Standing, provenance
from pipelines.gold.rows import computed, engine
from pipelines.gold.sources import open_silver
from pipelines.lake import Lake
from pipelines.silver import partitions
from pipelines.silver.commits import rewrite
from pipelines.silver.partitions import Change
from pipelines.silver.schemas import INVOICES
from pipelines.silver.tables import pin
from tests.gold.thrown_invoices import MONTHS, Thrown

TABLES = (CONSUMPTION_PER_PPE, MONTHLY_ENERGY_COSTS)
OF_MONTHS = ("invoices", "invoice_sums", "tax_sums")
JANUARY, COUNT, PIECE = MONTHS[0], 200, 40
LABEL = f"{JANUARY:%Y-%m}"


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "ROW_GROUP", PIECE)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many row groups were taken over, each time."""
    counts: list[int] = []
    take = Writing.take

    def counted(writing: Writing, groups: list[Any]) -> list[int]:
        counts.append(len(groups))
        return take(writing, groups)

    monkeypatch.setattr(Writing, "take", counted)
    return counts


def thrown(odd: float, seed: int = 1) -> list[dict[str, Any]]:
    """Invoices in silver's order."""
    rows = [Thrown(seed * 1000 + number, odd).row(JANUARY, number, COUNT) for number in range(COUNT)]
    for number, row in enumerate(rows):
        row["document_id"] = f"2026-02-{number // 10 + 1:02d}/faktura-{number:05d}"
    return rows


def put(lake: Lake, rows: list[dict[str, Any]], gone: list[dict[str, Any]] | None = None) -> None:
    owners = {tuple(row[name] for name in INVOICES.owner) for row in gone or []}
    rewrite(pin(lake, INVOICES), {JANUARY: Change(owners=owners, rows=rows)}, "test")


def anew(lake: Lake) -> dict[str, bytes]:
    """The file of consumption and the rows of costs, computed without what stands."""
    silver = open_silver(lake)
    tasks = [task for task in all_tasks(silver, Standing(), complete=True) if task.table.source in OF_MONTHS]
    with engine() as duck:
        return {
            task.table.name: found.finish(provenance(task.table, task.sources, silver))
            if isinstance(found, File)
            else repr(found.to_pylist()).encode()
            for task, found in computed(silver, tasks, duck)
        }


def assert_as_if_made_anew(lake: Lake) -> None:
    build(lake, pending_months(lake))
    consumption, costs = (lake.gold.get(table.month_key(LABEL)) for table in TABLES)
    expected = anew(lake)
    assert consumption == expected[CONSUMPTION_PER_PPE.name]
    assert repr(pq.read_table(io.BytesIO(costs)).to_pylist()).encode() == expected[MONTHLY_ENERGY_COSTS.name]


def other(row: dict[str, Any], **values: Any) -> dict[str, Any]:
    return row | {"effect_net": (row["effect_net"] or 0) + 1, "effect_kwh": 7} | values


def test_changes_anywhere_give_the_bytes_of_a_file_made_anew(lake: Lake) -> None:
    rows = thrown(0.1)
    put(lake, rows)
    build(lake, pending_months(lake))
    # a point of the first piece has a second bill in the fourth; a bill of the third changes
    changed = [other(rows[150], point_key=rows[3]["point_key"], point_id=rows[3]["point_id"]), other(rows[95])]
    put(lake, changed, [rows[150], rows[95]])
    assert_as_if_made_anew(lake)
    put(lake, [], [rows[90]])  # all that follows moves up
    assert_as_if_made_anew(lake)
    assert not list(differing_files(lake))


@pytest.mark.long
@pytest.mark.parametrize("odd", [0.0, 0.05, 0.4])
def test_any_run_of_changes_gives_the_bytes_of_a_file_made_anew(lake: Lake, odd: float) -> None:
    rows, chance = {row["invoice_key"]: row for row in thrown(odd)}, random.Random(7)
    put(lake, list(rows.values()))
    build(lake, pending_months(lake))
    for turn in range(20):
        gone = [rows.pop(key) for key in chance.sample(sorted(rows), chance.choice((0, 1, 1, 5)))]
        new = [other(row, point_key=chance.choice(list(rows.values()))["point_key"]) for row in gone[1:]]
        new += [other(gone[0])] if gone and turn % 4 else []
        named = {"invoice_key": f"{turn:032x}", "document_id": f"2026-02-28/neu-{turn}"}
        new += [chance.choice(list(rows.values())) | named] if turn % 3 == 0 else []
        put(lake, new, gone)
        rows |= {row["invoice_key"]: row for row in new}
        assert_as_if_made_anew(lake)


def test_only_the_piece_that_changed_is_made(lake: Lake, taken: list[int]) -> None:
    rows = thrown(0.0)
    put(lake, rows)
    build(lake, pending_months(lake))
    assert not taken
    put(lake, [other(rows[95])], [rows[95]])
    build(lake, pending_months(lake))
    assert sum(taken) == 4


def test_second_bill_of_a_point_remakes_the_piece_of_the_first(lake: Lake, taken: list[int]) -> None:
    rows = thrown(0.0)
    put(lake, rows)
    build(lake, pending_months(lake))
    put(lake, [other(rows[195], point_key=rows[3]["point_key"])], [rows[195]])
    build(lake, pending_months(lake))
    assert sum(taken) == 3
    path, point = Path(str(lake.gold.folder)) / CONSUMPTION_PER_PPE.month_key(LABEL), rows[3]["point_key"]
    assert duckdb.sql(f"SELECT bills FROM '{path}' WHERE point_key = '{point}'").fetchall() == [(2,)]


def test_month_is_made_anew_where_the_file_of_silver_before_is_gone(lake: Lake, taken: list[int]) -> None:
    rows = thrown(0.05)
    put(lake, rows)
    build(lake, pending_months(lake))
    folder = Path(str(lake.storage.folder)) / "02_silver" / "invoices" / f"period_month={JANUARY}"
    before = list(folder.glob("*.parquet"))
    put(lake, [other(rows[95])], [rows[95]])
    for path in before:
        path.unlink()
    assert_as_if_made_anew(lake)
    assert not taken


def test_file_that_another_tool_wrote_anew_is_not_taken_for_ours(lake: Lake, taken: list[int]) -> None:
    rows = thrown(0.05)
    put(lake, rows)
    build(lake, pending_months(lake))
    path = Path(str(lake.gold.folder)) / CONSUMPTION_PER_PPE.month_key(LABEL)
    pq.write_table(pq.read_table(path), path, row_group_size=PIECE)  # with all that its metadata says
    put(lake, [other(rows[95])], [rows[95]])
    assert_as_if_made_anew(lake)
    assert not taken


def test_full_rebuild_takes_nothing_over_and_finds_the_same(lake: Lake, taken: list[int]) -> None:
    put(lake, thrown(0.1))
    build(lake, None)
    assert build(lake, None).files == ()
    assert not taken


def test_pieces_are_taken_over_on_an_s3_server(s3_lake: Lake, taken: list[int]) -> None:
    rows = thrown(0.05)
    put(s3_lake, rows)
    build(s3_lake, pending_months(s3_lake))
    put(s3_lake, [other(rows[95])], [rows[95]])
    assert_as_if_made_anew(s3_lake)
    assert sum(taken) >= 4
    folder = s3_lake.storage.below(f"02_silver/invoices/period_month={JANUARY}")
    before = [entry.key for entry in folder.list()]
    put(s3_lake, [other(rows[96])], [rows[96]])
    for key in before:
        folder.delete(key)
    taken.clear()
    assert_as_if_made_anew(s3_lake)
    assert not taken


def test_joined_row_groups_are_read_in_their_new_order(tmp_path: Path) -> None:
    columns = {
        "number": pa.array(range(1000)),
        "text": pa.array([None if number % 7 == 0 else f"text {number % 30}" for number in range(1000)]),
        "day": pa.array([date(2026, 1, 1 + number % 28) for number in range(1000)]),
        "flag": pa.array([number % 3 == 0 for number in range(1000)]),
        "parts": pa.array([[{"key": str(number), "share": number / 8}] * (number % 3) for number in range(1000)]),
    }
    rows, sink = pa.table(columns), io.BytesIO()
    pq.write_table(rows, sink, row_group_size=50)
    file = ParquetBytes(sink.getvalue())
    groups = [file.group(number) for number in range(20)]
    assert joined(groups, file, b"") == file.data
    for numbers in ([3], [19, 0, 7], [*range(19, -1, -1)], [5] * 200):
        path = tmp_path / "joined.parquet"
        path.write_bytes(joined([groups[number] for number in numbers], file, b"not for readers"))
        expected = pa.concat_tables([rows.slice(number * 50, 50) for number in numbers]).to_pylist()
        assert pq.read_table(path).to_pylist() == expected
        assert duckdb.sql(f"FROM '{path}'").to_arrow_table().to_pylist() == expected
        assert pq.read_metadata(path).num_rows == len(expected)

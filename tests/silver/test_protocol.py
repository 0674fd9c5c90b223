"""One commit, seen whole or not at all: schemas, conflicts, other writers, evolution."""

from __future__ import annotations

import multiprocessing
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from pipelines.errors import CommitConflict, ConfigurationError, InvalidRecord
from pipelines.lake import Lake
from pipelines.silver import commits, partitions, promote
from pipelines.silver.commits import Outdated, retried, rewrite
from pipelines.silver.fitting import as_table
from pipelines.silver.kind_tables import tables
from pipelines.silver.partitions import Change
from pipelines.silver.schemas import INVOICES, Column, TableSpec
from pipelines.silver.tables import pin
from tests.silver.silver_documents import document, folder_lake, invoice
from tests.silver.silver_facts import rows, state_of

JANUARY = date(2026, 1, 1)
SPEC = TableSpec(
    "little",
    "a table for tests",
    (
        Column("name", pa.string(), "its key", required=True),
        Column("month", pa.date32(), "its partition", required=True),
        Column("value", pa.int64(), "anything", "pieces"),
    ),
    key=("name",),
    owner=("name",),
    order=("name",),
    partition="month",
)


def row(name: str, value: int, month: date = JANUARY) -> dict[str, object]:
    return {"name": name, "month": month, "value": value}


def put(lake: Lake, *new: dict[str, object], spec: TableSpec = SPEC) -> object:
    table = pin(lake, spec)
    changes: dict[object, Change] = {}
    for one in new:
        change = changes.setdefault(one["month"], Change())
        change.owners.add((one["name"],))
        change.rows.append(one)
    return rewrite(table, changes, "test")


def values(lake: Lake) -> dict[str, int]:
    return {one["name"]: one["value"] for one in rows(lake, "little")}


def test_every_column_has_a_comment_and_energy_and_money_have_units(lake: Lake) -> None:
    for spec in tables().values():
        schema = pa.schema(pin(lake, spec).delta.schema().to_arrow())
        for field in schema:
            assert (field.metadata or {}).get(b"comment"), f"{spec.name}.{field.name}"
            if pa.types.is_decimal(field.type) and field.name != "cpu_seconds":
                assert field.metadata.get(b"unit"), f"{spec.name}.{field.name}"


def test_primary_key_that_occurs_twice_is_refused() -> None:
    with pytest.raises(InvalidRecord, match="key"):
        as_table(SPEC, SPEC.schema, [row("a", 1), row("a", 2)])


def test_required_value_that_is_missing_is_refused() -> None:
    with pytest.raises(InvalidRecord, match="name is required"):
        as_table(SPEC, SPEC.schema, [row("a", 1) | {"name": None}])


def test_column_that_is_not_declared_is_refused() -> None:
    with pytest.raises(InvalidRecord, match="no column other"):
        as_table(SPEC, SPEC.schema, [row("a", 1) | {"other": 1}])


def test_rows_that_stand_already_make_no_commit(lake: Lake) -> None:
    assert put(lake, row("a", 1)) is not None
    assert put(lake, row("a", 1)) is None


def test_writer_that_was_overtaken_in_its_partition_must_read_again(lake: Lake) -> None:
    put(lake, row("a", 1))
    late = pin(lake, SPEC)
    put(lake, row("b", 2))
    with pytest.raises(Outdated):
        rewrite(late, {JANUARY: Change({("a",)}, [row("a", 3)])}, "late")
    assert values(lake) == {"a": 1, "b": 2}


def test_writer_of_another_partition_commits_what_it_wrote_on_top(lake: Lake) -> None:
    put(lake, row("a", 1))
    late = pin(lake, SPEC)
    put(lake, row("b", 2, date(2026, 2, 1)))
    rewrite(late, {JANUARY: Change({("a",)}, [row("a", 3)])}, "late")
    assert values(lake) == {"a": 3, "b": 2}


def test_two_writers_that_make_the_same_new_partition_do_not_both_win(lake: Lake) -> None:
    pin(lake, SPEC)
    late = pin(lake, SPEC)
    put(lake, row("a", 1))
    with pytest.raises(Outdated):
        rewrite(late, {JANUARY: Change({("a",)}, [row("a", 2)])}, "late")


def test_conflict_without_end_is_raised_for_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commits, "ATTEMPTS", 3)
    monkeypatch.setattr(commits.time, "sleep", lambda _: None)

    def never() -> None:
        raise Outdated("little")

    with pytest.raises(CommitConflict, match="3 attempts"):
        retried(never, "little")


def test_partition_larger_than_a_row_group_keeps_its_order_and_rows(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "ROW_GROUP", 100)
    put(lake, *(row(f"{n:05d}", n) for n in range(0, 1000, 2)))
    put(lake, *(row(f"{n:05d}", -n) for n in range(0, 1000, 3)))
    table = pin(lake, SPEC)
    found = table.dataset(table.live).to_table().column("name").to_pylist()
    assert found == sorted(found)
    assert values(lake) == {f"{n:05d}": (-n if n % 3 == 0 else n) for n in range(1000) if n % 2 == 0 or n % 3 == 0}


def test_last_row_of_a_partition_goes_with_its_file(lake: Lake) -> None:
    put(lake, row("a", 1))
    rewrite(pin(lake, SPEC), {JANUARY: Change({("a",)})}, "test")
    assert (values(lake), pin(lake, SPEC).live) == ({}, ())


def test_old_files_read_as_null_in_a_column_that_was_added(lake: Lake) -> None:
    put(lake, row("a", 1), row("b", 2, date(2026, 2, 1)))
    wider = TableSpec(
        SPEC.name,
        SPEC.comment,
        (*SPEC.columns, Column("added", pa.decimal128(18, 2), "came later")),
        SPEC.key,
        SPEC.owner,
        SPEC.order,
        SPEC.partition,
    )
    put(lake, row("c", 3) | {"added": None}, spec=wider)
    found = {one["name"]: one["added"] for one in rows(lake, "little")}
    assert found == {"a": None, "b": None, "c": None}
    assert DeltaTable(lake.table_uri("little")).count() == 3


def test_partition_read_at_once_is_what_the_dataset_shows(lake: Lake) -> None:
    listed = Column("listed", pa.list_(pa.string()), "came later")
    wider = TableSpec(SPEC.name, SPEC.comment, (*SPEC.columns, listed), SPEC.key, SPEC.owner, SPEC.order, "month")
    february = date(2026, 2, 1)
    put(lake, row("a", 1), row("b", 2, february))
    put(lake, row("c", 3, february) | {"listed": ["x"]}, spec=wider)
    table = pin(lake, wider)
    shown = table.dataset(table.live).to_table()
    assert table.whole(table.live, 3).select(shown.column_names).equals(shown)
    assert table.whole(table.live, 2) is None
    assert table.whole([], 2).num_rows == 0


def test_rows_that_come_stand_in_order_among_those_that_stay(lake: Lake) -> None:
    put(lake, *(row(name, 1) for name in "bdfh"))
    for name in ("i", "a", "e", "d"):  # behind all, before all, between, in place of one
        put(lake, row(name, 2))
        table = pin(lake, SPEC)
        found = table.dataset(table.live).to_table().column("name").to_pylist()
        assert found == sorted(found)
    assert values(lake) == dict.fromkeys("bfh", 1) | dict.fromkeys("aide", 2)


def test_older_code_keeps_a_column_that_newer_code_added(lake: Lake) -> None:
    wider = TableSpec(
        SPEC.name,
        SPEC.comment,
        (*SPEC.columns, Column("added", pa.int64(), "new")),
        SPEC.key,
        SPEC.owner,
        SPEC.order,
        "month",
    )
    put(lake, row("a", 1) | {"added": 7}, spec=wider)
    put(lake, row("b", 2))
    assert {one["name"]: one["added"] for one in rows(lake, "little")} == {"a": 7, "b": None}


def test_column_of_another_type_is_refused(lake: Lake) -> None:
    put(lake, row("a", 1))
    other = TableSpec(
        SPEC.name,
        SPEC.comment,
        (*SPEC.columns[:2], Column("value", pa.string(), "x")),
        SPEC.key,
        SPEC.owner,
        SPEC.order,
        "month",
    )
    with pytest.raises(ConfigurationError, match=r"little\.value"):
        pin(lake, other)


def test_run_stands_in_the_history_and_its_transaction_is_kept(lake: Lake) -> None:
    promote(lake, [document("a", invoice())], "scheduled__2026-03-01")
    table = DeltaTable(lake.table_uri("invoices"))
    assert table.history(1)[0]["run"] == "scheduled__2026-03-01"
    assert table.transaction_version("scheduled__2026-03-01") == 1


def test_lake_in_memory_is_refused_for_tables() -> None:
    from pipelines.lake import open_lake
    from pipelines.settings import Settings

    with pytest.raises(ConfigurationError, match="memory"):
        promote(open_lake(Settings(url="memory:///")), [document("a", invoice())], "run")


def test_folder_names_with_spaces_and_letters_work(tmp_path: Path) -> None:
    lake = folder_lake(tmp_path / "la ke żółć 100%")
    promote(lake, [document("a", invoice())], "run")
    assert promote(lake, [document("a", invoice())], "run").commits == 0


def test_dead_rows_are_no_rows(lake: Lake) -> None:
    """Readers of Delta see the live file alone, though the replaced one still lies in the folder."""
    promote(lake, [document("a", invoice())], "run")
    promote(lake, [document("a", invoice(gross="124.00"))], "run")
    folder = Path(lake.table_uri("invoices").removeprefix("file://"))
    assert len(list(folder.rglob("*.parquet"))) == 2
    assert len(rows(lake, "invoices")) == 1


def _backfill(folder: str, part: int, count: int, shared: int) -> None:
    lake = folder_lake(Path(folder))
    for n in range(count):
        own = document(f"own-{part}-{n}", invoice(f"OWN/{part}/{n}"), day=date(2026, 3, 1 + part))
        both = document(f"both-{n}", invoice(f"BOTH/{n}"), day=date(2026, 3, 5))
        promote(lake, [own, *([both] if n < shared else [])], f"backfill {part}")


def test_overlapping_backfills_from_two_processes_lose_no_row(lake: Lake) -> None:
    folder = str(lake.storage.folder)
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_backfill, args=(folder, part, 6, 3)) for part in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0, 0]
    numbers = sorted(one["invoice_number"] for one in rows(lake, "invoices"))
    assert numbers == sorted([f"OWN/{p}/{n}" for p in range(2) for n in range(6)] + [f"BOTH/{n}" for n in range(3)])
    assert len(rows(lake, "documents")) == 15
    assert len(rows(lake, "invoice_lines")) == 30


def test_twins_that_two_runs_bring_at_once_into_different_months_meet(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second run decided before it could see the first one's row: its commit finds out."""
    promote(lake, [document("z", invoice("FV/Z"))], "before")
    twin = document("b", invoice(period_start=date(2026, 5, 1), period_end=date(2026, 5, 31)), minute=9)
    commit_once, came = commits._commit_once, []

    def overtaken(spec: TableSpec, *rest: object) -> None:
        if spec is INVOICES and not came:
            came.append(True)
            monkeypatch.setattr(commits, "_commit_once", commit_once)
            promote(lake, [document("a", invoice())], "first")
        commit_once(spec, *rest)

    monkeypatch.setattr(commits, "_commit_once", overtaken)
    result = promote(lake, [twin], "second")
    assert (result.conflicts, result.counts) == (1, {"duplicate": 1})
    assert [one["invoice_number"] for one in rows(lake, "invoices")].count("FV/1/2026") == 1
    newest = DeltaTable(lake.table_uri("invoices")).version()
    for version in range(1, newest + 1):
        keys = [one["invoice_key"] for one in rows(lake, "invoices", version)]
        assert len(keys) == len(set(keys))


def test_state_is_the_same_on_an_s3_server(lake: Lake, s3_lake: Lake) -> None:
    documents = [
        document("a", invoice()),
        document("b", invoice(gross="5.00"), minute=1),
        document("c", invoice("FV/3")),
    ]
    for place in (lake, s3_lake):
        for one in [*documents, documents[0], documents[1]]:
            promote(place, [one], "run")
        assert promote(place, documents, "again").commits == 0
    assert state_of(lake) == state_of(s3_lake)


def test_second_writer_on_an_s3_server_does_not_overwrite_the_first(s3_lake: Lake) -> None:
    put(s3_lake, row("a", 1))
    late = pin(s3_lake, SPEC)
    put(s3_lake, row("b", 2))
    with pytest.raises(Outdated):
        rewrite(late, {JANUARY: Change({("a",)}, [row("a", 3)])}, "late")
    assert values(s3_lake) == {"a": 1, "b": 2}

"""What a process keeps between its commits: never more than it may, and never what no longer stands."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from pipelines.lake import Lake
from pipelines.layout import SILVER
from pipelines.silver import keep_up, promote, purge
from pipelines.silver.kept import OPENED, WRITTEN, KeptRows, commit_key
from pipelines.silver.schemas import INVOICES
from pipelines.silver.tables import pin
from tests.silver.silver_documents import document, folder_lake, invoice
from tests.silver.silver_facts import rows


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return folder_lake(tmp_path / "lake")


def numbers(lake: Lake) -> list[str]:
    return sorted(one["invoice_number"] for one in rows(lake, "invoices"))


def ints(count: int) -> pa.Table:
    return pa.table({"n": pa.array(range(count), pa.int64())})


def test_rows_used_last_are_kept_within_their_bounds() -> None:
    kept = KeptRows(most=2_000, largest=1_000)
    for name in "abc":
        kept.put(name, ints(100))
        kept.get("a")
    assert [name for name in "abc" if kept.get(name) is not None] == ["a", "c"]
    kept.put("large", ints(1_000))
    kept.drop("a")
    assert [name for name in ("a", "c", "large") if kept.get(name) is not None] == ["c"]


def test_rows_of_files_not_committed_yet_are_held_within_the_same_bounds() -> None:
    kept = KeptRows(most=2_000, largest=1_000)
    kept.put("before", ints(100))
    fresh = kept.empty()
    for name in "abc":
        fresh.put(name, ints(100))
    assert [name for name in "abc" if fresh.get(name) is not None] == ["b", "c"]
    kept.take(fresh)
    assert [name for name in ("before", "b", "c") if kept.get(name) is not None] == ["b", "c"]


def test_a_slice_counts_as_what_it_holds_on_to() -> None:
    kept = KeptRows(most=2_000, largest=1_000)
    kept.put("slice", ints(1_000).slice(0, 1))
    assert kept.get("slice") is None


def test_rows_that_were_kept_are_those_of_the_file(lake: Lake) -> None:
    promote(lake, [document("a", invoice()), document("b", invoice("FV/2"))], "first")
    table = pin(lake, INVOICES)
    [file] = table.live
    kept = table.held(file)
    assert kept is not None
    WRITTEN.drop(table.address(file.path))
    again = pin(lake, INVOICES)
    assert again.held(file) is None
    assert kept.equals(again.whole([file], 10))


def test_replaced_files_are_not_kept(lake: Lake) -> None:
    promote(lake, [document("a", invoice())], "first")
    table = pin(lake, INVOICES)
    [old] = table.live
    promote(lake, [document("b", invoice("FV/2"))], "second")
    assert WRITTEN.get(table.address(old.path)) is None


def test_a_kept_table_is_brought_to_the_newest_version_for_one_alone(lake: Lake) -> None:
    promote(lake, [document("a", invoice())], "first")
    promote(lake, [document("b", invoice("FV/2"))], "second")
    folder = pin(lake, INVOICES).folder
    OPENED.give(folder, DeltaTable(folder.url, version=1))
    taken = OPENED.take(folder)
    assert taken is not None
    assert (taken.version(), len(taken.file_uris())) == (2, 1)
    assert OPENED.take(folder) is None


def test_what_another_process_wrote_is_not_lost(lake: Lake) -> None:
    promote(lake, [document("a", invoice())], "first")
    folder = pin(lake, INVOICES).folder
    old = DeltaTable(folder.url)
    promote(lake, [document("b", invoice("FV/2"))], "another")
    OPENED.take(folder)
    OPENED.give(folder, old)
    promote(lake, [document("c", invoice("FV/3"))], "third")
    assert numbers(lake) == ["FV/1/2026", "FV/2", "FV/3"]


def test_a_table_that_was_made_anew_is_not_mixed_with_the_kept_one(lake: Lake, tmp_path: Path) -> None:
    for n in range(3):
        promote(lake, [document(f"d{n}", invoice(f"FV/{n}"))], f"run {n}")
    shutil.rmtree(tmp_path / "lake" / SILVER)
    promote(lake, [document("x", invoice("FV/X"))], "anew")
    assert numbers(lake) == ["FV/X"]
    assert DeltaTable(lake.table_uri("invoices")).version() == 1


def test_a_table_whose_history_was_emptied_is_opened_anew(lake: Lake) -> None:
    promote(lake, [document("a", invoice())], "first")
    folder = pin(lake, INVOICES).folder
    promote(lake, [document("b", invoice("FV/2"))], "second")
    OPENED.give(folder, DeltaTable(folder.url, version=1))
    purge(lake, tells=lambda _: True)
    assert OPENED.take(folder) is None
    promote(lake, [document("c", invoice("FV/3"))], "third")
    assert numbers(lake) == ["FV/1/2026", "FV/2", "FV/3"]


def test_upkeep_does_not_disturb_a_kept_table(lake: Lake) -> None:
    promote(lake, [document("a", invoice())], "first")
    keep_up(lake)
    promote(lake, [document("b", invoice("FV/2"))], "second")
    keep_up(lake)
    assert numbers(lake) == ["FV/1/2026", "FV/2"]


def test_a_server_keeps_no_tables(s3_lake: Lake) -> None:
    promote(s3_lake, [document("a", invoice())], "first")
    assert OPENED.take(pin(s3_lake, INVOICES).folder) is None


def test_the_key_of_a_commit_is_where_the_commit_stands(lake: Lake) -> None:
    promote(lake, [document("a", invoice())], "first")
    assert pin(lake, INVOICES).folder.head(commit_key(1)) is not None

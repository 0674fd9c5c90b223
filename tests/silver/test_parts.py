"""A partition whose files are split: no rows lost, none grown beyond its bounds, and what is full left alone."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.lake import Lake
from pipelines.silver.commits import Outdated, rewrite
from pipelines.silver.partitions import Change
from pipelines.silver.parts import Part, parts
from pipelines.silver.seen import Seen
from pipelines.silver.tables import DataFile, pin
from tests.silver.silver_documents import folder_lake
from tests.silver.test_protocol import JANUARY, SPEC, put, row, values

SPLIT = replace(SPEC, part_rows=4)


def files(lake: Lake) -> list[DataFile]:
    return sorted(pin(lake, SPLIT).live, key=lambda file: file.low or "")


def names(*numbers: int) -> list[dict[str, object]]:
    return [row(f"{n:03d}", n) for n in numbers]


@settings(max_examples=8, deadline=None)
@given(st.lists(st.lists(st.integers(0, 60), min_size=1, max_size=12, unique=True), min_size=1, max_size=4))
def test_files_hold_every_row_once_in_ranges_of_their_own_and_within_bounds(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[int]]
) -> None:
    lake = folder_lake(tmp_path_factory.mktemp("parts"))
    wanted: dict[str, int] = {}
    for turn, batch in enumerate(batches):
        put(lake, *(row(f"{n:03d}", turn) for n in batch), spec=SPLIT)
        wanted |= {f"{n:03d}": turn for n in batch}
        held = files(lake)
        assert all(1 <= file.rows <= 8 for file in held)
        assert all(str(one.high) < str(other.low) for one, other in pairwise(held))
        assert sum(file.rows for file in held) == len(wanted)
    assert values(lake) == wanted


def test_rows_behind_a_full_file_leave_it_as_it_is(tmp_path: Path) -> None:
    lake = folder_lake(tmp_path)
    put(lake, *names(1, 2, 3), spec=SPLIT)
    put(lake, *names(4, 5), spec=SPLIT)
    [full] = files(lake)
    put(lake, *names(6, 7), spec=SPLIT)
    put(lake, *names(8), spec=SPLIT)
    assert [file.rows for file in files(lake)] == [5, 3]
    assert files(lake)[0].path == full.path
    put(lake, *names(0), spec=SPLIT)  # before all: it belongs to the first
    assert [file.rows for file in files(lake)] == [6, 3]


def test_last_rows_of_a_range_go_with_their_file(tmp_path: Path) -> None:
    lake = folder_lake(tmp_path)
    put(lake, *names(*range(12)), spec=SPLIT)
    assert len(files(lake)) == 3
    rewrite(pin(lake, SPLIT), {JANUARY: Change({("004",), ("005",), ("006",), ("007",), ("999",)})}, "test")
    assert [file.rows for file in files(lake)] == [4, 4]
    assert rewrite(pin(lake, SPLIT), {JANUARY: Change({("005",), ("999",)})}, "test") is None


def test_a_writer_that_was_overtaken_in_another_file_of_the_partition_reads_again(tmp_path: Path) -> None:
    lake = folder_lake(tmp_path)
    put(lake, *names(*range(12)), spec=SPLIT)
    late = pin(lake, SPLIT)
    put(lake, *names(20), spec=SPLIT)
    with pytest.raises(Outdated):
        rewrite(late, {JANUARY: Change({("001",)}, [row("001", 7)])}, "late")


@pytest.mark.parametrize("high", ["005", None])
def test_files_whose_ranges_overlap_or_are_not_known_are_written_together(high: str | None) -> None:
    one, other = DataFile("a", 1, JANUARY, "001", high, 9), DataFile("b", 1, JANUARY, "004", "007", 9)
    change = Change({("009",)}, names(9))
    assert list(parts(SPLIT, [one, other], change)) == [Part((one, other), change)]


pairs = st.lists(st.tuples(st.text("ab", max_size=3), st.text("ab", max_size=2)), max_size=9)


@given(pairs, pairs)
def test_what_was_seen_is_told_by_its_digest(seen: list[tuple[str, str]], asked: list[tuple[str, str]]) -> None:
    digests = Seen(seen)
    assert all(digests.holds(*one) for one in seen)
    assert [digests.holds(*one) for one in asked] == [one in seen for one in asked]

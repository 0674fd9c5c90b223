"""A writer killed at any moment leaves the old rows or the new ones, and doing it again ends it."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from deltalake import DeltaTable

from pipelines.gold import build
from pipelines.lake import Lake
from tests.silver.killed_writer import INVOICES, documents, folder_lake, write
from tests.silver.silver_facts import rows, state_of

ROOT = Path(__file__).resolve().parents[2]


def kill_once(folder: Path, turn: int, seconds: float) -> int:
    """Start the writer, kill it so long after it began to write; the last turn that it finished."""
    command = [sys.executable, "-m", "tests.silver.killed_writer", str(folder), str(turn)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(seconds)
        child.kill()
        done = [int(line) for line in child.stdout]
    return done[-1] if done else turn - 1


def check_whole(lake: Lake) -> None:
    """What readers see: every version of silver has one turn's amounts, and every gold file too."""
    table = DeltaTable(lake.table_uri("invoices"))
    for version in range(max(table.version() - 3, 0), table.version() + 1):
        found = rows(lake, "invoices", version)
        assert len(found) in (0, INVOICES)
        assert len({row["invoice_key"] for row in found}) == len(found)
        assert len({row["gross_total"] for row in found}) <= 1
    for path in sorted((lake.gold.folder or Path()).glob("supplier_spend_monthly/*.parquet")):
        gross, invoices = duckdb.sql(f"SELECT sum(gross), sum(invoices) FROM read_parquet('{path}')").fetchall()[0]
        assert invoices in (3, 4, 5)
        assert gross % invoices == 0


def rounds(tmp_path: Path, count: int) -> None:
    folder, chance, turn = tmp_path / "lake", random.Random(20261121), 1
    lake = folder_lake(folder)
    write(lake, 0)
    for _ in range(count):
        turn = kill_once(folder, turn, chance.uniform(0.0, 1.5)) + 1
        check_whole(lake)
    write(lake, turn)
    undisturbed = folder_lake(tmp_path / "undisturbed")
    write(undisturbed, turn)
    assert state_of(lake) == state_of(undisturbed)
    assert gold_of(lake) == gold_of(undisturbed)
    assert (rows(lake, "invoices")[0]["gross_total"], build(lake, None).files) == (Decimal(turn), ())


def gold_of(lake: Lake) -> dict[str, list[tuple[object, ...]]]:
    folder = lake.gold.folder or Path()
    return {
        str(path.relative_to(folder)): duckdb.sql(f"SELECT * FROM read_parquet('{path}')").fetchall()
        for path in sorted(folder.rglob("*.parquet"))
    }


def test_killed_writer_leaves_nothing_half_written(tmp_path: Path) -> None:
    rounds(tmp_path, 3)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_hundred_killed_writers_leave_nothing_half_written(tmp_path: Path) -> None:
    rounds(tmp_path, 100)


def test_run_that_died_between_any_two_commits_is_finished_by_the_next(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every place between two commits of a promotion, one after the other."""
    from pipelines.silver import promotion

    real = promotion.rewrite

    class DiedError(Exception):
        pass

    def dies_after(count: int) -> None:
        left = [count]

        def stopping(*args: object, **named: object) -> object:
            if not left[0]:
                raise DiedError
            left[0] -= 1
            return real(*args, **named)

        monkeypatch.setattr(promotion, "rewrite", stopping)

    place = folder_lake(tmp_path / "crashing")
    for turn in range(1, 4):
        for commits in range(5):
            dies_after(commits)
            with suppress(DiedError):
                promotion.promote(place, documents(turn * 10 + commits), "dies")
            monkeypatch.setattr(promotion, "rewrite", real)
        promotion.promote(place, documents(turn), "heals")
        promotion.promote(lake, documents(turn), "whole")
        assert state_of(place) == state_of(lake)

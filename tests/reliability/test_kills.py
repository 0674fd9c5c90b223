"""Processes killed at seeded moments of the walk: what was dropped ends in one final state, and gold as undisturbed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections import Counter
from datetime import date
from multiprocessing.context import ForkServerContext
from pathlib import Path
from random import Random

import pytest

from pipelines.gold import GOLD_TABLES
from pipelines.lake import Lake
from pipelines.queries import audit, query
from pipelines.samples import draw_month
from tests.reliability.mortal_walk import STAGES, lake_at, nursery, walk

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds reading children in /proc")
LONGEST_SECONDS = {"ingest": 0.2, "ocr": 0.6, "parse": 0.3, "silver": 0.6, "gold": 0.5}
"""Within which a stage's kill falls after it began; what takes longer is met by the stages before it."""


def children_of(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def kill_one(context: ForkServerContext, folder: Path, chance: Random) -> str | None:
    """Start a walk and kill it, or the child that reads for it; which and where, or None where it was done before."""
    hears, tells = context.Pipe(duplex=False)
    process = context.Process(target=walk, args=(folder, chance.choice(("missing", "missing", "all")), tells))
    process.start()
    tells.close()
    wanted, reader_dies = chance.choice(STAGES), chance.random() < 0.25
    seconds = chance.uniform(0.0, LONGEST_SECONDS[wanted])
    try:
        while (stage := hears.recv()) != wanted:
            pass
    except EOFError:
        process.join()
        assert process.exitcode == 0
        return None
    time.sleep(seconds)
    readers = children_of(process.pid or 0)
    if reader_dies and readers:
        os.kill(readers[0], signal.SIGKILL)
        process.join()
        assert process.exitcode == 0  # a walk outlives its reader
        return f"reader in {stage}"
    process.kill()
    process.join()
    return f"worker in {stage}" if process.exitcode == -signal.SIGKILL else None


def gold_of(lake: Lake) -> dict[str, list[dict[str, object]]]:
    """Every row of every gold table, but for what the work itself took."""
    rows = {name: query(lake, f"SELECT * FROM {name} ORDER BY ALL").to_pylist() for name in sorted(GOLD_TABLES)}
    for row in rows["data_quality_daily"]:
        del row["cpu_seconds"]
    return rows


def check_kills(tmp_path: Path, rounds: int, documents: int) -> None:
    draw_month(tmp_path / "drawn", date(2026, 1, 1), documents)
    bills = sorted((tmp_path / "drawn").glob("*.pdf"))
    calm, killed = tmp_path / "calm", tmp_path / "killed"
    for folder in (calm, killed):
        (folder / "uploads").mkdir(parents=True)
    for path in bills:
        shutil.copyfile(path, calm / "uploads" / path.name)
    walk(calm, "missing")

    context, chance, kills = nursery(), Random(20261121), Counter[str]()
    waiting = list(bills)
    for _ in range(4 * rounds):
        if kills.total() == rounds:
            break
        if waiting:
            path = waiting.pop()
            shutil.copyfile(path, killed / "uploads" / path.name)
        kills.update(filter(None, [kill_one(context, killed, chance)]))
    for path in waiting:
        shutil.copyfile(path, killed / "uploads" / path.name)
    walk(killed, "missing")

    assert kills.total() == rounds
    report = audit(lake_at(killed))
    assert report.differences == []
    assert dict(report.states) == {"accepted": documents}
    assert report.waiting_uploads == 0
    assert gold_of(lake_at(killed)) == gold_of(lake_at(calm))
    print(json.dumps({"documents": documents, "kills": dict(sorted(kills.items()))}))


def test_a_walk_that_is_killed_again_and_again_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    check_kills(tmp_path, 3, 2)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_hundred_kills_over_the_whole_walk_lose_and_change_nothing(tmp_path: Path) -> None:
    check_kills(tmp_path, 100, 40)

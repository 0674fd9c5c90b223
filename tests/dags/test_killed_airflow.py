"""Airflow's own processes killed at seeded moments while files come in: all reach gold, once.

A real Airflow over a folder lake, minutes long: `make test-long`.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from random import Random

import pytest

from pipelines.bootstrap import processes
from pipelines.queries import audit
from pipelines.samples import draw_month
from tests.benchmarks.airflow_here import Here, idle_airflow, until
from tests.reliability.mortal_walk import lake_at, walk
from tests.reliability.test_kills import gold_of

pytestmark = [pytest.mark.long, pytest.mark.timeout(2400), pytest.mark.skipif(sys.platform != "linux", reason="/proc")]
VICTIMS = ("scheduler", "triggerer", "task", "reader")
FILES, ROUNDS, PAUSE_SECONDS = 48, 12, 6.0


@pytest.fixture
def here() -> Iterator[Here]:
    with idle_airflow() as found:
        yield found


def command_of(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


def children(pid: int) -> list[int]:
    """Also those that its threads started."""
    found = []
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found += [int(child) for child in (thread / "children").read_text().split()]
    return found


def below(pid: int) -> list[int]:
    """All descendants."""
    return [found for child in children(pid) for found in (child, *below(child))]


def victim(here: Here, kind: str) -> int | None:
    """A process of this kind that is at work just now."""
    if kind in here.started:
        return here.started[kind]
    workers = below(here.started["scheduler"])
    readers = [pid for pid in workers if "pipelines.reading.child" in command_of(pid)]
    if kind == "reader":
        return readers[0] if readers else None
    # a worker of the executor starts a process for each task
    tasks = [task for worker in children(here.started["scheduler"]) for task in children(worker)]
    tasks = [pid for pid in tasks if "serve-logs" not in command_of(pid) and pid not in readers]
    return tasks[-1] if tasks else None


def kill(here: Here, kind: str) -> bool:
    pid = victim(here, kind)
    if pid is None:
        return False
    print("killed:", kind, command_of(pid)[:120], flush=True)
    orphans = below(pid) if kind == "scheduler" else []
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    if kind in here.started:
        # what a service manager does; a host that goes down takes the scheduler's tasks with it
        for orphan in (*orphans, *processes.members({pid})):
            with suppress(ProcessLookupError):
                os.kill(orphan, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(pid, 0)
        processes.start(here.home, here.environment, [kind], here.started)
    return True


def test_kills_of_scheduler_triggerer_tasks_and_readers_lose_nothing(here: Here, tmp_path: Path) -> None:
    drawn = draw_month(tmp_path / "drawn", date(2026, 1, 1), FILES, seed=11)
    bills = [tmp_path / "drawn" / sample.file_name for sample in drawn]
    calm = tmp_path / "calm"
    (calm / "uploads").mkdir(parents=True)
    for path in bills:
        shutil.copyfile(path, calm / "uploads" / path.name)
    walk(calm, "missing")

    chance, kills = Random(20261121), Counter[str]()
    for turn in range(ROUNDS):
        for path in bills[turn * FILES // ROUNDS : (turn + 1) * FILES // ROUNDS]:
            shutil.copyfile(path, here.home.uploads / path.name)
        time.sleep(chance.uniform(0.3, 1.0) * PAUSE_SECONDS)
        kind = VICTIMS[turn % len(VICTIMS)]
        kills[kind] += kill(here, kind)
    lag = until(lambda: here.parsed() >= FILES and here.quiet(), 900, 1.0)
    print(json.dumps({"files": FILES, "kills": dict(kills), "in_gold_after_s": round(lag)}))
    assert kills["scheduler"] == kills["triggerer"] == ROUNDS // len(VICTIMS)

    report = audit(here.lake)
    assert report.differences == []
    assert dict(report.states) == {"accepted": FILES}
    assert gold_of(here.lake) == gold_of(lake_at(calm))

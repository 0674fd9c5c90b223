"""No wake-up is lost for long: files dropped one by one reach gold, tasks killed on the way or not.

A real Airflow over a folder lake (some minutes: `make test-long`). The full figures, with 300 files over a minute,
are `python -m tests.benchmarks.bench_airflow --only burst,kills`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from pipelines.samples import draw_month
from tests.benchmarks.airflow_here import STAGES, Here, idle_airflow
from tests.benchmarks.bench_airflow import measure_burst

pytestmark = [pytest.mark.long, pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")]
FILES, SECONDS = 60, 20.0


@pytest.fixture(scope="module")
def here() -> Iterator[Here]:
    with idle_airflow() as found:
        yield found


def _bills(folder: Path, month: int) -> list[Path]:
    drawn = draw_month(folder, date(2026, month, 1), FILES, seed=7)
    return [folder / sample.file_name for sample in drawn]


def test_files_dropped_one_by_one_are_in_gold_soon_after_the_last(here: Here, tmp_path: Path) -> None:
    found = measure_burst(here, _bills(tmp_path, 1), kills=False, seconds=SECONDS)
    assert found["burst_lag_s"] <= 45


def test_a_task_of_each_stage_killed_after_its_work_delays_but_loses_nothing(here: Here, tmp_path: Path) -> None:
    found = measure_burst(here, _bills(tmp_path, 2), kills=True, seconds=SECONDS)
    assert here.killed() == sorted(STAGES)
    assert found["burst_killed_lag_s"] <= 75

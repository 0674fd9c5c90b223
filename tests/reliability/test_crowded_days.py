"""A received day that holds many documents is planned in bounded time, memory and calls."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.lake import Lake
from pipelines.states import all_days
from pipelines.steps import Scope, pending, plan_parsing, plan_reading
from tests.benchmarks.bench_load import crowded_day, measure_plans, read_all


def test_a_plan_opens_no_more_records_than_one_run_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = crowded_day(tmp_path, 9)
    scope = Scope(all_days(lake))
    opened: list[str] = []
    real = Lake.record
    monkeypatch.setattr("pipelines.steps.read.DOCUMENTS_A_RUN", 4)
    monkeypatch.setattr(Lake, "record", lambda self, document: opened.append(str(document)) or real(self, document))
    planned = [name for batch in plan_reading(lake, scope) for name in batch.documents]
    assert len(opened) == len(planned) == 4
    assert pending(lake, "ocr", scope).count == 9


def test_a_plan_of_parsing_opens_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = crowded_day(tmp_path, 5)
    read_all(lake)
    monkeypatch.setattr("pipelines.storage.Storage.get", lambda *_: pytest.fail("an object was opened"))
    (batch,) = plan_parsing(lake, Scope(all_days(lake)))
    assert len(batch.documents) == 5


@pytest.mark.long
def test_a_day_of_20_000_documents_is_planned_in_bounded_time_memory_and_calls(tmp_path: Path) -> None:
    figures = measure_plans(tmp_path, 20_000)
    assert figures["plan_seconds"] < 15
    assert figures["plan_rss_mib"] < 400
    assert figures["plan_calls"] <= 5000

"""What a replay hands to the first stage."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines import steps
from pipelines.samples import draw_month

NOBODY: dict[str, Any] = {
    "from": "ocr",
    "days": [],
    "mode": "missing",
    "document": None,
    "supplier": None,
    "sweep_days": 35,
    "dry_run": False,
    "shadow": False,
}


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> steps.Lake:
    monkeypatch.setenv("LAKE_URL", str(tmp_path / "lake"))
    monkeypatch.setenv("LAKE_UPLOADS_URL", str(tmp_path / "uploads"))
    monkeypatch.setenv("LAKE_SETTLE_SECONDS", "0")
    return steps.open_lake()


@pytest.fixture
def received(lake: steps.Lake, tmp_path: Path) -> date:
    """A day on which one document was received, two weeks ago, and never read."""
    draw_month(tmp_path / "drawn", date(2026, 1, 1), 1)
    (tmp_path / "uploads").mkdir(exist_ok=True)
    for path in (tmp_path / "drawn").glob("*.pdf"):
        path.rename(tmp_path / "uploads" / path.name)
    long_ago = datetime.now(UTC) - timedelta(days=14)
    for batch in steps.plan_ingest(lake):
        steps.admit_batch(lake, batch, now=long_ago)
    return long_ago.date()


def _plan(day: str | None = None, *, sweep: bool = False, **params: Any) -> dict[str, Any]:
    from lake_dags.replays import plan_replay

    return plan_replay({**NOBODY, **params}, day, sweep=sweep)


def test_a_backfill_hands_on_its_day_step_and_mode(lake: steps.Lake) -> None:
    planned = _plan("2026-01-03", **{"from": "parse", "mode": "stale"})
    assert planned["conf"] == {
        "from": "parse",
        "days": ["2026-01-03"],
        "mode": "stale",
        "document": None,
        "supplier": None,
    }
    assert planned["from"] == "parse"
    assert planned["run_id"].startswith("replay__2026-01-03__parse__")


def test_days_that_were_named_win_over_the_partition(lake: steps.Lake) -> None:
    assert _plan("2026-01-03", days=["2026-01-05", "2026-01-06"])["conf"]["days"] == ["2026-01-05", "2026-01-06"]


def test_a_document_tells_its_day(lake: steps.Lake) -> None:
    assert _plan(document="2026-01-07/a-0123456789abcdef")["conf"]["days"] == ["2026-01-07"]


def test_a_replay_of_nothing_in_particular_is_refused(lake: steps.Lake) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    with pytest.raises(AirflowFailException, match="which received days"):
        _plan()


class Noted:
    """A task instance that keeps what is pushed."""

    def __init__(self) -> None:
        self.pushed: dict[str, Any] = {}

    def xcom_push(self, *, key: str, value: Any) -> None:
        self.pushed[key] = value


def _go_on(**params: Any) -> tuple[BaseException, dict[str, Any]]:
    from airflow.sdk.exceptions import AirflowException

    from lake_dags.replays import go_on

    noted = Noted()
    with pytest.raises(AirflowException) as raised:
        go_on({"ti": noted, "params": {**NOBODY, **params}}, {"plan": "x"})  # type: ignore[typeddict-item]
    return raised.value, noted.pushed


def test_a_dry_run_plans_with_its_cost_and_stops(received: date, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "lake_dags.replays"):
        planned = _plan(received.isoformat(), dry_run=True)
    assert planned["plan"]["ocr"]["documents"] == 1
    assert planned["plan"]["ocr"]["seconds"] > 0
    assert "ocr: 1 documents in 1 batches" in caplog.text
    error, pushed = _go_on(dry_run=True)
    assert type(error).__name__ == "AirflowSkipException"
    assert pushed["return_value"] == {"plan": "x"}, "the plan can be read after the skip"


def test_a_replay_runs_and_a_shadow_only_compares() -> None:
    assert _go_on()[0].tasks == ["compare"]  # type: ignore[attr-defined]
    assert _go_on(shadow=True)[0].tasks == ["start", "wait"]  # type: ignore[attr-defined]


def test_a_shadow_tells_what_would_change_and_writes_nothing(received: date, lake: steps.Lake) -> None:
    from lake_dags.replays import shadow

    list(steps.run_all(lake))
    before = sorted(lake.storage.list())
    report = shadow(_plan(received.isoformat())["conf"])
    assert (report["documents"], report["changed"]) == (1, 0)
    assert sorted(lake.storage.list()) == before


def test_the_sweep_hands_on_only_days_with_pending_work(received: date) -> None:
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    conf = _plan(yesterday.isoformat(), sweep=True)["conf"]
    assert received.isoformat() in conf["days"]
    assert conf["from"] == "ocr"


def test_a_sweep_that_finds_nothing_skips(lake: steps.Lake) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    with pytest.raises(AirflowSkipException, match="nothing is pending"):
        _plan(datetime.now(UTC).date().isoformat(), sweep=True)


def test_the_sweep_looks_back_only_so_far(received: date) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    with pytest.raises(AirflowSkipException):
        _plan((received + timedelta(days=9)).isoformat(), sweep=True, sweep_days=5)

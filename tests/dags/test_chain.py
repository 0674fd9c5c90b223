"""The DAGs as Airflow runs them, one after another, over a folder lake."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipelines.samples import draw_samples

RUN = """
import json, sys
from airflow.utils.db import initdb
initdb()
from airflow.dag_processing.dagbag import DagBag
from airflow.models.pool import Pool
Pool.create_or_update_pool("ocr_cpu", slots=2, description="", include_deferred=False)
dags = DagBag().dags
told = {}
for dag_id, conf in json.loads(sys.argv[1]):
    run = dags[dag_id].test(run_conf=conf)
    told.setdefault(dag_id, []).append({ti.task_id: ti.state for ti in run.get_task_instances() if ti.map_index < 1})
    told[dag_id][-1]["run"] = run.state
print()
print(json.dumps(told, default=str))
"""
STAGES = ("ingest_uploads", "bronze_ocr", "bronze_parse_invoice", "silver_invoices", "gold_invoice_metrics")
DROPPED = ("prad-rozliczenie-2026-01.pdf", "broken-truncated.pdf")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lake")
    draw_samples(folder / "samples", scans=False)
    (folder / "uploads").mkdir()
    for name in DROPPED:
        (folder / "samples" / name).rename(folder / "uploads" / name)
    return folder


def _run(lake: Path, environment: dict[str, str], runs: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    own = {
        "LAKE_URL": str(lake / "lake"),
        "LAKE_UPLOADS_URL": str(lake / "uploads"),
        "LAKE_SETTLE_SECONDS": "0",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{lake}/airflow.db",
    }
    done = subprocess.run(
        [sys.executable, "-c", RUN, json.dumps(runs)],
        env={**environment, **own},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.fixture(scope="module")
def told(lake: Path, airflow_environment: dict[str, str]) -> dict[str, Any]:
    """Every stage once, then every stage again with nothing left to do."""
    return _run(lake, airflow_environment, [(stage, {}) for stage in STAGES + STAGES])


def _files(folder: Path) -> set[str]:
    return {path.name.rpartition("-")[0] for path in folder.rglob("*") if path.is_file()}


def test_dropped_files_are_in_gold_after_one_run_of_each_stage(told: dict[str, Any], lake: Path) -> None:
    assert [told[stage][0]["run"] for stage in STAGES] == ["success"] * 5
    assert not list((lake / "uploads").iterdir())
    assert _files(lake / "lake" / "01_bronze" / "parsed_invoices") == {"prad-rozliczenie-2026-01"}
    assert list((lake / "lake" / "03_gold" / "monthly_energy_costs").rglob("*.parquet"))


def test_a_broken_document_is_quarantined_and_fails_no_run(told: dict[str, Any], lake: Path) -> None:
    assert told["bronze_ocr"][0]["read"] == "success"
    assert _files(lake / "lake" / "01_bronze" / "quarantine") == {"broken-truncated"}


def test_a_stage_wakes_the_next_only_when_that_has_work(told: dict[str, Any]) -> None:
    assert [run["wake_bronze_ocr"] for run in told["ingest_uploads"]] == ["success", "skipped"]
    assert [run["wake_bronze_parse_invoice"] for run in told["bronze_ocr"]] == ["success", "skipped"]
    assert [run["wake_silver_invoices"] for run in told["bronze_parse_invoice"]] == ["success", "skipped"]
    assert [run["wake_gold_invoice_metrics"] for run in told["silver_invoices"]] == ["success", "skipped"]


def test_a_run_without_work_succeeds(told: dict[str, Any]) -> None:
    assert [told[stage][1]["run"] for stage in STAGES] == ["success"] * 5
    assert told["bronze_ocr"][1]["read"] == "skipped"

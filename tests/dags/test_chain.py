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
import json, os, sys
from airflow.utils.db import initdb
initdb()
from airflow.dag_processing.dagbag import DagBag
from airflow.models.pool import Pool
from airflow.models.taskinstance import TaskInstance
emitted = []
register = TaskInstance.register_asset_changes_in_db
def noted(ti, task_outlets, *rest, **named):
    emitted.extend(outlet.name for outlet in task_outlets)
    return register(ti, task_outlets, *rest, **named)
TaskInstance.register_asset_changes_in_db = staticmethod(noted)
Pool.create_or_update_pool("ocr_cpu", slots=2, description="", include_deferred=False)
dags = DagBag().dags
told = []
for round in json.loads(sys.argv[1]):
    for source, target in round["dropped"]:
        os.rename(source, target)
    os.environ["LAKE_AT_ONCE_SECONDS"] = str(round["at_once_seconds"])
    told.append({})
    for dag_id in round["dags"]:
        emitted.clear()
        run = dags[dag_id].test(run_conf={})
        states = {ti.task_id: ti.state for ti in run.get_task_instances() if ti.map_index < 1}
        told[-1][dag_id] = {"run": run.state, "states": states, "emitted": sorted(emitted)}
print()
print(json.dumps(told, default=str))
"""
STAGES = ("ingest_uploads", "bronze_ocr", "bronze_parse_invoice", "silver_invoices", "gold_invoice_metrics")
WORK = {"ingest_uploads": "admit", "bronze_ocr": "read", "bronze_parse_invoice": "parse"}
DROPPED = ("prad-rozliczenie-2026-01.pdf", "broken-truncated.pdf")
PLANTED = "planted-S3cr3t-0f5a"
LONE = "prad-g12-2026-01.pdf"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lake")
    draw_samples(folder / "samples", scans=False)
    (folder / "uploads").mkdir()
    return folder


Told = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def told(lake: Path, airflow_environment: dict[str, str]) -> list[Told]:
    """Every stage three times: mapped over two files, with nothing to do, and at once over a lone file."""
    rounds = [
        {
            "dags": STAGES,
            "at_once_seconds": seconds,
            "dropped": [(_path(lake, "samples", n), _path(lake, "uploads", n)) for n in names],
        }
        for seconds, names in ((0, DROPPED), (1, ()), (1, (LONE,)))
    ]
    own = {
        "LAKE_URL": str(lake / "lake"),
        "LAKE_UPLOADS_URL": str(lake / "uploads"),
        "LAKE_SETTLE_SECONDS": "0",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{lake}/airflow.db",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(lake / "logs"),
        **dict.fromkeys(("AWS_SECRET_ACCESS_KEY", "LAKE_KAFKA_SASL_PASSWORD", "LAKE_DESK_TOKENS"), PLANTED),
    }
    done = subprocess.run(
        [sys.executable, "-c", RUN, json.dumps(rounds)],
        env={**airflow_environment, **own},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    (lake / "output.log").write_text(done.stdout + done.stderr)
    found: list[Told] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_no_secret_stands_in_xcom_run_or_log(told: list[Told], lake: Path) -> None:
    places = [lake / "airflow.db", lake / "output.log", *(p for p in (lake / "logs").rglob("*") if p.is_file())]
    assert b"pipelines" in places[0].read_bytes()  # XCom, runs and serialized DAGs
    assert [path.name for path in places if PLANTED.encode() in path.read_bytes()] == []


def _path(lake: Path, *parts: str) -> str:
    return str(lake.joinpath(*parts))


def _files(folder: Path) -> set[str]:
    return {path.name.rpartition("-")[0] for path in folder.rglob("*") if path.is_file()}


def test_dropped_files_are_in_gold_after_one_run_of_each_stage(told: list[Told], lake: Path) -> None:
    assert [[found[stage]["run"] for stage in STAGES] for found in told] == [["success"] * 5] * 3
    assert not list((lake / "uploads").iterdir())
    parsed = {name.removesuffix(".pdf") for name in (DROPPED[0], LONE)}
    assert _files(lake / "lake" / "01_bronze" / "parsed_invoices") == parsed
    assert list((lake / "lake" / "03_gold" / "monthly_energy_costs").rglob("*.parquet"))


def test_a_broken_document_is_quarantined_and_fails_no_run(told: list[Told], lake: Path) -> None:
    assert told[0]["bronze_ocr"]["states"]["read"] == "success"
    assert _files(lake / "lake" / "01_bronze" / "quarantine") == {"broken-truncated"}


@pytest.mark.parametrize("stage", list(WORK))
def test_small_work_is_done_by_the_task_that_planned_it_and_more_is_mapped(told: list[Told], stage: str) -> None:
    after = {name for name in told[0][stage]["states"] if name != "plan"}
    assert told[0][stage]["states"][WORK[stage]] == "success"
    assert told[2][stage]["states"] == {"plan": "success", **dict.fromkeys(after, "skipped")}


EMITTED = {
    "ingest_uploads": ["raw_faktury", "raw_faktury_by_day"],
    "bronze_ocr": ["ocr_faktury", "ocr_faktury_by_day"],
    "bronze_parse_invoice": ["parsed_invoices", "parsed_invoices_by_day"],
    "silver_invoices": ["silver", "silver_by_month"],
}


@pytest.mark.parametrize("stage", STAGES[:-1])
def test_a_stage_wakes_the_next_only_when_that_has_work(told: list[Told], stage: str) -> None:
    assert [found[stage]["emitted"] for found in told] == [EMITTED[stage], [], EMITTED[stage]]


def test_a_run_without_work_does_nothing(told: list[Told]) -> None:
    assert set(told[1]["bronze_ocr"]["states"].values()) == {"success", "skipped"}
    assert told[1]["gold_invoice_metrics"]["emitted"] == []

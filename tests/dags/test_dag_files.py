"""What the DAGs are: their schedules, limits, parameters, and that reading them is cheap."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
STAGES = ("ingest_uploads", "bronze_ocr", "bronze_parse_invoice", "silver_invoices", "gold_invoice_metrics")
HINTS = ("uploads", "raw_faktury", "ocr_faktury", "parsed_invoices", "silver")

READ_DAGS = """
import json, sys, time
import airflow.sdk, airflow.sdk.execution_time.task_runner
from airflow.dag_processing.dagbag import DagBag
before = time.process_time()
bag = DagBag()
seconds = time.process_time() - before
known = "pandas pyarrow pypdfium2 tesserocr duckdb deltalake boto3 numpy"
heavy = [name for name in known.split() if name in sys.modules]
deep = sorted(m for m in sys.modules if m.startswith("pipelines."))
dags = {}
for name, dag in bag.dags.items():
    condition = getattr(dag.timetable, "asset_condition", None)
    assets = condition.objects if condition else []
    dags[name] = {
        "doc": dag.doc_md, "tags": sorted(dag.tags), "params": sorted(dag.params),
        "max_active_runs": dag.max_active_runs,
        "schedule": [asset.name for asset in assets] or type(dag.timetable).__name__,
        "watchers": [watcher.name for asset in assets for watcher in asset.watchers],
        "tasks": {
            t.task_id: {
                "owner": t.owner, "pool": t.pool, "queue": t.queue, "retries": t.retries, "mapped": t.is_mapped,
                "timeout": t.execution_timeout.total_seconds() if t.execution_timeout else None,
                "outlets": [o.name for o in t.outlets], "inlets": [i.name for i in t.inlets],
                "label": t.partial_kwargs.get("map_index_template") if t.is_mapped else None,
            } for t in dag.tasks
        },
    }
print()
print(json.dumps({"errors": bag.import_errors, "heavy": heavy, "deep": deep, "seconds": seconds, "dags": dags}))
"""


@pytest.fixture(scope="module")
def read(airflow_environment: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", READ_DAGS], env=airflow_environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_dag_files_import_without_errors(read: dict[str, Any]) -> None:
    assert read["errors"] == {}
    assert set(read["dags"]) == {*STAGES, "replay_invoices", "publish_events"}


def test_reading_dag_files_imports_nothing_heavy_and_nothing_of_the_pipelines(read: dict[str, Any]) -> None:
    assert read["heavy"] == []
    assert read["deep"] in ([], ["pipelines.errors"])  # the retry policy looks up error classes by name


def test_all_dag_files_are_read_in_two_seconds_of_cpu(read: dict[str, Any]) -> None:
    assert read["seconds"] < 2


@pytest.mark.parametrize(("stage", "hint"), list(zip(STAGES, HINTS, strict=True)))
def test_a_stage_is_woken_by_its_hint_which_carries_a_watcher(read: dict[str, Any], stage: str, hint: str) -> None:
    assert read["dags"][stage]["schedule"] == [hint]
    assert len(read["dags"][stage]["watchers"]) == 1


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_runs_once_at_a_time(read: dict[str, Any], stage: str) -> None:
    assert read["dags"][stage]["max_active_runs"] == 1


def test_each_stage_emits_the_hint_of_the_next_and_its_partitioned_twin(read: dict[str, Any]) -> None:
    emitted = {
        (stage, outlet)
        for stage in STAGES[:-1]
        for task in read["dags"][stage]["tasks"].values()
        for outlet in task["outlets"]
    }
    assert emitted == {
        ("ingest_uploads", "raw_faktury"),
        ("ingest_uploads", "raw_faktury_by_day"),
        ("bronze_ocr", "ocr_faktury"),
        ("bronze_ocr", "ocr_faktury_by_day"),
        ("bronze_parse_invoice", "parsed_invoices"),
        ("bronze_parse_invoice", "parsed_invoices_by_day"),
        ("silver_invoices", "silver"),
        ("silver_invoices", "silver_by_month"),
    }


def test_gold_emits_an_asset_for_each_of_its_tables(read: dict[str, Any]) -> None:
    from pipelines.gold import GOLD_TABLES

    names = {table.name if hasattr(table, "name") else table for table in GOLD_TABLES}
    assert set(read["dags"]["gold_invoice_metrics"]["tasks"]["build"]["outlets"]) == names


def test_replays_run_by_received_day(read: dict[str, Any]) -> None:
    replay = read["dags"]["replay_invoices"]
    assert replay["schedule"] == "CronPartitionTimetable"
    assert {"from", "mode", "days", "document", "dry_run"} <= set(replay["params"])


def test_only_reading_takes_slots_of_the_ocr_pool(read: dict[str, Any]) -> None:
    pools = {
        (dag, name): task["pool"]
        for dag, facts in read["dags"].items()
        for name, task in facts["tasks"].items()
        if task["pool"] != "default_pool"
    }
    assert pools == {("bronze_ocr", "read"): "ocr_cpu"}
    assert json.loads((ROOT / "include" / "pools.json").read_text())["ocr_cpu"]["slots"] >= 1


def test_every_task_has_an_owner_and_a_time_limit(read: dict[str, Any]) -> None:
    for facts in read["dags"].values():
        for task in facts["tasks"].values():
            assert task["owner"] == "data-engineering"
            assert task["timeout"]


def test_mapped_tasks_are_named_after_what_they_hold(read: dict[str, Any]) -> None:
    mapped = [task for facts in read["dags"].values() for task in facts["tasks"].values() if task["mapped"]]
    assert len(mapped) == 3
    assert all("label" in task["label"] for task in mapped)


def test_docstrings_are_the_pages_in_the_ui(read: dict[str, Any]) -> None:
    assert all(facts["doc"].startswith("### ") and "invoice-lake" in facts["tags"] for facts in read["dags"].values())


def test_dag_files_are_short() -> None:
    for path in (ROOT / "dags").glob("*.py"):
        assert len(path.read_text().splitlines()) <= 80, path.name


def test_reading_can_have_a_queue_of_its_own(airflow_environment: dict[str, str], read: dict[str, Any]) -> None:
    assert {t["queue"] for facts in read["dags"].values() for t in facts["tasks"].values()} == {"default"}
    own = airflow_environment | {"LAKE_OCR_QUEUE": "ocr"}
    done = subprocess.run([sys.executable, "-c", READ_DAGS], env=own, capture_output=True, text=True, check=True)
    dags = json.loads(done.stdout.splitlines()[-1])["dags"]
    queues = {(dag, name): t["queue"] for dag, facts in dags.items() for name, t in facts["tasks"].items()}
    assert {at for at, queue in queues.items() if queue != "default"} == {("bronze_ocr", "read")}


def test_lineage_leads_from_the_uploads_to_every_gold_table(read: dict[str, Any]) -> None:
    steps = [t for facts in read["dags"].values() for t in facts["tasks"].values() if t["outlets"]]
    leads = {(source, target) for t in steps for source in t["inlets"] for target in t["outlets"]}
    assert set(itertools.pairwise(HINTS)) <= leads
    assert {target for source, target in leads if source == "silver"} == set(
        read["dags"]["gold_invoice_metrics"]["tasks"]["build"]["outlets"]
    )

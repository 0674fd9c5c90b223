"""The stages in order, and what their DAGs have in common."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param

from lake_dags.alerts import deadlines, failure_callbacks
from lake_dags.retries import RetryByErrorType

if TYPE_CHECKING:
    from pipelines.steps import Scope

DAG_OF = {
    "ingest": "ingest_uploads",
    "ocr": "bronze_ocr",
    "parse": "bronze_parse_invoice",
    "silver": "silver_invoices",
    "gold": "gold_invoice_metrics",
}
"""Stage -> its DAG, in the order in which a document passes them."""
REPLAYED = ("ocr", "parse", "silver", "gold")
"""Stages that a replay can start from: what was dropped is admitted once."""
MODES = ("missing", "stale", "all")

LABEL = "{{ task.op_kwargs['batch']['label'] }}"
"""`map_index_template` of tasks that are mapped over batches."""

PLAN: dict[str, Any] = {"execution_timeout": timedelta(minutes=10)}
WORK: dict[str, Any] = {"execution_timeout": timedelta(minutes=60)}
READ: dict[str, Any] = {**WORK, "pool": "ocr_cpu", "queue": os.environ.get("LAKE_OCR_QUEUE", "default")}
"""With CeleryExecutor, workers of the queue `LAKE_OCR_QUEUE` read pages; other executors pass it over."""
WAIT: dict[str, Any] = {"execution_timeout": timedelta(hours=24)}
"""A replay's day may hold hours of OCR. Waiting takes no worker."""


def stage_dag(stage: str, doc: str | None) -> dict[str, Any]:
    """Arguments of the stage's DAG. One run at a time: later wake-ups coalesce into one next run."""
    return {
        "dag_id": DAG_OF[stage],
        "doc_md": doc,
        "start_date": datetime(2020, 1, 1, tzinfo=UTC),
        "catchup": False,
        "max_active_runs": 1,
        "tags": ["invoice-lake", "live", stage],
        "default_args": task_defaults(),
        "deadline": deadlines(),
    }


def task_defaults() -> dict[str, Any]:
    """Every task: an owner, a time limit, and retries that go by the error's type."""
    return {
        "owner": "data-engineering",
        "retries": 4,
        "retry_delay": timedelta(seconds=5),
        "retry_policy": RetryByErrorType(),
        "execution_timeout": timedelta(minutes=30),
        "on_failure_callback": failure_callbacks(),
    }


def scope_params() -> dict[str, Param]:
    """What a stage can be told to do. All untouched: the live flow, newest days, what has no output."""
    return {
        "days": Param(
            [],
            type="array",
            items={"type": "string", "format": "date"},
            title="Received days",
            description="YYYY-MM-DD, one a line. Empty: the newest days, as in the live flow.",
        ),
        "mode": Param(
            "missing",
            enum=list(MODES),
            title="Mode",
            description="missing: what has no output. stale: also what an older version made. all: everything.",
        ),
        "document": Param(
            None, type=["null", "string"], title="Document", description="One document's id: its day/name-digest."
        ),
        "supplier": Param(
            None,
            type=["null", "string"],
            title="Supplier",
            description="Only this seller's documents: its tax id, or a part of its name, as silver has them.",
        ),
    }


def is_replay(params: dict[str, Any]) -> bool:
    """Whether the run was told what to do: then it tells the next stage; else state decides. Ingest never is."""
    told = ("days", "document", "supplier")
    return any(params.get(name) for name in told) or params.get("mode", "missing") != "missing"


def scope_of(params: dict[str, Any]) -> Scope:
    """The scope of a run with `scope_params`."""
    from pipelines.steps import Scope

    return Scope(
        days=tuple(date.fromisoformat(day) for day in params["days"]) or None,
        mode=params["mode"],
        document=params["document"],
        supplier=params.get("supplier"),
    )


def document_scope(document: str) -> Scope:
    """The scope of one document."""
    from pipelines.steps import Scope

    return Scope(days=(date.fromisoformat(document.split("/", maxsplit=1)[0]),), document=document)

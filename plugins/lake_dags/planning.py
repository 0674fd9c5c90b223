"""From a plan to work: small work is done where it was planned, the rest is mapped over batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import DownstreamTasksSkipped

from lake_dags.handing_on import announce, stay_silent
from lake_dags.stages import is_replay

if TYPE_CHECKING:
    from pipelines.steps import Batch, Lake, Report

DONE = "done"
"""XCom key of what a planning task did itself: a report, as mapped tasks return theirs."""


def plan_or_do(
    lake: Lake, batches: list[Batch], work: Callable[[Lake, Batch], Report], to: str
) -> list[dict[str, Any]]:
    """The batches to map over, as JSON; or the work itself, done at once, if it is small.

    A task that is mapped over a single quick document would start two processes more, and an analyst
    waits for that second. Replays are always mapped, so that their grids show what was done.

    Args:
        lake: The lake.
        batches: The plan.
        work: The step that does a batch.
        to: The stage that small work wakes.

    Raises:
        DownstreamTasksSkipped: Nothing is left to map: the work is done (XCom `done` says what became of
            each document), or there was none.
    """
    context = get_current_context()
    if is_replay(context["params"]):
        stay_silent(context)
        return [batch.to_json() for batch in batches]
    from pipelines import steps

    if batches and not steps.is_small(batches, lake.settings):
        stay_silent(context)
        return [batch.to_json() for batch in batches]
    for batch in batches:
        report = work(lake, batch).to_json()
        context["task"].report = report  # for the task's links
        context["ti"].xcom_push(key=DONE, value=report)
    # what is dropped has no day of its own yet: it is received today
    today = datetime.now(UTC).date().isoformat()
    announce(context, to, ([today] if to == "ocr" else days_of([b.to_json() for b in batches])) if batches else ())
    raise DownstreamTasksSkipped(tasks=sorted(context["task"].get_flat_relative_ids(upstream=False)))


def days_of(partitions: Sequence[Any] | None) -> list[str]:
    """Received days as they are, or those of the documents of batches."""
    days = {item for item in partitions or () if isinstance(item, str)}
    batches = [item for item in partitions or () if isinstance(item, dict)]
    return sorted(days | {document.split("/")[0] for batch in batches for document in batch["documents"]})

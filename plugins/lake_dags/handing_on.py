"""What wakes the next stage: an announcement in the live flow, the same conf in a replay.

An asset is emitted by the task that ends a stage, if the next one has work. A task that finds nothing to
announce takes its outlets back for this run: Airflow emits what stands in `task.outlets` when it ends.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.sdk import timezone
from airflow.sdk.exceptions import DagRunTriggerException

from lake_dags.assets import PARTITIONED, WAKES
from lake_dags.stages import DAG_OF, is_replay

if TYPE_CHECKING:
    from airflow.sdk import Asset, Context

log = logging.getLogger(__name__)


def outlets_to(stage: str) -> list[Asset]:
    """What a task that may wake `stage` emits: its hint, and the partitioned twin."""
    return [WAKES[stage], PARTITIONED[stage]]


def announce(context: Context, to: str, keys: Iterable[str]) -> bool:
    """Wake stage `to` when this task ends, if it has work. Returns whether it does.

    Args:
        context: The running task's.
        to: The next stage.
        keys: Received days or billing months that changed; without any, nothing is announced: the next
            stage's own watcher sees what an earlier run left, and a key is what the twin's readers need.
    """
    from lake_dags.lakes import open_lake
    from pipelines import steps

    keys = sorted(set(keys))
    found = steps.pending(open_lake(), to).count if keys else 0
    if not found:
        stay_silent(context)
        return False
    context["task"].outlets = outlets_to(to)
    context["outlet_events"][PARTITIONED[to]].add_partitions(keys)
    log.info("%s has %d pending", DAG_OF[to], found)
    return True


def stay_silent(context: Context) -> None:
    """Emit nothing at the end of this task."""
    context["task"].outlets = []


def hand_on(context: Context, to: str, keys: Iterable[str]) -> NoReturn:
    """Trigger stage `to` with this run's conf, under the same run id.

    Conf does not travel with asset events. The hint is emitted with a partition key, and keyed events wake
    no plain schedule. (TriggerDagRunOperator does the same; a task of its own would cost every live run a
    second.)

    Raises:
        DagRunTriggerException: Always: so does a task tell Airflow to trigger a run.
    """
    if keys := sorted(set(keys)):
        context["task"].outlets = outlets_to(to)
        for asset in outlets_to(to):
            context["outlet_events"][asset].add_partitions(keys)
    else:
        stay_silent(context)
    raise DagRunTriggerException(
        trigger_dag_id=DAG_OF[to],
        dag_run_id=context["run_id"],
        conf=dict(context["params"]),
        logical_date=timezone.utcnow(),
        reset_dag_run=True,
        skip_when_already_exists=False,
        wait_for_completion=False,
        allowed_states=["success"],
        failed_states=["failed"],
        poke_interval=60,
        deferrable=False,
    )


def end_stage(context: Context, to: str, report: dict[str, Any]) -> dict[str, Any]:
    """End a stage of one task: hand on or announce the months of its report, which is the task's value."""
    if not is_replay(context["params"]):
        announce(context, to, report["partitions"])
        return report
    context["ti"].xcom_push(key="return_value", value=report)  # the exception below keeps Airflow from doing so
    hand_on(context, to, report["partitions"])

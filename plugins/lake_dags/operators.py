"""From one stage to the next, and from a replay to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, TriggerRule, task, timezone
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException, DagRunTriggerException

from lake_dags.assets import PARTITIONED, WAKES
from lake_dags.stages import DAG_OF, is_replay
from lake_dags.triggers import ReplayFinished

if TYPE_CHECKING:
    from airflow.sdk import Context


class PassOn(BaseOperator):
    """Ends a stage. Live: wakes the next one if it has work, else skips. Replay: hands it the same conf.

    Conf does not travel with asset events, so a replay triggers the next stage explicitly, under its own
    run id: the runs of one replay are found by one name. The hint is then emitted with a partition key,
    and keyed events wake no plain schedule. (TriggerDagRunOperator does the same for replays alone; a task
    of its own for each would cost every live run a second.)

    A live run that did nothing wakes nobody, even if the next stage has work: its own watcher sees that, and
    an event of the partitioned asset without a key would tell its readers nothing.

    Args:
        to: The next stage.
        partitions: Keys of the partitioned asset beside the hint (received days or billing months), batches,
            whose documents tell their days, or a report, which holds its months.
        first: Called with `partitions` before anything else.
    """

    template_fields = ("partitions",)
    ui_color = "#ffefeb"

    def __init__(
        self, *, to: str, partitions: Any = (), first: Callable[[list[Any]], None] | None = None, **kwargs: Any
    ) -> None:
        kwargs = {"task_id": f"wake_{DAG_OF[to]}", "trigger_rule": TriggerRule.ALL_DONE, **kwargs}
        reads = WAKES[list(WAKES)[list(WAKES).index(to) - 1]]  # for lineage: the stages stand in order
        super().__init__(inlets=[reads], outlets=[WAKES[to], PARTITIONED[to]], **kwargs)
        self.to, self.partitions, self.first = to, partitions, first

    def execute(self, context: Context) -> None:
        if self.first is not None:
            self.first(self.partitions)
        keys, events = _keys(self.partitions), context["outlet_events"]
        if keys:
            events[PARTITIONED[self.to]].add_partitions(keys)
        if is_replay(context["params"]):
            events[WAKES[self.to]].add_partitions(keys or [context["run_id"]])
            self._hand_on(context)
        if not keys:
            raise AirflowSkipException("this run changed nothing")
        self._announce()

    def _hand_on(self, context: Context) -> None:
        raise DagRunTriggerException(
            trigger_dag_id=DAG_OF[self.to],
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

    def _announce(self) -> None:
        from lake_dags.lakes import open_lake
        from pipelines import steps

        found = steps.pending(open_lake(), self.to)
        if not found.count:
            raise AirflowSkipException(f"{DAG_OF[self.to]} has nothing to do")
        self.log.info("%s has %d pending", DAG_OF[self.to], found.count)


def _keys(partitions: list[Any] | dict[str, Any] | None) -> list[str]:
    """Keys as they are; of batches, the received days of their documents; of a report, its months."""
    if isinstance(partitions, dict):
        return list(partitions["partitions"])
    batches = [item for item in partitions or () if isinstance(item, dict)]
    days = {document.split("/")[0] for batch in batches for document in batch["documents"]}
    return sorted(days | {item for item in partitions or () if isinstance(item, str)})


@task(task_id="failed_batches", trigger_rule=TriggerRule.ONE_FAILED, retries=0)
def failed_batches() -> None:
    """Turns a run red when one of its batches failed for good; its documents are pending still."""
    raise AirflowFailException("see the red map indexes: their work comes up again with the next run")


class WaitForReplay(BaseOperator):
    """Waits, without a worker, until every stage of a replay is through; fails when one failed."""

    template_fields = ("run_id", "first")

    def __init__(self, *, run_id: str, first: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.run_id, self.first = run_id, first

    def execute(self, context: Context) -> None:  # noqa: ARG002
        self.defer(trigger=ReplayFinished(self.run_id, self.first), method_name="finish")

    def finish(self, context: Context, event: dict[str, Any]) -> None:  # noqa: ARG002
        if event["failed"]:
            raise AirflowFailException(f"run {self.run_id} of {event['failed']} failed; its page shows the red task")

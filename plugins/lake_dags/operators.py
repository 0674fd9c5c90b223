"""Tasks of the lake: work with links to its documents, from one stage to the next, from a replay to its end."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import BaseOperator, TriggerRule, task
from airflow.sdk.bases.decorator import DecoratedOperator, task_decorator_factory
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from lake_dags.assets import WAKES
from lake_dags.handing_on import announce, hand_on, outlets_to
from lake_dags.links import InvoiceDeskLink, QuarantineLink
from lake_dags.planning import days_of
from lake_dags.stages import DAG_OF, is_replay
from lake_dags.triggers import ReplayFinished

if TYPE_CHECKING:
    from airflow.sdk import Context


class LakeTask(DecoratedOperator, PythonOperator):
    """A function that returns a report, with links to the documents that it names."""

    template_fields = ("op_args", "op_kwargs")
    template_fields_renderers: ClassVar[dict[str, str]] = {"op_args": "py", "op_kwargs": "py"}
    custom_operator_name = "@lake_task"
    operator_extra_links = (InvoiceDeskLink(), QuarantineLink())

    def __init__(self, *, python_callable: Callable[..., Any], op_args: Any, op_kwargs: Any, **kwargs: Any) -> None:
        given = {"python_callable": python_callable, "op_args": op_args, "op_kwargs": op_kwargs}
        super().__init__(kwargs_to_upstream=given, **given, **kwargs)
        self.report: Any = None

    def execute(self, context: Context) -> Any:
        self.report = super().execute(context)
        return self.report


lake_task = partial(task_decorator_factory, decorated_operator_class=LakeTask, multiple_outputs=False)
"""`@task` for functions that return a report. One XCom a report, not one for each of its keys: each is a call."""


class PassOn(BaseOperator):
    """Ends a stage of mapped tasks. Live: wakes the next one if it has work, else skips. Replay: hands on.

    Args:
        to: The next stage.
        partitions: Received days that changed, or batches, whose documents tell them.
        first: Called with `partitions` before anything else.
    """

    template_fields = ("partitions",)
    ui_color = "#ffefeb"

    def __init__(
        self, *, to: str, partitions: Any = (), first: Callable[[list[Any]], None] | None = None, **kwargs: Any
    ) -> None:
        kwargs = {"task_id": f"wake_{DAG_OF[to]}", "trigger_rule": TriggerRule.ALL_DONE, **kwargs}
        reads = WAKES[list(WAKES)[list(WAKES).index(to) - 1]]  # for lineage: the stages stand in order
        super().__init__(inlets=[reads], outlets=outlets_to(to), **kwargs)
        self.to, self.partitions, self.first = to, partitions, first

    def execute(self, context: Context) -> None:
        if self.first is not None:
            self.first(self.partitions)
        days = days_of(self.partitions)
        if is_replay(context["params"]):
            hand_on(context, self.to, days)
        if not announce(context, self.to, days):
            raise AirflowSkipException(f"{DAG_OF[self.to]} has nothing to do")


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

"""### Replay received days

One run for each received day. It hands day, step and mode to the first stage, each stage hands them to the
next, and this run is green when gold is through. All runs of one replay bear one run id.

* **A month again**, as days in the grid (or *Trigger > Backfill* in the UI):
  `airflow backfill create --dag-id replay_invoices --from-date 2026-01-01 --to-date 2026-01-31
  --dag-run-conf '{"from": "parse", "mode": "stale"}' --max-active-runs 3`
* **One document or supplier**: trigger with `document` or `supplier`. **Dry run**: logs the plan and its cost,
  does nothing. **Shadow**: parses again without writing, and reports field by field what would change.
* **On its schedule** (midnight UTC) it is the sweep: it looks back over the last weeks and hands on only
  days that have something pending; where nothing is, it skips.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import CronPartitionTimetable, dag, get_current_context, task

from lake_dags.operators import WaitForReplay
from lake_dags.replays import go_on, plan_replay, replay_params, shadow
from lake_dags.stages import DAG_OF, PLAN, WAIT, WORK, task_defaults

if TYPE_CHECKING:
    from airflow.sdk.types import DagRunProtocol as DagRun


@dag(
    schedule=CronPartitionTimetable("0 0 * * *", timezone="UTC", run_offset=-1, key_format="%Y-%m-%d"),
    catchup=False,
    max_active_runs=4,
    params=replay_params(),
    default_args=task_defaults(),
    doc_md=__doc__,
    tags=["invoice-lake", "replay"],
    user_defined_macros={"DAG_OF": DAG_OF},
)
def replay_invoices() -> None:
    @task(**PLAN)
    def plan(params: dict[str, Any], dag_run: DagRun) -> dict[str, Any]:
        planned = plan_replay(params, dag_run.partition_key, sweep=dag_run.run_type == "scheduled")
        go_on(get_current_context(), planned)

    @task(multiple_outputs=False, **WORK)
    def compare(planned: dict[str, Any]) -> dict[str, Any]:
        return shadow(planned["conf"])

    planned = plan()
    start = TriggerDagRunOperator(
        task_id="start",
        trigger_dag_id="{{ DAG_OF[ti.xcom_pull('plan')['conf']['from']] }}",
        trigger_run_id="{{ ti.xcom_pull('plan')['run_id'] }}",
        conf="{{ ti.xcom_pull('plan')['conf'] | tojson }}",
        reset_dag_run=True,
    )
    wait = WaitForReplay(task_id="wait", run_id=planned["run_id"], first=planned["from"], **WAIT)
    planned >> [start, compare(planned)]
    start >> wait


replay_invoices()

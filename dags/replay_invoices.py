"""### Replay received days

One run for each received day. It hands day, step and mode to the first stage, each stage hands them to the
next, and this run is green when gold is through. All runs of one replay bear one run id.

* **A month again**, as days in the grid (or *Trigger > Backfill* in the UI):
  `airflow backfill create --dag-id replay_invoices --from-date 2026-01-01 --to-date 2026-01-31
  --dag-run-conf '{"from": "parse", "mode": "stale"}' --max-active-runs 3`
* **One document**: trigger with `document`. **Dry run**: logs the plan and its cost, does nothing.
* **On its schedule** (midnight UTC) it is the sweep: it looks back over the last weeks and hands on only
  days that have something pending; where nothing is, it skips.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import CronPartitionTimetable, dag, task

from lake_dags.operators import WaitForReplay
from lake_dags.replays import plan_replay, replay_params
from lake_dags.stages import DAG_OF, PLAN, task_defaults

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
        return plan_replay(params, dag_run.partition_key, sweep=dag_run.run_type == "scheduled")

    planned = plan()
    start = TriggerDagRunOperator(
        task_id="start",
        trigger_dag_id="{{ DAG_OF[ti.xcom_pull('plan')['conf']['from']] }}",
        trigger_run_id="{{ ti.xcom_pull('plan')['run_id'] }}",
        conf="{{ ti.xcom_pull('plan')['conf'] | tojson }}",
        reset_dag_run=True,
    )
    wait = WaitForReplay(task_id="wait", run_id=planned["run_id"], first=planned["from"])
    planned >> start >> wait


replay_invoices()

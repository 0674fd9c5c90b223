"""### Silver to gold

Aggregates the billing months that changed into plain Parquet under `03_gold/`, which any BI tool reads:
`monthly_energy_costs`, `consumption_per_ppe`, `corrections_vs_originals`. The SQL is include/sql/gold/.

* **Woken by** `silver_invoices`; heals by itself. **Emits** one asset a table, for your own DAGs to follow.
* **Holds** a supplier's layout whose documents no longer prove themselves, and tells `LAKE_NOTIFIER` (`drift`).
* Each file is published with one atomic put; readers never see half a table. Unchanged months stay untouched.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowSkipException

from lake_dags.assets import GOLD, SILVER
from lake_dags.stages import WORK, scope_of, scope_params, stage_dag


@dag(schedule=[SILVER], params=scope_params(), **stage_dag("gold", __doc__))
def gold_invoice_metrics() -> None:
    @task(inlets=[SILVER], outlets=GOLD, multiple_outputs=False, **WORK)
    def build(params: dict[str, Any]) -> dict[str, Any]:
        from airflow.sdk import get_current_context

        from lake_dags.alerts import announce
        from lake_dags.lakes import open_lake
        from pipelines import steps

        report = steps.build_gold(open_lake(), scope_of(params))
        announce([done.reason for done in report.outcomes if done.outcome == "held"], get_current_context())
        if not report.wrote:
            raise AirflowSkipException("no month has changed")
        return report.to_json()

    build()


gold_invoice_metrics()

"""### Proven invoices to silver

Validates, normalises and upserts accepted (or confirmed) invoices into the Delta tables under `02_silver/`,
with people's edits and deletions on top. One atomic commit a table; no commit when nothing changed.

* **Woken by** `bronze_parse_invoice`; heals by itself. **Wakes** `gold_invoice_metrics`.
* One row is one invoice: a second scan of it points at the row that won; twins that disagree go to review.
* Running it again writes nothing. A commit conflict is tried again by itself.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import dag, get_current_context

from lake_dags.assets import PARSED
from lake_dags.handing_on import end_stage, outlets_to
from lake_dags.operators import lake_task
from lake_dags.stages import WORK, scope_of, scope_params, stage_dag


@dag(schedule=[PARSED], params=scope_params(), **stage_dag("silver", __doc__))
def silver_invoices() -> None:
    @lake_task(inlets=[PARSED], outlets=outlets_to("gold"), **WORK)
    def promote(params: dict[str, Any], run_id: str) -> dict[str, Any]:
        from lake_dags.lakes import open_lake
        from pipelines import steps

        report = steps.promote_silver(open_lake(), scope_of(params), run_id)
        return end_stage(get_current_context(), "gold", report.to_json())

    promote()


silver_invoices()

"""### Text to invoices

Finds each invoice's fields with evidence (the box on the page) and proofs (check digits, arithmetic, second
witnesses). E-invoice XML inside a PDF is read first.

* **Woken by** `bronze_ocr`; heals by itself when work stands still. **Wakes** `silver_invoices`.
* **Writes** `01_bronze/parsed_invoices/<id>.json`: `accepted` when everything required is proven, else
  `needs_review` with reasons a person can act on.
* Parsing never reads pages again: **after a rule changed**, trigger with days and mode `stale`, and only
  parsing, silver and gold follow.
* **Less than a second of work** (a lone document) is done by `plan`: see its XCom `done`; then `parse` is pink.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import dag

from lake_dags.assets import TEXT
from lake_dags.handing_on import outlets_to
from lake_dags.operators import PassOn, failed_batches, lake_task
from lake_dags.planning import plan_or_do
from lake_dags.stages import LABEL, PLAN, WORK, scope_of, scope_params, stage_dag


@dag(schedule=[TEXT], params=scope_params(), **stage_dag("parse", __doc__))
def bronze_parse_invoice() -> None:
    @lake_task(inlets=[TEXT], outlets=outlets_to("silver"), **PLAN)
    def plan(params: dict[str, Any]) -> list[dict[str, Any]]:
        from lake_dags.lakes import open_lake
        from pipelines import steps

        lake = open_lake()
        return plan_or_do(lake, steps.plan_parsing(lake, scope_of(params)), steps.parse_batch, to="silver")

    @lake_task(map_index_template=LABEL, **WORK)
    def parse(batch: dict[str, Any]) -> dict[str, Any]:
        from lake_dags.lakes import open_lake
        from pipelines import steps

        return steps.parse_batch(open_lake(), steps.Batch.from_json(batch)).to_json()

    batches = plan()
    parse.expand(batch=batches) >> [PassOn(to="silver", partitions=batches), failed_batches()]


bronze_parse_invoice()

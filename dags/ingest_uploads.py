"""### Uploads to bronze

Admits every settled file in the uploads: sniffs its type, checks the limits, hashes it, keeps the bytes
write-once under `01_bronze/raw_faktury/` and registers it. Only then is the upload removed.

* **Woken by** a watcher that looks at the uploads every few seconds and fires while settled files lie there.
* **Wakes** `bronze_ocr`.
* A file that is no document goes to `01_bronze/rejected/` with its reason; the same bytes again are a
  duplicate, counted once. Nothing is ever dropped without a word: the task's return value lists each file.
* **When it is red**: storage did not answer for minutes. Files stay in the uploads and are taken next time.
* **Less than a second of work** (a lone document) is done by `plan`: see its XCom `done`; then `admit` is pink.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import dag

from lake_dags.assets import UPLOADS
from lake_dags.handing_on import outlets_to
from lake_dags.operators import PassOn, failed_batches, lake_task
from lake_dags.planning import plan_or_do
from lake_dags.stages import LABEL, PLAN, WORK, stage_dag


@dag(schedule=[UPLOADS], **stage_dag("ingest", __doc__))
def ingest_uploads() -> None:
    @lake_task(inlets=[UPLOADS], outlets=outlets_to("ocr"), **PLAN)
    def plan() -> list[dict[str, Any]]:
        from lake_dags.lakes import open_lake
        from pipelines import steps

        lake = open_lake()
        return plan_or_do(lake, steps.plan_ingest(lake), steps.admit_batch, to="ocr")

    @lake_task(map_index_template=LABEL, **WORK)
    def admit(batch: dict[str, Any]) -> dict[str, Any]:
        from lake_dags.lakes import open_lake
        from pipelines import steps

        return steps.admit_batch(open_lake(), steps.Batch.from_json(batch)).to_json()

    admitted = admit.expand(batch=plan())
    admitted >> [PassOn(to="ocr", partitions=["{{ dag_run.start_date | ds }}"]), failed_batches()]


ingest_uploads()

"""### Raw documents to text

Reads every admitted document: the PDF's own text layer where it can be trusted, Tesseract where not. Each
word keeps its place on the page.

* **Woken by** `ingest_uploads`; heals by itself when work stands still. **Wakes** `bronze_parse_invoice`.
* **Mapped** over batches of about 25 s of work, throttled by the pool `ocr_cpu` (slots = cores). Large
  scans are split into page ranges, read by several workers and joined in page order.
* **Writes** `01_bronze/ocr_faktury/<id>.pages.json.gz`, then `.txt`, whose existence says: done.
* A document that cannot be read is quarantined with reason and remedy; the batch goes on.
* **To read again**: trigger with days and mode `stale` (an older reader made it) or `all`. A run that was
  told what to do hands that on to parsing, silver and gold.
* **Less than a second of work** (a lone document) is done by `plan`: see its XCom `done`; then `read` is pink.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import dag

from lake_dags.assets import RAW
from lake_dags.handing_on import outlets_to
from lake_dags.operators import PassOn, failed_batches, lake_task
from lake_dags.planning import plan_or_do
from lake_dags.stages import LABEL, PLAN, READ, document_scope, scope_of, scope_params, stage_dag


@dag(schedule=[RAW], params=scope_params(), **stage_dag("ocr", __doc__))
def bronze_ocr() -> None:
    @lake_task(inlets=[RAW], outlets=outlets_to("parse"), **PLAN)
    def plan(params: dict[str, Any]) -> list[dict[str, Any]]:
        from lake_dags.lakes import open_lake
        from pipelines import steps

        lake, scope = open_lake(), scope_of(params)
        steps.join_chunks(lake, scope)  # what an earlier run read, and was stopped before joining
        return plan_or_do(lake, steps.plan_reading(lake, scope), steps.read_batch, to="parse")

    @lake_task(map_index_template=LABEL, **READ)
    def read(batch: dict[str, Any]) -> dict[str, Any]:
        from lake_dags.lakes import open_lake
        from pipelines import steps

        return steps.read_batch(open_lake(), steps.Batch.from_json(batch)).to_json()

    def join(batches: list[dict[str, Any]]) -> None:
        from lake_dags.lakes import open_lake
        from pipelines import steps

        for scan in {document for batch in batches if batch["pages"] for document in batch["documents"]}:
            steps.join_chunks(open_lake(), document_scope(scan))

    batches = plan()
    read.expand(batch=batches) >> [PassOn(to="parse", partitions=batches, first=join), failed_batches()]


bronze_ocr()

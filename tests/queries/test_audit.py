"""The audit finds every damage by its layer, and mends what the layer before still holds."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake

from pipelines.documents import DocumentRecord
from pipelines.lake import Lake
from pipelines.layout import PagesKey, RawKey, RecordKey
from pipelines.queries import AuditReport, audit, query
from pipelines.samples import draw_month
from pipelines.silver import tables
from pipelines.states import all_days, day_documents
from pipelines.steps import mend, run_all


@pytest.fixture
def walked(lake: Lake, uploads_folder: Path) -> Lake:
    draw_month(uploads_folder, date(2026, 1, 1), 3)
    (uploads_folder / "truth.json").unlink()
    for _ in run_all(lake):
        pass
    assert audit(lake).differences == []
    return lake


def a_record(lake: Lake) -> DocumentRecord:
    day = all_days(lake)[0]
    return lake.record(next(iter(day_documents(lake, day))))


def mended(lake: Lake) -> AuditReport:
    done = list(mend(lake, audit(lake).differences))
    assert done
    return audit(lake)


def rewritten(lake: Lake, name: str, change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> None:
    """Change rows of silver as somebody with another tool might."""
    table = DeltaTable(lake.table_uri(name))
    rows = [change(row) for row in table.to_pyarrow_table().to_pylist()]
    changed = pa.Table.from_pylist([row for row in rows if row is not None], schema=tables()[name].schema)
    write_deltalake(table, changed, mode="overwrite")


def gold_rows(lake: Lake) -> list[dict[str, object]]:
    return query(lake, "FROM gold.monthly_energy_costs ORDER BY ALL").to_pylist()


def test_a_value_changed_in_silver_is_found_by_its_column_and_made_right(walked: Lake) -> None:
    before = gold_rows(walked)
    name = query(walked, "SELECT invoice_number FROM silver.invoices ORDER BY 1").to_pylist()[0]["invoice_number"]
    rewritten(
        walked, "invoices", lambda row: row | ({"net_total": Decimal("1.00")} if row["invoice_number"] == name else {})
    )
    found = [d for d in audit(walked).differences if d.cure == "promote"]
    assert len(found) == 1
    assert f"{name}: net_total is Decimal('1.00')" in found[0].what
    assert mended(walked).differences == []
    assert gold_rows(walked) == before


def test_rows_lost_from_silver_are_found_and_made_again(walked: Lake) -> None:
    before = gold_rows(walked)
    rewritten(walked, "invoices", lambda _row: None)
    rewritten(walked, "invoice_lines", lambda row: None if row["line_number"] == 1 else row)
    assert sum("stands nowhere in silver" in d.what for d in audit(walked).differences) == 3
    assert mended(walked).differences == []
    assert gold_rows(walked) == before


def test_a_lost_line_is_found_where_its_invoice_stands(walked: Lake) -> None:
    rewritten(walked, "invoice_lines", lambda row: None if row["line_number"] == 1 else row)
    assert any("lines in silver" in d.what for d in audit(walked).differences)
    assert mended(walked).differences == []


def test_a_gold_file_whose_rows_were_changed_is_computed_anew(walked: Lake) -> None:
    key = next(e.key for e in walked.gold.list("monthly_energy_costs/"))
    table = pq.read_table(io.BytesIO(walked.gold.get(key)))
    at = table.column_names.index("gross")
    wrong = table.set_column(
        at, table.schema.field("gross"), pc.add(table["gross"], table["gross"]).cast(table.schema.field("gross").type)
    )
    sink = io.BytesIO()
    pq.write_table(wrong, sink)
    walked.gold.put(key, sink.getvalue())
    assert [d.cure for d in audit(walked).differences] == ["gold"]
    assert mended(walked).differences == []


def test_lost_pages_are_read_again(walked: Lake) -> None:
    record = a_record(walked)
    walked.storage.delete(str(PagesKey(record.document_id)))
    assert any("has text but no pages" in d.what for d in audit(walked).differences)
    assert mended(walked).differences == []


def test_a_lost_record_is_completed_from_the_claim_on_its_bytes(walked: Lake) -> None:
    record = a_record(walked)
    walked.storage.delete(str(RecordKey(record.document_id)))
    assert mended(walked).differences == []
    assert walked.record(record.document_id) == record


def test_bytes_that_differ_from_their_hash_are_left_to_a_backup(walked: Lake) -> None:
    record = a_record(walked)
    key = str(RawKey(record.document_id, record.extension))
    walked.storage.put(key, walked.storage.get(key) + b" ")
    differences = audit(walked).differences
    assert [d.cure for d in differences] == ["none"]
    assert list(mend(walked, differences)) == []
    assert audit(walked).differences == differences

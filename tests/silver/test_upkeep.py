"""Vacuum and checkpoints take nothing that anybody may still read."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.lake import Lake
from pipelines.silver import keep_up, promote
from pipelines.silver.schemas import INVOICES
from pipelines.silver.tables import pin
from tests.silver.silver_documents import document, invoice
from tests.silver.silver_facts import rows

WEEKS = 30 * 86_400


def test_young_files_stay_and_old_ones_that_nothing_needs_go(lake: Lake) -> None:
    for gross in ("1.00", "2.00", "3.00"):
        promote(lake, [document("a", invoice(gross=gross))], f"run {gross}")
    assert all(not done.removed for done in keep_up(lake))
    folder = Path(lake.table_uri("invoices").removeprefix("file://"))
    orphan = folder / "period_month=2026-01-01" / "part-left-by-a-killed-writer.parquet"
    orphan.write_bytes(b"half")
    old = orphan.stat().st_mtime - WEEKS
    os.utime(orphan, (old, old))
    planned = {done.table: done.removed for done in keep_up(lake, dry_run=True)}
    assert [Path(path).name for path in planned["invoices"]] == [orphan.name]
    assert orphan.exists()
    keep_up(lake)
    assert not orphan.exists()
    assert rows(lake, "invoices")[0]["gross_total"] == 3


def test_digests_go_with_the_file_that_they_tell_of(lake: Lake) -> None:
    for gross in ("1.00", "2.00"):
        promote(lake, [document("a", invoice(gross=gross))], f"run {gross}")
    digests = sorted((Path(lake.table_uri("invoices").removeprefix("file://")) / "_keys").glob("*.bin"))
    assert len(digests) == 2
    for path in digests:
        os.utime(path, (path.stat().st_mtime - WEEKS,) * 2)
    [done] = [done for done in keep_up(lake) if done.table == "invoices"]
    assert len([path for path in done.removed if path.startswith("_keys/")]) == 1
    [left] = [path for path in digests if path.exists()]
    [live] = pin(lake, INVOICES).live
    assert left.stem == Path(live.path).stem


def test_retention_that_could_hurt_readers_is_refused(lake: Lake) -> None:
    with pytest.raises(ValueError, match="safe"):
        keep_up(lake, retention=timedelta(hours=1))

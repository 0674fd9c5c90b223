"""Replaying what stands already is silent, whatever it holds: no commit, no byte."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from pipelines.gold import build, pending_months
from pipelines.lake import Lake
from pipelines.silver import SilverDocument
from tests.silver.silver_documents import SELLER, correction, document, invoice
from tests.silver.silver_facts import promote_all

DAYS = [date(2026, 3, 1) + timedelta(days=n) for n in range(5)]


def received(day: date) -> list[SilverDocument]:
    """Bills of three months, a correction, a twin that contradicts and a copy."""
    n = day.day
    months = [date(2026, month, 1) for month in (1, 2, 3)]
    bills = [
        invoice(f"FV/{n}/{month.month}", f"{100 + n}.{month.month:02d}", period_start=month, period_end=month)
        for month in months
    ]
    found = [document(f"bill{k}", bill, day=day) for k, bill in enumerate(bills)]
    found.append(document("copy", bills[0], day=day, minute=5))
    found.append(document("fix", correction(f"FV/{n}/1", f"K/{n}", "-1.23"), day=day, minute=6))
    found.append(document("twin", invoice(f"FV/{n}/2", "1.00", seller=SELLER), day=day, minute=7))
    return found


def replay(lake: Lake, days: list[date]) -> int:
    commits = sum(promote_all(lake, received(day), f"replay {day}").commits for day in days)
    return commits + len(build(lake, pending_months(lake)).files)


def bytes_of(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(p): (p.stat().st_size, p.stat().st_mtime_ns) for p in sorted(folder.rglob("*")) if p.is_file()}


def test_replaying_a_whole_backfill_makes_no_commit_and_writes_no_byte(lake: Lake) -> None:
    assert replay(lake, DAYS) > 0
    folder = lake.storage.folder or Path()
    before = bytes_of(folder)
    assert replay(lake, DAYS) == 0
    assert replay(lake, DAYS[::-1]) == 0, "in any order"
    assert build(lake, None).files == (), "a full rebuild of gold included"
    assert bytes_of(folder) == before

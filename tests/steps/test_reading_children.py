"""Reading children take memory, and end where nothing is read any more."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from pipelines.lake import Lake
from pipelines.samples import draw_month
from pipelines.steps import run_all

TASKS = Path("/proc/self/task")


def readers() -> set[int]:
    """Children of this process that read documents, as the system lists them."""
    found: set[int] = set()
    for task in TASKS.iterdir():
        for pid in (task / "children").read_text().split():
            command = Path(f"/proc/{pid}/cmdline")
            if command.exists() and b"pipelines.reading" in command.read_bytes():
                found.add(int(pid))
    return found


@pytest.mark.skipif(not (TASKS / str(os.getpid()) / "children").exists(), reason="no /proc with children here")
def test_no_reading_child_is_left_once_parsing_has_begun(lake: Lake, uploads_folder: Path) -> None:
    draw_month(uploads_folder, date(2026, 1, 1), 1)
    (uploads_folder / "truth.json").unlink()
    before, after = readers(), {}
    for report in run_all(lake):
        after[report.step] = readers() - before
        if report.step == "parse":
            break
    assert after["ocr"], "a child read them"
    assert after["parse"] == set()

"""A run ends, tries nothing twice and leaves nothing undone, however much of it fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.lake import Lake, open_lake
from pipelines.settings import Settings
from pipelines.steps import walk
from pipelines.steps.batches import Batch, Job, Outcome, Report, Told, nobody, pack

LAKE = open_lake(Settings(url="memory:///"))


class FailingStep:
    """A step of which some documents fail each time, and stay where they are."""

    def __init__(self, documents: list[str], failing: set[str], ranges: int) -> None:
        self.waiting, self.failing = dict.fromkeys(documents), failing
        self.ranges = dict.fromkeys((n + 1, n + 1) for n in range(ranges))
        self.tried = Counter[tuple[str, tuple[int, int] | None]]()

    def plan(self, without: Container[str]) -> list[Batch]:
        jobs = [Job(name, 1.0) for name in self.waiting if name not in without]
        chunks = [Batch("scan", ("scan",), 1.0, pages=pages) for pages in self.ranges]
        return (pack(jobs, LAKE.settings, "missing", "documents") + chunks)[:2]

    def work(self, _lake: Lake, batch: Batch, told: Told) -> Report:
        report = Report("step", told)
        for name in batch.documents:
            self.tried[name, batch.pages] += 1
            if batch.pages is not None and batch.pages[0] % 2:
                self.ranges.pop(batch.pages)
            elif batch.pages is None and name not in self.failing:
                self.waiting.pop(name)
            report.take(Outcome(name, "failed" if name in self.failing else "read"))
        return report


@given(st.integers(0, 25), st.sets(st.integers(0, 25)), st.integers(0, 4))
def test_what_fails_is_tried_once_and_hides_nothing(documents: int, failing: set[int], ranges: int) -> None:
    names = [f"{n:02d}" for n in range(documents)]
    step = FailingStep(names, {f"{n:02d}" for n in failing}, ranges)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipelines.steps.batches.DOCUMENTS_A_RUN", 4)
        patch.setitem(walk._WORK, "step", step.work)
        total = walk._until_empty(LAKE, "step", step.plan, repeat=True, pool=None, planned=lambda *_: None, told=nobody)
    assert {name for name, pages in step.tried if pages is None} == set(names)
    assert set(step.tried.values()) <= {1}
    assert set(step.waiting) == step.failing & set(names)
    assert sum(total.by_outcome.values()) == sum(step.tried.values())


def test_uploads_that_cannot_be_taken_do_not_hide_those_behind_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.errors import InvalidRecord
    from pipelines.steps import ingesting, run_all

    settings = Settings(url=str(tmp_path / "lake"), uploads_url=str(tmp_path / "uploads"), settle_seconds=0)
    lake, real = open_lake(settings), ingesting.admit_upload
    (tmp_path / "uploads").mkdir()
    for n in range(9):
        (tmp_path / "uploads" / f"{n}.pdf").write_bytes(b"no document %d" % n)

    def admit(lake: Lake, uploads: object, upload: object, *rest: object, **more: object) -> object:
        if upload.name < "6.pdf":  # type: ignore[attr-defined]
            raise InvalidRecord("its place in the lake is taken")
        return real(lake, uploads, upload, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr("pipelines.steps.batches.DOCUMENTS_A_RUN", 2)
    monkeypatch.setattr(ingesting, "admit_upload", admit)
    ingested = next(iter(run_all(lake)))
    assert ingested.by_outcome == {"failed": 6, "rejected": 3}

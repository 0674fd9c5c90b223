"""Planning: balanced batches, bounded in number, nothing forgotten."""

import os
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from pipelines.settings import Settings
from pipelines.steps import Batch, Report, Scope, is_small
from pipelines.steps.batches import REPORT_ROWS, Job, pack
from pipelines.steps.costs import Costs

SETTINGS = Settings(batch_seconds=25, max_batches=5)
jobs = st.lists(st.floats(0.01, 60), max_size=60).map(lambda costs: [Job(f"d{n:03d}", c) for n, c in enumerate(costs)])


@given(jobs)
def test_every_document_is_in_at_most_one_batch_and_small_work_is_complete(work: list[Job]) -> None:
    batches = pack(work, SETTINGS, "missing", "documents")
    planned = [document for batch in batches for document in batch.documents]
    assert len(planned) == len(set(planned))
    assert len(batches) <= SETTINGS.max_batches
    if sum(job.seconds for job in work) <= SETTINGS.batch_seconds * SETTINGS.max_batches:
        assert sorted(planned) == sorted(job.document for job in work)
    if work:
        assert planned, "a run always gets on"


@given(jobs)
def test_no_batch_is_much_longer_than_the_longest_document_or_the_wanted_size(work: list[Job]) -> None:
    for batch in pack(work, SETTINGS, "missing", "documents"):
        # LPT never exceeds the mean by more than one job
        assert batch.seconds <= SETTINGS.batch_seconds + max(job.seconds for job in work)


def test_a_run_takes_300_batches_and_the_next_run_the_rest() -> None:
    settings = Settings()
    work = [Job(f"d{n:03d}", settings.batch_seconds) for n in range(400)]
    first = {document for batch in pack(work, settings, "missing", "documents") for document in batch.documents}
    left = [job for job in work if job.document not in first]
    assert len(first) == settings.max_batches == 300
    assert sum(len(batch.documents) for batch in pack(left, settings, "missing", "documents")) == 100


def test_batches_come_in_whole_rounds_so_that_no_core_is_left_without_work() -> None:
    cores = os.cpu_count() or 1
    for count in (30, 130, 333):
        batches = pack([Job(f"d{n}", 1.0) for n in range(count)], Settings(), "missing", "documents")
        assert len(batches) % cores == 0
        assert max(batch.seconds for batch in batches) <= Settings().batch_seconds


def test_only_a_lone_quick_batch_is_small() -> None:
    quick = pack([Job("a", 0.1), Job("b", 0.2)], SETTINGS, "missing", "documents")
    assert is_small(quick, SETTINGS)
    assert not is_small([], SETTINGS)
    assert not is_small(pack([Job("scan", Costs().scanned_page)], SETTINGS, "missing", "documents"), SETTINGS)
    assert not is_small(quick, SETTINGS.model_copy(update={"at_once_seconds": 0}))


def test_a_lone_document_is_a_batch_of_its_own_name() -> None:
    [batch] = pack([Job("2026-11-20/a-3f2a9c1b77aa01de", 0.1)], SETTINGS, "missing", "documents")
    assert batch.label == "2026-11-20/a-3f2a9c1b77aa01de"


def test_a_batch_travels_through_json() -> None:
    batch = Batch("x", ("a", "b"), 1.5, "stale", (1, 24))
    assert Batch.from_json(batch.to_json()) == batch


def test_a_report_counts_all_and_names_some() -> None:
    report = Report("parse")
    for n in range(500):
        report.add(f"d{n}", "quarantined" if n % 2 else "accepted", "why" if n % 2 else "")
    body = report.to_json()
    assert body["outcomes"] == {"accepted": 250, "quarantined": 250}
    assert len(body["documents"]) == REPORT_ROWS
    assert all(row[2] == "why" for row in body["documents"]), "those with a reason come first"


def test_the_live_flow_looks_at_the_newest_days_and_a_clock_set_back_hides_none() -> None:
    days = Scope().received_days(Settings(live_days=3), today=date(2026, 11, 20))
    assert days == (date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 21))
    assert datetime.now(UTC).date() in Scope().received_days(Settings())


def test_nothing_done_wrote_nothing() -> None:
    report = Report("parse")
    report.add("a", "unchanged")
    assert report.wrote is False
    report.add("b", "accepted")
    assert report.wrote is True

"""The whole walk without Airflow: every step in order until nothing waits. For laptops and cron."""

from __future__ import annotations

import multiprocessing
import uuid
from collections.abc import Callable, Container, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import partial

from pipelines.errors import ReaderCrashed
from pipelines.lake import Lake, open_lake
from pipelines.reading import close_children
from pipelines.releasing import release_memory
from pipelines.settings import Settings
from pipelines.states import all_days
from pipelines.steps.announcing import send_events
from pipelines.steps.batches import Batch, Outcome, Report, Scope, Told, nobody
from pipelines.steps.ingesting import admit_batch, plan_ingest
from pipelines.steps.parse import parse_batch, plan_parsing
from pipelines.steps.read import join_chunks, plan_reading, read_batch

Planned = Callable[[str, int], None]
"""Called with a step's name and how many documents it is about to do."""

_Work = Callable[[Lake, Batch, Told], Report]
_WORK: dict[str, _Work] = {"ingest": admit_batch, "ocr": read_batch, "parse": parse_batch}


def run_all(
    lake: Lake,
    scope: Scope | None = None,
    jobs: int = 1,
    planned: Planned = lambda _step, _documents: None,
    told: Told = nobody,
) -> Iterator[Report]:
    """Every step over the lake; yields each step's report as it ends.

    Without days in the scope, all received days are looked at, so that nothing old is left behind.
    With `jobs` above 1, batches are done by as many processes.
    """
    pool = ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) if jobs > 1 else None
    try:
        walk = partial(_until_empty, lake, pool=pool, planned=planned, told=told)
        yield walk("ingest", lambda failed: plan_ingest(lake, without=failed), repeat=True)
        scope = scope or Scope()
        if scope.days is None:
            scope = replace(scope, days=all_days(lake))
        repeat = scope.mode == "missing"  # the other modes would see again what they just made
        read = walk("ocr", lambda failed: plan_reading(lake, scope, failed), repeat=repeat)
        for joined in join_chunks(lake, scope).outcomes:
            read.keep(joined)
        yield read
        yield walk("parse", lambda failed: plan_parsing(lake, scope, failed), repeat=repeat)
    finally:
        if pool is not None:
            pool.shutdown(cancel_futures=True)
    # the table libraries take 130 MiB: the processes that read and parse, which load this module too, go without
    from pipelines.silver import forget_written
    from pipelines.steps.aggregate import build_gold
    from pipelines.steps.promote import promote_silver

    yield promote_silver(lake, scope, f"run-{uuid.uuid4().hex}")
    forget_written()  # nothing more is committed, and gold takes the most memory of all
    release_memory()
    yield build_gold(lake, scope)
    if lake.settings.kafka_bootstrap_servers:
        yield send_events(lake)


def _until_empty(
    lake: Lake,
    step: str,
    plan: Callable[[Container[str]], list[Batch]],
    *,
    repeat: bool,
    pool: Executor | None,
    planned: Planned,
    told: Told,
) -> Report:
    """Plan and work until a plan brings nothing new: what failed once is left to the next run.

    What a plan holds that the one before held as well has failed. No later plan holds it, so that nothing waits behind
    failures, however many they are; of what did not fail, only the plan before is remembered.
    """
    total, before, failed = Report(step, told), set[tuple[str, tuple[int, int] | None]](), set[str]()
    while found := plan(failed):
        # page ranges of a large scan are jobs of their own, and one that fails says nothing of the others
        known = {d for batch in found if batch.pages is None for d in batch.documents if (d, None) in before}
        fresh = [replace(b, documents=tuple(d for d in b.documents if (d, b.pages) not in before)) for b in found]
        batches = [batch for batch in fresh if batch.documents]
        if not batches and not known:
            break
        failed |= known
        before = {(document, batch.pages) for batch in found for document in batch.documents}
        if batches:
            planned(step, sum(len(batch.documents) for batch in batches))
        for outcomes in _results(lake, step, batches, pool, total):
            for outcome in outcomes:
                total.keep(outcome)
        if not repeat:
            break
    return total


def _results(
    lake: Lake, step: str, batches: list[Batch], pool: Executor | None, total: Report
) -> Iterator[list[Outcome]]:
    if pool is None:
        for batch in batches:
            yield _do(lake, step, batch, total.told)
        return
    for future in as_completed([pool.submit(_in_child, lake.settings, step, batch) for batch in batches]):
        try:
            outcomes = future.result()
        except BrokenProcessPool as error:
            remedy = "What was written stands: run it again. If it stays, is memory used up? Try fewer --jobs."
            raise ReaderCrashed(f"a process of step {step} was killed", remedy=remedy) from error
        for outcome in outcomes:
            total.told(outcome)
        yield outcomes


def _in_child(settings: Settings, step: str, batch: Batch) -> list[Outcome]:
    return _do(open_lake(settings), step, batch, nobody)


def _do(lake: Lake, step: str, batch: Batch, told: Told) -> list[Outcome]:
    if step == "parse":
        close_children()  # nothing is read any more: each takes 44 MiB
    return _WORK[step](lake, batch, told).outcomes

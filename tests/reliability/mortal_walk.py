"""A process that walks the lake until it is killed: what a task, a cron job or a command line is to the lake.

Processes are forked from a server that has everything imported and no store open, so that a hundred of them
cost seconds, not minutes.
"""

from __future__ import annotations

import multiprocessing
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path

from pipelines.lake import Lake
from pipelines.lake import open_lake as open_with
from pipelines.settings import Settings

STAGES = ("ingest", "ocr", "parse", "silver", "gold")


def lake_at(folder: Path) -> Lake:
    settings = Settings(url=str(folder / "lake"), uploads_url=str(folder / "uploads"), settle_seconds=0)
    return open_with(settings)


def walk(folder: Path, mode: str, told: Connection | None = None) -> None:
    """Every step, until nothing waits; tells which stage begins."""
    from pipelines.steps import Scope, run_all

    def tell(stage: str, _documents: int = 0) -> None:
        if told is not None:
            told.send(stage)

    scope = Scope(mode=mode)  # type: ignore[arg-type]
    for report in run_all(lake_at(folder), scope, planned=tell):
        if report.step in ("parse", "silver"):
            tell(STAGES[STAGES.index(report.step) + 1])


def nursery() -> ForkServerContext:
    """Where processes come from."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.reliability.mortal_imports"])
    return context

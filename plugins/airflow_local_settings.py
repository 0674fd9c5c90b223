"""What makes the scheduler quick: imports that every task would do anew, and a finer clock on SQLite.

With the LocalExecutor a task is a fork of the scheduler's worker. Where the libraries are not there yet it
spends 0.3 (ingest) to 1.5 (silver, gold) CPU seconds importing them, and a document passes a dozen tasks on
its way to gold. Airflow imports this module (by its name) in every component; only
the scheduler, and Celery's worker, fork tasks. Modules are imported, nothing in them is started.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import now

__all__: list[str] = []
"""Nothing here replaces a setting of Airflow."""

FORKING = ("scheduler", "worker")
HEAVY = (
    "pipelines.steps.ingesting",
    "pipelines.steps.read",
    "pipelines.steps.parse",
    "pipelines.steps.promote",
    "pipelines.steps.aggregate",
)


def preload() -> None:
    """Import the steps' modules."""
    for name in HEAVY:
        import_module(name)


def refine_sqlite_clock() -> None:
    """Give `now` in SQLite's queries milliseconds.

    The scheduler starts runs whose `run_after` is not beyond the database's `now`. SQLite's has whole seconds,
    so that a run woken by an asset would wait for the next one: half a second a stage in the mean.
    """

    @compiles(now, "sqlite")
    def _milliseconds(element: object, compiler: object, **options: Any) -> str:  # noqa: ARG001
        return "strftime('%Y-%m-%d %H:%M:%f', 'now')"


if any(name in FORKING for name in sys.argv[1:3]):
    preload()
    refine_sqlite_clock()

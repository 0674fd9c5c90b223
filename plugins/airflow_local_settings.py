"""Imports, once in the scheduler, what every task would import anew.

With the LocalExecutor a task is a fork of the scheduler's worker. Where the libraries are not there yet it
spends 0.3 (ingest) to 1.5 (silver, gold) CPU seconds importing them, and a document passes a dozen tasks on
its way to gold. Airflow imports this module (by its name) in every component; only
the scheduler, and Celery's worker, fork tasks. Modules are imported, nothing in them is started.
"""

from __future__ import annotations

import sys
from importlib import import_module

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
    """Import the steps' modules if this process forks tasks."""
    if any(name in FORKING for name in sys.argv[1:3]):
        for name in HEAVY:
            import_module(name)


preload()

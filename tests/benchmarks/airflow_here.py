"""An Airflow and a folder lake of their own in a temporary folder, for benchmarks."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipelines.bootstrap import processes
from pipelines.bootstrap.api import AirflowApi
from pipelines.bootstrap.home import ROOT, Home, Ports, airflow_environment, lake_environment
from pipelines.lake import Lake
from pipelines.steps import open_lake, pending

STAGES = ("ingest", "ocr", "parse", "silver", "gold")
START_SECONDS = 600.0


@dataclass
class Here:
    """A running Airflow over `lake`."""

    home: Home
    lake: Lake
    environment: dict[str, str]
    started: dict[str, int]

    def quiet(self) -> bool:
        """Whether nothing waits at any stage, settled or not."""
        dropped = any(path.is_file() for path in self.home.uploads.rglob("*"))
        return not dropped and not any(pending(self.lake, stage).count for stage in STAGES)

    def parsed(self) -> int:
        return sum(1 for _ in (self.home.lake / "01_bronze" / "parsed_invoices").rglob("*.json"))

    def arm(self) -> None:
        """From now on the first task of each stage dies after its work."""
        (self.home.folder / "dying" / "armed").touch()

    def killed(self) -> list[str]:
        """Stages of which a task was killed."""
        return sorted(path.name.removeprefix("killed-") for path in (self.home.folder / "dying").glob("killed-*"))

    def airflow(self, *arguments: str) -> int:
        return processes.command(self.home, list(arguments))


@contextmanager
def running_airflow(
    slots: int, extra_dags: tuple[Path, ...] = (), more: dict[str, str] | None = None, database: str | None = None
) -> Iterator[Here]:
    """Start everything, wait until it is ready, and leave nothing behind.

    Args:
        slots: Slots of the OCR pool.
        extra_dags: DAG files beside the lake's.
        more: Environment variables on top.
        database: SQLAlchemy's URL of an empty metadata database; None for SQLite.
    """
    folder = Path(tempfile.mkdtemp(prefix="bench-airflow-"))
    home, ports = Home(folder), Ports.free()
    home.make()
    lake = lake_environment(home, {}, own_lake=True) | {"LAKE_BATCH_SECONDS": "25"}
    environment = airflow_environment(home, ports, os.environ, lake) | (more or {})
    dags = folder / "dags"
    shutil.copytree(ROOT / "dags", dags, ignore=shutil.ignore_patterns("__pycache__"))
    for path in dags.glob("*.py"):
        path.write_text(path.read_text() + "\n\nfrom tests.benchmarks.dying import arm\n\narm()\n")
    for path in extra_dags:
        shutil.copyfile(path, dags / path.name)
    pools = {name: {"slots": slots, "description": "", "include_deferred": False} for name in ("ocr_cpu", "plain_cpu")}
    (folder / "pools.json").write_text(json.dumps(pools))
    (folder / "dying").mkdir()
    environment |= {"AIRFLOW__CORE__DAGS_FOLDER": str(dags), "DYING_FOLDER": str(folder / "dying")}
    if database:
        environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = database
    os.environ.update(lake)
    started: dict[str, int] = {}
    try:
        processes.prepare_database(home, environment, folder / "pools.json")
        api = AirflowApi(ports.url)
        expected = {path.stem.removesuffix("_dag") for path in dags.glob("*.py")}
        processes.start(home, environment, processes.FIRST, started)
        until(lambda: api.healthy() is not None, START_SECONDS)
        processes.start(home, environment, processes.SECOND, started)
        until(lambda: set((api.healthy() or {"": ""}).values()) == {"healthy"}, START_SECONDS)
        until(lambda: expected <= set(api.dag_ids()), START_SECONDS)
        yield Here(home, open_lake(), environment, started)
    finally:
        processes.stop(home)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def idle_airflow() -> Iterator[Here]:
    """A running Airflow with a slot a core that has come to rest; the environment is as it was afterwards."""
    before = dict(os.environ)
    try:
        with running_airflow(os.cpu_count() or 1) as found:
            until(found.quiet, 300)
            yield found
    finally:
        os.environ.clear()
        os.environ.update(before)


def until(true: Callable[[], bool], seconds: float, every: float = 0.1) -> float:
    """Wait until it is true. Returns the seconds waited. Raises TimeoutError."""
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"not within {seconds:.0f} s")
        time.sleep(every)
    return time.monotonic() - began

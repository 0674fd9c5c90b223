"""`demo`, `up` and `down`: one Airflow, one lake, sample invoices through both."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType

from pipelines.bootstrap import processes
from pipelines.bootstrap.api import AirflowApi
from pipelines.bootstrap.home import PASSWORD, ROOT, USER, Home, Ports, airflow_environment, lake_environment
from pipelines.bootstrap.processes import AirflowFailed
from pipelines.bootstrap.showing import show_documents, show_gold, show_next_steps
from pipelines.bootstrap.watch import watch
from pipelines.cli.terminal import complain, out
from pipelines.errors import Terminal
from pipelines.samples import draw_samples
from pipelines.steps import open_lake

READY_SECONDS = 300.0
"""Airflow takes half a minute on two idle cores; a busy machine may take long."""
DEMO_SECONDS = 600.0
"""The demonstration gives up after so long; it takes one to two minutes on 2 cores."""


def demo(home: Home) -> None:
    """Samples through Airflow to gold, shown as they move; everything that was started is stopped.

    Raises AirflowFailed, with the log's end; Terminal where an Airflow of `up` is running.
    """
    began, today = time.monotonic(), datetime.now(UTC).date()
    _refuse_if_running(home)
    home.clear()
    with _stopped_at_the_end(home):
        started, _ = _start(home, began, own_lake=True)
        names = _drop(home)
        _say(began, f"dropped {len(names)} files into {_short(home.uploads)}")
        lake = open_lake()
        watch(lake, names, began, DEMO_SECONDS, lambda: processes.check(home, started))
        _say(began, "everything is in gold, or held back with a reason")
        show_gold(lake)
        show_documents(lake, today)
        show_next_steps(home.lake, up=False)
        out.print()
        _say(began, "stopping Airflow")
    _say(began, "done")


def up(home: Home) -> None:
    """Start Airflow and leave it running. The lake of earlier runs stays; an empty one gets the samples."""
    began = time.monotonic()
    _refuse_if_running(home)
    with _stopped_on_error(home):
        first = not home.lake.exists()
        started, ports = _start(home, began, own_lake=False)
        api = AirflowApi(ports.url)
        _wait_until(lambda: _all_ready(api), home, started)
    if first and os.environ["LAKE_URL"] == home.lake.as_uri():
        _say(began, f"dropped {len(_drop(home))} sample files; watch them at {ports.url}/dags")
    _say(began, "Airflow is up")
    out.print(f"\n  Airflow   {ports.url}   user {USER}, password {PASSWORD}", markup=False)
    out.print(f"  drop into {os.environ['LAKE_UPLOADS_URL'].removeprefix('file://')}", markup=False)
    out.print(f"  lake      {os.environ['LAKE_URL'].removeprefix('file://')}", markup=False)
    out.print(f"  logs      {home.logs}\n  stop      make down", markup=False)
    out.print("  airflow   .venv/bin/python -m pipelines.bootstrap airflow backfill create --help", markup=False)
    if os.environ["LAKE_URL"] == home.lake.as_uri():
        show_next_steps(home.lake, up=True)


def down(home: Home) -> None:
    """Stop what `up` (or a demonstration that was killed) left running."""
    if not processes.running(home):
        out.print("nothing of this checkout is running")
        return
    killed = processes.stop(home)
    out.print("stopped" + (f"; {killed} processes had to be killed" if killed else ""))


def airflow(home: Home, arguments: list[str]) -> int:
    """Airflow's own command line against the Airflow of `up`. Raises Terminal where none is running."""
    if not processes.running(home):
        raise Terminal("no Airflow of this checkout is running", remedy="`make up` starts one.")
    return processes.command(home, arguments)


def _start(home: Home, began: float, *, own_lake: bool) -> tuple[dict[str, int], Ports]:
    """Database and samples at once, then every component."""
    home.make()
    lake = lake_environment(home, os.environ, own_lake=own_lake)
    for name in [name for name in os.environ if name.startswith("LAKE_")]:
        del os.environ[name]
    os.environ.update(lake)
    ports = Ports.free()
    environment = airflow_environment(home, ports, os.environ, lake)
    _say(began, "making Airflow's database, drawing sample invoices")
    drawing = threading.Thread(target=draw_samples, args=(home.samples,), daemon=True)
    drawing.start()
    processes.prepare_database(home, environment)
    started: dict[str, int] = {}
    processes.start(home, environment, processes.FIRST, started)
    _say(began, f"starting Airflow at {ports.url}")
    api = AirflowApi(ports.url)
    _wait_until(lambda: api.healthy() is not None, home, started)
    processes.start(home, environment, processes.SECOND, started)
    drawing.join()
    return started, ports


def _drop(home: Home) -> list[str]:
    """Copy the samples into the uploads as an analyst would. Returns their names."""
    samples = sorted(path for path in home.samples.iterdir() if path.name != "truth.json")
    for path in samples:
        shutil.copyfile(path, home.uploads / path.name)
    return [path.name for path in samples]


def _all_ready(api: AirflowApi) -> bool:
    """Whether every component reports itself healthy and every DAG was read."""
    expected = {path.stem for path in (ROOT / "dags").glob("*.py")}
    health = api.healthy()
    return health is not None and set(health.values()) == {"healthy"} and expected <= set(api.dag_ids())


def _wait_until(ready: Callable[[], bool], home: Home, started: dict[str, int]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not ready():
        processes.check(home, started)
        if time.monotonic() > deadline:
            raise AirflowFailed(f"Airflow was not ready after {READY_SECONDS:.0f} s", remedy=f"Look into {home.logs}.")
        time.sleep(0.3)


def _refuse_if_running(home: Home) -> None:
    if processes.running(home):
        raise Terminal("an Airflow of this checkout is running", remedy="`make down` stops it.")


@contextmanager
def _stopped_at_the_end(home: Home) -> Iterator[None]:
    """Stop what was started whatever happens: at the end, on an error, on Ctrl-C, on a closed terminal."""
    before = {number: signal.signal(number, _interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        # a second Ctrl-C must not leave half of it running
        before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.SIG_IGN)
        processes.stop(home)
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _stopped_on_error(home: Home) -> Iterator[None]:
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    except BaseException:
        complain("stopping what was started")
        processes.stop(home)
        raise
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    raise KeyboardInterrupt


def _short(path: os.PathLike[str]) -> str:
    return os.path.relpath(path)


def _say(began: float, line: str) -> None:
    out.print(f"{time.monotonic() - began:6.1f} s  {line}", style="bold", markup=False)

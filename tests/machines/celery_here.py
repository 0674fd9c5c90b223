"""Airflow with a CeleryExecutor as plain processes: PostgreSQL, Redis, all components, any number of workers.

Two API servers, as in docker-compose.yaml: one for people, one for tasks only.

From system packages, on free ports of this machine, in temporary folders; all of it is stopped at the end.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.bootstrap import processes
from pipelines.bootstrap.api import AirflowApi
from pipelines.bootstrap.home import Home, Ports, airflow_environment
from tests.benchmarks.postgres_here import running_postgres

START_SECONDS = 400.0


@dataclass
class Machines:
    """A running Airflow; `processes` are its API servers and workers: name -> process id."""

    home: Home
    environment: dict[str, str]
    database: str
    processes: dict[str, int] = field(default_factory=dict)

    def start(self, name: str, *arguments: str, **more: str) -> None:
        """A process of Airflow, in a session of its own, with `more` variables."""
        with (self.home.logs / f"{name}.log").open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "airflow", *arguments],
                env=self.environment | more,
                cwd=self.home.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.processes[name] = process.pid

    def start_worker(self, name: str, queues: str, concurrency: int) -> None:
        """A worker for these queues (comma-separated)."""
        arguments = ("--queues", queues, "--concurrency", str(concurrency), "--celery-hostname", f"{name}@%h")
        pid = str(self.home.folder / f"{name}.pid")
        self.start(name, "celery", "worker", *arguments, "--skip-serve-logs", "--without-mingle", "--pid", pid)

    def descendants(self, name: str) -> list[int]:
        """Processes below one: of a worker its pool, and a process for each task under way."""
        return processes._descendants([self.processes[name]])

    def kill(self, name: str) -> None:
        """As when a machine loses power: nothing of it says goodbye."""
        for pid in (*self.descendants(name), self.processes.pop(name)):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def ready(self, name: str) -> bool:
        return "ready." in processes.tail(self.home.logs / f"{name}.log", 400)

    def query(self, query: str) -> list[tuple[object, ...]]:
        """Rows of a query on Airflow's database."""
        from sqlalchemy import create_engine, text

        engine = create_engine(self.database)
        try:
            with engine.connect() as connection:
                return [tuple(row) for row in connection.execute(text(query))]
        finally:
            engine.dispose()


@contextmanager
def running_redis() -> Iterator[str]:
    """A Redis on a free port that keeps nothing; yields its URL."""
    port = _free_port()
    command = ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait()


@contextmanager
def running_celery(lake: dict[str, str], pools: Path = processes.POOLS) -> Iterator[Machines]:
    """Every component but workers, ready; `lake` are the `LAKE_*` and `AWS_*` that they see."""
    with ExitStack() as stack:
        database, broker = stack.enter_context(running_postgres()), stack.enter_context(running_redis())
        folder = Path(tempfile.mkdtemp(prefix="celery-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        home, ports = Home(folder), Ports.free()
        home.make()
        tasks_port = _free_port()
        environment = airflow_environment(home, ports, os.environ, lake) | _celery(database, broker)
        environment["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] = f"http://127.0.0.1:{tasks_port}/execution/"
        machines = Machines(home, environment, database)
        stack.callback(_kill_all, machines)
        stack.callback(processes.stop, home)
        processes.prepare_database(home, environment, pools)
        machines.start("api-server", "api-server", "--apps", "core")
        machines.start("execution-api", "api-server", "--apps", "execution", AIRFLOW__API__PORT=str(tasks_port))
        api, started = AirflowApi(ports.url), dict[str, int]()
        until(lambda: api.healthy() is not None, START_SECONDS)
        processes.start(home, environment, ("dag-processor", *processes.SECOND), started)
        until(lambda: set((api.healthy() or {"": ""}).values()) == {"healthy"}, START_SECONDS)
        yield machines


def _celery(database: str, broker: str) -> dict[str, str]:
    """As docker-compose.yaml sets it, with a lost worker found out in seconds rather than minutes."""
    settings = {
        "CORE__EXECUTOR": "CeleryExecutor",
        "DATABASE__SQL_ALCHEMY_CONN": database,
        "CELERY__BROKER_URL": broker,
        "CELERY__RESULT_BACKEND": f"db+{database}",
        "CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": 120,
        "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": 30,
        "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": 5,
        "SCHEDULER__TASK_QUEUED_TIMEOUT": 40,
        "SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": 5,
    }
    return {f"AIRFLOW__{name}": str(value) for name, value in settings.items()} | {"LAKE_OCR_QUEUE": "ocr"}


def _kill_all(machines: Machines) -> None:
    for name in list(machines.processes):
        machines.kill(name)


def until(true: Callable[[], bool], seconds: float, every: float = 0.3) -> None:
    """Wait until it is true. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:.0f} s")
        time.sleep(every)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""Where the demonstration lives, and the settings Airflow is started with."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The checkout."""
USER, PASSWORD = "admin", "admin"
API_PORT, WORKER_LOG_PORT, TRIGGER_LOG_PORT = 8080, 8793, 8794
"""First ports tried; the next free ones are taken."""

_CA_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE")
_UNWANTED = ("PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV")


@dataclass(frozen=True, slots=True)
class Home:
    """The folder `.demo/` and what lies in it."""

    folder: Path

    @property
    def airflow(self) -> Path:
        return self.folder / "airflow"

    @property
    def logs(self) -> Path:
        """One file a component."""
        return self.folder / "logs"

    @property
    def lake(self) -> Path:
        return self.folder / "lake"

    @property
    def uploads(self) -> Path:
        return self.folder / "uploads"

    @property
    def samples(self) -> Path:
        return self.folder / "samples"

    @property
    def running(self) -> Path:
        """What was started: process ids and the port."""
        return self.folder / "running.json"

    def make(self) -> None:
        for folder in (self.airflow, self.logs, self.uploads, self.samples):
            folder.mkdir(parents=True, exist_ok=True)
        passwords = self.airflow / "passwords.json"
        passwords.write_text(json.dumps({USER: PASSWORD}) + "\n")
        passwords.chmod(0o600)

    def clear(self) -> None:
        """Forget earlier demonstrations."""
        for folder in (self.airflow, self.logs, self.lake, self.uploads, self.samples):
            shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Ports:
    """Three free ports on 127.0.0.1."""

    api: int
    worker_logs: int
    trigger_logs: int

    @classmethod
    def free(cls) -> Ports:
        api = _free_port(API_PORT, ())
        worker = _free_port(WORKER_LOG_PORT, (api,))
        return cls(api, worker, _free_port(TRIGGER_LOG_PORT, (api, worker)))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.api}"


def _free_port(first: int, taken: tuple[int, ...]) -> int:
    for port in (*range(first, first + 50), 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                # Airflow's log servers bind every interface, so ask for that.
                probe.bind(("", port))
            except OSError:
                continue
            found = int(probe.getsockname()[1])
            if found not in taken:
                return found
    raise OSError("no free port on this machine")


def lake_environment(home: Home, shell: Mapping[str, str], *, own_lake: bool) -> dict[str, str]:
    """`LAKE_*`: the demonstration's own folder lake, or what the user's shell says with that as default."""
    chosen = {} if own_lake else {name: value for name, value in shell.items() if name.startswith("LAKE_")}
    # Short batches: with two dozen files one batch of the usual size would keep a single core busy.
    own = {"LAKE_URL": home.lake.as_uri(), "LAKE_UPLOADS_URL": home.uploads.as_uri(), "LAKE_BATCH_SECONDS": "5"}
    return {**own, **chosen}


def airflow_environment(home: Home, ports: Ports, shell: Mapping[str, str], lake: Mapping[str, str]) -> dict[str, str]:
    """The environment of Airflow's processes.

    The shell's own Airflow and bytecode settings are left out: they are for other installations, or would
    compile hundreds of packages at each start. Proxies stay, but never for this machine; variables that
    name a missing CA file go, since every HTTPS client fails on them.
    """
    kept = {
        name: value
        for name, value in shell.items()
        if not name.startswith(("AIRFLOW", "LAKE_")) and name not in _UNWANTED
    }
    for name in _CA_VARIABLES:
        if name in kept and not any(Path(part).exists() for part in kept[name].split(os.pathsep)):
            del kept[name]
    local = ",".join(filter(None, (kept.get("NO_PROXY") or kept.get("no_proxy"), "127.0.0.1,localhost,::1")))
    tools = str(Path(sys.executable).parent)
    return {
        **kept,
        **lake,
        "NO_PROXY": local,
        "no_proxy": local,
        "PATH": f"{tools}{os.pathsep}{kept.get('PATH', os.defpath)}",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "OMP_THREAD_LIMIT": "1",
        "OPENBLAS_NUM_THREADS": "1",
        # macOS ends forked children that touch its own frameworks, as looking up a proxy does.
        "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",
        **_settings(home, ports),
    }


def _settings(home: Home, ports: Ports) -> dict[str, str]:
    """Airflow's settings. Latency was measured: a short idle sleep, parallelism that does not wait for slots."""
    settings = {
        "CORE__DAGS_FOLDER": ROOT / "dags",
        "CORE__PLUGINS_FOLDER": ROOT / "plugins",
        "CORE__LOAD_EXAMPLES": False,
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__PARALLELISM": 8,
        "CORE__MAX_ACTIVE_TASKS_PER_DAG": 8,
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": False,
        "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": home.airflow / "passwords.json",
        "CORE__EXECUTION_API_SERVER_URL": f"{ports.url}/execution/",
        "API_AUTH__JWT_SECRET": secrets.token_hex(32),
        "API__HOST": "127.0.0.1",
        "API__PORT": ports.api,
        "API__BASE_URL": ports.url,
        "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home.airflow / 'airflow.db'}",
        "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": 0.2,
        # A worker that was killed is found out after a minute, not after five.
        "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": 60,
        # Bounds a race of 3.3.2 in which an asset event is ignored until its DAG's file is read again.
        "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": 10,
        "WORKERS__EXECUTION_API_TIMEOUT": 30,
        "WORKERS__EXECUTION_API_RETRIES": 10,
        "LOGGING__WORKER_LOG_SERVER_PORT": ports.worker_logs,
        "LOGGING__TRIGGER_LOG_SERVER_PORT": ports.trigger_logs,
        "LOGGING__COLORED_CONSOLE_LOG": False,
        "LOGGING__NAMESPACE_LEVELS": "http.access=WARNING airflow.api_fastapi.execution_api=WARNING",
        "USAGE_DATA_COLLECTION__ENABLED": False,
    }
    named = {f"AIRFLOW__{name}": str(value) for name, value in settings.items()}
    return {**named, "AIRFLOW_HOME": str(home.airflow)}

"""Airflow's processes: started as children, stopped with all their descendants, found again by `down`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from pipelines.bootstrap.home import ROOT, Home
from pipelines.errors import Terminal

FIRST, SECOND = ("api-server", "dag-processor"), ("scheduler", "triggerer")
"""Components in two waves: a task that starts before the API answers would only wait for it and fail."""
POOLS = ROOT / "include" / "pools.json"
STOP_SECONDS = 6.0
"""How long components may take to end by themselves before they are killed."""

# One interpreter for both commands: each start of Airflow's command line costs seconds.
_PREPARE = """
import sys
from airflow.__main__ import main
for arguments in (["db", "migrate"], ["pools", "import", sys.argv[1]]):
    sys.argv = ["airflow", *arguments]
    main()
"""


class AirflowFailed(Terminal):
    """A process of Airflow ended, or did not come up."""


def prepare_database(home: Home, environment: Mapping[str, str], pools: Path = POOLS) -> None:
    """Make or migrate the metadata database, and import the pools. Raises AirflowFailed."""
    log = home.logs / "prepare.log"
    command = [sys.executable, "-c", _PREPARE, str(pools)]
    with log.open("wb") as output:
        done = subprocess.run(  # noqa: S603 - our own interpreter, no shell
            command, env=dict(environment), cwd=home.folder, stdout=output, stderr=output, check=False
        )
    if done.returncode:
        raise AirflowFailed("Airflow's database could not be made", remedy=f"The log's end:\n{tail(log)}")


def start(home: Home, environment: Mapping[str, str], names: Iterable[str], started: dict[str, int]) -> None:
    """Start components, each in a session of its own, and add name -> process id to `started`."""
    for name in names:
        with (home.logs / f"{name}.log").open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
                [sys.executable, "-m", "airflow", name],
                env=dict(environment),
                cwd=home.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        started[name] = process.pid
        births = {str(pid): _birth(pid) for pid in started.values()}
        own = {name: value for name, value in environment.items() if name.startswith(("AIRFLOW", "LAKE_"))}
        home.running.touch(mode=0o600)
        home.running.write_text(json.dumps({"processes": started, "births": births, "environment": own}))


def check(home: Home, started: Mapping[str, int]) -> None:
    """Raises AirflowFailed, with its log's end, where a component has ended."""
    for name, pid in started.items():
        if not _alive(pid):
            log = home.logs / f"{name}.log"
            raise AirflowFailed(f"Airflow's {name} ended", remedy=f"The end of {log}:\n{tail(log)}")


def running(home: Home) -> dict[str, int]:
    """Components that an earlier start left running: name -> process id."""
    try:
        noted = json.loads(home.running.read_text())
    except FileNotFoundError:
        return {}
    # A process id may have been given to a stranger since: its birth tells.
    return {n: p for n, p in noted["processes"].items() if _alive(p) and _birth(p) == noted["births"][str(p)]}


def command(home: Home, arguments: list[str]) -> int:
    """Run one command of Airflow's own command line against what is running. Returns its exit status."""
    noted = json.loads(home.running.read_text())
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **noted["environment"]}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return subprocess.run([sys.executable, "-m", "airflow", *arguments], env=environment, check=False).returncode  # noqa: S603


def stop(home: Home) -> int:
    """Stop everything that was started, descendants too, also of components that were killed.

    Returns how many processes had to be killed.
    """
    components = list(running(home).values())
    below = _descendants(components)
    orphans = [pid for pid in members(_sessions(home)) if pid not in components and pid not in below]
    everything = {pid: _birth(pid) for pid in (*components, *below, *orphans)}
    _signal([*components, *orphans], signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while (left := _left(everything)) and time.monotonic() < deadline:
        time.sleep(0.1)
    _signal(left, signal.SIGKILL)
    while _left(everything):
        time.sleep(0.05)
    home.running.unlink(missing_ok=True)
    return len(left)


def members(sessions: Collection[int]) -> list[int]:
    """Processes of these sessions, whose leaders may have ended: a killed scheduler leaves its server of logs."""
    return [pid for pid in _parents() if sessions and _session(pid) in sessions]


def _sessions(home: Home) -> frozenset[int]:
    """The sessions of all that was started, but of a process id that was given to a stranger since."""
    try:
        noted = json.loads(home.running.read_text())
    except FileNotFoundError:
        return frozenset()
    pids: list[int] = list(noted["processes"].values())
    return frozenset(pid for pid in pids if not _alive(pid) or _birth(pid) == noted["births"][str(pid)])


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return 0


def tail(log: Path, lines: int = 25) -> str:
    """The last lines of a log."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return "(no log was written)"


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def _left(born: Mapping[int, str]) -> list[int]:
    return [pid for pid, birth in born.items() if _alive(pid) and _birth(pid) == birth]


def _alive(pid: int) -> bool:
    """Whether the process runs; our own ended children are buried on the way."""
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    except ChildProcessError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _birth(pid: int) -> str:
    """When the process started, in the system's own words; empty where it is gone."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.exists():
        try:
            return stat.read_text().rpartition(")")[2].split()[19]
        except (FileNotFoundError, ProcessLookupError):
            return ""
    return _ps("-o", "lstart=", "-p", str(pid)).strip()


def _descendants(pids: Iterable[int]) -> list[int]:
    parents = _parents()
    found: list[int] = []
    level = set(pids)
    while level := {pid for pid, parent in parents.items() if parent in level}:
        found.extend(level)
    return found


def _parents() -> dict[int, int]:
    """Process id -> its parent's, for all processes."""
    if not Path("/proc/self/stat").exists():
        rows = (line.split() for line in _ps("-A", "-o", "pid=,ppid=").splitlines())
        return {int(pid): int(parent) for pid, parent in rows}
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
    return parents


def _ps(*arguments: str) -> str:
    return subprocess.run(["ps", *arguments], capture_output=True, text=True, check=False).stdout  # noqa: S603, S607

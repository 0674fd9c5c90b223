"""What the demonstration starts, stops and shows, without starting Airflow."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelines.bootstrap import processes
from pipelines.bootstrap.home import Home, Ports, airflow_environment, lake_environment

PORTS = Ports(18080, 18793, 18794)


def _environment(home: Home, shell: dict[str, str]) -> dict[str, str]:
    return airflow_environment(home, PORTS, shell, lake_environment(home, shell, own_lake=True))


def test_settings_of_the_shell_that_mislead_airflow_are_left_out(tmp_path: Path) -> None:
    shell = {
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHOME": "/x",
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "KEPT": "1",
    }
    found = _environment(Home(tmp_path), shell)
    assert "PYTHONDONTWRITEBYTECODE" not in found
    assert "PYTHONHOME" not in found
    assert found["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert found["KEPT"] == "1"


def test_a_proxy_is_never_asked_for_this_machine(tmp_path: Path) -> None:
    found = _environment(Home(tmp_path), {"HTTPS_PROXY": "http://proxy:3128", "no_proxy": "example.org"})
    assert found["HTTPS_PROXY"] == "http://proxy:3128"
    assert found["NO_PROXY"] == found["no_proxy"] == "example.org,127.0.0.1,localhost,::1"


def test_ca_variables_stay_only_where_their_file_is(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("")
    shell = {"SSL_CERT_FILE": str(tmp_path / "gone.pem"), "REQUESTS_CA_BUNDLE": str(tmp_path / "ca.pem")}
    found = _environment(Home(tmp_path), shell)
    assert "SSL_CERT_FILE" not in found
    assert found["REQUESTS_CA_BUNDLE"] == str(tmp_path / "ca.pem")


def test_the_demonstration_uses_its_own_lake_and_up_the_users(tmp_path: Path) -> None:
    home, shell = Home(tmp_path), {"LAKE_URL": "s3://lake", "LAKE_UPLOADS_URL": "s3://uploads"}
    assert lake_environment(home, shell, own_lake=True)["LAKE_URL"] == (tmp_path / "lake").as_uri()
    assert lake_environment(home, shell, own_lake=False)["LAKE_URL"] == "s3://lake"


def test_a_taken_port_is_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind(("", 0))
        taken.listen()
        from pipelines.bootstrap import home

        port = taken.getsockname()[1]
        assert home._free_port(port, ()) != port


def _sleepers(home: Home) -> tuple[int, int]:
    """A process that started another, noted as a component. Both sleep."""
    code = (
        "import subprocess, sys; print(subprocess.Popen(['sleep', '60']).pid, flush=True); import time; time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    noted = {"processes": {"x": parent.pid}, "births": {str(parent.pid): processes._birth(parent.pid)}}
    home.running.write_text(json.dumps(noted))
    return parent.pid, child


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # a child of a dead parent may wait to be buried by init
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_stopping_ends_descendants_too(tmp_path: Path) -> None:
    home = Home(tmp_path)
    parent, child = _sleepers(home)
    assert processes.running(home) == {"x": parent}
    processes.stop(home)
    time.sleep(0.1)
    assert not _exists(parent)
    assert not _exists(child)
    assert processes.running(home) == {}


def test_stopping_ends_what_a_killed_component_left(tmp_path: Path) -> None:
    home = Home(tmp_path)
    parent, child = _sleepers(home)
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    assert _exists(child)
    processes.stop(home)
    time.sleep(0.1)
    assert not _exists(child)


def test_a_process_id_that_now_belongs_to_a_stranger_is_left_alone(tmp_path: Path) -> None:
    home = Home(tmp_path)
    noted = {"processes": {"x": os.getpid()}, "births": {str(os.getpid()): "another birth"}}
    home.running.write_text(json.dumps(noted))
    assert processes.running(home) == {}
    assert processes.stop(home) == 0


def test_a_component_that_ended_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make()
    (home.logs / "scheduler.log").write_text("first\nPort is taken\n")
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with pytest.raises(processes.AirflowFailed, match="Port is taken"):
        processes.check(home, {"scheduler": ended.pid})

"""Who is told of failures and late runs, read as Airflow reads the DAG files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
READ = """
import json
from airflow.dag_processing.dagbag import DagBag
bag = DagBag()
dags = {}
for name, dag in bag.dags.items():
    dags[name] = {
        "deadlines": [
            {"minutes": alert.interval.total_seconds() / 60, "reference": type(alert.reference).__name__,
             "callback": alert.callback.path, "arguments": alert.callback.kwargs}
            for alert in (dag.deadline or [])
        ],
        "callbacks": [len(task.on_failure_callback or []) for task in dag.tasks],
    }
print()
print(json.dumps({"errors": bag.import_errors, "dags": dags}))
"""
NOTIFIER = "airflow.providers.smtp.notifications.smtp.SmtpNotifier"


def _read(environment: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-c", READ], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert found["errors"] == {}
    return found


def test_a_notifier_is_told_of_every_failed_task_and_of_late_runs(airflow_environment: dict[str, str]) -> None:
    pytest.importorskip("airflow.providers.smtp.notifications.smtp")
    arguments = {"to": "data@example.com"}
    own = {
        "LAKE_NOTIFIER": NOTIFIER,
        "LAKE_NOTIFIER_ARGS": json.dumps(arguments),
        "LAKE_DEADLINE_MINUTES": "45",
    }
    found = _read({**airflow_environment, **own})["dags"]
    for name, facts in found.items():
        assert facts["callbacks"] == [1] * len(facts["callbacks"]), name
        if name == "replay_invoices":
            continue  # it waits for the stages, which have deadlines of their own
        [deadline] = facts["deadlines"]
        assert (deadline["minutes"], deadline["callback"], deadline["arguments"]) == (45, NOTIFIER, arguments)


def test_without_a_notifier_nobody_is_told(airflow_environment: dict[str, str]) -> None:
    for facts in _read(airflow_environment)["dags"].values():
        assert facts["deadlines"] == []
        assert set(facts["callbacks"]) == {0}


ANNOUNCE = """
import sys
from lake_dags.alerts import announce
announce(["layout a1 fell"], {"run_id": "r"})
announce([], {"run_id": "r"})
"""
TELLER = """
def Teller(to):
    def tell(context):
        print(to, context["run_id"], context["exception"])
        raise OSError("no mail server")
    return tell
"""


def test_what_no_task_fails_at_is_told_too_and_a_broken_notifier_fails_nothing(
    airflow_environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "tellers.py").write_text(TELLER)
    own = {"LAKE_NOTIFIER": "tellers.Teller", "LAKE_NOTIFIER_ARGS": json.dumps({"to": "anna"})}
    path = f"{tmp_path}:{ROOT / 'plugins'}:{airflow_environment.get('PYTHONPATH', '')}"
    done = subprocess.run(
        [sys.executable, "-c", ANNOUNCE],
        env={**airflow_environment, **own, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "anna r layout a1 fell\n" in done.stdout
    assert done.stdout.count("anna r") == 1

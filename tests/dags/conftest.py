"""An Airflow of its own for these tests: its home is a temporary folder, set before airflow is imported."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_HOME = tempfile.mkdtemp(prefix="airflow-tests-")
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)

for _name in [_name for _name in os.environ if _name.startswith(("AIRFLOW", "LAKE_"))]:
    del os.environ[_name]
AIRFLOW_ENVIRONMENT = {
    "AIRFLOW_HOME": _HOME,
    "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
    "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{_HOME}/airflow.db",
    "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    "NO_PROXY": "127.0.0.1,localhost",
    "no_proxy": "127.0.0.1,localhost",
}
os.environ.update(AIRFLOW_ENVIRONMENT)
if str(ROOT / "plugins") not in sys.path:
    sys.path.append(str(ROOT / "plugins"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker for all: each needs an Airflow of its own."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("airflow"))
            item.add_marker(pytest.mark.airflow)


@pytest.fixture(scope="session")
def airflow_environment() -> dict[str, str]:
    """For Airflow in a process of its own: nothing of the user's shell that could mislead it."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, **AIRFLOW_ENVIRONMENT, "PYTHONPATH": str(ROOT), "OMP_THREAD_LIMIT": "1"}

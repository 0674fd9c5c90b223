"""docker-compose.yaml and the Dockerfile, as far as they can be judged without an engine."""

import re
from pathlib import Path
from typing import Any

import yaml

from pipelines.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def test_every_port_is_bound_to_this_machine_only() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_every_airflow_component_runs() -> None:
    assert {"api-server", "scheduler", "dag-processor", "triggerer"} <= set(SERVICES)


def test_every_lake_variable_is_a_setting() -> None:
    named = {
        name for service in SERVICES.values() for name in service.get("environment", {}) if name.startswith("LAKE_")
    }
    assert named
    assert named <= {f"LAKE_{field.upper()}" for field in Settings.model_fields} | {"LAKE_AWS_CONN_ID"}


def test_secrets_come_from_the_environment_file_only() -> None:
    text = (ROOT / "docker-compose.yaml").read_text()
    for name in re.findall(r"^\s+(\w*(?:PASSWORD|SECRET|FERNET_KEY)\w*): (\S.*)$", text, re.MULTILINE):
        assert name[1].startswith("${") or name[0].endswith("PASSWORDS_FILE"), name
    wanted = set(re.findall(r"\$\{(\w+)", text))
    assert wanted <= set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def test_every_image_is_pinned_and_every_service_has_a_memory_limit() -> None:
    for name, service in SERVICES.items():
        assert service["image"] == "invoice-lake" or re.search(r":[\w.-]*\d", service["image"]), name
        assert "mem_limit" in service, name


def test_the_image_runs_without_root_and_copies_what_exists() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    users = [line for line in lines if line.startswith("USER ")]
    assert users[-1] == "USER airflow"
    for line in lines:
        if line.startswith("COPY") and "--from" not in line:
            assert (ROOT / line.split()[-2]).exists(), line

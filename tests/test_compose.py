"""docker-compose.yaml, the Dockerfile and the Helm values, as far as they can be judged without an engine."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
HELM = ROOT / "include" / "helm"
VALUES: dict[str, Any] = yaml.safe_load((HELM / "values.yaml").read_text())
PLUGINS = "".join(path.read_text() for path in (ROOT / "plugins" / "lake_dags").glob("*.py"))
KNOWN = {f"LAKE_{field.upper()}" for field in Settings.model_fields} | set(re.findall(r'"(LAKE_\w+)"', PLUGINS))


def _parsed(folder: Path, settings: str, *profiles: str) -> subprocess.CompletedProcess[str]:
    """docker-compose.yaml as a compose parser understands it with these settings. Its engine only tells a version."""
    engine, env = folder / "podman", folder / ".env"
    engine.write_text("#!/bin/sh\necho podman version 5.0.0\n")
    engine.chmod(0o755)
    env.write_text(settings)
    chosen = [part for profile in profiles for part in ("--profile", profile)]
    command = [str(Path(sys.executable).with_name("podman-compose")), "--podman-path", str(engine)]
    command += ["--env-file", str(env), "-f", str(ROOT / "docker-compose.yaml"), *chosen, "config"]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"})


def test_a_compose_parser_reads_the_file_with_the_settings_of_the_example(tmp_path: Path) -> None:
    done = _parsed(tmp_path, (ROOT / ".env.example").read_text(), "celery", "kafka", "statsd")
    assert done.returncode == 0, done.stderr
    services = yaml.safe_load(done.stdout)["services"]
    assert set(services) == set(SERVICES)
    known = set(services)
    for name, service in services.items():
        assert set(service.get("depends_on", {})) <= known, name
        assert "${" not in str(service.get("environment", {})), name


def test_a_setting_that_is_missing_stops_compose_with_its_name(tmp_path: Path) -> None:
    done = _parsed(tmp_path, "")
    assert done.returncode != 0
    assert "set it in .env" in done.stderr


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    if not hadolint.exists():
        pytest.skip("hadolint is packaged for Linux on x86-64 only")
    done = subprocess.run([str(hadolint), str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_service_that_stays_up_has_a_health_check_and_limits() -> None:
    for name, service in SERVICES.items():
        assert "mem_limit" in service, name
        assert "cpus" in service, name
        if name != "init":
            assert service.get("healthcheck", {}).get("test"), name


def test_tasks_have_an_api_server_that_people_cannot_reach() -> None:
    execution, core = SERVICES["execution-api"], SERVICES["api-server"]
    assert execution["command"] == ["api-server", "--apps", "execution"]
    assert "ports" not in execution
    assert core["command"] == ["api-server", "--apps", "core"]
    url = core["environment"]["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"]
    assert url == "http://execution-api:8080/execution/"


def test_workers_of_the_celery_profile_serve_the_queues_of_the_tasks() -> None:
    workers = {name: service for name, service in SERVICES.items() if "worker" in name}
    queues = {service["command"][service["command"].index("--queues") + 1] for service in workers.values()}
    assert queues == {"default", "ocr"}
    assert {tuple(service["profiles"]) for service in workers.values()} == {("celery",)}
    assert {name for name, service in SERVICES.items() if "profiles" not in service} == {
        "postgres",
        "minio",
        "init",
        "api-server",
        "execution-api",
        "scheduler",
        "dag-processor",
        "triggerer",
    }


def test_no_worker_keeps_anything() -> None:
    for name in ("worker", "worker-ocr", "scheduler", "triggerer"):
        assert {volume.split(":")[1] for volume in SERVICES[name]["volumes"]} == {
            "/opt/airflow/logs",
            "/opt/airflow/auth",
        }
    assert VALUES["workers"]["celery"]["persistence"] == {"enabled": False}
    assert VALUES["triggerer"]["persistence"] == {"enabled": False}
    assert not VALUES["redis"]["enabled"]
    assert not VALUES["postgresql"]["enabled"]


@pytest.mark.parametrize("name", ["values.yaml", "values-keda.yaml"])
def test_helm_workers_serve_the_queues_of_the_tasks(name: str) -> None:
    sets = yaml.safe_load((HELM / name).read_text())["workers"]["celery"]["sets"]
    queue = next(pair["value"] for pair in VALUES["env"] if pair["name"] == "LAKE_OCR_QUEUE")
    assert {each["queue"] for each in sets} == {"default", queue}
    for each in sets:
        assert f"--queues {each['queue']} " in each["args"][-1]
        assert each["resources"]["limits"]["memory"]
        assert ("replicas" in each) != ("keda" in each)
    assert VALUES["workers"]["celery"]["enableDefault"] is False


def test_helm_values_name_secrets_and_hold_none() -> None:
    for name in ("fernetKeySecretName", "jwtSecretName", "apiSecretKeySecretName"):
        assert VALUES[name].startswith("lake-")
    assert set(VALUES["data"]) == {"metadataSecretName", "resultBackendSecretName", "brokerUrlSecretName"}
    assert "secretRef" in VALUES["extraEnvFrom"]
    assert not [pair for pair in VALUES["env"] if re.search("PASSWORD|SECRET|ACCESS_KEY", pair["name"])]
    assert {pair["name"] for pair in VALUES["env"] if pair["name"].startswith("LAKE_")} <= KNOWN


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
    assert named <= KNOWN


def test_secrets_come_from_the_environment_file_only() -> None:
    text = (ROOT / "docker-compose.yaml").read_text()
    for name in re.findall(r"^\s+(\w*(?:PASSWORD|SECRET|FERNET_KEY)\w*): (\S.*)$", text, re.MULTILINE):
        assert name[1].startswith("${") or name[0].endswith("PASSWORDS_FILE"), name
    wanted = set(re.findall(r"\$\{(\w+)", text))
    assert wanted <= set(re.findall(r"^#?(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def test_every_image_is_pinned_and_every_service_has_a_memory_limit() -> None:
    for name, service in SERVICES.items():
        assert service["image"] == "invoice-lake" or re.search(r":[\w.-]*\d", service["image"]), name
        assert "mem_limit" in service, name


WRITES_ITS_OWN_ROOT = {"kafka"}
"""Its start script writes its configuration into the image's files."""


def test_no_root_can_be_written_and_no_right_can_be_gained() -> None:
    for name, service in SERVICES.items():
        assert service.get("security_opt") == ["no-new-privileges:true"], name
        assert service.get("read_only", False) == (name not in WRITES_ITS_OWN_ROOT), name
        if service["image"] == "invoice-lake":
            places = {place.partition(":")[0] for place in service["tmpfs"]} | {
                volume.rpartition(":")[2] for volume in service["volumes"]
            }
            # what Airflow writes: its home, its logs, and temporary files
            assert {"/opt/airflow", "/opt/airflow/logs", "/opt/airflow/auth", "/tmp"} <= places, name
            assert service["cap_drop"] == ["ALL"], name
            assert ("user" in service) == ("cap_add" in service) == (name == "init"), name


def test_the_image_runs_without_root_and_copies_what_exists() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    users = [line for line in lines if line.startswith("USER ")]
    assert users[-1] == "USER 50000"  # airflow, by number: Kubernetes can tell that it is not root
    for line in lines:
        if line.startswith("COPY") and "--from" not in line:
            assert (ROOT / line.split()[-2]).exists(), line

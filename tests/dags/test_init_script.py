"""The script that prepares a database, pools, the admin's password and buckets, run as plain processes."""

from __future__ import annotations

import http.server
import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "include" / "docker"


@pytest.fixture
def environment(tmp_path: Path, s3_server: str) -> dict[str, str]:
    kept = {n: v for n, v in os.environ.items() if not n.startswith("AIRFLOW") and n != "PYTHONDONTWRITEBYTECODE"}
    return kept | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{tmp_path}/airflow.db",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "ADMIN_PASSWORD": 'with "quotes" and ż',
        "OCR_SLOTS": "7",
        "LAKE_URL": "s3://init-lake/invoices",
        "LAKE_UPLOADS_URL": "s3://init-uploads",
        "LAKE_S3_ENDPOINT_URL": s3_server,
        "LAKE_S3_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test-secret",
        "NO_PROXY": "127.0.0.1",
    }


def _init(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", str(DOCKER / "init.sh")], env=environment, capture_output=True, text=True, check=False
    )


def _facts(environment: dict[str, str], home: Path) -> tuple[Any, ...]:
    passwords = home / "auth" / "passwords.json"
    with sqlite3.connect(home / "airflow.db") as database:
        slots = database.execute("select slots from slot_pool where pool = 'ocr_cpu'").fetchone()
    client = boto3.client(
        "s3",
        endpoint_url=environment["LAKE_S3_ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test-secret",
    )
    buckets = {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}
    return (
        json.loads(passwords.read_text()),
        oct(passwords.stat().st_mode)[-3:],
        slots,
        {"init-lake", "init-uploads"} <= buckets,
    )


def test_init_prepares_everything(environment: dict[str, str], tmp_path: Path) -> None:
    done = _init(environment)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert _facts(environment, tmp_path) == ({"admin": 'with "quotes" and ż'}, "600", (7,), True)
    assert "quotes" not in done.stdout + done.stderr


@pytest.mark.long
def test_init_can_run_again(environment: dict[str, str], tmp_path: Path) -> None:
    assert _init(environment).returncode == 0
    first = _facts(environment, tmp_path)
    assert _init(environment).returncode == 0
    assert _facts(environment, tmp_path) == first


def test_init_without_a_password_says_so_and_does_nothing(environment: dict[str, str], tmp_path: Path) -> None:
    del environment["ADMIN_PASSWORD"]
    done = _init(environment)
    assert done.returncode != 0
    assert "ADMIN_PASSWORD" in done.stderr
    assert not list(tmp_path.iterdir())


@contextmanager
def _api(status: str) -> Iterator[str]:
    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"triggerer": {"status": status}}).encode())

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(("status", "code"), [("healthy", 0), ("unhealthy", 1)])
def test_a_component_is_as_healthy_as_the_api_server_says(status: str, code: int) -> None:
    with _api(status) as url:
        done = subprocess.run(
            [sys.executable, str(DOCKER / "healthy.py"), "triggerer"],
            env={**os.environ, "AIRFLOW_HEALTH_URL": url, "NO_PROXY": "127.0.0.1"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stdout.strip()) == (code, status)

"""What all tests share: a lake in a temporary folder, and an S3 server in this process."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings as property_settings

from pipelines.lake import Lake
from pipelines.lake import open_lake as open_with
from pipelines.settings import Settings

# timing belongs to benchmarks: a loaded machine fails no property
property_settings.register_profile("untimed", deadline=None)
property_settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-figures", action="store_true", help="write tests/corpus/golden_figures.json anew from this run"
    )


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The developer's own lake and cloud must not leak into a test, nor a test into them."""
    import os

    for name in [n for n in os.environ if n.startswith(("LAKE_", "AWS_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(url=str(tmp_path / "lake"), uploads_url=str(tmp_path / "uploads"), settle_seconds=0)


@pytest.fixture
def lake(settings: Settings) -> Lake:
    return open_with(settings)


@pytest.fixture
def uploads_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "uploads"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of an S3 server (moto) on a free port of this machine."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def s3_lake(s3_server: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Lake:
    """A lake in a bucket of its own, with an uploads bucket beside it."""
    import boto3

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test-secret")
    name = f"t{abs(hash(request.node.nodeid)):x}"
    client = boto3.client("s3", endpoint_url=s3_server, region_name="us-east-1")
    for bucket in (f"{name}-lake", f"{name}-uploads"):
        client.create_bucket(Bucket=bucket)
    settings = Settings(
        url=f"s3://{name}-lake/prefix",
        uploads_url=f"s3://{name}-uploads/drop",
        s3_endpoint_url=s3_server,
        s3_region="us-east-1",
    )
    return open_with(settings)


BROKER = """
import sys
from confluent_kafka import Producer
cluster = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": ""})
(broker,) = cluster.list_topics(timeout=10).brokers.values()
print(f"{broker.host}:{broker.port}", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def kafka_broker() -> Iterator[str]:
    """The address of a broker (librdkafka's mock cluster) in a process of its own, on a free port of this machine."""
    with subprocess.Popen(
        [sys.executable, "-c", BROKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.stdin.close()

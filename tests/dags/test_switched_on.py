"""What settings switch on, in one walk: an S3 lake by an Airflow connection, OpenLineage, StatsD."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest

from pipelines.samples import draw_samples
from tests.dags.test_chain import RUN

STAGES = ("ingest_uploads", "bronze_ocr", "bronze_parse_invoice", "silver_invoices", "gold_invoice_metrics")
DROPPED = "prad-rozliczenie-2026-01.pdf"
CONNECTION = {
    "conn_type": "aws",
    "login": "by-connection",
    "password": "connection-secret",
    "extra": {"region_name": "us-east-1"},
}


@dataclass
class Walk:
    """What one run of every stage left behind."""

    states: dict[str, Any]
    keys: list[str]
    lineage: list[dict[str, Any]]
    metrics: set[str] = field(default_factory=set)
    output: str = ""


class _Metrics:
    """A StatsD server of this test's own: names of all that comes in."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.2)
        self.port = int(self._socket.getsockname()[1])
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        while not self._ended.is_set():
            try:
                body = self._socket.recv(65536)
            except TimeoutError:
                continue
            self.names |= {line.partition(":")[0] for line in body.decode().splitlines()}

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()
        self._socket.close()


def _client(s3_server: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=s3_server,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test-secret",
    )


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory, airflow_environment: dict[str, str], s3_server: str) -> Walk:
    folder, client = tmp_path_factory.mktemp("switched-on"), _client(s3_server)
    for bucket in ("switched-lake", "switched-uploads"):
        client.create_bucket(Bucket=bucket)
    draw_samples(folder / "samples", scans=False)
    client.upload_file(str(folder / "samples" / DROPPED), "switched-uploads", f"drop/{DROPPED}")
    metrics, events = _Metrics(), folder / "lineage.jsonl"
    own = {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder}/airflow.db",
        "LAKE_URL": "s3://switched-lake/invoices",
        "LAKE_UPLOADS_URL": "s3://switched-uploads/drop",
        "LAKE_S3_ENDPOINT_URL": s3_server,
        "LAKE_AWS_CONN_ID": "lake_store",
        "AIRFLOW_CONN_LAKE_STORE": json.dumps(CONNECTION),
        "AWS_CONFIG_FILE": str(folder / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AIRFLOW__OPENLINEAGE__DISABLED": "False",
        "AIRFLOW__OPENLINEAGE__NAMESPACE": "invoice-lake",
        "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps({"type": "file", "log_file_path": str(events), "append": True}),
        "AIRFLOW__OPENLINEAGE__EXTRACTORS": "lake_dags.lineage.LakeLineage",
        "AIRFLOW__METRICS__STATSD_ON": "True",
        "AIRFLOW__METRICS__STATSD_HOST": "127.0.0.1",
        "AIRFLOW__METRICS__STATSD_PORT": str(metrics.port),
    }
    without = {name: value for name, value in airflow_environment.items() if not name.startswith("AWS_")}
    try:
        done = subprocess.run(
            [sys.executable, "-c", RUN, json.dumps([{"dags": STAGES, "at_once_seconds": 1, "dropped": []}])],
            env=without | own,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        metrics.stop()
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    listed = client.list_objects_v2(Bucket="switched-lake").get("Contents", [])
    lines = events.read_text().splitlines() if events.exists() else []
    return Walk(
        states=json.loads(done.stdout.splitlines()[-1])[0],
        keys=[item["Key"] for item in listed],
        lineage=[json.loads(line) for line in lines],
        metrics=metrics.names,
        output=done.stdout + done.stderr,
    )


def test_an_airflow_connection_opens_the_lake_for_every_stage(walk: Walk, s3_server: str) -> None:
    assert [walk.states[stage]["run"] for stage in STAGES] == ["success"] * 5
    for layer in ("01_bronze/raw_faktury", "01_bronze/parsed_invoices", "02_silver/invoices", "03_gold/monthly_energy"):
        assert any(key.startswith(f"invoices/{layer}") for key in walk.keys), layer
    assert _client(s3_server).list_objects_v2(Bucket="switched-uploads").get("KeyCount") == 0


def test_the_connections_secret_is_in_no_log(walk: Walk) -> None:
    assert "connection-secret" not in walk.output
    assert "connection-secret" not in json.dumps(walk.lineage)


def _datasets(walk: Walk, side: str) -> set[tuple[str, str, str]]:
    return {
        (event["job"]["name"].partition(".")[0], dataset["namespace"], dataset["name"])
        for event in walk.lineage
        for dataset in event.get(side, [])
    }


def test_open_lineage_is_told_of_our_datasets_where_they_lie(walk: Walk) -> None:
    lake, uploads = "s3://switched-lake", "s3://switched-uploads"
    assert ("ingest_uploads", uploads, "drop") in _datasets(walk, "inputs")
    assert {
        ("bronze_ocr", lake, "invoices/01_bronze/raw_faktury"),
        ("bronze_parse_invoice", lake, "invoices/01_bronze/ocr_faktury"),
        ("silver_invoices", lake, "invoices/01_bronze/parsed_invoices"),
        ("gold_invoice_metrics", lake, "invoices/02_silver"),
    } <= _datasets(walk, "inputs")
    assert {
        ("ingest_uploads", lake, "invoices/01_bronze/raw_faktury"),
        ("silver_invoices", lake, "invoices/02_silver"),
        ("gold_invoice_metrics", lake, "invoices/03_gold/monthly_energy_costs"),
    } <= _datasets(walk, "outputs")
    assert {event["job"]["namespace"] for event in walk.lineage} == {"invoice-lake"}


def test_airflows_metrics_come_out_by_statsd(walk: Walk) -> None:
    assert any(name.startswith("airflow.") for name in walk.metrics)
    assert any("bronze_ocr" in name for name in walk.metrics)


@pytest.mark.parametrize(
    ("url", "below", "place"),
    [
        ("s3://bucket/prefix", "02_silver", ("s3://bucket", "prefix/02_silver")),
        ("s3://bucket", "", ("s3://bucket", "/")),
        ("file:///srv/lake", "02_silver", ("file", "/srv/lake/02_silver")),
        ("/srv/lake", "02_silver", ("file", "/srv/lake/02_silver")),
    ],
)
def test_datasets_are_named_by_open_lineages_convention(url: str, below: str, place: tuple[str, str]) -> None:
    from lake_dags.lineage import _place

    assert _place(url, below) == place

"""Two Celery workers over one lake in S3, one of them killed in the middle: nothing is lost, nothing is double."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import boto3
import pytest

from pipelines import queries
from pipelines.lake import Lake, open_lake
from pipelines.samples import draw_samples
from pipelines.settings import Settings
from pipelines.steps import pending, run_all
from tests.benchmarks.postgres_here import find_postgres
from tests.machines.celery_here import Machines, running_celery, until

STAGES = ("ingest", "ocr", "parse", "silver", "gold")
CORPUS = Path(os.environ.get("INVOICE_CORPUS", Path(__file__).resolve().parents[3] / "shared" / "corpus"))
CORPUS_DOCUMENTS = 25
CONCURRENCY = 2

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(1500),
    pytest.mark.xdist_group("airflow"),
    pytest.mark.skipif(find_postgres() is None, reason="PostgreSQL is missing (Debian: apt-get install postgresql)"),
    pytest.mark.skipif(
        shutil.which("redis-server") is None, reason="Redis is missing (Debian: apt-get install redis-server)"
    ),
]


def _documents(folder: Path) -> list[Path]:
    """Invented samples, and some of the real ones where they are."""
    draw_samples(folder)
    found = sorted(path for path in folder.iterdir() if path.name != "truth.json")
    return found + sorted(CORPUS.rglob("*.pdf"))[:CORPUS_DOCUMENTS]


def _name(path: Path) -> str:
    """The name it is dropped under: real documents of different folders may share one."""
    return f"{path.parent.name}-{path.name}"


def _lake(s3_server: str) -> tuple[Lake, dict[str, str], Any]:
    """A lake in S3, the environment that opens it, and a client of the server."""
    client = boto3.client("s3", endpoint_url=s3_server, region_name="us-east-1")
    for bucket in ("machines-lake", "machines-uploads"):
        client.create_bucket(Bucket=bucket)
    environment = {
        "LAKE_URL": "s3://machines-lake/invoices",
        "LAKE_UPLOADS_URL": "s3://machines-uploads/drop",
        "LAKE_S3_ENDPOINT_URL": s3_server,
        "LAKE_S3_REGION": "us-east-1",
        "LAKE_BATCH_SECONDS": "6",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test-secret",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    names = ("url", "uploads_url", "s3_endpoint_url", "s3_region")
    settings = Settings(**{name: environment[f"LAKE_{name.upper()}"] for name in names})  # type: ignore[arg-type]
    return open_lake(settings), environment, client


def _texts(lake: Lake) -> int:
    return sum(entry.key.endswith(".txt") for entry in lake.storage.list("01_bronze/ocr_faktury/"))


def _quiet(lake: Lake) -> bool:
    """Whether nothing waits at any stage, and no event for a broker either."""
    return not any(pending(lake, stage).count for stage in STAGES) and not list(lake.storage.list("01_bronze/outbox/"))


def _kill_in_the_middle(machines: Machines, lake: Lake) -> int:
    """Kill the first worker while it has a task under way and documents still wait. Returns how many waited."""
    until(lambda: _texts(lake) > 0 and pending(lake, "ocr").count > 0, 400, every=0.1)
    until(lambda: len(machines.descendants("first")) > CONCURRENCY, 60, every=0.05)
    waiting = pending(lake, "ocr").count
    machines.kill("first")
    return waiting


def _gold(lake: Lake) -> list[tuple[Any, ...]]:
    columns = "month, supplier, tariff_group, invoices, consumption_kwh, net_total, tax_total, gross_total, currency"
    table = queries.query(lake, "FROM monthly_energy_costs")
    wanted = [name for name in columns.split(", ") if name in table.column_names] or table.column_names
    return sorted((tuple(row[name] for name in wanted) for row in table.to_pylist()), key=repr)


def test_a_worker_that_is_killed_in_the_middle_loses_and_doubles_nothing(
    s3_server: str, kafka_broker: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test-secret")
    documents = _documents(tmp_path / "samples")
    lake, environment, s3 = _lake(s3_server)
    with running_celery(environment | {"LAKE_KAFKA_BOOTSTRAP_SERVERS": kafka_broker}) as machines:
        for name in ("first", "second"):
            machines.start_worker(name, "default,ocr", CONCURRENCY)
        until(lambda: machines.ready("first") and machines.ready("second"), 300)
        for path in documents:
            s3.put_object(Bucket="machines-uploads", Key=f"drop/{_name(path)}", Body=path.read_bytes())
        waiting = _kill_in_the_middle(machines, lake)
        until(lambda: _quiet(lake), 900, every=2)
        queues = machines.query("select distinct task_id, queue from task_instance where dag_id = 'bronze_ocr'")
        woken = [str(extra) for (extra,) in machines.query("select extra from asset_event")]
    assert any("'stage': 'ocr', 'document'" in extra for extra in woken), "Kafka woke nothing"
    assert waiting > 0
    assert ("read", "ocr") in queues
    assert ("plan", "default") in queues
    report = queries.audit(lake)
    assert list(report.differences) == []
    assert report.waiting == 0
    assert report.waiting_uploads == 0
    assert report.dropped == len(documents)

    alone = open_lake(Settings(url=str(tmp_path / "lake"), uploads_url=str(tmp_path / "uploads"), settle_seconds=0))
    (tmp_path / "uploads").mkdir(exist_ok=True)
    for path in documents:
        shutil.copyfile(path, tmp_path / "uploads" / _name(path))
    list(run_all(alone, jobs=2))
    assert Counter(queries.counts_by_state(lake)) == Counter(queries.counts_by_state(alone))
    assert _gold(lake) == _gold(alone)

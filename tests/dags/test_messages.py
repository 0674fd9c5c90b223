"""Messages from outside wake the first stages: Kafka's invoice_uploaded, and S3 notifications through SQS."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.dags.test_dag_files import READ_DAGS

DOCUMENT = "2026-11-20/a-3f2a9c1b77aa01de"
QUEUE = "https://sqs.eu-central-1.amazonaws.com/123456789012/uploads"


def _read_dags(environment: dict[str, str], **settings: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", READ_DAGS], env=environment | settings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_messages_are_watched_where_they_are_set_and_cost_the_dag_files_nothing(
    airflow_environment: dict[str, str],
) -> None:
    read = _read_dags(
        airflow_environment,
        LAKE_KAFKA_BOOTSTRAP_SERVERS="broker:9092",
        LAKE_KAFKA_SASL_PASSWORD="s3cret",
        LAKE_SQS_QUEUE_URL=QUEUE,
    )
    assert read["errors"] == {}
    assert read["dags"]["bronze_ocr"]["watchers"] == ["ocr_stuck_work", "kafka_invoice_uploaded"]
    assert read["dags"]["ingest_uploads"]["watchers"] == ["ingest_uploads", "sqs_uploads"]
    assert read["heavy"] == []
    assert "s3cret" not in json.dumps(read)


def test_watchers_name_triggers_that_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.sdk.module_loading import import_string

    from lake_dags import assets

    monkeypatch.setenv("LAKE_KAFKA_BOOTSTRAP_SERVERS", "broker:9092")
    monkeypatch.setenv("LAKE_SQS_QUEUE_URL", QUEUE)
    for stage in ("ocr", "ingest"):
        [watcher] = assets._messages(stage)
        path, arguments = watcher.trigger.serialize()
        assert import_string(path)(**arguments).serialize()[0] == path


async def _events(trigger: Any, values: list[bytes]) -> list[Any]:
    async def stream() -> AsyncIterator[bytes]:
        for value in values:
            yield value

    return [event.payload async for event in trigger.filter_shared_stream(stream())]


def test_an_uploaded_document_wakes_reading_and_a_foreign_message_nothing() -> None:
    from lake_dags.messages import UploadedEvents

    trigger = UploadedEvents(["invoice_uploaded"])
    values = [b"junk", b"[]", b'{"other": 1}', json.dumps({"document_id": DOCUMENT}).encode()]
    assert asyncio.run(_events(trigger, values)) == [{"stage": "ocr", "document": DOCUMENT}]


def test_the_shared_stream_reads_the_lakes_own_events_from_a_broker(
    kafka_broker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lake_dags.messages import UploadedEvents
    from pipelines.events import Event, open_bus
    from pipelines.settings import Settings

    monkeypatch.setenv("LAKE_KAFKA_BOOTSTRAP_SERVERS", kafka_broker)
    monkeypatch.setenv("AIRFLOW_CONN_LAKE_KAFKA", "")
    event = Event(topic="invoice_uploaded", document=DOCUMENT, file_name="a.pdf", key="01_bronze/raw_faktury/a.pdf")
    bus = open_bus(Settings(kafka_bootstrap_servers=kafka_broker))
    bus.publish(event, lambda: None)
    bus.settle()

    async def first() -> bytes:
        producer = UploadedEvents.create_shared_stream_producer({"topics": ["invoice_uploaded"], "poll_timeout": 0.5})
        stream = producer.open_stream()
        value, _place = await asyncio.wait_for(anext(stream), 30)
        await stream.aclose()
        await producer.aclose()
        return bytes(value)

    assert json.loads(asyncio.run(first())) == event.payload()


@pytest.fixture
def queue(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any, str]:
    """A bucket that notifies a queue of what is dropped: (s3, sqs, the queue's URL)."""
    import boto3

    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test-secret",
        "AWS_ENDPOINT_URL": s3_server,
        "LAKE_S3_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    s3, sqs = boto3.client("s3", region_name="us-east-1"), boto3.client("sqs", region_name="us-east-1")
    url = sqs.create_queue(QueueName=f"uploads-{os.getpid()}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    s3.create_bucket(Bucket="notified")
    s3.put_bucket_notification_configuration(
        Bucket="notified",
        NotificationConfiguration={"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]},
    )
    return s3, sqs, url


def _left(sqs: Any, url: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    return sum(int(n) for n in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values())


def test_a_file_dropped_into_a_bucket_wakes_ingest_through_its_queue(queue: tuple[Any, Any, str]) -> None:
    from lake_dags.messages import UploadNotices

    s3, sqs, url = queue

    async def scene() -> Any:
        events = UploadNotices(url).run()
        waiting = asyncio.ensure_future(anext(events))
        await asyncio.sleep(1)
        assert not waiting.done()
        await asyncio.to_thread(s3.put_object, Bucket="notified", Key="drop/faktura.pdf", Body=b"%PDF-1.7")
        found = await asyncio.wait_for(waiting, 20)
        following = asyncio.ensure_future(anext(events))
        for _ in range(50):
            await asyncio.sleep(0.1)
            if not await asyncio.to_thread(_left, sqs, url):
                break
        following.cancel()
        return found

    assert asyncio.run(scene()).payload["stage"] == "ingest"
    assert _left(sqs, url) == 0


@pytest.mark.parametrize(
    ("body", "tells"),
    [
        ('{"Event": "s3:TestEvent"}', False),
        ("junk", False),
        ("[]", False),
        ('{"Records": [{"eventName": "ObjectCreated:Put"}]}', True),
        ('{"Message": "{\\"Records\\": [{}]}"}', True),
        ('{"detail-type": "Object Created", "detail": {}}', True),
    ],
)
def test_only_notices_of_objects_count(body: str, tells: bool) -> None:
    from lake_dags.messages import _tells_of_objects

    assert _tells_of_objects(body) is tells

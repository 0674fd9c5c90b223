"""Wake-ups from outside: Kafka's `invoice_uploaded`, and S3 event notifications through SQS.

Both are hints, as every wake-up is: what is pending is found by listing, and a message that is lost or comes
twice does no harm. Only the triggerer imports this module; DAG files name its classes by `TriggerByPath`.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from typing import Any

from airflow.providers.apache.kafka.triggers.shared_stream import KafkaSharedStreamProducer, KafkaSharedStreamTrigger
from airflow.triggers.base import BaseEventTrigger, TriggerEvent
from airflow.triggers.shared_stream import reject_shared_stream_event

KAFKA_CONNECTION = "lake_kafka"
RECEIVE_SECONDS = 5
"""How long one call waits for messages: a message that comes meanwhile is returned at once."""
TRY_AGAIN_SECONDS = 15.0


class UploadedEvents(KafkaSharedStreamTrigger):
    """Fires for each event of a document that was admitted; what is no such event is dropped.

    Offsets are committed after Airflow has stored the event. The brokers are those of `LAKE_KAFKA_*`.
    """

    def __init__(self, topics: list[str], poll_timeout: float = 1.0) -> None:
        super().__init__(topics=topics, kafka_config_id=KAFKA_CONNECTION, poll_timeout=poll_timeout)

    def serialize(self) -> tuple[str, dict[str, Any]]:
        own = {"topics": self.topics, "poll_timeout": self.poll_timeout}
        return f"{type(self).__module__}.{type(self).__qualname__}", own

    @classmethod
    def create_shared_stream_producer(cls, kwargs: dict[str, Any]) -> KafkaSharedStreamProducer:
        connect_kafka()
        return super().create_shared_stream_producer({**kwargs, "kafka_config_id": KAFKA_CONNECTION})

    async def filter_shared_stream(self, shared_stream: AsyncIterator[Any]) -> AsyncIterator[TriggerEvent]:
        async for value in shared_stream:
            document = _document(value)
            if document is None:
                self.log.warning("dropped a message that is no event of this lake")
                reject_shared_stream_event()
                continue
            yield TriggerEvent({"stage": "ocr", "document": document})


def connect_kafka() -> None:
    """Give this process the Airflow connection that the provider's consumer asks for."""
    from pipelines import steps

    body = {"conn_type": "kafka", "extra": steps.kafka_consumer_config()}
    os.environ[f"AIRFLOW_CONN_{KAFKA_CONNECTION.upper()}"] = json.dumps(body)


def _document(value: Any) -> str | None:
    """The document that an event names; None where it is no event of the lake."""
    try:
        document = json.loads(value)["document_id"]
    except (ValueError, TypeError, LookupError):
        return None
    return document if isinstance(document, str) else None


class UploadNotices(BaseEventTrigger):
    """Fires when S3 says, through an SQS queue, that something was dropped.

    A message is removed after its event was handed over. (The amazon provider's own trigger removes it before,
    ends with its first message, and needs aiobotocore, which holds botocore back.)
    """

    def __init__(self, queue_url: str) -> None:
        super().__init__()
        self.queue_url = queue_url

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return f"{type(self).__module__}.{type(self).__qualname__}", {"queue_url": self.queue_url}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        from lake_dags.lakes import open_queues

        client: Any = None
        while True:
            try:
                client = client or await asyncio.to_thread(open_queues)
                messages = await asyncio.to_thread(self._receive, client)
            except Exception as error:  # noqa: BLE001 - a trigger that dies is a lost wake-up
                self.log.warning("cannot read the queue, trying again: %s", error)
                client = None
                await asyncio.sleep(TRY_AGAIN_SECONDS)
                continue
            if any(_tells_of_objects(message["Body"]) for message in messages):
                yield TriggerEvent({"stage": "ingest", "messages": len(messages)})
            if messages:
                await asyncio.to_thread(self._remove, client, messages)

    def _receive(self, client: Any) -> list[dict[str, Any]]:
        answer = client.receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=RECEIVE_SECONDS
        )
        found: list[dict[str, Any]] = answer.get("Messages", [])
        return found

    def _remove(self, client: Any, messages: list[dict[str, Any]]) -> None:
        entries = [{"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(messages)]
        try:
            client.delete_message_batch(QueueUrl=self.queue_url, Entries=entries)
        except Exception as error:  # noqa: BLE001 - they come again, and wake once more
            self.log.warning("messages stay in the queue and come again: %s", error)


def _tells_of_objects(body: str) -> bool:
    """Whether a message is a notification of objects; S3 sends `s3:TestEvent` when a queue is joined to a bucket.

    Notices that come by way of an SNS topic are wrapped once more.
    """
    try:
        notice = json.loads(body)
        if "Message" in notice:
            notice = json.loads(notice["Message"])
        return bool(notice.get("Records")) or "detail" in notice  # EventBridge's form
    except (ValueError, TypeError, AttributeError):
        return False

"""Where events go: Kafka, or nowhere."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict

from pipelines.errors import ConfigurationError
from pipelines.events.settings import client_config
from pipelines.settings import Settings

log = logging.getLogger(__name__)

Topic = Literal["invoice_uploaded", "invoice_ocr_completed", "invoice_parsed"]
_KEY_NAMES: dict[Topic, str] = {
    "invoice_uploaded": "s3_key",
    "invoice_ocr_completed": "ocr_key",
    "invoice_parsed": "parsed_key",
}
SETTLE_SECONDS = 2.0
"""A step waits so long at its end for a broker that answers slowly; for one that is down not at all."""


class Event(BaseModel):
    """One thing that happened to one document. `key` is the object that was written."""

    model_config = ConfigDict(frozen=True)

    topic: Topic
    document: str
    file_name: str
    key: str

    def payload(self) -> dict[str, str]:
        """What is sent."""
        return {
            "filename": self.file_name,
            _KEY_NAMES[self.topic]: self.key,
            "layer": "bronze",
            "document_id": self.document,
        }


class Bus(Protocol):
    """Where events go."""

    def publish(self, event: Event, confirmed: Callable[[], None]) -> None:
        """Hand an event over; never blocks, never raises. `confirmed` is called when a broker has it."""
        ...

    def settle(self) -> None:
        """Wait two seconds at most for confirmations."""
        ...


class SilentBus:
    """No Kafka is set."""

    def publish(self, event: Event, confirmed: Callable[[], None]) -> None:
        pass

    def settle(self) -> None:
        pass


class KafkaBus:
    """Events to Kafka. What no broker confirms is nobody's loss: its note stays in the outbox."""

    def __init__(self, make_producer: Callable[[Callable[[Any], None]], Any]) -> None:
        """`make_producer` is given the callback for errors that concern no single event."""
        self._down = ""
        self._producer = make_producer(self._troubled)

    def publish(self, event: Event, confirmed: Callable[[], None]) -> None:
        body = json.dumps(event.payload(), ensure_ascii=False).encode()

        def delivered(error: Any, message: Any) -> None:  # noqa: ARG001 - librdkafka's signature
            if error is None:
                confirmed()

        try:
            self._producer.produce(event.topic, body, key=event.document.encode(), on_delivery=delivered)
            self._producer.poll(0)
        except Exception as error:  # noqa: BLE001 - BufferError and KafkaException alike: its note stays
            self._down = str(error)

    def settle(self) -> None:
        deadline = time.monotonic() + SETTLE_SECONDS
        self._producer.poll(0)  # what came back meanwhile counts, even if the brokers are down now
        while len(self._producer) and not self._down and time.monotonic() < deadline:
            self._producer.poll(0.05)
        if left := len(self._producer):
            cause = self._down or f"no broker answered within {SETTLE_SECONDS:.0f} s"
            log.warning("events kept for later: events=%d cause=%s", left, cause)
            self._producer.purge()  # else its end would wait for brokers

    def _troubled(self, error: Any) -> None:
        if error.name() == "_ALL_BROKERS_DOWN":
            self._down = error.str()


def open_bus(settings: Settings) -> Bus:
    """The bus of the settings. Raises ConfigurationError where Kafka's settings do not fit together."""
    if not settings.kafka_bootstrap_servers:
        return SilentBus()
    from confluent_kafka import KafkaException, Producer

    config = client_config(settings) | {"enable.idempotence": True, "message.timeout.ms": 30_000}
    try:
        return KafkaBus(lambda troubled: Producer(config | {"error_cb": troubled}, logger=log))
    except KafkaException as error:
        raise ConfigurationError(
            f"Kafka's settings do not fit: {error.args[0].str()}", remedy="Check LAKE_KAFKA_*."
        ) from None

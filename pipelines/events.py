"""Events for other systems: a bus that does nothing unless Kafka is set.

Events are sent after the object they name is written. A broker that is down never blocks or fails a
step: the lake's own state is what later steps go by, and an event is a hint.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pipelines.errors import ConfigurationError
from pipelines.settings import Settings

log = logging.getLogger(__name__)

Topic = Literal["invoice_uploaded", "invoice_ocr_completed", "invoice_parsed"]
_KEY_NAMES: dict[Topic, str] = {
    "invoice_uploaded": "s3_key",
    "invoice_ocr_completed": "ocr_key",
    "invoice_parsed": "parsed_key",
}
_FLUSH_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to one document. `key` is the object that was written."""

    topic: Topic
    document: str
    file_name: str
    key: str

    def payload(self) -> dict[str, str]:
        return {
            "filename": self.file_name,
            _KEY_NAMES[self.topic]: self.key,
            "layer": "bronze",
            "document_id": self.document,
        }


class Bus(Protocol):
    """Where events go."""

    def publish(self, event: Event) -> None:
        """Hand an event over; never blocks, never raises."""
        ...

    def flush(self) -> None:
        """Wait some seconds at most for what was handed over."""
        ...


class SilentBus:
    """No Kafka is set."""

    def publish(self, event: Event) -> None:
        pass

    def flush(self) -> None:
        pass


class KafkaBus:
    """Events to Kafka; what the broker does not take is logged and counted in `lost`."""

    def __init__(self, producer: Any) -> None:
        self._producer = producer
        self.lost = 0

    def publish(self, event: Event) -> None:
        body = json.dumps(event.payload(), ensure_ascii=False).encode()
        try:
            self._producer.produce(event.topic, body, key=event.document.encode(), on_delivery=self._delivered)
            self._producer.poll(0)
        except Exception as error:  # noqa: BLE001 - BufferError and KafkaException alike: an event is only a hint
            self._lose(event.topic, str(error))

    def flush(self) -> None:
        left = self._producer.flush(_FLUSH_SECONDS)
        if left:
            self._lose("all", f"{left} events not taken within {_FLUSH_SECONDS:.0f} s")

    def _delivered(self, error: Any, message: Any) -> None:
        if error is not None:
            self._lose(message.topic(), str(error))

    def _lose(self, topic: str, cause: str) -> None:
        self.lost += 1
        log.warning("event not sent: topic=%s cause=%s", topic, cause)


def open_bus(settings: Settings) -> Bus:
    """The bus of the settings. Raises ConfigurationError where Kafka's settings do not fit together."""
    if not settings.kafka_bootstrap_servers:
        return SilentBus()
    from confluent_kafka import KafkaException, Producer

    config: dict[str, Any] = {
        "bootstrap.servers": settings.kafka_bootstrap_servers,
        "security.protocol": settings.kafka_security_protocol,
        "enable.idempotence": True,
        "message.timeout.ms": 30_000,
    }
    optional = {
        "sasl.mechanism": settings.kafka_sasl_mechanism,
        "sasl.username": settings.kafka_sasl_username,
        "sasl.password": settings.kafka_sasl_password and settings.kafka_sasl_password.get_secret_value(),
        "ssl.ca.location": settings.kafka_ssl_ca_location,
    }
    try:
        return KafkaBus(Producer(config | {name: value for name, value in optional.items() if value}))
    except KafkaException as error:
        raise ConfigurationError(
            f"Kafka's settings do not fit: {error.args[0].str()}", remedy="Check LAKE_KAFKA_*."
        ) from None

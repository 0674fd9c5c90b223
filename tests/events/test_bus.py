"""Events: silent unless Kafka is set, and a broker that is down neither blocks nor fails anything."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from pipelines.errors import ConfigurationError
from pipelines.events import Event, KafkaBus, SilentBus, open_bus
from pipelines.settings import Settings

EVENT = Event("invoice_parsed", "2026-11-20/a-3f2a9c1b77aa01de", "ż.pdf", "01_bronze/parsed_invoices/x.json")


class _Producer:
    """As confluent_kafka's, with a broker that takes, refuses or is full."""

    def __init__(self, mood: str) -> None:
        self.mood, self.sent = mood, list[tuple[str, bytes, bytes]]()
        self._waiting: list[Callable[[Any, Any], None]] = []

    def produce(self, topic: str, value: bytes, key: bytes, on_delivery: Callable[[Any, Any], None]) -> None:
        if self.mood == "full":
            raise BufferError("Local: Queue full")
        self.sent.append((topic, key, value))
        self._waiting.append(on_delivery)

    def poll(self, _timeout: float) -> int:
        return 0

    def flush(self, _timeout: float) -> int:
        if self.mood == "down":
            return len(self._waiting)
        for tell in self._waiting:
            tell("refused" if self.mood == "refusing" else None, self)
        return 0

    def topic(self) -> str:
        return self.sent[-1][0]


def test_no_kafka_no_events() -> None:
    assert isinstance(open_bus(Settings()), SilentBus)


def test_an_event_names_file_key_layer_and_document() -> None:
    producer = _Producer("taking")
    bus = KafkaBus(producer)
    bus.publish(EVENT)
    bus.flush()
    [(topic, key, value)] = producer.sent
    assert (topic, key.decode()) == ("invoice_parsed", EVENT.document)
    assert json.loads(value) == {
        "filename": "ż.pdf",
        "parsed_key": "01_bronze/parsed_invoices/x.json",
        "layer": "bronze",
        "document_id": EVENT.document,
    }
    assert bus.lost == 0


@pytest.mark.parametrize("mood", ["full", "down", "refusing"])
def test_a_broker_that_does_not_take_an_event_fails_nothing_and_is_counted(mood: str) -> None:
    bus = KafkaBus(_Producer(mood))
    bus.publish(EVENT)
    bus.flush()
    assert bus.lost == 1


def test_events_reach_a_broker_that_speaks_the_protocol() -> None:
    confluent_kafka = pytest.importorskip("confluent_kafka")
    bus = KafkaBus(confluent_kafka.Producer({"test.mock.num.brokers": 1, "bootstrap.servers": ""}))
    bus.publish(EVENT)
    bus.flush()
    assert bus.lost == 0


def test_settings_of_kafka_that_do_not_fit_are_named_without_their_secret() -> None:
    settings = Settings(
        kafka_bootstrap_servers="127.0.0.1:9", kafka_security_protocol="NONSENSE", kafka_sasl_password="s3cret"
    )
    with pytest.raises(ConfigurationError, match="LAKE_KAFKA") as caught:
        open_bus(settings)
    assert "s3cret" not in str(caught.value)

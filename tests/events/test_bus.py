"""The bus: silent unless Kafka is set; a broker that is down, full or refusing neither blocks nor fails anything."""

import json
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr

from pipelines.errors import ConfigurationError
from pipelines.events import Event, KafkaBus, SilentBus, consumer_config, open_bus
from pipelines.events.bus import SETTLE_SECONDS
from pipelines.events.settings import client_config
from pipelines.settings import Settings

DOCUMENT = "2026-11-20/a-3f2a9c1b77aa01de"
EVENT = Event(topic="invoice_parsed", document=DOCUMENT, file_name="ż.pdf", key="01_bronze/parsed_invoices/x.json")


class _Producer:
    """As confluent_kafka's, with a broker that takes, refuses or is full."""

    def __init__(self, mood: str) -> None:
        self.mood, self.sent = mood, list[tuple[str, bytes, bytes]]()
        self._waiting: list[Callable[[Any, Any], None]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def produce(self, topic: str, value: bytes, key: bytes, on_delivery: Callable[[Any, Any], None]) -> None:
        if self.mood == "full":
            raise BufferError("Local: Queue full")
        self.sent.append((topic, key, value))
        self._waiting.append(on_delivery)

    def poll(self, _timeout: float) -> int:
        while self.mood != "silent" and self._waiting:
            self._waiting.pop()("refused" if self.mood == "refusing" else None, self)
        return 0

    def purge(self) -> None:
        self._waiting.clear()


def _published(mood: str) -> tuple[list[str], _Producer, float]:
    producer, confirmed = _Producer(mood), list[str]()
    began = time.monotonic()
    bus = KafkaBus(lambda _troubled: producer)
    bus.publish(EVENT, lambda: confirmed.append("yes"))
    bus.settle()
    return confirmed, producer, time.monotonic() - began


def test_no_kafka_no_events() -> None:
    assert isinstance(open_bus(Settings()), SilentBus)


def test_an_event_names_file_key_layer_and_document() -> None:
    confirmed, producer, _ = _published("taking")
    [(topic, key, value)] = producer.sent
    assert (topic, key.decode()) == ("invoice_parsed", DOCUMENT)
    assert json.loads(value) == {
        "filename": "ż.pdf",
        "parsed_key": "01_bronze/parsed_invoices/x.json",
        "layer": "bronze",
        "document_id": DOCUMENT,
    }
    assert confirmed == ["yes"]


@pytest.mark.parametrize("mood", ["full", "silent", "refusing"])
def test_what_no_broker_took_is_not_confirmed_and_holds_nobody_up(mood: str) -> None:
    confirmed, producer, seconds = _published(mood)
    assert confirmed == []
    assert len(producer) == 0
    assert seconds < SETTLE_SECONDS + 1


def test_a_broker_that_refuses_connections_costs_less_than_a_second() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
        bus = open_bus(Settings(kafka_bootstrap_servers=f"127.0.0.1:{taken.getsockname()[1]}"))
        began, confirmed = time.monotonic(), list[str]()
        bus.publish(EVENT, lambda: confirmed.append("yes"))
        bus.settle()
        assert time.monotonic() - began < 1.5
        assert confirmed == []


def test_events_reach_a_broker_in_another_process(kafka_broker: str) -> None:
    from confluent_kafka import Consumer

    settings = Settings(kafka_bootstrap_servers=kafka_broker)
    bus, confirmed = open_bus(settings), list[str]()
    bus.publish(EVENT, lambda: confirmed.append("yes"))
    bus.settle()
    assert confirmed == ["yes"]
    consumer = Consumer(consumer_config(settings))
    consumer.subscribe([EVENT.topic])
    message = consumer.poll(20)
    assert message is not None
    assert json.loads(message.value()) == EVENT.payload()
    consumer.close()


def test_settings_of_kafka_that_do_not_fit_are_named_without_their_secret() -> None:
    settings = Settings(
        kafka_bootstrap_servers="127.0.0.1:9",
        kafka_security_protocol="SASL_SSL",
        kafka_sasl_mechanism="NONSENSE",
        kafka_sasl_password=SecretStr("s3cret"),
    )
    with pytest.raises(ConfigurationError, match="LAKE_KAFKA") as caught:
        open_bus(settings)
    assert "s3cret" not in str(caught.value) + repr(settings)


def test_sasl_and_tls_settings_reach_the_client() -> None:
    settings = Settings(
        kafka_bootstrap_servers="broker:9094",
        kafka_security_protocol="SASL_SSL",
        kafka_sasl_mechanism="SCRAM-SHA-512",
        kafka_sasl_username="lake",
        kafka_sasl_password=SecretStr("s3cret"),
        kafka_ssl_ca_location="/etc/ca.pem",
        kafka_ssl_key_password=SecretStr("k3y"),
    )
    assert client_config(settings) == {
        "bootstrap.servers": "broker:9094",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "lake",
        "sasl.password": "s3cret",
        "ssl.ca.location": "/etc/ca.pem",
        "ssl.key.password": "k3y",
    }


def test_a_consumer_commits_nothing_by_itself() -> None:
    assert consumer_config(Settings(kafka_bootstrap_servers="broker:9094"))["enable.auto.commit"] is False

"""Kafka clients' configuration from `LAKE_KAFKA_*`. It holds secrets: never log it."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr

from pipelines.errors import ConfigurationError
from pipelines.settings import Settings


def client_config(settings: Settings) -> dict[str, Any]:
    """What producers and consumers share, under librdkafka's names. Raises ConfigurationError."""
    if not settings.kafka_bootstrap_servers:
        raise ConfigurationError("no Kafka brokers are set", remedy="Set LAKE_KAFKA_BOOTSTRAP_SERVERS.")
    wanted = {
        "bootstrap.servers": settings.kafka_bootstrap_servers,
        "security.protocol": settings.kafka_security_protocol,
        "sasl.mechanism": settings.kafka_sasl_mechanism,
        "sasl.username": settings.kafka_sasl_username,
        "sasl.password": _plain(settings.kafka_sasl_password),
        "ssl.ca.location": settings.kafka_ssl_ca_location,
        "ssl.certificate.location": settings.kafka_ssl_certificate_location,
        "ssl.key.location": settings.kafka_ssl_key_location,
        "ssl.key.password": _plain(settings.kafka_ssl_key_password),
    }
    return {name: value for name, value in wanted.items() if value}


def consumer_config(settings: Settings) -> dict[str, Any]:
    """A consumer that commits only what was acted on, and begins where the topic does. Raises ConfigurationError."""
    own = {
        "group.id": settings.kafka_group_id,
        # Airflow's shared stream commits after an event is in its database; any other commit could lose one
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "allow.auto.create.topics": True,
    }
    return client_config(settings) | own


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None

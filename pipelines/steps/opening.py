"""Opening the lake of the environment: the one place where settings are read."""

from __future__ import annotations

import logging
from typing import Any

from pipelines.errors import ConfigurationError
from pipelines.events import consumer_config
from pipelines.lake import Lake
from pipelines.lake import open_lake as open_with
from pipelines.settings import load_settings
from pipelines.storage import local_folder, probe

__all__ = ["Lake", "kafka_consumer_config", "open_lake", "warn_of_store"]

log = logging.getLogger(__name__)


def open_lake(boto3_session: object | None = None, *, existing: bool = False) -> Lake:
    """The lake that `LAKE_*` name; S3 credentials from a boto3 session if one is handed in.

    Args:
        boto3_session: Where S3 credentials come from; None: the environment.
        existing: Raise where a lake in a folder is not there yet, rather than make an empty one: a question
            to the wrong folder must not be answered with "nothing".

    Raises:
        ConfigurationError, StorageUnavailable.
    """
    settings = load_settings()
    folder = local_folder(settings.url)
    if existing and folder is not None and not folder.is_dir():
        raise ConfigurationError(f"there is no lake at {folder}", remedy="Set LAKE_URL, or make one with `run`.")
    return open_with(settings, boto3_session)


def kafka_consumer_config() -> dict[str, Any]:
    """What a consumer of the lake's events needs, by librdkafka's names; it holds secrets.

    Raises ConfigurationError where no brokers are set.
    """
    return consumer_config(load_settings())


def warn_of_store(lake: Lake) -> str | None:
    """Tell people of a store that ignores create-only writes, before anything is claimed in it.

    A folder honours them, so only other stores are asked: four calls. Returns the warning, which is logged too.
    Raises StorageUnavailable, ConfigurationError where the store cannot be written.
    """
    warning = probe(lake.storage) if lake.storage.folder is None else None
    if warning:
        log.warning("%s", warning)
    return warning

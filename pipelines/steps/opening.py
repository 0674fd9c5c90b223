"""Opening the lake of the environment: the one place where settings are read."""

from __future__ import annotations

from pipelines.lake import Lake
from pipelines.lake import open_lake as open_with
from pipelines.settings import load_settings

__all__ = ["Lake", "open_lake"]


def open_lake(boto3_session: object | None = None) -> Lake:
    """The lake that `LAKE_*` name; S3 credentials from a boto3 session if one is handed in.

    Raises ConfigurationError, StorageUnavailable.
    """
    return open_with(load_settings(), boto3_session)

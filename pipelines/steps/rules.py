"""The rules that a lake is parsed by: those of include/rules/, and on top those that `LAKE_RULES_URL` names."""

from __future__ import annotations

from pipelines.lake import Lake
from pipelines.parsing import Rules, load_rules
from pipelines.storage import Storage, open_storage


def open_rules(lake: Lake) -> Storage | None:
    """The store of further rules; None where none is set. Raises ConfigurationError."""
    url = lake.settings.rules_url
    return open_storage(url, lake.credentials) if url else None


def further_rules(lake: Lake) -> dict[str, bytes]:
    """Further rules files by path; empty where none is set. Raises StorageUnavailable."""
    storage = open_rules(lake)
    if storage is None:
        return {}
    entries = [entry.key for entry in storage.list() if entry.key.endswith(".yaml")]
    return {key: storage.get(key) for key in entries if key.startswith(("labels_", "suppliers/"))}


def rules_of(lake: Lake) -> Rules:
    """The lake's rules. Raises ConfigurationError for a malformed file, StorageUnavailable."""
    return load_rules(further_rules(lake))

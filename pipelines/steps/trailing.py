"""The trail: who looked at what. What people change stands in edits; here is what they only saw.

Appended in batches, never changed; a line names a person, a document and a kind of looking, and nothing that
stands in the document.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from pipelines.lake import Lake
from pipelines.layout import TrailKey

Look = Literal["viewed", "page", "text", "downloaded", "history", "exported"]
"""`viewed`: its fields; `page`: an image of a page; `downloaded`: its bytes; `exported`: a list, of no one document."""


class Viewing(BaseModel):
    """One look of one person."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: AwareDatetime
    who: str = Field(min_length=1)
    look: Look
    document: str = ""
    """Its id; empty for an export, and for a document that was forgotten since."""
    count: int | None = None
    """Rows of an export."""


def record_viewings(lake: Lake, viewings: Sequence[Viewing]) -> None:
    """Append a batch to the lake's trail: one create-only object. Raises StorageUnavailable."""
    if not viewings:
        return
    key = TrailKey(datetime.now(UTC), uuid.uuid4().hex[:16])
    lake.storage.create(str(key), _lines(viewings))


def forget_looks(lake: Lake, document: str) -> list[str]:
    """Take a document's id out of the trail: its name may tell of a person. Who looked, when and how, stays.

    Opens every batch of the trail. Returns the keys that were written anew. Raises StorageUnavailable.
    """
    written = []
    for entry in list(lake.storage.list(f"{TrailKey.folder}/")):
        lines = lake.storage.get(entry.key).decode().splitlines()
        if not any(document in line for line in lines):
            continue
        looks = [Viewing.model_validate_json(line) for line in lines]
        kept = [look.model_copy(update={"document": ""}) if look.document == document else look for look in looks]
        lake.storage.put(entry.key, _lines(kept))
        written.append(entry.key)
    return written


def _lines(viewings: Sequence[Viewing]) -> bytes:
    return "".join(f"{viewing.model_dump_json(exclude_defaults=True)}\n" for viewing in viewings).encode()

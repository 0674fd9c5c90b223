"""The outbox: events that no broker has confirmed yet, as small objects of the lake.

    01_bronze/outbox/<topic>/<id>.<nonce>.json    created before the object is written, removed when confirmed

Listing it costs what is unsent, whatever the lake holds. A note whose object was never written (its step
failed) is dropped after a day.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from pydantic import ValidationError

from pipelines.documents import DocumentId
from pipelines.errors import InvalidKey, LakeError
from pipelines.events.bus import Bus, Event, SilentBus, open_bus
from pipelines.lake import Lake, to_json
from pipelines.layout import OutboxKey, parse_key
from pipelines.storage import Entry, ObjectMissing

log = logging.getLogger(__name__)

GRACE = timedelta(seconds=60)
"""Younger notes are left to the task that made them: it is about to send them itself."""
ABANDONED = timedelta(days=1)


class Outbox:
    """Notes events before their objects are written, sends them after, and forgets what is confirmed."""

    def __init__(self, lake: Lake, bus: Bus) -> None:
        self._lake, self._bus = lake, bus
        self._confirmed: list[str] = []

    @property
    def silent(self) -> bool:
        """Whether nobody listens: then nothing is noted either."""
        return isinstance(self._bus, SilentBus)

    def note(self, event: Event) -> str:
        """Make a note of an event that is about to happen; returns the note's key. Raises StorageUnavailable."""
        key = str(OutboxKey(event.topic, DocumentId.parse(event.document), uuid.uuid4().hex[:16]))
        self._lake.storage.create(key, to_json(event))
        return key

    def send(self, event: Event, note: str) -> None:
        """Hand a noted event, whose object is now written, to the bus."""
        self._bus.publish(event, lambda: self._confirmed.append(note))

    def settle(self) -> int:
        """Wait for confirmations, shortly, and remove the notes of confirmed events. Returns how many these were."""
        self._bus.settle()
        removed = 0
        try:
            for note in self._confirmed:
                self._lake.storage.delete(note)
                removed += 1
        except LakeError as error:
            # the event is out; sending it twice is allowed, failing the step is not
            log.warning("notes of sent events stay, and will be sent again: %s", error)
        self._confirmed.clear()
        return removed

    def send_waiting(self, now: datetime) -> tuple[int, int]:
        """Send what earlier runs could not. Returns (sent, still waiting). Raises StorageUnavailable."""
        waiting = 0
        for entry in waiting_notes(self._lake, now):
            event = self._event(entry)
            if event is None:
                continue
            if self._lake.storage.exists(event.key):
                self.send(event, entry.key)
                waiting += 1
            elif now - entry.last_modified > ABANDONED:
                self._lake.storage.delete(entry.key)
        sent = self.settle()
        return sent, waiting - sent

    def _event(self, entry: Entry) -> Event | None:
        try:
            return Event.model_validate_json(self._lake.storage.get(entry.key))
        except ObjectMissing:
            return None  # sent just now by another
        except ValidationError:
            log.error("removed a note that is no event: %s", entry.key)
            self._lake.storage.delete(entry.key)
            return None


def waiting_notes(lake: Lake, now: datetime) -> Iterator[Entry]:
    """Notes that their makers did not send; one listing, nothing is opened."""
    for entry in lake.storage.list(f"{OutboxKey.folder}/"):
        try:
            known = isinstance(parse_key(entry.key), OutboxKey)
        except InvalidKey:
            continue
        # one from the future was made before the clock was set back
        if known and not timedelta(0) <= now - entry.last_modified < GRACE:
            yield entry


def open_outbox(lake: Lake) -> Outbox:
    """The outbox of a lake. Raises ConfigurationError where Kafka's settings do not fit together."""
    return Outbox(lake, open_bus(lake.settings))

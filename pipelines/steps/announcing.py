"""Events of the steps, sent after what they name is written."""

from __future__ import annotations

from pipelines.documents import DocumentId
from pipelines.events import Bus, Event, SilentBus, Topic
from pipelines.lake import Lake
from pipelines.layout import Key


def announce(lake: Lake, bus: Bus, topic: Topic, document: DocumentId, key: Key) -> None:
    """Publish one event. The record is only opened where somebody listens."""
    if isinstance(bus, SilentBus):
        return
    bus.publish(Event(topic, str(document), lake.record(document).file_name, str(key)))

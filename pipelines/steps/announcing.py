"""Events of the steps: noted before what they name is written, sent after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from pipelines.documents import DocumentId, DocumentRecord
from pipelines.events import Event, Outbox, Topic, open_outbox
from pipelines.lake import Lake
from pipelines.layout import Key, RawKey
from pipelines.steps.batches import Report


@contextmanager
def announcing(
    lake: Lake, outbox: Outbox, topic: Topic, document: DocumentId, key: Key
) -> Iterator[Callable[[], None]]:
    """Around the writing of `key`: call what is yielded just before it; the event is sent after the block.

    The record is only opened where somebody listens, and nothing is noted where nothing is written.
    """
    noted: list[tuple[Event, str]] = []

    def note() -> None:
        if not outbox.silent and not noted:
            file_name = lake.record(document).file_name
            event = Event(topic=topic, document=str(document), file_name=file_name, key=str(key))
            noted.append((event, outbox.note(event)))

    yield note
    for event, made in noted:
        outbox.send(event, made)


class Receipts:
    """The events of an ingest: noted before a drop is removed, sent when its admission is through."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._noted: list[tuple[Event, str]] = []

    def note(self, record: DocumentRecord) -> None:
        if self._outbox.silent:
            return
        key = str(RawKey(record.document_id, record.extension))
        event = Event(topic="invoice_uploaded", document=record.id, file_name=record.file_name, key=key)
        self._noted.append((event, self._outbox.note(event)))

    def send(self) -> None:
        for event, note in self._noted:
            self._outbox.send(event, note)
        self._noted.clear()


def send_events(lake: Lake, now: datetime | None = None) -> Report:
    """Send events that earlier runs could not: a broker was down, or a task was killed. Raises StorageUnavailable."""
    report, outbox = Report("events"), open_outbox(lake)
    if not outbox.silent:
        sent, waiting = outbox.send_waiting(now or datetime.now(UTC))
        report.counts.update({name: n for name, n in (("sent", sent), ("waiting", waiting)) if n})
    return report

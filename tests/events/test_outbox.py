"""At least once: an event that a broker did not take, or a killed task did not send, goes out later."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.documents import DocumentId
from pipelines.events import Event, Outbox
from pipelines.events.outbox import ABANDONED, GRACE
from pipelines.lake import Lake, open_lake
from pipelines.layout import OutboxKey, ParsedKey, parse_key
from pipelines.samples import draw_samples
from pipelines.settings import Settings
from pipelines.steps import Scope, pending, run_all, send_events

LATER = GRACE + timedelta(seconds=1)
ROOT = Path(__file__).resolve().parents[2]


class _Bus:
    """Takes events while it is up."""

    def __init__(self, *, up: bool) -> None:
        self.up, self.taken = up, list[Event]()

    def publish(self, event: Event, confirmed: Callable[[], None]) -> None:
        if self.up:
            self.taken.append(event)
            confirmed()

    def settle(self) -> None:
        pass


def _event(lake: Lake, *, written: bool = True) -> Event:
    document = DocumentId.make(datetime.now(UTC).date(), "a.pdf", "ab" * 32)
    key = str(ParsedKey(document))
    if written:
        lake.storage.put(key, b"{}")
    return Event(topic="invoice_parsed", document=str(document), file_name="a.pdf", key=key)


def _notes(lake: Lake) -> list[str]:
    return [entry.key for entry in lake.storage.list("01_bronze/outbox/")]


def test_a_confirmed_event_leaves_no_note(lake: Lake) -> None:
    event, outbox = _event(lake), Outbox(lake, _Bus(up=True))
    note = outbox.note(event)
    assert isinstance(parse_key(note), OutboxKey)
    outbox.send(event, note)
    assert outbox.settle() == 1
    assert _notes(lake) == []


def test_an_event_that_no_broker_took_is_sent_when_one_is_back(lake: Lake) -> None:
    event, down, up = _event(lake), _Bus(up=False), _Bus(up=True)
    outbox = Outbox(lake, down)
    outbox.send(event, outbox.note(event))
    assert outbox.settle() == 0
    later = datetime.now(UTC) + LATER
    assert Outbox(lake, down).send_waiting(later) == (0, 1)
    assert Outbox(lake, up).send_waiting(later) == (1, 0)
    assert up.taken == [event]
    assert Outbox(lake, up).send_waiting(later) == (0, 0)


def test_a_fresh_note_is_left_to_the_task_that_made_it(lake: Lake) -> None:
    Outbox(lake, _Bus(up=False)).note(_event(lake))
    assert Outbox(lake, _Bus(up=True)).send_waiting(datetime.now(UTC)) == (0, 0)
    assert len(_notes(lake)) == 1


def test_a_note_whose_object_never_came_is_dropped_after_a_day_without_an_event(lake: Lake) -> None:
    bus = _Bus(up=True)
    Outbox(lake, bus).note(_event(lake, written=False))
    assert Outbox(lake, bus).send_waiting(datetime.now(UTC) + LATER) == (0, 0)
    assert len(_notes(lake)) == 1
    Outbox(lake, bus).send_waiting(datetime.now(UTC) + ABANDONED + LATER)
    assert (_notes(lake), bus.taken) == ([], [])


def test_a_note_that_is_no_event_is_removed(lake: Lake) -> None:
    key = Outbox(lake, _Bus(up=True)).note(_event(lake))
    lake.storage.put(key, b"junk")
    assert Outbox(lake, _Bus(up=True)).send_waiting(datetime.now(UTC) + LATER) == (0, 0)
    assert _notes(lake) == []


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    draw_samples(folder, scans=False)
    return folder


DROPPED = ("prad-rozliczenie-2026-01.pdf",)


@pytest.fixture
def with_kafka(tmp_path: Path, samples: Path, uploads_folder: Path) -> Callable[[str], Lake]:
    for name in DROPPED:
        shutil.copyfile(samples / name, uploads_folder / name)
    base = {"url": str(tmp_path / "lake"), "uploads_url": str(tmp_path / "uploads"), "settle_seconds": 0}
    return lambda brokers: open_lake(Settings(**base, kafka_bootstrap_servers=brokers))  # type: ignore[arg-type]


@pytest.fixture
def nobody_listens() -> Iterator[str]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


def _consumed(brokers: str, count: int) -> list[tuple[str, dict[str, Any]]]:
    from confluent_kafka import Consumer

    from pipelines.events import consumer_config

    consumer = Consumer(consumer_config(Settings(kafka_bootstrap_servers=brokers)))
    consumer.subscribe(["invoice_uploaded", "invoice_ocr_completed", "invoice_parsed"])
    found: list[tuple[str, dict[str, Any]]] = []
    deadline = time.monotonic() + 30
    while len(found) < count and time.monotonic() < deadline:
        message = consumer.poll(0.5)
        if message is not None and message.error() is None:
            found.append((message.topic(), json.loads(message.value())))
            deadline = time.monotonic() + 3  # enough for one too many, which a test looks for
    consumer.close()
    return found


def test_a_broker_that_is_down_fails_no_step_and_gets_every_event_when_it_is_back(
    with_kafka: Callable[[str], Lake], nobody_listens: str, kafka_broker: str
) -> None:
    lake = with_kafka(nobody_listens)
    list(run_all(lake, Scope()))
    documents = len(list(lake.storage.list("01_bronze/documents/")))
    assert documents
    assert len(list(lake.storage.list("01_bronze/parsed_invoices/"))) == documents
    assert len(_notes(lake)) == 3 * documents
    lake = with_kafka(kafka_broker)
    report = send_events(lake, datetime.now(UTC) + LATER)
    assert report.counts == {"sent": 3 * documents}
    assert _notes(lake) == []
    events = _consumed(kafka_broker, 3 * documents)
    assert {topic for topic, _ in events} == {"invoice_uploaded", "invoice_ocr_completed", "invoice_parsed"}
    for topic, body in events:
        key = {"invoice_uploaded": "s3_key", "invoice_ocr_completed": "ocr_key", "invoice_parsed": "parsed_key"}[topic]
        assert set(body) == {"filename", key, "layer", "document_id"}
        assert lake.storage.exists(body[key])


def test_with_a_broker_each_topic_has_one_event_a_document_and_a_rerun_none(
    with_kafka: Callable[[str], Lake], kafka_broker: str
) -> None:
    lake = with_kafka(kafka_broker)
    list(run_all(lake, Scope()))
    documents = len(list(lake.storage.list("01_bronze/documents/")))
    list(run_all(lake, Scope(mode="all")))
    assert _notes(lake) == []
    assert len(_consumed(kafka_broker, 3 * documents + 1)) == 3 * documents


def test_nothing_waits_for_brokers_that_are_not_set(lake: Lake) -> None:
    Outbox(lake, _Bus(up=False)).note(_event(lake))
    assert pending(lake, "events").count == 0


KILLED = """
import os, signal, sys
from pipelines.steps import plan_reading, read_batch
from pipelines.steps import Scope, admit_batch, open_lake, parse_batch, plan_ingest, plan_parsing
from pipelines.storage import Storage
lake = open_lake()
for batch in plan_ingest(lake): admit_batch(lake, batch)
for batch in plan_reading(lake, Scope()): read_batch(lake, batch)
put = Storage.put
def dying(self, key, data):
    put(self, key, data)
    if key.startswith("01_bronze/parsed_invoices/"):
        os.kill(os.getpid(), signal.SIGKILL)
Storage.put = dying
for batch in plan_parsing(lake, Scope()): parse_batch(lake, batch)
"""


def test_an_event_of_a_task_killed_after_its_write_is_sent_by_the_next_sweep(
    with_kafka: Callable[[str], Lake], kafka_broker: str, tmp_path: Path
) -> None:
    environment = {
        **os.environ,
        "LAKE_URL": str(tmp_path / "lake"),
        "LAKE_UPLOADS_URL": str(tmp_path / "uploads"),
        "LAKE_SETTLE_SECONDS": "0",
        "LAKE_KAFKA_BOOTSTRAP_SERVERS": kafka_broker,
    }
    done = subprocess.run([sys.executable, "-c", KILLED], env=environment, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    lake = with_kafka(kafka_broker)
    [note] = _notes(lake)
    assert "/invoice_parsed/" in note
    assert send_events(lake, datetime.now(UTC) + LATER).counts == {"sent": 1}
    assert _notes(lake) == []

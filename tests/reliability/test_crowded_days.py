"""A received day that holds many documents is planned in bounded time, memory and calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Self

import pytest

from pipelines.documents import DocumentId, DocumentRecord, sha256_hex
from pipelines.lake import Lake
from pipelines.layout import ParsedKey, RawKey, RecordKey, TextKey
from pipelines.settings import Settings
from pipelines.states import all_days, each_document
from pipelines.steps import Scope, pending, plan_parsing, plan_reading
from pipelines.storage import Credentials, Entry, Storage
from tests.benchmarks.bench_load import crowded_day, measure_plans, read_all


def test_a_plan_opens_no_more_records_than_one_run_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = crowded_day(tmp_path, 9)
    scope = Scope(all_days(lake))
    opened: list[str] = []
    real = Lake.record
    monkeypatch.setattr("pipelines.steps.read.DOCUMENTS_A_RUN", 4)
    monkeypatch.setattr(Lake, "record", lambda self, document: opened.append(str(document)) or real(self, document))
    planned = [name for batch in plan_reading(lake, scope) for name in batch.documents]
    assert len(opened) == len(planned) == 4
    assert pending(lake, "ocr", scope).count == 9


def test_a_plan_of_parsing_opens_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = crowded_day(tmp_path, 5)
    read_all(lake)
    monkeypatch.setattr("pipelines.storage.Storage.get", lambda *_: pytest.fail("an object was opened"))
    (batch,) = plan_parsing(lake, Scope(all_days(lake)))
    assert len(batch.documents) == 5


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Held(str):
    """A listed key that is counted while anything holds it."""

    now = most = 0
    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        Held.now += 1
        Held.most = max(Held.most, Held.now)
        return super().__new__(cls, text)

    def __del__(self) -> None:
        Held.now -= 1


class CrowdedStore(Storage):
    """A bucket of one day, listed in order, which holds nothing of it."""

    def __init__(self, documents: int, *folders: Callable[[DocumentId], Any]) -> None:
        super().__init__(None, "s3://crowded")  # type: ignore[arg-type]
        self.documents, self.keys = documents, folders

    def _ids(self) -> Iterator[DocumentId]:
        return (DocumentId(NOON.date(), f"bill-{n:06d}", f"{n:016x}") for n in range(self.documents))

    def list(self, prefix: str = "") -> Iterator[Entry]:
        for key in self.keys:
            if f"{key(DocumentId(NOON.date(), 'x', '0' * 16))}".startswith(prefix):
                yield from (Entry(Held(str(key(document))), 9, "e", NOON) for document in self._ids())

    def get(self, key: str) -> bytes:
        name = key.removeprefix(f"{RecordKey.folder}/").removesuffix(".json")
        record = DocumentRecord(
            id=name, sha256=sha256_hex(b""), bytes=9, media_type="application/pdf", extension="pdf", file_name="f.pdf",
            pages=1, pages_with_text=1, received_at=NOON,
        )  # fmt: skip
        return record.model_dump_json().encode()


def _raw(document: DocumentId) -> RawKey:
    return RawKey(document, "pdf")


@pytest.mark.parametrize("documents", [500, 2500])
@pytest.mark.parametrize("stage", ["reading", "parsing", "nothing", "all of each"])
def test_a_plan_holds_a_window_of_a_day_however_many_documents_it_has(
    stage: str, documents: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.listing.FIRST_LOOK", 50)
    for module in ("batches", "read"):
        monkeypatch.setattr(f"pipelines.steps.{module}.DOCUMENTS_A_RUN", 100)
    folders = {
        "reading": (RecordKey, _raw),
        "parsing": (RecordKey, _raw, TextKey),
        "nothing": (RecordKey, _raw, TextKey, ParsedKey),
        "all of each": (RecordKey, _raw, TextKey, ParsedKey),
    }
    lake = Lake(
        Settings(url="s3://crowded", uploads_url="s3://drops"), CrowdedStore(documents, *folders[stage]), Credentials()
    )
    Held.most = Held.now = 0
    if stage == "all of each":
        assert sum(keys.parsed is not None for keys in each_document(lake, NOON.date())) == documents
    else:
        plan = plan_reading if stage == "reading" else plan_parsing
        planned = [name for batch in plan(lake, Scope((date(2026, 1, 1),))) for name in batch.documents]
        assert len(planned) == (0 if stage == "nothing" else 100)
    # two keys of each document of the run, and of each listing what it is looked at by
    assert Held.most <= 2 * 100 + 4 * 50 + 50


@pytest.mark.long
def test_a_day_of_20_000_documents_is_planned_in_bounded_time_memory_and_calls(tmp_path: Path) -> None:
    figures = measure_plans(tmp_path, 20_000)
    assert figures["plan_seconds"] < 15
    assert figures["plan_rss_mib"] < 220  # most of it the table libraries that silver's plan loads
    assert figures["plan_calls"] <= 5000

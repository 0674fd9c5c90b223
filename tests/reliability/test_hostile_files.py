"""Two hundred hostile files through the whole walk: each has its end and its reason, and nothing is reached."""

from __future__ import annotations

import gzip
import os
import resource
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pipelines.lake import Lake, open_lake
from pipelines.queries import audit, counts_by_state, documents_of_day
from pipelines.settings import Settings
from pipelines.states import all_days
from pipelines.steps import run_all
from tests.reliability.hostile import Hostile, hostile_files

SECRET = "the-secret-that-nobody-may-read"
FINAL = {"accepted", "needs_review", "rejected", "quarantined", "duplicate"}


def hidden(files: list[Hostile]) -> set[bytes]:
    """Names that begin with a dot may be transfers under way: they are left alone for an hour, then taken."""
    return {file.name for file in files if file.name.startswith(b".")}


pytestmark = [pytest.mark.xdist_group("hostile"), pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def canary() -> Iterator[tuple[str, list[str]]]:
    """An address that must never be asked for anything, and what it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """What was asked stands in the list."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, canary: tuple[str, list[str]]) -> list[Hostile]:
    secret = tmp_path_factory.mktemp("secret") / "secret.txt"
    secret.write_text(SECRET)
    return list(hostile_files(canary[0], str(secret)))


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory, files: list[Hostile]) -> Lake:
    root = tmp_path_factory.mktemp("hostile")
    uploads = root / "uploads"
    uploads.mkdir()
    for file in files:
        with open(os.path.join(os.fsencode(uploads), file.name), "wb") as target:  # noqa: PTH118, PTH123 - bytes
            target.write(file.data)
    settings = Settings(
        url=str(root / "lake"), uploads_url=str(uploads), settle_seconds=0, page_timeout_seconds=20, max_pages=500,
        reader_memory_mib=1024,
    )  # fmt: skip
    lake = open_lake(settings)
    for _ in run_all(lake):
        pass
    return lake


def test_there_are_two_hundred_of_them(files: list[Hostile]) -> None:
    assert len(files) >= 200
    assert len({file.name for file in files}) == len(files)


def test_every_file_has_one_final_state_and_those_that_failed_a_reason(walked: Lake, files: list[Hostile]) -> None:
    report = audit(walked)
    assert report.differences == []
    assert report.waiting == 0
    assert report.dropped == len(files) - len(hidden(files))
    assert set(counts_by_state(walked, all_days(walked))) <= FINAL
    for day in all_days(walked):
        for status in documents_of_day(walked, day):
            assert status.state == "accepted" or status.reason, status
            assert " at 0x" not in status.reason, "a reason must be the same each time"


def test_nothing_hostile_is_accepted(walked: Lake, files: list[Hostile]) -> None:
    harmless = {os.fsdecode(file.name) for file in files if file.may_pass}
    for day in all_days(walked):
        for status in documents_of_day(walked, day):
            if status.state == "accepted":
                assert any(status.file_name in name or name in status.file_name for name in harmless), status


def test_nobody_called_out(walked: Lake, canary: tuple[str, list[str]]) -> None:
    assert canary[1] == []


def test_nothing_of_another_file_came_into_the_lake(walked: Lake) -> None:
    folder = walked.storage.folder
    assert folder is not None
    for path in folder.rglob("*"):
        if path.is_file() and "raw_faktury" not in path.parts and "rejected" not in path.parts:
            data = path.read_bytes()
            body = gzip.decompress(data) if path.suffix == ".gz" else data
            assert SECRET.encode() not in body, path


def test_nothing_was_written_outside_the_lake(walked: Lake, files: list[Hostile]) -> None:
    folder = walked.storage.folder
    assert folder is not None
    assert {path.name for path in folder.parent.iterdir()} == {"lake", "uploads"}
    assert {os.fsencode(path.name) for path in (folder.parent / "uploads").iterdir()} == hidden(files)
    assert not Path("pwned").exists()


def test_memory_stayed_within_bounds(walked: Lake) -> None:
    assert walked
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    assert peak < 2048, f"{peak:.0f} MiB in a reading child"

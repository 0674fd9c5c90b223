"""Storage that fails in a tenth of all calls: everything dropped ends complete, once, and uncorrupted."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import boto3
import pytest

from pipelines.asking_again import ATTEMPTS, CheckedBody, ask_again
from pipelines.errors import StorageUnavailable
from pipelines.ingest import open_uploads
from pipelines.lake import Lake, open_lake
from pipelines.queries import audit, query
from pipelines.samples import draw_month
from pipelines.steps import run_all
from pipelines.storage import ObjectConflict
from tests.reliability.faulty_store import KINDS, Faults, faulty_store


def through(lake: Lake, address: str) -> Lake:
    """The same lake, reached at another address."""
    return open_lake(lake.settings.model_copy(update={"s3_endpoint_url": address}))


def drop(lake: Lake, folder: Path) -> int:
    """Put a folder's documents into the uploads bucket, without faults."""
    bucket, _, prefix = lake.settings.uploads_url.removeprefix("s3://").partition("/")
    client = boto3.client("s3", endpoint_url=lake.settings.s3_endpoint_url, region_name="us-east-1")
    files = sorted(folder.glob("*.pdf"))
    for path in files:
        client.put_object(Bucket=bucket, Key=f"{prefix}/{path.name}", Body=path.read_bytes())
    return len(files)


def walk_until_complete(lake: Lake, direct: Lake, rounds: int, jobs: int = 1) -> list[str]:
    """Runs until nothing waits; why each one but the last gave up: a scheduler would start it again."""
    gave_up: list[str] = []
    for _ in range(rounds):
        try:
            for _ in run_all(lake, jobs=jobs):
                pass
        except StorageUnavailable as error:
            gave_up.append(error.cause)
        report = audit(direct, bytes_too=False)
        if not report.waiting and not report.differences:
            return gave_up
    raise AssertionError(f"documents still wait after {rounds} runs: {gave_up}")


def check_whole_walk(s3_lake: Lake, folder: Path, count: int, stall_seconds: float, rounds: int, jobs: int) -> Faults:
    samples = draw_month(folder, date(2026, 1, 1), count)
    assert drop(s3_lake, folder) == count
    faults = Faults(0.1, seed=7, stall_seconds=stall_seconds)
    with faulty_store(s3_lake.settings.s3_endpoint_url or "", faults) as address:
        gave_up = walk_until_complete(through(s3_lake, address), s3_lake, rounds, jobs)
    report = audit(s3_lake)  # without faults: bytes against hashes, each layer against the one before
    assert report.differences == []
    assert dict(report.states) == {"accepted": count}
    truth = {s.truth["invoice_number"]: str(s.truth["gross_total"]) for s in samples}
    rows = query(s3_lake, "SELECT invoice_number, CAST(gross_total AS VARCHAR) AS gross FROM invoices").to_pylist()
    assert {row["invoice_number"]: row["gross"] for row in rows} == truth
    assert len(rows) == count
    print(json.dumps({"documents": count, "calls": faults.calls, "gave_up": gave_up, "faults": dict(faults.injected)}))
    return faults


@pytest.mark.timeout(300)
def test_a_walk_over_storage_that_fails_in_a_tenth_of_its_calls_ends_complete(s3_lake: Lake, tmp_path: Path) -> None:
    faults = check_whole_walk(s3_lake, tmp_path, 8, stall_seconds=0.1, rounds=5, jobs=1)
    assert faults.injected.total() > 20


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_300_documents_survive_storage_that_fails_in_a_tenth_of_its_calls(s3_lake: Lake, tmp_path: Path) -> None:
    faults = check_whole_walk(s3_lake, tmp_path, 300, stall_seconds=5, rounds=5, jobs=4)
    assert set(faults.injected) == set(KINDS)


def test_a_flipped_body_is_never_taken_for_what_was_stored(s3_lake: Lake) -> None:
    body = bytes(range(256)) * 8
    s3_lake.storage.put("some/key", body)
    bucket, _, prefix = s3_lake.settings.uploads_url.removeprefix("s3://").partition("/")
    client = boto3.client(
        "s3",
        endpoint_url=s3_lake.settings.s3_endpoint_url,
        region_name="us-east-1",
        config=boto3.session.Config(request_checksum_calculation="when_required"),  # as older clients upload
    )
    client.put_object(Bucket=bucket, Key=f"{prefix}/a.pdf", Body=body)
    faults = Faults(0.5, seed=3, kinds=("flipped",))
    with faulty_store(s3_lake.settings.s3_endpoint_url or "", faults) as address:
        lake = through(s3_lake, address)
        uploads = open_uploads(lake)
        for _ in range(10):
            assert lake.storage.get("some/key") == body
            assert uploads.read("a.pdf") == body
    assert faults.injected["flipped"] > 5


def test_a_listing_that_breaks_goes_on_where_it_stopped(s3_lake: Lake) -> None:
    names = [f"day/{n:04d}" for n in range(1010)]  # more than a page of a thousand
    for name in names:
        s3_lake.storage.put(name, b"x")
    faults = Faults(0.5, seed=5, kinds=("truncated", "reset", "slow_down"))
    with faulty_store(s3_lake.settings.s3_endpoint_url or "", faults) as address:
        storage = through(s3_lake, address).storage
        for _ in range(4):
            assert sorted(entry.key for entry in storage.list("day/")) == names
    assert faults.injected.total() > 0


@pytest.mark.parametrize("kind", ["lost_answer", "reset", "slow_down"])
def test_a_create_whose_answer_is_lost_knows_its_own_bytes(s3_lake: Lake, kind: str) -> None:
    faults = Faults(0.5, seed=2, kinds=(kind,))
    with faulty_store(s3_lake.settings.s3_endpoint_url or "", faults) as address:
        storage = through(s3_lake, address).storage
        for n in range(8):
            storage.create(f"claims/{n}", b"mine")
            with pytest.raises(ObjectConflict):
                storage.create(f"claims/{n}", b"another's")
    assert faults.injected[kind] > 0
    assert {entry.key for entry in s3_lake.storage.list("claims/")} == {f"claims/{n}" for n in range(8)}


def test_a_store_that_stays_away_is_asked_a_bounded_number_of_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _seconds: None)
    asked = []

    def call() -> None:
        asked.append(1)
        raise StorageUnavailable("gone")

    with pytest.raises(StorageUnavailable, match="gone"):
        ask_again(call)
    assert len(asked) == ATTEMPTS


def test_an_etag_that_is_no_md5_refuses_no_body_twice() -> None:
    """With SSE-KMS an ETag looks like an MD5 and is none."""
    body = CheckedBody("k")
    with pytest.raises(StorageUnavailable):
        body.checked(b"data", '"d41d8cd98f00b204e9800998ecf8427e"')
    assert body.checked(b"data", '"d41d8cd98f00b204e9800998ecf8427e"') == b"data"
    assert CheckedBody("k").checked(b"in parts", '"d41d8cd98f00b204e9800998ecf8427e-2"') == b"in parts"

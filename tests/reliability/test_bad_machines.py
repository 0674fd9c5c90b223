"""Disks that are full or read-only, clocks that are set back, tasks that run twice at once: delayed, never lost."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.documents import DocumentId
from pipelines.errors import LakeError, StorageUnavailable
from pipelines.events import waiting_notes
from pipelines.lake import Lake, to_json
from pipelines.layout import EditKey, OutboxKey, TextKey
from pipelines.queries import audit, view_document
from pipelines.samples import draw_month
from pipelines.silver import Action, Edit
from pipelines.states import all_days, day_documents
from pipelines.steps import Scope, confirm_document, edit_document, plan_parsing, reprocess_document, run_all
from tests.reliability.mortal_walk import lake_at, nursery, walk
from tests.reliability.test_kills import gold_of

HOUR = timedelta(hours=1)


def drop(folder: Path, count: int) -> None:
    """Bills into the uploads."""
    uploads = folder / "uploads"
    uploads.mkdir(parents=True, exist_ok=True)
    draw_month(folder / "drawn", date(2026, 1, 1), count)
    for path in sorted((folder / "drawn").glob("*.pdf")):
        shutil.copyfile(path, uploads / path.name)


def run(folder: Path) -> None:
    for _ in run_all(lake_at(folder)):
        pass


def check_ends_as(folder: Path, calm: Path, count: int) -> None:
    """One more run, and everything is where an undisturbed run has it."""
    run(folder)
    report = audit(lake_at(folder))
    assert report.differences == []
    assert dict(report.states) == {"accepted": count}
    assert report.waiting_uploads == 0
    assert gold_of(lake_at(folder)) == gold_of(lake_at(calm))


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an undisturbed run of three documents comes to."""
    folder = tmp_path_factory.mktemp("calm")
    drop(folder, 3)
    run(folder)
    return folder


class Mounted:
    """A file system of its own for a lake, in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64m", "lake-under-test", str(folder)], capture_output=True, check=False
        )
        if done.returncode:
            pytest.skip(f"cannot mount: {done.stderr.decode().strip()}")

    def again(self, options: str) -> None:
        done = subprocess.run(
            ["mount", "-o", f"remount,{options}", str(self.folder)], check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{done.stderr}, {Path('/proc/mounts').read_text()}"


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Mounted]:
    if os.name != "posix" or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting needs root")
    found = Mounted(tmp_path / "bad" / "lake")
    yield found
    subprocess.run(["umount", "-l", str(found.folder)], check=True)


def used_kib(folder: Path) -> int:
    return shutil.disk_usage(folder).used // 1024


def check_full_disk(mounted: Mounted, calm: Path, spare_kib: int) -> bool:
    """Run with so much room, until the disk is full; whether it was."""
    bad = mounted.folder.parent
    mounted.again(f"size={used_kib(mounted.folder) + spare_kib}k")
    told = ""
    try:
        run(bad)
    except StorageUnavailable as error:
        told = str(error)
    mounted.again("size=64m")
    assert not told or "free space" in told
    return bool(told)


def test_a_full_disk_fails_the_run_with_its_remedy_and_loses_nothing(mounted: Mounted, calm: Path) -> None:
    drop(mounted.folder.parent, 3)
    assert check_full_disk(mounted, calm, spare_kib=72)
    check_ends_as(mounted.folder.parent, calm, 3)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_disk_that_is_full_at_any_place_of_the_walk_loses_nothing(mounted: Mounted, calm: Path) -> None:
    bad = mounted.folder.parent
    drop(bad, 3)
    times = sum(check_full_disk(mounted, calm, spare_kib=8 + 12 * n) for n in range(20))
    assert times >= 8
    check_ends_as(bad, calm, 3)


def test_a_lake_that_became_read_only_says_so_and_loses_nothing(mounted: Mounted, calm: Path) -> None:
    bad = mounted.folder.parent
    drop(bad, 3)
    mounted.again("ro")
    with pytest.raises(LakeError, match=r"(?i)read-only"):
        run(bad)
    assert len(list((bad / "uploads").iterdir())) == 3
    mounted.again("rw")
    check_ends_as(bad, calm, 3)


def from_the_future(lake: Lake) -> None:
    """As if the clock was set back an hour: everything that stands was made an hour later than now."""
    folder = lake.storage.folder
    assert folder is not None
    for path in folder.rglob("*"):
        stat = path.stat()
        os.utime(path, (stat.st_atime + 3600, stat.st_mtime + 3600))


def only_document(lake: Lake) -> DocumentId:
    (keys,) = [keys for day in all_days(lake) for keys in day_documents(lake, day).values()]
    return keys.document


def test_a_walk_goes_on_after_the_clock_was_set_back(calm: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    drop(bad, 3)
    later = sorted((bad / "uploads").iterdir())[1:]
    for path in later:
        path.rename(tmp_path / path.name)
    run(bad)
    from_the_future(lake_at(bad))
    for path in later:
        (tmp_path / path.name).rename(path)
        os.utime(path, (path.stat().st_mtime + 3600,) * 2)
    check_ends_as(bad, calm, 3)


def test_what_was_read_again_is_parsed_again_though_the_clock_was_set_back(tmp_path: Path) -> None:
    drop(tmp_path, 1)
    run(tmp_path)
    lake = lake_at(tmp_path)
    document = only_document(lake)
    stale = Scope(mode="stale")
    assert plan_parsing(lake, stale) == []
    from_the_future(lake)
    pages = lake.pages(document)
    lake.storage.put(
        str(TextKey(document)).replace(".txt", ".pages.json.gz"),
        replace(pages, read=replace(pages.read, pages=pages.read.pages + pages.read.pages)).to_bytes(),
    )
    assert [batch.documents for batch in plan_parsing(lake, stale)] == [(str(document),)]
    reprocess_document(lake, str(document), "parse", "stale")
    assert plan_parsing(lake, stale) == []


def test_the_last_change_wins_though_the_clock_was_set_back(tmp_path: Path) -> None:
    drop(tmp_path, 1)
    run(tmp_path)
    lake = lake_at(tmp_path)
    document = only_document(lake)
    before = Edit(
        who="anna", when=datetime.now(UTC) + HOUR, action=Action.EDIT, before={}, after={"0.gross_total": "1.00"}
    )
    lake.storage.create(str(EditKey(document, before.when)), to_json(before))
    changed = edit_document(lake, str(document), {"0.gross_total": "2.00"}, "piotr")
    assert before.when < changed.at < before.when + timedelta(seconds=1)
    confirmed = confirm_document(lake, str(document), "ewa")
    assert confirmed.at > changed.at
    view = view_document(lake, str(document))
    assert view is not None
    assert view.invoices[0].gross_total == Decimal("2.00")


def test_an_event_noted_before_the_clock_was_set_back_is_not_kept_for_an_hour(lake: Lake) -> None:
    key = str(OutboxKey("invoice_parsed", DocumentId.parse("2026-01-01/a-0123456789abcdef"), "0" * 16))
    lake.storage.put(key, b"{}")
    now = datetime.now(UTC)
    assert [note.key for note in waiting_notes(lake, now)] == []
    assert [note.key for note in waiting_notes(lake, now - HOUR)] == [key]


@pytest.mark.long
@pytest.mark.timeout(600)
def test_three_of_the_same_run_at_once_end_as_one(calm: Path, tmp_path: Path) -> None:
    context = nursery()
    for turn in range(6):
        bad = tmp_path / f"bad{turn}"
        drop(bad, 3)
        processes = [context.Process(target=walk, args=(bad, mode)) for mode in ("missing", "missing", "all")]
        for process in processes:
            process.start()
        for process in processes:
            with suppress(TimeoutError):
                process.join(120)
        assert [process.exitcode for process in processes] == [0, 0, 0]
        check_ends_as(bad, calm, 3)

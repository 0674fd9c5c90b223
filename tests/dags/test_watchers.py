"""Watchers fire for work, once, and again only when it stands still."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 10.0


def _waking(*, eager: bool) -> Any:
    from lake_dags.triggers import Waking

    return Waking(eager, PATIENCE)


def test_uploads_wake_at_once() -> None:
    assert _waking(eager=True).look(1, "a", 0.0)


def test_nothing_wakes_nobody() -> None:
    waking = _waking(eager=True)
    assert not any(waking.look(0, "", float(t)) for t in range(100))


def test_the_same_uploads_do_not_wake_twice_within_the_patience() -> None:
    waking = _waking(eager=True)
    assert [waking.look(1, "a", float(t)) for t in range(0, 10, 2)] == [True, False, False, False, False]


def test_a_lost_wake_up_heals_after_the_patience() -> None:
    waking = _waking(eager=True)
    assert waking.look(1, "a", 0.0)
    assert waking.look(1, "a", PATIENCE)


def test_work_that_never_moves_is_announced_ever_less_often() -> None:
    waking = _waking(eager=False)
    fired = [t for t in range(4000) if waking.look(1, "a", float(t))]
    gaps = [after - before for before, after in itertools.pairwise(fired)]
    assert gaps[:3] == [20, 40, 80]
    assert set(gaps[6:]) == {300}


def test_more_uploads_wake_again_at_once() -> None:
    waking = _waking(eager=True)
    assert waking.look(1, "a", 0.0)
    assert waking.look(2, "ab", 2.0)


def test_uploads_that_are_being_taken_wake_nobody() -> None:
    waking = _waking(eager=True)
    assert waking.look(3, "abc", 0.0)
    assert not waking.look(2, "bc", 2.0)
    assert not waking.look(1, "c", 4.0)
    assert not waking.look(0, "", 6.0)


def test_an_upload_that_replaces_a_taken_one_wakes_after_the_patience_at_the_latest() -> None:
    waking = _waking(eager=True)
    assert waking.look(1, "a", 0.0)
    assert not waking.look(1, "b", 2.0)  # could be growth or not: the count says nothing
    assert waking.look(1, "b", 2.0 + PATIENCE)


def test_stuck_work_is_announced_only_when_it_stands_still() -> None:
    waking = _waking(eager=False)
    assert not any(waking.look(5 - t // 5, f"{t}", float(t)) for t in range(20))  # it moves
    assert waking.look(1, "19", 19.0 + PATIENCE)


async def _first(events: AsyncIterator[Any], seconds: float) -> Any:
    try:
        return await asyncio.wait_for(anext(events), seconds)
    except TimeoutError:
        return None


def test_the_uploads_watcher_fires_while_settled_files_lie_and_is_silent_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lake_dags.triggers import WorkWatcher

    monkeypatch.setenv("LAKE_URL", str(tmp_path / "lake"))
    monkeypatch.setenv("LAKE_UPLOADS_URL", str(tmp_path / "uploads"))
    monkeypatch.setenv("LAKE_SETTLE_SECONDS", "0.2")
    watcher = WorkWatcher("ingest", eager=True, poll_seconds=0.05, patience_seconds=60)

    async def scene() -> None:
        assert await _first(watcher.run(), 1.0) is None
        (tmp_path / "uploads" / "a.pdf").write_bytes(b"%PDF-1.7")
        event = await _first(watcher.run(), 10.0)
        assert event.payload == {"stage": "ingest", "pending": 1}

    asyncio.run(scene())


def test_a_watcher_survives_a_lake_that_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lake_dags.triggers import WorkWatcher

    (tmp_path / "uploads").write_text("a file where a folder should be")
    monkeypatch.setenv("LAKE_URL", str(tmp_path / "lake"))
    monkeypatch.setenv("LAKE_UPLOADS_URL", str(tmp_path / "uploads"))
    monkeypatch.setenv("LAKE_SETTLE_SECONDS", "0")
    watcher = WorkWatcher("ingest", eager=True, poll_seconds=0.05, patience_seconds=60)

    async def scene() -> None:
        events = watcher.run()
        waiting = asyncio.ensure_future(anext(events))
        await asyncio.sleep(1.0)
        assert not waiting.done()
        (tmp_path / "uploads").unlink()
        (tmp_path / "uploads").mkdir()
        (tmp_path / "uploads" / "a.pdf").write_bytes(b"%PDF-1.7")
        assert (await asyncio.wait_for(waiting, 10.0)).payload["pending"] == 1

    asyncio.run(scene())


def test_triggers_are_made_again_from_what_they_serialize() -> None:
    from airflow.sdk.module_loading import import_string

    from lake_dags.triggers import ReplayFinished, WorkWatcher

    for trigger in (
        WorkWatcher("ocr", eager=False, poll_seconds=4, patience_seconds=12),
        ReplayFinished("replay__2026-01-03__ocr__x", "ocr"),
    ):
        path, arguments = trigger.serialize()
        assert import_string(path)(**arguments).serialize() == (path, arguments)

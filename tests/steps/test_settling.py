"""An upload that is about to settle wakes the flow early, and is taken only once it has settled."""

import time
from pathlib import Path

from pipelines.lake import Lake
from pipelines.steps import pending, plan_ingest
from pipelines.steps.waiting import EARLY


def _settling(lake: Lake, seconds: float) -> Lake:
    return Lake(lake.settings.model_copy(update={"settle_seconds": seconds}), lake.storage, lake.credentials)


def test_the_watcher_sees_an_upload_before_it_has_settled_and_the_plan_waits_for_it(
    lake: Lake, uploads_folder: Path
) -> None:
    lake = _settling(lake, 0.7 * EARLY.total_seconds())
    (uploads_folder / "a.pdf").write_bytes(b"%PDF-1.7")
    dropped = time.time()
    assert pending(lake, "ingest").count == 1
    [batch] = plan_ingest(lake)
    assert batch.documents == ("a.pdf",)
    assert time.time() - dropped >= lake.settings.settle_seconds


def test_an_upload_far_from_settled_is_not_waited_for(lake: Lake, uploads_folder: Path) -> None:
    lake = _settling(lake, 60)
    (uploads_folder / "a.pdf").write_bytes(b"%PDF-1.7")
    began = time.monotonic()
    assert pending(lake, "ingest").count == 0
    assert plan_ingest(lake) == []
    assert time.monotonic() - began < EARLY.total_seconds()


def test_settled_uploads_do_not_wait_for_others(lake: Lake, uploads_folder: Path) -> None:
    lake = _settling(lake, 0.7 * EARLY.total_seconds())
    (uploads_folder / "a.pdf").write_bytes(b"%PDF-1.7")
    time.sleep(lake.settings.settle_seconds + 0.05)
    (uploads_folder / "b.pdf").write_bytes(b"%PDF-1.7 b")
    began = time.monotonic()
    [batch] = plan_ingest(lake)
    assert batch.documents == ("a.pdf",)
    assert time.monotonic() - began < lake.settings.settle_seconds

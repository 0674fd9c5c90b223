"""A lake that is gone comes back from its backup: the same documents, edits and gold."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli import app as command_line
from pipelines.lake import Lake
from pipelines.layout import ORIGINALS
from pipelines.queries import audit, query, trail_of_people
from pipelines.samples import draw_month
from pipelines.steps import confirm_document, copy_originals, run_all
from pipelines.storage import ObjectConflict, open_storage


def gold(lake: Lake) -> list[dict[str, object]]:
    return query(lake, "SELECT * FROM monthly_energy_costs ORDER BY ALL").to_pylist()


def originals(lake: Lake) -> dict[str, bytes]:
    return {e.key: lake.storage.get(e.key) for folder in ORIGINALS for e in lake.storage.list(f"{folder}/")}


@pytest.fixture
def filled(lake: Lake, uploads_folder: Path) -> Lake:
    draw_month(uploads_folder, date(2026, 1, 1), 2)
    (uploads_folder / "truth.json").unlink()
    bill = next(uploads_folder.glob("*.pdf"))
    shutil.copyfile(bill, uploads_folder / "again.pdf")
    (uploads_folder / "notes.exe").write_bytes(b"MZ no document")
    for _ in run_all(lake):
        pass
    accepted = next(query(lake, "SELECT document_id FROM invoices").to_pylist().__iter__())["document_id"]
    confirm_document(lake, accepted, "anna")
    for _ in run_all(lake):
        pass
    assert audit(lake).differences == []
    return lake


def test_a_lake_that_is_gone_comes_back_whole_from_its_backup(
    filled: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, kept, states = gold(filled), originals(filled), audit(filled).states
    monkeypatch.setenv("LAKE_URL", filled.settings.url)
    monkeypatch.setenv("LAKE_UPLOADS_URL", filled.settings.uploads_url)
    copy = str(tmp_path / "backup")
    assert CliRunner().invoke(command_line, ["backup", copy]).exit_code == 0
    assert "01_bronze/raw_faktury: 0 copied" in CliRunner().invoke(command_line, ["backup", copy]).output

    assert filled.storage.folder is not None
    shutil.rmtree(filled.storage.folder)
    assert CliRunner().invoke(command_line, ["restore", copy]).exit_code == 0
    assert CliRunner().invoke(command_line, ["run"]).exit_code == 0
    assert originals(filled) == kept
    report = audit(filled)
    assert report.differences == []
    assert report.states == states
    assert gold(filled) == before
    assert [line.did for line in trail_of_people(filled)] == ["confirm"]


def test_a_damaged_lake_damages_no_backup(filled: Lake, tmp_path: Path) -> None:
    copy = open_storage((tmp_path / "backup").as_uri())
    list(copy_originals(filled.storage, copy))
    entry = next(iter(filled.storage.list("01_bronze/raw_faktury/")))
    sound = filled.storage.get(entry.key)
    filled.storage.put(entry.key, b"encrypted by somebody")
    with pytest.raises(ObjectConflict):
        list(copy_originals(filled.storage, copy))
    assert copy.get(entry.key) == sound
    filled.storage.delete(entry.key)
    list(copy_originals(filled.storage, copy))
    assert copy.get(entry.key) == sound
    list(copy_originals(copy, filled.storage))
    for _ in run_all(filled):
        pass
    assert audit(filled).differences == []

"""Forgetting: nothing of a document remains in any file of the lake, and everything else stands as before."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError
from typer.testing import CliRunner

from pipelines import queries
from pipelines.cli import app
from pipelines.documents import DocumentId
from pipelines.errors import ForgottenDocument
from pipelines.lake import Lake
from pipelines.lake import open_lake as open_with
from pipelines.layout import HeldKey, TextKey
from pipelines.samples import draw_month
from pipelines.settings import Settings
from pipelines.silver import promote
from pipelines.silver.commits import rewrite
from pipelines.silver.kind_tables import tables
from pipelines.silver.partitions import Change
from pipelines.silver.schemas import INVOICES
from pipelines.silver.tables import pin
from pipelines.states import document_keys
from pipelines.steps import Scope, confirm_document, forget, forgetting, let_in, receive_file, received_before, run_all
from pipelines.steps.drift import Held, held_layouts
from pipelines.steps.promote import load_document

pytestmark = pytest.mark.xdist_group("forgetting")
BILLS = 4


def open_at(folder: Path) -> Lake:
    return open_with(
        Settings(url=str(folder / "lake"), uploads_url=str(folder / "uploads"), settle_seconds=0, live_days=1)
    )


def drop(folder: Path, bills: list[Path]) -> None:
    (folder / "uploads").mkdir(exist_ok=True)
    for path in bills:
        shutil.copyfile(path, folder / "uploads" / path.name)
    for _ in run_all(open_at(folder)):
        pass


@pytest.fixture(scope="module")
def bills(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("drawn")
    return [folder / sample.file_name for sample in draw_month(folder, date(2026, 1, 1), BILLS)]


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory, bills: list[Path]) -> Path:
    """Four bills that came one after the other, the first twice and confirmed by a person: tables with a history."""
    folder = tmp_path_factory.mktemp("walked")
    drop(folder, bills[:2])
    copy = bills[0].with_name(f"kopia-kowalski{bills[0].suffix}")
    shutil.copyfile(bills[0], copy)
    confirm_document(open_at(folder), of(open_at(folder), bills[0]), "anna")
    drop(folder, [copy, *bills[2:]])
    return folder


@pytest.fixture
def folder(walked: Path, tmp_path: Path) -> Path:
    own = shutil.copytree(walked, tmp_path / "own")
    drop(own, [])  # copied objects have other etags: silver takes them over
    return own


def of(lake: Lake, path: Path) -> str:
    return next(s.id for s in queries.find_documents(lake, path.name) if s.file_name == path.name)


def printed(lake: Lake, document: str) -> dict[str, str]:
    """Values that only this document prints."""
    invoice = lake.parsed(DocumentId.parse(document)).invoices[0]
    values = {
        "number": invoice.invoice_number,
        "customer": invoice.customer_number,
        "account": invoice.payment_reference,
    }
    return {name: value for name, value in values.items() if value and len(value) > 5}


def everything(folder: Path) -> Iterator[tuple[str, str]]:
    """Path -> all text of every file, whatever packs it, and of every folder nothing: by other means than the command's
    own search."""
    yield from ((str(path.relative_to(folder)), "") for path in folder.rglob("*") if path.is_dir())
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8", "replace")
        if path.suffix == ".parquet":
            text += str(duckdb.execute("SELECT * FROM read_parquet(?)", [str(path)]).fetchall())
        yield str(path.relative_to(folder)), text


def rows_of_others(lake: Lake, gone: str) -> dict[str, list[dict[str, Any]]]:
    sql = {
        "invoices": f"SELECT * FROM silver.invoices WHERE document_id <> '{gone}' ORDER BY ALL",
        "invoice_lines": f"SELECT * FROM silver.invoice_lines WHERE document_id <> '{gone}' ORDER BY ALL",
    }
    return {name: queries.query(lake, one).to_pylist() for name, one in sql.items()}


def test_nothing_remains_in_any_file_and_all_else_stands(folder: Path, bills: list[Path]) -> None:
    lake = open_at(folder)
    gone = of(lake, bills[0])
    values, sha256 = printed(lake, gone), lake.record(DocumentId.parse(gone)).sha256
    others = rows_of_others(lake, gone)
    assert any(gone in text for _, text in everything(folder))

    done = forget(lake, gone)
    assert done.remains is not None
    assert done.remains.traces == []
    assert len(done.documents) == 2, "the copy under another name held the same bytes"
    wanted = [gone, DocumentId.parse(gone).name, "kowalski", *values.values()]
    found = [(path, value) for path, text in everything(folder) for value in wanted if value in path + text]
    assert found == []
    assert [path for path, _ in everything(folder) if sha256 in path] == [f"lake/01_bronze/by_content/{sha256}"]
    assert rows_of_others(lake, gone) == others
    report = queries.audit(lake)
    assert (report.differences, report.states["forgotten"]) == ([], 1)
    [[spent]] = queries.query(lake, "SELECT sum(invoices) FROM supplier_spend_monthly").to_pandas().values.tolist()
    assert spent == len(others["invoices"])


def test_no_version_of_any_table_gives_it_back(folder: Path, bills: list[Path]) -> None:
    lake = open_at(folder)
    gone = of(lake, bills[0])
    forget(lake, gone)
    held = [name for name in tables() if (folder / "lake" / "02_silver" / name).exists()]
    assert set(held) >= {"invoices", "invoice_lines", "metering_points", "documents"}
    for name in held:
        newest = DeltaTable(lake.table_uri(name)).version()
        for version in range(newest):
            with pytest.raises((DeltaError, OSError)):
                DeltaTable(lake.table_uri(name), version=version).to_pyarrow_table()
        assert gone not in str(DeltaTable(lake.table_uri(name)).to_pyarrow_table().to_pylist())


def test_writer_that_pinned_an_older_version_does_not_write_into_the_past(folder: Path, bills: list[Path]) -> None:
    lake = open_at(folder)
    pinned = pin(lake, INVOICES)
    row = pinned.dataset(pinned.live).to_table().slice(0, 1).to_pylist()[0]
    forget(lake, of(lake, bills[0]))
    later = date(2031, 1, 1)
    rewrite(pinned, {later: Change(rows=[row | {"period_month": later, "invoice_key": "f" * 32}])}, "late")
    assert queries.query(lake, "FROM silver.invoices WHERE period_month = '2031-01-01'").num_rows == 1


@pytest.mark.parametrize("stage", ["_remove_drops", "_erase", "purge", "build_gold", "search"])
def test_forgetting_that_was_killed_is_finished_by_doing_it_again(
    folder: Path, bills: list[Path], stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = open_at(folder)
    gone = of(lake, bills[0])

    def killed(*_args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(forgetting, stage, killed)
        with pytest.raises(KeyboardInterrupt):
            forget(lake, gone)
    assert any("forget it again" in difference.what for difference in queries.audit(lake).differences)
    done = forget(lake, gone)
    assert done.remains is not None
    assert done.remains.traces == []
    assert queries.audit(lake).differences == []
    assert not any(gone in path + text for path, text in everything(folder))


def test_what_a_run_under_way_wrote_anew_is_named_and_goes_when_forgotten_again(
    folder: Path, bills: list[Path]
) -> None:
    lake = open_at(folder)
    gone = of(lake, bills[0])
    keys = document_keys(lake, DocumentId.parse(gone))
    assert keys is not None
    held, text = load_document(lake, keys), lake.storage.get(str(TextKey(DocumentId.parse(gone))))
    forget(lake, gone)
    promote(lake, [held], "under way")
    lake.storage.put(str(TextKey(DocumentId.parse(gone))), text)
    assert any(difference.subject == gone for difference in queries.audit(lake).differences)
    done = forget(lake, gone)
    assert done.remains is not None
    assert done.remains.traces == []
    assert queries.audit(lake).differences == []


def test_other_documents_and_held_layouts_no_longer_name_it(folder: Path, bills: list[Path]) -> None:
    lake = open_at(folder)
    gone, other = of(lake, bills[0]), of(lake, bills[1])
    layout = lake.parsed(DocumentId.parse(other)).invoices[0].layout or ""
    held = Held(layout=layout, supplier=None, before=1.0, after=0.0, since=gone, at=datetime.now(UTC))
    lake.save(HeldKey(layout), held)
    for _ in run_all(lake, Scope(mode="all", document=other)):
        pass
    assert gone in str(lake.parsed(DocumentId.parse(other)).invoices[0].review_reasons)
    done = forget(lake, gone)
    assert done.remains is not None
    assert (done.remains.traces, other in done.again) == ([], True)
    assert held_layouts(lake)[layout].since == "a document that was forgotten"
    assert not any(gone in path + text for path, text in everything(folder))
    assert queries.audit(lake).differences == []


def test_same_bytes_stay_out_until_they_are_let_in(folder: Path, bills: list[Path]) -> None:
    lake = open_at(folder)
    forget(lake, of(lake, bills[0]))
    before = sorted(entry.key for entry in lake.storage.list("01_bronze/"))
    drop(folder, [bills[0]])
    assert list((folder / "uploads").iterdir()) == []
    assert sorted(entry.key for entry in lake.storage.list("01_bronze/")) == before
    with bills[0].open("rb") as file, pytest.raises(ForgottenDocument, match="let-in"):
        receive_file(lake, file, "again.pdf", "anna")
    assert let_in(lake, bills[0].read_bytes())
    drop(folder, [bills[0]])
    assert of(lake, bills[0])


def test_rejected_file_is_forgotten_too(folder: Path) -> None:
    lake = open_at(folder)
    (folder / "uploads" / "list-kowalskiej.txt").write_text("Szanowni Państwo, proszę o kontakt z Zofią Kowalską")
    drop(folder, [])
    [gone] = [s.id for s in queries.find_documents(lake, "list-kowalskiej.txt")]
    done = forget(lake, gone)
    assert done.remains is not None
    assert done.remains.traces == []
    assert not any("kowalskiej" in path + text or "Zofią" in text for path, text in everything(folder))
    (folder / "uploads" / "znowu.txt").write_text("Szanowni Państwo, proszę o kontakt z Zofią Kowalską")
    drop(folder, [])
    assert not any("Zofią" in text for _, text in everything(folder))


def test_dry_run_tells_and_writes_nothing(folder: Path, bills: list[Path]) -> None:
    lake = open_at(folder)
    before = sorted(lake.storage.list())
    done = forget(lake, of(lake, bills[0]), dry_run=True)
    assert {key.split("/")[1] for key in done.objects} >= {
        "documents",
        "raw_faktury",
        "ocr_faktury",
        "edits",
        "measured",
    }
    assert done.rows["invoices"] == 1
    assert sorted(lake.storage.list()) == before


def test_command_proves_it_and_tells_of_what_it_cannot_find(
    folder: Path, bills: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = open_at(folder)
    gone = of(lake, bills[0])
    monkeypatch.setenv("LAKE_URL", str(folder / "lake"))
    monkeypatch.setenv("LAKE_UPLOADS_URL", str(folder / "uploads"))
    told = CliRunner().invoke(app, ["forget", gone])
    assert (told.exit_code, "nothing remains" in told.output) == (0, True), told.output
    again = CliRunner().invoke(app, ["forget", gone])
    assert (again.exit_code, "nothing remains" in again.output) == (0, True), again.output
    left = received_before(lake, datetime.now(UTC).date())
    assert left == []

"""The command line as a stranger meets it: results for every file, exit statuses that tell, errors in one line."""

import json
from pathlib import Path

import pytest
from pyarrow import parquet
from typer.testing import CliRunner, Result

from pipelines.cli import app
from pipelines.samples import draw_month

pytestmark = pytest.mark.xdist_group("cli")
run = CliRunner()


@pytest.fixture(scope="module")
def bills(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    from datetime import date

    folder = tmp_path_factory.mktemp("bills")
    draw_month(folder, date(2026, 1, 1), 3, 1)
    return sorted(folder.glob("*.pdf"))


@pytest.fixture
def lake_of_bills(tmp_path: Path, bills: list[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    for bill in bills:
        target = tmp_path / "uploads" / bill.name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(bill.read_bytes())
    monkeypatch.setenv("LAKE_URL", str(tmp_path / "lake"))
    monkeypatch.setenv("LAKE_UPLOADS_URL", str(tmp_path / "uploads"))
    monkeypatch.setenv("LAKE_SETTLE_SECONDS", "0")
    return tmp_path / "lake"


def _ok(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.output


def test_parse_writes_a_json_for_each_file_and_fails_at_the_end_if_one_could_not_be_read(
    bills: list[Path], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(bills[0].read_bytes()[:300])
    result = run.invoke(
        app, ["parse", str(broken), *map(str, bills), str(tmp_path / "gone.pdf"), "--output", str(tmp_path / "out")]
    )
    assert result.exit_code == 1
    bodies = {path.name: json.loads(path.read_text()) for path in (tmp_path / "out").iterdir()}
    assert set(bodies) == {f"{p.name}.json" for p in [*bills, broken]} | {"gone.pdf.json"}
    assert {"document", "invoices", "made_by"} <= set(bodies["broken.pdf.json"])
    assert bodies["broken.pdf.json"]["error"]["error"] == "DamagedDocument"
    assert "No such file" in bodies["gone.pdf.json"]["error"]["message"]
    for bill in bills:
        [invoice] = bodies[f"{bill.name}.json"]["invoices"]
        assert invoice["status"] == "accepted"


def test_two_files_of_one_name_get_two_results(bills: list[Path], tmp_path: Path) -> None:
    for n, folder in enumerate(("a", "b")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.pdf").write_bytes(bills[n].read_bytes())
    _ok(
        run.invoke(
            app,
            ["parse", str(tmp_path / "a" / "same.pdf"), str(tmp_path / "b" / "same.pdf"), "-o", str(tmp_path / "out")],
        )
    )
    numbers = {json.loads(path.read_text())["invoices"][0]["invoice_number"] for path in (tmp_path / "out").iterdir()}
    assert len(numbers) == 2


def test_read_writes_text_and_words(bills: list[Path], tmp_path: Path) -> None:
    _ok(run.invoke(app, ["read", str(bills[0]), "-o", str(tmp_path / "out")]))
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        f"{bills[0].name}.txt",
        f"{bills[0].name}.pages.json.gz",
    }


def test_run_status_query_and_audit_agree(lake_of_bills: Path, tmp_path: Path, bills: list[Path]) -> None:
    assert "3 received" in _ok(run.invoke(app, ["run"]))
    assert "accepted" in _ok(run.invoke(app, ["status", bills[0].name]))
    count = _ok(run.invoke(app, ["query", "SELECT count(*) AS n FROM silver.invoices", "-f", "csv"]))
    assert count.split() == ['"n"', "3"]
    target = tmp_path / "out.parquet"
    _ok(run.invoke(app, ["query", "FROM gold.supplier_spend_monthly", "-f", "parquet", "-o", str(target)]))
    assert parquet.read_table(target).num_rows >= 1
    assert "no difference" in _ok(run.invoke(app, ["audit", "--strict"]))
    assert "received" not in _ok(run.invoke(app, ["run"])), "a second run finds nothing to do"


def test_audit_fails_where_raw_bytes_were_changed(lake_of_bills: Path) -> None:
    _ok(run.invoke(app, ["run"]))
    raw = next((lake_of_bills / "01_bronze" / "raw_faktury").rglob("*.pdf"))
    raw.write_bytes(raw.read_bytes() + b" ")
    result = run.invoke(app, ["audit"])
    assert result.exit_code == 1
    assert "differ from their recorded SHA-256" in result.output


def test_audit_fails_where_a_document_is_lost(lake_of_bills: Path) -> None:
    _ok(run.invoke(app, ["run"]))
    next((lake_of_bills / "01_bronze" / "documents").rglob("*.json")).unlink()
    result = run.invoke(app, ["audit"])
    assert result.exit_code == 1
    assert "record" in result.output


def test_a_name_that_is_not_there_is_said_to_be(lake_of_bills: Path) -> None:
    _ok(run.invoke(app, ["run"]))
    result = run.invoke(app, ["status", "other.pdf"])
    assert result.exit_code == 1
    assert "no document 'other.pdf'" in result.output


def test_settings_that_do_not_fit_are_named_and_their_values_are_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.errors import ConfigurationError
    from pipelines.settings import load_settings

    monkeypatch.setenv("LAKE_MAX_PAGES", "s3cret-by-mistake")
    with pytest.raises(ConfigurationError, match="LAKE_MAX_PAGES") as caught:
        load_settings()
    assert "s3cret" not in str(caught.value)


def test_upkeep_says_what_it_did_and_ddl_names_every_gold_table(lake_of_bills: Path) -> None:
    _ok(run.invoke(app, ["run"]))
    assert "invoices: removed 0 files" in _ok(run.invoke(app, ["upkeep"]))
    assert run.invoke(app, ["upkeep", "--days", "1"]).exit_code == 2, "a retention that is not safe is refused"
    ddl = _ok(run.invoke(app, ["ddl", "s3://bucket/lake/03_gold"]))
    assert "monthly_energy_costs" in ddl
    assert "s3://bucket/lake/03_gold/data_quality_daily" in ddl

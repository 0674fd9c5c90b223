"""Real documents through the whole walk into a folder lake; skipped where the folder is missing.

The documents are not the project's, so nothing of them stands here: the facts are about every one of them.
"""

import json
import os
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines import queries
from pipelines.lake import Lake
from pipelines.lake import open_lake as open_with
from pipelines.settings import Settings
from pipelines.steps import run_all

CORPUS = Path(os.environ.get("INVOICE_CORPUS", Path(__file__).resolve().parents[3] / "shared" / "corpus"))

pytestmark = [
    pytest.mark.skipif(not CORPUS.is_dir(), reason="no folder of real documents; set INVOICE_CORPUS"),
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("corpus"),
]


def _documents() -> list[Path]:
    found = []
    for truth in sorted(CORPUS.glob("*/*.truth.json")):
        stem = truth.name.removesuffix(".truth.json")
        found += [p for e in (".pdf", ".png", ".jpg") if (p := truth.with_name(stem + e)).exists()][:1]
    return found


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return _walk(tmp_path_factory.mktemp("corpus"), _documents())


def _walk(folder: Path, documents: list[Path]) -> Lake:
    for document in documents:
        target = folder / "uploads" / document.parent.name / document.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(document, target)
    lake = open_with(Settings(url=str(folder / "lake"), uploads_url=str(folder / "uploads"), settle_seconds=0))
    for report in run_all(lake, jobs=2):
        print(report.line())
    return lake


def test_every_document_ends_in_a_final_state_and_the_audit_finds_no_difference(walked: Lake) -> None:
    report = queries.audit(walked)
    print(dict(report.states))
    assert report.differences == []
    assert report.waiting == 0
    assert report.dropped == len(_documents())


def test_a_second_walk_writes_nothing(walked: Lake) -> None:
    before = {entry.key: entry for entry in walked.storage.list()}
    assert not any(report.wrote for report in run_all(walked))
    assert {entry.key: entry for entry in walked.storage.list()} == before


def _energy_truth(set_name: str) -> dict[Path, dict[str, object]]:
    found: dict[Path, dict[str, object]] = {}
    for path in sorted((CORPUS / set_name).glob("*.truth.json")):
        truth = json.loads(path.read_text())
        if truth.get("consumption_kwh") and (truth.get("installation_number") or truth.get("metering_point")):
            found[path.with_name(path.name.replace(".truth.json", ".pdf"))] = truth
    return found


@pytest.mark.parametrize("set_name", ["br_cemig_lumi", "pl_ksef_official"])
def test_energy_bills_arrive_in_gold_with_the_right_energy_and_totals(set_name: str, tmp_path: Path) -> None:
    """In a lake of their own: the ministry's examples share one invoice number, and twins go to review."""
    bills = _energy_truth(set_name)
    assert bills
    lake = _walk(tmp_path, list(bills))
    rows = queries.query(lake, "SELECT invoice_number, consumption_kwh, gross_total FROM silver.invoices").to_pylist()
    found = {row["invoice_number"]: row for row in rows}
    for truth in bills.values():
        row = found[str(truth["invoice_number"])]
        assert row["consumption_kwh"] == Decimal(str(truth["consumption_kwh"]))
        assert row["gross_total"] == Decimal(str(truth["gross_total"]))
    sql = "SELECT sum(kwh) AS kwh, sum(gross) AS gross FROM gold.monthly_energy_costs"
    [gold] = queries.query(lake, sql).to_pylist()
    assert gold["kwh"] == sum(Decimal(str(truth["consumption_kwh"])) for truth in bills.values())
    assert gold["gross"] == sum(Decimal(str(truth["gross_total"])) for truth in bills.values())

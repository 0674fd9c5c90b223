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
    folder = tmp_path_factory.mktemp("corpus")
    for document in _documents():
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


def _truth(set_name: str) -> list[dict[str, object]]:
    return [json.loads(p.read_text()) for p in sorted((CORPUS / set_name).glob("*.truth.json"))]


@pytest.mark.parametrize("set_name", ["br_cemig_lumi", "pl_ksef_official"])
def test_energy_bills_arrive_in_gold_with_the_right_energy_and_totals(walked: Lake, set_name: str) -> None:
    wanted = [
        t
        for t in _truth(set_name)
        if t.get("consumption_kwh") and (t.get("installation_number") or t.get("metering_point"))
    ]
    assert wanted
    rows = queries.query(walked, "SELECT invoice_number, consumption_kwh, gross_total FROM silver.invoices").to_pylist()
    found = {row["invoice_number"]: row for row in rows}
    for truth in wanted:
        row = found[str(truth["invoice_number"])]
        assert row["consumption_kwh"] == Decimal(str(truth["consumption_kwh"]))
        assert row["gross_total"] == Decimal(str(truth["gross_total"]))
    months = queries.query(walked, "SELECT sum(kwh) AS kwh FROM gold.monthly_energy_costs").to_pylist()
    assert months[0]["kwh"] >= sum(Decimal(str(t["consumption_kwh"])) for t in wanted)

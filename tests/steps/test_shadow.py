"""Shadow parsing tells what a replay would change, and changes nothing; a supplier's replay touches only its own."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines.documents import DocumentId
from pipelines.lake import Lake
from pipelines.lake import open_lake as open_with
from pipelines.layout import ParsedKey
from pipelines.samples import draw_month
from pipelines.settings import Settings
from pipelines.steps import Scope, plan_parsing, run_all, shadow_parse

pytestmark = pytest.mark.xdist_group("shadow")


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    folder = tmp_path_factory.mktemp("shadow")
    draw_month(folder / "uploads", date(2026, 1, 1), 4)
    for other in (folder / "uploads").iterdir():
        if other.suffix != ".pdf":
            other.unlink()
    lake = open_with(Settings(url=str(folder / "lake"), uploads_url=str(folder / "uploads"), settle_seconds=0))
    list(run_all(lake))
    return lake


@pytest.fixture
def lake(walked: Lake, tmp_path: Path) -> Lake:
    """A copy that a test may change."""
    assert walked.storage.folder is not None
    shutil.copytree(walked.storage.folder, tmp_path / "copy")
    return open_with(Settings(url=str(tmp_path / "copy"), uploads_url=str(tmp_path / "uploads"), settle_seconds=0))


def _alter(lake: Lake, **fields: Any) -> str:
    """What older rules might have left of the first document."""
    names = [name for batch in plan_parsing(lake, Scope(mode="all")) for name in batch.documents]
    document = DocumentId.parse(min(names))
    parsed = lake.parsed(document)
    first = parsed.invoices[0].model_copy(update=fields)
    lake.save(ParsedKey(document), parsed.model_copy(update={"invoices": (first, *parsed.invoices[1:])}))
    return str(document)


def test_the_same_rules_change_nothing(lake: Lake) -> None:
    report = shadow_parse(lake, Scope())
    assert (report.documents, report.changed, report.differences, report.failed) == (4, 0, [], [])
    assert report.line() == "0 of 4 documents would change: no field differs; 0 would fail"


def test_what_would_be_found_lost_or_changed_is_told_by_field(lake: Lake) -> None:
    document = _alter(lake, invoice_number=None, purchase_order="4711", issue_date=date(1999, 1, 1))
    report = shadow_parse(lake, Scope())
    told = {(difference.field, difference.kind) for difference in report.differences}
    assert told == {("invoice_number", "found"), ("purchase_order", "lost"), ("issue_date", "changed")}
    assert {difference.document for difference in report.differences} == {document}
    assert report.by_field["purchase_order"] == {"lost": 1}
    assert report.changed == 1


def test_nothing_is_written(lake: Lake) -> None:
    _alter(lake, invoice_number="old")
    before = sorted(lake.storage.list())
    assert shadow_parse(lake, Scope()).changed == 1
    assert sorted(lake.storage.list()) == before


def test_lines_are_told_apart_by_their_place_and_counted_together(lake: Lake) -> None:
    _alter(lake, lines=())
    report = shadow_parse(lake, Scope())
    assert any(difference.field.startswith("lines[0].") for difference in report.differences)
    assert all("[" not in name for name in report.by_field)


def test_a_report_for_the_web_stays_small(lake: Lake) -> None:
    _alter(lake, invoice_number="old")
    assert set(shadow_parse(lake, Scope()).to_json()) == {"documents", "changed", "by_field", "failed", "differences"}


def test_a_supplier_names_only_its_own_documents(lake: Lake) -> None:
    by_supplier: dict[str, int] = {}
    for batch in plan_parsing(lake, Scope(mode="all")):
        for name in batch.documents:
            seller = lake.parsed(DocumentId.parse(name)).invoices[0].seller.tax_id or ""
            by_supplier[seller] = by_supplier.get(seller, 0) + 1
    for tax_id, count in by_supplier.items():
        if tax_id:
            planned = plan_parsing(lake, Scope(mode="all", supplier=tax_id))
            assert sum(len(batch.documents) for batch in planned) == count
    assert plan_parsing(lake, Scope(mode="all", supplier="nobody of this name")) == []

"""The whole walk over invented invoices: every file ends where its truth says, and a second walk is silent."""

import json
import os
import shutil
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines import queries
from pipelines.documents import DocumentId
from pipelines.invoices import MeteringPoint
from pipelines.lake import Lake
from pipelines.lake import open_lake as open_with
from pipelines.samples import draw_samples
from pipelines.settings import Settings
from pipelines.steps import Scope, pending, run_all

pytestmark = pytest.mark.xdist_group("walk")


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("samples")
    draw_samples(folder, scans=False)
    found: dict[str, dict[str, Any]] = json.loads((folder / "truth.json").read_text())
    return {name: fields | {"path": folder / name} for name, fields in found.items()}


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory, truth: dict[str, dict[str, Any]]) -> Lake:
    folder = tmp_path_factory.mktemp("walk")
    (folder / "uploads").mkdir()
    for name, fields in truth.items():
        shutil.copy(fields["path"], folder / "uploads" / name)
    lake = open_with(Settings(url=str(folder / "lake"), uploads_url=str(folder / "uploads"), settle_seconds=0))
    reports = list(run_all(lake))
    assert [report.step for report in reports] == ["ingest", "ocr", "parse", "silver", "gold"]
    return lake


def _states(lake: Lake, names: Iterable[str]) -> dict[str, str]:
    return {n: s.state for n in names for s in queries.find_documents(lake, n) if s.file_name == n}


def test_every_file_ends_in_the_state_that_its_truth_names(walked: Lake, truth: dict[str, dict[str, Any]]) -> None:
    states = _states(walked, truth)
    assert set(states) == set(truth)
    twins = [name for name, fields in truth.items() if fields["state"] == "duplicate"]
    # of files dropped together that hold the same bytes, which one came first is nobody's promise
    assert sum(state == "duplicate" for state in states.values()) == len(twins) > 0
    for name, fields in truth.items():
        if fields["state"] in ("rejected", "quarantined"):
            assert states[name] == fields["state"]
        else:
            # a proof that does not close leaves a document for review; nothing else may become of it
            assert states[name] in ("accepted", "needs_review", "duplicate"), (name, states[name])


def test_every_state_but_accepted_has_its_reason(walked: Lake, truth: dict[str, dict[str, Any]]) -> None:
    found = [status for name in truth for status in queries.find_documents(walked, name)]
    assert [status.id for status in found if status.state != "accepted" and not status.reason] == []


def test_nearly_all_born_digital_samples_are_accepted(walked: Lake, truth: dict[str, dict[str, Any]]) -> None:
    states = _states(walked, (name for name, fields in truth.items() if "invoice_number" in fields))
    judged = [state for state in states.values() if state != "duplicate"]
    assert sum(state == "accepted" for state in judged) >= 0.9 * len(judged), states


def test_what_is_accepted_is_true_to_the_cent(walked: Lake, truth: dict[str, dict[str, Any]]) -> None:
    sql = "SELECT invoice_number, net_total, tax_total, gross_total, consumption_kwh FROM silver.invoices"
    rows = {row["invoice_number"]: row for row in queries.query(walked, sql).to_pylist()}
    by_number = {fields["invoice_number"]: fields for fields in truth.values() if "invoice_number" in fields}
    assert rows
    for number, row in rows.items():
        for name in ("net_total", "tax_total", "gross_total", "consumption_kwh"):
            if row[name] is not None and by_number[number].get(name) is not None:
                assert row[name] == Decimal(str(by_number[number][name])), (number, name)


_ADVANCE = ("forecast", "advance")


def test_gold_adds_up_to_silver_and_silver_to_the_truth_to_the_cent(
    walked: Lake, truth: dict[str, dict[str, Any]]
) -> None:
    """By currency: what the truth says of the invoices that stand, what silver books, what both gold tables sum."""
    by_number = {fields["invoice_number"]: fields for fields in truth.values() if "invoice_number" in fields}
    columns = "invoice_number, currency, document_type, kind, bill_part, effect_gross, effect_kwh"
    rows = queries.query(walked, f"SELECT {columns} FROM silver.invoices").to_pylist()
    true: dict[str, Decimal] = {}
    booked: dict[str, Decimal] = {}
    energy_true = energy_stated = energy_booked = Decimal(0)
    for row in rows:
        fields = by_number[row["invoice_number"]]
        if row["document_type"] in _ADVANCE:
            continue
        sign = -1 if row["document_type"] == "credit_note" else 1
        gross = Decimal(str(fields["gross_total"]))
        true[row["currency"]] = true.get(row["currency"], Decimal(0)) + (-abs(gross) if sign < 0 else gross)
        booked[row["currency"]] = booked.get(row["currency"], Decimal(0)) + row["effect_gross"]
        if row["kind"] == "electricity" and row["bill_part"] != "distribution":
            energy_booked += row["effect_kwh"] or 0
            # a correction's truth states no consumption; its difference follows from its lines
            if fields.get("consumption_kwh") is not None:
                energy_true += sign * Decimal(str(fields["consumption_kwh"]))
                energy_stated += row["effect_kwh"] or 0
    sql = "SELECT currency, sum(gross) AS gross FROM supplier_spend_monthly GROUP BY currency"
    spent = {row["currency"]: row["gross"] for row in queries.query(walked, sql).to_pylist()}
    assert len(rows) > 10
    assert spent == booked == true
    [[energy]] = queries.query(walked, "SELECT sum(kwh) FROM monthly_energy_costs").to_pandas().values.tolist()
    assert (energy, energy_stated) == (energy_booked, energy_true)


def _point(lake: Lake, name: str) -> MeteringPoint:
    [status] = [s for s in queries.find_documents(lake, name) if s.file_name == name]
    return lake.parsed(DocumentId.parse(status.id)).invoices[0].metering_point or MeteringPoint()


def test_a_bill_names_its_point_and_tariff_and_a_collective_one_none_of_its_points(
    walked: Lake, truth: dict[str, dict[str, Any]]
) -> None:
    name = "prad-g12-2026-01.pdf"
    point = _point(walked, name)
    assert (point.id, point.tariff_group) == (truth[name]["metering_point"], "G12")
    assert (
        _point(walked, "prad-zbiorcza-2026-01.pdf").id,
        _point(walked, "prad-zbiorcza-2026-01.pdf").meter_number,
    ) == (
        None,
        None,
    )


def test_each_point_of_a_collective_invoice_has_its_energy_in_gold(
    walked: Lake, truth: dict[str, dict[str, Any]]
) -> None:
    points = truth["prad-zbiorcza-2026-01.pdf"]["metering_points"]
    sql = "SELECT point_id, sum(kwh) AS kwh FROM consumption_per_ppe GROUP BY point_id"
    found = {row["point_id"]: row["kwh"] for row in queries.query(walked, sql).to_pylist()}
    wanted = {point["metering_point"]: Decimal(point["consumption_kwh"]) for point in points}
    assert {point: found.get(point) for point in wanted} == wanted


def test_the_audit_counts_every_drop_and_finds_no_difference(walked: Lake, truth: dict[str, dict[str, Any]]) -> None:
    report = queries.audit(walked)
    assert report.differences == []
    assert (report.dropped, report.waiting) == (len(truth), 0)


def test_what_each_document_took_stands_in_silver_and_adds_up_in_gold(walked: Lake) -> None:
    sql = "SELECT document_id, state, cpu_seconds, pages, engines FROM silver.documents"
    rows = queries.query(walked, sql).to_pylist()
    read = [row for row in rows if row["state"] in ("accepted", "needs_review")]
    assert len(read) > 10
    assert all(row["cpu_seconds"] > 0 for row in read)
    assert {engine.split()[0] for row in read for engine in row["engines"]} == {"pypdfium2"}
    [[total]] = queries.query(walked, "SELECT sum(cpu_seconds) FROM data_quality_daily").to_pandas().values.tolist()
    assert total == sum(row["cpu_seconds"] for row in rows if row["cpu_seconds"] is not None)


def test_what_a_document_took_is_of_its_reading_and_its_parsing(walked: Lake) -> None:
    name = str(next(s.id for s in queries.find_documents(walked, "prad-g12-2026-01.pdf")))
    reading, parsing = (walked.measured(step, DocumentId.parse(name)) for step in ("ocr", "parse"))
    assert reading is not None
    assert parsing is not None
    assert (reading.pages, [engine.split()[0] for engine in reading.engines]) == (2, ["pypdfium2"])
    sql = f"SELECT cpu_seconds FROM silver.documents WHERE document_id = '{name}'"
    [row] = queries.query(walked, sql).to_pylist()
    assert float(row["cpu_seconds"]) == pytest.approx(reading.cpu_seconds + parsing.cpu_seconds, abs=0.0011)


def test_a_second_walk_writes_nothing(walked: Lake) -> None:
    before = sorted(walked.storage.list())
    assert [report.line() for report in run_all(walked) if report.wrote] == []
    assert sorted(walked.storage.list()) == before


def test_doing_all_again_changes_no_output(walked: Lake) -> None:
    """Parsing made anew gives the same bytes, so nothing is written."""
    before = sorted(walked.storage.list())
    reports = list(run_all(walked, Scope(mode="all")))
    written = [
        o for report in reports for o in report.outcomes if o.outcome not in ("unchanged", "quarantined", "gone")
    ]
    assert written == []
    after = [entry for entry in sorted(walked.storage.list()) if "/quarantine/" not in entry.key]
    assert after == [entry for entry in before if "/quarantine/" not in entry.key]


def test_nothing_is_pending_after_a_walk(walked: Lake) -> None:
    assert {
        stage: pending(walked, stage).count for stage in ("ingest", "ocr", "parse", "silver", "gold")
    } == dict.fromkeys(("ingest", "ocr", "parse", "silver", "gold"), 0)


ODD_NAMES = [
    "ż ó ł ć 😀.pdf",
    "a.b.c..pdf",
    "sub/folder/x.pdf",
    "back\\slash.pdf",
    "%41%2f.pdf",
    "n" * 250 + ".pdf",
    ".pdf",
    "noending",
]


def test_odd_names_arrive_and_can_be_asked_for(
    lake: Lake, uploads_folder: Path, truth: dict[str, dict[str, Any]]
) -> None:
    source = next(f["path"] for n, f in truth.items() if f["state"] == "accepted" and n.endswith(".pdf")).read_bytes()
    for n, name in enumerate(ODD_NAMES):
        target = uploads_folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source + b"\n%" + str(n).encode())  # other bytes, so none is a duplicate
        os.utime(target, (0, 0))
    hidden = uploads_folder / ".pdf"
    settings = lake.settings.model_copy(update={"settle_seconds": 0})
    lake = Lake(settings, lake.storage, lake.credentials)
    list(run_all(lake))
    for name in ODD_NAMES:
        if name == ".pdf":
            assert hidden.exists(), "a hidden file waits: it may be a transfer under way"
            continue
        assert [s.file_name for s in queries.find_documents(lake, name) if s.file_name == name] == [name]
    assert queries.audit(lake).differences == []

"""The sample set: the same bytes for the same seed, files that open, arithmetic that closes."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from lxml import etree
from PIL import Image

from pipelines.samples import Sample, draw_month, draw_samples


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Sample]]:
    folder = tmp_path_factory.mktemp("samples")
    return folder, draw_samples(folder, seed=7, scoring_truth=True)


def _digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def _text(path: Path) -> str:
    with pypdfium2.PdfDocument(path) as pdf:
        return "\n".join(page.get_textpage().get_text_bounded() for page in pdf)


def _money(truth: dict[str, Any], key: str) -> Decimal:
    return Decimal(truth[key])


def test_same_seed_gives_the_same_bytes(drawn: tuple[Path, list[Sample]], tmp_path: Path) -> None:
    draw_samples(tmp_path, seed=7, scoring_truth=True)
    assert _digests(tmp_path) == _digests(drawn[0])


def test_another_seed_gives_other_invoices(drawn: tuple[Path, list[Sample]], tmp_path: Path) -> None:
    other = draw_samples(tmp_path, seed=8, scans=False)
    here = {sample.file_name: sample.truth for sample in drawn[1]}
    assert all(sample.truth != here[sample.file_name] for sample in other if sample.truth)


def test_truth_file_names_every_drawn_file_and_nothing_else(drawn: tuple[Path, list[Sample]]) -> None:
    folder, samples = drawn
    truth = json.loads(folder.joinpath("truth.json").read_text(encoding="utf-8"))
    documents = {path.name for path in folder.iterdir() if not path.name.endswith("truth.json")}
    assert set(truth) == documents == {sample.file_name for sample in samples}


def test_every_invoice_has_its_truth_for_scorers(drawn: tuple[Path, list[Sample]]) -> None:
    folder, samples = drawn
    invoices = [sample for sample in samples if sample.state == "accepted"]
    assert invoices
    for sample in invoices:
        assert (folder / sample.file_name).with_suffix(".truth.json").exists()


def test_lines_add_up_to_the_totals_to_the_cent(drawn: tuple[Path, list[Sample]]) -> None:
    for sample in drawn[1]:
        truth = sample.truth
        if "net_total" not in truth:
            continue
        before = sum((Decimal(x["net"]) for x in truth["items"] if x.get("before_correction")), Decimal(0))
        after = sum((Decimal(x["net"]) for x in truth["items"] if not x.get("before_correction")), Decimal(0))
        assert after - before == _money(truth, "net_total"), sample.file_name
        assert _money(truth, "net_total") + _money(truth, "tax_total") == _money(truth, "gross_total")


def test_brazilian_lines_add_up_to_the_amount_due(drawn: tuple[Path, list[Sample]]) -> None:
    bills = [sample.truth for sample in drawn[1] if sample.truth.get("country") == "BR"]
    assert len(bills) == 4
    for truth in bills:
        assert sum(Decimal(item["gross"]) for item in truth["items"]) == _money(truth, "amount_due")
        metered = [x for x in truth["items"] if x.get("unit") == "kWh" and Decimal(x["gross"]) > 0]
        assert sum(Decimal(x["quantity"]) for x in metered) == Decimal(truth["consumption_kwh"])


def test_payment_line_states_the_amount(drawn: tuple[Path, list[Sample]]) -> None:
    truth = next(sample.truth for sample in drawn[1] if sample.truth.get("country") == "BR")
    assert int(truth["barcode"][4:15]) == _money(truth, "amount_due") * 100


def test_kwh_of_the_many_page_bill_close_over_its_points(drawn: tuple[Path, list[Sample]]) -> None:
    truth = next(sample.truth for sample in drawn[1] if "metering_points" in sample.truth)
    points = truth["metering_points"]
    assert sum(Decimal(point["consumption_kwh"]) for point in points) == Decimal(truth["consumption_kwh"])
    assert sum(Decimal(point["net"]) for point in points) == _money(truth, "net_total")
    assert len(truth["items"]) > 400


def test_born_digital_pages_show_the_truth(drawn: tuple[Path, list[Sample]]) -> None:
    folder, samples = drawn
    for sample in samples:
        if sample.scan or not sample.truth or not sample.file_name.endswith(".pdf"):
            continue
        text = _text(folder / sample.file_name)
        for key in ("invoice_number", "seller_name", "buyer_name", "client_number", "meter_number", "metering_point"):
            assert sample.truth.get(key, "") in text, (sample.file_name, key)


def test_scans_have_no_text_layer(drawn: tuple[Path, list[Sample]]) -> None:
    folder, samples = drawn
    scans = [folder / sample.file_name for sample in samples if sample.scan]
    assert len(scans) == 5
    for path in scans:
        if path.suffix == ".pdf":
            assert _text(path).strip() == ""
        else:
            with Image.open(path) as image:
                assert image.getextrema() != (0, 0)


def test_fax_has_two_frames(drawn: tuple[Path, list[Sample]]) -> None:
    with Image.open(drawn[0] / "fax-prad-2026-03.tif") as image:
        assert image.n_frames == 2


def test_many_page_bill_has_about_forty_pages(drawn: tuple[Path, list[Sample]]) -> None:
    with pypdfium2.PdfDocument(drawn[0] / "prad-zbiorcza-2026-01.pdf") as pdf:
        assert 35 <= len(pdf) <= 45


def test_broken_pdf_does_not_open(drawn: tuple[Path, list[Sample]]) -> None:
    with pytest.raises(pypdfium2.PdfiumError):
        pypdfium2.PdfDocument(drawn[0] / "broken-truncated.pdf")


def test_locked_pdf_asks_for_its_password(drawn: tuple[Path, list[Sample]]) -> None:
    path = drawn[0] / "Faktura za marzec (hasło).pdf"
    with pytest.raises(pypdfium2.PdfiumError, match=r"[Pp]assword"):
        pypdfium2.PdfDocument(path)
    with pypdfium2.PdfDocument(path, password="sesame") as pdf:
        assert "HF-21017" in pdf[0].get_textpage().get_text_bounded()


def test_duplicate_has_the_bytes_of_its_original(drawn: tuple[Path, list[Sample]]) -> None:
    folder, samples = drawn
    copy = next(sample for sample in samples if sample.state == "duplicate")
    assert (folder / copy.file_name).read_bytes() == (folder / "invoice-HF-21002.pdf").read_bytes()


def test_zugferd_attachment_is_the_page_in_xml(drawn: tuple[Path, list[Sample]]) -> None:
    folder, samples = drawn
    truth = next(sample.truth for sample in samples if "zugferd" in sample.file_name)
    with pypdfium2.PdfDocument(folder / "rechnung-zugferd-2026-1203.pdf") as pdf:
        attachment = pdf.get_attachment(0)
        assert attachment.get_name() == "factur-x.xml"
        root = etree.fromstring(bytes(attachment.get_data()))
    values = {etree.QName(node).localname: node.text for node in root.iter() if node.text}
    assert values["GrandTotalAmount"] == truth["gross_total"]
    assert values["TaxTotalAmount"] == truth["tax_total"]


def test_ksef_attachment_holds_point_and_kwh(drawn: tuple[Path, list[Sample]]) -> None:
    folder, samples = drawn
    sample = next(sample for sample in samples if sample.file_name.endswith(".xml"))
    root = etree.fromstring(folder.joinpath(sample.file_name).read_bytes())
    space = f"{{{etree.QName(root).namespace}}}"
    facts = {m.findtext(f"{space}ZKlucz"): m.findtext(f"{space}ZWartosc") for m in root.iter(f"{space}MetaDane")}
    assert facts["Kod PPE"] == sample.truth["metering_point"]
    assert facts["Zużycie energii"] == f"{sample.truth['consumption_kwh']} kWh"


def test_correction_points_at_a_drawn_original(drawn: tuple[Path, list[Sample]]) -> None:
    numbers = {sample.truth.get("invoice_number"): sample.truth for sample in drawn[1]}
    correction = next(truth for truth in numbers.values() if truth.get("corrects"))
    original = numbers[correction["corrects"][0]["invoice_number"]]
    assert original["issue_date"] < correction["issue_date"]
    assert original["metering_point"] == correction["metering_point"]


def test_month_is_deterministic_and_every_bill_its_own(tmp_path: Path) -> None:
    bills = draw_month(tmp_path / "a", date(2026, 5, 17), 12, seed=3)
    draw_month(tmp_path / "b", date(2026, 5, 1), 12, seed=3)
    assert _digests(tmp_path / "a") == _digests(tmp_path / "b")
    assert len({bill.truth["invoice_number"] for bill in bills}) == 12
    assert len({bill.truth["metering_point"] for bill in bills}) == 12
    assert "Zużycie energii" in _text(tmp_path / "a" / bills[0].file_name)

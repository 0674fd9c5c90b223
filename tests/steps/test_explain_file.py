"""explain FILE: the page as it looks, with what was found on it, as HTML or PNG."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from pipelines.reading import ReadOptions
from pipelines.steps.explain import explain_file
from tests.benchmarks.random_invoices import as_scan, draw_one
from tests.reading import papers

OPTIONS = ReadOptions(isolate=False)


@pytest.fixture
def bill(tmp_path: Path) -> Path:
    file = tmp_path / "bill.pdf"
    file.write_bytes(draw_one(77, 0, ("de",)).pdf)
    return file


def test_a_born_digital_page_is_shown_as_it_looks(bill: Path) -> None:
    said = explain_file(bill, OPTIONS).decode()
    assert 'href="data:image/png;base64,' in said
    assert "runners-up" in said


def test_a_picture_holds_page_and_panel(bill: Path) -> None:
    image = Image.open(io.BytesIO(explain_file(bill, OPTIONS, picture=True)))
    assert image.format == "PNG"
    assert image.width > 1500


@pytest.mark.skipif(bool(papers.needs("deu", "eng")), reason=papers.needs("deu", "eng") or "-")
def test_a_scan_is_shown_as_it_looks(tmp_path: Path) -> None:
    file = tmp_path / "scan.pdf"
    file.write_bytes(as_scan(draw_one(78, 0, ("de",)).pdf, 150))
    assert 'href="data:image/png;base64,' in explain_file(file, OPTIONS).decode()

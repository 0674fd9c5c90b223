"""What is found in real documents never falls, and what is wrong never rises, without anyone seeing it.

golden_figures.json holds sums over all documents of the corpus, by form. After a change that makes them
better: `python -m pytest tests/corpus/test_golden_figures.py --update-figures` (`-m long` for the forms
that take OCR).
"""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pipelines.pages import DocumentText
from pipelines.parsing import parse_document
from pipelines.reading import ReadOptions, read_document, sniff_media_type
from tests.corpus.corpus_figures import Figures, documents_with_truth, figures_of, total

SHARED = Path(__file__).resolve().parents[3] / "shared"
CORPUS = Path(os.environ.get("INVOICE_CORPUS", SHARED / "corpus"))
SCORER = Path(os.environ.get("INVOICE_SCORER", SHARED / "score" / "score.py"))
GOLDEN = Path(__file__).with_name("golden_figures.json")

pytestmark = [
    pytest.mark.skipif(not CORPUS.is_dir(), reason="no folder of real documents; set INVOICE_CORPUS"),
    pytest.mark.xdist_group("corpus"),
]


def _parsed(read: DocumentText) -> dict[str, Any]:
    invoices = parse_document(read)
    return invoices[0].model_dump(mode="json") if invoices else {}


def _read(path: Path) -> DocumentText:
    data = path.read_bytes()
    return read_document(data, sniff_media_type(data[:4096], path.name), ReadOptions())


@pytest.fixture(scope="module")
def text_documents() -> list[tuple[dict[str, Any], DocumentText]]:
    """PDFs whose pages all have a text layer: read in a moment."""
    pdfs = {path: truth for path, truth in documents_with_truth(CORPUS).items() if path.suffix == ".pdf"}
    read = [(truth, _read(path)) for path, truth in pdfs.items()]
    return [(truth, pages) for truth, pages in read if all(page.source == "text" for page in pages.pages)]


def _compare(form: str, figures: Figures, *, update: bool) -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8")) if GOLDEN.exists() else {}
    if update:
        GOLDEN.write_text(json.dumps(golden | {form: figures.as_json()}, indent=1, sort_keys=True) + "\n")
        return
    before = Figures(**golden[form])
    if (before.documents, before.known) != (figures.documents, figures.known):
        pytest.skip(f"another corpus than the golden figures': {figures.documents} documents of form {form}")
    assert list(figures.losses(before)) == []


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-figures"))


def test_the_flag_that_writes_golden_figures_is_off_in_ci(update: bool) -> None:
    assert not (update and os.environ.get("CI"))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("form", ["as-is", "no-xml"])
def test_text_documents_lose_no_field(
    form: str, text_documents: list[tuple[dict[str, Any], DocumentText]], update: bool
) -> None:
    shown = [(truth, read if form == "as-is" else replace(read, attachments=())) for truth, read in text_documents]
    figures = total(figures_of(truth, _parsed(read)) for truth, read in shown)
    _compare(f"text documents, {form}", figures, update=update)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_images_lose_no_field(update: bool) -> None:
    documents = {path: truth for path, truth in documents_with_truth(CORPUS).items() if path.suffix != ".pdf"}
    _compare("images", total(figures_of(truth, _parsed(_read(p))) for p, truth in documents.items()), update=update)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("form", ["scan", "bad-scan"])
def test_scans_lose_no_field(form: str, tmp_path: Path, update: bool) -> None:
    if not SCORER.is_file():
        pytest.skip("no scorer, which makes the scans; set INVOICE_SCORER")
    _compare(form, total(_scanned(form, tmp_path)), update=update)


def _scanned(form: str, folder: Path) -> Iterator[Figures]:
    scorer = _scorer()
    for serial, (path, truth) in enumerate(documents_with_truth(CORPUS).items()):
        yield figures_of(truth, _parsed(_read(scorer.prepare(path, form, folder, serial))))


def _scorer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("invoice_scorer", SCORER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

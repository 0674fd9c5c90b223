"""The benchmark's own sums: what a model adds, and what it only suggests."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pipelines.documents import DocumentId
from pipelines.invoices import Status
from pipelines.lake import Lake
from pipelines.lake import open_lake as open_with
from pipelines.parsing import parse_document
from pipelines.samples import draw_samples
from pipelines.steps import Scope, plan_reading, read_batch, receive_file
from pipelines.steps.parse import asking_of
from tests.benchmarks.bench_llm import compare
from tests.second_reader.chat_server import Reply, chat_server, finds, says


def test_a_model_that_says_what_is_printed_adds_no_wrong_value(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    (tmp_path / "drawn").mkdir()
    samples = [s for s in draw_samples(tmp_path / "drawn", scans=False) if s.file_name.startswith("invoice-")]
    (sample,) = samples[:1]
    truth = sample.truth

    def answer(_body: dict[str, Any]) -> Reply:
        values = [{"field": "invoice_number", "text": truth["invoice_number"], "page": 1}]
        return says(json.dumps({"values": values}))

    with chat_server() as chat:
        chat.answer = answer
        asked = open_with(lake.settings.model_copy(update={"llm_base_url": chat.url, "llm_model": "m"}))
        summary = compare(asked, {tmp_path / "drawn" / sample.file_name: truth})
    assert summary["documents"] == 1
    assert summary["found_with_model"] >= summary["found_rules"] > 0
    assert (summary["wrong_by_model"], summary["false_accepts_by_model"]) == (0, 0)
    assert "with model" in capsys.readouterr().out


def test_a_model_that_takes_images_is_sent_pictures_with_personal_words_painted_over(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    drawn = tmp_path / "drawn"
    (sample,) = [s for s in draw_samples(drawn, scans=False) if s.file_name.startswith("invoice-")][:1]
    with chat_server([finds(invoice_number=sample.truth["invoice_number"])]) as chat:
        how = {"llm_base_url": chat.url, "llm_model": "m", "llm_images": True}
        asked = open_with(lake.settings.model_copy(update=how))
        with (drawn / sample.file_name).open("rb") as file:
            name = receive_file(asked, file, sample.file_name, "anna").document
        for batch in plan_reading(asked, Scope()):
            read_batch(asked, batch)
        document = DocumentId.parse(name)
        read = asked.pages(document).read
        (found,) = parse_document(read)
        asking = asking_of(asked)
        assert asking is not None
        answer = asking.about(document, read, [found.model_copy(update={"status": Status.NEEDS_REVIEW})])
    assert answer is not None
    assert [proposal.field for proposal in answer[0]] == ["invoice_number"]
    text, picture = chat.asked[0]["messages"][1]["content"]
    assert sample.truth["buyer_name"] not in text["text"]
    head, _, data = picture["image_url"]["url"].partition(",")
    assert head == "data:image/png;base64"
    box = found.evidence["buyer.name"].box
    assert box is not None
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        scale = image.width / read.pages[0].width
        assert image.getpixel((int((box[0] + 2) * scale), int((box[1] + box[3]) / 2 * scale))) == (0, 0, 0)

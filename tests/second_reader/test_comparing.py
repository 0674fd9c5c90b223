"""The benchmark's own sums: what a model adds, and what it only suggests."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.lake import Lake
from pipelines.lake import open_lake as open_with
from pipelines.samples import draw_samples
from tests.benchmarks.bench_llm import compare
from tests.second_reader.chat_server import Reply, chat_server, says


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

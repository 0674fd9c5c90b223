"""The page for BI users: what it tells them to copy runs."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import duckdb
import pytest

from pipelines.gold import build, pending_months
from pipelines.lake import Lake
from pipelines.silver import promote
from tests.silver.silver_documents import correction, document, invoice

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "bi.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def beside_the_lake(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which `lake/03_gold` is this lake's gold, as the page names it."""
    promote(lake, [document("a", invoice("FV/1")), document("k", correction("FV/1", "K/1", "-1.00"))], "run")
    build(lake, pending_months(lake))
    here = tmp_path / "here"
    here.mkdir()
    (here / "lake").symlink_to(Path(str(lake.storage.folder)))
    monkeypatch.chdir(here)
    return here


@pytest.mark.usefixtures("beside_the_lake")
def test_sql_of_the_page_runs_and_finds_rows() -> None:
    found = blocks("sql")
    assert len(found) >= 2
    for sql in found:
        for statement in filter(str.strip, sql.split(";")):
            assert duckdb.sql(statement).fetchall(), statement


@pytest.mark.usefixtures("beside_the_lake")
def test_python_of_the_page_runs() -> None:
    found = blocks("python")
    assert len(found) >= 2
    for code in found:
        for part in code.split("\n\n"):
            if "polars" in part and importlib.util.find_spec("polars") is None:
                continue
            exec(compile(part, "docs/bi.md", "exec"), {})

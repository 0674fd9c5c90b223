"""A desk over a lake that was walked once: each test has its own copy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from invoice_desk.server import make_server
from invoice_desk.settings import DeskSettings
from pipelines.lake import Lake
from pipelines.lake import open_lake as open_with
from pipelines.samples import draw_samples
from pipelines.settings import Settings
from pipelines.steps import receive_file, run_all
from tests.desk.desks import TOKENS, USER, MakeClient

WALKED = ("prad-rozliczenie-2026-01.pdf", "conta-luz-2026-01.pdf", "faktura-FV-2026-02-118.pdf", "invoice-HF-21002.pdf")


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    draw_samples(folder, scans=False)
    return folder


@pytest.fixture(scope="session")
def walked_folder(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Path:
    folder = tmp_path_factory.mktemp("walked")
    lake = open_with(Settings(url=str(folder / "lake"), uploads_url=str(folder / "uploads"), settle_seconds=0))
    for name in WALKED:
        with (samples / name).open("rb") as file:
            receive_file(lake, file, name, "anna")
    list(run_all(lake))
    return folder


@pytest.fixture
def walked(walked_folder: Path, tmp_path: Path) -> Lake:
    shutil.copytree(walked_folder, tmp_path / "walked")
    folder = tmp_path / "walked"
    return open_with(Settings(url=str(folder / "lake"), uploads_url=str(folder / "uploads"), settle_seconds=0))


@pytest.fixture
def client_of() -> Iterator[MakeClient]:
    """Makes clients of a desk over a lake, as a person with a token."""
    opened: list[TestClient] = []

    def make(lake: Lake, token: str = USER, pages: bool = False, **settings: Any) -> TestClient:
        app = make_server(DeskSettings(tokens=TOKENS, **settings), lake, pages=pages)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        client = TestClient(app, base_url="http://desk.test", headers=headers, raise_server_exceptions=False)
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.close()


@pytest.fixture
def client(walked: Lake, client_of: MakeClient) -> TestClient:
    return client_of(walked)

"""Secrets that were planted in settings, credentials and addresses come out nowhere."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import boto3
import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from invoice_desk.desk import Desk
from invoice_desk.people import Person, Role
from invoice_desk.server import make_server
from invoice_desk.settings import DeskSettings
from invoice_desk.ui import settings_page
from invoice_desk.ui.asking import Asking
from invoice_desk.waking import Nobody
from pipelines.cli import app as command_line
from pipelines.errors import ConfigurationError
from pipelines.lake import Lake
from pipelines.lake import open_lake as open_with
from pipelines.settings import Settings, load_settings
from tests.desk.desks import API, OP, TOKENS
from tests.supply.secrets_scan import SHAPES, files, scan

PLANTED = "planted-S3cr3t-0f5a"


class _Refuses(BaseHTTPRequestHandler):
    """A store that lets nobody in, and says so with what it was sent."""

    def log_message(self, *_: object) -> None:
        """Silence."""

    def do_GET(self) -> None:
        body = f"<Error><Code>AccessDenied</Code><Message>{self.path} denied</Message></Error>".encode()
        self.send_response(403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_PUT = do_HEAD = do_POST = do_DELETE = do_GET  # noqa: N815 - the names that the base class calls


@pytest.fixture
def refusing_store() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Refuses)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAKE_KAFKA_SASL_PASSWORD",
        "LAKE_KAFKA_SSL_KEY_PASSWORD",
    ):
        monkeypatch.setenv(name, PLANTED)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("LAKE_S3_REGION", "us-east-1")


@pytest.mark.usefixtures("planted")
def test_a_store_that_refuses_learns_and_tells_no_secret(
    refusing_store: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("LAKE_URL", "s3://bucket/lake")
    monkeypatch.setenv("LAKE_UPLOADS_URL", "s3://bucket/uploads")
    monkeypatch.setenv("LAKE_S3_ENDPOINT_URL", refusing_store)
    with caplog.at_level(logging.DEBUG, logger="pipelines"), caplog.at_level(logging.INFO):
        told = CliRunner().invoke(command_line, ["run"])
    assert isinstance(told.exception, ConfigurationError)
    assert "AccessDenied" in str(told.exception) or "no access" in str(told.exception)
    for text in (told.output, str(told.exception), repr(told.exception.__context__), caplog.text):
        assert PLANTED not in text


@pytest.mark.usefixtures("planted")
def test_settings_and_credentials_show_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings()
    session = boto3.session.Session("key", PLANTED, PLANTED, region_name="us-east-1")
    lake = open_with(settings.model_copy(update={"url": "s3://bucket/lake"}), session)
    assert lake.storage.credentials.static["aws_secret_access_key"] == PLANTED
    monkeypatch.setenv("LAKE_DESK_TOKENS", f"{PLANTED}:op:otto")
    for shown in (settings, settings.model_dump_json(), lake, lake.storage, lake.storage.credentials, DeskSettings()):
        assert PLANTED not in f"{shown!r} {shown}"


@pytest.mark.parametrize("name", ["LAKE_URL", "LAKE_UPLOADS_URL", "LAKE_S3_ENDPOINT_URL"])
def test_an_address_that_holds_a_password_is_refused_without_telling_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, f"http://user:{PLANTED}@minio:9000")
    with pytest.raises(ConfigurationError, match="must hold no password") as caught:
        load_settings()
    assert name in str(caught.value)
    assert PLANTED not in f"{caught.value!r} {caught.value} {caught.value.__context__}"
    monkeypatch.delenv(name)
    assert Settings(url="abfss://container@account.dfs.core.windows.net/lake").url.startswith("abfss://container@")


def client_of(lake: Lake) -> TestClient:
    app = make_server(DeskSettings(tokens=TOKENS), lake, pages=False)  # type: ignore[arg-type]
    headers = {"Authorization": f"Bearer {OP}"}
    return TestClient(app, base_url="http://desk.test", headers=headers, raise_server_exceptions=False)


@pytest.mark.usefixtures("planted")
def test_the_desks_pages_and_errors_show_no_secret(lake: Lake, caplog: pytest.LogCaptureFixture) -> None:
    own = lake.settings.model_copy(update={"kafka_sasl_password": Settings().kafka_sasl_password})
    lake = Lake(own, lake.storage, lake.credentials)
    client = client_of(lake)
    for path in ("/invoices", "/invoices/2026-01-01/x-0123456789abcdef", "/metrics", "/health", "/gold/nothing"):
        assert PLANTED not in client.get(f"{API}{path}").text
    broken = client_of(Lake(own, None, lake.credentials))  # type: ignore[arg-type]
    answer = broken.get(f"{API}/invoices/2026-01-01/x-0123456789abcdef")
    assert answer.status_code == 500
    assert PLANTED not in answer.text + caplog.text
    desk = Desk(lambda: lake, lambda _lake: Nobody(), DeskSettings(tokens=f"{PLANTED}:op:otto"))  # type: ignore[arg-type]
    page = asyncio.run(settings_page.show(desk, Asking(Person("otto", Role.OP), "en"), "/", ""))
    assert "LAKE_KAFKA_SASL_PASSWORD" in str(page)
    assert PLANTED not in str(page)


def test_the_repository_holds_nothing_that_looks_like_a_secret() -> None:
    assert list(scan(files())) == []


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("access key of AWS", ("AKIA", "0123456789ABCDEF")),
        ("secret key of AWS", ("aws_secret_access_key = ", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzz" + "z" * 8)),
        ("private key", ("-----BEGIN RSA ", "PRIVATE KEY-----")),
        ("token of GitHub", ("ghp_", "0123456789abcdefghij0123456789abcdef")),
        ("token of GitLab", ("glpat-", "0123456789abcdefghij")),
        ("token of Slack", ("xoxb-", "0123456789-abcdef")),
        ("key of Google", ("AIza", "0123456789abcdefghij0123456789abcde")),
        ("account key of Azure", ("AccountKey=", "0123456789abcdefghij" * 4)),
        ("token of PyPI", ("pypi-", "0123456789abcdefghij" * 3)),
        ("signed token", ("eyJ0123456789abcdef.", "eyJ0123456789abcdef.0123456789abcdefghij")),
        ("password in an address", ("postgresql://airflow:", "Tr0ub4dor-3@db/airflow")),
    ],
)
def test_each_shape_of_a_secret_is_found_and_not_shown(kind: str, parts: tuple[str, str], tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("\nx = '" + "".join(parts) + "'\n")
    assert [(finding.kind, finding.place) for finding in scan([path])] == [(kind, f"{path}:2")]
    assert kind in SHAPES

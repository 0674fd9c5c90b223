"""Settings, to look at: what is configured, which versions run, and what waits."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from dash import Dash, html

from invoice_desk.desk import Desk
from invoice_desk.ui.asking import Asking
from invoice_desk.ui.parts import panel
from invoice_desk.ui.words import say

_PACKAGES = ("apache-airflow", "dash", "fastapi", "deltalake", "duckdb", "pyarrow", "pypdfium2", "tesserocr")
_STAGES = ("ingest", "ocr", "parse", "silver", "gold")


async def show(desk: Desk, who: Asking, prefix: str, _search: str) -> Any:
    language = who.language
    settings, waiting, works = await desk.run(_load, desk)
    versions = {"python": platform.python_version(), **{name: found for name in _PACKAGES if (found := _version(name))}}
    links = [
        html.A("OpenAPI", href=f"{prefix}api/v1/openapi.json"),
        html.A("metrics", href=f"{prefix}api/v1/metrics"),
    ]
    return html.Div(
        [
            panel(say("waiting_work", language), _table(waiting | {"→": works})),
            panel(say("versions", language), _table(versions)),
            panel(say("configured", language), _table(settings), links=links, wide=True),
        ],
        className="panels",
    )


def connect(_app: Dash, _desk: Desk) -> None:
    """Nothing changes here."""


def _load(desk: Desk) -> tuple[dict[str, str], dict[str, str], str]:
    from pipelines import steps

    settings = {
        f"LAKE_{name.upper()}": _plain(name, value)
        for name, value in desk.lake.settings.model_dump(mode="json").items()
    }
    own = {
        f"LAKE_DESK_{name.upper()}": _plain(name, value)
        for name, value in desk.settings.model_dump(mode="json").items()
    }
    waiting = {stage: str(steps.pending(desk.lake, stage).count) for stage in _STAGES}
    return settings | own, waiting, desk.waker.name


def _plain(name: str, value: Any) -> str:
    """Never a secret, and no password that stands in an address."""
    if any(word in name for word in ("password", "token", "secret", "username", "key")):
        return "•••" if value else ""
    text = "" if value is None else str(value)
    if "://" in text:
        parts = urlsplit(text)
        text = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return text


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _table(values: dict[str, str]) -> Any:
    rows = [html.Tr([html.Th(name, scope="row"), html.Td(value)]) for name, value in values.items()]
    return html.Div(html.Table(html.Tbody(rows), className="plain"), className="scroll")

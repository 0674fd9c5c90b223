"""Airflow's plugin: the Invoice Desk at /invoices in the API server, and its item in the navigation.

Importing this file costs next to nothing: the desk is built with the first request.
"""

from __future__ import annotations

from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

PREFIX = "/invoices"


async def invoice_desk(scope: Any, receive: Any, send: Any) -> None:
    """The desk as Airflow mounts it."""
    await _desk()(scope, receive, send)


_made: list[Any] = []


def _desk() -> Any:
    if not _made:
        from invoice_desk.in_airflow import make_desk

        _made.append(make_desk())
    return _made[0]


class InvoiceDeskPlugin(AirflowPlugin):
    """One FastAPI mount and one view."""

    name = "invoice_desk"
    fastapi_apps: ClassVar[list[Any]] = [{"app": invoice_desk, "url_prefix": PREFIX, "name": "Invoice Desk"}]
    external_views: ClassVar[list[Any]] = [
        {
            "name": "Invoices",
            "href": f"{PREFIX}/",
            "destination": "nav",
            "url_route": "invoices",  # shown within Airflow's own frame, at /plugin/invoices
            "icon": f"{PREFIX}/assets/icon.svg",
            "icon_dark_mode": f"{PREFIX}/assets/icon-dark.svg",
        },
    ]

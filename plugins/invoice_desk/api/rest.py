"""The REST application."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from invoice_desk.api import edits, gold, invoices, service, updates, uploads
from invoice_desk.desk import Desk
from invoice_desk.problems import handle_problems

VERSION = "1"
BASE = "/api/v1"
KNOWN = ("/upload", "/status/", "/parsed/")
"""Paths at the mount that belong to the API, though they do not stand below /api."""


def make_api(desk: Desk) -> FastAPI:
    """REST for one desk; to be put behind the gate."""
    api = FastAPI(
        title="Invoice Desk",
        version=VERSION,
        summary="Upload, watch, correct and search invoices.",
        openapi_url=f"{BASE}/openapi.json",
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
    )
    api.state.desk = desk
    below = APIRouter(prefix=BASE)
    for part in (
        uploads.compatible("/invoices"),
        invoices.compatible("/invoices"),
        uploads.router,
        invoices.router,
        edits.router,
        gold.router,
        service.router,
        updates.router,
    ):
        below.include_router(part)
    api.include_router(below)
    api.include_router(uploads.compatible(""))
    api.include_router(invoices.compatible(""))
    handle_problems(api)
    return api

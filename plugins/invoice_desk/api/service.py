"""Whether the desk works, and its figures."""

from __future__ import annotations

import time
from collections import Counter

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from invoice_desk.api.doors import DeskDep, Viewer
from invoice_desk.api.models import Health
from invoice_desk.desk import Desk
from invoice_desk.problems import some
from pipelines.errors import LakeError

router = APIRouter(tags=["service"])


@router.get("/health", response_model=Health, responses=some())
async def health(desk: DeskDep, _person: Viewer) -> Response:
    """200 where the lake answers, 503 where it does not."""
    wrong, works = await desk.run(lambda: _lake(desk))
    body = Health(
        status="failing" if wrong else "ok",
        lake=wrong or "ok",
        works=works,
        watchers=desk.hub.watchers,
        uptime_seconds=int(time.time() - desk.started),
    )
    return JSONResponse(body.model_dump(), 503 if wrong else 200)


def _lake(desk: Desk) -> tuple[str, str]:
    try:
        desk.lake.storage.exists("01_bronze/_health")
        return "", desk.waker.name
    except LakeError as error:
        return error.cause, ""


@router.get("/metrics", response_class=PlainTextResponse, responses=some() | {200: {"content": {"text/plain": {}}}})
async def metrics(desk: DeskDep, _person: Viewer) -> Response:
    """Prometheus' text format."""
    catalogue, standings = await desk.run(lambda: (desk.catalogue, desk.catalogue.standings()))
    lines = ["# TYPE invoice_desk_events_total counter"]
    lines += [f'invoice_desk_events_total{{event="{name}"}} {n}' for name, n in sorted(desk.counts.items())]
    lines.append("# TYPE invoice_desk_documents gauge")
    states = Counter((s.state, s.stage) for s in standings.values())
    lines += [
        f'invoice_desk_documents{{state="{state}",stage="{stage}"}} {n}' for (state, stage), n in sorted(states.items())
    ]
    lines += ["# TYPE invoice_desk_watchers gauge", f"invoice_desk_watchers {desk.hub.watchers}"]
    lines += ["# TYPE invoice_desk_looks_total counter", f"invoice_desk_looks_total {catalogue.looks}"]
    return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")

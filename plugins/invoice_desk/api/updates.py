"""Live updates by WebSocket and by SSE."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, suppress

from fastapi import APIRouter, Response, WebSocket, WebSocketDisconnect
from fastapi.responses import StreamingResponse

from invoice_desk.api.doors import DeskDep, Viewer
from invoice_desk.problems import problem, some

router = APIRouter(tags=["live"])


@router.get(
    "/events",
    responses=some() | {200: {"content": {"text/event-stream": {}}}},
    response_class=StreamingResponse,
    summary="Live updates (SSE)",
)
async def events(desk: DeskDep, _person: Viewer) -> Response:
    """`processing_status`, `invoice_updated` and `invoice_deleted` as they happen, each with id, state and stage."""
    if desk.hub.is_full:
        return problem(503, "too many watch already", headers={"Retry-After": "30"})

    async def lines() -> AsyncIterator[str]:
        yield "retry: 3000\n\n"
        async with aclosing(desk.hub.subscribe()) as found:
            async for event in found:
                yield event.to_sse() if event else ": still here\n\n"

    return StreamingResponse(lines(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@router.websocket("/ws")
async def websocket(socket: WebSocket, desk: DeskDep, _person: Viewer) -> None:
    """The same events as JSON."""
    if desk.hub.is_full:
        await socket.close(1013)
        return
    await socket.accept()
    with suppress(WebSocketDisconnect, RuntimeError):
        async with aclosing(desk.hub.subscribe()) as found:
            async for event in found:
                await socket.send_text(event.to_json() if event else '{"event": "still_here"}')

"""REST and pages behind one gate, as one ASGI application; built with the first request.

Airflow's API server (or our own server) mounts it at a prefix. The REST application is passed the scope as it
is; Dash compares whole paths, so its own is passed with an empty root and the full path.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from invoice_desk.access import Access
from invoice_desk.desk import Desk

if TYPE_CHECKING:
    from invoice_desk.gate import App, Receive, Scope, Send

_API = "/api/"
_CALLBACK = "/_dash-update-component"


class InvoiceDesk:
    """The whole desk. Nothing heavy is imported before the first request."""

    def __init__(self, desk: Desk, access: Access, *, pages: bool = True) -> None:
        self.desk = desk
        self._access, self._pages = access, pages
        self._building = asyncio.Lock()
        self._gate: App | None = None

    def prepare(self, root: str) -> None:
        """Build now what the first request would build. `root`: where it is mounted."""
        self._gate = self._build(root)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        if self._gate is None:
            async with self._building:
                if self._gate is None:
                    self._gate = await asyncio.to_thread(self._build, scope.get("root_path", ""))
        await self._gate(scope, receive, send)

    def _build(self, root: str) -> App:
        from invoice_desk.api.rest import make_api
        from invoice_desk.gate import Gate

        api: Any = make_api(self.desk)
        ui: Any = None
        policy = "default-src 'none'; frame-ancestors 'self'"
        if self._pages:
            from invoice_desk.ui.pages import make_pages

            ui, policy = make_pages(self.desk, f"{root}/")

        async def route(scope: Scope, receive: Receive, send: Send) -> None:
            path = _below(scope)
            if ui is None or _is_api(path, scope.get("method", "")):
                await api(scope, receive, send)
            else:
                full = scope["path"] if scope["path"] != root else f"{root}/"
                await ui({**scope, "root_path": "", "path": full, "raw_path": full.encode()}, receive, send)

        return Gate(
            route,
            self._access,
            self.desk.settings,
            reading=lambda path: path.startswith(_CALLBACK),
            uploading=lambda path: path in ("/upload", "/api/v1/invoices", "/api/v1/invoices/upload"),
            csp=lambda: policy,
        )


def _below(scope: Scope) -> str:
    """The path below the mount."""
    root, path = scope.get("root_path", ""), scope["path"]
    return str(path.removeprefix(root))


def _is_api(path: str, method: str) -> bool:
    from invoice_desk.api.rest import KNOWN

    return path.startswith((_API, *KNOWN[1:])) or (path == KNOWN[0] and method == "POST")

"""The desk on a server of its own: for load, for a laptop, for tests. `python -m invoice_desk`."""

from __future__ import annotations

import atexit
import logging
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from invoice_desk.access import COOKIE, Access, AccessDenied, LoopbackAccess, TokenAccess
from invoice_desk.app import InvoiceDesk
from invoice_desk.desk import Desk
from invoice_desk.rates import Rates
from invoice_desk.settings import DeskSettings
from invoice_desk.waking import Nobody, OwnHands, Waker
from pipelines import steps
from pipelines.errors import ConfigurationError

PREFIX = "/invoices"
LOGIN = "/login"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_LOGINS_A_MINUTE = 20
"""From one address."""
_FORM = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Invoice Desk</title>
<meta name="viewport" content="width=device-width"><style>body{font:16px system-ui;display:grid;place-items:center;
min-height:90vh;background:Canvas;color:CanvasText;color-scheme:light dark}form{display:grid;gap:12px;width:300px}
input,button{font:inherit;padding:10px}</style><form method="post"><h1>Invoice Desk</h1>
<label for="token">Your token</label><input id="token" name="token" type="password" autofocus required>
<button>Log in</button></form></html>"""


def make_server(settings: DeskSettings, lake: steps.Lake | None = None, *, pages: bool = True) -> Starlette:
    """The desk mounted at /invoices, with a login page where people have tokens.

    Args:
        settings: `LAKE_DESK_*`.
        lake: The lake; None: the one that `LAKE_*` name.
        pages: Whether to serve the pages too, or REST alone.

    Raises:
        ConfigurationError: Others could reach it, and nobody has a token.
    """
    access = _access(settings)

    def waker(opened: steps.Lake) -> Waker:
        return OwnHands(opened) if settings.run else Nobody()

    desk = Desk(lambda: lake or steps.open_lake(), waker, settings)
    mounted = InvoiceDesk(desk, access, pages=pages)
    mounted.prepare(PREFIX)
    routes: list[Any] = [Mount(PREFIX, mounted)]
    if isinstance(access, TokenAccess):
        routes.append(Route(LOGIN, _login(access), methods=["GET", "POST"]))
    routes.append(Route("/", lambda _request: RedirectResponse(f"{PREFIX}/")))
    app = Starlette(routes=routes)
    app.state.desk = desk
    return app


def _access(settings: DeskSettings) -> Access:
    tokens = settings.tokens.get_secret_value()
    if tokens:
        try:
            return TokenAccess(tokens, LOGIN)
        except ValueError as error:
            raise ConfigurationError(str(error), remedy="Mend LAKE_DESK_TOKENS.") from None
    if settings.host not in _LOOPBACK:
        what = f"the desk would be open to whoever reaches {settings.host}"
        raise ConfigurationError(what, remedy="Set LAKE_DESK_TOKENS, or listen on 127.0.0.1.")
    return LoopbackAccess()


def _login(access: TokenAccess) -> Any:
    tries = Rates(_LOGINS_A_MINUTE, _LOGINS_A_MINUTE)

    async def login(request: Request) -> Response:
        headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"}
        if request.method == "GET":
            return HTMLResponse(_FORM, headers=headers)
        if tries.wait_seconds(request.client.host if request.client else ""):
            return HTMLResponse(_FORM, 429, headers=headers)
        async with request.form(max_files=0, max_fields=2) as form:
            token = str(form.get("token", ""))
        try:
            access.by_token(token)
        except AccessDenied:
            return HTMLResponse(_FORM, 401, headers=headers)
        answer = RedirectResponse(f"{PREFIX}/", 303)
        answer.set_cookie(
            COOKIE, token, httponly=True, samesite="strict", secure=request.url.scheme == "https", max_age=12 * 3600
        )
        return answer

    return login


def serve(settings: DeskSettings) -> None:
    """Serve until stopped."""
    import uvicorn

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    app = make_server(settings)
    atexit.register(app.state.desk.trail.flush)
    uvicorn.run(app, host=settings.host, port=settings.port, lifespan="off", timeout_graceful_shutdown=3)

"""The door that every request passes, page, file, call or socket alike: a mounted application is open unless it asks.

It finds out who asks, refuses whom it does not know, refuses changes that another site's page sent, bounds size
and rate, and puts the headers on every answer that keep a browser from doing anything but its job.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from invoice_desk.access import Access, AccessDenied, Headers
from invoice_desk.people import Person, Role
from invoice_desk.problems import problem
from invoice_desk.rates import Rates
from invoice_desk.settings import DeskSettings

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_SAFE = ("GET", "HEAD", "OPTIONS")
_FILES = ("/_dash-component-suites/", "/assets/")
"""Scripts and styles: named anew whenever they change, so that browsers may keep them."""
_SMALL_BODY = 2 * 1024 * 1024
PERSON = "invoice_desk.person"
"""Key of the scope's state that holds the Person."""


class Gate:
    """Wraps an ASGI application.

    Args:
        app: What is behind the gate.
        access: How people are known.
        settings: Limits and other origins.
        reading: Paths (below the mount) whose POST changes nothing, such as Dash's callbacks.
        uploading: Paths whose body may be large.
        csp: The content-security policy, asked for with each answer: Dash knows its scripts only once it is built.
    """

    def __init__(
        self,
        app: App,
        access: Access,
        settings: DeskSettings,
        reading: Callable[[str], bool],
        uploading: Callable[[str], bool],
        csp: Callable[[], str],
    ) -> None:
        self._app, self._access, self._settings = app, access, settings
        self._reading, self._uploading, self._csp = reading, uploading, csp
        self._origins = {origin.strip().rstrip("/") for origin in settings.origins.split(",") if origin.strip()}
        self._requests = Rates(settings.requests_a_minute, max(100, settings.requests_a_minute // 4))
        self._changes = Rates(settings.changes_a_minute, settings.changes_a_minute)
        self.refusals: dict[int, int] = {}
        """Status -> how often the gate gave it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return  # the host's life is not ours to follow
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        refused = await self._refusal(scope, headers, path)
        if isinstance(refused, Response):
            self.refusals[refused.status_code] = self.refusals.get(refused.status_code, 0) + 1
            await self._refuse(refused, scope, receive, send)
            return
        scope["state"] = {**scope.get("state", {}), PERSON: refused}
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        most = self._settings.request_mib * 1024 * 1024 if self._uploading(path) else _SMALL_BODY
        await self._app(scope, _bounded(receive, most), self._hardened(send, keep=path.startswith(_FILES)))

    async def _refusal(self, scope: Scope, headers: Headers, path: str) -> Response | Person:
        """The person, or why not."""
        try:
            person = await self._access.person(headers)
        except AccessDenied as denied:
            person, why = None, str(denied)
        else:
            why = "log in, or send a bearer token"
        if person is None:
            return self._unknown(scope, headers, why)
        if person.role < Role.VIEWER:
            return problem(403, f"{person.name} may not see invoices", "Ask whoever runs Airflow for the role Viewer.")
        method = scope.get("method", "GET")
        changing = method not in _SAFE and not self._reading(path)
        if (method not in _SAFE or scope["type"] == "websocket") and not self._same_origin(scope, headers, person):
            return problem(403, "the request comes from another site", "Send it from the desk itself.")
        if changing and person.role < Role.USER:
            return problem(403, f"{person.name} may look, not change", "Ask whoever runs Airflow for the role User.")
        if int(headers.get("content-length") or 0) > self._settings.request_mib * 1024 * 1024:
            return problem(413, f"the request is over {self._settings.request_mib} MiB", "Send fewer files at once.")
        wait = 0.0 if path.startswith(_FILES) else self._requests.wait_seconds(person.name)
        if changing and not wait:
            wait = self._changes.wait_seconds(person.name)
        if wait:
            return problem(429, "too many requests", headers={"Retry-After": str(int(wait) + 1)})
        return person

    def _unknown(self, scope: Scope, headers: Headers, why: str) -> Response:
        login = ""
        if scope.get("method") == "GET" and "text/html" in headers.get("accept", ""):
            query = scope.get("query_string", b"").decode("latin-1")
            login = self._access.login_url(scope["path"] + (f"?{query}" if query else ""))
        if login:
            return RedirectResponse(login, 302)
        return problem(401, why, headers={"WWW-Authenticate": "Bearer"})

    def _same_origin(self, scope: Scope, headers: Headers, person: Person) -> bool:
        """Whether a change was meant: no other site's page may send one along with the person's cookie."""
        origin = headers.get("origin") or _origin_of(headers.get("referer", ""))
        if origin:
            return origin in self._origins or urlsplit(origin).netloc == headers.get("host")
        if headers.get("sec-fetch-site"):
            return headers["sec-fetch-site"] in ("same-origin", "none") and scope["type"] == "http"
        # no browser: a program that shows a token of its own
        return not person.by_cookie

    async def _refuse(self, response: Response, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            # before the handshake: servers answer 403, whatever the code
            await receive()
            await send({"type": "websocket.close", "code": 4000 + response.status_code % 1000})
            return
        await response(scope, receive, self._hardened(send))

    def _hardened(self, send: Send, *, keep: bool = False) -> Send:
        async def hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                extra = [
                    (b"content-security-policy", self._csp().encode()),
                    (b"x-content-type-options", b"nosniff"),
                    (b"x-frame-options", b"SAMEORIGIN"),
                    (b"referrer-policy", b"same-origin"),
                    (b"cross-origin-resource-policy", b"same-origin"),
                    (b"cross-origin-opener-policy", b"same-origin"),
                    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
                ]
                message["headers"] = [*message["headers"], *(pair for pair in extra if pair[0] not in given)]
                if b"cache-control" not in given:
                    kept = b"private, max-age=86400" if keep and message["status"] == 200 else b"no-store"
                    message["headers"].append((b"cache-control", kept))
            await send(message)

        return hardened


def _origin_of(referer: str) -> str:
    parts = urlsplit(referer)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else ""


def _bounded(receive: Receive, most: int) -> Receive:
    """A body that grows beyond `most` bytes ends in 413, whatever length it promised."""
    seen = 0

    async def bounded() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise HTTPException(413, f"the request is over {most // (1024 * 1024)} MiB")
        return message

    return bounded


def person_of(scope: Scope) -> Person:
    """Whom the gate let in."""
    person = scope["state"][PERSON]
    assert isinstance(person, Person)
    return person

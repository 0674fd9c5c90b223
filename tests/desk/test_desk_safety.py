"""Nobody in who was not let in: every route, page, file and socket asks who is there."""

import asyncio
import re
from typing import Any

import pytest
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from invoice_desk.access import COOKIE, AccessDenied, LoopbackAccess, TokenAccess
from invoice_desk.api.rest import make_api
from invoice_desk.desk import Desk
from invoice_desk.exports import neutralised
from invoice_desk.people import Role
from invoice_desk.rates import Rates
from invoice_desk.server import make_server
from invoice_desk.settings import DeskSettings
from invoice_desk.waking import Nobody
from pipelines.errors import ConfigurationError
from pipelines.lake import Lake
from tests.desk.desks import API, OP, TOKENS, USER, VIEWER, MakeClient

_DOCUMENT = "2026-11-20/name-0123456789abcdef"


def _routes(lake: Lake) -> list[tuple[str, str]]:
    """Method and path of every route of the API, parameters filled in."""
    api = make_api(Desk(lambda: lake, lambda _lake: Nobody(), DeskSettings()))
    found = []
    for route in _flat(api.routes):
        path = route.path
        for name, value in {"{day}/{name}": _DOCUMENT, "{number}": "1", "{table}": "x", "{format}": "csv"}.items():
            path = path.replace(name, value)
        path = path.replace("{filename:path}", "x.pdf")
        methods = ["WEBSOCKET"] if isinstance(route, WebSocketRoute) else sorted(route.methods or ())
        found += [(method, f"/invoices{path}") for method in methods]
    return found


def _flat(routes: Any) -> Any:
    for route in routes:
        if isinstance(route, Route | WebSocketRoute):
            yield route
        else:
            yield from _flat(getattr(route, "routes", None) or getattr(route.original_router, "routes", ()))


_PAGES = [
    ("GET", path)
    for path in (
        "/invoices/", "/invoices/upload", "/invoices/review", "/invoices/browse", "/invoices/insight",
        "/invoices/settings", "/invoices/_dash-layout", "/invoices/_dash-dependencies", "/invoices/_reload-hash",
        "/invoices/assets/desk.css", "/invoices/_favicon.ico", "/invoices/nothing", "/invoices/docs",
        "/invoices/_dash-component-suites/dash/dash-renderer/build/dash_renderer.min.js",
    )
] + [("POST", "/invoices/_dash-update-component"), ("WEBSOCKET", "/invoices/_dash-ws-callback")]  # fmt: skip


def test_anonymous_is_refused_on_every_route(lake: Lake, client_of: MakeClient) -> None:
    client = client_of(lake, token="", pages=True)
    routes = _routes(lake)
    assert len(routes) > 20
    for method, path in [*routes, *_PAGES]:
        if method == "WEBSOCKET":
            with pytest.raises((WebSocketDenialResponse, WebSocketDisconnect)), client.websocket_connect(path):
                pass
            continue
        answer = client.request(method, path)
        assert answer.status_code == 401, (method, path)
    assert list(lake.storage.list()) == []


def test_a_browser_is_sent_to_the_login_page(lake: Lake, client_of: MakeClient) -> None:
    client = client_of(lake, token="")
    answer = client.get("/invoices/", headers={"Accept": "text/html"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (302, "/login")
    page = client.get("/login")
    assert page.status_code == 200
    assert client.post("/login", data={"token": "wrong"}).status_code == 401
    logged_in = client.post("/login", data={"token": USER}, follow_redirects=False)
    assert logged_in.status_code == 303
    assert "HttpOnly" in logged_in.headers["set-cookie"]
    assert "SameSite=strict" in logged_in.headers["set-cookie"]


@pytest.mark.parametrize("token", ["wrong-token-00000000", "", "x" * 5000])
def test_a_false_token_is_refused(lake: Lake, client_of: MakeClient, token: str) -> None:
    client = client_of(lake, token="")
    answer = client.get(f"{API}/invoices", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


def _change(client: TestClient, **headers: str) -> int:
    return int(client.delete(f"{API}/invoices/{_DOCUMENT}", headers=headers).status_code)


def test_another_sites_page_cannot_change_anything_with_a_cookie(lake: Lake, client_of: MakeClient) -> None:
    client = client_of(lake, token="", origins="https://portal.example.org")
    client.cookies.set(COOKIE, USER)
    assert _change(client) == 403  # a browser says where a change comes from
    assert _change(client, Origin="https://evil.example.org") == 403
    assert _change(client, Origin="null") == 403
    assert _change(client, Referer="https://evil.example.org/desk.test/") == 403
    assert _change(client, **{"Sec-Fetch-Site": "cross-site"}) == 403
    assert _change(client, **{"Sec-Fetch-Site": "same-site"}) == 403
    assert _change(client, Origin="http://desk.test") == 404  # through the gate: no such document
    assert _change(client, Origin="https://portal.example.org") == 404
    assert _change(client, **{"Sec-Fetch-Site": "same-origin"}) == 404


def test_a_socket_from_another_site_is_refused(lake: Lake, client_of: MakeClient) -> None:
    client = client_of(lake, token="")
    client.cookies.set(COOKIE, USER)
    foreign = {"Origin": "https://evil.example.org"}
    with (
        pytest.raises((WebSocketDenialResponse, WebSocketDisconnect)),
        client.websocket_connect(f"{API}/ws", headers=foreign),
    ):
        pass


def test_every_answer_carries_the_headers_that_bind_a_browser(client: TestClient) -> None:
    for path in (f"{API}/invoices", f"{API}/nothing", f"{API}/invoices/{_DOCUMENT}"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "SAMEORIGIN"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "2026-11-20/..%2f..%2f..%2fetc%2fpasswd", "..%2f..%2fdocuments/x", "2026-11-20/name-0123456789abcdef%00",
        "2026-13-45/name-0123456789abcdef", "2026-11-20/NAME-0123456789abcdef", "%2e%2e/%2e%2e", "a/b",
        "2026-11-20/name-0123456789abcdef.json", "2026-11-20/-0123456789abcdef",
    ],
)  # fmt: skip
def test_no_id_leads_out_of_the_lake(client: TestClient, path: str) -> None:
    for part in ("", "/text", "/raw", "/history", "/pages/1.png"):
        assert client.get(f"{API}/invoices/{path}{part}").status_code in (404, 422), (path, part)


def test_people_who_ask_too_much_are_told_to_wait(lake: Lake, client_of: MakeClient) -> None:
    client = client_of(lake, changes_a_minute=3)
    codes = [_change(client) for _ in range(5)]
    assert codes == [404, 404, 404, 429, 429]
    answer = client.delete(f"{API}/invoices/{_DOCUMENT}")
    assert int(answer.headers["retry-after"]) >= 1


def test_a_rate_refills_with_time() -> None:
    now = [0.0]
    rates = Rates(60, 2, lambda: now[0])
    assert [rates.wait_seconds("a") for _ in range(3)] == [0, 0, 1]
    assert rates.wait_seconds("b") == 0
    now[0] = 1.0
    assert rates.wait_seconds("a") == 0


def test_a_server_that_others_reach_needs_tokens(lake: Lake) -> None:
    with pytest.raises(ConfigurationError, match="open to whoever"):
        make_server(DeskSettings(host="0.0.0.0"), lake)
    with pytest.raises(ConfigurationError, match="token:role:name"):
        make_server(DeskSettings(tokens="short:user:x"), lake)


def test_loopback_answers_to_no_other_name() -> None:
    access = LoopbackAccess()
    person = asyncio.run(access.person({"host": "127.0.0.1:8090"}))
    assert person is not None
    assert person.role is Role.OP
    assert asyncio.run(access.person({"host": "evil.example.org:8090"})) is None
    assert asyncio.run(access.person({})) is None


def test_tokens_tell_who_somebody_is() -> None:
    access = TokenAccess(TOKENS, "/login")
    people = {t: access.by_token(t) for t in (VIEWER, USER, OP)}
    assert [p.role for p in people.values()] == [Role.VIEWER, Role.USER, Role.OP]
    with pytest.raises(AccessDenied):
        access.by_token("")


def test_pages_name_no_other_place_and_are_not_kept(lake: Lake, client_of: MakeClient) -> None:
    client = client_of(lake, VIEWER, pages=True)
    page = client.get("/invoices/review")
    assert page.headers["cache-control"] == "no-store"
    assert "http" not in page.headers["content-security-policy"]
    assert re.findall(r"""(?:src|href)=["'](?!/invoices/|data:)[^"']+""", page.text) == []
    files = re.findall(r"""src=["'](/invoices/[^"']+)""", page.text)
    assert len(files) > 5
    for path in files[:3]:
        assert "no-store" not in client.get(path).headers["cache-control"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "  =1", "\n=1", "|cmd", "＝1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert neutralised(text).startswith("'")


def test_plain_text_stays_as_it_is() -> None:
    assert neutralised("Zażółć gęślą jaźń 5-3=2") == "Zażółć gęślą jaźń 5-3=2"

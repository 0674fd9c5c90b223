"""The Dash application: the frame that all pages share, and which page an address shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import dash
from dash import Dash, Input, Output, dcc, html
from fastapi import FastAPI

from invoice_desk.desk import Desk
from invoice_desk.ui import asking, browse, insight, review, settings_page, upload
from invoice_desk.ui.asking import Asking
from invoice_desk.ui.words import LANGUAGES, say, script_words

PAGES = {"": upload, "review": review, "browse": browse, "insight": insight, "settings": settings_page}
"""Last part of the address -> its page."""
_NAMES = {"": "upload", **{name: name for name in PAGES if name}}


def make_pages(desk: Desk, prefix: str) -> tuple[Any, str]:
    """The pages as an ASGI application, and the content-security policy they live under.

    Args:
        desk: What they show.
        prefix: The path they are mounted at, with a slash at its end.
    """
    app = Dash(
        "invoice_desk",
        backend="fastapi",
        server=FastAPI(openapi_url=None, docs_url=None, redoc_url=None),
        requests_pathname_prefix=prefix,
        routes_pathname_prefix=prefix,
        assets_folder=str(Path(__file__).with_name("assets")),
        serve_locally=True,
        title="Invoice Desk",
        update_title=None,  # type: ignore[arg-type]
        suppress_callback_exceptions=True,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )
    app.layout = lambda: _frame(prefix, asking.asking())

    @app.callback(Output("page", "children"), Input("url", "pathname"), Input("url", "search"))
    async def show(pathname: str | None, search: str | None) -> Any:
        who = asking.asking()
        name = (pathname or prefix).removeprefix(prefix).strip("/")
        page = PAGES.get(name, upload)
        if dash.ctx.triggered_id == "url" and not _rebuilds(name, dash.ctx.triggered_prop_ids):
            return dash.no_update
        return await page.show(desk, who, prefix, search or "")

    for page in PAGES.values():
        page.connect(app, desk)
    pages = set(PAGES) | {"upload"}

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            asking.note(scope)
            # every page is the same document; its script shows what the address names
            if scope["path"].removeprefix(prefix).strip("/") in pages:
                scope = {**scope, "path": prefix, "raw_path": prefix.encode()}
        await app.server(scope, receive, send)

    return asgi, _policy(app.csp_hashes())


def _rebuilds(name: str, triggered: Any) -> bool:
    """The browse page follows its own address by itself: building it anew would throw away its grid."""
    return name != "browse" or any(prop.endswith(".pathname") for prop in triggered) or len(triggered) != 1


def _policy(hashes: Any) -> str:
    """Nothing from any other place; scripts from here, and the one line that Dash writes into the page."""
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {' '.join(hashes)}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    )


def _frame(prefix: str, who: Asking) -> Any:
    language = who.language
    links = [
        dcc.Link(
            [icon(_NAMES[name]), html.Span(say(_NAMES[name], language))],
            href=f"{prefix}{name}",
            className="to-page",
            id=f"tab-{_NAMES[name]}",
        )
        for name in PAGES
    ]
    languages = [
        html.Button(
            code.upper(),
            title=full,
            className="small",
            **{"data-language": code, "aria-pressed": str(code == language).lower()},
        )
        for code, full in LANGUAGES.items()
    ]
    words = json.dumps(script_words(language), ensure_ascii=False)
    return html.Div(
        [
            dcc.Location(id="url", refresh=False),
            html.A(say("skip", language), href="#page", className="skip"),
            html.Header(
                [
                    html.Div([html.Span("", className="mark"), say("desk", language)], className="brand"),
                    html.Nav(links, **{"aria-label": say("desk", language)}),
                    html.Div(
                        [
                            html.Div(
                                languages,
                                className="languages",
                                role="group",
                                **{"aria-label": say("language", language)},
                            ),
                            html.Button(
                                icon("theme"),
                                id="theme",
                                className="small",
                                title=say("theme", language),
                                **{"aria-label": say("theme", language)},
                            ),
                            html.Span(who.person.name, className="who", title=who.person.role.name.lower()),
                        ],
                        className="tools",
                    ),
                ]
            ),
            html.Main(html.Div("", className="loading"), id="page", tabIndex="-1"),
            html.Div(id="toasts", role="status", **{"aria-live": "polite"}),
        ],
        id="desk",
        lang=language,
        **{"data-prefix": prefix, "data-words": words, "data-may-change": str(who.may_change).lower()},
    )


def icon(name: str) -> Any:
    """A line drawing; drawn by style sheets, since Dash knows no SVG."""
    return html.I(className=f"icon icon-{name}", **{"aria-hidden": "true"})

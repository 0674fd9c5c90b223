"""Small parts that several pages show."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dash import html

from invoice_desk.ui.words import say


def badge(state: str | None, language: str, document: str = "") -> Any:
    """A document's state as a coloured word; live where a document is named."""
    attributes = {"data-document": document} if document else {}
    state = state or "received"
    return html.Span(say(f"s_{state}", language), className=f"badge {state}", **attributes)


def shown_time(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M") if moment else ""


def panel(title: str, *children: Any, links: Any = None, wide: bool = False) -> Any:
    """A titled card."""
    head = html.Div([html.H2(title), html.Div(links or [], className="links")], className="panel-head")
    return html.Section([head, *children], className="panel wide" if wide else "panel")

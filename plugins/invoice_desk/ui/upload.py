"""Upload: drop files, watch each come in and become rows."""

from __future__ import annotations

from typing import Any

from dash import Dash, html

from invoice_desk.desk import Desk
from invoice_desk.ui.asking import Asking
from invoice_desk.ui.parts import badge, shown_time
from invoice_desk.ui.words import say

_RECENT = 12


async def show(desk: Desk, who: Asking, prefix: str, _search: str) -> Any:
    from pipelines.queries import Search

    language = who.language
    found = await desk.run(lambda: desk.catalogue.search(Search(sort="-received_at", limit=_RECENT)))
    recent = found.rows.to_pylist()
    rows = [_row(row, language, prefix) for row in recent if row["position"] == 0]
    drop = html.Div(
        [
            html.Div(className="drop-sign"),
            html.H1(say("drop_title", language)),
            html.P(say("drop_text", language)),
            html.Button(say("choose", language), id="choose", className="primary"),
        ],
        id="drop",
        className="drop",
    )
    return html.Div(
        [
            drop if who.may_change else html.P(say("viewer_note", language), className="note"),
            html.Ul(id="sending", className="files", **{"aria-label": say("upload", language)}),
            html.H2(say("recent", language)),
            html.Ul(rows or html.Li(say("nothing_yet", language), className="empty"), className="files", id="recent"),
        ],
        className="narrow",
    )


def connect(_app: Dash, _desk: Desk) -> None:
    """Everything that happens here is in the script."""


def _row(row: dict[str, Any], language: str, prefix: str) -> Any:
    title = row["file_name"] or row["id"]
    said = " · ".join(str(part) for part in (row["supplier"], row["invoice_number"]) if part)
    amount = f"{row['gross']:,.2f} {row['currency'] or ''}".replace(",", "\u202f") if row["gross"] is not None else ""
    return html.Li(
        [
            html.A(
                [html.Strong(title), html.Span(said or row["reason"] or "", className="said")],
                href=f"{prefix}review?id={row['id']}",
                className="file",
            ),
            html.Span(amount, className="amount"),
            html.Time(shown_time(row["received_at"]), className="time"),
            badge(row["state"], language, row["id"]),
        ]
    )

"""Browse: every invoice in one grid; what narrows it stands in the address."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qs

import dash
import dash_ag_grid as dag
from dash import Dash, Input, Output, dcc, html

from invoice_desk.desk import Desk
from invoice_desk.ui.asking import Asking
from invoice_desk.ui.words import say

FIELDS = ("q", "state", "supplier", "customer", "point", "first_month", "last_month", "min_amount", "max_amount")
_STATES = ("received", "read", "accepted", "needs_review", "duplicate", "quarantined", "rejected", "deleted")
_COLUMNS: tuple[tuple[str, int], ...] = (
    ("state", 130), ("supplier", 220), ("invoice_number", 170), ("issue_date", 110), ("month", 100), ("gross", 120),
    ("currency", 80), ("kwh", 110), ("point", 190), ("customer", 180), ("due_date", 110), ("document_type", 120),
    ("file_name", 220), ("received_at", 150), ("validated_by", 130), ("reason", 260),
)  # fmt: skip
_RIGHT = ("gross", "kwh")
_OF_COLUMN = {"month": "period_month"}
_BLOCK = 100


async def show(_desk: Desk, who: Asking, prefix: str, search: str) -> Any:
    language = who.language
    given = {name: values[0] for name, values in parse_qs(search.lstrip("?")).items() if name in FIELDS}
    states = [{"value": "", "label": say("any", language)}]
    states += [{"value": state, "label": say(f"s_{state}", language)} for state in _STATES]
    labels = dict(
        zip(
            FIELDS,
            ("search", "state", "supplier", "customer", "point", "from_month", "to_month", "least", "most"),
            strict=True,
        )
    )
    controls = [_control(name, say(labels[name], language), given.get(name, ""), states) for name in FIELDS]
    bar = html.Div(
        [
            *controls,
            html.Button(say("clear", language), id="clear"),
            html.Span("", id="total", className="said"),
            html.Span(
                [
                    html.A(
                        "CSV", href=f"{prefix}api/v1/invoices/export.csv", className="button", **{"data-export": "csv"}
                    ),
                    html.A(
                        "Excel",
                        href=f"{prefix}api/v1/invoices/export.xlsx",
                        className="button",
                        **{"data-export": "xlsx"},
                    ),
                ],
                className="exports",
            ),
        ],
        className="bar",
        role="search",
    )
    grid = dag.AgGrid(
        id="grid",
        rowModelType="infinite",
        columnDefs=[_column(name, width, language) for name, width in _COLUMNS],
        defaultColDef={"sortable": True, "resizable": True, "suppressHeaderMenuButton": True, "filter": False},
        dashGridOptions={
            "cacheBlockSize": _BLOCK,
            "maxBlocksInCache": 20,
            "rowHeight": 36,
            "rowSelection": {"mode": "singleRow", "checkboxes": False, "enableClickSelection": True},
        },
        getRowId="params.data.key",
        className="ag-theme-quartz browse-grid",
        style={"height": None},
    )
    return html.Div([bar, grid, dcc.Store(id="narrowed", data=given)], className="browse")


def connect(app: Dash, desk: Desk) -> None:
    @app.callback(
        Output("grid", "getRowsResponse"),
        Output("total", "children"),
        Input("grid", "getRowsRequest"),
        Input("narrowed", "data"),
    )
    async def rows(request: dict[str, Any] | None, narrowed: dict[str, str] | None) -> Any:
        from invoice_desk.ui.asking import asking
        from pipelines.errors import LakeError

        if not request:
            return dash.no_update, dash.no_update
        language = asking().language
        try:
            page = await desk.run(_rows, desk, request, narrowed or {})
        except LakeError as error:
            return {"rowData": [], "rowCount": 0}, error.cause
        found = [_shown(row, language) for row in page.rows.to_pylist()]
        return {"rowData": found, "rowCount": page.total}, f"{page.total:,} {say('rows', language)}".replace(
            ",", "\u202f"
        )


def _rows(desk: Desk, request: dict[str, Any], narrowed: dict[str, str]) -> Any:
    from pipelines.queries import SORTABLE, Search

    sorted_by = (request.get("sortModel") or [{}])[0]
    column = _OF_COLUMN.get(str(sorted_by.get("colId")), str(sorted_by.get("colId")))
    sort = f"{'-' if sorted_by.get('sort') == 'desc' else ''}{column}" if column in SORTABLE else "-received_at"
    first = max(0, int(request.get("startRow") or 0))
    return desk.catalogue.search(
        Search(
            words=narrowed.get("q", ""),
            states=(narrowed["state"],) if narrowed.get("state") else (),
            supplier=narrowed.get("supplier", ""),
            customer=narrowed.get("customer", ""),
            point=narrowed.get("point", ""),
            first_month=narrowed.get("first_month", ""),
            last_month=narrowed.get("last_month", ""),
            least=_number(narrowed.get("min_amount", "")),
            most=_number(narrowed.get("max_amount", "")),
            sort=sort,
            limit=_BLOCK,
            offset=first,
        )
    )


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.replace(",", ".").replace(" ", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _shown(row: dict[str, Any], language: str) -> dict[str, Any]:
    """A row as the grid shows it: amounts with thin spaces, dates as ISO, states as words."""
    return {
        "key": f"{row['id']}#{row['position']}",
        "id": row["id"],
        "raw_state": row["state"],
        "state": say(f"s_{row['state']}", language),
        "month": row["period_month"].strftime("%Y-%m") if row["period_month"] else None,
        "gross": f"{row['gross']:,.2f}".replace(",", "\u202f") if row["gross"] is not None else None,
        "kwh": f"{row['kwh']:,.0f}".replace(",", "\u202f") if row["kwh"] is not None else None,
        "received_at": row["received_at"].strftime("%Y-%m-%d %H:%M") if row["received_at"] else None,
        **{name: row[name].isoformat() if row[name] else None for name in ("issue_date", "due_date")},
        **{
            name: row[name]
            for name in (
                "supplier",
                "invoice_number",
                "currency",
                "point",
                "customer",
                "document_type",
                "file_name",
                "validated_by",
                "reason",
            )
        },
    }


def _column(name: str, width: int, language: str) -> dict[str, Any]:
    word = "f_invoice_number" if name == "invoice_number" else name
    column: dict[str, Any] = {"field": name, "headerName": say(word, language), "width": width}
    if name in _RIGHT:
        column["type"] = "rightAligned"
    if name == "state":
        column["pinned"] = "left"
        column["cellClassRules"] = {
            f"cell-{state}": f"params.data && params.data.raw_state == '{state}'" for state in _STATES
        }
    return column


def _control(name: str, label: str, value: str, states: list[dict[str, str]]) -> Any:
    if name == "state":
        options = [
            html.Option(state["label"], value=state["value"], selected="selected" if state["value"] == value else None)
            for state in states
        ]
        field: Any = html.Select(options, id=f"by-{name}", **{"data-narrow": name, "data-value": value})
    else:
        kind = "month" if name.endswith("month") else "search" if name == "q" else "text"
        field = dcc.Input(
            id=f"by-{name}",
            value=value,
            type="text" if kind == "month" else kind,
            placeholder="YYYY-MM" if kind == "month" else "",
            debounce=False,
        )
    return html.Label([html.Span(label), field], className=f"control control-{name}", **{"data-narrow": name})

"""Review: the page beside its fields, so that a person can decide in seconds."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import dash_ag_grid as dag
from dash import Dash, dcc, html

from invoice_desk.desk import Desk
from invoice_desk.ui.asking import Asking
from invoice_desk.ui.parts import badge, shown_time
from invoice_desk.ui.words import say

if TYPE_CHECKING:
    from pipelines.queries import DocumentView, PageSize, ReviewInvoice

_MOST_WAITING = 200
_MOST_PAGES = 30
_IMAGE_WIDTH = 1100
GROUPS: dict[str, tuple[str, ...]] = {
    "g_amounts": ("net_total", "tax_total", "gross_total", "amount_due", "paid", "prior_balance"),
    "g_document": ("document_type", "kind", "invoice_number", "issue_date", "sale_date", "due_date", "currency"),
    "g_seller": ("seller.name", "seller.tax_id", "seller.address"),
    "g_buyer": ("buyer.name", "buyer.tax_id", "buyer.address", "customer_number", "contract_number"),
    "g_period": ("period_start", "period_end", "reference_month"),
    "g_energy": (
        "metering_point.id", "metering_point.meter_number", "metering_point.tariff_group", "metering_point.distributor",
        "metering_point.address", "consumption_kwh", "exported_kwh", "compensated_kwh",
    ),
    "g_corrects": ("corrects.invoice_number", "corrects.issue_date", "corrects.reason", "corrects.ksef_number"),
    "g_payment": ("bank_account", "payment_reference", "barcode", "ksef_number", "access_key", "purchase_order"),
}  # fmt: skip
ALWAYS = frozenset(
    [
        "document_type",
        "invoice_number",
        "issue_date",
        "due_date",
        "currency",
        "seller.name",
        "seller.tax_id",
        "net_total",
        "tax_total",
        "gross_total",
    ]
)
"""Fields with a place even where nothing was found: a person may know."""
_LINE_COLUMNS = ("description", "quantity", "unit", "unit_price", "net", "tax_rate", "tax", "gross")
_NUMBERS = frozenset(("quantity", "unit_price", "net", "tax_rate", "tax", "gross"))


async def show(desk: Desk, who: Asking, prefix: str, search: str) -> Any:
    language = who.language
    wanted = parse_qs(search.lstrip("?")).get("id", [""])[0]
    queue, document, view, review = await desk.run(_load, desk, wanted)
    side = _queue(queue, document, prefix, language)
    if view is None:
        text = say("unknown" if wanted else "queue_empty", language)
        return html.Div([side, html.P(text, className="note big")], className="review empty-review")
    desk.trail.note(who.person.name, "viewed", document)
    invoices, pages = review
    paper = _paper(invoices, pages, document, prefix, language)
    form = _form(view, invoices, document, who)
    order = [row["id"] for row in queue]
    return html.Div(
        [side, paper, form],
        className="review",
        key=f"{document}-{view.etag}",
        id="review",
        **{"data-document-id": document, "data-etag": view.etag, "data-order": json.dumps(order)},
    )


def connect(_app: Dash, _desk: Desk) -> None:
    """Everything that happens here is in the script."""


def _load(desk: Desk, wanted: str) -> tuple[list[dict[str, Any]], str, DocumentView | None, Any]:
    from pipelines.queries import Search, review_invoices, view_document

    search = Search(states=("needs_review",), sort="received_at", limit=_MOST_WAITING)
    queue = [row for row in desk.catalogue.search(search).rows.to_pylist() if row["position"] == 0]
    document = wanted or (queue[0]["id"] if queue else "")
    view = view_document(desk.lake, document) if document else None
    return queue, document, view, review_invoices(desk.lake, view) if view else None


def _queue(queue: list[dict[str, Any]], document: str, prefix: str, language: str) -> Any:
    items = [
        html.Li(
            dcc.Link(
                [
                    html.Strong(row["supplier"] or row["file_name"] or row["id"]),
                    html.Span(row["invoice_number"] or row["file_name"] or ""),
                ],
                href=f"{prefix}review?id={row['id']}",
                className="waiting current" if row["id"] == document else "waiting",
            )
        )
        for row in queue
    ]
    head = html.H2([say("queue", language), html.Span(str(len(queue)), className="count")])
    return html.Aside([head, html.Ol(items)], className="queue")


def _paper(invoices: Any, pages: Any, document: str, prefix: str, language: str) -> Any:
    sheets = [_sheet(page, invoices, document, prefix) for page in pages[:_MOST_PAGES]]
    links = [
        html.A(say("original", language), href=f"{prefix}api/v1/invoices/{document}/raw"),
        html.A(say("text", language), href=f"{prefix}api/v1/invoices/{document}/text"),
    ]
    empty = html.P(say("no_page", language), className="note")
    return html.Div([html.Div(links, className="paper-links"), *(sheets or [empty])], className="papers")


def _sheet(page: PageSize, invoices: tuple[ReviewInvoice, ...], document: str, prefix: str) -> Any:
    image = html.Img(
        src=f"{prefix}api/v1/invoices/{document}/pages/{page.number}.png?width={_IMAGE_WIDTH}",
        alt=f"page {page.number}",
    )
    boxes = []
    for position, invoice in enumerate(invoices):
        for field in invoice.fields:
            found = field.evidence
            if found is not None and found.page == page.number and found.box is not None:
                boxes.append(
                    _box(found.box, page, f"{position}.{field.name}", field.state, f"{field.name}: {field.value}")
                )
    return html.Div([image, *boxes], className="paper", style={"aspectRatio": f"{page.width} / {page.height}"})


def _box(box: tuple[float, float, float, float], page: PageSize, path: str, state: str, title: str) -> Any:
    x0, y0, x1, y1 = box
    style = {
        "left": f"{100 * (x0 - 2) / page.width:.2f}%",
        "top": f"{100 * (y0 - 2) / page.height:.2f}%",
        "width": f"{100 * (x1 - x0 + 4) / page.width:.2f}%",
        "height": f"{100 * (y1 - y0 + 4) / page.height:.2f}%",
    }
    return html.Div(className=f"box {state}", style=style, title=title, **{"data-box": path})


def _form(view: DocumentView, invoices: Any, document: str, who: Asking) -> Any:
    language, status = who.language, view.status
    head = html.Div(
        [
            html.H1(status.file_name.rsplit("/", 1)[-1] or document),
            html.Div(
                [badge(status.state, language, document), html.Span(view.edited.validated_by or "", className="said")]
            ),
        ],
        className="form-head",
    )
    parts: list[Any] = [head]
    if status.reason:
        reasons = [
            html.Li(reason) for reason in dict.fromkeys(part.strip() for part in status.reason.split(";")) if reason
        ]
        parts.append(
            html.Div(
                [html.Strong(say("reasons", language)), html.Ul(reasons), html.P(status.remedy)], className="reasons"
            )
        )
    for position, invoice in enumerate(invoices):
        if len(invoices) > 1:
            parts.append(html.H2(say("invoice_n", language, n=position + 1)))
        parts += _invoice(position, invoice, who)
    parts.append(_history(view, who))
    return html.Div([html.Div(parts, className="fields"), _actions(view, who, bool(invoices))], className="form")


def _invoice(position: int, invoice: ReviewInvoice, who: Asking) -> list[Any]:
    fields = {field.name: field for field in invoice.fields}
    values = invoice.invoice.model_dump(mode="json")
    parts, seldom = [], []
    own = tuple(name for name in fields if name.startswith("details."))
    for group, names in (GROUPS | {"g_kind": own}).items():
        rows = [
            _field(position, name, fields.get(name), values, who)
            for name in names
            if name in ALWAYS or name in own or (name in fields and fields[name].value)
        ]
        other = [
            _field(position, name, fields.get(name), values, who)
            for name in names
            if name not in (*ALWAYS, *own) and not (name in fields and fields[name].value)
        ]
        if rows:
            parts.append(html.Fieldset([html.Legend(say(group, who.language)), *rows]))
        seldom += other
    return [
        _checks(invoice, who.language),
        *parts,
        _lines(position, invoice, who),
        html.Details([html.Summary(say("more_fields", who.language)), html.Div(seldom, className="group")]),
    ]


def _field(position: int, name: str, field: Any, values: dict[str, Any], who: Asking) -> Any:
    path = f"{position}.{name}"
    value = _value(values, name)
    state = field.state if field is not None and value else "open" if value else "missing"
    label = say(f"f_{name.rpartition('.')[2]}", who.language)
    runners = [
        html.Button(
            other.text,
            className="runner suggested" if other.rule.startswith("second reader") else "runner",
            title=f"{other.rule} ({other.confidence:.2f})",
            disabled=not who.may_change,
            **{"data-runner": path, "data-value": other.text},
        )
        for other in (field.runners_up if field is not None else ())
        if other.text != value
    ]
    title = "; ".join(f"{c.name}: {c.expected} / {c.found}" for c in field.proofs) if field is not None else ""
    return html.Div(
        [
            html.Label([html.I(className=f"dot {state}", title=title), html.Span(label)], htmlFor=f"field-{path}"),
            dcc.Input(
                id=f"field-{path}",
                value=value,
                type="text",
                disabled=not who.may_change,
                autoComplete="off",
                spellCheck="false",
            ),
            html.Div(runners, className="runners", title=say("also_read", who.language)) if runners else None,
        ],
        className=f"field {state}",
        **{"data-path": path, "data-original": value, "data-kind": _kind(name)},
    )


def _kind(name: str) -> str:
    """What a field holds, so that `1.234,56` and `11.03.2026` may be typed, or taken from the page, as printed."""
    last = name.rpartition(".")[2]
    if last.endswith("_date") or last in ("period_start", "period_end"):
        return "date"
    return (
        "number"
        if last.endswith(("_total", "_kwh", "_m3", "_factor")) or last in ("amount_due", "paid", "prior_balance")
        else "text"
    )


def _value(values: dict[str, Any], name: str) -> str:
    place: Any = values
    for step in name.split("."):
        place = place.get(step) if isinstance(place, dict) else None
    return "" if place is None else str(place)


def _checks(invoice: ReviewInvoice, language: str) -> Any:
    if not invoice.invoice.checks:
        return None
    items = [
        html.Li(
            [
                html.Span("✓" if check.passed else "✗", className="sign"),
                html.Span(check.name.replace("_", " "), className="name"),
                html.Span(
                    f"{say('expected', language)} {check.expected} · {say('found', language)} {check.found}"
                    if check.expected or check.found
                    else "",
                    className="detail",
                ),
            ],
            className="passed" if check.passed else "failed",
            **{"data-fields": json.dumps(list(check.fields))},
        )
        for check in sorted(invoice.invoice.checks, key=lambda check: check.passed)
    ]
    failed = sum(not check.passed for check in invoice.invoice.checks)
    count = html.Span(f"{len(items) - failed}/{len(items)}", className="count bad" if failed else "count good")
    return html.Details(
        [html.Summary([say("proofs", language), count]), html.Ul(items, className="checks")], open=bool(failed)
    )


def _lines(position: int, invoice: ReviewInvoice, who: Asking) -> Any:
    rows = [line.model_dump(mode="json") for line in invoice.invoice.lines]
    if not rows:
        return None
    language = who.language
    columns = [
        {
            "field": name,
            "headerName": say(name, language),
            "editable": who.may_change,
            "minWidth": 180 if name == "description" else 84,
            "flex": 3 if name == "description" else 1,
            "type": "rightAligned" if name in _NUMBERS else None,
        }
        for name in _LINE_COLUMNS
        if name in ("description", "net") or any(row[name] is not None for row in rows)
    ]
    columns += [
        {
            "colId": f"sum_{name}",
            "headerName": say(f"sum_{name}", language),
            "valueGetter": {"function": f"runningSum(params, '{name}')"},
            "minWidth": 90,
            "flex": 1,
            "type": "rightAligned",
            "cellClass": "sum",
        }
        for name in ("net", "gross")
        if any(row[name] is not None for row in rows)
    ]
    total = {name: _sum(rows, name) for name in ("net", "tax", "gross")}
    grid = dag.AgGrid(
        id=f"lines-{position}",
        rowData=rows,
        columnDefs=columns,
        defaultColDef={"sortable": False, "resizable": True, "suppressHeaderMenuButton": True},
        dashGridOptions={
            "domLayout": "autoHeight",
            "rowHeight": 32,
            "headerHeight": 34,
            "singleClickEdit": True,
            "stopEditingWhenCellsLoseFocus": True,
            "pinnedBottomRowData": [{"description": "Σ", **total}],
        },
        className="ag-theme-quartz lines",
        style={"height": None},
    )
    return html.Fieldset(
        [html.Legend(say("lines", language)), grid],
        className="lines-box",
        **{"data-lines": str(position), "data-original": json.dumps(rows)},
    )


def _sum(rows: list[dict[str, Any]], name: str) -> str | None:
    found = [Decimal(row[name]) for row in rows if row[name] is not None]
    return str(sum(found)) if found else None


def _history(view: DocumentView, who: Asking) -> Any:
    standing = {edit.when for edit in view.standing_edits}
    items = []
    for edit in view.edits:
        changes = [
            f"{path}: {edit.before.get(path)} → {edit.after[path]}"
            for path in edit.after
            if not isinstance(edit.after[path], list | dict)
        ]
        undone = edit.when not in standing and edit.action.value != "undo"
        button = (
            html.Button(say("undo", who.language), className="small", **{"data-undo": edit.when.isoformat()})
            if edit.when in standing and who.may_change
            else None
        )
        items.append(
            html.Li(
                [
                    html.Span(shown_time(edit.when)),
                    html.Strong(edit.who),
                    html.Span(edit.action.value),
                    html.Span("; ".join(changes) or edit.comment),
                    button,
                ],
                className="undone" if undone else "",
            )
        )
    return (
        html.Details([html.Summary(say("history", who.language)), html.Ul(items, className="history")], open=False)
        if items
        else None
    )


def _actions(view: DocumentView, who: Asking, has_invoices: bool) -> Any:
    language = who.language
    buttons = []
    if who.may_change:
        if view.status.state == "deleted":
            buttons.append(html.Button(say("restore", language), id="restore", className="primary"))
        else:
            if has_invoices:
                buttons.append(html.Button(say("confirm", language), id="confirm", className="primary"))
            buttons.append(html.Button(say("delete", language), id="delete", className="danger"))
    if who.may_reprocess:
        buttons.append(html.Button(say("reprocess", language), id="reprocess"))
    buttons += [
        html.Span(
            [
                html.Button(arrow, id=name, title=say(name, language), **{"aria-label": say(name, language)})
                for name, arrow in (("previous", "←"), ("next", "→"))
            ],
            className="steps",
        ),
    ]
    hint = say("keys", language) if who.may_change else say("viewer_note", language)
    return html.Div([html.Div(buttons, className="buttons"), html.P(hint, className="hint")], className="actions")

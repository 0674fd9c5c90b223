"""Insight: what energy costs, where it goes, what was corrected, how well reading works. All from gold."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from dash import Dash, Input, Output, dcc, html

from invoice_desk.desk import Desk
from invoice_desk.ui.asking import Asking, asking
from invoice_desk.ui.parts import panel
from invoice_desk.ui.words import say

_COLOURS = ("#2f6fed", "#12a37f", "#e58a00", "#a04bd8", "#d6455d", "#1797b8", "#7a8b2f", "#8a6d5b")
_STATES = {
    "accepted": "#12a37f",
    "needs_review": "#e58a00",
    "duplicates": "#8d96a5",
    "quarantined": "#a04bd8",
    "rejected": "#d6455d",
    "deleted": "#4b5563",
}
_MOST_CORRECTIONS = 60
_MOST_SERIES = 7
Row = dict[str, Any]


async def show(desk: Desk, who: Asking, _prefix: str, _search: str) -> Any:
    language = who.language
    tables = await desk.run(_load, desk)
    suppliers = sorted({row["supplier_name"] for row in tables["supplier_spend_monthly"] if row["supplier_name"]})
    points = sorted({row["point_id"] for row in tables["consumption_per_ppe"] if row["point_id"]})
    spent = Counter(row["currency"] for row in tables["supplier_spend_monthly"] if row["currency"])
    currencies = [currency for currency, _ in spent.most_common()]
    bar = html.Div(
        [
            _choice(
                "insight-currency",
                say("currency", language),
                currencies,
                currencies[0] if currencies else None,
                clearable=False,
            ),
            _choice("insight-supplier", say("supplier", language), suppliers, None),
            _choice("insight-point", say("point", language), points, None),
        ],
        className="bar",
    )
    return html.Div(
        [bar, html.Div(html.Div("", className="loading"), id="charts", className="panels")], className="insight"
    )


def connect(app: Dash, desk: Desk) -> None:
    @app.callback(
        Output("charts", "children"),
        Input("insight-currency", "value"),
        Input("insight-supplier", "value"),
        Input("insight-point", "value"),
    )
    async def draw(currency: str | None, supplier: str | None, point: str | None) -> Any:
        who = asking()
        tables = await desk.run(_load, desk)
        prefix = app.config.requests_pathname_prefix
        return _charts(tables, currency, supplier, point, prefix, who.language)


def _load(desk: Desk) -> dict[str, list[Row]]:
    from pipelines.queries import gold_rows

    names = (
        "monthly_energy_costs",
        "consumption_per_ppe",
        "supplier_spend_monthly",
        "corrections_vs_originals",
        "data_quality_daily",
    )
    return {name: gold_rows(desk.lake, name).to_pylist() for name in names}


def _charts(
    tables: dict[str, list[Row]],
    currency: str | None,
    supplier: str | None,
    point: str | None,
    prefix: str,
    language: str,
) -> list[Any]:
    def of(name: str) -> list[Row]:
        rows = tables[name]
        if currency and rows and "currency" in rows[0]:
            rows = [row for row in rows if row["currency"] == currency]
        if supplier and rows and "supplier_name" in rows[0]:
            rows = [row for row in rows if row["supplier_name"] == supplier]
        return [row for row in rows if row["point_id"] == point] if point and rows and "point_id" in rows[0] else rows

    costs, use = of("monthly_energy_costs"), of("consumption_per_ppe")

    def links(name: str) -> list[Any]:
        base = f"{prefix}api/v1/gold/{name}?format="
        return [
            html.A(kind.upper(), href=base + kind, title=f"{say('data', language)}: {name}")
            for kind in ("csv", "xlsx", "parquet")
        ]

    def chart(
        word: str,
        name: str,
        series: dict[str, dict[str, float]],
        unit: str,
        kind: str = "bar",
        colours: dict[str, str] | None = None,
    ) -> Any:
        body = (
            _figure(series, unit, kind, colours)
            if any(series.values())
            else html.P(say("no_gold", language), className="note")
        )
        return panel(say(word, language), body, links=links(name))

    quality = {
        say({"duplicates": "s_duplicate"}.get(state, f"s_{state}"), language): _sums(
            of("data_quality_daily"), None, state, "received_on"
        ).get("", {})
        for state in _STATES
    }
    colours = dict(zip(quality, _STATES.values(), strict=True))
    return [
        chart("costs", "monthly_energy_costs", _largest(_sums(costs, "supplier_name", "gross")), currency or ""),
        chart("energy", "monthly_energy_costs", _largest(_sums(costs, "supplier_name", "kwh")), "kWh"),
        chart("price", "monthly_energy_costs", _prices(costs), f"{currency or ''}/kWh", "line"),
        chart("by_point", "consumption_per_ppe", _largest(_sums(use, "point_id", "kwh", "calendar_month")), "kWh"),
        chart(
            "spend",
            "supplier_spend_monthly",
            _largest(_sums(of("supplier_spend_monthly"), "supplier_name", "gross")),
            currency or "",
        ),
        chart("quality", "data_quality_daily", quality, "", colours=colours),
        panel(
            say("corrections", language),
            _corrections(of("corrections_vs_originals"), language),
            links=links("corrections_vs_originals"),
            wide=True,
        ),
    ]


def _sums(rows: Iterable[Row], by: str | None, value: str, month: str = "period_month") -> dict[str, dict[str, float]]:
    """Series -> month -> sum; months as YYYY-MM, days as they are."""
    found: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in rows:
        if row[value] and row[month]:
            at = row[month].isoformat() if month == "received_on" else row[month].strftime("%Y-%m")
            found[str(row[by] or "?") if by else ""][at] += float(row[value])
    return {name: dict(sorted(months.items())) for name, months in sorted(found.items())}


def _largest(series: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """The largest series; the others together: more colours than these nobody tells apart."""
    ranked = sorted(series, key=lambda name: -sum(series[name].values()))
    kept = {name: series[name] for name in sorted(ranked[:_MOST_SERIES])}
    others: dict[str, float] = defaultdict(float)
    for name in ranked[_MOST_SERIES:]:
        for at, value in series[name].items():
            others[at] += value
    return kept | ({"…": dict(sorted(others.items()))} if others else {})


def _prices(rows: list[Row]) -> dict[str, dict[str, float]]:
    gross, kwh = (_sums(rows, "supplier_name", value) for value in ("gross", "kwh"))
    return {
        name: {at: money / kwh[name][at] for at, money in months.items() if kwh.get(name, {}).get(at)}
        for name, months in gross.items()
    }


def _figure(series: dict[str, dict[str, float]], unit: str, kind: str, colours: dict[str, str] | None) -> Any:
    axis = sorted({at for months in series.values() for at in months})
    traces = []
    for place, (name, months) in enumerate(series.items()):
        colour = (colours or {}).get(name) or _COLOURS[place % len(_COLOURS)]
        trace: Row = {
            "x": axis,
            "y": [months.get(at) for at in axis],
            "name": name,
            "hovertemplate": f"%{{x}}<br><b>%{{y:,.2f}}</b> {unit}<extra>%{{fullData.name}}</extra>",
        }
        if kind == "bar":
            trace |= {"type": "bar", "marker": {"color": colour, "cornerradius": 3}}
        else:
            trace |= {
                "type": "scatter",
                "mode": "lines+markers",
                "line": {"color": colour, "width": 2.5},
                "marker": {"size": 7},
            }
        traces.append(trace)
    grid = {"gridcolor": "rgba(128,140,160,.22)", "zerolinecolor": "rgba(128,140,160,.35)", "automargin": True}
    layout = {
        "barmode": "stack",
        "bargap": 0.35,
        "autosize": True,
        "margin": {"l": 8, "r": 8, "t": 30, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": "#7d8797", "family": "system-ui, sans-serif", "size": 12},
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.01, "x": 0, "entrywidthmode": "pixels"},
        "showlegend": len(series) > 1,
        "xaxis": {**grid, "type": "category", "showgrid": False},
        "yaxis": {**grid, "title": {"text": unit}, "rangemode": "tozero"},
        "hoverlabel": {"namelength": -1},
        "separators": ".\u202f",
    }
    return dcc.Graph(
        figure={"data": traces, "layout": layout},
        config={"displayModeBar": False, "responsive": True},
        className="chart",
        style={"height": "310px"},
    )


def _corrections(rows: list[Row], language: str) -> Any:
    shown = [row for row in rows if row["correction_number"]][-_MOST_CORRECTIONS:]
    if not shown:
        return html.P(say("no_gold", language), className="note")

    def cell(value: Any) -> Any:
        return html.Td("" if value is None else f"{value:,.2f}".replace(",", "\u202f"), className="amount")

    heads = ("month", "supplier", "number", "reason", "original_amount", "difference", "effective", "kwh")
    body = [
        html.Tr(
            [
                html.Td(row["period_month"].strftime("%Y-%m") if row["period_month"] else ""),
                html.Td(row["supplier_name"] or ""),
                html.Td(f"{row['original_number'] or '?'} → {row['correction_number']}"),
                html.Td(row["reason"] or row["state"]),
                cell(row["original_gross"]),
                cell(row["difference_gross"]),
                cell(row["effective_gross"]),
                cell(row["difference_kwh"]),
            ]
        )
        for row in reversed(shown)
    ]
    return html.Div(
        html.Table([html.Thead(html.Tr([html.Th(say(head, language)) for head in heads])), html.Tbody(body)]),
        className="scroll",
    )


def _choice(element: str, label: str, values: list[str], value: str | None, *, clearable: bool = True) -> Any:
    menu = dcc.Dropdown(values, value, id=element, clearable=clearable, placeholder="…")
    return html.Label([html.Span(label), menu], className="control control-choice")

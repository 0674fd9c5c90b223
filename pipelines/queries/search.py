"""A search in the catalogue: words anywhere, filters, order, and pages by cursor."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import duckdb
import pyarrow as pa

from pipelines.errors import Terminal
from pipelines.queries.catalogue_rows import ROW_SCHEMA, folded

SORTABLE = tuple(ROW_SCHEMA.names)
MOST_ROWS = 500
MOST_WORDS = 12
_SMALLEST: dict[str, str] = {
    "text": "''",
    "number": "-1e30",
    "date": "DATE '0001-01-01'",
    "time": "TIMESTAMPTZ '0001-01-01'",
}


class BadSearch(Terminal):
    """A search that names no column, or a cursor that is none of ours."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; empty fields do not bind.

    Attributes:
        words: Each has to stand somewhere in the row's text; case and accents do not count.
        states: Any of these.
        supplier: Part of the supplier's name or tax id.
        customer: Part of the customer's name, tax id or number.
        point: Part of the metering point's id.
        first_month: `YYYY-MM`, the first billing month.
        last_month: `YYYY-MM`, the last one.
        least: Smallest gross amount.
        most: Largest gross amount.
        sort: A column; `-` before it turns the order.
        limit: Rows of a page.
        cursor: Where the page before ended.
        offset: Rows to skip, for grids; not with a cursor.
    """

    words: str = ""
    states: tuple[str, ...] = ()
    supplier: str = ""
    customer: str = ""
    point: str = ""
    document_type: str = ""
    first_month: str = ""
    last_month: str = ""
    least: Decimal | None = None
    most: Decimal | None = None
    sort: str = "-received_at"
    limit: int = 50
    cursor: str = ""
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """Rows found, how many there are in all, and where the next page begins ("" at the end)."""

    rows: pa.Table
    total: int
    next_cursor: str


def run_search(cursor: duckdb.DuckDBPyConnection, table: str, wanted: Search) -> Page:
    """Raises BadSearch."""
    column, direction = _order(wanted.sort)
    key = f"coalesce({column}, {_SMALLEST[_kind(column)]})"
    conditions, values = _conditions(wanted)
    where = " AND ".join(conditions) or "true"
    total = cursor.execute(f'SELECT count(*) FROM "{table}" WHERE {where}', values).fetchall()  # noqa: S608
    paged, after = where, list(values)
    if wanted.cursor:
        at = _read_cursor(wanted.cursor, wanted.sort)
        paged += (
            f" AND ({key}, id, position) {'<' if direction == 'DESC' else '>'} (CAST(? AS {_sql_type(column)}), ?, ?)"
        )
        after += at
    columns = ", ".join(f'"{name}"' for name in ROW_SCHEMA.names)
    sql = (
        f'SELECT {columns}, CAST({key} AS VARCHAR) AS key_ FROM "{table}" WHERE {paged} '  # noqa: S608
        f"ORDER BY {key} {direction}, id {direction}, position {direction} LIMIT ? OFFSET ?"
    )
    limit = max(1, min(wanted.limit, MOST_ROWS))
    found: pa.Table = cursor.sql(sql, params=[*after, limit, max(0, wanted.offset)]).to_arrow_table()
    rows = found.drop_columns(["key_"])
    more = found.num_rows == limit
    last = [found.column(name)[-1].as_py() for name in ("key_", "id", "position")] if more else []
    return Page(rows, int(total[0][0]), _write_cursor(last, wanted.sort) if more else "")


def _order(sort: str) -> tuple[str, Literal["ASC", "DESC"]]:
    column = sort.removeprefix("-")
    if column not in SORTABLE:
        raise BadSearch(f"no column {column[:60]!r} to sort by", remedy=f"Columns: {', '.join(SORTABLE)}.")
    return column, "DESC" if sort.startswith("-") else "ASC"


def _kind(column: str) -> str:
    kind = ROW_SCHEMA.field(column).type
    if pa.types.is_string(kind):
        return "text"
    if pa.types.is_date(kind):
        return "date"
    return "time" if pa.types.is_timestamp(kind) else "number"


def _sql_type(column: str) -> str:
    return {"text": "VARCHAR", "date": "DATE", "time": "TIMESTAMPTZ", "number": "DOUBLE"}[_kind(column)]


def _conditions(wanted: Search) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    values: list[Any] = []
    for word in wanted.words.split()[:MOST_WORDS]:
        conditions.append(f"contains(searched, {folded('?')})")
        values.append(word[:200])
    if wanted.states:
        conditions.append(f"state IN ({', '.join('?' for _ in wanted.states)})")
        values += list(wanted.states)
    parts = {
        "concat_ws(' ', supplier, supplier_tax_id)": wanted.supplier,
        "concat_ws(' ', customer, customer_tax_id, customer_number)": wanted.customer,
        "point": wanted.point,
    }
    for expression, part in parts.items():
        if part:
            conditions.append(f"contains({folded(expression)}, {folded('?')})")
            values.append(part[:200])
    if wanted.document_type:
        conditions.append("document_type = ?")
        values.append(wanted.document_type)
    for operator, month in ((">=", wanted.first_month), ("<=", wanted.last_month)):
        if month:
            conditions.append(f"period_month {operator} ?")
            values.append(_month(month))
    for operator, amount in ((">=", wanted.least), ("<=", wanted.most)):
        if amount is not None:
            conditions.append(f"gross {operator} CAST(? AS DOUBLE)")
            values.append(float(amount))
    return conditions, values


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise BadSearch(f"{text[:20]!r} is no month", remedy="Months look like 2026-01.") from error


def _write_cursor(at: list[Any], sort: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([sort, *at], default=_plain).encode()).decode().rstrip("=")


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)


def _read_cursor(text: str, sort: str) -> list[Any]:
    remedy = "Take it from `next` of the page before, with the same sort."
    try:
        body = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        made_for, key, document, position = body
        if made_for != sort or not (isinstance(key, str) and isinstance(document, str) and type(position) is int):
            raise BadSearch("the cursor belongs to another search", remedy=remedy)
        _checked(key, sort)
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
        raise BadSearch("that is no cursor", remedy=remedy) from error
    if abs(position) >= 2**31:
        raise BadSearch("that is no cursor", remedy=remedy)
    return [key, document, position]


def _checked(key: str, sort: str) -> None:
    """Raises ValueError where a key is no value of its column: what was tampered with is no fault of DuckDB's."""
    match _kind(_order(sort)[0]):
        case "number":
            float(key)
        case "date":
            date.fromisoformat(key)
        case "time":
            datetime.fromisoformat(key)
        case _:
            pass

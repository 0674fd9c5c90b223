"""Rows as files for spreadsheets and programs. A cell that a spreadsheet would run as a formula becomes text."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

EXPORTS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST_EXPORTED = 100_000
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")


def neutralised(text: str) -> str:
    """Text that no spreadsheet takes for a formula (OWASP: CSV injection), without what XML cannot hold."""
    clean = "".join(c for c in text if c in "\t\n" or (c >= " " and c not in "\x7f\ufffe\uffff"))
    return f"'{clean}" if clean.lstrip(" ").startswith(_STARTS_FORMULA) else clean


def export(rows: Iterable[dict[str, Any]], columns: Sequence[str], format: str) -> bytes:  # noqa: A002
    """As `csv` (with the mark by which Excel knows UTF-8) or `xlsx`."""
    return _csv(rows, columns) if format == "csv" else _xlsx(rows, columns)


def to_json(rows: list[dict[str, Any]]) -> bytes:
    """Decimals as strings, so that no digit is lost; dates as ISO 8601."""
    return json.dumps(rows, default=_plain, ensure_ascii=False).encode()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _csv(rows: Iterable[dict[str, Any]], columns: Sequence[str]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row[name]) for name in columns])
    return ("\ufeff" + out.getvalue()).encode("utf-8", "replace")


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return neutralised(value)
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date | datetime) else value


def _xlsx(rows: Iterable[dict[str, Any]], columns: Sequence[str]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet("invoices")
    sheet.freeze_panes = "A2"
    head = [WriteOnlyCell(sheet, name) for name in columns]
    for cell in head:
        cell.font = Font(bold=True)
    sheet.append(head)
    for row in rows:
        sheet.append([_typed(row[name]) for name in columns])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _typed(value: Any) -> Any:
    """Numbers stay numbers, dates dates; Excel knows no time zones."""
    if isinstance(value, str):
        return neutralised(value)[:32_000]
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if value is None or isinstance(value, int | float | Decimal | date):
        return value
    return neutralised(str(value))

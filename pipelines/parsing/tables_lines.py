"""From a closed reading to invoice lines: names, units, rates, net, tax and gross, and where they stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Final

from pipelines.invoices import Evidence, Line
from pipelines.pages import Box
from pipelines.parsing.geometry import bounds
from pipelines.parsing.tables_arithmetic import CENT
from pipelines.parsing.tables_grid import Grid
from pipelines.parsing.tables_headers import Role
from pipelines.parsing.tables_model import TableContext, Total
from pipelines.parsing.tables_readings import Layout, Reading, rate_of
from pipelines.parsing.tables_rows import Record
from pipelines.parsing.tables_words import category_words
from pipelines.parsing.values import canonical_unit, find_dates, find_percents

_UNIT_TAIL: Final = re.compile(
    r"(?:\(|\[|(?<=[a-zà-ÿ])|(?<=[A-Z]{3})(?=kW))\s?(k[Ww][Hh]?|KWH|[kK][vV][aA][rR][hH]?|[mM]3|m³|UN|kVA)\s?(?:\)|\])?\s*$"
)
_LONGEST_TAIL: Final = 24
"""Letters, more than a unit behind a name can have with its brackets."""
_RULER: Final = re.compile(r"[\s|_.·…-]{3,}")


def lines_of(reading: Reading, context: TableContext, grid: Grid) -> tuple[tuple[Line, ...], tuple[Evidence, ...]]:
    """The reading's records as lines with their evidence, top to bottom."""
    pairs = sorted(reading.records, key=lambda pair: pair[1].anchor.row)
    lines = tuple(_line(layout, record, reading, context) for layout, record in pairs)
    return lines, tuple(_evidence(layout, record, reading, grid) for layout, record in pairs)


def _line(layout: Layout, record: Record, reading: Reading, context: TableContext) -> Line:
    proof = layout.products.get(record.anchor.row)
    text = " ".join(record.text)
    name, glued = split_unit(clean(text))
    amounts = _amounts(layout, record, reading, context)
    quantity = proof.quantity if proof else _number(layout, record, "quantity")
    dates = [d.values[0] for d in find_dates(text)]
    return Line(
        description=name or None,
        category=category_of(text),
        quantity=quantity,
        unit=unit_of(layout, record, glued) if quantity is not None or glued else None,
        unit_price=proof.price if proof else _number(layout, record, "price"),
        net=amounts.get("net"),
        tax_rate=_rate(layout, record),
        tax=amounts.get("tax"),
        gross=amounts.get("gross"),
        period_start=dates[0] if len(dates) == 2 and dates[0] <= dates[1] else None,
        period_end=dates[1] if len(dates) == 2 and dates[0] <= dates[1] else None,
        before_correction=record.state == "before",
    )


def _amounts(layout: Layout, record: Record, reading: Reading, context: TableContext) -> dict[str, Decimal]:
    kind = amount_kind(layout, reading.total, context)
    found = {kind: reading.value(layout, record)}
    if record.anchor.row in layout.taxed:
        for role in ("net", "tax", "gross"):
            index = layout.roles.get(role)
            if index is not None and index in record.numbers and role not in found:
                found[role] = record.numbers[index].value
    if "gross" in found and "net" not in found:
        found.update(_parts_of_gross(layout, record, found["gross"]))
    return found


def _parts_of_gross(layout: Layout, record: Record, gross: Decimal) -> dict[str, Decimal]:
    """Net and tax that a row prints before its gross, where two amounts add up to it or quantity x price is one."""
    before = [
        n.value
        for n in record.row.numbers
        if n.decimals == 2 and not n.percent and n.box.x1 <= record.anchor.box.x0 and 0 < abs(n.value) < abs(gross)
    ]
    for net, tax in pairwise(before):
        if net + tax == gross and abs(tax) < abs(net):
            return {"net": net, "tax": tax}
    proof = layout.products.get(record.anchor.row)
    if proof is not None:
        net = (proof.quantity * proof.price).quantize(CENT, ROUND_HALF_UP)
        if net in before and gross - net in before:
            return {"net": net, "tax": gross - net}
    return {}


def amount_kind(layout: Layout, total: Total | None, context: TableContext) -> str:
    """`net` or `gross`: what the amount column holds, by its header, else by the total it sums to."""
    if layout.kind in ("net", "gross"):
        return layout.kind
    if total is not None and total.kind in ("net", "gross"):
        same_net = any(t.kind == "net" and t.value == total.value for t in context.totals)
        if total.kind == "gross" and same_net and context.country != "BR":
            return "net"
        return total.kind
    return "gross" if context.country == "BR" or (total is not None and total.kind == "due") else "net"


def _number(layout: Layout, record: Record, role: Role) -> Decimal | None:
    index = layout.roles.get(role)
    number = record.numbers.get(index) if index is not None else None
    return number.value if number else None


def _rate(layout: Layout, record: Record) -> Decimal | None:
    rate = rate_of(record, layout.roles)
    if rate is not None:
        return rate
    span = layout.table.text_span("tax_rate")
    if span is None:
        return None
    text = " ".join(w.text for c in record.row.cells for w in c.words if span[0] <= w.box.x0 and w.box.x1 <= span[1])
    found = find_percents(text)
    return found[0].values[0] if found else None


def unit_of(layout: Layout, record: Record, glued: str | None) -> str | None:
    """The quantity's unit: after the number, in the unit column, or glued to the name."""
    index = layout.roles.get("quantity")
    number = record.numbers.get(index) if index is not None else None
    if number and number.unit:
        return number.unit
    cell = next((c for c in layout.table.cells if c.roles[:1] == ("unit",)), None)
    if cell is None:
        return glued
    for row in record.rows or [record.row]:
        for word in (w for part in row.cells for w in part.words):
            shared = min(word.box.x1, cell.box.x1 + 8) - max(word.box.x0, cell.box.x0 - 8)
            if shared > 0.5 * word.box.width and (unit := canonical_unit(word.text)):
                return unit
    return glued


def split_unit(name: str) -> tuple[str, str | None]:
    """Part a unit glued to, or in parentheses after, a name: `Energia ElétricakWh`, `Consumo (kWh)`."""
    match = _UNIT_TAIL.search(name, max(0, len(name.rstrip()) - _LONGEST_TAIL))
    if match and (unit := canonical_unit(match.group(1))):
        return name[: match.start()].strip(), unit
    return name, None


def clean(text: str) -> str:
    """A description without rulers and loose marks."""
    return _RULER.sub(" ", text).strip(" |:;,-–").strip()


def category_of(text: str) -> str | None:
    """The line's category by its words; the longest phrase decides."""
    meanings, _ = category_words().read(text)
    if not meanings:
        return None
    order = ("discount", "tax", "distribution", "fee", "energy")
    best = max(meanings, key=lambda m: (m.end - m.start, -m.start))
    return next((kind for kind in order if kind in best.kinds), None)


def record_box(record: Record) -> Box:
    """The box around the record's amount and numbers on its own row."""
    return bounds([record.anchor.box, *(n.box for n in record.numbers.values() if n.row == record.anchor.row)])


def _evidence(layout: Layout, record: Record, reading: Reading, grid: Grid) -> Evidence:
    box = grid.as_printed(record.row.page, record_box(record))
    rule = "table" if layout.table.header else "rows"
    confidence = 1.0 if reading.total and layout.proven(record) else 0.9 if reading.total else 0.6
    return Evidence(page=record.row.page, box=tuple(box), text=record.row.row.text, rule=rule, confidence=confidence)


def reading_box(records: Sequence[Record]) -> Box:
    """The box around records of one page."""
    return bounds(record_box(r) for r in records)

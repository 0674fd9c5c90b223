"""Line items and energy tables of a document.

The caller hands in what it already knows; the tables give lines, tax rows, readings and sums with the
boxes they were read from, and say whether the arithmetic closed. Lines that close with no printed total
come back empty rather than wrong, unless every row proves itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from pipelines.invoices import Check, Evidence
from pipelines.pages import DocumentText
from pipelines.parsing.energy import read_energy
from pipelines.parsing.energy_equations import equated_registers
from pipelines.parsing.energy_meters import find_meter_headers
from pipelines.parsing.energy_readings import Register, read_registers
from pipelines.parsing.geometry import Layout
from pipelines.parsing.tables_bare import bare_candidates, detail_candidates
from pipelines.parsing.tables_closing import Candidate, close, self_proven
from pipelines.parsing.tables_columns import Table, build_table
from pipelines.parsing.tables_grid import Grid, GridRow, build_grid
from pipelines.parsing.tables_headers import Header, find_headers
from pipelines.parsing.tables_lines import lines_of, reading_box
from pipelines.parsing.tables_model import (
    EnergyAmount,
    EnergyKind,
    TableContext,
    TableResult,
    Total,
    TotalKind,
)
from pipelines.parsing.tables_readings import Layout as TableLayout
from pipelines.parsing.tables_readings import Reading, layouts_of
from pipelines.parsing.tables_rows import Record
from pipelines.parsing.tables_taxes import column_totals, is_tax_table, tax_rows, tax_totals
from pipelines.parsing.tables_totals import Printed, printed_totals

__all__ = ["EnergyAmount", "EnergyKind", "TableContext", "TableResult", "Total", "TotalKind", "read_tables"]


def read_tables(document: DocumentText, context: TableContext, layouts: Sequence[Layout] = ()) -> TableResult:
    """Read line items, tax rows, meter readings and energy of a document.

    Args:
        document: What reading gave; only pages are looked at.
        context: What is known already. Totals among it decide between readings.
        layouts: The pages' layouts, where the caller has made them: a quarter of the work.
    """
    grid = build_grid(document, context.decimal, layouts, context.order)
    printed = printed_totals(grid)
    meters = find_meter_headers(grid)
    tables = _tables(grid, printed, [header.first for header in meters])
    printed = replace(printed, totals=(*printed.totals, *tax_totals(tables, grid), *column_totals(tables)))
    line_tables = [t for t in tables if not is_tax_table(t)]
    candidates = [_candidate(grid, table, printed) for table in line_tables]
    candidates = [c for c in candidates if c.layouts]
    reading = close(candidates, printed, context, ocr=grid.ocr)
    if reading is None or _is_summary(reading):
        bare = close(bare_candidates(grid, printed, strict=bool(candidates)), printed, context)
        reading = bare if reading is None or (bare is not None and _details(bare, reading)) else reading
    if reading is not None and _is_summary(reading):
        rows = [record.row for _, record in reading.records]
        finer = close(detail_candidates(grid, printed, rows), printed, context)
        reading = finer if finer is not None and _makes_up(finer, reading) else reading
    seen = bool(candidates)
    if reading is None:
        loose = close(detail_candidates(grid, printed, ()), printed, context)
        reading = loose if loose is not None and len(loose.records) > 2 else None
    if reading is None:
        reading = self_proven(candidates)
    registers = read_registers(grid, meters) or equated_registers(grid)
    energy = read_energy(grid, registers, reading, [c.layouts[0] for c in candidates])
    result = _result(grid, reading, printed, tables, context, seen=seen)
    return replace(
        result,
        readings=tuple(r.reading for r in registers),
        reading_evidence=tuple(r.evidence for r in registers),
        energy=energy,
        evidence={**result.evidence, **_energy_evidence(registers, energy)},
    )


def _is_summary(reading: Reading) -> bool:
    """Whether the lines are bare sums, none of which shows how it is made: a bill may detail them elsewhere."""
    return not any(layout.proven(record) for layout, record in reading.records)


def _details(reading: Reading, summary: Reading) -> bool:
    """Whether a reading comes to the same total by more rows, most of which prove themselves."""
    if reading.total is None or summary.total is None or reading.total.value != summary.total.value:
        return False
    proven = sum(layout.proven(record) for layout, record in reading.records)
    return len(reading.records) > len(summary.records) and 2 * proven >= len(reading.records)


def _makes_up(reading: Reading, summary: Reading) -> bool:
    """Whether runs of a reading's lines sum, one after the other, to each line of a summary."""
    parts = [layout.value(record) for layout, record in reading.records]
    if len(parts) <= len(summary.records):
        return False
    for layout, record in summary.records:
        left = summary.value(layout, record)
        while parts and left != 0:
            left -= parts.pop(0)
        if left != 0:
            return False
    return not parts


def _energy_evidence(registers: Sequence[Register], energy: Sequence[EnergyAmount]) -> dict[str, Evidence]:
    fields = {"consumption": "consumption_kwh", "export": "exported_kwh", "compensated": "compensated_kwh"}
    found: dict[str, Evidence] = {}
    for amount in energy:
        if amount.kind in fields:
            found.setdefault(fields[amount.kind], amount.evidence)
    for register in registers:
        if register.reading.meter_number:
            found.setdefault("metering_point.meter_number", register.evidence)
    return found


def _tables(grid: Grid, printed: Printed, stops: Sequence[int]) -> list[Table]:
    headers = find_headers(grid)
    tables: list[Table] = []
    i = 0
    while i < len(headers):
        header = headers[i]
        rows = list(_body(grid, header, headers[i + 1 :], stops))
        while i + 1 < len(headers) and _continues(grid, header, headers[i + 1]):
            if any(row.index in printed.sums for row in rows):
                break  # the table was summed: what follows is another one of the same shape
            i += 1
            again = headers[i]
            rows = [row for row in rows if row.page != grid.rows[again.first].page]
            rows.extend(_body(grid, again, headers[i + 1 :], stops))
        if rows:
            tables.append(build_table(grid, header, rows, _feet(rows, printed), printed.parts))
        i += 1
    return tables


def _body(grid: Grid, header: Header, later: Sequence[Header], stops: Sequence[int]) -> Sequence[GridRow]:
    """Rows beneath a header up to the next one, of line items or of meter readings."""
    ends = [h.first for h in later[:1]] + [stop for stop in stops if stop > header.last][:1]
    return grid.rows[header.last + 1 : min(ends, default=len(grid.rows))]


def _continues(grid: Grid, header: Header, other: Header) -> bool:
    """Whether a header is the same one, printed again on a later page at the same places."""
    if grid.rows[header.first].page == grid.rows[other.first].page or header.signature != other.signature:
        return False
    return all(abs(a.box.x0 - b.box.x0) < 12 for a, b in zip(header.cells, other.cells, strict=True))


def _feet(rows: Sequence[GridRow], printed: Printed) -> int:
    """The grid index of the first row that sums the table; past its end if none does."""
    return next((row.index for row in rows if row.index in printed.sums), rows[-1].index + 1)


def _candidate(grid: Grid, table: Table, printed: Printed) -> Candidate:
    feet = _feet(table.rows, printed)
    return Candidate(tuple(layouts_of(table, feet, mend=grid.ocr)), feet)


def _result(
    grid: Grid, reading: Reading | None, printed: Printed, tables: Sequence[Table], context: TableContext, *, seen: bool
) -> TableResult:
    taxes, tax_evidence = tax_rows(tables, grid)
    sums = tuple(_as_printed(total, grid) for total in printed.totals)
    if reading is None:
        return TableResult(tax_breakdown=taxes, tax_evidence=tax_evidence, sums=sums, lines_seen=seen)
    lines, evidence = lines_of(reading, context, grid)
    checks = _checks(reading)
    field = {"lines": _lines_evidence(reading, grid)}
    return TableResult(
        lines=lines,
        line_evidence=evidence,
        tax_breakdown=taxes,
        tax_evidence=tax_evidence,
        sums=sums,
        closed=reading.total is not None and all(check.passed for check in checks),
        closes_with=_as_printed(reading.total, grid) if reading.total else None,
        lines_seen=True,
        checks=checks,
        evidence=field,
    )


def _as_printed(total: Total, grid: Grid) -> Total:
    if total.box is None or total.page is None:
        return total
    return replace(total, box=grid.as_printed(total.page, total.box))


def _lines_evidence(reading: Reading, grid: Grid) -> Evidence:
    first = reading.records[0][1]
    mine = [r for _, r in reading.records if r.row.page == first.row.page]
    text = f"{len(reading.records)} rows"
    box = grid.as_printed(first.row.page, reading_box(mine))
    return Evidence(
        page=first.row.page, box=tuple(box), text=text, rule="table", confidence=1.0 if reading.total else 0.5
    )


def _at_odds(layout: TableLayout, record: Record) -> bool:
    """Whether a line prints net, tax and gross that do not add up."""
    whole = {"net", "tax", "gross"} <= {*layout.roles, layout.kind}
    if not whole or record.anchor.row in layout.taxed:
        return False
    return all(layout.roles[role] in record.numbers for role in ("net", "tax", "gross") if role in layout.roles)


def _checks(reading: Reading) -> tuple[Check, ...]:
    checks = []
    if reading.total is not None:
        spent = sum((value for value, _ in reading.adjusted), Decimal(0))
        name = "lines_and_adjustments_to_total" if reading.adjusted else "lines_to_total"
        fields = (
            "lines",
            {"net": "net_total", "gross": "gross_total", "due": "amount_due"}.get(reading.total.kind, "lines"),
        )
        found = reading.total.value - spent
        checks.append(
            Check(name=name, passed=True, expected=str(reading.total.value), found=str(found + spent), fields=fields)
        )
    parts: dict[int, tuple[TableLayout, int, int]] = {}
    for layout, record in reading.records:
        if "quantity" not in layout.roles or "price" not in layout.roles:
            continue
        both = layout.roles["quantity"] in record.numbers and layout.roles["price"] in record.numbers
        _, hits, held = parts.get(id(layout), (layout, 0, 0))
        parts[id(layout)] = (layout, hits + (record.anchor.row in layout.products), held + both)
    held = sum(h for _, _, h in parts.values())
    hits = sum(h for _, h, _ in parts.values())
    at_odds = [record.row.row.text for layout, record in reading.records if _at_odds(layout, record)]
    if at_odds:
        checks.append(
            Check(
                name="net_tax_gross_of_lines",
                passed=False,
                expected="net + tax = gross",
                found=at_odds[0],
                fields=("lines",),
            )
        )
    if held:
        checks.append(
            Check(
                name="quantity_times_price",
                passed=True,
                expected=f"{held} rows",
                found=f"{hits} rows",
                fields=("lines",),
            )
        )
    return tuple(checks)

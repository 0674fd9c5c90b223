"""What a bill states of its kWh: figures that a label names, zones in a row or a column, and their printed sums."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from pipelines.invoices import Evidence
from pipelines.parsing.folding import count_letters
from pipelines.parsing.geometry import Cell
from pipelines.parsing.tables_grid import Grid, GridRow
from pipelines.parsing.tables_model import EnergyKind
from pipelines.parsing.tables_rows import label_kinds
from pipelines.parsing.tables_words import stated_words
from pipelines.parsing.values import QuantityFound, find_quantities

FACTORS: Final = {"kWh": Decimal(1), "MWh": Decimal(1000), "Wh": Decimal("0.001"), "GWh": Decimal(1_000_000)}
CLOSE: Final = Decimal("0.51")
"""kWh by which a rounded witness may differ from an exact one."""


@dataclass(frozen=True, eq=False)
class Witness:
    """What one source says of one kind of energy."""

    source: str
    kind: EnergyKind
    kwh: Decimal
    evidence: Evidence
    proven: bool = False


def stated_energy(grid: Grid, told: Collection[int]) -> list[Witness]:
    """Every figure of the document's pages but those in rows that meters or lines have told already.

    Args:
        grid: The document.
        told: Grid indices of the rows of meters and lines.
    """
    if not any(map(_may_state, grid.rows)):
        return []
    zones = {**dict(_summed_rows(grid, told)), **dict(_summed_columns(grid, told)), **dict(_zones(grid, told))}
    return [*zones.values(), *_stated(grid, {*told, *zones})]


def _may_state(row: GridRow) -> bool:
    """Whether a unit of energy may stand in a row: most rows hold none, and are asked nothing more."""
    said = row.row.text.lower()
    return "wh" in said or "kv" in said or "wn" in said  # OCR's kvvh and kwn are among the spellings


def _stated(grid: Grid, told: Collection[int]) -> Iterator[Witness]:
    """Figures that a label names: `Zużycie energii: 20 kWh`, `Total consumption 345 kWh`."""
    for row in grid.rows:
        for cell in row.cells if row.index not in told and _may_state(row) else ():
            for found in find_quantities(cell.text):
                if found.unit not in FACTORS:
                    continue
                before = _SENTENCE_END.split(cell.text[: found.start])[-1]
                label = f"{before} {_said_behind(cell.text[found.end :])}"
                if not _letters(before):
                    label = f"{_left_text(row, cell)} {label}"
                kind = _stated_kind(label)
                if kind:
                    yield _witness(grid, row, cell, kind, _read(grid, found) * FACTORS[found.unit])


def _read(grid: Grid, found: QuantityFound) -> Decimal:
    """The reading that fits the document's decimal mark: `902,000 kWh` where commas part decimals are 902."""
    marks = [c for c in found.text if c in ".,"]
    if len(found.values) < 2 or len(marks) != 1 or grid.mark is None:
        return found.values[0]
    return min(found.values) if marks[0] == grid.mark else max(found.values)


def _summed_zones(grid: Grid, row: GridRow) -> Decimal | None:
    """A row of zones and their printed sum beneath a head of kWh: `612 919 1.488  3.019` under `F1 F2 F3 Totale`."""
    numbers = [n for n in row.numbers if not (n.percent or n.currency) and n.decimals != 2]
    if len(numbers) < 3 or len(row.numbers) > 8:
        return None
    heads = " ".join(r.row.text for r in grid.rows[max(0, row.index - 3) : row.index + 1] if r.page == row.page)
    if (
        not re.search(r"(?<![a-z])kwh(?![a-z/])", heads, re.IGNORECASE)
        or _stated_kind(_DIGITS.sub(" ", heads)) != "consumption"
    ):
        return None
    *zones, total = (n.value for n in numbers)
    while len(zones) > 4 or (len(zones) > 2 and sum(zones, Decimal(0)) != total):
        zones = zones[1:]  # a month or year before the zones
    return total if len(zones) >= 2 and min(zones) > 0 and sum(zones, Decimal(0)) == total else None


_DIGITS: Final = re.compile(r"\d[\d.,]*")


def _said_behind(rest: str) -> str:
    """What is said of a figure behind it: up to the next figure, unless that is another figure's key."""
    tail = _SENTENCE_END.split(re.split(r"\d", rest, maxsplit=1)[0])[0]
    return "" if ":" in tail else tail


def _summed_columns(grid: Grid, told: Collection[int]) -> Iterator[tuple[int, Witness]]:
    """Columns of kWh with their printed sum, as collective invoices have them by metering point."""
    for head in filter(_may_state, grid.rows):
        for cell in head.cells:
            if not _KWH_HEAD.search(cell.text) or cell.text[:1].isdigit() or _stated_kind(cell.text) != "consumption":
                continue
            parts: list[Decimal] = []
            for row in grid.rows[head.index + 1 : head.index + 80]:
                here = [n for n in row.numbers if n.box.x0 < cell.box.x1 + 4 and cell.box.x0 - 4 < n.box.x1]
                if row.page != head.page or len(here) > 1 or row.index in told:
                    break
                if not here:
                    continue
                value = here[0].value
                if len(parts) >= 2 and label_kinds(row.label) & {"total_gross", "subtotal"}:
                    if sum(parts, Decimal(0)) == value:
                        found = _witness(grid, row, row.cells[0], "consumption", value)
                        yield row.index, replace(found, source="zones", proven=True)
                    break
                parts.append(value)


def _summed_rows(grid: Grid, told: Collection[int]) -> Iterator[tuple[int, Witness]]:
    """Zones over one another with their printed sum: `F1 118 kWh`, `F2 104 kWh`, `F3 139 kWh`, `Totale 361 kWh`."""
    columns: list[list[_Figure]] = []
    for row in grid.rows:
        figure = _figure(row) if row.index not in told and _may_state(row) else None
        if figure is None:
            continue
        home = next((c for c in columns if c[-1].row.page == row.page and abs(c[-1].x1 - figure.x1) <= 4), None)
        if home is None:
            columns.append([figure])
        elif row.index - home[-1].row.index > 2:
            columns.remove(home)
            columns.append([figure])
        else:
            home.append(figure)
            parts = _summing(home)
            kind = _kind_of_sum(grid, parts, figure) if parts else None
            if kind is not None:
                found = _witness(grid, row, figure.cell, kind, figure.kwh)
                yield row.index, replace(found, source="zones", proven=True)


@dataclass(frozen=True, eq=False)
class _Figure:
    row: GridRow
    cell: Cell
    kwh: Decimal
    x1: float


def _figure(row: GridRow) -> _Figure | None:
    """The one figure of energy in a row: with its unit, or alone beside a label that bears the unit."""
    found = [(cell, q) for cell in row.cells for q in find_quantities(cell.text) if q.unit in FACTORS]
    if len(found) == 1:
        cell, quantity = found[0]
        return _Figure(row, cell, quantity.values[0] * FACTORS[quantity.unit], cell.span_box(0, quantity.end).x1)
    plain = [n for n in row.numbers if n.alone and not (n.percent or n.currency)]
    if len(plain) == 1 and len(row.cells) == 2 and not found and _KWH_HEAD.search(row.cells[0].text):
        return _Figure(row, row.cells[1], plain[0].value, plain[0].box.x1)
    return None


def _summing(column: list[_Figure]) -> list[_Figure]:
    """The figures right above the last that come to it; at least two."""
    total, parts = Decimal(0), list[_Figure]()
    for figure in reversed(column[:-1]):
        total += figure.kwh
        parts.insert(0, figure)
        if figure.kwh <= 0 or total > column[-1].kwh:
            return []
        if total == column[-1].kwh:
            return parts if len(parts) >= 2 else []
    return []


def _kind_of_sum(grid: Grid, parts: list[_Figure], total: _Figure) -> EnergyKind | None:
    """What the label of the sum, or the heading over the zones, says that they are."""
    first = parts[0]
    heads = [
        cell.text
        for row in grid.rows[max(0, first.row.index - 2) : first.row.index]
        for cell in row.cells
        if row.page == first.row.page and cell.box.x1 > first.cell.box.x0 - 120 and cell.box.x0 < first.x1
    ]
    own = _left_text(total.row, total.cell) or total.cell.text
    return _stated_kind(own) or next((kind for head in reversed(heads) if (kind := _stated_kind(head))), None)


_KWH_HEAD: Final = re.compile(r"(?<![a-z])kwh(?![a-z/])", re.IGNORECASE)


def _zones(grid: Grid, told: Collection[int]) -> Iterator[tuple[int, Witness]]:
    """Rows of energy by zone (`Consumo en el periodo  73 kWh  62 kWh  60 kWh`): the zones make the whole."""
    for row in grid.rows:
        if row.index in told:
            continue
        if summed := _summed_zones(grid, row):
            yield row.index, replace(_witness(grid, row, row.cells[0], "consumption", summed), source="zones")
            continue
        if len(row.cells) < 3 or not _may_state(row):
            continue
        label, *rest = row.cells
        parts = [[q for q in find_quantities(cell.text) if q.unit in FACTORS] for cell in rest]
        kind = _stated_kind(label.text) if not find_quantities(label.text) else None
        if kind and len(rest) >= 2 and all(len(part) == 1 for part in parts):
            total = sum((q.values[0] * FACTORS[q.unit] for part in parts for q in part), Decimal(0))
            yield row.index, replace(_witness(grid, row, label, kind, total), source="zones")


_SENTENCE_END: Final = re.compile(r"[.;!?]\s+(?=[^\W\d_])|\s\|\s")


def _letters(text: str) -> int:
    return count_letters(text)


def _left_text(row: GridRow, cell: Cell) -> str:
    return " ".join(c.text for c in row.cells if c.box.x1 <= cell.box.x0)


def _stated_kind(label: str) -> EnergyKind | None:
    meanings, words = stated_words().read(label)
    kinds: set[str] = set()
    for meaning in meanings:
        kinds |= meaning.kinds
    if words > 18 or "not_this" in kinds:
        return None
    if "export" in kinds:
        return "export"
    return "consumption" if "consumption" in kinds else None


def _witness(grid: Grid, row: GridRow, cell: Cell, kind: EnergyKind, kwh: Decimal) -> Witness:
    box = grid.as_printed(row.page, cell.box)
    evidence = Evidence(page=row.page, box=tuple(box), text=cell.text, rule="stated", confidence=0.7)
    return Witness("stated", kind, kwh, evidence)

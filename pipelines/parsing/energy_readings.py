"""Meter readings from reading tables: columns by header, registers by words, kWh by arithmetic.

(current - previous) x multiplier, plus losses where printed, is the register's kWh. The equation also
decides which column is which where several orders are possible; a row for which it does not hold with
the printed kWh gives no reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product
from typing import Final

from pipelines.invoices import Evidence, MeterReading
from pipelines.pages import Word
from pipelines.parsing.dates import day_in_order
from pipelines.parsing.energy_meters import kinds_of
from pipelines.parsing.folding import count_letters, has_digit
from pipelines.parsing.geometry import bounds
from pipelines.parsing.tables_columns import Column, cluster, match_columns, split_cells
from pipelines.parsing.tables_grid import Grid, GridRow, Number
from pipelines.parsing.tables_headers import Header, HeaderCell, make_cell
from pipelines.parsing.tables_words import register_words
from pipelines.parsing.values import find_dates, find_quantities

NUMERIC: Final = ("previous", "current", "multiplier", "consumption", "losses")
_METER: Final = re.compile(r"(?<![\w.,/-])([A-Z]{0,4}\d[\dA-Z]{4,17}(?:-\d)?)(?![\w,/-])")
_NOT_ENERGY: Final = re.compile(r"(?<![a-z])(?:kvarh?|kvah|kw|kva|mvarh?)(?![a-z])", re.IGNORECASE)
_ENERGY: Final = re.compile(r"(?<![a-z])[km]?wh(?![a-z])", re.IGNORECASE)
MOST_ROWS: Final = 60


@dataclass(frozen=True, eq=False)
class Register:
    """One register's reading with what is known of its proof."""

    reading: MeterReading
    evidence: Evidence
    energy: bool
    """Active energy in kWh: not reactive energy, not demand."""
    export: bool
    total: bool
    """A register that sums others."""
    proven: bool
    """The printed kWh is (current - previous) x multiplier."""
    row: int
    """Its grid row."""


def read_registers(grid: Grid, headers: Sequence[Header]) -> tuple[Register, ...]:
    """All registers of the document's reading tables, whose headers `find_meter_headers` gives."""
    found: list[Register] = []
    for i, header in enumerate(headers):
        end = headers[i + 1].first if i + 1 < len(headers) else len(grid.rows)
        rows = grid.rows[header.last + 1 : min(end, header.last + 1 + MOST_ROWS)]
        found.extend(_registers(grid, header, rows))
    return tuple(found)


def _registers(grid: Grid, header: Header, rows: Sequence[GridRow]) -> Iterator[Register]:
    above = "\n".join(row.row.text for row in grid.rows[max(0, header.first - 2) : header.first])
    found = list(_read(grid, _columns(header, rows), rows, above))
    found = found or list(_read(grid, _columns(header, rows, by_word=True), rows, above))
    if _incomplete(found, rows):
        found = [replace(register, proven=False) for register in found]
    yield from found


def _incomplete(found: Sequence[Register], rows: Sequence[GridRow]) -> bool:
    """Whether a row of kWh among the registers could not be read: their sum is then not the meter's."""
    if not found:
        return False
    held = {register.row for register in found if register.reading.kwh is not None}
    first, last = min(held, default=0), max((register.row for register in found), default=0) + 2
    return any(
        first <= row.index <= last and row.index not in held and len(row.numbers) >= 2 and _ENERGY.search(row.row.text)
        for row in rows
    )


def _read(grid: Grid, columns: Sequence[Column], rows: Sequence[GridRow], above: str) -> Iterator[Register]:
    kinds = {i: kinds_of(c.label, mend=grid.ocr) for i, c in enumerate(columns)}
    misses = 0
    for row in rows:
        numbers = {i: n for i, c in enumerate(columns) for n in c.numbers if n.row == row.index}
        solved = _solve(numbers, kinds)
        if solved is None:
            misses += bool(row.numbers)
            if not row.numbers or not any(n.alone for n in row.numbers):
                above = f"{above}\n{row.row.text}" if misses == 0 or above else row.row.text
            if misses > 3:
                return
            continue
        misses = 0
        yield register_of(grid, row, solved, above)


def _columns(header: Header, rows: Sequence[GridRow], *, by_word: bool = False) -> list[Column]:
    """Number columns under the header; text columns (meter, zone) attract none.

    Args:
        header: The stacked header.
        rows: What stands beneath.
        by_word: Give each header word to the column it stands nearest to, for labels without gaps between.
    """
    near = rows[:12]
    groups = cluster(n for row in near for n in row.numbers if n.alone)
    made = [Column(min(n.box.x0 for n in g), max(n.box.x1 for n in g), (), tuple(g)) for g in groups]
    cells = []
    for cell in _cells_by_word(header, made) if by_word else split_cells(header.cells, made, mend=False):
        kinds = kinds_of(cell.text)
        textual = not kinds & set(NUMERIC)
        cells.append(HeaderCell(cell.text, cell.box, cell.words, ("description",) if textual else ()))
    named = match_columns(made, cells)
    later = [n for row in rows[12:] for n in row.numbers if n.alone]
    return [
        Column(c.x0, c.x1, c.roles, (*c.numbers, *(n for n in later if c.overlap(n.box.x0, n.box.x1) > 0)), c.label)
        for c in named
    ]


def _cells_by_word(header: Header, columns: Sequence[Column]) -> list[HeaderCell]:
    held: dict[int, list[Word]] = {}
    for word in {w for cell in header.cells for w in cell.words}:
        gaps = [max(c.x0 - word.box.x1, word.box.x0 - c.x1, 0.0) for c in columns]
        if gaps and min(gaps) < 40:
            held.setdefault(gaps.index(min(gaps)), []).append(word)
    return [
        make_cell(sorted(words, key=lambda w: (w.box.y0, w.box.x0)), mend=False) for _, words in sorted(held.items())
    ]


@dataclass(frozen=True, eq=False)
class Solved:
    """A row whose readings give its energy."""

    previous: Decimal
    current: Decimal
    multiplier: Decimal | None
    losses: Decimal | None
    kwh: Decimal
    stated: bool
    """kWh is printed, and not only computed here."""
    numbers: tuple[Number, ...]


def _solve(numbers: dict[int, Number], kinds: dict[int, frozenset[str]]) -> Solved | None:
    """The reading that its equation proves; without a printed kWh, the one that the header names."""
    by = {kind: [i for i in numbers if kind in kinds[i]] for kind in NUMERIC}
    best: Solved | None = None
    stated: list[int | None] = [*by["consumption"]]
    if any("consumption" in held and i not in numbers for i, held in kinds.items()):
        # the column's numbers stand beside its header: one that no header names, where the equation says so
        stated.extend(i for i in numbers if not kinds[i])
    stated = stated or [None]
    for p, c in product(by["previous"], by["current"]):
        if p == c:
            continue
        for m in [*by["multiplier"], None]:
            for k in stated:
                if len({p, c, m, k} - {None}) != 2 + (m is not None) + (k is not None):
                    continue
                solved = _equation(numbers, p, c, m, k, [i for i in by["losses"] if i not in (p, c, m, k)])
                if solved and (best is None or (solved.stated, len(solved.numbers)) > (best.stated, len(best.numbers))):
                    best = solved
    return best


def _equation(
    numbers: dict[int, Number], p: int, c: int, m: int | None, k: int | None, losses: Sequence[int]
) -> Solved | None:
    used = [numbers[i] for i in (p, c, m, k) if i is not None]
    extra = numbers[losses[0]].value if losses else Decimal(0)
    for before, after in product(numbers[p].values, numbers[c].values):
        for times in numbers[m].values if m is not None else (Decimal(1),):
            reached = (after - before) * times
            if k is None:
                if after >= before and times > 0 and numbers[p].decimals == numbers[c].decimals and m is not None:
                    return Solved(before, after, times, extra or None, reached + extra, False, tuple(used))
                continue
            for kwh in numbers[k].values:
                slack = Decimal("0.6") if kwh == kwh.to_integral_value() else Decimal("0.006")
                if reached > 0 or kwh == 0:
                    for plus in {extra, Decimal(0)}:
                        if abs(reached + plus - kwh) <= slack:
                            times_printed = times if m is not None else None
                            return Solved(before, after, times_printed, plus or None, kwh, True, tuple(used))
    return None


def register_of(grid: Grid, row: GridRow, solved: Solved, above: str) -> Register:
    """The register that a solved row shows; `above` is the text over it, which may name meter and kind."""
    # what stands far right of the readings belongs to something else
    last = max(n.box.x1 for n in solved.numbers) + 5 * row.height
    own = " ".join(w.text for c in row.cells for w in c.words if w.box.x1 <= last)
    kinds = _kinds(own) or _kinds_above(above)
    unit = _NOT_ENERGY.search(own)
    kwh_printed = _ENERGY.search(own)
    other_unit = unit is not None and kwh_printed is None
    if _prints_other_kwh(row.row.text, solved.kwh):
        other_unit = True  # the difference of the readings, and what they come to as `5509 kWh` beside it
    energy = not other_unit and "reactive" not in kinds and ("demand" not in kinds or kwh_printed is not None)
    export = bool(kinds & {"export", "compensated"})
    days = [day_in_order(d.values, d.orders, grid.order) for d in find_dates(own)]
    dates = [] if None in days else [day for day in days if day is not None]
    box = grid.as_printed(row.page, bounds(n.box for n in solved.numbers))
    reading = MeterReading(
        meter_number=_meter_number(row, solved, above),
        zone=_zone(row, solved),
        previous=solved.previous,
        current=solved.current,
        date_from=dates[0] if len(dates) == 2 else None,
        date_to=dates[-1] if dates else None,
        multiplier=solved.multiplier,
        kwh=solved.kwh if energy else None,
        kind="export" if export else None,
    )
    evidence = Evidence(
        page=row.page, box=tuple(box), text=row.row.text, rule="meter table", confidence=1.0 if solved.stated else 0.7
    )
    return Register(reading, evidence, energy, export, "total" in kinds, solved.stated, row.index)


def _prints_other_kwh(text: str, kwh: Decimal) -> bool:
    values = [value for found in find_quantities(text) if found.unit == "kWh" for value in found.values]
    return bool(values) and not any(abs(value - kwh) < 1 for value in values)


def _kinds_above(above: str) -> frozenset[str]:
    """What the rows above say of the registers; a row with figures (`Moc umowna: 90 kW`) says no demand of others."""
    titles = " ".join(line for line in above.split("\n") if not has_digit(line))
    return (_kinds(above) - {"demand"}) | (_kinds(titles) & {"demand"})


def _kinds(text: str) -> frozenset[str]:
    meanings, _ = register_words().read(text)
    return frozenset().union(*(m.kinds for m in meanings)) if meanings else frozenset()


def _meter_number(row: GridRow, solved: Solved, above: str) -> str | None:
    """A code of the row that is none of its readings; else the last one in the rows above."""
    values = {n.text.strip() for n in solved.numbers}
    first = min(n.box.x0 for n in solved.numbers)
    for cell in row.cells:
        for word in cell.words:
            match = _METER.fullmatch(word.text.strip("|:;()"))
            if match and word.text not in values and word.box.x1 < first:
                return match.group(1)
    found = [m.group(1) for m in _METER.finditer(above)]
    return found[-1] if found else None


def _zone(row: GridRow, solved: Solved) -> str | None:
    """The words before the readings that are no code: `Consumo Fora Ponta`, `całodobowa`, `Strefa dzienna`."""
    first = min(n.box.x0 for n in solved.numbers)
    words = [
        w.text for c in row.cells for w in c.words if w.box.x1 < first and not has_digit(w.text)
    ]  # fmt: skip
    zone = " ".join(words).strip(" -:|")
    return zone if count_letters(zone) >= 2 else None

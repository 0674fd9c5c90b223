"""Meter readings without an understood table: rows, or sentences, whose numbers prove themselves.

Where `(current - previous) x multiplier = kWh` holds for numbers in the order in which bills print them, and words
nearby speak of readings, no header is needed. The printed kWh is asked for: what is only computed proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from pipelines.parsing.dates import find_dates
from pipelines.parsing.energy_meters import READING_WORDS, kinds_of
from pipelines.parsing.energy_readings import Register, Solved, register_of
from pipelines.parsing.folding import fold
from pipelines.parsing.tables_grid import Grid, GridRow, Number
from pipelines.parsing.tables_words import meter_words

_ABOVE: Final = 6
"""Rows above in which a table's head is looked for."""
_MOST_NUMBERS: Final = 12
_LEAST: Final = Decimal(10)
"""A difference below it closes by chance too often."""
_KWH: Final = re.compile(r"(?<![a-z])kwh(?![a-z/])", re.IGNORECASE)
_GROUPED_KEY: Final = re.compile(r"(?:\d{4}[ .-]+){5}\d{4}")
"""An access key or an account in groups of four: differences among so many numbers close by chance."""
_READING: Final = re.compile(
    r"lettura|leitura|lectura|releve|index|odczyt|wskazan|zahlerstand|reading|meterstand|odecet"
)
_CUBIC: Final = re.compile(r"(?<![a-z])(?:m3|m³|nm3|dm3)(?![a-z\d])", re.IGNORECASE)


def equated_registers(grid: Grid) -> tuple[Register, ...]:
    """Every register whose row's equation closes; none where the words nearby do not speak of readings."""
    found: list[Register] = []
    hints: dict[int, tuple[frozenset[str], int]] = {}
    for row in grid.rows:
        if len(row.numbers) < 3:
            continue
        numbers = _numbers(row)
        if not 3 <= len(numbers) <= _MOST_NUMBERS or not _may_speak([*_above(grid, row), row], hints):
            continue
        if _GROUPED_KEY.search(row.row.text):
            continue
        context = _context(grid, row)
        if not _speaks_of_readings(f"{context} {row.row.text}"):
            continue
        gas = _CUBIC.search(f"{context} {row.row.text}") is not None
        words = f"{context} {row.row.text}"
        newest_first = _stands_first("current", "previous", words)
        solved = _solved(numbers, gas=gas, sentence=len(row.cells) <= 2, newest_first=newest_first)
        if solved is not None and _KWH.search(f"{context} {row.row.text}"):
            found.append(register_of(grid, row, solved, _heads_above(grid, row)))
    return tuple(found)


def _context(grid: Grid, row: GridRow) -> str:
    """The rows above that hold a head: those with few numbers, nearest last, on the same page."""
    return " ".join(r.row.text for r in _above(grid, row))


def _above(grid: Grid, row: GridRow) -> list[GridRow]:
    above = grid.rows[max(0, row.index - _ABOVE) : row.index]
    return [r for r in above if r.page == row.page and len(r.cells) <= 14]


def _may_speak(rows: Sequence[GridRow], hints: dict[int, tuple[frozenset[str], int]]) -> bool:
    """Whether `_speaks_of_readings` can hold of some rows together, by what was kept of each: most rows say nothing."""
    for row in rows:
        if row.index not in hints:
            text = row.row.text
            hints[row.index] = (meter_words().hints(text), len(_READING.findall(fold(text))))
    kinds = frozenset().union(*(hints[row.index][0] for row in rows))
    return kinds >= READING_WORDS or sum(hints[row.index][1] for row in rows) >= 2


def _heads_above(grid: Grid, row: GridRow) -> str:
    """The rows above that speak of readings: only they say what the row's registers count."""
    above = grid.rows[max(0, row.index - _ABOVE) : row.index]
    return " ".join(r.row.text for r in above if r.page == row.page and kinds_of(r.row.text) & {"previous", "current"})


def _speaks_of_readings(text: str) -> bool:
    return {"previous", "current"} <= kinds_of(text) or len(_READING.findall(fold(text))) >= 2


def _numbers(row: GridRow) -> list[Number]:
    """The row's numbers, left to right, without dates, percents and money."""
    # a cell with a percentage tells how a tax is made
    others = [cell.box for cell in row.cells if "%" in cell.text]
    others += [cell.span_box(d.start, d.end) for cell in row.cells for d in find_dates(cell.text)]
    kept = []
    for number in row.numbers:
        elsewhere = any(number.box.x0 < other.x1 and other.x0 < number.box.x1 for other in others)
        if not (elsewhere or number.percent or number.currency):
            kept.append(number)
    return kept


def _stands_first(kind: str, other: str, text: str) -> bool:
    """Whether the words of one kind of reading all stand before those of the other."""
    meanings, _ = meter_words().read(text)
    mine = [m.start for m in meanings if kind in m.kinds and other not in m.kinds]
    others = [m.start for m in meanings if other in m.kinds and kind not in m.kinds]
    return bool(mine and others) and max(mine) < min(others)


def _solved(numbers: Sequence[Number], *, gas: bool, sentence: bool, newest_first: bool) -> Solved | None:
    """The longest equation that closes over numbers in reading order."""
    best: Solved | None = None
    for solved in _equations(numbers, gas=gas, sentence=sentence, newest_first=newest_first):
        if best is None or (len(solved.numbers), solved.kwh) > (len(best.numbers), best.kwh):
            best = solved
    return best


def _equations(numbers: Sequence[Number], *, gas: bool, sentence: bool, newest_first: bool) -> Iterator[Solved]:
    for i in range(len(numbers)):
        for j in range(i + 1, len(numbers)):
            before, after = (numbers[j], numbers[i]) if newest_first else (numbers[i], numbers[j])
            used = after.value - before.value
            if used < _LEAST or before.value < 0 or abs(before.decimals - after.decimals) > 1:
                continue
            for k in (*range(j + 1, len(numbers)), *(range(i) if sentence else ())):
                if gas:
                    yield from _converted(numbers, i, j, k, used)
                    continue
                for m in [None, *range(j + 1, len(numbers))]:
                    if m == k:
                        continue
                    times = numbers[m].value if m is not None else Decimal(1)
                    kwh = numbers[k].value
                    if times > 0 and abs(used * times - kwh) <= _slack(kwh):
                        parts = (before, after, numbers[k]) if m is None else (before, after, numbers[m], numbers[k])
                        yield Solved(
                            before.value, after.value, times if m is not None else None, None, kwh, True, parts
                        )


def _converted(numbers: Sequence[Number], i: int, j: int, k: int, used: Decimal) -> Iterator[Solved]:
    """Gas: the difference in m3 is printed, and m3 x kWh/m3 gives the energy (EN ISO 6976's calorific value)."""
    volume = numbers[k].value
    if abs(used - volume) > _slack(volume):
        return
    for f in range(k + 1, len(numbers)):
        factor = next((v for v in numbers[f].values if Decimal("8.5") <= v <= Decimal("13.5")), None)
        if factor is None:
            continue
        for e in range(k + 1, len(numbers)):
            kwh = numbers[e].value
            if e != f and abs(volume * factor - kwh) <= Decimal("1.01"):
                parts = (numbers[i], numbers[j], numbers[f], numbers[e])
                yield Solved(numbers[i].value, numbers[j].value, factor, None, kwh, True, parts)


def _slack(printed: Decimal) -> Decimal:
    return Decimal("0.6") if printed == printed.to_integral_value() else Decimal("0.006")

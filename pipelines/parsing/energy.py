"""How much energy a bill is for: consumption, export and compensated kWh, each with its witnesses.

Three witnesses are asked and never added to one another: the meters' readings, the lines with a kWh
quantity, and figures that the bill states by label. Lines that repeat the energy sold (distribution,
taxes by kWh, TE beside TUSD) are not counted again, and forecast kWh never join settled ones.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from pipelines.invoices import Check, Evidence
from pipelines.parsing.energy_readings import Register
from pipelines.parsing.folding import count_letters
from pipelines.parsing.geometry import Cell
from pipelines.parsing.tables_grid import Grid, GridRow, Number
from pipelines.parsing.tables_lines import record_box, split_unit, unit_of
from pipelines.parsing.tables_model import EnergyAmount, EnergyKind
from pipelines.parsing.tables_readings import Layout, Reading
from pipelines.parsing.tables_rows import Record, label_kinds
from pipelines.parsing.tables_words import energy_line_words, register_words, stated_words
from pipelines.parsing.values import QuantityFound, canonical_unit, find_quantities

FACTORS: Final = {"kWh": Decimal(1), "MWh": Decimal(1000), "Wh": Decimal("0.001"), "GWh": Decimal(1_000_000)}
CLOSE: Final = Decimal("0.51")
"""kWh by which a rounded witness may differ from an exact one."""


@dataclass(frozen=True, eq=False)
class KwhLine:
    """A table row with an energy quantity."""

    name: str
    kwh: Decimal
    kinds: frozenset[str]
    negative: bool
    """Its amount of money is negative: a credit."""
    row: int
    proven: bool
    """Quantity x price is the line's amount, and the lines sum to a printed total."""
    evidence: Evidence


@dataclass(frozen=True, eq=False)
class Witness:
    """What one source says of one kind of energy."""

    source: str
    kind: EnergyKind
    kwh: Decimal
    evidence: Evidence
    proven: bool = False


def read_energy(
    grid: Grid, registers: Sequence[Register], reading: Reading | None, layouts: Sequence[Layout]
) -> tuple[EnergyAmount, ...]:
    """The document's kWh figures, best first within each kind.

    Args:
        grid: The document.
        registers: What its reading tables say.
        reading: The closed line items, if any.
        layouts: The likeliest layout of every line table, for bills whose lines stand apart from the sum.
    """
    lines = tuple(kwh_lines(grid, reading, layouts))
    # the rows of meters and lines have spoken already: their own figures are no further witnesses
    told = {register.row for register in registers} | {line.row for line in lines}
    zones = {**dict(_summed_columns(grid, told)), **dict(_zones(grid, told))}
    others = [*_of_registers(registers), *zones.values(), *_stated(grid, {*told, *zones})]
    witnesses = [*others, *_of_lines(lines, [w.kwh for w in others if w.kind == "consumption"])]
    if not any(w.kind == "consumption" for w in witnesses):
        # a bill that is all forecast bills forecast kWh; its document type keeps them apart from settled ones
        witnesses.extend(replace(w, kind="consumption", source="forecast") for w in witnesses if w.kind == "forecast")
    made: list[EnergyAmount] = []
    for kind in ("consumption", "export", "compensated", "forecast"):
        made.extend(_ranked([w for w in witnesses if w.kind == kind]))
    return tuple(made)


def _ranked(witnesses: Sequence[Witness]) -> Iterator[EnergyAmount]:
    """Lines first, then readings, then stated figures; a figure that two sources share goes before all."""
    order = {"lines": 0, "readings": 1, "stated": 2, "forecast": 3}
    held: list[tuple[int, int, Witness, list[Witness]]] = []
    for witness in witnesses:
        others = [w for w in witnesses if w.source != witness.source and abs(w.kwh - witness.kwh) <= CLOSE]
        sources = len({w.source for w in others})
        held.append((-sources, order.get(witness.source, 9), witness, others))
    if _contradict(witnesses):
        return
    seen: set[Decimal] = set()
    for _, _, witness, others in sorted(held, key=lambda h: (h[0], not h[2].proven, h[1])):
        if witness.kwh in seen:
            continue
        seen.add(witness.kwh)
        contradicted = [w for w in witnesses if w.source != "stated" and abs(w.kwh - witness.kwh) > CLOSE]
        proven = bool(others) or (witness.proven and not contradicted)
        checks = tuple(
            Check(
                name=f"kwh_{witness.source}_and_{other.source}", passed=True, expected=f"{other.kwh:f}",
                found=f"{witness.kwh:f}", fields=("consumption_kwh",),
            )
            for other in others[:2]
        )  # fmt: skip
        yield EnergyAmount(witness.kind, witness.kwh, witness.evidence, proven, checks)


def _contradict(witnesses: Sequence[Witness]) -> bool:
    """Lines and meters say different things and nothing proves either: no figure is better than a wrong one."""
    lines = [w for w in witnesses if w.source == "lines"]
    meters = [w for w in witnesses if w.source == "readings"]
    if not lines or not meters or any(w.proven for w in (*lines, *meters)):
        return False
    values = [w.kwh for w in witnesses]
    return not any(abs(a - b) <= CLOSE for i, a in enumerate(values) for b in values[i + 1 :])


def _of_registers(registers: Sequence[Register]) -> Iterator[Witness]:
    active = [r for r in registers if r.energy and r.reading.kwh is not None]
    for export, kind in ((False, "consumption"), (True, "export")):
        mine = _without_sums([r for r in active if r.export is export])
        if mine:
            total = sum((r.reading.kwh for r in mine if r.reading.kwh is not None), Decimal(0))
            proven = all(r.proven for r in mine)
            yield Witness("readings", kind, total, mine[0].evidence, proven)  # type: ignore[arg-type]


def _without_sums(registers: Sequence[Register]) -> list[Register]:
    """Registers that do not sum others, each register once."""
    kept: list[Register] = []
    for register in registers:
        same = [
            r for r in kept
            if (r.reading.previous, r.reading.current, r.reading.meter_number)
            == (register.reading.previous, register.reading.current, register.reading.meter_number)
        ]  # fmt: skip
        if not same:
            kept.append(register)
    values = [r.reading.kwh or Decimal(0) for r in kept]
    whole = sum(values)
    for i, register in enumerate(kept):
        sums = len(kept) >= 3 and abs(values[i] * 2 - whole) <= CLOSE
        if sums or (register.total and len(kept) >= 2 and abs(values[i] * 2 - whole) <= CLOSE):
            return [r for r in kept if r is not register]
    return kept


def kwh_lines(grid: Grid, reading: Reading | None, layouts: Sequence[Layout]) -> Iterator[KwhLine]:
    """Rows of line tables whose quantity is energy, each printed row once."""
    seen: set[int] = set()
    chosen = {id(layout) for layout, _ in reading.parts} if reading else set()
    pairs: list[tuple[Layout, Record]] = list(reading.records) if reading else []
    pairs.extend(
        (layout, record)
        for layout in layouts
        if id(layout) not in chosen
        for record in layout.records
        if record.anchor.row in layout.products
    )
    for layout, record in pairs:
        if record.anchor.row in seen or record.state in ("before", "difference"):
            continue
        seen.add(record.anchor.row)
        closed = reading is not None and reading.total is not None and id(layout) in chosen
        if (line := _kwh_line(grid, layout, record, closed=closed)) is not None:
            yield line


def _kwh_line(grid: Grid, layout: Layout, record: Record, *, closed: bool) -> KwhLine | None:
    index = layout.roles.get("quantity")
    number = record.numbers.get(index) if index is not None else None
    if number is None:
        return None
    proof = layout.products.get(record.anchor.row)
    text = " ".join(record.text)
    unit = unit_of(layout, record, split_unit(text)[1]) or _unit_word(layout, record, number)
    if unit not in FACTORS:
        return None
    printed = proof.quantity if proof else number.value
    if proof is not None and abs(proof.quantity) < 2 and abs(proof.price) >= 10:
        printed = proof.price  # the price stands where the quantity was looked for: no bill is for 0.4 kWh at 133
    value = printed * FACTORS[unit]
    context = " ".join([text, *_section_of(grid, layout, record)])
    kinds = _kinds(text) or _kinds(context)
    box = grid.as_printed(record.row.page, record_box(record))
    evidence = Evidence(page=record.row.page, box=tuple(box), text=record.row.row.text, rule="lines", confidence=0.9)
    negative = layout.value(record) < 0 or value < 0
    return KwhLine(text, abs(value), kinds, negative, record.anchor.row, closed and proof is not None, evidence)


def _unit_word(layout: Layout, record: Record, number: Number) -> str | None:
    """A unit between the description and the quantity, or right after the quantity, or in the column's header."""
    words = [w for c in record.row.cells for w in c.words]
    near = [w.text for w in words if abs(w.box.x1 - number.box.x0) < 160 or 0 <= w.box.x0 - number.box.x1 < 40]
    for word in near:
        unit = canonical_unit(word.strip("()[]|,"))
        if unit in FACTORS or unit in ("kW", "kvar", "kvarh", "m3", "kVA"):
            return unit
    quantity = layout.roles.get("quantity")
    label = layout.table.columns[quantity].label if quantity is not None else ""
    return "kWh" if "kwh" in label.lower() else None


def _section_of(grid: Grid, layout: Layout, record: Record) -> list[str]:
    """Headings above a row of figures: the table's title and rows without numbers just above."""
    above = []
    for row in reversed(grid.rows[max(0, record.anchor.row - 3) : record.anchor.row]):
        if row.has_amount:
            break
        above.append(row.row.text)
    return [*above, layout.table.title]


def _kinds(text: str) -> frozenset[str]:
    kinds: set[str] = set()
    for vocabulary in (energy_line_words(), register_words()):
        for meaning in vocabulary.read(text)[0]:
            kinds |= meaning.kinds
    return frozenset(kinds)


def _of_lines(lines: Sequence[KwhLine], others: Sequence[Decimal]) -> Iterator[Witness]:
    active = [
        line
        for line in lines
        if not line.kinds & {"reactive", "demand"} or (line.kinds & {"energy"} and "reactive" not in line.kinds)
    ]
    compensated = [line for line in active if line.negative or "compensated" in line.kinds]
    if compensated:
        total = _once(compensated)
        yield Witness("lines", "compensated", total, compensated[0].evidence)
    forecast = [line for line in active if line not in compensated and "forecast" in line.kinds]
    settled = [line for line in active if line not in compensated and line not in forecast]
    sold = [line for line in settled if "repeated" not in line.kinds]
    if sold:
        yield Witness(
            "lines", "consumption", _counted(sold, others), sold[0].evidence, all(line.proven for line in sold)
        )
    elif settled:
        yield Witness("lines", "consumption", _largest_component(settled), settled[0].evidence)
    if forecast:
        kept = [line for line in forecast if "repeated" not in line.kinds] or forecast
        yield Witness("lines", "forecast", _once(kept), kept[0].evidence)


def _once(lines: Sequence[KwhLine]) -> Decimal:
    """The sum, counting one component where two price the same energy (TE beside TUSD, sale beside network)."""
    components: dict[str, list[KwhLine]] = {}
    for line in lines:
        words = set(line.name.lower().replace("-", " ").replace("(", " ").replace(")", " ").split())
        key = "tusd" if "tusd" in words else "te" if "te" in words else ""
        components.setdefault(key, []).append(line)
    if len(components) > 1:
        return max(sum((line.kwh for line in held), Decimal(0)) for held in components.values())
    return sum((line.kwh for line in lines), Decimal(0))


def _counted(lines: Sequence[KwhLine], others: Sequence[Decimal]) -> Decimal:
    """The sum of the lines, or less where several price the same energy.

    Another witness decides; without one, quantities that all occur equally often are one energy priced
    several times (two zones with the very same kWh are far rarer), as is one that sums the others.
    """
    whole = _once(lines)
    counts = Counter(line.kwh for line in lines)
    each, largest = sum(counts, Decimal(0)), max(counts)
    options = [whole]
    if len(set(counts.values())) == 1 and max(counts.values()) > 1:
        options.insert(0, each)
    elif len(counts) > 2 and abs(largest * 2 - each) <= CLOSE:
        options.insert(0, largest)
    agreed = [value for value in options if any(abs(value - other) <= CLOSE for other in others)]
    return (agreed or options)[0]


def _largest_component(lines: Sequence[KwhLine]) -> Decimal:
    """Distribution bills: each fee lists the same kWh; the fullest fee says how much it was."""
    fees: dict[str, Decimal] = {}
    for line in lines:
        key = _fee(line.name)
        fees[key] = fees.get(key, Decimal(0)) + line.kwh
    return max(fees.values())


def _fee(name: str) -> str:
    """A fee's name without its zone."""
    zones = {
        "dzienna",
        "nocna",
        "calodobowa",
        "całodobowa",
        "szczytowa",
        "pozaszczytowa",
        "szczyt",
        "i",
        "ii",
        "iii",
        "ht",
        "nt",
    }
    words = [w for w in name.lower().split() if w.isalpha() and w not in zones]
    return " ".join(words[:3])


def _stated(grid: Grid, told: Collection[int]) -> Iterator[Witness]:
    """Figures that a label names: `Zużycie energii: 20 kWh`, `Total consumption 345 kWh`."""
    for row in grid.rows:
        for cell in row.cells if row.index not in told else ():
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
    for head in grid.rows:
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


_KWH_HEAD: Final = re.compile(r"(?<![a-z])kwh(?![a-z/])", re.IGNORECASE)


def _zones(grid: Grid, told: Collection[int]) -> Iterator[tuple[int, Witness]]:
    """Rows of energy by zone (`Consumo en el periodo  73 kWh  62 kWh  60 kWh`): the zones make the whole."""
    for row in grid.rows:
        if row.index in told:
            continue
        if summed := _summed_zones(grid, row):
            yield row.index, replace(_witness(grid, row, row.cells[0], "consumption", summed), source="zones")
            continue
        if len(row.cells) < 3:
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

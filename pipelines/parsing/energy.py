"""How much energy a bill is for: consumption, export and compensated kWh, each with its witnesses.

Three witnesses are asked and never added to one another: the meters' readings, the lines with a kWh
quantity, and figures that the bill states by label. Lines that repeat the energy sold (distribution,
taxes by kWh, TE beside TUSD) are not counted again, and forecast kWh never join settled ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from pipelines.invoices import Check, Evidence
from pipelines.parsing.energy_readings import Register
from pipelines.parsing.energy_stated import CLOSE, FACTORS, Witness, stated_energy
from pipelines.parsing.tables_grid import Grid, Number
from pipelines.parsing.tables_lines import record_box, split_unit, unit_of
from pipelines.parsing.tables_model import EnergyAmount
from pipelines.parsing.tables_readings import Layout, Reading
from pipelines.parsing.tables_rows import Record
from pipelines.parsing.tables_words import energy_line_words, register_words
from pipelines.parsing.values import canonical_unit


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
    others = [*_of_registers(registers), *stated_energy(grid, told)]
    witnesses = [*others, *_of_lines(lines, [w.kwh for w in others if w.kind == "consumption"])]
    if not any(w.kind == "consumption" for w in witnesses):
        # a bill that is all forecast bills forecast kWh; its document type keeps them apart from settled ones
        witnesses.extend(replace(w, kind="consumption", source="forecast") for w in witnesses if w.kind == "forecast")
    made: list[EnergyAmount] = []
    # who feeds in is billed for less than what was drawn: there a figure in words is a witness against lines
    fed_in = any(w.kind in ("export", "compensated") for w in witnesses)
    for kind in ("consumption", "export", "compensated", "forecast"):
        mine = [w for w in witnesses if w.kind == kind]
        made.extend(_ranked(mine, {line.kwh for line in lines}, heeds_words=fed_in and kind == "consumption"))
    return tuple(made)


def _ranked(witnesses: Sequence[Witness], parts: Collection[Decimal], *, heeds_words: bool) -> Iterator[EnergyAmount]:
    """Lines first, then readings, then stated figures; a figure that two sources share goes before all."""
    order = {"lines": 0, "readings": 1, "stated": 2, "forecast": 3}
    held: list[tuple[int, int, Witness, list[Witness]]] = []
    for witness in witnesses:
        others = [w for w in witnesses if w.source != witness.source and abs(w.kwh - witness.kwh) <= CLOSE]
        sources = len({w.source for w in others})
        held.append((-sources, order.get(witness.source, 9), witness, others))
    if _contradict(witnesses, parts):
        return
    seen: set[Decimal] = set()
    for _, _, witness, others in sorted(held, key=lambda h: (h[0], not h[2].proven, h[1])):
        if witness.kwh in seen:
            continue
        seen.add(witness.kwh)
        heard = [w for w in witnesses if heeds_words or w.source != "stated"]
        contradicted = [w for w in heard if abs(w.kwh - witness.kwh) > CLOSE]
        proven = bool(others) or (witness.proven and not contradicted)
        checks = tuple(
            Check(
                name=f"kwh_{witness.source}_and_{other.source}", passed=True, expected=f"{other.kwh:f}",
                found=f"{witness.kwh:f}", fields=("consumption_kwh",),
            )
            for other in others[:2]
        )  # fmt: skip
        yield EnergyAmount(witness.kind, witness.kwh, witness.evidence, proven, checks)


def _contradict(witnesses: Sequence[Witness], parts: Collection[Decimal]) -> bool:
    """Lines and meters say different things and nothing decides: no figure is better than a wrong one.

    A meter that says what one line (`parts`) says is one of several, and no witness against their sum.
    """
    lines = [w for w in witnesses if w.source == "lines"]
    meters = [w for w in witnesses if w.source == "readings" and w.kwh not in parts]
    if not lines or not meters or any(w.proven for w in lines) != any(w.proven for w in meters):
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
    if proof is not None and unit == "kWh" and abs(proof.quantity) < 2 and abs(proof.price) >= 10:
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
    if len(counts) > 2 and abs(largest * 2 - each) <= CLOSE:
        options.insert(0, largest)
    elif len(set(counts.values())) == 1 and max(counts.values()) > 1:
        options.insert(0, each)
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

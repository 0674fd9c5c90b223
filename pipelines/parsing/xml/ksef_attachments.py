"""FA(3) attachments (`Zalacznik`): free key-value data and tables, in which energy bills carry PPE and kWh.

The schema fixes no keys: suppliers write their own labels, so keys and headings are told by their words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from pipelines.invoices import Check, DocumentType, MeterReading
from pipelines.parsing.folding import fold
from pipelines.parsing.proofs.arithmetic import ZERO, equality, readings_give_energy
from pipelines.parsing.proofs.metering_points import read_ppe
from pipelines.parsing.xml.trees import Node, read_day, read_decimal

# what a key says (folded) -> field; the first that matches wins, so the narrow ones stand first
_KEYS: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (r"(adres|miejsce|lokalizacja).*(ppe|pobor|punkt|dostaw)|^adres obiektu", "metering_point.address"),
        (r"\bppe\b|punkt\w* pobor|punkt\w* pomiar|kod punktu", "metering_point.id"),
        (r"grupa taryf|^taryfa|taryfa osd", "metering_point.tariff_group"),
        (r"licznik.*(nr|numer)|(nr|numer).*licznik", "metering_point.meter_number"),
        (r"\bosd\b|operator system|operator sieci", "metering_point.distributor"),
        (r"okres\w*.*\bod\b|^od dnia|data od", "period_start"),
        (r"okres\w*.*\bdo\b|^do dnia|data do", "period_end"),
        (r"(nr|numer) (kontrahent|klient|odbiorc|nabywc|platnik|ewidencyjn)", "customer_number"),
        (r"(nr|numer) umowy", "contract_number"),
    )
)
_CONSUMPTION = re.compile(r"(zuzyci|zuzyt|ilosc energii|pobran)")
_EXPORT = re.compile(r"(wprowadzon|oddan|wyprodukowan)")
# yearly sums, averages and comparisons are told beside the period's own figure
_NOT_THIS_PERIOD = re.compile(
    r"(\brok|\broku|poprzedn|analogicz|srednio|sredni|planowan|prognoz|szacowan|limit|deklarow)"
)
_REACTIVE = re.compile(r"(biern|kvarh|moc\b|mocy)")
_TOTAL_ZONE = re.compile(r"(calodob|suma|razem|ogolem|lacznie)")
_METER = re.compile(r"(?:nr|numer)\.?\s*:?\s*(\S*\d\S*)")
_KWH = re.compile(r"(-?[\d\u00a0 .]*\d(?:[.,]\d+)?)\s*(kwh|mwh)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class EnergyData:
    """What the attachment says of energy.

    Attributes:
        fields: Values by field of the record.
        labels: The supplier's own label for each.
        document_type: `settlement` where readings stand, `forecast` where a forecast is named; else None.
    """

    fields: dict[str, Any] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    document_type: DocumentType | None = None

    @property
    def is_electricity(self) -> bool:
        return bool(self.fields.get("meter_readings")) or self.fields.get("metering_point") is not None


def read_energy(blocks: list[Node]) -> EnergyData:
    """Points, periods, readings and consumption of all blocks.

    Several metering points: their readings and the sum of their energy stand, no one point is named.
    """
    if not blocks:
        return EnergyData()
    pairs = [(fold(key), value, key) for block in blocks for key, value in _pairs(block)]
    fields, labels = _labelled(pairs)
    readings = _readings_by_point(blocks)
    _put_point(fields, readings)
    active = [reading for reading in readings if reading.kind != "reactive"]
    if active:
        fields["meter_readings"] = tuple(active)
    consumed, exported = (_sum_of_zones([r for r in active if (r.kind == "export") is out]) for out in (False, True))
    stated = _stated_energy(pairs)
    billed = _billed_energy(blocks)
    fields["consumption_kwh"] = next((value for value in (consumed, stated, billed) if value is not None), None)
    fields["exported_kwh"] = exported
    checks = [_reading_check(reading) for reading in active if _is_complete(reading)]
    if consumed is not None and billed is not None:
        checks.append(equality("billed_energy_is_metered", consumed, billed, ("consumption_kwh",)))
    return EnergyData(
        {name: value for name, value in fields.items() if value is not None},
        labels,
        tuple(checks),
        _type_of(blocks, active),
    )


def _pairs(block: Node) -> Iterator[tuple[str, str]]:
    for path, key, value in (("MetaDane", "ZKlucz", "ZWartosc"), ("Tabela/TMetaDane", "TKlucz", "TWartosc")):
        for node in block.all(path):
            yield node.text(key) or "", node.text(value) or ""


def said_in(blocks: list[Node]) -> tuple[str, ...]:
    """Keys, values and headings: by their words an attachment tells what is billed."""
    titles = (node.text() or "" for block in blocks for node in (*block.all("ZNaglowek"), *block.all("Tabela/Opis")))
    heads = (node.text() or "" for block in blocks for node in block.all("Tabela/TNaglowek/Kol/NKom"))
    pairs = (f"{key} {value}" for block in blocks for key, value in _pairs(block))
    return tuple(text for text in (*titles, *heads, *pairs) if text)


def _labelled(pairs: list[tuple[str, str, str]]) -> tuple[dict[str, Any], dict[str, str]]:
    """Fields by their keys; one that stands twice with two values is left out."""
    said: dict[str, set[str]] = {}
    labels: dict[str, str] = {}
    for key, value, label in pairs:
        name = next((name for pattern, name in _KEYS if pattern.search(key)), None)
        if name and value and not _NOT_THIS_PERIOD.search(key):
            said.setdefault(name, set()).add(value)
            labels.setdefault(name, label)
    fields: dict[str, Any] = {}
    for name, values in said.items():
        if len(values) == 1:
            value = values.pop()
            fields[name] = read_day(value) if name.startswith("period_") else value
    return fields, labels


def _put_point(fields: dict[str, Any], readings: tuple[MeterReading, ...]) -> None:
    """The parts of the metering point, gathered; an id that is no PPE keeps its text under `other`."""
    point = {name.partition(".")[2]: fields.pop(name) for name in list(fields) if name.startswith("metering_point.")}
    meters = {reading.meter_number for reading in readings if reading.meter_number}
    if len(meters) == 1:
        point.setdefault("meter_number", meters.pop())
    if identifier := point.get("id"):
        code = read_ppe(identifier)
        point |= {"id": code.number if code else identifier, "scheme": "ppe" if code else "other"}
    fields["metering_point"] = point or None


def names_point(key: str) -> bool:
    """Whether a key of free data names a metering point's code."""
    folded = fold(key)
    return next((name for pattern, name in _KEYS if pattern.search(folded)), None) == "metering_point.id"


def _readings_by_point(blocks: list[Node]) -> tuple[MeterReading, ...]:
    """The readings of every block; with its point where the blocks are of several."""
    codes = [_code_of(block) for block in blocks]
    several = len({code for code in codes if code}) > 1
    return tuple(
        reading.model_copy(update={"metering_point_id": code}) if several else reading
        for block, code in zip(blocks, codes, strict=True)
        for reading in _readings(block)
    )


def _code_of(block: Node) -> str | None:
    """The one code that a block names."""
    said = {ppe.number for key, value in _pairs(block) if names_point(key) and (ppe := read_ppe(value)) is not None}
    return said.pop() if len(said) == 1 else None


def _readings(block: Node) -> Iterator[MeterReading]:
    """Rows of tables that have a column for the present reading and one for the one before."""
    for table in block.all("Tabela"):
        heads = [fold(head.text() or "") for head in table.all("TNaglowek/Kol/NKom")]
        columns = _reading_columns(heads)
        if columns is None:
            continue
        group, meter = "", None
        for row in table.all("Wiersz"):
            cells = [cell.text() or "" for cell in row.all("WKom")]
            if len([cell for cell in cells if cell]) == 1:
                group = fold(cells[0])
                found = _METER.search(group)
                meter = found[1].upper() if found else meter
                continue
            yield _reading(cells, columns, f"{group} {fold(table.text('Opis') or '')}", meter)


def _reading_columns(heads: list[str]) -> dict[str, int] | None:
    patterns = {
        "current": r"(biez|aktual|koncow|obecn|\bdo\b.*wskaz|wskaz.*\bdo\b|nowe)",
        "previous": r"(poprzed|poczatk|\bod\b.*wskaz|wskaz.*\bod\b|stare)",
        "multiplier": r"(mnozn|przekladn|krotnosc)",
        "kwh": r"(razem|zuzyci|energia|ogolem)",
        "quantity": r"(ilosc|roznica|zuzyci)",
        "kind": r"(sposob|rodzaj odczyt|typ odczyt)",
        "date": r"^data\b",
        "zone": r"(stref)",
        "meter": r"(licznik|nr urzadz)",
    }
    found = {
        name: place
        for name, pattern in patterns.items()
        for place, head in reversed(list(enumerate(heads)))
        if re.search(pattern, head) and (name in ("kind", "date", "zone", "meter") or not re.search(r"^data\b", head))
    }
    return found if {"current", "previous"} <= found.keys() else None


def _reading(cells: list[str], columns: dict[str, int], group: str, meter: str | None) -> MeterReading:
    def cell(name: str) -> str:
        place = columns.get(name)
        return cells[place] if place is not None and place < len(cells) else ""

    kwh = read_decimal(cell("kwh")) if columns.get("kwh") is not None else None
    own_meter = cell("meter") if columns.get("meter") != columns.get("zone") else ""
    return MeterReading(
        meter_number=own_meter if any(c.isdigit() for c in own_meter) else meter,
        zone=cell("zone") or None,
        previous=read_decimal(cell("previous")),
        current=read_decimal(cell("current")),
        date_to=_day(cell("date")),
        multiplier=read_decimal(cell("multiplier")),
        kwh=kwh if kwh is not None else read_decimal(cell("quantity")),
        kind=_kind(f"{group} {fold(cells[0])}", fold(cell("kind"))),
    )


def _kind(what: str, how: str) -> str:
    if _REACTIVE.search(what) and "czynn" not in what:
        return "reactive"
    if _EXPORT.search(what):
        return "export"
    if re.search(r"(szacun|szacow|prognoz)", how):
        return "estimated"
    return "customer" if re.search(r"(odbiorc|klient|podan)", how) else "actual"


def _day(text: str) -> date | None:
    return read_day(text)


def _is_complete(reading: MeterReading) -> bool:
    return None not in (reading.previous, reading.current, reading.kwh)


def _reading_check(reading: MeterReading) -> Check:
    one = Decimal(1)
    previous, current, kwh = reading.previous or ZERO, reading.current or ZERO, reading.kwh or ZERO
    return readings_give_energy(previous, current, kwh, reading.multiplier or one)


def _sum_of_zones(readings: list[MeterReading]) -> Decimal | None:
    """Energy of all zones; a row that states the sum of the others is not added to them."""
    amounts = [(fold(r.zone or ""), r.kwh) for r in readings if r.kwh is not None]
    if not amounts:
        return None
    totals = [kwh for zone, kwh in amounts if _TOTAL_ZONE.search(zone)]
    zones = [kwh for zone, kwh in amounts if not _TOTAL_ZONE.search(zone)]
    if totals and zones:
        return sum(totals, ZERO) if sum(totals, ZERO) == sum(zones, ZERO) else None
    return sum(totals or zones, ZERO)


def _stated_energy(pairs: list[tuple[str, str, str]]) -> Decimal | None:
    """Consumption of this period as a key states it, where exactly one does."""
    found = set()
    for key, value, _ in pairs:
        match = _KWH.fullmatch(value.strip())
        if match and _CONSUMPTION.search(key) and not _NOT_THIS_PERIOD.search(key) and not _EXPORT.search(key):
            number = read_decimal(re.sub(r"[\u00a0 ]", "", match[1]).replace(",", "."))
            if number is not None:
                found.add(number * (1000 if match[2].lower() == "mwh" else 1))
    return found.pop() if len(found) == 1 else None


def _billed_energy(blocks: list[Node]) -> Decimal | None:
    """Energy in kWh of the rows of active energy in the table of sales; None where there is no such table."""
    amounts: list[Decimal] = []
    for table in (table for block in blocks for table in block.all("Tabela")):
        heads = [fold(head.text() or "") for head in table.all("TNaglowek/Kol/NKom")]
        title = fold(table.text("Opis") or "")
        places = [i for i, head in enumerate(heads) if re.search(r"^ilosc(?!.*m-?c)", head)]
        units = [i for i, head in enumerate(heads) if re.search(r"j\.?\s*m|jedn\.? ?m|jednostk", head)]
        if not re.search(r"(sprzedaz|energia czynna)", title) or "dystryb" in title or not places or not units:
            continue
        for row in table.all("Wiersz"):
            cells = [cell.text() or "" for cell in row.all("WKom")]
            if len(cells) > max(places[0], units[0]) and fold(cells[units[0]]) == "kwh":
                amounts.append(read_decimal(cells[places[0]]) or ZERO)
    # one row for each zone of one energy; levies for the same kWh would add it up twice
    return sum(amounts, ZERO) if amounts and len(amounts) == len(set(amounts)) else None


def _type_of(blocks: list[Node], readings: list[MeterReading]) -> DocumentType | None:
    said = fold(" ".join(node.text() or "" for block in blocks for node in block.all("Tabela/Opis")))
    if any(reading.current is not None for reading in readings):
        return DocumentType.SETTLEMENT
    return DocumentType.FORECAST if "prognoz" in said else None

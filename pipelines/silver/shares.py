"""How a collective invoice spreads over its metering points. Pure.

The parser names the point of each line and reading where the document shows it. The energy of a point counts
only where the parts of all points are the invoice's energy to the last digit: by its lines that sell energy, or
by its readings. Where neither adds up, or both do and disagree, the points stand without energy: they were
billed, and nobody can tell how much.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from pipelines.invoices import DocumentType, Invoice, Line, MeterReading
from pipelines.silver.normalise import clean_text, energy_kwh, point_id

_DIGITS = Decimal("0.001")
PartT = TypeVar("PartT", Line, MeterReading)


@dataclass(frozen=True, slots=True)
class Share:
    """One point's part of a collective invoice.

    Attributes:
        point_id: Its number in canonical form.
        scheme: ppe, installation or other.
        meter_number: Where it has one alone.
        period_start, period_end: What its lines or readings cover; the invoice's period where they do not say.
        kwh: What the invoice adds to its consumption, None where that cannot be told.
        exported_kwh: Energy that it gave to the grid, as printed.
    """

    point_id: str
    scheme: str
    meter_number: str | None
    period_start: date | None
    period_end: date | None
    kwh: Decimal | None
    exported_kwh: Decimal | None


def shares(invoice: Invoice, effect_kwh: Decimal | None) -> tuple[Share, ...]:
    """The parts of an invoice that names its points by line or reading, in order of their numbers.

    Args:
        invoice: Any invoice; one that bills a single point, or names none, has no shares.
        effect_kwh: What it adds to consumption as a whole.
    """
    if invoice.kind != "electricity" or (invoice.metering_point and invoice.metering_point.id):
        return ()
    scheme = {"BR": "installation", "PL": "ppe"}.get(invoice.country or "", "other")
    lines, readings = _grouped(invoice.lines, scheme), _grouped(invoice.meter_readings, scheme)
    points = sorted({code for code in (*lines, *readings) if code})
    energy = _energy(invoice, points, scheme, effect_kwh)
    exported = _closing([_read(invoice, scheme, export=True)], points, invoice.exported_kwh)
    return tuple(
        Share(
            code,
            scheme,
            _meter(readings.get(code, [])),
            *_period(invoice, lines.get(code, []), readings.get(code, [])),
            energy.get(code, Decimal(0)) if energy else None,
            exported.get(code),
        )
        for code in points
    )


def _grouped(parts: Iterable[PartT], scheme: str) -> dict[str | None, list[PartT]]:
    found: dict[str | None, list[PartT]] = {}
    for part in parts:
        found.setdefault(point_id(part.metering_point_id, scheme), []).append(part)
    return found


_Parts = dict[str | None, Decimal]
"""Point -> energy; None stands for what is no point's."""


def _energy(invoice: Invoice, points: list[str], scheme: str, whole: Decimal | None) -> _Parts:
    """Each point's part of the energy; empty where it cannot be told."""
    ways = [_sold(invoice, scheme)]
    if invoice.document_type is not DocumentType.CORRECTION:
        ways.append(_read(invoice, scheme, export=False))  # a correction may print readings of both states
    if invoice.document_type is DocumentType.CREDIT_NOTE:
        ways = [{code: -abs(kwh) for code, kwh in parts.items()} for parts in ways]
    return _closing(ways, points, whole)


def _sold(invoice: Invoice, scheme: str) -> _Parts:
    """By the lines that sell energy; what a correction takes back is taken off."""
    parts: _Parts = {}
    for line in invoice.lines:
        kwh = energy_kwh(line.quantity, line.unit) if line.category == "energy" else None
        if kwh is not None:
            code = point_id(line.metering_point_id, scheme)
            parts[code] = parts.get(code, Decimal(0)) + (-kwh if line.before_correction else kwh)
    return parts


def _read(invoice: Invoice, scheme: str, *, export: bool) -> _Parts:
    parts: _Parts = {}
    for reading in invoice.meter_readings:
        if reading.kwh is not None and (reading.kind == "export") == export:
            code = point_id(reading.metering_point_id, scheme)
            parts[code] = parts.get(code, Decimal(0)) + reading.kwh
    return parts


def _closing(ways: list[_Parts], points: list[str], whole: Decimal | None) -> _Parts:
    """The one way whose parts are known points' and make up the whole; empty for none, or for two that disagree."""
    if whole is None:
        return {}
    closing = [
        parts
        for parts in ways
        if parts
        and set(parts) <= set(points)
        and sum(parts.values()) == whole
        and all(kwh == kwh.quantize(_DIGITS) for kwh in parts.values())
    ]
    nothing: _Parts = dict.fromkeys(points, Decimal(0))
    agree = all(nothing | parts == nothing | closing[0] for parts in closing)
    return closing[0] if closing and agree else {}


def _meter(readings: list[MeterReading]) -> str | None:
    numbers = {clean_text(reading.meter_number) for reading in readings} - {None}
    return numbers.pop() if len(numbers) == 1 else None


def _period(invoice: Invoice, lines: list[Line], readings: list[MeterReading]) -> tuple[date | None, date | None]:
    """From the first to the last day of its lines, else of its readings, else of the invoice."""
    for spans in (
        [(line.period_start, line.period_end) for line in lines],
        [(reading.date_from, reading.date_to) for reading in readings],
    ):
        starts, ends = [start for start, _ in spans if start], [end for _, end in spans if end]
        if starts and ends and min(starts) <= max(ends):
            return min(starts), max(ends)
    return invoice.period_start, invoice.period_end

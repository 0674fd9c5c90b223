"""What the tables take and give: the seam between the page's fields and its tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from pipelines.invoices import Check, Evidence, Line, MeterReading, TaxSubtotal
from pipelines.pages import Box

TotalKind = Literal["net", "tax", "gross", "due", "lines"]
"""`lines` is a sum of the lines before document charges and allowances (BT-106), or one that no label names."""
EnergyKind = Literal["consumption", "export", "compensated", "forecast"]


@dataclass(frozen=True, slots=True)
class Total:
    """An amount printed as one of the document's totals: a candidate, or a sum at a table's foot."""

    kind: TotalKind
    value: Decimal
    page: int | None = None
    """1-based page number, as `Page.number`."""
    box: Box | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class TableContext:
    """What is known of the document before its tables are read. Every part may be missing."""

    language: str | None = None
    """Two letters: `pl`, `pt`, `en`, `de`, `fr`, `es`, `it`, `nl`."""
    country: str | None = None
    """ISO 3166-1 alpha-2."""
    currency: str | None = None
    """ISO 4217."""
    decimal: Literal[",", "."] | None = None
    """The character that parts whole units from hundredths in this document."""
    order: str = ""
    """Which comes first in a day of figures: `dmy` or `mdy`; empty where nothing tells."""
    totals: tuple[Total, ...] = ()
    """Candidates, best first; several of one kind may stand."""
    document_type: str | None = None
    """`pipelines.invoices.DocumentType` value, where known: corrections read before and after rows."""


@dataclass(frozen=True, slots=True)
class EnergyAmount:
    """A kWh figure for the document, with why it is believed. Best first in `TableResult.energy`."""

    kind: EnergyKind
    kwh: Decimal
    evidence: Evidence
    proven: bool = False
    """Two independent witnesses agree: lines and readings, readings and their multiplier, two tables."""
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class TableResult:
    """What the tables say. `lines` and `line_evidence` run side by side."""

    lines: tuple[Line, ...] = ()
    line_evidence: tuple[Evidence, ...] = ()
    tax_breakdown: tuple[TaxSubtotal, ...] = ()
    tax_evidence: tuple[Evidence, ...] = ()
    readings: tuple[MeterReading, ...] = ()
    reading_evidence: tuple[Evidence, ...] = ()
    energy: tuple[EnergyAmount, ...] = ()
    sums: tuple[Total, ...] = ()
    """Sums printed at the foot of a line or tax table: candidates for the document's totals."""
    closed: bool = False
    """The lines' arithmetic closes and they sum to a printed total. False: do not accept."""
    closes_with: Total | None = None
    """The printed total that the lines sum to."""
    lines_seen: bool = False
    """A table of line items stands on the document, whether or not it could be read."""
    checks: tuple[Check, ...] = ()
    evidence: dict[str, Evidence] = field(default_factory=dict)
    """By invoice field: `lines`, `tax_breakdown`, `consumption_kwh`, `metering_point.meter_number`, ..."""

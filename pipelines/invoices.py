"""The parsed invoice: names follow EN 16931 where it has the term (BT and BG numbers in docstrings).

Money is Decimal, a JSON string with two digits; energy kWh with three; prices and rates as printed;
dates ISO 8601. A field that is not known is None: a wrong value is worse than a missing one.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, PlainSerializer

from pipelines.documents import MadeBy


def _fixed(digits: int) -> PlainSerializer:
    return PlainSerializer(lambda value: f"{value:.{digits}f}", return_type=str, when_used="json-unless-none")


def _nothing(value: object) -> bool:
    """Whether a field is left out of the JSON: what nobody said takes no place."""
    return not value


Money = Annotated[Decimal, _fixed(2)]
Energy = Annotated[Decimal, _fixed(3)]
Plain = Annotated[Decimal, PlainSerializer(lambda value: f"{value:f}", return_type=str, when_used="json-unless-none")]
"""As printed, no digits added: prices, quantities, rates in percent, meter readings."""


class Status(StrEnum):
    ACCEPTED = "accepted"
    NEEDS_REVIEW = "needs_review"


class DocumentType(StrEnum):
    INVOICE = "invoice"
    CORRECTION = "correction"
    CREDIT_NOTE = "credit_note"
    ADVANCE = "advance"
    SETTLEMENT = "settlement"
    FORECAST = "forecast"
    RECEIPT = "receipt"
    OTHER = "other"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Party(_Part):
    """BG-4 or BG-7. `tax_id` as printed without separators, with its country prefix where printed."""

    name: str | None = None
    tax_id: str | None = None
    address: str | None = None


class MeteringPoint(_Part):
    """Where energy is measured. `scheme`: `ppe` (PL), `installation` (BR) or `other`."""

    id: str | None = None
    scheme: str | None = None
    address: str | None = None
    meter_number: str | None = None
    tariff_group: str | None = None
    distributor: str | None = None


class MeterReading(_Part):
    """One register over one period. kwh = (current - previous) x multiplier.

    `metering_point_id` as in `Line`.
    """

    metering_point_id: str | None = None
    meter_number: str | None = None
    zone: str | None = None
    previous: Plain | None = None
    current: Plain | None = None
    date_from: date | None = None
    date_to: date | None = None
    multiplier: Plain | None = None
    kwh: Energy | None = None
    kind: str | None = None
    """`actual`, `estimated`, `customer`; or `export` for energy given to the grid."""


class Line(_Part):
    """BG-25. `net` is BT-131; a Brazilian bill line states `gross` and no net.

    `metering_point_id` is the point that the line is for, where a collective invoice names one for each
    part; None elsewhere: a bill for one point names it once, in `metering_point`.
    """

    metering_point_id: str | None = None
    description: str | None = None
    category: str | None = None
    """`energy`, `distribution`, `fee`, `tax`, `discount` or None."""
    quantity: Plain | None = None
    unit: str | None = None
    unit_price: Plain | None = None
    net: Money | None = None
    tax_rate: Plain | None = None
    tax: Money | None = None
    gross: Money | None = None
    period_start: date | None = None
    period_end: date | None = None
    before_correction: bool = False


class TaxSubtotal(_Part):
    """BG-23: one rate of one tax."""

    name: str | None = None
    rate: Plain | None = None
    base: Money | None = None
    amount: Money | None = None


class PrecedingInvoice(_Part):
    """BG-3: the invoice that this one corrects."""

    invoice_number: str | None = None
    issue_date: date | None = None
    reason: str | None = None
    ksef_number: str | None = None


class Evidence(_Part):
    """Where a field's value stands. `box` in points from the page's top left; None for XML."""

    page: int | None = None
    box: tuple[float, float, float, float] | None = None
    text: str
    rule: str
    confidence: float = Field(ge=0, le=1)


class Check(_Part):
    """A proof by name: what was expected, what was found, which fields it closes."""

    name: str
    passed: bool
    expected: str = ""
    found: str = ""
    fields: tuple[str, ...] = ()


class Suggestion(_Part):
    """What a second reader said of an open field, or a label of a kind's own one, and nothing proves.

    It is for a person to look at, never a value.

    `value` is as the field would hold it; None where the text does not stand on the page, or is no such value.
    `page` and `box` as in `Evidence`.
    """

    field: str
    value: str | None = None
    text: str
    page: int | None = None
    box: tuple[float, float, float, float] | None = None
    reader: str
    """Which model said it; `rules` where a label did."""
    reason: str
    """Why it does not count."""


class Invoice(_Part):
    """One invoice. See the module's docstring for units."""

    status: Status
    review_reasons: tuple[str, ...] = ()
    document_type: DocumentType
    kind: str | None = None
    """What it bills: a registered kind (`electricity`, `gas`, `water`, `telecom`, ...), `invoice` for anything else,
    `receipt`, or `other` for papers that are no invoice; None where signals contradict one another."""
    invoice_number: str | None = None
    issue_date: date | None = None
    sale_date: date | None = None
    due_date: date | None = None
    currency: str | None = None
    language: str | None = None
    country: str | None = None
    period_start: date | None = None
    period_end: date | None = None
    reference_month: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")] | None = None
    seller: Party = Party()
    buyer: Party = Party()
    customer_number: str | None = None
    contract_number: str | None = None
    purchase_order: str | None = None
    metering_point: MeteringPoint | None = None
    meter_readings: tuple[MeterReading, ...] = ()
    consumption_kwh: Energy | None = None
    exported_kwh: Energy | None = None
    compensated_kwh: Energy | None = None
    lines: tuple[Line, ...] = ()
    tax_breakdown: tuple[TaxSubtotal, ...] = ()
    net_total: Money | None = None
    tax_total: Money | None = None
    gross_total: Money | None = None
    amount_due: Money | None = None
    paid: Money | None = None
    prior_balance: Money | None = None
    corrects: PrecedingInvoice | None = None
    bank_account: str | None = None
    payment_reference: str | None = None
    ksef_number: str | None = None
    access_key: str | None = None
    barcode: str | None = None
    evidence: dict[str, Evidence] = {}
    checks: tuple[Check, ...] = ()
    details: dict[str, JsonValue] = Field(default={}, exclude_if=_nothing)
    """The kind's own fields (`pipelines.kinds`) that its proofs close over, or a person confirmed; numbers are strings.
    Left out of the JSON where there are none."""
    layout: str | None = Field(default=None, exclude_if=_nothing)
    """Fingerprint of the supplier's layout: groups documents, proves nothing; None for e-invoice XML."""
    suggestions: tuple[Suggestion, ...] = Field(default=(), exclude_if=_nothing)
    """What nothing proves; left out of the JSON where there is none."""


class SecondReading(_Part):
    """Which model was asked about a document, and how that went."""

    model: str
    prompt: str
    """Kind and version of the prompt."""
    outcome: Literal["answered", "malformed", "unavailable", "over_budget"]
    reason: str = ""


class ParsedError(_Part):
    """Why a file gave no invoices, in the JSON that `parse` writes for it."""

    error: str
    message: str
    remedy: str = ""


class ParsedDocument(_Part):
    """`01_bronze/parsed_invoices/<id>.json`, and what `parse FILE` writes."""

    document: str
    invoices: tuple[Invoice, ...]
    made_by: MadeBy
    pages_sha256: str | None = None
    """Of the pages that it was parsed from, as they stand in the lake: pages of another hash make it stale."""
    error: ParsedError | None = None
    second_reading: SecondReading | None = Field(default=None, exclude_if=_nothing)
    """None, and left out of the JSON, where no model was asked."""

    @property
    def outcome(self) -> Literal["accepted", "needs_review"]:
        """A document is accepted when it holds at least one invoice and all of them are accepted."""
        accepted = bool(self.invoices) and all(i.status is Status.ACCEPTED for i in self.invoices)
        return "accepted" if accepted else "needs_review"

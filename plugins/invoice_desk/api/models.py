"""What travels: the API's own JSON, each with an example."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

EXAMPLE_ID = "2026-11-20/faktura-styczen-3f2a9c1b77aa01de"
_EXAMPLE_FILE = "faktura styczeń.pdf"
State = Literal[
    "receiving", "received", "read", "accepted", "needs_review", "duplicate", "quarantined", "rejected", "deleted"
]


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [values]})


class Sent(BaseModel):
    """What became of one file of an upload."""

    model_config = _example(
        file_name=_EXAMPLE_FILE,
        id=EXAMPLE_ID,
        outcome="received",
        status_url=f"/invoices/api/v1/invoices/{EXAMPLE_ID}",
        problem=None,
    )
    file_name: str
    id: str | None = None
    outcome: Literal["received", "known", "refused"]
    """`known`: the same bytes were received before, as `id`."""
    status_url: str | None = None
    problem: dict[str, Any] | None = None
    """Why it was refused."""


class Upload(BaseModel):
    """Answer to an upload. `id` and `status_url` are those of the first file."""

    id: str | None
    status_url: str | None
    documents: list[Sent]


class Row(BaseModel):
    """One invoice in a list, or a document that holds none yet."""

    model_config = _example(
        id=EXAMPLE_ID,
        position=0,
        state="accepted",
        supplier="Wschodni Wiatr Energetyka",
        gross="438.89",
        currency="PLN",
    )
    id: str
    position: int
    """Which invoice of the document, from 0."""
    received_at: datetime | None = None
    file_name: str | None = None
    state: str | None = None
    reason: str | None = None
    duplicate_of: str | None = None
    pages: int | None = None
    uploader: str | None = None
    media_type: str | None = None
    validated_by: str | None = None
    edits: int | None = None
    document_type: str | None = None
    kind: str | None = None
    invoice_number: str | None = None
    issue_date: date | None = None
    due_date: date | None = None
    period_month: date | None = None
    currency: str | None = None
    supplier: str | None = None
    supplier_tax_id: str | None = None
    customer: str | None = None
    customer_tax_id: str | None = None
    customer_number: str | None = None
    contract_number: str | None = None
    point: str | None = None
    tariff_group: str | None = None
    kwh: Decimal | None = None
    net: Decimal | None = None
    tax: Decimal | None = None
    gross: Decimal | None = None
    amount_due: Decimal | None = None
    ksef_number: str | None = None


class Rows(BaseModel):
    """A page of a list."""

    total: int
    """Rows that match, over all pages."""
    next: str | None
    """`cursor` of the next page; null at the end."""
    items: list[Row]


class Document(BaseModel):
    """One document with all that was read off it, edits applied."""

    id: str
    file_name: str
    state: str
    reason: str
    remedy: str
    received_at: datetime | None
    sha256: str | None
    bytes: int | None
    media_type: str | None
    pages: int
    uploader: str | None
    duplicate_of: str | None
    validated_by: str | None
    """Who vouches for it, where a person does."""
    etag: str
    """Show it as `If-Match` with a change."""
    invoices: list[dict[str, Any]]
    """As in the lake's parsed JSON: fields, lines, evidence, checks."""
    made_by: dict[str, str] | None
    links: dict[str, str]


class Status(BaseModel):
    """Where a file is."""

    model_config = _example(
        filename=_EXAMPLE_FILE, document_id=EXAMPLE_ID, status="accepted", reason="", remedy="", duplicates=0
    )
    filename: str
    document_id: str
    status: str
    reason: str
    remedy: str
    duplicates: int = 0
    """Other documents of this name."""


class Edit(BaseModel):
    """Fields to set: path -> value. Paths begin with the invoice's position in the document."""

    model_config = _example(values={"0.gross_total": "438.89", "0.lines.2.net": "12.30"}, comment="misread")
    values: dict[str, Any] = Field(min_length=1, max_length=2000)
    comment: str = Field("", max_length=2000)


class Comment(BaseModel):
    """Why."""

    model_config = _example(comment="checked against the contract")
    comment: str = Field("", max_length=2000)


class Undo(BaseModel):
    """Which change to take back."""

    model_config = _example(at="2026-11-20T10:00:00.000000Z")
    at: datetime
    """Its time, as the history has it."""


class Again(BaseModel):
    """From which stage on, and whether also what stands already."""

    model_config = ConfigDict(populate_by_name=True, json_schema_extra={"examples": [{"from": "parse", "mode": "all"}]})
    first: Literal["ocr", "parse", "silver", "gold"] = Field("parse", alias="from")
    mode: Literal["missing", "stale", "all"] = "all"


class Changed(BaseModel):
    """A change that was written."""

    model_config = _example(id=EXAMPLE_ID, action="edit", at="2026-11-20T10:00:00Z", etag="a0")
    id: str
    action: str
    at: datetime
    etag: str


class Started(BaseModel):
    """What does it again."""

    id: str
    started: str


class HistoryEntry(BaseModel):
    """Something that happened to a document."""

    at: datetime
    who: str
    action: str
    """received, edit, confirm, delete, restore or undo."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    comment: str = ""
    undone: bool = False


class History(BaseModel):
    """Oldest first."""

    id: str
    entries: list[HistoryEntry]


class Health(BaseModel):
    """Whether the desk can do its work."""

    status: Literal["ok", "failing"]
    lake: str
    """`ok`, or what is wrong with it."""
    works: str
    """Who reads and parses: Airflow, this process, or elsewhere."""
    watchers: int
    uptime_seconds: int

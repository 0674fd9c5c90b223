"""The tables of silver, declared once: columns with types, units and comments, and primary keys.

Those of document kinds are declared by the kinds themselves (`kind_tables`).
Money is decimal(18,2) in the row's currency, energy decimal(18,3) in kWh, dates are calendar dates,
timestamps are UTC with microseconds. Columns are only ever added, and added ones are nullable, so that
old files stay readable.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

import pyarrow as pa

MONEY = pa.decimal128(18, 2)
ENERGY = pa.decimal128(18, 3)
PRICE = pa.decimal128(18, 8)
QUANTITY = pa.decimal128(18, 6)
RATE = pa.decimal128(9, 4)
TEXT = pa.string()
DATE = pa.date32()
TIME = pa.timestamp("us", tz="UTC")

CURRENCY = "ISO 4217 currency of the row"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `unit` is empty where the type says all."""

    name: str
    type: pa.DataType
    comment: str
    unit: str = ""
    required: bool = False

    @property
    def field(self) -> pa.Field:
        notes = {"comment": self.comment} | ({"unit": self.unit} if self.unit else {})
        return pa.field(self.name, self.type, nullable=not self.required, metadata=notes)


class Room(NamedTuple):
    """What a decimal column keeps: digits before the point, and the last digit after it."""

    type: pa.DataType
    whole: int
    last: Decimal


def room_of(kind: pa.DataType) -> Room:
    return Room(kind, kind.precision - kind.scale, Decimal(1).scaleb(-kind.scale))


@dataclass(frozen=True)
class TableSpec:
    """A Delta table.

    Attributes:
        key: Primary key: unique over the whole table.
        owner: Columns that name what is replaced as a whole (an invoice, a document's invoice, ...).
        order: Columns that files are sorted by; the first one's range in each file prunes lookups.
        partition: The partition column, a date; None for a table in one piece.
        distinct: Columns whose values hardly repeat in a file: a dictionary of them costs time and bytes.
        lookup: Columns of keys (32 hex digits) by which rows are found over the whole table.
        part_rows: Rows at which a partition's file is full, and the next one begun; none holds twice as many. Only
            where owners are named by the first column of `order`. 0: one file, however large.
    """

    name: str
    comment: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    owner: tuple[str, ...]
    order: tuple[str, ...]
    partition: str | None = None
    distinct: tuple[str, ...] = ()
    lookup: tuple[str, ...] = ()
    part_rows: int = 0

    @cached_property
    def schema(self) -> pa.Schema:
        return pa.schema([column.field for column in self.columns])

    @cached_property
    def room(self) -> dict[str, Room]:
        """Column -> what fits, of those that are decimals."""
        return {name: room_of(kind) for name, kind in self.decimals.items()}

    @cached_property
    def decimals(self) -> dict[str, pa.DataType]:
        """Column -> type, of those that are decimals."""
        return {column.name: column.type for column in self.columns if pa.types.is_decimal(column.type)}

    @cached_property
    def repeating(self) -> frozenset[str]:
        """Columns of which a file keeps a dictionary: texts that repeat."""
        texts = {column.name for column in self.columns if not _is_number(column.type)}
        return frozenset(texts - set(self.distinct))

    @cached_property
    def statistics(self) -> frozenset[str]:
        """Columns whose range (or lack of values) in each row group is kept: what readers skip by."""
        plain = {column.name for column in self.columns if pa.types.is_primitive(column.type)}
        return frozenset(plain - set(self.decimals) | {self.order[0], *self.lookup[1:]})

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_primitive(kind) or pa.types.is_decimal(kind))


def _required(name: str, kind: pa.DataType, comment: str, unit: str = "") -> Column:
    return Column(name, kind, comment, unit, required=True)


_MONTH = _required("period_month", DATE, "First day of the month that the invoice bills (docs/bi.md has the rule)")

_POINTS = pa.list_(
    pa.struct(
        [
            ("point_key", TEXT),
            ("point_id", TEXT),
            ("scheme", TEXT),
            ("period_start", DATE),
            ("period_end", DATE),
            ("effect_kwh", ENERGY),
            ("exported_kwh", ENERGY),
        ]
    )
)
_TAXES = pa.list_(pa.struct([("name", TEXT), ("rate", RATE), ("base", MONEY), ("amount", MONEY)]))

INVOICES = TableSpec(
    "invoices",
    "One row for each proven or confirmed invoice",
    (
        _required("invoice_key", TEXT, "Identity of the invoice: a hash of who issued it and its number"),
        _MONTH,
        _required("document_id", TEXT, "The document whose values stand here"),
        _required("position", pa.int32(), "Which invoice of that document, from 0"),
        _required("document_type", TEXT, "What it is: invoice, correction, credit_note, settlement, forecast, ..."),
        Column(
            "kind",
            TEXT,
            "What it bills: electricity, gas, water, telecom, invoice, receipt, other, ...; null if undecided",
        ),
        Column("country", TEXT, "ISO 3166-1 alpha-2 country of the bill"),
        Column("language", TEXT, "ISO 639-1 language of the document"),
        Column("invoice_number", TEXT, "As printed (EN 16931 BT-1)"),
        Column("issue_date", DATE, "BT-2"),
        Column("sale_date", DATE, "Date of supply, where printed"),
        Column("due_date", DATE, "BT-9"),
        Column("period_start", DATE, "First day of the billed period (BT-73)"),
        Column("period_end", DATE, "Last day of the billed period (BT-74)"),
        Column("reference_month", TEXT, "Reference month as printed, YYYY-MM"),
        _required("currency", TEXT, "ISO 4217 (BT-5)"),
        Column("seller_name", TEXT, "BT-27, trimmed"),
        Column("seller_tax_id", TEXT, "BT-31 in canonical form: country prefix and no separators"),
        Column("seller_address", TEXT, "As printed"),
        Column("buyer_name", TEXT, "BT-44, trimmed"),
        Column("buyer_tax_id", TEXT, "BT-48 in canonical form"),
        Column("buyer_address", TEXT, "As printed"),
        Column("customer_number", TEXT, "The seller's number for the buyer"),
        Column("contract_number", TEXT, "BT-12"),
        Column("purchase_order", TEXT, "BT-13"),
        Column("point_key", TEXT, "Row of metering_points that the invoice bills"),
        Column("point_id", TEXT, "Metering point or installation, canonical form of what is printed"),
        Column("point_scheme", TEXT, "ppe, installation or other"),
        Column("meter_number", TEXT, "Meter serial number"),
        Column("tariff_group", TEXT, "Tariff group such as C11 or B1, upper case"),
        Column("distributor", TEXT, "Network operator, where printed"),
        Column("bill_part", TEXT, "What an energy bill charges for: sales, distribution or complete"),
        Column("consumption_kwh", ENERGY, "Electric energy billed as printed", "kWh"),
        Column("exported_kwh", ENERGY, "Energy given to the grid", "kWh"),
        Column("compensated_kwh", ENERGY, "Energy credited against consumption", "kWh"),
        Column("net_total", MONEY, "BT-109 as printed", CURRENCY),
        Column("tax_total", MONEY, "BT-110 as printed", CURRENCY),
        _required("gross_total", MONEY, "BT-112 as printed", CURRENCY),
        Column("amount_due", MONEY, "BT-115 as printed", CURRENCY),
        Column("paid", MONEY, "BT-113 as printed", CURRENCY),
        Column("prior_balance", MONEY, "Balance carried over, as printed", CURRENCY),
        Column("effect", TEXT, "total, difference, credit or unknown: how the printed totals enter the books"),
        Column("effect_kwh", ENERGY, "What the document adds to consumption; null if unknown", "kWh"),
        Column("effect_net", MONEY, "What the document adds to net spend; null if unknown", CURRENCY),
        Column("effect_tax", MONEY, "What the document adds to tax; null if unknown", CURRENCY),
        Column("effect_gross", MONEY, "What the document adds to gross spend; null if unknown", CURRENCY),
        Column("taxes", _TAXES, "Tax subtotals (BG-23): name, rate in percent, base and amount", CURRENCY),
        Column("corrects_key", TEXT, "invoice_key of the invoice that this one corrects"),
        Column("corrects_invoice_number", TEXT, "Its number as printed (BT-25)"),
        Column("corrects_issue_date", DATE, "Its issue date (BT-26)"),
        Column("corrects_reason", TEXT, "Why it was corrected, as printed"),
        Column("corrects_ksef_number", TEXT, "Its KSeF number"),
        Column("original_month", DATE, "period_month of the corrected invoice; null while it is missing"),
        Column("bank_account", TEXT, "Account to pay to, no spaces"),
        Column("payment_reference", TEXT, "Reference or payment line"),
        Column("ksef_number", TEXT, "KSeF number (PL)"),
        Column("access_key", TEXT, "NF3e access key, 44 digits (BR)"),
        Column("barcode", TEXT, "Payment bar code digits"),
        _required("validated_by", TEXT, "proof, or the name of the person who confirmed it"),
        Column("confirmed_at", TIME, "When a person confirmed it"),
        Column("received_at", TIME, "When the document was received"),
        Column("checks_passed", pa.int32(), "Proofs that closed"),
        Column(
            "points", _POINTS, "Of a collective invoice: its points (rows of metering_points) and their parts", "kWh"
        ),
    ),
    key=("invoice_key",),
    owner=("invoice_key",),
    order=("document_id", "position"),
    partition="period_month",
    distinct=(
        "invoice_key",
        "document_id",
        "invoice_number",
        "customer_number",
        "point_key",
        "point_id",
        "payment_reference",
        "ksef_number",
        "access_key",
        "barcode",
    ),
    lookup=("invoice_key", "corrects_key"),
)

INVOICE_LINES = TableSpec(
    "invoice_lines",
    "The lines of the invoices that stand in `invoices`",
    (
        _required("invoice_key", TEXT, "The invoice"),
        _MONTH,
        _required("document_id", TEXT, "The document whose values stand here"),
        _required("position", pa.int32(), "Which invoice of that document, from 0"),
        _required("line_number", pa.int32(), "From 1, in printed order"),
        Column("description", TEXT, "BT-153 as printed"),
        Column("category", TEXT, "energy, distribution, fee, tax, discount or null"),
        Column("quantity", QUANTITY, "BT-129 as printed", "see unit"),
        Column("unit", TEXT, "Unit in canonical form (kWh, kvarh, kW, month, piece, ...)"),
        Column("energy_kwh", ENERGY, "Quantity in kWh, where it is electric energy", "kWh"),
        Column("unit_price", PRICE, "BT-146 as printed", CURRENCY),
        Column("net", MONEY, "BT-131", CURRENCY),
        Column("tax_rate", RATE, "BT-152", "percent"),
        Column("tax", MONEY, "Tax of the line, where printed", CURRENCY),
        Column("gross", MONEY, "Line amount with tax, where printed", CURRENCY),
        _required("currency", TEXT, "ISO 4217"),
        Column("period_start", DATE, "BT-134"),
        Column("period_end", DATE, "BT-135"),
        _required("before_correction", pa.bool_(), "The line states what a correction takes back"),
        Column("point_id", TEXT, "Metering point of the line, canonical, where a collective invoice names one"),
    ),
    key=("document_id", "position", "line_number"),
    owner=("document_id", "position"),
    order=("document_id", "position", "line_number"),
    partition="period_month",
)

METERING_POINTS = TableSpec(
    "metering_points",
    "One row for each metering point or installation, through renumbering",
    (
        _required("point_key", TEXT, "Identity of the point: a hash of the first number it was known by"),
        _required("scheme", TEXT, "ppe, installation or other"),
        _required("point_id", TEXT, "Its number on the newest bill"),
        _required("known_ids", pa.list_(TEXT), "Every number it was billed under, sorted"),
        Column("address", TEXT, "As printed on the newest bill"),
        Column("meter_number", TEXT, "On the newest bill"),
        Column("tariff_group", TEXT, "On the newest bill"),
        Column("distributor", TEXT, "On the newest bill"),
        Column("customer_number", TEXT, "On the newest bill"),
        Column("seller_tax_id", TEXT, "Who issued the newest bill"),
        _required("first_month", DATE, "First billed month"),
        _required("last_month", DATE, "Last billed month"),
        _required(
            "last_document_id", TEXT, "The newest bill: of the last month, and of several the last by document id"
        ),
    ),
    key=("point_key",),
    owner=("point_key",),
    order=("point_key",),
    distinct=("point_key", "point_id", "address", "meter_number", "customer_number", "last_document_id"),
)

DOCUMENTS = TableSpec(
    "documents",
    "One row for each received document, whatever became of it",
    (
        _required("document_id", TEXT, "<received date>/<slug>-<first 16 hex of the SHA-256>"),
        _required("received_on", DATE, "Received day, UTC"),
        Column("received_at", TIME, "When it was received"),
        Column("file_name", TEXT, "As dropped"),
        Column("sha256", TEXT, "Hash of the bytes"),
        Column("bytes", pa.int64(), "Size", "bytes"),
        Column("media_type", TEXT, "As sniffed from the bytes"),
        Column("uploader", TEXT, "Who sent it, where known"),
        Column("source", TEXT, "How it came: uploads, api, ..."),
        _required("state", TEXT, "accepted, needs_review, duplicate, quarantined, ... or the stage reached"),
        Column("reason", TEXT, "Why it is not accepted"),
        Column("duplicate_of", TEXT, "The document that stands for the same invoice or holds the same bytes"),
        Column("supplier_tax_id", TEXT, "Seller of its first invoice, canonical"),
        Column("supplier_name", TEXT, "Seller of its first invoice"),
        Column("invoice_keys", pa.list_(TEXT), "Identities of its invoices, in order; empty where unknown"),
        Column("invoices", pa.int32(), "Invoices that it holds"),
        Column("standing", pa.int32(), "How many of them stand in `invoices`"),
        Column("proven", pa.int32(), "How many of them closed their proofs without a person"),
        Column("validated_by", TEXT, "proof, or the name of the person who confirmed or edited it"),
        Column("pages", pa.int32(), "Pages"),
        Column("engines", pa.list_(TEXT), "What read the pages"),
        Column("cpu_seconds", pa.decimal128(12, 3), "CPU time of reading and parsing", "s"),
        Column("read_at", TIME, "When reading ended"),
        Column("parsed_at", TIME, "When parsing ended"),
        Column("parsing_version", TEXT, "Version of the parsing rules"),
        Column("edits", pa.int32(), "Edits by people"),
        Column("layout", TEXT, "Fingerprint of the layout of its first invoice"),
        _required("fingerprint", TEXT, "State of bronze that this row was made from; empty: do it again"),
    ),
    key=("document_id",),
    owner=("document_id",),
    order=("document_id",),
    partition="received_on",
    distinct=("document_id", "file_name", "sha256", "fingerprint"),
    part_rows=8_192,
)

CLAIMS = TableSpec(
    "invoice_claims",
    "Who else claims an invoice: every claim on an invoice that more than one document holds",
    (
        _required("invoice_key", TEXT, "The invoice"),
        _required("document_id", TEXT, "A document that holds it"),
        _required("position", pa.int32(), "Which invoice of that document, from 0"),
        _required("period_month", DATE, "The month it bills by this document"),
        _required("amounts", TEXT, "Currency, gross, net, tax and kWh as this document states them"),
        Column("received_at", TIME, "When the document was received"),
        Column("confirmed_at", TIME, "When a person confirmed it"),
    ),
    key=("invoice_key", "document_id", "position"),
    owner=("invoice_key",),
    order=("invoice_key", "document_id", "position"),
)

FIXED_TABLES = {spec.name: spec for spec in (INVOICES, INVOICE_LINES, METERING_POINTS, DOCUMENTS, CLAIMS)}
"""Those of every lake; `kind_tables.tables()` has those of document kinds as well."""

Row = dict[str, Any]
"""Column name -> value; every column of the spec is there."""

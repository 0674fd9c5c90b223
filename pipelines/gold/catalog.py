"""The tables of gold: columns with types, units and comments, and the SQL that makes them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import pyarrow as pa

VIEWS = ("consumption_gaps",)
"""Questions over gold that `query` answers as views: `include/sql/gold/views/<name>.sql`."""
SQL_FOLDER = Path(__file__).resolve().parents[2] / "include" / "sql" / "gold"

MONEY = pa.decimal128(18, 2)
ENERGY = pa.decimal128(18, 3)
PRICE = pa.decimal128(18, 6)
RATE = pa.decimal128(9, 4)
COUNT = pa.int64()
TEXT = pa.string()
DATE = pa.date32()


def view_sql(name: str) -> str:
    """The SELECT of one of VIEWS, over gold's tables by their names."""
    return (SQL_FOLDER / "views" / f"{name}.sql").read_text("utf-8")


Source = Literal["invoices", "invoice_sums", "tax_sums", "corrections", "documents"]
"""What a month's file is made from: the month's invoices, or what one of SUMS makes of them; the corrections of the
month's invoices; the documents received in the month."""
SUMS = ("invoice_sums", "tax_sums")
"""The month's invoices, added up where they are alike: `include/sql/gold/sums/<name>.sql`."""


def sums_sql(name: str) -> str:
    """The SELECT of one of SUMS, over `invoices`."""
    return (SQL_FOLDER / "sums" / f"{name}.sql").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class GoldColumn:
    name: str
    type: pa.DataType
    comment: str
    unit: str = ""

    @property
    def field(self) -> pa.Field:
        notes = {"comment": self.comment} | ({"unit": self.unit} if self.unit else {})
        return pa.field(self.name, self.type, metadata=notes)


@dataclass(frozen=True)
class GoldTable:
    """One table: a Parquet file for each month, made by `include/sql/gold/<name>.sql`."""

    name: str
    comment: str
    source: Source
    columns: tuple[GoldColumn, ...]
    order: tuple[str, ...]
    """Columns that rows are sorted by: the same rows give the same file. Empty: the SQL itself keeps an order."""
    month_of: str = ""
    """The column that tells the file of a row, where one query makes the rows of many months (they are few);
    empty where each month is asked for alone."""

    @cached_property
    def sql(self) -> str:
        return (SQL_FOLDER / f"{self.name}.sql").read_text("utf-8")

    @cached_property
    def schema(self) -> pa.Schema:
        return pa.schema([column.field for column in self.columns], metadata={"comment": self.comment})

    @cached_property
    def definition(self) -> str:
        """Changes with the SQL or the columns: a file made by another definition is made anew."""
        made_from = sums_sql(self.source) if self.source in SUMS else ""
        text = f"{self.sql}\n{made_from}{self.schema.to_string(show_field_metadata=False)}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def month_key(self, month: str) -> str:
        """The key of a month's file below 03_gold/; `month` is YYYY-MM."""
        return f"{self.name}/{month}.parquet"


def _columns(*groups: Iterable[GoldColumn]) -> tuple[GoldColumn, ...]:
    return tuple(column for group in groups for column in group)


_MONTH = GoldColumn("period_month", DATE, "First day of the billing month")
_CURRENCY = GoldColumn("currency", TEXT, "ISO 4217")
_COUNTRY = GoldColumn("country", TEXT, "ISO 3166-1 alpha-2")
_SUPPLIER = (
    GoldColumn("supplier_tax_id", TEXT, "Seller's tax id with country prefix"),
    GoldColumn("supplier_name", TEXT, "Seller's name; of several spellings the first in order"),
)
_LEFT_OUT = GoldColumn("corrections_left_out", COUNT, "Corrections whose difference is not known: not in the sums")


def _money(name: str, comment: str) -> GoldColumn:
    return GoldColumn(name, MONEY, comment, "currency of the row")


def _energy(name: str, comment: str) -> GoldColumn:
    return GoldColumn(name, ENERGY, comment, "kWh")


def _count(name: str, comment: str) -> GoldColumn:
    return GoldColumn(name, COUNT, comment)


MONTHLY_ENERGY_COSTS = GoldTable(
    "monthly_energy_costs",
    "Energy bills by billing month, supplier, tariff group and currency",
    "invoice_sums",
    _columns(
        (_MONTH, *_SUPPLIER, _COUNTRY, GoldColumn("tariff_group", TEXT, "Tariff group"), _CURRENCY),
        (
            _count("bills", "Bills and corrections, without forecasts"),
            _count("points", "Metering points billed"),
            _energy("kwh", "Energy billed by bills that sell it"),
            _energy("distribution_kwh", "Energy on bills for distribution alone: never add it to kwh"),
            _energy("exported_kwh", "Energy given to the grid"),
            _energy("compensated_kwh", "Energy credited against consumption"),
            _money("net", "Before tax"),
            _money("tax", "Tax; null where bills state none apart from the price"),
            _money("gross", "With tax"),
            GoldColumn("net_per_kwh", PRICE, "Average price before tax", "currency of the row per kWh"),
            GoldColumn("gross_per_kwh", PRICE, "Average price with tax", "currency of the row per kWh"),
            _energy("forecast_kwh", "Energy on forecasts and advances: billed again by the settlement"),
            _money("forecast_gross", "Money on forecasts and advances: billed again by the settlement"),
            _LEFT_OUT,
        ),
    ),
    ("supplier_tax_id", "supplier_name", "country", "tariff_group", "currency"),
    "period_month",
)

CONSUMPTION_PER_PPE = GoldTable(
    "consumption_per_ppe",
    "Energy by metering point, billing month and the calendar months it was used in",
    "invoices",
    _columns(
        (
            _MONTH,
            GoldColumn("calendar_month", DATE, "First day of the month of use, by days of the billed period"),
            GoldColumn("point_key", TEXT, "Metering point, the same through renumbering"),
            GoldColumn("point_id", TEXT, "Its PPE or installation number on the newest bill of the month"),
            GoldColumn("point_scheme", TEXT, "ppe, installation or other"),
            _COUNTRY,
            GoldColumn("tariff_group", TEXT, "Tariff group"),
            GoldColumn("distributor", TEXT, "Network operator"),
            _energy("kwh", "Energy used, counted once where sales and distribution are billed apart"),
            _energy("distribution_kwh", "The same energy on the distribution bill: never add it to kwh"),
            _energy("forecast_kwh", "Energy on forecasts: never add it to kwh"),
            _energy("exported_kwh", "Energy given to the grid"),
            _energy("compensated_kwh", "Energy credited against consumption"),
            _count("bills", "Bills and corrections, without forecasts"),
            GoldColumn("days_billed", COUNT, "Days of the calendar month that the bills cover", "days"),
            GoldColumn("overlap_days", COUNT, "Days covered more than once by bills of this billing month", "days"),
            GoldColumn("days_in_month", COUNT, "Days of the calendar month", "days"),
            GoldColumn("first_day", DATE, "First day that they cover; null where no bill is dated"),
            GoldColumn("last_day", DATE, "Last day of the calendar month that they cover"),
        ),
    ),
    (),
)

CORRECTIONS_VS_ORIGINALS = GoldTable(
    "corrections_vs_originals",
    "The correction ledger: originals, corrections, and what they come to as known on any date",
    "corrections",
    _columns(
        (
            GoldColumn("period_month", DATE, "Billing month of the original; of the correction while it waits"),
            GoldColumn("original_key", TEXT, "invoice_key of the original"),
            GoldColumn("state", TEXT, "joined; waiting for the original; unknown difference"),
            GoldColumn("sequence", COUNT, "0 is the original, then its corrections by date"),
            *_SUPPLIER,
            GoldColumn("point_key", TEXT, "Metering point"),
            _CURRENCY,
            GoldColumn("original_number", TEXT, "As printed"),
            GoldColumn("original_issue_date", DATE, "As printed"),
            GoldColumn("correction_number", TEXT, "Null on the original's row"),
            GoldColumn("correction_issue_date", DATE, "Null on the original's row"),
            GoldColumn("correction_month", DATE, "Billing month of the correction"),
            GoldColumn("reason", TEXT, "As printed"),
            GoldColumn("document_id", TEXT, "Where the row's values stand"),
            _energy("original_kwh", "Of the original"),
            _money("original_net", "Of the original"),
            _money("original_gross", "Of the original"),
            _energy("difference_kwh", "By this correction"),
            _money("difference_net", "By this correction"),
            _money("difference_tax", "By this correction"),
            _money("difference_gross", "By this correction"),
            _energy("effective_kwh", "Original and corrections up to this one"),
            _money("effective_net", "Original and corrections up to this one"),
            _money("effective_tax", "Original and corrections up to this one"),
            _money("effective_gross", "Original and corrections up to this one"),
            GoldColumn("valid_from", DATE, "From when the effective value was known"),
            GoldColumn("valid_to", DATE, "Until when; null while it holds"),
            GoldColumn("is_current", pa.bool_(), "The newest row of its original"),
        ),
    ),
    ("original_key", "sequence"),
)

SUPPLIER_SPEND_MONTHLY = GoldTable(
    "supplier_spend_monthly",
    "All invoices by month, supplier and currency",
    "invoice_sums",
    _columns(
        (_MONTH, *_SUPPLIER, _COUNTRY, _CURRENCY),
        (
            _count("invoices", "Without corrections and forecasts"),
            _count("corrections", "Corrections and credit notes"),
            _money("net", "Before tax"),
            _money("tax", "Tax"),
            _money("gross", "With tax"),
            _money("credited_gross", "The part of gross that takes away"),
            _money("forecast_gross", "Forecasts and advances, not in gross"),
            _LEFT_OUT,
        ),
    ),
    ("supplier_tax_id", "supplier_name", "country", "currency"),
    "period_month",
)

TAX_SUMMARY_MONTHLY = GoldTable(
    "tax_summary_monthly",
    "Taxes by month, country, name and rate",
    "tax_sums",
    _columns(
        (_MONTH, _COUNTRY, _CURRENCY),
        (
            GoldColumn("tax_name", TEXT, "As printed; null where a document states one tax total alone"),
            GoldColumn("rate", RATE, "As printed", "percent"),
            _count("documents", "Subtotals that were added"),
            _money("base", "Taxable amount"),
            _money("amount", "Tax"),
            _money("forecast_amount", "Tax on forecasts and advances, not in amount"),
        ),
    ),
    ("country", "currency", "tax_name", "rate"),
    "period_month",
)

DATA_QUALITY_DAILY = GoldTable(
    "data_quality_daily",
    "What became of the documents received on a day, by supplier and layout",
    "documents",
    _columns(
        (
            GoldColumn("received_on", DATE, "Received day, UTC"),
            *_SUPPLIER,
            GoldColumn("layout", TEXT, "Fingerprint of the supplier's layout, where a page was parsed"),
        ),
        (
            _count("received", "Documents received"),
            _count("accepted", "Stand in silver"),
            _count("needs_review", "Wait for a person"),
            _count("quarantined", "Could not be read or parsed"),
            _count("duplicates", "Hold what another document holds"),
            _count("rejected", "Are no documents"),
            _count("deleted", "Were deleted by a person"),
            _count("touched_by_people", "Were confirmed or edited"),
            GoldColumn("proof_rate", RATE, "Share of parsed documents that closed their proofs", "1"),
            _count("pages", "Pages"),
            GoldColumn("cpu_seconds", pa.decimal128(18, 3), "CPU time of reading and parsing", "s"),
        ),
    ),
    ("received_on", "supplier_tax_id", "supplier_name", "layout"),
    "received_on",
)

GOLD_TABLES = {
    table.name: table
    for table in (
        MONTHLY_ENERGY_COSTS,
        CONSUMPTION_PER_PPE,
        CORRECTIONS_VS_ORIGINALS,
        SUPPLIER_SPEND_MONTHLY,
        TAX_SUMMARY_MONTHLY,
        DATA_QUALITY_DAILY,
    )
}

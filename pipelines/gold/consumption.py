"""Bills of a month that are rows of `consumption_per_ppe` as they stand, and those that its SQL has to see.

A row of that table tells of one point, so the month's points can be parted: those with one bill of one calendar
month are copied by column (the first SELECT of the SQL says the same), the bills of all others go to the SQL.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.gold.columns import Mask, is_valid
from pipelines.gold.months import TEXTS, Bills, held_as

Days = npt.NDArray[np.int32]

_COPIED = ("point_key", "point_id", "point_scheme", "country", "tariff_group", "distributor")
_ASKED = (
    *(name for name in TEXTS if name not in ("currency", "seller_tax_id", "seller_name")),
    *("point_key", "point_id", "effect_kwh", "exported_kwh", "compensated_kwh", "period_start", "period_end"),
)
"""Columns that the SQL names, of those that are held already; with `_FURTHER` all of them."""
_FURTHER = ("document_id", "invoice_key")


@dataclass(frozen=True, slots=True)
class Plain:
    """Which bills are plain, and the days of their periods since 1970."""

    bills: Mask
    first: Days
    last: Days
    starts: Days
    lengths: Days


def plain_bills(bills: Bills) -> Plain:
    """Bills of points that have no other, of days of one calendar month; they correct and forecast nothing."""
    types, effect = bills.texts["document_type"], bills.texts["effect"]
    special = types.among("forecast", "advance", "correction", "credit_note") | effect.among("credit")
    start, end = bills.rows.column("period_start"), bills.rows.column("period_end")
    first, last = _days(start), _days(end)
    starts, lengths = _months(first)
    within = (first <= last) & (last < starts + lengths) & is_valid(start) & is_valid(end)
    plain: Mask = bills.piece.pointed & ~bills.several & within & ~special
    if plain.all():
        return Plain(plain, first, last, starts, lengths)
    return Plain(plain, first[plain], last[plain], starts[plain], lengths[plain])


def plain_rows(bills: Bills, plain: Plain, schema: pa.Schema) -> pa.Table:
    """Their rows, in silver's order, with the types of `held`."""
    rows = bills.rows if plain.bills.all() else bills.rows.filter(pa.array(plain.bills))
    count = rows.num_rows
    found = {name: rows.column(name) for name in (*_COPIED, "exported_kwh", "compensated_kwh")} | {
        "period_month": pa.repeat(pa.scalar(bills.month, pa.date32()), count),
        "calendar_month": pa.array(plain.starts).cast(pa.date32()),
        "kwh": rows.column("effect_kwh"),
        "bills": pa.array(np.ones(count, np.int64)),
        "days_billed": pa.array(plain.last - plain.first + 1, pa.int64()),
        "overlap_days": pa.array(np.zeros(count, np.int64)),
        "days_in_month": pa.array(plain.lengths, pa.int64()),
        "first_day": rows.column("period_start"),
        "last_day": rows.column("period_end"),
    }
    return pa.table({field.name: found.get(field.name, pa.nulls(count, field.type)) for field in schema})


def held(schema: pa.Schema) -> pa.Schema:
    """The types that rows of consumption are written from."""
    return pa.schema([pa.field(field.name, held_as(field.name, field.type)) for field in schema])


def asked_bills(bills: Bills, chosen: Mask) -> pa.Table:
    """Some bills with the columns that the SQL names."""
    parted = "points" in bills.piece.table.columns
    more = bills.piece.read([*_FURTHER, *(["points"] if parted else [])])
    rows, count = pa.array(chosen), int(chosen.sum())
    columns = {name: bills.rows.column(name).filter(rows) for name in _ASKED}
    columns = {name: c.cast(pa.string()) if pa.types.is_dictionary(c.type) else c for name, c in columns.items()}
    columns |= {name: more.column(name).filter(rows) for name in more.column_names}
    return pa.table(columns | {"period_month": pa.repeat(pa.scalar(bills.month, pa.date32()), count)})


def _days(column: pa.ChunkedArray) -> Days:
    """Dates as days since 1970, 0 where null."""
    days: Days = column.cast(pa.int32()).fill_null(0).to_numpy()
    return days


def _months(days: Days) -> tuple[Days, Days]:
    """The first day of the month of each day, and how many days it has; by a table of the days in question."""
    if not len(days):
        return days, days
    low = int(days.min())
    months = np.arange(low, int(days.max()) + 1).astype("datetime64[D]").astype("datetime64[M]")
    starts = months.astype("datetime64[D]").astype(np.int32)
    ends = (months + 1).astype("datetime64[D]").astype(np.int32)
    return starts[days - low], (ends - starts)[days - low]

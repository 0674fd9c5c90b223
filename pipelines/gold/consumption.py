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
from pipelines.gold.months import TEXTS, Month

Days = npt.NDArray[np.int32]

_COPIED = ("point_key", "point_id", "point_scheme", "country", "tariff_group", "distributor")
_ASKED = (
    *(name for name in TEXTS if name not in ("currency", "seller_tax_id", "seller_name")),
    *("point_key", "point_id", "effect_kwh", "exported_kwh", "compensated_kwh", "period_start", "period_end"),
)
"""Columns that the SQL names, of those that a month holds already; with `_FURTHER` all of them."""
_FURTHER = ("document_id", "invoice_key")


@dataclass(frozen=True, slots=True)
class Plain:
    """Which bills are plain, and the days of their periods since 1970."""

    bills: Mask
    first: Days
    last: Days
    starts: Days
    lengths: Days


def plain_bills(month: Month) -> Plain:
    """Bills of points that have no other, of days of one calendar month; they correct and forecast nothing."""
    types, effect = month.texts["document_type"], month.texts["effect"]
    special = types.among("forecast", "advance", "correction", "credit_note") | effect.among("credit")
    start, end = month.rows.column("period_start"), month.rows.column("period_end")
    first, last = _days(start), _days(end)
    starts, lengths = _months(first)
    within = (first <= last) & (last < starts + lengths) & is_valid(start) & is_valid(end)
    plain: Mask = month.pointed & ~month.several & within & ~special
    if plain.all():
        return Plain(plain, first, last, starts, lengths)
    return Plain(plain, first[plain], last[plain], starts[plain], lengths[plain])


def plain_rows(month: Month, plain: Plain, schema: pa.Schema) -> pa.Table:
    """Their rows, in silver's order."""
    rows = month.rows if plain.bills.all() else month.rows.filter(pa.array(plain.bills))
    count = rows.num_rows
    found = {name: rows.column(name) for name in (*_COPIED, "exported_kwh", "compensated_kwh")} | {
        "period_month": pa.repeat(pa.scalar(month.month, pa.date32()), count),
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


def other_bills(month: Month, plain: Plain) -> pa.Table | None:
    """The bills that the SQL has to see, with the columns that it names; None where there are none."""
    others = month.pointed & ~plain.bills | month.collective
    if not others.any():
        return None
    parted = "points" in month.table.columns
    more = month.more([*_FURTHER, *(["points"] if parted else [])])
    chosen = pa.array(others)
    columns = {name: month.rows.column(name).filter(chosen) for name in _ASKED}
    columns = {name: c.cast(pa.string()) if pa.types.is_dictionary(c.type) else c for name, c in columns.items()}
    columns |= {name: more.column(name).filter(chosen) for name in more.column_names}
    count = int(others.sum())
    return pa.table(columns | {"period_month": pa.repeat(pa.scalar(month.month, pa.date32()), count)})


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

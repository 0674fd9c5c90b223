"""Metering points: one row for each, found by any number that it was billed under, or made.

Numbers change: old Polish `PL...` codes became 18-digit PPE codes, CEMIG's 10-digit installations become
15-digit ones. A number that was never seen belongs to a known point when one, and only one, has the same
seller, meter and customer number (or address) under a number of another length.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.silver.keys import point_key
from pipelines.silver.partitions import ROW_GROUP, Change
from pipelines.silver.schemas import Row
from pipelines.silver.tables import Pinned

_DESCRIBES = ("address", "meter_number", "tariff_group", "distributor", "customer_number", "seller_tax_id")
_METER_LENGTH = 5
"""Shorter meter numbers are no proof of identity."""


def related_points(table: Pinned, points: Collection[Row]) -> Points:
    """The rows that any of these points may be: by number, or by meter."""
    if not points:
        return Points([])
    ids = pa.array(sorted({point["point_id"] for point in points}), pa.string())
    meters = pa.array(sorted({point["meter_number"] for point in points if point["meter_number"]}), pa.string())
    standing = table.whole(table.live, ROW_GROUP)
    if standing is not None:
        return Points(_related(standing.to_batches(), ids, meters), standing)
    scanner = table.dataset(table.live).scanner(batch_size=65_536, batch_readahead=2, fragment_readahead=1)
    return Points(_related(scanner.to_batches(), ids, meters))


def _related(batches: Iterable[pa.RecordBatch], ids: pa.Array, meters: pa.Array) -> list[Row]:
    found: list[Row] = []
    for batch in batches:
        lists = batch.column("known_ids")
        hits = pc.list_parent_indices(lists).filter(pc.is_in(pc.list_flatten(lists), value_set=ids))
        metered = pc.indices_nonzero(pc.is_in(batch.column("meter_number"), value_set=meters, skip_nulls=True))
        at = sorted({*hits.to_pylist(), *metered.to_pylist()})
        if at:
            found.extend(batch.take(pa.array(at, pa.int64())).to_pylist())
    return found


class Points:
    """The points that a run touches, as they stand and as its bills change them.

    `standing`: the whole table, where it was read to find them.
    """

    def __init__(self, known: Iterable[Row], standing: pa.Table | None = None) -> None:
        self._standing = standing
        self._rows: dict[str, Row] = {}
        self._by_id: dict[tuple[str, str], set[str]] = {}
        self._by_meter: dict[str, set[str]] = {}
        for row in known:
            self._put(row)
        self._before = dict(self._rows)

    def _put(self, row: Row) -> None:
        key = str(row["point_key"])
        self._rows[key] = row
        for number in row["known_ids"]:
            self._by_id.setdefault((row["scheme"], number), set()).add(key)
        if row["meter_number"]:
            self._by_meter.setdefault(row["meter_number"], set()).add(key)

    def find_or_make(self, bill: Row) -> str:
        """The key of the point that a bill is for; the point takes over what a newer bill says of it."""
        row = self._find(bill)
        if row is None:
            key = point_key(bill["scheme"], bill["point_id"])
            months = {"first_month": bill["last_month"], "last_month": bill["last_month"]}
            self._put(bill | months | {"point_key": key, "known_ids": [bill["point_id"]]})
            return key
        self._put(_updated(row, bill))
        return str(row["point_key"])

    def change(self) -> Change:
        """What to write: rows that are new or other than before."""
        changed = [row for key, row in self._rows.items() if row != self._before.get(key)]
        return Change({(row["point_key"],) for row in changed}, changed, standing=self._standing)

    def _find(self, bill: Row) -> Row | None:
        same_id = self._by_id.get((bill["scheme"], bill["point_id"]))
        if same_id:
            return self._rows[min(same_id)]
        same_meter = self._by_meter.get(bill["meter_number"] or "", set())
        renumbered = [row for key in same_meter if _renumbered(row := self._rows[key], bill)]
        return renumbered[0] if len(renumbered) == 1 else None


def _updated(row: Row, bill: Row) -> Row:
    result = dict(row)
    result["known_ids"] = sorted({*row["known_ids"], bill["point_id"]})
    result["first_month"] = min(row["first_month"], bill["last_month"])
    if (bill["last_month"], bill["last_document_id"]) >= (row["last_month"], row["last_document_id"]):
        result |= {name: bill[name] for name in ("point_id", "last_month", "last_document_id")}
        # what the newest bill does not print stays known from an older one
        result |= {name: bill[name] for name in _DESCRIBES if bill[name] is not None}
    return result


def _renumbered(row: Row, bill: Row) -> bool:
    def same(name: str) -> bool:
        return row[name] is not None and row[name] == bill[name]

    return (
        row["scheme"] == bill["scheme"]
        and all(len(known) != len(bill["point_id"]) for known in row["known_ids"])
        and same("seller_tax_id")
        and same("meter_number")
        and len(bill["meter_number"]) >= _METER_LENGTH
        and (same("customer_number") or same("address"))
    )

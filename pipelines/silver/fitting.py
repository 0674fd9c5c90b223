"""Rows as their tables want them: every column, decimals that fit, required values, keys that stand once. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from operator import itemgetter

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.errors import InvalidRecord
from pipelines.silver.schemas import Column, Room, Row, TableSpec

_COMPUTED = ("energy_kwh",)
"""Columns that may hold more digits than they keep, because they are computed: rounded half to even."""


def fitted(spec: TableSpec, values: Row, document: str) -> Row:
    """Every column of the table; decimals at the column's scale. Raises InvalidRecord where one does not fit."""
    row = dict.fromkeys(spec.names) | values
    for name, room in spec.room.items():
        value = row[name]
        if value is not None:
            row[name] = fit_digits(name, room, value, document)
    return row


def fit_digits(name: str, room: Room, value: Decimal, document: str) -> Decimal:
    if not value.is_finite() or value.adjusted() >= room.whole:
        raise InvalidRecord(f"{name} {value} is no number that fits {room.type}", document=document)
    kept = value.quantize(room.last)
    if kept != value and name not in _COMPUTED:
        raise InvalidRecord(f"{name} {value} has more digits than {room.type} keeps", document=document)
    return kept


def as_table(spec: TableSpec, schema: pa.Schema, rows: Sequence[Row] | pa.Table) -> pa.Table:
    """Rows as an Arrow table of a schema, sorted as the spec orders.

    Raises InvalidRecord where a value does not fit its column, a required one is missing, a column is
    unknown, or two rows have the same primary key.
    """
    if not isinstance(rows, pa.Table):
        return _from_rows(spec, schema, rows)
    for column in spec.columns:
        if column.required and rows.column(column.name).null_count:
            raise _missing(spec, column, _document(rows))
    keys = rows.select(list(spec.key)).group_by(list(spec.key)).aggregate([([], "count_all")])
    if keys.num_rows != rows.num_rows:
        twice = keys.filter(pc.greater(keys.column("count_all"), 1)).slice(0, 1).to_pylist()[0]
        raise _twice(spec, [twice[name] for name in spec.key], _document(rows))
    return rows.sort_by([(name, "ascending") for name in spec.order])


def _from_rows(spec: TableSpec, schema: pa.Schema, rows: Sequence[Row]) -> pa.Table:
    """The same of rows that are few: asked and sorted before they are columns, which takes a third of the time."""
    unknown = set().union(*rows) - set(schema.names)
    if unknown:
        raise InvalidRecord(f"{spec.name} has no column {', '.join(sorted(unknown))}")
    for column in spec.columns:
        if column.required and any(row.get(column.name) is None for row in rows):
            raise _missing(spec, column, _document_of(rows))
    keys = Counter(itemgetter(*spec.key)(row) for row in rows)
    if len(keys) != len(rows):
        raise _twice(spec, keys.most_common(1)[0][0], _document_of(rows))
    try:
        structs = pa.array(sorted(rows, key=itemgetter(*spec.order)), pa.struct(list(schema)))
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise InvalidRecord(f"a row of {spec.name} does not fit its schema: {error}") from error
    return pa.table(structs.flatten(), schema=schema)


def _missing(spec: TableSpec, column: Column, document: str) -> InvalidRecord:
    return InvalidRecord(f"{spec.name}.{column.name} is required and missing", document=document)


def _twice(spec: TableSpec, key: object, document: str) -> InvalidRecord:
    return InvalidRecord(f"two rows of {spec.name} have the key {key}", document=document)


def _document_of(rows: Sequence[Row]) -> str:
    names = {str(row.get("document_id") or "") for row in rows}
    return names.pop() if len(names) == 1 else ""


def _document(table: pa.Table) -> str:
    """The document at fault, where there is but one."""
    names = table.column("document_id").unique() if "document_id" in table.column_names else []
    return str(names[0]) if len(names) == 1 else ""

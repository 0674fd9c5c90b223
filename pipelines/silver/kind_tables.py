"""The tables of document kinds: one for each registered kind that has fields of its own, declared by those fields.

A kind's table holds one row for each standing invoice of the kind, with what is proven or was confirmed of its own
fields. It is written, moved, erased, checked and kept up as the lines are: nothing here knows a single kind.
"""

from __future__ import annotations

from functools import cache, lru_cache

import pyarrow as pa
from pydantic import ValidationError

from pipelines.errors import ConfigurationError, InvalidRecord
from pipelines.invoices import Invoice
from pipelines.kinds import Kind, all_kinds, kind_named
from pipelines.silver.schemas import DATE, FIXED_TABLES, TEXT, Column, Row, TableSpec

SHARED = ("invoice_key", "period_month", "document_id", "position")
_COPIED = ("document_type", "effect", "period_start", "period_end")
"""Columns of `invoices` that a sum over a kind's table needs."""


@cache
def spec_of(kind: Kind) -> TableSpec:
    """The table of a kind that has fields."""
    own = tuple(
        Column(f.name, TEXT if f.digits is None else pa.decimal128(18, f.digits), f.meaning, f.unit)
        for f in kind.own_fields
    )
    return TableSpec(
        kind.table,
        kind.comment,
        (
            Column("invoice_key", TEXT, "The invoice: row of `invoices`", required=True),
            Column("period_month", DATE, "First day of the month that the invoice bills", required=True),
            Column("document_id", TEXT, "The document whose values stand here", required=True),
            Column("position", pa.int32(), "Which invoice of that document, from 0", required=True),
            Column("document_type", TEXT, "As in `invoices`"),
            Column("effect", TEXT, "As in `invoices`: what a correction prints may stand for more than it changes"),
            Column("period_start", DATE, "First day of the billed period"),
            Column("period_end", DATE, "Last day of the billed period"),
            *own,
        ),
        key=("invoice_key",),
        owner=("document_id", "position"),
        order=("document_id", "position"),
        partition="period_month",
        distinct=("invoice_key", "document_id"),
    )


@lru_cache(maxsize=1)
def kind_specs() -> tuple[TableSpec, ...]:
    """The tables of all registered kinds. Raises ConfigurationError where one has the name of another table."""
    specs = tuple(spec_of(kind) for kind in all_kinds().values() if kind.fields is not None)
    for spec in specs:
        taken = [*SHARED, *_COPIED, *FIXED_TABLES] if spec.name in FIXED_TABLES else [*SHARED, *_COPIED]
        twice = [name for name in (spec.name, *spec.names[len(SHARED) + len(_COPIED) :]) if name in taken]
        if twice:
            remedy = "Give the kind's table or field a name of its own."
            raise ConfigurationError(f"{twice[0]} of the table {spec.name} stands twice", remedy=remedy)
    return specs


def tables() -> dict[str, TableSpec]:
    """Every declared table of silver by its name: whoever goes over all tables goes over these."""
    return FIXED_TABLES | {spec.name: spec for spec in kind_specs()}


def spec_for(invoice: Invoice) -> TableSpec | None:
    """The table that an invoice of a kind has a row in; None for all others."""
    kind = kind_named(invoice.kind)
    return spec_of(kind) if kind is not None and kind.fields is not None else None


def own_values(invoice: Invoice, document: str) -> Row:
    """The kind's own fields of a record, typed. Raises InvalidRecord where one is unknown or does not fit."""
    kind = kind_named(invoice.kind)
    if kind is None or kind.fields is None:
        return {}
    try:
        return kind.fields.model_validate(invoice.details).model_dump()
    except ValidationError as error:
        first = error.errors()[0]
        what = f"details.{'.'.join(map(str, first['loc']))} of a {kind.name} bill: {first['msg']}"
        raise InvalidRecord(what, document=document, remedy="Correct the value in the Invoice Desk.") from error


def copied(row: Row) -> Row:
    """What a kind's row has in common with the invoice's."""
    return {name: row[name] for name in (*SHARED, *_COPIED)}

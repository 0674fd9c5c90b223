"""Invoices of a month that are alike, added up: the rows of `include/sql/gold/sums/*.sql`, made by column.

One piece of a month after the other: the tables that are made from these rows add up what stands in several.

Decimals are added as integers of their last digit. A test holds these rows and those of the SQL together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.gold.columns import Coded, Mask, Numbers, chunk_integers, coded, decimals, integers, is_valid
from pipelines.gold.months import ASKED, PLACE, SUMMED, TAXED, Bills

_TEXT, _COUNT = pa.string(), pa.int64()
_KWH, _MONEY = pa.decimal128(38, 3), pa.decimal128(38, 2)
INVOICE_SUMS = pa.schema(
    [("period_month", pa.date32())]
    + [(name, _TEXT) for name in (*ASKED, "point_key")]
    + [("invoices", _COUNT), ("points", _COUNT)]
    + [(name, _KWH if name.endswith("kwh") else _MONEY) for name in SUMMED]
)
TAX_SUMS = pa.schema(
    [
        ("period_month", pa.date32()),
        ("country", _TEXT),
        ("currency", _TEXT),
        ("advance", pa.bool_()),
        ("tax_name", _TEXT),
        ("rate", pa.decimal128(9, 4)),
        ("documents", _COUNT),
        ("base", _MONEY),
        ("amount", _MONEY),
    ]
)
_DENSE = 1 << 18
"""Numbers up to which a table of all of them is made rather than a sorted list of those that occur."""


class TooLargeError(ArithmeticError):
    """Amounts that cannot be added in 64 bits."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Rows told apart by some columns: each row's group from 0, and the first row of each group."""

    groups: Numbers
    firsts: Numbers

    @classmethod
    def by(cls, columns: Iterable[Coded], rows: int) -> Alike:
        groups, count = np.zeros(rows, np.int64), 1
        for column in columns:
            if len(column.values) < 2:
                continue
            if count * len(column.values) > _DENSE:
                groups, count = _dense(groups, count)
            groups *= len(column.values)
            groups += column.codes
            count *= len(column.values)
        if count == 1:
            return cls(groups, np.arange(min(rows, 1)))
        groups, count = _dense(groups, count) if rows else (groups, 0)
        firsts = np.empty(count, np.int64)
        firsts[groups[::-1]] = np.arange(rows - 1, -1, -1)
        return cls(groups, firsts)

    def count(self, rows: Mask | None = None) -> Numbers:
        """How many rows, or how many of some, by group."""
        some = rows is not None and not rows.all()
        return np.bincount(self.groups[rows] if some else self.groups, minlength=len(self.firsts))

    def sums(self, column: pa.ChunkedArray, kind: pa.DataType) -> pa.Array:
        """The sum of each group, null where all are null."""
        found, at = np.zeros(len(self.firsts), np.int64), 0
        for chunk in column.chunks if column.null_count < len(column) else ():
            units = chunk_integers(chunk)
            if len(units) and float(max(units.max(), -units.min())) * len(column) > 2.0**62:
                raise TooLargeError
            np.add.at(found, self.groups[at : at + len(units)], units)
            at += len(units)
        return decimals(found, kind, self.count(is_valid(column)) > 0 if column.null_count else None)


def _dense(groups: Numbers, size: int) -> tuple[Numbers, int]:
    """The same groups without gaps between their numbers, and how many there are."""
    if size > _DENSE:
        values, codes = np.unique(groups, return_inverse=True)
        return codes.astype(np.int64), len(values)
    seen = np.bincount(groups, minlength=size) > 0
    return (groups, size) if seen.all() else ((np.cumsum(seen) - 1)[groups], int(seen.sum()))


def _flags(mask: Mask) -> Coded:
    return (
        Coded(mask.astype(np.int32), (False, True))
        if mask.any() and not mask.all()
        else Coded(np.zeros(len(mask), np.int32), (bool(mask.any()),))
    )


def _distinct(column: pa.ChunkedArray) -> Coded:
    """A column of decimals as numbers."""
    units, valid = integers(column), is_valid(column)
    low = int(units.min()) if len(units) else 0
    alike = Alike.by(
        [Coded(units - low, range(int(units.max()) - low + 1 if len(units) else 0)), _flags(valid)], len(units)
    )
    return Coded(alike.groups, tuple(column.take(pa.array(alike.firsts)).to_pylist()))


def invoice_sums(bills: Bills) -> pa.Table:
    """The rows of `sums/invoice_sums.sql`, with its columns.

    Raises:
        TooLargeError: The SQL has to be asked instead.
    """
    texts, rows = bills.texts, bills.rows
    net, gross = rows.column("effect_net"), rows.column("effect_gross")
    flags = [_flags(~is_valid(net)), _flags(~is_valid(gross)), _flags(integers(gross) < 0)]
    alike = Alike.by([*(texts[name] for name in ASKED), *flags], len(bills))
    found = {name: texts[name].array(alike.firsts, _TEXT) for name in ASKED}
    found |= {name: alike.sums(rows.column(name), INVOICE_SUMS.field(name).type) for name in SUMMED}
    found["invoices"] = pa.array(alike.count())
    found["points"] = pa.array(alike.count(bills.piece.pointed & ~bills.several))
    return pa.concat_tables([_filled(found, INVOICE_SUMS, bills), _points(bills)])


def _points(bills: Bills) -> pa.Table:
    """The points that have several bills, once for each combination of what costs are told apart by."""
    several, parts = np.flatnonzero(bills.several), bills.piece.parts
    if not len(several) and not parts.num_rows:
        return INVOICE_SUMS.empty_table()
    rows = np.concatenate([several, parts.column("row").to_numpy()])
    own = bills.rows.column("point_key").take(pa.array(several))
    keys = pa.chunked_array([*own.chunks, *parts.column("point_key").chunks], _TEXT).combine_chunks()
    places = {name: bills.texts[name].at(rows) for name in PLACE}
    points = coded(pa.chunked_array([keys.dictionary_encode()]))
    firsts = Alike.by([*places.values(), points], len(rows)).firsts
    found = {name: place.array(firsts, _TEXT) for name, place in places.items()}
    zeros = pa.array(np.zeros(len(firsts), np.int64))
    found |= {"kind": pa.repeat(pa.scalar("electricity", _TEXT), len(firsts)), "point_key": keys.take(pa.array(firsts))}
    return _filled(found | {"invoices": zeros, "points": zeros}, INVOICE_SUMS, bills)


@dataclass(frozen=True)
class Subtotals:
    """The tax subtotals of all invoices, one after the other; `row` is each one's invoice."""

    row: Numbers
    names: pa.ChunkedArray
    rates: pa.ChunkedArray
    bases: pa.ChunkedArray
    amounts: pa.ChunkedArray


def tax_sums(bills: Bills) -> pa.Table:
    """The rows of `sums/tax_sums.sql`, with its columns.

    Raises:
        TooLargeError: The SQL has to be asked instead.
    """
    more, effect = bills.piece.read(TAXED), bills.texts["effect"]
    subtotals = _subtotals(more.column("taxes"))
    counts = np.bincount(subtotals.row, minlength=len(bills))
    printed, prints = _printed(subtotals, counts)
    tax, taxed = integers(bills.rows.column("effect_tax")), is_valid(bills.rows.column("effect_tax"))
    credit = effect.among("credit")
    expected = np.where(credit, np.abs(tax) * np.sign(printed), tax) if credit.any() else tax
    agrees = prints & taxed & (np.abs(printed - expected) <= 2)
    as_printed = ~is_valid(more.column("tax_total")) & effect.among("total")
    counted = effect.among(*(value for value in effect.values if value not in (None, "unknown")))
    itemised = counted & (counts > 0) & (as_printed | agrees)
    return _tax_rows(bills, subtotals, itemised[subtotals.row], np.flatnonzero(counted & ~itemised & taxed))


def _subtotals(taxes: pa.ChunkedArray) -> Subtotals:
    entries, rows = pc.list_flatten(taxes), pc.list_parent_indices(taxes)
    names, rates, bases, amounts = (pc.struct_field(entries, name) for name in ("name", "rate", "base", "amount"))
    return Subtotals(rows.to_numpy(), names, rates, bases, amounts)


def _printed(subtotals: Subtotals, counts: Numbers) -> tuple[Numbers, Mask]:
    """The sum of each invoice's subtotals in cents, and whether it states any."""
    amounts, stated = integers(subtotals.amounts), is_valid(subtotals.amounts)
    if len(counts) == len(amounts) and (counts == 1).all():
        return amounts, stated
    if len(amounts) and float(max(amounts.max(), -amounts.min())) * float(counts.max()) > 2.0**62:
        raise TooLargeError
    printed, prints = np.zeros(len(counts), np.int64), np.zeros(len(counts), np.bool_)
    np.add.at(printed, subtotals.row, amounts)
    prints[subtotals.row[stated]] = True
    return printed, prints


def _tax_rows(bills: Bills, subtotals: Subtotals, itemised: Mask, bare: Numbers) -> pa.Table:
    """Subtotals of the documents that are itemised, and net and tax of those that are not (`bare`)."""
    whole = bool(itemised.all())
    of = subtotals.row if whole else subtotals.row[itemised]
    rows = np.concatenate([of, bare])
    credit = bills.texts["effect"].among("credit")[of]

    def amounts(printed: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
        """Of the subtotals, less than 0 where they are credited; of the bare documents as they count."""
        own = printed if whole else printed.filter(pa.array(itemised))
        own = pc.if_else(pa.array(credit), pc.negate(pc.abs(own)), own) if credit.any() else own
        return pa.chunked_array([*own.chunks, *bills.rows.column(name).take(pa.array(bare)).chunks], own.type)

    def with_none(column: Coded) -> Coded:
        """For the subtotals, and for the bare documents none."""
        codes = column.codes if whole else column.codes[itemised]
        if not len(bare):
            return Coded(codes, column.values)
        return Coded(np.concatenate([codes, np.full(len(bare), len(column.values))]), (*column.values, None))

    country, currency = (bills.texts[name].at(rows) for name in ("country", "currency"))
    advance = _flags(bills.texts["document_type"].among("forecast", "advance")[rows])
    names = with_none(_names(subtotals.names))
    rates = with_none(_distinct(subtotals.rates))
    alike = Alike.by([country, currency, advance, names, rates], len(rows))
    found = {
        "country": country.array(alike.firsts, _TEXT),
        "currency": currency.array(alike.firsts, _TEXT),
        "advance": advance.array(alike.firsts, pa.bool_()),
        "tax_name": names.array(alike.firsts, _TEXT),
        "rate": rates.array(alike.firsts, TAX_SUMS.field("rate").type),
        "documents": pa.array(alike.count()),
        "base": alike.sums(amounts(subtotals.bases, "effect_net"), _MONEY),
        "amount": alike.sums(amounts(subtotals.amounts, "effect_tax"), _MONEY),
    }
    return _filled(found, TAX_SUMS, bills)


def _names(column: pa.ChunkedArray) -> Coded:
    """Texts as numbers. Most are alike: that is seen three times as fast as it is hashed."""
    first = column[0] if len(column) else None
    if first is not None and first.is_valid and not column.null_count and pc.all(pc.equal(column, first)).as_py():
        return Coded(np.zeros(len(column), np.int32), (first.as_py(),))
    return coded(column.dictionary_encode().unify_dictionaries())


def _filled(found: dict[str, pa.Array], schema: pa.Schema, bills: Bills) -> pa.Table:
    """A table of the schema; nulls where nothing was found."""
    count = len(next(iter(found.values())))

    def column(field: pa.Field) -> pa.Array:
        if field.name == "period_month":
            return pa.repeat(pa.scalar(bills.month, field.type), count)
        return found[field.name] if field.name in found else pa.nulls(count, field.type)

    return pa.table([column(field) for field in schema], schema=schema)

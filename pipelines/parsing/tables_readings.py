"""Readings of a table: which column is the amount, which rows are lines; the one that closes wins.

A reading is an amount column with a choice of records. Header words only order the readings: what
decides is whether the amounts sum to a total that the document prints.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Final

from pipelines.parsing.tables_arithmetic import CENT, Product, product, spelled_out, taxed
from pipelines.parsing.tables_columns import Column, Table
from pipelines.parsing.tables_grid import Number
from pipelines.parsing.tables_headers import Role
from pipelines.parsing.tables_model import Total
from pipelines.parsing.tables_rows import TOTALS, Neighbourhood, Record, is_numbered, records_of

SUMS: Final = TOTALS | {"subtotal", "carry", "included", "payment"}
LOOSE: Final = SUMS | {"charge", "allowance"}
BENEATH: Final = frozenset({"carry", "included", "charge", "allowance"})
FITS: Final[dict[str, frozenset[str]]] = {
    "net": frozenset({"net", "lines"}),
    "gross": frozenset({"gross", "due", "lines"}),
    "amount": frozenset({"net", "gross", "due", "lines"}),
}


@dataclass(frozen=True, eq=False)
class Layout:
    """Which column of a table holds what, for one choice of its amount column."""

    table: Table
    amount: int
    roles: dict[Role, int]
    """Columns beside the amount: quantity, price, discount, net, tax, gross, tax_rate, position."""
    records: tuple[Record, ...]
    products: dict[int, Product]
    """By grid row of the amount: the quantity and price that give it."""
    taxed: frozenset[int]
    """Grid rows whose net, tax, gross or rate agree, or that spell out how their amount is made."""

    @property
    def kind(self) -> str:
        """What the header says the amount column is: `net`, `gross` or `amount`."""
        roles = self.table.columns[self.amount].roles
        return roles[0] if roles and roles[0] in ("net", "gross") else "amount"

    def value(self, record: Record) -> Decimal:
        proof = self.products.get(record.anchor.row)
        return proof.amount if proof else record.anchor.value

    def proven(self, record: Record) -> bool:
        return record.anchor.row in self.products or record.anchor.row in self.taxed


@dataclass(frozen=True, eq=False)
class Reading:
    """Lines of one or more tables and the total they sum to (None: they close with none)."""

    parts: tuple[tuple[Layout, tuple[Record, ...]], ...]
    total: Total | None
    score: float
    adjusted: tuple[tuple[Decimal, str], ...] = ()
    """Document charges and allowances that lie between the lines and the total."""
    values: Mapping[int, Decimal] = field(default_factory=dict)
    """By grid row: amounts that were mended against the printed digits."""

    def value(self, layout: Layout, record: Record) -> Decimal:
        return self.values.get(record.anchor.row, layout.value(record))

    @cached_property
    def records(self) -> tuple[tuple[Layout, Record], ...]:
        return tuple([(layout, record) for layout, records in self.parts for record in records])


def layouts_of(table: Table, feet: int, *, mend: bool) -> list[Layout]:
    """Every plausible amount column of a table with its records, likeliest first."""
    layouts = []
    near = Neighbourhood(table, mend=mend)
    for index, column in enumerate(table.columns):
        if _may_be_amount(column) and (records := records_of(near, index, feet)):
            roles = _beside_roles(table, index, records)
            products = _products(records, index, roles)
            closed = _taxed(records, index, roles) | _spelled(records)
            layouts.append(Layout(table, index, roles, tuple(records), products, closed))
    return sorted(layouts, key=_rank, reverse=True)


def _may_be_amount(column: Column) -> bool:
    money = [n for n in column.numbers if not n.percent and (n.decimals == 2 or n.currency or n.decimals == 0)]
    if not money or (column.roles and not set(column.roles) & {"net", "gross", "amount"}):
        return False
    return len(money) >= 0.6 * len(column.numbers)


def _rank(layout: Layout) -> tuple[float, float]:
    column = layout.table.columns[layout.amount]
    order = {"net": 4.0, "amount": 3.5, "gross": 3.0, "price": 1.0}
    named = order.get(column.roles[0], 0.5) if column.roles else 0.8
    share = len(layout.products) / max(len(layout.records), 1)
    return (named + share, column.x1)


def _beside_roles(table: Table, amount: int, records: Sequence[Record]) -> dict[Role, int]:
    """Name the other columns: by header first, then by the arithmetic of the rows."""
    roles: dict[Role, int] = {}
    for index, column in enumerate(table.columns):
        if index != amount and column.roles and column.roles[0] not in roles:
            roles[column.roles[0]] = index
    _settle_tax(table, amount, records, roles)
    if not _pair_closes(records, amount, roles):
        pair = _best_pair(table, amount, records, roles.get("discount"))
        if pair:
            roles["quantity"], roles["price"] = pair
    return roles


def _settle_tax(table: Table, amount: int, records: Sequence[Record], roles: dict[Role, int]) -> None:
    """A column headed just `VAT` holds rates where its numbers are small and whole or have a sign, else amounts."""
    for index, column in enumerate(table.columns):
        if index == amount or not column.roles or column.roles[0] not in ("tax_rate", "tax"):
            continue
        numbers = [n for record in records if (n := record.numbers.get(index))]
        # sums at the foot may have slipped under the rates
        rates = sum(n.percent or _is_rate(n) for n in numbers) > 0.6 * len(numbers)
        if column.roles[0] == "tax_rate" and "tax" in column.roles and numbers and not rates:
            if roles.get("tax_rate") == index:
                del roles["tax_rate"]
            roles.setdefault("tax", index)
        elif rates and sum(n.percent for n in numbers) > 0.6 * len(numbers) and roles.get("tax") == index:
            del roles["tax"]
            roles.setdefault("tax_rate", index)


def _is_rate(number: Number) -> bool:
    whole = number.value == number.value.to_integral_value() or number.decimals == 1
    return 0 <= number.value <= 30 and whole and not number.currency


def _pair_closes(records: Sequence[Record], amount: int, roles: dict[Role, int]) -> bool:
    if "quantity" not in roles or "price" not in roles:
        return False
    return len(_products(records, amount, roles)) >= 0.5 * sum(
        roles["quantity"] in r.numbers and roles["price"] in r.numbers for r in records
    )


def _best_pair(table: Table, amount: int, records: Sequence[Record], discount: int | None) -> tuple[int, int] | None:
    """The two columns whose product is the amount in most rows; quantity is the one to the left or less precise."""
    best, most = None, 0
    free = [i for i, c in enumerate(table.columns) if i not in (amount, discount) and c.roles[:1] != ("position",)]
    for i in free:
        for j in free:
            if i == j:
                continue
            held = [r for r in records if i in r.numbers and j in r.numbers]
            if len(held) <= most:
                continue
            hits = sum(_product(r, amount, i, j, discount) is not None for r in held)
            telling = any(r.numbers[i].value != 1 and r.numbers[j].value != 1 for r in held)
            if hits > most and hits >= 0.6 * len(held) and (telling or _named(table.columns[i], "quantity")):
                best, most = _ordered(table, i, j), hits
    return best


def _named(column: Column, role: Role) -> bool:
    return role in column.roles


def _ordered(table: Table, i: int, j: int) -> tuple[int, int]:
    if _named(table.columns[i], "price") or _named(table.columns[j], "quantity"):
        return (j, i)
    if _named(table.columns[j], "price") or _named(table.columns[i], "quantity"):
        return (i, j)
    fine_i = max((n.decimals for n in table.columns[i].numbers), default=0)
    fine_j = max((n.decimals for n in table.columns[j].numbers), default=0)
    return (j, i) if fine_i > fine_j else (i, j)


def _product(record: Record, amount: int, quantity: int, price: int, discount: int | None) -> Product | None:
    numbers = record.numbers
    if quantity not in numbers or price not in numbers:
        return None
    off = numbers.get(discount) if discount is not None else None
    return product(numbers[quantity], numbers[price], numbers[amount], off)


def _products(records: Sequence[Record], amount: int, roles: dict[Role, int]) -> dict[int, Product]:
    if "quantity" not in roles or "price" not in roles:
        return {}
    found = {}
    for record in records:
        closed = _product(record, amount, roles["quantity"], roles["price"], roles.get("discount"))
        if closed:
            found[record.anchor.row] = closed
    return found


def rate_of(record: Record, roles: dict[Role, int]) -> Decimal | None:
    """The record's tax rate in percent, where a number stands in that column."""
    number = record.numbers.get(roles["tax_rate"]) if "tax_rate" in roles else None
    return number.value if number and 0 <= number.value <= 100 else None


def _taxed(records: Sequence[Record], amount: int, roles: dict[Role, int]) -> frozenset[int]:
    closed = set()
    for record in records:
        net = record.numbers.get(roles["net"]) if "net" in roles else record.numbers[amount]
        tax = record.numbers.get(roles["tax"]) if "tax" in roles else None
        gross = record.numbers.get(roles["gross"]) if "gross" in roles else None
        if net and gross is None and "net" in roles:
            gross = record.numbers[amount]
        if net and (tax or gross) and taxed(net, tax, gross, rate_of(record, roles)):
            closed.add(record.anchor.row)
    return frozenset(closed)


def _spelled(records: Sequence[Record]) -> frozenset[int]:
    """Grid rows that print beside their text how the amount is made."""
    found = set()
    for record in records:
        text = " ".join(w.text for c in record.row.cells for w in c.words if w.box.x0 < record.anchor.box.x0)
        if spelled_out(text, record.anchor):
            found.add(record.anchor.row)
    return frozenset(found)


def amount_options(layout: Layout, record: Record) -> tuple[Decimal, ...]:
    """Amounts a record may mean: as read, by its other readings, and by its quantity x price."""
    first = layout.value(record)
    if layout.proven(record):
        return (first,)
    options = [first, *record.anchor.values]
    quantity = record.numbers.get(layout.roles["quantity"]) if "quantity" in layout.roles else None
    price = record.numbers.get(layout.roles["price"]) if "price" in layout.roles else None
    if quantity and price:
        options.extend((q * p).quantize(CENT, ROUND_HALF_UP) for q in quantity.values for p in price.values)
    return tuple(dict.fromkeys(options))


def selections(layout: Layout, feet: int) -> Iterator[tuple[Record, ...]]:
    """Choices of records as lines, likeliest first, each once."""
    seen: set[tuple[int, ...]] = set()
    for choice in _choices(layout, feet):
        key = tuple(r.anchor.row for r in choice)
        if choice and key not in seen:
            seen.add(key)
            yield choice


def is_line(layout: Layout, record: Record, excluded: frozenset[str]) -> bool:
    """Whether a record counts as a line although its label may sound like a sum."""
    if not record.kinds & excluded:
        return True
    if record.kinds & {"carry"}:
        return False
    position = layout.roles.get("position")
    numbered = (position is not None and position in record.numbers) or is_numbered(record.row)
    return numbered or record.anchor.row in layout.products


def _choices(layout: Layout, feet: int) -> Iterator[tuple[Record, ...]]:
    table = [r for r in layout.records if r.anchor.row < feet]
    strict = tuple(r for r in table if is_line(layout, r, LOOSE))
    loose = tuple(r for r in table if is_line(layout, r, _excluded(layout, r)))
    yield strict
    yield loose
    yield tuple(r for r in strict if r.anchor.row <= layout.table.last)
    yield tuple(r for r in table if is_line(layout, r, _excluded(layout, r) - {"included"}))
    yield _without_running_sums(layout, strict)
    yield _without_running_sums(layout, loose)
    yield tuple(r for r in strict if layout.proven(r))
    yield tuple(r for r in strict if "position" in layout.roles and layout.roles["position"] in r.numbers)
    beyond = [r for r in layout.records if is_line(layout, r, _excluded(layout, r))]
    yield tuple(beyond)
    yield _without_running_sums(layout, beyond)
    named = tuple(r for r in table if not r.kinds & (_excluded(layout, r) & BENEATH))
    if not all("payment" in r.kinds for r in named):
        yield named


def _excluded(layout: Layout, record: Record) -> frozenset[str]:
    """A charge beneath a sub-total belongs to the document, one above it is a line."""
    return SUMS if record.anchor.row <= layout.table.last else LOOSE


def _without_running_sums(layout: Layout, records: Sequence[Record]) -> tuple[Record, ...]:
    """Drop records that repeat the sum of two or more lines before them."""
    kept: list[Record] = []
    whole = part = Decimal(0)
    members = 0
    for record in records:
        value = layout.value(record)
        sums = (members >= 2 and value == part) or (len(kept) >= 2 and value == whole)
        if sums and record.anchor.row not in layout.products:
            part, members = Decimal(0), 0
            continue
        kept.append(record)
        whole, part, members = whole + value, part + value, members + 1
    return tuple(kept)

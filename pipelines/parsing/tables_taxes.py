"""Tables of tax by rate: base, rate, amount (BG-23), told from tables of line items."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import product

from pipelines.invoices import Evidence, TaxSubtotal
from pipelines.parsing.folding import count_letters
from pipelines.parsing.geometry import bounds
from pipelines.parsing.tables_arithmetic import CENT, bears_no_tax
from pipelines.parsing.tables_columns import Column, Table
from pipelines.parsing.tables_grid import Grid, GridRow, Number
from pipelines.parsing.tables_headers import Role
from pipelines.parsing.tables_model import Total, TotalKind
from pipelines.parsing.tables_rows import row_state
from pipelines.parsing.tables_words import column_words


def is_tax_table(table: Table) -> bool:
    """Whether a header names rate, base and tax but nothing that is sold."""
    header = table.header
    if header is None:
        return False
    sold = header.has("quantity", "price", "unit")
    if sold or not header.has("tax", "tax_rate"):
        return False
    return not header.has("description") or _words_are_taxes(table)


def _words_are_taxes(table: Table) -> bool:
    """Whether the rows' words speak of tax (`Umsatzsteuer (S)`, `VAT 20 %`, `23% lub 22%`) and of nothing else."""
    rows = [row for row in table.rows if row.has_amount][:3]
    letters = [row for row in rows if count_letters(row.label) >= 3]
    taxes = [row for row in letters if any("tax" in m.kinds for m in column_words().read(row.label)[0])]
    return (
        bool(rows)
        and len(taxes) == len(letters)
        and not any(row.cells[0].words[0].text.rstrip(".").isdigit() for row in rows if row in letters)
    )


def tax_rows(tables: Sequence[Table], grid: Grid) -> tuple[tuple[TaxSubtotal, ...], tuple[Evidence, ...]]:
    """Rows of the document's tax tables whose base x rate = tax (BR-CO-17)."""
    found: list[TaxSubtotal] = []
    proofs: list[Evidence] = []
    for table in tables:
        columns = _columns(table)
        if "tax" not in columns or not is_tax_table(table):
            continue
        states = {row.index: row_state(row) for row in table.rows}
        for row in table.rows:
            if "difference" in states.values() and states[row.index] != "difference":
                continue
            made = _tax_row(table, columns, row)
            if made and all((t.rate, t.base) != (made[0].rate, made[0].base) for t in found):
                found.append(made[0])
                box = grid.as_printed(row.page, bounds(n.box for n in made[1]))
                proofs.append(
                    Evidence(page=row.page, box=tuple(box), text=row.row.text, rule="tax table", confidence=1.0)
                )
    return tuple(found), tuple(proofs)


def tax_totals(tables: Sequence[Table], grid: Grid) -> tuple[Total, ...]:
    """What the proven rows of a tax table come to: net, tax and gross of the document."""
    totals: list[Total] = []
    for table in tables:
        rows, proofs = tax_rows([table], grid)
        if rows and all(row.base is not None and row.amount is not None for row in rows):
            base = sum((row.base for row in rows if row.base is not None), Decimal(0))
            tax = sum((row.amount for row in rows if row.amount is not None), Decimal(0))
            label = "tax table"
            values: tuple[tuple[TotalKind, Decimal], ...] = (("net", base), ("tax", tax), ("gross", base + tax))
            totals.extend(Total(kind, value, proofs[0].page, None, label) for kind, value in values)
    return tuple(totals)


def column_totals(tables: Sequence[Table]) -> tuple[Total, ...]:
    """Net, tax and gross printed side by side under their own labels, where they add up."""
    totals: list[Total] = []
    for table in tables:
        held = {role: [c for c in table.columns if role in c.roles] for role in ("net", "tax", "gross", "amount")}
        triples = [
            t
            for t in product(_once(held["net"] + held["amount"]), held["tax"], _once(held["gross"] + held["amount"]))
            if len({id(c) for c in t}) == 3
        ]
        if not triples:
            continue
        at = {id(c): {n.row: n for n in c.numbers} for t in triples for c in t}
        for row in table.rows:
            if row.has_amount and _letters(row.label) <= 2:
                for triple in triples:
                    totals.extend(_side_by_side(row, triple, [at[id(c)].get(row.index) for c in triple]))
    return tuple(totals)


def _once(columns: Sequence[Column]) -> list[Column]:
    return list({id(c): c for c in columns}.values())


def _side_by_side(row: GridRow, columns: Sequence[Column], numbers: Sequence[Number | None]) -> Sequence[Total]:
    net, tax, gross = numbers
    if net is None or tax is None or gross is None or gross.decimals != 2:
        return ()
    if net.value == 0 or abs(net.value + tax.value - gross.value) > CENT:
        return ()
    kinds: tuple[TotalKind, ...] = ("net", "tax", "gross")
    return [
        Total(kind, n.value, row.page, n.box, c.label)
        for kind, n, c in zip(kinds, (net, tax, gross), columns, strict=True)
    ]


def _letters(text: str) -> int:
    return count_letters(text)


def _columns(table: Table) -> dict[Role, int]:
    """Base, rate and tax columns; where several amounts may be the base, all are tried later."""
    columns: dict[Role, int] = {}
    for i, column in enumerate(table.columns):
        if column.roles:
            columns.setdefault(column.roles[0], i)
    rates = [i for i, c in enumerate(table.columns) if c.roles[:1] == ("tax_rate",)]
    if "tax" not in columns and len(rates) == 2:
        columns["tax"] = rates[1]
    return columns


def _tax_row(table: Table, columns: dict[Role, int], row: GridRow) -> tuple[TaxSubtotal, list[Number]] | None:
    tax = _at(table, columns["tax"], row.index)
    rate = _rate(table, columns, row)
    if rate is None or not tax or not 0 <= rate <= 100:
        return None
    for role in ("net", "amount", "gross", "description"):
        for i, column in enumerate(table.columns):
            if i in (columns.get("tax_rate"), columns["tax"]) or column.roles[:1] != (role,):
                continue
            base = _at(table, i, row.index)
            if base and abs(base.value * rate / 100 - tax.value) <= CENT + Decimal("0.005"):
                return TaxSubtotal(rate=rate, base=base.value, amount=tax.value), [base, tax]
    return None


def _rate(table: Table, columns: dict[Role, int], row: GridRow) -> Decimal | None:
    """The rate's own number, else the row's first percentage (`23% lub 22%`), else 0 for a word such as `zw`."""
    number = _at(table, columns["tax_rate"], row.index) if "tax_rate" in columns else None
    if number:
        return number.value
    percent = next((n.value for n in row.numbers if n.percent), None)
    return Decimal(0) if percent is None and bears_no_tax(row.row.text) else percent


def _at(table: Table, column: int, row: int) -> Number | None:
    return next((n for n in table.columns[column].numbers if n.row == row), None)

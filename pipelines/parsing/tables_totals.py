"""Sums that a document prints by label: totals, sub-totals, document-level charges and allowances."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from pipelines.parsing.folding import count_letters
from pipelines.parsing.tables_arithmetic import CENT
from pipelines.parsing.tables_grid import Grid, GridRow, Number
from pipelines.parsing.tables_model import Total, TotalKind
from pipelines.parsing.tables_rows import TOTALS, is_numbered, label_kinds, name_of, row_state
from pipelines.parsing.tables_words import column_words

LONGEST_LABEL: Final = 9
KINDS: Final[dict[str, TotalKind]] = {
    "total_net": "net",
    "total_tax": "tax",
    "total_gross": "gross",
    "total_due": "due",
    "subtotal": "lines",
}


@dataclass(frozen=True, eq=False)
class Printed:
    """Labelled amounts outside the line items."""

    totals: tuple[Total, ...]
    adjustments: tuple[tuple[int, Decimal, str], ...]
    """Charges and allowances: (grid row, signed amount, label)."""

    sums: frozenset[int] = frozenset()
    """Grid rows that hold a total over all lines."""
    parts: frozenset[int] = frozenset()
    """Grid rows that hold a sub-total."""

    def of(self, *kinds: TotalKind) -> tuple[Total, ...]:
        return tuple(t for t in self.totals if t.kind in kinds)


def printed_totals(grid: Grid) -> Printed:
    """Every labelled sum of the document, top to bottom."""
    totals: list[Total] = []
    adjustments: list[tuple[int, Decimal, str]] = []
    sums: set[int] = set()
    parts: set[int] = set()
    whole = not any(n.decimals == 2 for row in grid.rows for n in row.numbers)
    for row in grid.rows:
        numbers = [n for n in row.numbers if not n.percent and (n.decimals == 2 or n.currency or (whole and n.alone))]
        if not numbers or is_numbered(row):
            continue
        if row_state(row, mend=grid.ocr) == "difference":
            totals.extend(_row_of_sums(row, numbers) if len(numbers) > 1 else _difference(row, numbers[0]))
            continue
        named = [(number, *_label_of(grid, row, number)) for number in numbers]
        totals.extend(_totals_of_row(row, named))
        if any(kinds & TOTALS and label and label in row.row.text for _, label, kinds in named):
            sums.add(row.index)
        if any("subtotal" in kinds for _, _, kinds in named):
            parts.add(row.index)
        for number, label, kinds in named:
            if kinds & {"charge", "allowance"} and not kinds & set(KINDS):
                sign = -1 if "allowance" in kinds and number.value > 0 else 1
                adjustments.append((row.index, sign * number.value, label))
    return Printed(tuple(totals), tuple(adjustments), frozenset(sums), frozenset(parts))


def _label_of(grid: Grid, row: GridRow, number: Number) -> tuple[str, frozenset[str]]:
    label, kinds = name_of(row, number, mend=grid.ocr)
    if kinds or count_letters(label) >= 2:
        return label, kinds
    return _label_above(grid, row, number)


def _label_above(grid: Grid, row: GridRow, number: Number) -> tuple[str, frozenset[str]]:
    for other in reversed(grid.rows[max(0, row.index - 3) : row.index]):
        if other.page != row.page or row.row.box.y0 - other.row.box.y1 > 2.6 * row.height:
            return "", frozenset()
        for cell in other.cells:
            if cell.box.x0 < number.box.x1 and number.box.x0 < cell.box.x1:
                kinds = label_kinds(cell.text, mend=grid.ocr) & {"total_gross", "total_due", "total_net"}
                return (cell.text, kinds) if kinds else ("", frozenset())
    return "", frozenset()


def _totals_of_row(row: GridRow, named: Sequence[tuple[Number, str, frozenset[str]]]) -> Iterator[Total]:
    shared = [n for n, label, kinds in named if kinds & set(KINDS) and label == row.label]
    if len(shared) >= 2 and "included" not in named[0][2]:
        yield from _row_of_sums(row, shared)
        return
    for number, label, kinds in named:
        if len(label.split()) > LONGEST_LABEL:
            continue  # a sentence that speaks of paying names no total
        for kind in sorted(kinds & set(KINDS)):
            yield Total(KINDS[kind], number.value, row.page, number.box, label)


def _difference(row: GridRow, number: Number) -> list[Total]:
    """`Razem korekta netto: -40,00`: the words beside say which total changed by this much."""
    meanings, _ = column_words().read(row.label)
    kinds: set[str] = set().union(*(m.kinds for m in meanings))
    named: tuple[TotalKind, ...] = ("net", "gross", "tax")
    kind: TotalKind = next((k for k in named if k in kinds), "lines")
    return [Total(kind, number.value, row.page, number.box, row.label)]


def _row_of_sums(row: GridRow, numbers: Sequence[Number]) -> Iterable[Total]:
    """`Razem 88.99 20.47 109.46`: net, tax and gross where they add up, else sums without a name."""
    kinds: list[TotalKind] = ["lines" for _ in numbers]
    last = [n.value for n in numbers[-3:]]
    if len(last) == 3 and abs(last[0] + last[1] - last[2]) <= CENT:
        kinds[-3:] = ["net", "tax", "gross"]
    return [Total(kind, n.value, row.page, n.box, row.label) for kind, n in zip(kinds, numbers, strict=True)]

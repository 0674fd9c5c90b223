"""Rows of a table: which are line items, which are sums, carry-overs, charges or payments, and what belongs to each.

A record is one amount in the table's amount column with the other numbers and words of its band; its
numbers need not stand on the same printed row.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final, Literal

from pipelines.parsing.folding import count_letters, fold, has_digit
from pipelines.parsing.tables_columns import Table
from pipelines.parsing.tables_grid import GridRow, Number
from pipelines.parsing.tables_headers import roles_of
from pipelines.parsing.tables_words import column_words, correction_words, row_words, words_of, yes_words
from pipelines.parsing.values import currency_of

State = Literal["before", "after", "difference"]
TOTALS: Final = frozenset({"total_net", "total_tax", "total_gross", "total_due"})
STRONG: Final = frozenset(
    {"total", "totale", "totaal", "razem", "suma", "summe", "subtotal", "zwischensumme", "ogolem", "lacznie"}
)
_MOVED: Final = frozenset({"payment", "payments", "previous", "balance", "opening", "wplata", "wplaty", "zahlungen"})
REACH: Final = 1.9
"""How far above or below an amount, in line heights, its record's other numbers may stand."""
APART: Final = 6.0
"""Line heights beneath a record from which on words are not its description any more."""


@dataclass(eq=False)
class Record:
    """An amount with what belongs to it."""

    anchor: Number
    row: GridRow
    numbers: dict[int, Number]
    """By column index of the table."""
    kinds: frozenset[str]
    """What the label says: `subtotal`, `carry`, `total_net` ...; empty for a line item."""
    state: State | None = None
    text: list[str] = field(default_factory=list)
    rows: list[GridRow] = field(default_factory=list)


def label_kinds(text: str, *, mend: bool = False) -> frozenset[str]:
    """What a row's label says of its amount; empty for a plain description."""
    meanings, words = row_words().read(text, mend=mend)
    if not meanings or words == 0:
        return _composed(text) if 0 < words <= 4 else frozenset()
    if _MASKED.search(text) and any("payment" in m.kinds for m in meanings):
        return frozenset({"payment"})
    tokens = words_of(text)
    lead = next((i for i, token in enumerate(tokens) if not token.isdigit() and len(token) > 1), 0)
    covered = sum(m.end - m.start for m in meanings) + sum(t.isdigit() or t in "%#" for t in tokens)
    best = max(meanings, key=lambda m: (m.start <= lead, m.end - m.start))
    if best.start > lead and covered / words < 0.6:
        return frozenset()
    if covered / words < 0.34 and best.end - best.start < 2:
        # `Total Devolução Ajuste` names a part; `Tax advisory service` is sold
        if best.start == lead and tokens[lead] in _MOVED:
            return best.kinds  # `Payments received - thank you` sells nothing
        strong = best.start == lead and bool(set(tokens[lead : lead + 1]) & STRONG)
        return frozenset({"subtotal"}) if strong else frozenset()
    return best.kinds


_MASKED: Final = re.compile(r"(?:[xX*#•]{3,}[ -]?)+\d{4}\b")
"""The end of a card's number, the rest of it hidden: `Mastercard xxxx 8868` paid, it sold nothing."""


class Neighbourhood:
    """A table's numbers by row and by height, made once for all its columns: rows look only at what is near."""

    def __init__(self, table: Table, *, mend: bool) -> None:
        self.table, self.mend = table, mend
        self.rows = {row.index: row for row in table.rows}
        self.states = _states(table, mend=mend)
        self._own: list[dict[int, Number]] = []
        self._levels: list[dict[int, list[tuple[float, int, Number]]]] = []
        for column in table.columns:
            own: dict[int, Number] = {}
            levels: dict[int, list[tuple[float, int, Number]]] = {}
            for order, number in enumerate(column.numbers):
                own.setdefault(number.row, number)
                if number.row in self.rows:
                    level = (number.box.middle, order, number)
                    levels.setdefault(self.rows[number.row].page, []).append(level)
            self._own.append(own)
            self._levels.append({page: sorted(held, key=_LEVEL) for page, held in levels.items()})

    def on_row(self, column: int, row: int) -> Number | None:
        """The column's first number on a grid row."""
        return self._own[column].get(row)

    def near(self, column: int, page: int, middle: float, reach: float) -> list[Number]:
        """The column's numbers on a page within `reach` points of a height, in the column's order."""
        held = self._levels[column].get(page, [])
        first = bisect_left(held, middle - reach, key=_LEVEL)
        last = bisect_right(held, middle + reach, key=_LEVEL)
        return [number for _, _, number in sorted(held[first:last], key=_ORDER)]


_LEVEL: Final = itemgetter(0)
_ORDER: Final = itemgetter(1)


def records_of(near: Neighbourhood, amount: int, feet: int) -> list[Record]:
    """The table's records by their amounts in column `amount`, top to bottom.

    Args:
        near: The table with its numbers by row and height.
        amount: Index of the amount column.
        feet: Grid index of the first summing row.
    """
    table, rows, mend = near.table, near.rows, near.mend
    anchors = [n for n in table.columns[amount].numbers if not n.percent]
    anchors = _one_per_row(anchors)
    records = []
    for i, anchor in enumerate(anchors):
        row = rows[anchor.row]
        above = anchors[i - 1] if i else None
        below = anchors[i + 1] if i + 1 < len(anchors) else None
        kinds = name_of(row, anchor, mend=mend)[1]
        numbers = {amount: anchor}
        for index in range(len(table.columns)):
            if index != amount and (found := _beside(near, index, anchor, row, above, below)):
                numbers[index] = found
        records.append(Record(anchor, row, numbers, kinds, near.states.get(anchor.row)))
    _add_text(table, records, feet)
    _flag_before(table, records)
    return records


def _one_per_row(numbers: Sequence[Number]) -> list[Number]:
    held: dict[int, Number] = {}
    for number in numbers:
        if number.row not in held or (number.decimals == 2 and held[number.row].decimals != 2):
            held[number.row] = number
    return [held[row] for row in sorted(held)]


COMPOSED: Final = {"net": "total_net", "gross": "total_gross", "tax": "total_tax"}


def _composed(text: str) -> frozenset[str]:
    """Sums named by words that no list holds as a phrase: `Nettobedrag`, `Importe neto`."""
    meanings, words = column_words().read(text)
    if sum(m.end - m.start for m in meanings) < words or not any("amount" in m.kinds for m in meanings):
        return frozenset()
    role = next(iter(roles_of(text)), "")
    return frozenset({COMPOSED[role]}) if role in COMPOSED else frozenset()


def name_of(row: GridRow, number: Number, *, mend: bool = False) -> tuple[str, frozenset[str]]:
    """The words that name an amount and what they say: what stands between it and the amount before.

    Where those words mean nothing as a whole, the cell nearest to the amount may be its label alone; where
    there are none, the row's label counts.
    """
    key = (number.box.x0, mend)
    if key not in row.names:
        row.names[key] = _name_of(row, number, mend=mend)
    return row.names[key]


def _name_of(row: GridRow, number: Number, *, mend: bool) -> tuple[str, frozenset[str]]:
    before = [n.box.x1 for n in row.numbers if n.box.x1 <= number.box.x0 and (n.decimals == 2 or n.currency)]
    start = max(before, default=-1.0)
    held = [w.text for c in row.cells for w in c.words if start <= w.box.x0 < number.box.x0 - 0.5]
    near = " ".join(text for text in held if currency_of(text) is None)
    if count_letters(near) < 2:
        return (row.label, label_kinds(row.label, mend=mend)) if start >= 0 else (near, frozenset())
    kinds = label_kinds(near, mend=mend)
    if not kinds:
        cells = [
            c for c in row.cells if start <= c.box.x0 and c.box.x1 <= number.box.x0 + 1 and count_letters(c.text) >= 2
        ]
        if len(cells) > 1 and (kinds := label_kinds(cells[-1].text, mend=mend) & (TOTALS | {"subtotal"})):
            near = cells[-1].text
    return near, kinds


def is_numbered(row: GridRow) -> bool:
    """Whether a row begins with a position number of its own, and words after it."""
    words = row.cells[0].words
    first = words[0].text.rstrip(".)")
    return first.isdigit() and len(first) <= 3 and (len(words) > 1 or len(row.cells) > 2)


def _beside(
    near: Neighbourhood, column: int, anchor: Number, row: GridRow, above: Number | None, below: Number | None
) -> Number | None:
    """The column's number on the anchor's row, or the nearest one nearer to it than to any other anchor."""
    own = near.on_row(column, anchor.row)
    if own is not None:
        return own
    best: Number | None = None
    distance, middle = REACH * row.height, anchor.box.middle
    others = [other for other in (above, below) if other]
    levels = [other.box.middle for other in others if near.rows[other.row].page == row.page]
    for number in near.near(column, row.page, middle, distance):
        level = number.box.middle
        away = abs(level - middle)
        if away >= distance or any(other.row == number.row for other in others):
            continue
        if not any(abs(other - level) < away for other in levels):
            best, distance = number, away
    return best


def _states(table: Table, *, mend: bool) -> dict[int, State]:
    """For each row of a correction: whether it stands before, after or for the difference."""
    states: dict[int, State] = {}
    named = (_state_of(text, mend=mend, whole=False) for text in (*reversed(table.title.split("\n")), table.title))
    now: State | None = next((state for state in named if state), None)
    for row in table.rows:
        label = row.label if row.has_amount else row.row.text
        here = _state_of(label, mend=mend, whole=not row.has_amount)
        begins = _begins_group(row, mend=mend)
        here = here or begins
        if here and (begins or not row.has_amount):
            now = here
        if here or now:
            states[row.index] = here or now  # type: ignore[assignment]
    return states


def _begins_group(row: GridRow, *, mend: bool) -> State | None:
    """The state that alone fills a row's first cell, left of the description: it holds for the rows beneath, too."""
    first = row.cells[0].text if len(row.cells) >= 4 else ""
    return _state_of(first, mend=mend, whole=True) if len(first.split()) <= 3 and not has_digit(first) else None


def row_state(row: GridRow, *, mend: bool = False) -> State | None:
    """Whether a row's own label says before, after or difference."""
    return _state_of(row.label, mend=mend, whole=False)


def state_of_label(label: str) -> State | None:
    """What a row's first words say of a correction: `before`, `after`, `difference`, or nothing."""
    return _state_of(label, mend=False, whole=True)


def _state_of(text: str, *, mend: bool, whole: bool) -> State | None:
    meanings, words = correction_words().read(text, mend=mend)
    kept = [m for m in meanings if m.end - m.start >= 2 or words <= 3]
    if not kept or (whole and words > 8):
        return None
    kinds = kept[-1].kinds
    for state in ("before", "after", "difference"):
        if state in kinds:
            return state
    return None


def _flag_before(table: Table, records: Sequence[Record]) -> None:
    """Rows that a column such as `Stan przed` marks with a yes are before, all others after."""
    flag = next(
        (c for c in table.cells if _state_of(c.text, mend=False, whole=False) == "before" and len(c.text) < 30), None
    )
    if not flag:
        _flag_beneath(table, records)
        return
    for record in records:
        words = [w.text for r in record.rows or [record.row] for c in r.cells for w in c.words
                 if min(w.box.x1, flag.box.x1) - max(w.box.x0, flag.box.x0) > 0]  # fmt: skip
        record.state = _flagged(words)


def _flag_beneath(table: Table, records: Sequence[Record]) -> None:
    """The same, where that column is printed beneath the table, with a row for each of its lines."""
    for annex in table.annexes:
        column = next((c for c in annex.header.cells if _state_of(c.text, mend=False, whole=True) == "before"), None)
        lines = [r for r in records if not r.kinds and is_numbered(r.row)]
        if column and len(lines) == len(annex.rows):
            for record, text in zip(lines, annex.values(column), strict=True):
                record.state = _flagged(text.split())


def _flagged(words: Sequence[str]) -> State:
    return "before" if any(fold(word) in yes_words() for word in words) else "after"


def _add_text(table: Table, records: Sequence[Record], feet: int) -> None:
    """Give each record the words of its description, wrapped above or below its amount."""
    lines = [r for r in records if r.anchor.row < feet]
    if not lines:
        return
    left, right = _text_bounds(table)
    above = _text_stands_above(lines, left, right)
    position = {record.anchor.row: i for i, record in enumerate(lines)}
    owners = {number.row: record for record in lines for number in record.numbers.values()}
    current: Record | None = None
    pending: list[tuple[GridRow, str]] = []
    end = min([feet, *(annex.header.index for annex in table.annexes)])
    for row in table.rows:
        if row.index >= end:
            break
        text = " ".join(w.text for c in row.cells for w in c.words if left - 2 <= w.box.x0 and w.box.x1 <= right + 2)
        if row.index in position:
            current = lines[position[row.index]]
            for held, words in pending:
                current.text.append(words)
                current.rows.append(held)
            pending = []
            current.rows.append(row)
            if text:
                current.text.append(text)
        elif text and (above or owners.get(row.index, current) is not current):
            pending.append((row, text))
        elif text and current and _goes_on(current, row):
            current.text.append(text)
            current.rows.append(row)
        elif text and current is None:
            pending.append((row, text))


def _goes_on(record: Record, row: GridRow) -> bool:
    """Whether a row of words may be the rest of a record's description: it follows closely, without an amount."""
    above = record.rows[-1]
    return row.page == above.page and not row.has_amount and row.top - above.bottom < APART * row.height


def _text_bounds(table: Table) -> tuple[float, float]:
    span = table.text_span("description")
    numbers = [c for c in table.columns if c.roles[:1] not in (("position",), ("code",))]
    first = min((c.x0 for c in numbers), default=1e9)
    if span is None:
        return (-1e9, first)
    beyond = [c.x0 for c in numbers if c.x0 > span[0] + 20]
    after = [c for c in table.cells if c.box.x0 > span[0] + 1 and "description" not in c.roles[:1]][:1]
    texts = [c.box.x0 - 1 for c in after if c.roles[:1] in (("unit",), ("date",), ("period",))]
    return (span[0], min([*beyond, *texts], default=span[1]))


def _text_stands_above(lines: Sequence[Record], left: float, right: float) -> bool:
    """Whether descriptions stand over their amounts: most rows of amounts hold no words of their own."""
    bare = 0
    for record in lines:
        words = [w for c in record.row.cells for w in c.words if left - 2 <= w.box.x0 and w.box.x1 <= right]
        bare += sum(count_letters(w.text) for w in words) < 3
    return bare > len(lines) / 2

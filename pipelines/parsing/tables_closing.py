"""Which reading of the tables closes with a printed total: single tables first, then runs of tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, product
from math import prod
from typing import Final

from pipelines.pages import Box
from pipelines.parsing.tables_headers import Header
from pipelines.parsing.tables_model import TableContext, Total
from pipelines.parsing.tables_readings import FITS, Layout, Reading, amount_options, selections
from pipelines.parsing.tables_rows import Record, is_numbered
from pipelines.parsing.tables_totals import Printed

MOST_TABLES: Final = 12
"""Tables of one document up to which every run of neighbours is tried."""
MANY_TOTALS: Final = 40
"""Labelled sums beyond which one of them is met by chance: then the rows must prove themselves, too."""
MOST_MENDINGS: Final = 64
"""Combinations of other readings that are tried against the totals; more would close by chance."""
_SECTIONS: Final = 2.0
"""What speaks for tables that each come to a sum of their own, and together to the total: none of them is the whole."""
RUNS: Final = 4
"""Selections of each table that are tried in runs of tables."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A table with its layouts, likeliest first, and the grid row where its foot begins."""

    layouts: tuple[Layout, ...]
    feet: int


def close(
    candidates: Sequence[Candidate], printed: Printed, context: TableContext, *, ocr: bool = False
) -> Reading | None:
    """The best reading that closes with a printed total, or None.

    Args:
        candidates: The document's tables.
        printed: Its labelled sums.
        context: What the caller knows.
        ocr: Also try amounts that a product or a lost decimal mark supports against the printed digits.
    """
    totals = known_totals(printed, context)
    candidates = _without_plain_sums(candidates)
    readings = [
        *_single(candidates, totals, printed, context, ocr=ocr),
        *_runs(candidates, totals, context),
    ]
    readings = [r for r in readings if not _sums_an_account(r)]
    if len({t.value for t in totals}) > MANY_TOTALS:
        readings = [r for r in readings if _mostly_proven(r)]
    return max(readings, key=lambda r: r.score + _whole(r, totals, context), default=None)


def _sums_an_account(reading: Reading) -> bool:
    """Whether the rows are an account's summary: what was owed and paid cancels out, and one row is the new bill."""
    moved = [(layout, record) for layout, record in reading.records if "payment" in record.kinds]
    sold = [record for _, record in reading.records if "payment" not in record.kinds]
    return len(moved) >= 2 and len(sold) == 1 and sum(reading.value(*pair) for pair in moved) == 0


def _mostly_proven(reading: Reading) -> bool:
    proven = sum(layout.proven(record) for layout, record in reading.records)
    return 2 * proven >= len(reading.records)


def _without_plain_sums(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Leave out tables of bare sums where a table of quantities and prices that prove themselves stands beside.

    `Sprzedaż energii 203,71 / Dystrybucja 156,16` sums to the total as its details do; the details are the lines.
    """
    detailed = [c for c in candidates if c.layouts and len(c.layouts[0].products) >= 2 and _telling(c.layouts[0])]
    if not detailed:
        return list(candidates)
    return [c for c in candidates if c in detailed or not c.layouts or not _is_plain(c.layouts[0])]


def _telling(layout: Layout) -> bool:
    return any(p.quantity != 1 and p.price != 1 for p in layout.products.values())


def _is_plain(layout: Layout) -> bool:
    """Neither quantities, prices nor numbered lines."""
    header = layout.table.header
    if header is None or header.has("quantity", "price", "position"):
        return False
    numbered = sum(is_numbered(record.row) for record in layout.records)
    return not layout.products and numbered < 0.5 * len(layout.records)


def _whole(reading: Reading, totals: Sequence[Total], context: TableContext) -> float:
    """Whether the total is the whole document's and not a section's: the largest of its kind, or the caller's."""
    total = reading.total
    if total is None:
        return 0.0
    if any(t.value == total.value for t in context.totals):
        return 2.0
    kinds = {"net", "lines"} if total.kind in ("net", "lines") else {"gross", "due"}
    largest = max((abs(t.value) for t in totals if t.kind in kinds), default=Decimal(0))
    return 2.0 if abs(total.value) == largest else 0.0


def known_totals(printed: Printed, context: TableContext) -> tuple[Total, ...]:
    """The caller's candidates and the document's own labelled sums, tax amounts left out."""
    return tuple(t for t in (*context.totals, *printed.totals) if t.kind != "tax")


def sum_of(layout: Layout, records: Sequence[Record]) -> Decimal:
    """What the records come to: after less before in corrections, else their plain sum."""
    states = {r.state for r in records}
    if states >= {"before", "after"}:
        after = sum((layout.value(r) for r in records if r.state == "after"), Decimal(0))
        before = sum((layout.value(r) for r in records if r.state == "before"), Decimal(0))
        return after - before
    return sum((layout.value(r) for r in records), Decimal(0))


def _without_differences(records: Sequence[Record]) -> tuple[Record, ...]:
    states = {r.state for r in records}
    if states >= {"before", "after"}:
        return tuple(r for r in records if r.state in ("before", "after"))
    return tuple(records)


def _single(
    candidates: Sequence[Candidate],
    totals: Sequence[Total],
    printed: Printed,
    context: TableContext,
    *,
    ocr: bool,
) -> Iterator[Reading]:
    compared = _states_of(candidates)
    for place, candidate in enumerate(candidates):
        for rank, layout in enumerate(candidate.layouts[:4]):
            choices = [*selections(layout, candidate.feet), *_beginnings(layout, candidate.feet, totals)]
            for order, chosen in enumerate(choices):
                records = _without_differences(chosen)
                if compared and len({r.state for r in records} & {"before", "after"}) == 1:
                    continue
                base = -0.4 * rank - 0.3 * order - 0.35 * place
                found = _closing(layout, records, totals, printed, context)
                if found:
                    total, adjusted = found
                    score = base + _score(layout, records, total, context)
                    yield Reading(((layout, records),), total, score - 1.5 * len(adjusted), adjusted)
                elif ocr and (mended := _mended(layout, records, totals, context)):
                    total, values = mended
                    score = base + _score(layout, records, total, context) - 1.0 - len(values)
                    yield Reading(((layout, records),), total, score, values=values)


def _beginnings(layout: Layout, feet: int, totals: Sequence[Total]) -> Iterator[tuple[Record, ...]]:
    """The first lines of a table that come to a total, where what follows under its columns is something else."""
    wanted = {t.value for t in totals if t.kind in ("net", "gross", "due")}
    records = next(iter(selections(layout, feet)), ())
    total = Decimal(0)
    for count, record in enumerate(records, start=1):
        total += layout.value(record)
        if total in wanted and count < len(records) and not any(layout.proven(r) for r in records[count:]):
            if count > 1 or layout.proven(record):
                yield records[:count]
            return


def _states_of(candidates: Sequence[Candidate]) -> bool:
    """Whether the document compares rows before with rows after: neither alone are then its lines."""
    states = {r.state for c in candidates for layout in c.layouts[:1] for r in layout.records}
    return {"before", "after"} <= states


def _closing(
    layout: Layout, records: Sequence[Record], totals: Sequence[Total], printed: Printed, context: TableContext
) -> tuple[Total, tuple[tuple[Decimal, str], ...]] | None:
    own = {r.anchor.row for r in records}
    amount = sum_of(layout, records)
    slack = Decimal("0.02") if len(records) >= 4 and all(layout.proven(r) for r in records) else Decimal(0)
    for distance in sorted({Decimal(0), slack}):
        met = [t for t in totals if abs(t.value - amount) <= distance and not _same_place(t, records)]
        if met:
            return max(met, key=lambda t: _fits(layout, t, context)), ()
    if not printed.adjustments:
        return None
    outside = [t for t in totals if t.kind in ("net", "gross") and not _same_place(t, records)]
    return _adjusted(amount, outside, printed, own)


def _mended(
    layout: Layout, records: Sequence[Record], totals: Sequence[Total], context: TableContext
) -> tuple[Total, dict[int, Decimal]] | None:
    """Amounts misread by OCR, put right by quantity x price or a lost decimal mark, if they then make a total.

    Two witnesses stand behind each mended amount: its own row and the printed total.
    """
    if any(r.state for r in records):
        return None
    choices = [amount_options(layout, record) for record in records]
    if prod(len(c) for c in choices) > MOST_MENDINGS or all(len(c) == 1 for c in choices):
        return None
    wanted = {
        t.value: t for t in sorted(totals, key=lambda t: _fits(layout, t, context)) if not _same_place(t, records)
    }
    found: tuple[int, Total, dict[int, Decimal]] | None = None
    for values in product(*choices):
        total = wanted.get(sum(values, Decimal(0)))
        if total is None:
            continue
        changed = {r.anchor.row: value for r, value in zip(records, values, strict=True) if value != layout.value(r)}
        if len(changed) <= max(1, len(records) // 2) and (found is None or len(changed) < found[0]):
            found = (len(changed), total, changed)
    return (found[1], found[2]) if found else None


def _same_place(total: Total, records: Sequence[Record]) -> bool:
    """Whether a total is one of the records itself: a line may not be its own proof."""
    box = total.box
    if box is None:
        return False
    return any(total.page == r.row.page and _overlap(box, r.anchor.box) > 0.5 for r in records)


def _overlap(a: Box, b: Box) -> float:
    """The shared part of the smaller box, 0..1."""
    left, top, right, bottom = a
    x0, y0, x1, y1 = b
    high = min(bottom, y1) - max(top, y0)
    if high <= 0:
        return 0.0
    wide = min(right, x1) - max(left, x0)
    smaller = min((right - left) * (bottom - top), (x1 - x0) * (y1 - y0))
    return max(0.0, wide) * high / max(smaller, 1e-6)


def _adjusted(
    amount: Decimal, totals: Sequence[Total], printed: Printed, own: set[int]
) -> tuple[Total, tuple[tuple[Decimal, str], ...]] | None:
    """Lines plus document charges less allowances (BR-CO-13) make a printed total."""
    steps = [(value, label) for row, value, label in printed.adjustments if row not in own and value != 0][:6]
    for count in range(1, len(steps) + 1):
        for some in combinations(steps, count):
            reached = amount + sum(value for value, _ in some)
            for total in totals:
                if total.value == reached:
                    return total, some
    return None


def _fits(layout: Layout, total: Total, context: TableContext) -> float:
    order = {"net": 3.0, "gross": 2.0, "due": 1.5, "lines": 1.0}
    if context.country == "BR":
        order = {"gross": 3.0, "due": 2.5, "net": 1.0, "lines": 1.0}
    known = 0.5 if any(t.kind == total.kind and t.value == total.value for t in context.totals) else 0.0
    return order[total.kind] + known + (2.5 if total.kind in FITS[layout.kind] and layout.kind != "amount" else 0.0)


def _score(layout: Layout, records: Sequence[Record], total: Total, context: TableContext) -> float:
    column = layout.table.columns[layout.amount]
    named = {"net": 3.0, "amount": 3.0, "gross": 2.6}.get(column.roles[0], 0.6) if column.roles else 0.8
    fits = 1.0 if total.kind in FITS[layout.kind] else -0.5
    proven = sum(layout.proven(r) for r in records) / len(records)
    header = layout.table.header
    richness = 0.0
    if header:
        richness = (
            0.5 * header.has("description")
            + 0.5 * header.has("quantity", "price")
            + 0.3 * _is_numbered(header, records)
        )
    return named + fits + 2 * proven + richness + 0.2 * min(len(records), 5) + 0.2 * _fits(layout, total, context)


def _is_numbered(header: Header, records: Sequence[Record]) -> bool:
    return header.has("position") or all(is_numbered(record.row) for record in records)


def _runs(candidates: Sequence[Candidate], totals: Sequence[Total], context: TableContext) -> Iterator[Reading]:
    """Neighbouring tables read together: sections with a header each, or tables over several pages."""
    for run in _neighbours([c for c in candidates if c.layouts]):
        if len(run) > 1:
            yield from _run(run, totals, context)


def _neighbours(candidates: Sequence[Candidate]) -> Iterator[Sequence[Candidate]]:
    """Every run of neighbours; of very many tables only all, and all of one shape."""
    if len(candidates) <= MOST_TABLES:
        for first in range(len(candidates)):
            for last in range(first + 1, len(candidates)):
                yield candidates[first : last + 1]
        shapes: dict[tuple[str, ...], list[Candidate]] = {}
    else:
        yield candidates
        shapes = {}
    for candidate in candidates:
        header = candidate.layouts[0].table.header
        if header is not None:
            shapes.setdefault(header.signature, []).append(candidate)
    for same in shapes.values():
        if len(same) < len(candidates):
            yield same


def _run(run: Sequence[Candidate], totals: Sequence[Total], context: TableContext) -> Iterator[Reading]:
    options = [_options(candidate) for candidate in run]
    if not all(options):
        return
    trials = [([held[min(order, len(held) - 1)] for held in options], -1.8 - 0.3 * order) for order in range(RUNS)]
    if sections := _sections(options, totals):
        trials.insert(0, (sections, _SECTIONS))
    for parts, apart in trials:
        amount = _sum_of_run(parts)
        places = [r for _, records in parts for r in records]
        for total in totals:
            if total.value == amount and not _same_place(total, places):
                score = sum(_score(layout, records, total, context) for layout, records in parts) / len(parts)
                yield Reading(tuple(parts), total, score + apart)


def _sections(
    options: Sequence[Sequence[tuple[Layout, tuple[Record, ...]]]], totals: Sequence[Total]
) -> list[tuple[Layout, tuple[Record, ...]]]:
    """Each table as it comes to a sum of lines printed for it alone; nothing where one does not."""
    sums = {total.value for total in totals if total.kind == "lines"}
    found = [next((part for part in held if sum_of(*part) in sums), None) for held in options]
    return [part for part in found if part is not None] if all(found) else []


def _sum_of_run(parts: Iterable[tuple[Layout, tuple[Record, ...]]]) -> Decimal:
    """The plain sum, or after less before where whole tables hold the one and the other."""
    held = [(layout, records, {r.state for r in records}) for layout, records in parts]
    states = set().union(*(s for _, _, s in held))
    if not states >= {"before", "after"}:
        return sum((sum_of(layout, records) for layout, records, _ in held), Decimal(0))
    total = Decimal(0)
    for layout, records, _ in held:
        for record in records:
            value = layout.value(record)
            total += {"after": value, "before": -value}.get(record.state or "after", Decimal(0))
    return total


def _options(candidate: Candidate) -> list[tuple[Layout, tuple[Record, ...]]]:
    found = []
    for layout in candidate.layouts[:2]:
        for chosen in selections(layout, candidate.feet):
            found.append((layout, _without_differences(chosen)))
            if len(found) >= RUNS:
                return found
    return found


def self_proven(candidates: Sequence[Candidate]) -> Reading | None:
    """Lines that close with no total but prove themselves row by row; None where any row does not.

    A total that the caller or the page names and that the lines contradict is no obstacle: the reading
    stays open (`total` None), so that nothing built on it can be accepted.
    """
    best: Reading | None = None
    for candidate in candidates:
        for layout in candidate.layouts[:2]:
            records = next(iter(selections(layout, candidate.feet)), ())
            telling = [
                r for r in records if r.anchor.row in layout.products and layout.products[r.anchor.row].quantity != 1
            ]
            header = layout.table.header
            named = header is not None and header.has("quantity") and header.has("price")
            if records and named and all(layout.proven(r) for r in records) and (telling or len(records) >= 2):
                reading = Reading(((layout, tuple(records)),), None, float(len(records)))
                best = reading if best is None or reading.score > best.score else best
    return best

"""Totals that stand in rows of several amounts: sums under their columns, tax by rate, net beside tax beside gross."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import product
from operator import mul
from typing import Final

from pipelines.pages import Box
from pipelines.parsing.candidate import Candidate
from pipelines.parsing.evidence import Evidence
from pipelines.parsing.folding import count_letters
from pipelines.parsing.geometry import Cell, Row
from pipelines.parsing.labels import Label
from pipelines.parsing.places import Places
from pipelines.parsing.proofs.arithmetic import CENT, ZERO
from pipelines.parsing.tables_arithmetic import bears_no_tax
from pipelines.parsing.tables_model import Total
from pipelines.parsing.tables_rows import label_kinds
from pipelines.parsing.values import find_amounts, find_percents

_SUMS: Final = frozenset({"total_row", "gross_total", "tax_summary"})
_COLUMNS: Final = frozenset({"net_total", "tax_total", "gross_total"})
_TABLE_ROWS: Final = 60
"""How many rows above its sum a table's head is looked for."""


@dataclass(frozen=True, slots=True)
class _Printed:
    """An amount with two decimals, where it stands and how it is printed."""

    value: Decimal
    box: Box
    text: str


@dataclass(frozen=True, slots=True)
class _RateRow:
    """Base and tax of one rate, and their sum where the row prints it."""

    base: _Printed
    tax: _Printed
    total: _Printed | None

    @property
    def boxes(self) -> tuple[Box, ...]:
        return tuple(part.box for part in (self.base, self.tax, self.total) if part is not None)


def from_rows(pages: Sequence[Places], evidence: Evidence) -> Iterator[Candidate]:
    """Every total that a row of several amounts states."""
    for places in pages:
        yield from _sums_in_a_row(places, evidence)
        yield from _sums_under_heads(places, evidence)
        yield from _from_rate_rows(places, evidence)


def without_shares(claims: Sequence[Candidate], pages: Sequence[Places], evidence: Evidence) -> list[Candidate]:
    """Leave out what is a part of a total only.

    Beneath a head in one of several rows of a tax table stands one rate's share, and between a head and the row of
    sums stand items; in that row an amount is what its own column says, not what the row's label says.
    """
    shares: dict[int, list[tuple[Box, bool]]] = {}
    columns: dict[tuple[int, Box], str] = {}
    bodies: list[tuple[int, float, float]] = []
    for places in pages:
        bodies.extend((places.layout.number, top, bottom) for top, bottom in _summed_bodies(places, evidence))
        rows = _rate_rows(places, evidence)
        if len(rows) > 1:
            shares[places.layout.number] = [(box, row.total is None) for row in rows for box in row.boxes]
        for claim in _sums_under_heads(places, evidence):
            columns[(claim.page, claim.box)] = claim.field
    kept = []
    for claim in claims:
        said = columns.get((claim.page, claim.box))
        if said is not None and claim.field != said and claim.field in _COLUMNS | _SUMS:
            continue
        if claim.rule == "label:beneath" and any(
            claim.page == page and top < claim.box.middle < bottom for page, top, bottom in bodies
        ):
            continue
        held = shares.get(claim.page, ())
        if claim.rule.startswith("label") and any(
            abs(claim.box.middle - box.middle) <= 2 and (claim.rule == "label:beneath" or bare) for box, bare in held
        ):
            continue
        kept.append(claim)
    return kept


_MOST_BETWEEN: Final = 4
"""Rows that may part two totals; of more, some come to any sum."""


@dataclass(frozen=True, slots=True)
class _Extra:
    """A row with one amount that may stand between a net and its gross."""

    page: int
    y: float
    value: Decimal
    charge: bool
    """Its label calls it a charge or an allowance."""
    tax: bool
    """Its label calls it a tax of all: the tax of another rate, and no charge."""


@dataclass(frozen=True, slots=True)
class Between:
    """What pages add between net and tax and their gross: charges, allowances, fees collected for others."""

    rows: tuple[_Extra, ...] = ()

    def settled_beneath(self, gross: Decimal, places: Sequence[tuple[int, float]]) -> Decimal | None:
        """What one to three rows beneath a total leave of it: `729,86` over `720,00 -` over `9,86`; None if nothing."""
        for page, y in places:
            below = sorted((r for r in self.rows if r.page == page and y + 3 < r.y < y + 90), key=lambda r: r.y)[:4]
            for count in range(1, len(below)):
                moved = [r.value for r in below[:count]]
                left = below[count].value
                if left in (gross - sum(map(abs, moved), ZERO), gross + sum(moved, ZERO)):
                    return left
        return None

    def _inside(self, page: int, top: float, bottom: float) -> tuple[_Extra, ...]:
        """The rows between two heights of a page; none where they are more than may part two totals."""
        inside = tuple(r for r in self.rows if r.page == page and top + 3 < r.y < bottom - 3)
        return inside if len(inside) <= _MOST_BETWEEN else ()

    def settling(self, total: Sequence[Candidate], due: Sequence[Candidate]) -> tuple[Decimal, ...]:
        """What stands in the rows between a total and what is due, if it parts just them, taken off or added.

        Instalments and deposits bear many names; that they stand between and come out to the cent says enough.
        """
        for one, other in product(total, due):
            rows = self._inside(one.page, one.box.middle, other.box.middle) if one.page == other.page else ()
            values, off = tuple(r.value for r in rows), other.value - one.value
            ways = product((1, -1), repeat=len(values)) if values else ()
            if any(sum(map(mul, values, signs), ZERO) == off for signs in ways):
                return values
        return ()

    def leads_to(self, first: Total, last: Candidate) -> bool:
        """Whether the rows between a sum of lines and the net are what parts them (EN 16931 BT-106 to BT-109)."""
        if first.page != last.page or first.box is None:
            return False
        inside = self._inside(last.page, first.box.middle, last.box.middle)
        return bool(inside) and first.value + sum((r.value for r in inside), ZERO) == last.value

    def adds_up(self, net: Candidate, tax: Candidate, gross: Candidate) -> bool:
        """Whether the rows between say just what parts the three totals."""
        return bool(self.parting(net, tax, gross))

    def parting(self, net: Candidate, tax: Candidate, gross: Candidate) -> tuple[_Extra, ...]:
        """The rows that close the totals: all that stand between them, or charges by their name."""
        off = gross.value - net.value - tax.value
        if not off:
            return ()
        tops = [c.box.middle for c in (net, tax) if c.page == gross.page]
        if len(tops) == 2:
            held = (r for r in self.rows if r.page == gross.page and min(tops) + 3 < r.y < gross.box.middle - 3)
            inside = [r for r in held if all(abs(r.y - top) > 3 for top in tops)]
            told = not any(r.tax for r in inside)
            if told and inside and len(inside) <= _MOST_BETWEEN and sum((r.value for r in inside), ZERO) == off:
                return tuple(inside)
        charges = [r for r in self.rows if r.charge]
        lone = next(((r,) for r in charges if r.value == off), ())
        return lone or (tuple(charges) if sum((r.value for r in charges), ZERO) == off else ())


def between_totals(pages: Sequence[Places], evidence: Evidence) -> Between:
    """Every row with words and one amount; those that call it an allowance count as less."""
    found: list[_Extra] = []
    for places in pages:
        for row in places.layout.rows:
            if not 2 <= len(row.cells) <= 4:
                continue
            printed = _printed_in(row.cells[1:], evidence)
            if len(printed) != 1 or not printed[0].value or count_letters(row.cells[0].text) < 3:
                continue
            kinds = label_kinds(row.cells[0].text)
            value = -abs(printed[0].value) if "allowance" in kinds else printed[0].value
            charge = bool(kinds & {"charge", "allowance"})
            found.append(_Extra(places.layout.number, printed[0].box.middle, value, charge, "total_tax" in kinds))
    return Between(tuple(found))


def amounts_above(pages: Sequence[Places], below: Candidate, evidence: Evidence) -> Iterator[Candidate]:
    """Amounts that end at the same edge as another, in the few rows above it, nearest first."""
    for places in pages:
        if places.layout.number != below.page:
            continue
        rows = [row for row in places.layout.rows if row.box.y1 < below.box.middle]
        for row in reversed(rows[-5:]):
            for part in _printed_in(row.cells, evidence):
                if abs(part.box.x1 - below.box.x1) < 8 or abs(part.box.x0 - below.box.x0) < 3:
                    rule = "above the tax, and what tax and total leave"
                    yield Candidate("net_total", part.value, part.text, below.page, part.box, 0.62, rule)


def _sums_in_a_row(places: Places, evidence: Evidence) -> Iterator[Candidate]:
    """Rows with a total's label and three amounts of which two sum to the third: net, tax, gross."""
    seen: set[int] = set()
    for label in places.labels:
        if not label.concepts & _SUMS or label.cell.row in seen or label.cell.index > 2:
            continue
        found = _printed_in(places.layout.rows[label.cell.row].cells[label.cell.index :], evidence)
        if len(found) < 3:
            continue
        seen.add(label.cell.row)
        for net, tax, gross in zip(found, found[1:], found[2:], strict=False):
            if net.value + tax.value == gross.value and gross.value != 0:
                page = label.cell.page
                for name, part in (("net_total", net), ("tax_total", tax), ("gross_total", gross)):
                    yield Candidate(name, part.value, part.text, page, part.box, 0.62, "total row", label.spelling)


def sums_of_sections(pages: Sequence[Places], evidence: Evidence) -> list[Candidate]:
    """Net, tax and gross that the sums of two and more sections come to: the invoice's, under whatever words."""
    sums = {(page, label.cell.row) for page, places in enumerate(pages) for label in _summing(places)}
    if len(sums) < 2:
        return []  # before what takes longer to tell: most pages hold one sum
    triples = (_triple_of(pages[page].layout.rows[at], evidence) for page, at in sorted(sums))
    parts = [tuple(part.value for part in triple) for triple in triples if triple is not None]
    if not 2 <= len(set(parts)) == len(parts) <= _SECTIONS:
        return []
    whole = tuple(sum(column, ZERO) for column in zip(*parts, strict=True))
    for places in pages:
        for row in places.layout.rows:
            triple = _triple_of(row, evidence)
            if triple is not None and tuple(part.value for part in triple) == whole:
                return [
                    Candidate(name, part.value, part.text, places.layout.number, part.box, 0.9, _OF_SECTIONS)
                    for name, part in zip(("net_total", "tax_total", "gross_total"), triple, strict=True)
                ]
    return []


_OF_SECTIONS: Final = "sum of the sections' sums"
_SECTIONS: Final = 12
"""Most sums of sections that are added up."""


def _summing(places: Places) -> Iterator[Label]:
    return (x for x in places.labels if "total_row" in x.concepts and x.cell.index == 0 and x.strength >= 0.6)


def _triple_of(row: Row, evidence: Evidence) -> tuple[_Printed, _Printed, _Printed] | None:
    """The last three amounts of a row, where they are a net, its tax and their gross."""
    if len(row.cells) < 3:
        return None
    found = _printed_in(row.cells, evidence)[-3:]
    if len(found) < 3 or not found[0].value or not found[1].value or found[0].value + found[1].value != found[2].value:
        return None
    return found[0], found[1], found[2]


@lru_cache(maxsize=4)  # each holds a document
def _sums_under_heads(places: Places, evidence: Evidence) -> tuple[Candidate, ...]:
    return tuple(_find_sums_under_heads(places, evidence))


def _find_sums_under_heads(places: Places, evidence: Evidence) -> Iterator[Candidate]:
    """A row of sums whose columns say which: `Total de la facture  198,77  234,21` under `Montant HT | TVA | TTC`."""
    rows = places.layout.rows
    heads = _heads(places)
    seen: set[int] = set()
    for label in places.labels:
        at = label.cell.row
        if at in seen or label.cell.index > 1 or label.strength < 0.6:
            continue
        if not label.concepts & {"total_row", "gross_total", "amount_due"}:
            continue
        head = next((row for i, row in reversed(heads) if 0 < at - i <= _TABLE_ROWS), None)
        found = _printed_in([c for c in rows[at].cells if c is not label.cell], evidence)
        if head is None or len(found) < 2:
            continue
        seen.add(at)
        named = _named_columns(places, head)
        taken = [(_column_of(part.box, named), part) for part in found]
        names = [name for name, _ in taken if name]
        if len(names) < 2 or len(set(names)) < len(names) or not _adds_up(dict(taken)):
            continue
        for name, part in taken:
            if name:
                rule = "total row under its columns"
                yield Candidate(name, part.value, part.text, label.cell.page, part.box, 0.78, rule, label.spelling)


def _summed_bodies(places: Places, evidence: Evidence) -> Iterator[tuple[float, float]]:
    """From a head to its row of sums, in points from the page's top: the rows between are parts."""
    sums = {claim.box.middle for claim in _sums_under_heads(places, evidence)}
    for bottom in sums:
        tops = [row.box.y1 for _, row in _heads(places) if row.box.y1 < bottom]
        if tops:
            yield tops[-1], bottom - 3


def _heads(places: Places) -> list[tuple[int, Row]]:
    """The rows that name at least two columns of totals, by their index."""
    rows = {label.cell.row for label in places.labels if not _COLUMNS.isdisjoint(label.concepts)}
    held = [(index, places.layout.rows[index]) for index in sorted(rows)]
    return [(index, row) for index, row in held if _named_columns(places, row)]


def _adds_up(sums: dict[str, _Printed]) -> bool:
    """Whether what stands under the heads can be net, tax and gross of one invoice."""
    net, tax, gross = (sums.get(name) for name in ("net_total", "tax_total", "gross_total"))
    if net and tax and gross:
        return net.value + tax.value == gross.value
    if net and gross:
        return abs(net.value) <= abs(gross.value) <= abs(net.value) * Decimal("1.4")
    return bool(tax) and all(abs(tax.value) <= abs(other.value) for other in (net, gross) if tax and other)


def _named_columns(places: Places, row: Row) -> list[tuple[str, Box]]:
    """The columns of net, tax and gross that a table's head names, each with its box."""
    named: list[tuple[str, Box]] = []
    for cell in row.cells:
        for label in places.by_cell.get(id(cell), ()):
            concept = next((c for c in ("net_total", "tax_total", "gross_total") if c in label.concepts), "")
            if concept and label.strength >= 0.5 and not any(map(str.isdigit, cell.text)):
                named.append((concept, label.box))
                break
    return named if len({concept for concept, _ in named}) >= 2 else []


def _column_of(box: Box, named: Sequence[tuple[str, Box]]) -> str:
    """The one column an amount stands in: they share width, or end at the same edge."""
    near = [
        (abs(head.x1 - box.x1), name)
        for name, head in named
        if min(head.x1, box.x1) - max(head.x0, box.x0) > 0 or abs(head.x1 - box.x1) <= 6
    ]
    return min(near)[1] if near else ""


def _printed_in(cells: Iterable[Cell], evidence: Evidence) -> list[_Printed]:
    """The amounts of some cells that have two decimals and are no percents."""
    found: list[_Printed] = []
    for cell in cells:
        percents = find_percents(cell.text)
        for amount in find_amounts(cell.text):
            if amount.decimals != 2 or any(p.start < amount.end and amount.start < p.end for p in percents):
                continue
            value = evidence.amount(amount)
            if value is not None:
                found.append(_Printed(value, cell.span_box(amount.start, amount.end), amount.text))
    return found


def _from_rate_rows(places: Places, evidence: Evidence) -> Iterator[Candidate]:
    """Rows of a rate with base, tax and mostly their sum (`21 %  41,31  8,68  49,99`), summed over the page.

    One row alone is printed in full: its amounts are totals as they stand. Several are sums of our own.
    """
    rows = _rate_rows(places, evidence)
    if not rows:
        return
    page = places.layout.number
    parts: tuple[tuple[str, list[_Printed | None], float], ...] = (
        ("net_total", [row.base for row in rows], 0.0),
        ("tax_total", [row.tax for row in rows], 0.08 if rows[0].total is None else 0.0),
        ("gross_total", [row.total for row in rows], 0.0),
    )
    for name, held, more in parts:
        printed = [part for part in held if part is not None]
        if len(printed) < len(rows):
            continue
        first = printed[0]
        if len(rows) == 1:
            yield Candidate(name, first.value, first.text, page, first.box, 0.6 + more, "row of the tax table")
            continue
        value = sum((part.value for part in printed), ZERO)
        yield Candidate(name, value, str(value), page, first.box, 0.5 + more, "rows of the tax table")


@lru_cache(maxsize=4)
def _rate_rows(places: Places, evidence: Evidence) -> list[_RateRow]:
    """Base, tax and sum of each row that names a rate or an exemption and adds up, each but once.

    A row without a sum must call itself a tax (`Output tax 20 %  32,956.72  6,591.34`). Exempt rows count only
    beside a taxed one: three amounts of which one is zero add up in many a row.
    """
    taxed: list[_RateRow] = []
    exempt: list[_RateRow] = []
    for row in places.layout.rows:
        made = _rate_row(places, row, evidence) if len(row.cells) <= 7 else None
        if made is None:
            continue
        seen = (made.base.value, made.tax.value)
        if not made.tax.value:
            exempt.append(made)
        elif all((held.base.value, held.tax.value) != seen for held in taxed):
            taxed.append(made)
    if not taxed:
        return []
    whole = [r for r in taxed if r.total is not None]
    # a page's tax table prints its sums; what else repeats a rate beside it is the same tax again
    return [*whole, *exempt] if whole else taxed


def _rate_row(places: Places, row: Row, evidence: Evidence) -> _RateRow | None:
    naming = [(cell, percents) for cell in row.cells if (percents := find_percents(cell.text))]
    if len(naming) > 1 or sum(len(find_amounts(cell.text)) for cell in row.cells) < (2 if naming else 3):
        return None
    # "23% lub 22%" holds no amount
    cells = [c for c in row.cells if not (naming and c is naming[0][0] and len(naming[0][1]) > 1)]
    values = _printed_in(cells, evidence)
    if not naming:
        if len(values) != 3 or values[1].value or values[0].value != values[2].value or not values[0].value:
            return None
        return _RateRow(*values) if bears_no_tax(row.text) else None
    if len(values) not in (2, 3):
        return None
    base, tax, *rest = values
    if len(values) == 3 and (base.value + tax.value != rest[0].value or not base.value):
        return None
    if not rest and not (tax.value and _says_tax(places, row)):
        return None
    rates = [rate for _, percents in naming for p in percents for rate in p.values]
    if not any(abs(base.value * rate / 100 - tax.value) <= CENT for rate in rates):
        return None
    return _RateRow(base, tax, rest[0] if rest else None)


def _says_tax(places: Places, row: Row) -> bool:
    """Whether a row begins by naming a tax."""
    labels: Iterable[Label] = (label for cell in row.cells[:2] for label in places.by_cell.get(id(cell), ()))
    return any("tax_total" in label.concepts for label in labels)

"""One invoice off the pages: everything read is gathered here, chosen, and laid into the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Literal, cast

from pipelines.pages import Box, DocumentText, Page
from pipelines.parsing.candidate import Candidate
from pipelines.parsing.candidates import AMOUNTS, Collected, Span, collect, spans
from pipelines.parsing.evidence import Evidence, gather
from pipelines.parsing.geometry import Layout, lay_out
from pipelines.parsing.kinds import is_electricity, likeness
from pipelines.parsing.labels import find_labels
from pipelines.parsing.lexicon import Lexicon, load_lexicon
from pipelines.parsing.parties import PartyReader
from pipelines.parsing.party_blocks import PartyFound
from pipelines.parsing.places import Places
from pipelines.parsing.receipts import Slip, read_slip
from pipelines.parsing.receipts_header import with_header
from pipelines.parsing.second_prints import believe_second_prints
from pipelines.parsing.suppliers import Supplier, SupplierBook, lexicon_of, load_suppliers
from pipelines.parsing.tables import TableContext, TableResult, Total, TotalKind, read_tables
from pipelines.parsing.tables_rows import state_of_label
from pipelines.parsing.totals import Totals, choose_totals, with_slip
from pipelines.parsing.values import find_amounts

_TOTAL_KINDS: dict[str, TotalKind] = {
    "net_total": "net",
    "tax_total": "tax",
    "gross_total": "gross",
    "amount_due": "due",
    "total_row": "gross",
}


@dataclass(frozen=True, eq=False)
class Reading:
    """What a group of pages holds, before it is judged. Every part is made once, when first asked for."""

    pages: tuple[Page, ...]
    lexicon: Lexicon
    layouts: tuple[Layout, ...]
    supplier: Supplier | None = None
    """Who is known to print such documents."""

    @cached_property
    def evidence(self) -> Evidence:
        found = gather(self.layouts, self.lexicon)
        known = self.supplier
        if known is None or found.decimal or known.country != found.country:
            return found
        return replace(found, decimal=known.decimal or "")

    @cached_property
    def places(self) -> tuple[Places, ...]:
        language = self.evidence.language
        return tuple(
            Places(layout, find_labels(layout, self.lexicon, language), self.lexicon) for layout in self.layouts
        )

    @cached_property
    def collected(self) -> tuple[Collected, ...]:
        return tuple(collect(places, self.evidence) for places in self.places)

    @cached_property
    def candidates(self) -> list[Candidate]:
        """All labelled candidates, best first; the first page a little before later ones."""
        first = self.pages[0].number if self.pages else 1
        held = [
            c
            for places, page in zip(self.places, self.collected, strict=True)
            for c in page.candidates
            if not stated_before_or_after(c, places.layout) and not states_what_was(c, places)
        ]
        return sorted(held, key=lambda c: (-(c.score - 0.01 * min(c.page - first, 10)), c.page, c.box.y0, c.box.x0))

    @cached_property
    def spans(self) -> list[Span]:
        held = [s for places in self.places for s in spans(places, self.evidence)]
        return sorted(held, key=lambda s: -s.score)

    @cached_property
    def tables(self) -> TableResult:
        evidence = self.evidence
        named = [
            c
            for c in self.candidates
            if c.field in _TOTAL_KINDS and c.field in AMOUNTS and isinstance(c.value, Decimal) and c.score >= 0.3
        ]
        totals = tuple(
            Total(_TOTAL_KINDS[c.field], c.value, c.page, c.box, c.label) for c in named if not _outdone(c, named)
        )
        context = TableContext(
            evidence.language or None,
            evidence.country or None,
            evidence.currency or None,
            cast("Literal[',', '.'] | None", evidence.decimal or None),
            evidence.order,
            totals[:24],
        )
        return read_tables(DocumentText(self.pages), context, self.layouts)

    @cached_property
    def parties(self) -> tuple[PartyFound, PartyFound]:
        seller, buyer = PartyReader(self.places, self.evidence.country).read()
        return (seller, buyer) if self.slip is None else with_header(self.places[0], seller, buyer)

    @cached_property
    def totals(self) -> Totals:
        chosen = choose_totals(self.candidates, self.tables, self.places, self.evidence)
        if self.slip is None:
            return chosen
        return with_slip(chosen, self.slip.total, disputed=self.slip.disputed)

    @cached_property
    def slip(self) -> Slip | None:
        """The till slip that a scan shows; text layers need no such forgiveness."""
        return read_slip(self.places, self.evidence) if self.ocr else None

    @cached_property
    def likeness(self) -> float:
        seller, buyer = self.parties
        proven = self.slip is not None and self.slip.total is not None
        return likeness(
            self.places,
            self.candidates,
            self.tables,
            seller.tax_id is not None or buyer.tax_id is not None,
            slip_signs=self.slip.signs if proven and self.slip is not None else 0,
        )

    @cached_property
    def electricity(self) -> bool:
        return is_electricity(self.places)

    @property
    def ocr(self) -> bool:
        return any(layout.ocr for layout in self.layouts)

    def all(self, field: str) -> list[Candidate]:
        return [c for c in self.candidates if c.field == field]

    def explained(self, candidate_page: int) -> frozenset[Box]:
        """Boxes of dates that a label explains, by page."""
        for page, collected in zip(self.pages, self.collected, strict=True):
            if page.number == candidate_page:
                return collected.explained
        return frozenset()

    def part(self, numbers: Sequence[int]) -> Reading:
        """The same reading of some of its pages only."""
        kept = [i for i, page in enumerate(self.pages) if page.number in numbers]
        if len(kept) == len(self.pages):
            return self
        pages = tuple(self.pages[i] for i in kept)
        return replace(self, pages=pages, layouts=tuple(self.layouts[i] for i in kept))


def read_pages(pages: Sequence[Page], suppliers: SupplierBook | None = None, lexicon: Lexicon | None = None) -> Reading:
    """Pages of one file, ready to be asked.

    Args:
        pages: As read.
        suppliers: Who is known; those of include/rules/suppliers/ if None.
        lexicon: Labels by language; those of include/rules/ if None.
    """
    worded = believe_second_prints([page for page in pages if page.words])
    layouts = tuple(lay_out(page) for page in worded)
    known = (load_suppliers() if suppliers is None else suppliers).on_pages(layouts)
    return Reading(worded, lexicon_of(known, load_lexicon() if lexicon is None else lexicon), layouts, known)


def stated_before_or_after(claim: Candidate, layout: Layout) -> bool:
    """Whether an amount beneath its label stands in a row of a correction that says how things were or are.

    `Przed korektą 2775,87 / Po korekcie 2498,14 / Różnica -277,73`: only what changed is a total of the document.
    """
    if claim.rule != "label:beneath" or claim.field not in AMOUNTS:
        return False
    row = next((r for r in layout.rows if r.box.y0 <= claim.box.middle <= r.box.y1), None)
    return row is not None and state_of_label(row.cells[0].text) in ("before", "after")


def states_what_was(claim: Candidate, places: Places) -> bool:
    """Whether an amount of a row of totals is what was or what is, and the row's last amount what changed.

    `Wartość brutto  4 155,95  3 728,54  -427,41` under before, after and difference.
    """
    if claim.field not in AMOUNTS or not any("difference" in label.concepts for label in places.labels):
        return False
    rows = (r for r in places.layout.rows if r.box.y0 <= claim.box.middle <= r.box.y1)
    found = [
        (a.values[0], cell.span_box(a.start, a.end))
        for row in rows
        for cell in row.cells
        for a in find_amounts(cell.text)
        if a.decimals == 2
    ]
    if len(found) < 3 or found[-2][0] - found[-3][0] != found[-1][0]:
        return False
    return claim.box.x1 < found[-1][1].x0


def _outdone(claim: Candidate, named: Sequence[Candidate]) -> bool:
    """Whether a row's further amount claims to be the total that its first one is, and another place confirms.

    `TOTAL  156,78  146,87` above `TOTAL A PAGAR R$ 156,78`: the second sums a column of tax bases.
    """
    for other in named:
        if other.field != claim.field or other.score <= claim.score or other.value == claim.value:
            continue
        if other.page == claim.page and abs(other.box.middle - claim.box.middle) < 3 and other.box != claim.box:
            places = {(c.page, c.box) for c in named if c.value == other.value}
            mine = {(c.page, c.box) for c in named if c.value == claim.value}
            if len(places) > 1 and len(mine) == 1:
                return True
    return False


def plausible_day(value: date, anchor: date | None, days: int = 1100) -> bool:
    """Whether a day can be on the same bill as another: within three years, if nothing else is said."""
    return anchor is None or abs((value - anchor).days) <= days

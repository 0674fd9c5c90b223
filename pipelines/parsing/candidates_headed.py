"""The paper's number where no label names it: at its title, or alone on top with its sign or series.

Asked only of pages whose labels and headings leave the number open. It stands only where it is the only one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from pipelines.parsing.candidate import Candidate, make_candidate
from pipelines.parsing.codes import find_code
from pipelines.parsing.dates import find_dates
from pipelines.parsing.folding import has_alnum, squash
from pipelines.parsing.geometry import Cell
from pipelines.parsing.labels import Label
from pipelines.parsing.places import Place, Places

_OPEN: Final = 0.45
_SCORE: Final = 0.62
_TOP: Final = 0.42
"""The share of the page's height in which a title with its number stands."""
_GAP: Final = 48
"""Letters that may part a title from its number: `Faktura rozliczeniowa za paliwo gazowe HEG/G/12`."""
_SIGN: Final = re.compile(r"\s*(?:(?:nr|no|num)(?![^\W\d_])|n[°º.]|№|#|nº)[.°º:]?\s*:?\s*(?=\S*\d)", re.IGNORECASE)
# Series that programs for invoices put before the number, with the number in the same cell
_SERIES: Final = re.compile(r"(?:FV[A-Z]?|FVAT|FS|FA|F|FK|FKS|FAK|FT|FR|FC|FAC|RE|RG|INV|VF|ZF)[ /-]{0,2}(?=\d)")
_SLASHED: Final = re.compile(r"\d{1,4}/\d{1,2}/\d{2,4}")
_AMOUNT: Final = re.compile(r"[-+]?\d{1,3}(?:[., ]\d{3})*[.,]\d{2}")


def numbers_at_the_title(places: Places, claims: Sequence[Candidate]) -> Iterator[Candidate]:
    """The number at the title of a page, or none: where two stand, neither is told to be it."""
    if any(c.field == "invoice_number" and c.score >= _OPEN for c in claims):
        return
    taken = {c.box for c in claims if c.score >= 0.5}
    found: dict[str, Candidate] = {}
    for candidate in (*_beside_titles(places), *_signed_on_top(places)):
        if candidate.box not in taken:
            found.setdefault(squash(candidate.value), candidate)
    if len(found) == 1:
        yield from found.values()


def _beside_titles(places: Places) -> Iterator[Candidate]:
    reach = 2.6 * places.layout.line_height
    for label in places.labels:
        if not any(c.startswith("title_") for c in label.concepts) or not _on_top(places, label.cell):
            continue
        if has_alnum(label.cell.text[: label.start]):
            continue
        rest = label.cell.text[label.end :]
        if has_alnum(rest):
            yield from _behind(places, label, rest)
            continue
        beside = _beside(places, label.cell)
        beneath = next(iter(places.layout.beneath(label.cell, reach)), None)
        for cell, relation in ((beside, "right"), (beneath, "beneath")):
            if cell is not None and not places.by_cell.get(id(cell)):
                yield from _whole(places, cell, label, relation == "beneath")


def _beside(places: Places, title: Cell) -> Cell | None:
    """The next cell to the right at the title's height: rows of another column may part the two."""
    rows = places.layout.rows[max(title.row - 1, 0) : title.row + 2]
    level_with = [
        cell
        for row in rows
        for cell in row.cells
        if cell.box.x0 >= title.box.x1 - 2
        and min(cell.box.y1, title.box.y1) - max(cell.box.y0, title.box.y0)
        > 0.6 * min(cell.box.height, title.box.height)
    ]
    return min(level_with, key=lambda cell: cell.box.x0, default=None)


def _behind(places: Places, label: Label, rest: str) -> Iterator[Candidate]:
    """In the title's own cell, behind words that name nothing else."""
    first = re.search(r"\S*\d", rest)
    if first is None or first.start() > _GAP:
        return
    inner = (other for other in places.by_cell.get(id(label.cell), ()) if other is not label)
    if any(label.end <= other.start < label.end + first.start() for other in inner):
        return
    start = label.end + first.start()
    place = Place(label.cell.text[start:], label.cell, start, "inline", 1.0)
    yield from _number(places, place, label, whole=False)


def _whole(places: Places, cell: Cell, label: Label, beneath: bool) -> Iterator[Candidate]:
    if beneath and min(abs(cell.box.x0 - label.cell.box.x0), abs(cell.box.x1 - label.cell.box.x1)) > 40:
        return
    yield from _number(places, Place(cell.text, cell, 0, "beneath" if beneath else "right", 1.0), label, whole=True)


def _signed_on_top(places: Places) -> Iterator[Candidate]:
    """`Nº 550.993.844` or `FV 000317/25`, alone in a cell of the page's top."""
    for cell in places.layout.cells:
        if not _on_top(places, cell):
            return
        if len(cell.text) > 32 or places.by_cell.get(id(cell)):
            continue
        sign = _SIGN.match(cell.text)
        if not sign and not _SERIES.match(cell.text):
            continue
        above = next(iter(places.layout.above(cell, 1.5 * places.layout.line_height)), None)
        left = next(iter(places.layout.left_of(cell)), None)
        if any(other is not None and _names_what_follows(places, other) for other in (above, left)):
            continue
        start = sign.end() if sign else 0
        label = Label(cell, 0, start, frozenset({"invoice_number"}), 0.8, cell.text[:start].strip())
        yield from _number(places, Place(cell.text[start:], cell, start, "inline", 1.0), label, whole=True)


def _names_what_follows(places: Places, cell: Cell) -> bool:
    """Whether a cell is a label that waits for its value, and no title."""
    return any(
        label.whole and not any(c.startswith("title_") for c in label.concepts)
        for label in places.by_cell.get(id(cell), ())
    )


def _number(places: Places, place: Place, label: Label, *, whole: bool) -> Iterator[Candidate]:
    found = find_code(place.text, dated=True)
    if found is None or found.start > 0 or len(squash(found.text)) < 4 or _AMOUNT.fullmatch(found.text):
        return
    if whole and has_alnum(place.text[found.end :]):
        return
    if find_dates(found.text) and not _is_no_date(places, place, found.text):
        return
    if not re.search(r"\d{4}|\d[/-]|[/-]\d", found.text):
        return  # a postcode's half, a tariff or a count
    yield make_candidate("invoice_number", found.text, place, found.start, found.end, label, _SCORE)


def _is_no_date(places: Places, place: Place, text: str) -> bool:
    """`Faktura 5/12/2025` among dates that are written otherwise: the fifth of December's."""
    if not _SLASHED.fullmatch(text):
        return False
    others = [
        cell.text[day.start : day.end]
        for cell in places.layout.numbered
        if cell is not place.cell
        for day in find_dates(cell.text)
    ]
    return bool(others) and not any("/" in other for other in others)


def _on_top(places: Places, cell: Cell) -> bool:
    return cell.box.y0 < _TOP * places.layout.height

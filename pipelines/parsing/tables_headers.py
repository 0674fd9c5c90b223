"""Header rows of line-item and tax tables: found by the meanings of their words, read over several rows.

A header is a row whose words mostly mean columns, with at least one column of money. Rows directly above
and beneath that carry no amounts belong to it (stacked cells such as `Wartość` over `brutto`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from pipelines.pages import Box, Word
from pipelines.parsing.geometry import bounds
from pipelines.parsing.tables_grid import Grid, GridRow
from pipelines.parsing.tables_words import Meaning, Vocabulary, column_words, words_of

Role = Literal[
    "position",
    "code",
    "description",
    "quantity",
    "unit",
    "price",
    "discount",
    "net",
    "amount",
    "gross",
    "tax",
    "tax_rate",
    "date",
    "period",
    "other",
]
MONEY: Final[frozenset[Role]] = frozenset({"net", "amount", "gross", "tax", "price"})
COVERED: Final = 0.55
"""Share of a header row's words that must mean columns."""


class HeaderCell(NamedTuple):
    """One column's label. `roles` are what it may hold, likeliest first."""

    text: str
    box: Box
    words: tuple[Word, ...]
    roles: tuple[Role, ...]


@dataclass(frozen=True, eq=False)
class Header:
    """A header: grid rows `first..last`, its cells left to right."""

    first: int
    last: int
    cells: tuple[HeaderCell, ...]

    @property
    def signature(self) -> tuple[str, ...]:
        """What two pages' headers of one table share."""
        return tuple(cell.roles[0] if cell.roles else "" for cell in self.cells)

    def has(self, *roles: Role) -> bool:
        return any(set(cell.roles[:1]) & set(roles) for cell in self.cells)


def roles_of(text: str, *, mend: bool = False) -> tuple[Role, ...]:
    """What a column with this header text may hold, likeliest first; empty for no header words."""
    meanings, _ = column_words().read(text, mend=mend)
    kinds: set[str] = set()
    for meaning in meanings:
        kinds |= meaning.kinds
    return _roles(kinds, words_of(text))


def _roles(kinds: set[str], words: Sequence[str]) -> tuple[Role, ...]:
    """The decision table from meanings to roles; the order of the rules is the point of it."""
    money, price = "amount" in kinds, "price" in kinds
    taxed, rate, split = "tax" in kinds, "rate_word" in kinds, kinds & {"net", "gross"}
    totals = {"total", "gesamt", "razem", "totale", "totaal", "ges"} & set(words)
    if "discount" in kinds and not totals:
        return ("discount",)
    if "other" in kinds and not (price and "per_unit" in kinds) and not (money and split):
        return ("other",)
    if "balance" in kinds and not price and not {"charges", "charge"} & set(words):
        return ("other",)
    if price or ("per_unit" in kinds and (money or split)):
        if totals or (money and "per_unit" not in kinds and not {"unit", "einzel"} & set(words)):
            return ("gross", "amount") if "gross" in split else ("amount", "net", "gross")
        if rate and taxed:
            return ("tax_rate",)
        if rate and not split and "per_unit" not in kinds and len(words) == 1:
            return ("price", "tax_rate")
        return ("price", "gross", "amount") if "gross" in split else ("price", "amount", "net")
    if taxed and rate and not money:
        return ("tax_rate", "tax")
    if "gross" in split:
        return ("gross", "amount")
    if taxed and "net" not in split:
        return ("tax", "tax_rate") if money else ("tax_rate", "tax")
    if "net" in split:
        return ("net", "amount")
    if money:
        return ("amount", "net", "gross")
    return _plain_roles(kinds, rate)


def _plain_roles(kinds: set[str], rate: bool) -> tuple[Role, ...]:
    if rate:
        return ("tax_rate", "discount")
    if "quantity" in kinds:
        return ("quantity", "unit") if "unit" in kinds else ("quantity",)
    if "per_unit" in kinds and not kinds & {"description", "position", "code", "unit"}:
        return ("price",)
    order: tuple[Role, ...] = ("description", "unit", "position", "code", "period", "date")
    return tuple(role for role in order if role in kinds)


def find_headers(grid: Grid) -> tuple[Header, ...]:
    """Every header of the grid, top to bottom, not overlapping."""
    headers: list[Header] = []
    after = 0
    for row in grid.rows:
        if row.index < after or not (_is_seed(row, mend=grid.ocr) or (row.index > after and _over_amounts(grid, row))):
            continue
        first, last = _extent(grid, row.index, after)
        cells = stack_cells(grid.rows[first : last + 1], mend=grid.ocr)
        headers.append(Header(first, last, cells))
        after = last + 1
    return tuple(headers)


def _is_seed(row: GridRow, *, mend: bool) -> bool:
    if any(n.decimals == 2 and not n.percent for n in row.numbers):
        return False
    covered = total = places = 0
    roles: set[Role] = set()
    vocabulary = column_words()
    for cell in row.cells:
        meanings, words = vocabulary.read(cell.text, mend=mend)
        total += words
        covered += sum(m.end - m.start for m in meanings)
    if total == 0 or covered / total < COVERED or total > 60:
        return False
    for cell in row.cells:
        for piece in _pieces(cell.text, vocabulary, mend):
            if piece:
                roles.add(piece[0])
                places += 1
    money, others = roles & MONEY, roles - MONEY - {"other"}
    # a lone `Datum   Betrag` or `Total   VAT` is a label row of the page, not a table's header
    enough = len(row.cells) >= 3 or (len(row.cells) == 2 and bool(roles & {"description"}) and places >= 2)
    # narrow columns whose labels run together: `Stawka VAT Wartość netto Kwota VAT Wartość brutto`
    run = places >= 4 or (places == 3 and covered == total and not row.numbers)
    return bool(money) and (bool(others) or len(money) >= 2) and (enough or run)


def _over_amounts(grid: Grid, row: GridRow) -> bool:
    """An unknown word and, far right, a word of money right over amounts: `Leistungsart ... Betrag`."""
    if row.numbers or len(row.cells) != 2 or row.index + 1 >= len(grid.rows):
        return False
    name, money = row.cells
    meanings, words = column_words().read(money.text, mend=grid.ocr)
    roles = roles_of(money.text, mend=grid.ocr)
    if not roles or roles[0] not in ("amount", "net", "gross") or sum(m.end - m.start for m in meanings) < words:
        return False
    if len(name.words) > 3 or money.box.x0 - name.box.x1 < 0.2 * (money.box.x1 - name.box.x0):
        return False
    below = [r for r in grid.rows[row.index + 1 : row.index + 4] if r.has_amount and r.page == row.page][:1]
    return any(abs(n.box.x1 - money.box.x1) < row.height for r in below for n in r.numbers if n.decimals == 2)


def _pieces(text: str, vocabulary: Vocabulary, mend: bool) -> Iterable[tuple[Role, ...]]:
    """Roles within one cell, which may hold the labels of several narrow columns."""
    whole = roles_of(text, mend=mend)
    meanings, _ = vocabulary.read(text, mend=mend)
    heads = [m for m in meanings if m.kinds & {"quantity", "description", "position", "price", "discount", "amount"}]
    if len(heads) <= 2:
        return (whole,)
    words = words_of(text)
    ends_with_head = meanings[-1] is heads[-1]  # `Net amount VAT amount`, where others say `Wartość netto Kwota VAT`
    pieces: list[list[Meaning]] = [[]]
    for meaning in meanings:
        if meaning in heads and not ends_with_head:
            pieces.append([])
        pieces[-1].append(meaning)
        if meaning in heads and ends_with_head:
            pieces.append([])
    return tuple(
        _roles({kind for m in piece for kind in m.kinds}, words[piece[0].start : piece[-1].end])
        for piece in pieces
        if piece
    )


def _extent(grid: Grid, seed: int, after: int) -> tuple[int, int]:
    first = last = seed
    while first > after and _joins(grid.rows[first - 1], grid.rows[first], mend=grid.ocr):
        first -= 1
        if seed - first >= 3:
            break
    while last + 1 < len(grid.rows) and _joins(grid.rows[last + 1], grid.rows[last], mend=grid.ocr):
        last += 1
        if last - seed >= 3:
            break
    return first, last


def _joins(row: GridRow, neighbour: GridRow, *, mend: bool) -> bool:
    """Whether a row next to a header row is more of the header: near, without amounts, all header words."""
    if row.page != neighbour.page or (row.numbers and any(n.alone and not n.percent for n in row.numbers)):
        return False
    gap = max(row.row.box.y0 - neighbour.row.box.y1, neighbour.row.box.y0 - row.row.box.y1)
    if gap > 0.9 * row.height:
        return False
    covered = total = 0
    for cell in row.cells:
        meanings, words = column_words().read(cell.text, mend=mend)
        total += words
        covered += sum(m.end - m.start for m in meanings)
    return total > 0 and covered / total >= 0.5


def stack_cells(rows: Sequence[GridRow], *, mend: bool) -> tuple[HeaderCell, ...]:
    """Join the cells of stacked header rows into columns; a cell over several columns goes to each."""
    cells = sorted((cell for row in rows for cell in row.cells), key=lambda c: c.box.width)
    columns: list[list[Word]] = []
    spans: list[tuple[float, float]] = []
    for cell in cells:
        x0, x1 = cell.box.x0, cell.box.x1
        over = [i for i, (s0, s1) in enumerate(spans) if min(x1, s1) - max(x0, s0) > 0.3 * min(x1 - x0, s1 - s0)]
        if not over:
            columns.append(list(cell.words))
            spans.append((x0, x1))
        elif len(over) == 1:
            columns[over[0]].extend(cell.words)
            spans[over[0]] = (min(x0, spans[over[0]][0]), max(x1, spans[over[0]][1]))
        else:
            homes = [[i for i in over if _shares(word, spans[i])] for word in cell.words]
            for word, mine in zip(cell.words, homes, strict=True):
                if mine or not any(homes):
                    for i in mine or over:
                        columns[i].append(word)
                else:
                    # between columns that others of its cell name: a column of its own
                    columns.append([word])
                    spans.append((word.box.x0, word.box.x1))
    made = [_header_cell(words, span, mend=mend) for words, span in zip(columns, spans, strict=True)]
    return tuple(sorted(made, key=lambda c: c.box.x0))


def _shares(word: Word, span: tuple[float, float]) -> bool:
    return min(word.box.x1, span[1]) - max(word.box.x0, span[0]) > 0.5 * word.box.width


def _header_cell(words: Sequence[Word], span: tuple[float, float], *, mend: bool) -> HeaderCell:
    ordered = tuple(sorted(words, key=lambda w: (round(w.box.middle / 3), w.box.x0)))
    text = " ".join(word.text for word in ordered)
    box = bounds(word.box for word in ordered)
    return HeaderCell(text, Box(span[0], box.y0, span[1], box.y1), ordered, roles_of(text, mend=mend))


def make_cell(words: Sequence[Word], *, mend: bool) -> HeaderCell:
    """A header cell from some of the words of a wider one."""
    box = bounds(word.box for word in words)
    return _header_cell(words, (box.x0, box.x1), mend=mend)

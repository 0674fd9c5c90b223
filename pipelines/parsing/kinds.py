"""What kind of document it is, and whether it is an invoice at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from pipelines.invoices import DocumentType
from pipelines.parsing.candidate import Candidate
from pipelines.parsing.folding import fold, has_alnum, has_digit, squash, tokens
from pipelines.parsing.labels import Label
from pipelines.parsing.places import Places
from pipelines.parsing.tables import TableResult

_TITLES: Final[tuple[tuple[str, DocumentType], ...]] = (
    ("title_correction", DocumentType.CORRECTION),
    ("title_credit_note", DocumentType.CREDIT_NOTE),
    ("title_advance", DocumentType.ADVANCE),
    ("title_forecast", DocumentType.FORECAST),
    ("title_settlement", DocumentType.SETTLEMENT),
    ("title_receipt", DocumentType.RECEIPT),
)
_NO_TITLES: Final = frozenset({"title_copy", "title_original", "title_proforma"})
_ELECTRIC: Final = frozenset(
    [
        "kwh",
        "mwh",
        "energia",
        "elektryczna",
        "electricity",
        "strom",
        "electrica",
        "eletrica",
        "elettrica",
        "electricite",
        "stroom",
    ]
)


def titles(pages: Sequence[Places]) -> dict[str, float]:
    """Title concepts and how strongly they stand: at a cell's start, high on the first page, in large type."""
    found: dict[str, float] = {}
    for places in pages[:2]:
        for label in places.labels:
            names = [c for c in label.concepts if c.startswith("title_")]
            if not names and label.concepts & {"invoice_number", "corrected_number"}:
                names = _named_within(places, label)
            if not names or has_alnum(_ORDINAL.sub("", label.cell.text[: label.start])):
                continue
            if "title_proforma" in names and (_heads_a_column(places, label) or _keys_an_order(places, label)):
                continue
            if "invoice_number" in label.concepts and label.cell.text[label.end :].lstrip().startswith(":"):
                # "Credit note number:" may be another paper's
                continue
            if "title_proforma" in names and label.cell.text.rstrip().endswith(":"):
                # "Bestellung:" tells a number, it is no title
                continue
            for name in names:
                found[name] = max(found.get(name, 0.0), _prominence(places, label))
    return found


_ORDINAL: Final = re.compile(r"^\W*\d{1,2}\.\s*$")
"""`2. Mahnung`"""


def _heads_a_column(places: Places, label: Label) -> bool:
    """Whether a label is one of a row of heads, and not the first: `Pociąg / Wagon / Klasa / Oferta`."""
    cells = places.layout.rows[label.cell.row].cells
    return len(cells) >= 4 and label.cell is not cells[0]


def _keys_an_order(places: Places, label: Label) -> bool:
    """Whether `Bon de commande` tells the order's number on an invoice.

    It stands beneath the invoice's own number, or right of other words and over a bare number.
    """
    cells = places.layout.rows[label.cell.row].cells
    if "purchase_order" not in label.concepts or label.end < len(label.cell.text.rstrip()):
        return False
    if any(_heads_an_invoice(other) and other.cell.row < label.cell.row for other in places.labels):
        return True
    if label.cell is cells[0]:
        return False
    below = [place for place in places.of(label) if place.relation == "beneath"]
    return bool(below) and below[0].text.strip().isdigit()


def _heads_an_invoice(label: Label) -> bool:
    """Whether a line begins with an invoice's number under its name: `Faktura VAT numer K87372-4`."""
    named = "invoice_number" in label.concepts and any(stem in fold(label.spelling) for stem in _STEMS)
    return named and label.start == 0 and has_digit(label.cell.text[label.end :])


_SPECIAL: Final = ("title_correction", "title_credit_note", "title_advance", "title_settlement", "title_forecast")


def _named_within(places: Places, label: Label) -> list[str]:
    """Titles that a number's label on top of the page begins with: `Faktura zaliczkowa nr`, `Korekta faktury nr`."""
    if label.cell.row > 0.25 * len(places.layout.rows):
        return []
    letters = squash(label.spelling)
    spelled = places.lexicon.vocabulary_by_concept
    beginnings = [letters[:end] for end in range(1, len(letters) + 1)]
    return [name for name in _SPECIAL if not spelled.get(name, frozenset()).isdisjoint(beginnings)]


def _prominence(places: Places, label: Label) -> float:
    layout = places.layout
    top = label.cell.row / max(len(layout.rows), 1)
    large = label.box.height / max(layout.line_height, 1.0)
    score = 0.5 * label.strength
    score += 0.4 if top < 0.25 else 0.15 if top < 0.5 else 0.0
    score += 0.25 if large > 1.25 else 0.0
    score += 0.1 if label.cell.text.isupper() else 0.0
    if label.cell.text.rstrip().endswith(":") or places.layout.number > 1:
        score -= 0.3
    if "title_proforma" in label.concepts and "forma" not in label.spelling.lower():
        # "Lieferschein Nr. 12" on an invoice names the delivery, not the paper
        score -= 0.4 if has_alnum(label.cell.text[label.end :]) else 0.0
    return score


def document_type(pages: Sequence[Places], gross_negative: bool) -> DocumentType:
    """The kind that the title names; an invoice where it names none."""
    found = titles(pages)
    plain = found.get("title_invoice", 0.0)
    best, kind = 0.0, DocumentType.INVOICE
    for name, candidate in _TITLES:
        score = found.get(name, 0.0)
        if name == "title_receipt" and plain >= score - 0.05 and plain > 0.6:
            continue
        if score > best + 0.05 and score >= 0.6:
            best, kind = score, candidate
    if kind is DocumentType.INVOICE and gross_negative and found.get("title_credit_note", 0.0) > 0.3:
        return DocumentType.CREDIT_NOTE
    return kind


def likeness(
    pages: Sequence[Places],
    candidates: Sequence[Candidate],
    tables: TableResult,
    has_tax_id: bool,
    *,
    slip_signs: int = 0,
) -> float:
    """How much a document is an invoice or receipt: 4 and more is one. A form without amounts is none.

    `slip_signs` counts what speaks for a till slip whose total something proves: three make it one.
    """
    scores: dict[str, float] = {}
    for c in candidates:
        scores[c.field] = max(scores.get(c.field, 0.0), c.score)
    found = titles(pages)
    money = max((scores.get(f, 0.0) for f in ("gross_total", "amount_due", "total_row", "net_total")), default=0.0)
    # a correction of a name or address states no amount, but the invoice that it corrects
    corrects = found.get("title_correction", 0.0) >= 0.6 and scores.get("corrected_number", 0.0) >= 0.6
    # nor does a faint receipt whose number and title alone could be read
    numbered = (
        scores.get("invoice_number", 0.0) >= 0.7 and max(found.values(), default=0.0) >= 0.7 and "issue_date" in scores
    )
    if (
        money < 0.35
        and not slip_signs
        and not tables.closed
        and not tables.tax_breakdown
        and not corrects
        and not numbered
    ):
        return 0.0
    named = max((v for k, v in found.items() if k not in _NO_TITLES), default=0.0)
    points = 2.0 * min(named / 0.8, 1.0) if named >= 0.4 else 0.8 * _speaks_of_one(pages)
    points += (
        2.0 if scores.get("invoice_number", 0.0) >= 0.6 else 1.0 if scores.get("invoice_number", 0.0) >= 0.4 else 0.0
    )
    points += 1.5 if money >= 0.6 else 1.0 if money or corrects else 0.5
    points += 0.8 if scores.get("tax_total", 0.0) >= 0.5 else 0.0
    points += 0.5 if scores.get("due_date", 0.0) >= 0.5 else 0.0
    points += 0.5 if scores.get("issue_date", 0.0) >= 0.5 else 0.0
    points += 0.7 if has_tax_id else 0.0
    points += 1.0 if scores.get("corrected_number", 0.0) >= 0.8 else 0.0
    points += 0.8 if tables.tax_breakdown else 0.0
    supplied = max((scores.get(f, 0.0) for f in ("customer_number", "metering_point", "meter_number")), default=0.0)
    points += 1.2 if points < 4 and supplied >= 0.6 and money >= 0.6 and is_electricity(pages) else 0.0
    points += 1.5 if tables.closed else 0.5 if tables.lines_seen else 0.0
    if not found.get("title_proforma"):
        points += min(1.4 * slip_signs, 4.2)
    taxed = scores.get("tax_total", 0.0) >= 0.5 and scores.get("net_total", 0.0) >= 0.4
    billed = taxed and scores.get("invoice_number", 0.0) >= 0.9 and _speaks_of_one(pages)
    if billed and _only_a_statement(pages):
        return points  # a bill in a letter that calls itself a statement of the account
    real = max((v for k, v in found.items() if k not in _NO_TITLES), default=0.0)
    if found.get("title_proforma", 0.0) >= 0.7 and real < 0.6:
        return 0.0
    return points


_ELECTRIC_STEMS: Final = ("strom", "elektri", "electri", "eletric", "elettri")


def _only_a_statement(pages: Sequence[Places]) -> bool:
    """Whether the only title against an invoice is a statement of the account, as British bills have one."""
    named = {
        fold(label.spelling)
        for places in pages
        for label in places.labels
        if "title_proforma" in label.concepts and label.strength >= 0.6
    }
    return bool(named) and all("statement" in spelling for spelling in named)


# Stems of what the paper is called, folded, in labels such as `Invoice date`, `Rechnungsdatum`, `Data faktury`
_STEMS: Final = ("invoice", "rechnung", "faktur", "factur", "fattur", "factuur", "fatura", "bill")


def _speaks_of_one(pages: Sequence[Places]) -> bool:
    """Whether a label with a value calls the paper an invoice, where its title is a picture or was not read."""
    fields = {"invoice_number", "issue_date"}
    return any(
        label.concepts & fields
        and label.strength >= 0.6
        and any(stem in fold(label.spelling) for stem in _STEMS)
        and any(any(c.isdigit() for c in place.text) for place in places.of(label))
        for places in pages[:1]
        for label in places.labels
    )


def is_electricity(pages: Sequence[Places]) -> bool:
    """Whether kWh and a word for electric energy stand on the pages."""
    seen: set[str] = set()
    for places in pages:
        for cell in places.layout.worded:
            said = tokens(cell.text)
            seen.update(_ELECTRIC.intersection(said))
            folded = fold(cell.text)
            if "ele" in folded or "strom" in folded:  # in every stem
                seen.update([word for word in said if word.startswith(_ELECTRIC_STEMS)])
        if seen & {"kwh", "mwh"} and len(seen) >= 2:
            return True
    return False

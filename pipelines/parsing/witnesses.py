"""Second witnesses on the pages: QR and bar codes, payment lines, access keys, amounts in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pipelines.invoices import Evidence
from pipelines.parsing.geometry import Cell, Layout, Row, rounded
from pipelines.parsing.proofs import (
    AccessKey,
    PaymentLine,
    Witness,
    find_access_keys,
    find_ksef_numbers,
    find_payment_lines,
    read_witness,
)
from pipelines.parsing.reader import Reading
from pipelines.parsing.words import WordsAmount, read_amount_words


@dataclass(frozen=True, slots=True)
class Witnesses:
    """What the second witnesses of a document say; each with the evidence of where it stands."""

    codes: tuple[tuple[Witness, Evidence], ...] = ()
    payment_line: tuple[PaymentLine, Evidence] | None = None
    access_key: tuple[AccessKey, Evidence] | None = None
    ksef_numbers: tuple[tuple[str, Evidence], ...] = ()
    words: tuple[tuple[WordsAmount, Evidence], ...] = ()

    def amounts(self) -> Iterator[tuple[str, str, Decimal]]:
        """(witness, `due` or `gross` or `total`, amount) for every amount that is said."""
        for witness, _ in self.codes:
            if witness.amount is not None:
                yield (
                    ("qr_code" if witness.kind not in ("arrecadacao", "boleto") else "barcode"),
                    witness.amount_is or "due",
                    witness.amount,
                )
        if self.payment_line is not None and self.payment_line[0].amount is not None:
            yield "payment_line", "due", self.payment_line[0].amount
        for words, _ in self.words:
            yield "amount_in_words", "total", words.value

    def due_dates(self) -> Iterator[tuple[str, tuple[date, ...]]]:
        """(witness, days it may mean)."""
        for witness, _ in self.codes:
            if witness.due_dates:
                yield "barcode", witness.due_dates
        if self.payment_line is not None and self.payment_line[0].due_dates:
            yield "payment_line", self.payment_line[0].due_dates


def gather_witnesses(reading: Reading) -> Witnesses:
    """Look for every second witness on the pages."""
    codes = []
    for page in reading.pages:
        for code in page.codes:
            witness = read_witness(code.text)
            if witness is not None:
                box = rounded(code.box)
                said = Evidence(
                    page=page.number, box=box, text=code.text[:200], rule=f"code:{code.format}", confidence=1
                )
                codes.append((witness, said))
    line = key = None
    ksef: list[tuple[str, Evidence]] = []
    for layout in reading.layouts:
        for row in layout.rows:
            if len(row.text) < 20 or sum(map(str.isdigit, row.text)) < 20:
                continue
            for cell in row.cells:
                text = cell.text
                if key is None and (keys := find_access_keys(text)):
                    key = (keys[0], _where(layout, cell))
                if line is None and (lines := find_payment_lines(text)):
                    line = (lines[0], _where(layout, cell))
                ksef.extend((number.number, _where(layout, cell)) for number in find_ksef_numbers(text))
            if line is None and (lines := find_payment_lines(row.text)):
                line = (lines[0], _where(layout, row))
    return Witnesses(tuple(codes), line, key, tuple(ksef), tuple(_words(reading)))


def _where(layout: Layout, printed: Cell | Row) -> Evidence:
    return Evidence(
        page=layout.number, box=rounded(printed.box), text=printed.text[:200], rule="check digits", confidence=1
    )


def _words(reading: Reading) -> Iterator[tuple[WordsAmount, Evidence]]:
    """Amounts in words behind their label, with the row beneath where they wrap."""
    for places in reading.places:
        for label in places.labels:
            if "words_amount" not in label.concepts or label.strength < 0.5:
                continue
            layout = places.layout
            row = layout.rows[label.cell.row]
            text = label.cell.text[label.end :] + " " + " ".join(c.text for c in row.cells[label.cell.index + 1 :])
            following = layout.rows[label.cell.row + 1 : label.cell.row + 3]
            wrapped = (
                text + " " + " ".join(r.text for r in following if r.box.y0 - row.box.y1 < 1.2 * layout.line_height)
            )
            for said in dict.fromkeys((text, wrapped)):
                found = read_amount_words(said.strip(" :"), languages=_languages(reading))
                if found is not None:
                    box = rounded(label.cell.box)
                    yield (
                        found,
                        Evidence(
                            page=layout.number,
                            box=box,
                            text=said[:200],
                            rule="amount in words",
                            confidence=0.9 if found.repaired else 1,
                        ),
                    )
                    break


def _languages(reading: Reading) -> tuple[str, ...]:
    language = reading.evidence.language
    return tuple(dict.fromkeys(x for x in (language, "en", "pl", "pt", "de") if x in ("pl", "pt", "en", "de")))

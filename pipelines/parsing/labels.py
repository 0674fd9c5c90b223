"""Labels on a page: which of the lexicon's hits name a value, and how surely.

A hit is weighed by what stands around it: words that lead up to it, words that follow, other labels beside it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from pipelines.pages import Box
from pipelines.parsing.folding import fold, has_alnum, has_digit, squash, squash_label, tokens
from pipelines.parsing.geometry import Cell, Layout
from pipelines.parsing.lexicon import LabelHit, Lexicon, Spelling
from pipelines.parsing.party_names import word_set

_HOMOGRAPHS: Final = 4
_DIGIT_LAST: Final = re.compile(r"\d\s*$")
TWO_LETTERS: Final = re.compile(r"[^\W\d_]{2,}")
_HEAD_END: Final = re.compile(r"[:\d]")
_LEAD: Final = re.compile(r"[\s•·*\-–—>|(\[☐□✓]*$")


@dataclass(frozen=True, eq=False)
class Label:
    """A label in a cell: characters `start:end` of its text."""

    cell: Cell
    start: int
    end: int
    concepts: frozenset[str]
    strength: float
    """0..1: how surely it is a label and not a word in a sentence."""
    spelling: str

    @cached_property
    def whole(self) -> bool:
        """Whether nothing but the label stands in its cell."""
        rest = self.cell.text[: self.start] + self.cell.text[self.end :]
        return not has_alnum(rest)

    @cached_property
    def box(self) -> Box:
        return self.cell.span_box(self.start, self.end)


def find_labels(layout: Layout, lexicon: Lexicon, language: str) -> tuple[Label, ...]:
    """Every label of a page, row by row. Weak hits (a word in a sentence, another language's) are left out."""
    labels: list[Label] = []
    for cell in layout.worded:
        hits = lexicon.find(cell.text, mend=layout.ocr)
        composed = _composed(cell)
        if composed is not None:
            labels.append(composed)
            hits = tuple(hit for hit in hits if hit.start >= composed.end or not hit.concepts & _MONEY)
        for index, hit in enumerate(hits):
            label = _label(cell, hit, language, parted=_in_a_run(hits, index))
            if label is not None:
                labels.append(label)
    stacked = _stacked(layout, lexicon, language)
    taken = {id(label.cell) for label in stacked}
    labels = [label for label in labels if id(label.cell) not in taken] + list(stacked)
    return tuple(sorted(labels, key=lambda label: (label.cell.row, label.cell.index, label.start)))


def _stacked(layout: Layout, lexicon: Lexicon, language: str) -> tuple[Label, ...]:
    """Labels printed over two rows (`Sub` over `Total`): they stand in the lower cell."""
    found = []
    for cell in layout.worded:
        upper = cell.text
        if len(upper) > 30 or has_digit(upper) or upper.rstrip().endswith(":"):
            continue
        joined = squash_label(upper)
        if not joined or joined not in lexicon.prefixes:
            continue
        below = next(iter(layout.beneath(cell, 0.9 * layout.line_height)), None)
        if below is None or abs(below.box.x0 - cell.box.x0) > 2.5 * layout.line_height or len(below.text) > 40:
            continue
        spellings = [s for s in lexicon.spellings.get(joined + squash_label(below.text), ()) if _spoken(s, language)]
        if spellings:
            label = Label(below, 0, len(below.text), frozenset(s.concept for s in spellings), 0.9, spellings[0].label)
            found.append(label)
    return tuple(found)


_MONEY: Final = frozenset({"net_total", "tax_total", "gross_total", "total_row", "tax_id", "amount_due"})
_SUM_WORDS: Final = word_set(
    "total totals totaal totale totaux totalt gesamt gesamtbetrag gesamtsumme summe suma razem ogolem celkem "
    "summa sum subtotal zwischensumme betrag rechnungsbetrag montant importe importo bedrag amount charges kwota "
    "wartosc"
)
_WITHOUT: Final = word_set(
    "excl exkl excluding exclusive ohne bez hors sin sem senza utan before exclusief zonder exc ex without"
)
_WITH: Final = word_set("incl inkl including inclusive inc inclusief incluido inclusa includes s con")
_TAXES: Final = word_set(
    "vat tax taxes gst hst mwst ust tva iva btw moms dph podatku mehrwertsteuer umsatzsteuer impuestos impostos"
)


def _composed(cell: Cell) -> Label | None:
    """A total that says whether its tax is in it: `Total EUR Excl. VAT`, `Summe inkl. 19 % USt`, `Celkem bez DPH`."""
    said = tokens(cell.text)
    if _SUM_WORDS.isdisjoint(said) or _TAXES.isdisjoint(said):
        return None
    head = _FIGURE.split(cell.text, maxsplit=1)[0]
    words = tokens(head)
    if len(head) > 60 or len(words) > 8 or _SUM_WORDS.isdisjoint(words) or _TAXES.isdisjoint(words):
        return None
    tax = next(i for i, word in enumerate(words) if word in _TAXES)
    before = set(words[max(0, tax - 3) : tax])
    concept = "net_total" if before & _WITHOUT else "gross_total" if before & _WITH else ""
    if not concept or words[0] not in _SUM_WORDS:
        return None
    return Label(cell, 0, len(head.rstrip()), frozenset({concept}), 0.96, head.strip(" :"))


_FIGURE: Final = re.compile(
    r"[:=]?\s*(?:[$€£₹]|EUR|PLN|GBP|USD|CHF|CZK|SEK|R\$)?\s*[-(]?\d[\d.,'’ ]*[.,]\d{2}(?!\d| ?%)"
)
_RUN_WORD: Final = 6
"""Letters from which a label counts as one of a run: short words stand together in prose, too."""


def _in_a_run(hits: Sequence[LabelHit], index: int) -> tuple[bool, bool]:
    """Whether another label ends right before, and begins right behind: heads of columns set without a gap."""
    hit = hits[index]
    before = hits[index - 1] if index else None
    behind = hits[index + 1] if index + 1 < len(hits) else None
    wide = hit.end - hit.start >= _RUN_WORD
    return (
        wide and before is not None and hit.start - before.end <= 2 and before.end - before.start >= _RUN_WORD,
        wide and behind is not None and behind.start - hit.end <= 2 and behind.end - behind.start >= _RUN_WORD,
    )


def _label(cell: Cell, hit: LabelHit, language: str, parted: tuple[bool, bool] = (False, False)) -> Label | None:
    spellings = [s for s in hit.spellings if _spoken(s, language)]
    if not spellings:
        return None
    if hit.end - hit.start <= 5 and cell.span_confidence(hit.start, hit.end) < 0.45:
        return None
    languages = {s.language for s in spellings}
    own = language in languages
    if own and len(languages) > 1:
        # what a word means in the document's own language outweighs its meaning elsewhere
        spellings = [s for s in spellings if s.language in (language, "en")]
    before, after = cell.text[: hit.start], cell.text[hit.end :]
    if before and any(s.concept == "tax_total" for s in spellings) and set(tokens(before)[-1:]) & _WITHOUT:
        return None  # `ohne MwSt.`
    strength = 1.0 if own else 0.9
    strength *= 0.95 if hit.mended else 1.0
    phrase = cell.text[hit.start : hit.end].count(" ") >= 2
    if not before or (not has_alnum(before) and _LEAD.search(before)) or parted[0]:
        position = 1.0
    elif phrase:
        position = 0.85  # three words together are no chance: `... 114,25 € buchen wir am 03.07.2025`
    elif before.rstrip().endswith((":", "|", ";", "/", ",", ")", ".", "-")) or _DIGIT_LAST.search(before):
        position = 0.85
    else:
        # other words lead up to it: "GBP DISCOUNT TOTAL" is no total
        led = [w for w in _WORDS.findall(before) if fold(w) not in _PARTICLES]
        position = 0.6 if len(led) <= 1 else 0.45
    ending = after.lstrip()[:1]
    if ending in (":", "#") or not has_alnum(after):
        position = min(1.0, position + 0.2)
        if ending == ":" and cell.text[hit.start].isupper() and hit.end - hit.start >= 6:
            position = max(position, 0.85)  # a key in a run of keys and values
    elif after[:1].isalpha():
        return None
    if after[:1] == "_" or before[-1:] == "_":
        return None
    if hit.end - hit.start <= 4 and after[:1] in ("-", "/") and after[1:2].isdigit():
        # a code's own prefix: PO-88123
        return None
    words_after = len(TWO_LETTERS.findall(after))
    if words_after > 7 and ending != ":":
        position *= 0.6
    strength *= (
        position
        * (1.0 if parted[1] else _completeness(after))
        * _generality(squash(cell.text[hit.start : hit.end]), colon=ending in (":", "#"))
    )
    if strength < 0.35:
        return None
    return Label(cell, hit.start, hit.end, frozenset(s.concept for s in spellings), strength, spellings[0].label)


# Words that may follow a label and leave it what it is
_PARTICLES: Final = word_set(
    "nr no num number numer nummer numero do od z dnia of for the de da dos la le les el los il di del della des "
    "du in im w na za eur euro usd pln gbp brl chf zl rs rm inr myr czk ht ttc incl excl inkl exkl kwh mwh vom "
    "bis zum am on by is at per date netto brutto net gross vat mwst ust iva tva btw gst tax podatku razem total "
    "and und et y e i en van het der die das or para por zu wynosi amount betrag kwota sum id code ref ano mes "
    "year month faktury rechnung invoice facture factura fattura"
)
_WORDS: Final = re.compile(r"[^\W\d_]{3,}")


def _completeness(after: str) -> float:
    """Below 1 where more words follow the label: `Gesamtbetrag der Abschläge` is no `Gesamtbetrag`."""
    head = _HEAD_END.split(after, maxsplit=1)[0]
    words = [w for w in _WORDS.findall(head) if fold(w) not in _PARTICLES and not (w.isupper() and len(w) <= 6)]
    if not words:
        return 1.0
    if head.lstrip()[:1] in (",", "(", "/", "-"):
        return 0.8
    return 0.6 if len(words) == 1 else 0.45


_GENERIC: Final[dict[str, float]] = {
    **dict.fromkeys(
        word_set(
            "numer nummer number numero no nr numeronumer rechnung factura facture fattura fatura faktura invoice"
        ),
        0.6,
    ),
    **dict.fromkeys(word_set("data date datum fecha vom del du le dated z dnia"), 0.8),
    **dict.fromkeys(
        word_set(
            "charges umsatzsteuer vat iva tva btw tax mwst steuer netto brutto net gross podatek account identifiant"
        ),
        0.85,
    ),
    **dict.fromkeys(
        word_set("from to a de do von bis od aan an per para saldo balance ref reference referencia kenmerk due tarif"),
        0.7,
    ),
}


def _generality(label: str, *, colon: bool) -> float:
    """Words so general that they label many things weigh less; a colon behind them makes up half of it."""
    weight = _GENERIC.get(label, 1.0)
    return (1.0 + weight) / 2 if colon and label not in _NEVER_ALONE else weight


_NEVER_ALONE: Final = frozenset(["numer", "nummer", "number", "numero", "no", "nr"])


def _spoken(spelling: Spelling, language: str) -> bool:
    """Short words of other languages are no labels here (`Del`, `Du`, `Bis`); English ones of some length are."""
    if spelling.language == language:
        return True
    return len(squash(spelling.label)) > (3 if spelling.language == "en" else _HOMOGRAPHS)

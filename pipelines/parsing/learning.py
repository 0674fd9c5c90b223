"""What a correction says about labels: the words beside the value that a person set, where no rule knows them.

Words become an addition only when several documents show them: one correction may be about one misprint. An addition
is a rules file like any other, so what it would change can be tried before anything is written.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml

from pipelines.parsing.folding import count_digits, count_letters, squash, squash_label
from pipelines.parsing.geometry import Cell, Layout
from pipelines.parsing.lexicon import Lexicon
from pipelines.parsing.proofs import read_tax_id
from pipelines.parsing.proposals import Grounded, Proposal, ground
from pipelines.parsing.reader import Reading

_CONCEPTS: Final = {
    "seller.name": "seller",
    "seller.tax_id": "seller_tax_id",
    "buyer.name": "buyer",
    "buyer.tax_id": "buyer_tax_id",
    "metering_point.id": "metering_point",
    "metering_point.meter_number": "meter_number",
    "metering_point.tariff_group": "tariff_group",
    "corrects.invoice_number": "corrected_number",
    "corrects.issue_date": "corrected_date",
}
"""Field of the record -> concept of its labels, where they differ."""
_LONGEST, _MOST_WORDS, _LEAST_LETTERS = 48, 7, 4
_ABOVE: Final = 3.0
"""Line heights above a value within which its heading stands."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The words beside a value that a person set.

    Attributes:
        seller: Tax id and name of the document's seller, where its check digits close.
    """

    document: str
    concept: str
    label: str
    language: str
    country: str
    seller: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Addition:
    """A rule that several corrections ask for.

    Attributes:
        file: Where it belongs below the rules folder.
        concept: What the label means.
        label: As printed.
        documents: Whose corrections ask for it.
        body: The rest of the file's fields, should it be made.
    """

    file: str
    concept: str
    label: str
    documents: tuple[str, ...]
    body: tuple[tuple[str, Any], ...]

    def line(self) -> str:
        """One line for people."""
        return f"{self.file}: {self.concept}: {self.label!r} (from {len(self.documents)} documents)"


def hear(document: str, field: str, truth: str, reading: Reading, seller: tuple[str, str] | None) -> Heard | None:
    """What the page says beside the truth of a field; None where it says nothing new, or the truth stands nowhere."""
    concept = _CONCEPTS.get(field, field)
    evidence = reading.evidence
    if concept not in reading.lexicon.vocabulary_by_concept or not evidence.language:
        return None
    found = ground(Proposal(field, truth, None, "a person"), reading)
    label = _label_of(found, reading) if found is not None else ""
    if not label or _is_known(label, concept, reading.lexicon):
        return None
    known = read_tax_id(seller[0], evidence.country) if seller else None
    proven = seller if known is not None and known.valid else None
    return Heard(document, concept, label, evidence.language, evidence.country, proven)


def _is_known(label: str, concept: str, lexicon: Lexicon) -> bool:
    return any(concept in hit.concepts for hit in lexicon.find(label))


def _label_of(found: Grounded, reading: Reading) -> str:
    """The words before the value in its cell, else those to its left, else those above."""
    layout = next(layout for layout in reading.layouts if layout.number == found.page)
    cell = next((c for c in layout.cells if _holds(c, found)), None)
    if cell is None:
        return ""
    at = cell.text.find(found.text)
    own = _as_label(cell.text[:at])
    if own:
        return own
    for other in _beside(layout, cell):
        if label := _as_label(other.text):
            return label
    return ""


def _holds(cell: Cell, found: Grounded) -> bool:
    box = cell.box
    return box.x0 <= found.box.x0 + 0.1 and found.box.x1 <= box.x1 + 0.1 and box.y0 <= found.box.middle <= box.y1


def _beside(layout: Layout, cell: Cell) -> list[Cell]:
    left = list(layout.left_of(cell))[:1]
    return left or list(layout.above(cell, _ABOVE * layout.line_height))[:1]


def _as_label(text: str) -> str:
    label = text.strip(" :;.,-|()[]")
    words = label.split()
    fits = len(label) <= _LONGEST and len(words) <= _MOST_WORDS and count_letters(label) >= _LEAST_LETTERS
    return label if fits and not count_digits(label) else ""


def additions(heard: Iterable[Heard], rules: Lexicon, least: int = 2) -> tuple[Addition, ...]:
    """The rules that at least `least` documents ask for, most wanted first.

    Words that one supplier alone used, and that mean something else to the others, belong to that supplier; all
    else to the language.
    """
    groups: dict[tuple[str, str, str], list[Heard]] = defaultdict(list)
    for word in heard:
        groups[word.language, word.concept, squash_label(word.label)].append(word)
    found = []
    for (language, concept, letters), words in groups.items():
        documents = tuple(sorted({word.document for word in words}))
        if len(documents) < least:
            continue
        label = Counter(word.label for word in words).most_common(1)[0][0]
        sellers = {word.seller for word in words}
        only = next(iter(sellers)) if len(sellers) == 1 else None
        if letters not in rules.spellings:
            found.append(
                Addition(f"labels_learned_{language}.yaml", concept, label, documents, (("language", language),))
            )
        elif only is not None:
            found.append(_suppliers_own(only, words[0].country, concept, label, documents))
    return tuple(sorted(found, key=lambda a: (-len(a.documents), a.file, a.concept, a.label)))


def _suppliers_own(
    seller: tuple[str, str], country: str, concept: str, label: str, documents: tuple[str, ...]
) -> Addition:
    tax_id, name = seller
    printed = tax_id if squash(tax_id)[:2].isalpha() else f"{country}{tax_id}"
    body = (("name", name), ("country", country), ("tax_ids", [printed]))
    return Addition(f"suppliers/learned-{squash(printed)}.yaml", concept, label, documents, body)


def with_additions(files: Mapping[str, bytes], chosen: Sequence[Addition]) -> dict[str, bytes]:
    """Rules files by path with the additions in them; those that stood keep what they say."""
    bodies: dict[str, dict[str, Any]] = {}
    for addition in chosen:
        if addition.file not in bodies:
            held = yaml.safe_load(files[addition.file]) if addition.file in files else dict(addition.body)
            bodies[addition.file] = held | {"labels": dict(held.get("labels") or {})}
        labels = bodies[addition.file]["labels"]
        labels[addition.concept] = [*(labels.get(addition.concept) or ()), addition.label]
    written = {
        name: yaml.safe_dump(body, allow_unicode=True, sort_keys=False).encode() for name, body in bodies.items()
    }
    return {**files, **written}

"""Learning from people: corrections become proposed rules, tried over all past documents before any is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.documents import DocumentId
from pipelines.errors import LakeError
from pipelines.invoices import ParsedDocument
from pipelines.lake import Lake
from pipelines.pages import DocumentText
from pipelines.parsing import Rules, load_rules
from pipelines.parsing.folding import squash
from pipelines.parsing.learning import Addition, Heard, additions, hear, with_additions
from pipelines.parsing.lexicon import RULES_FOLDER
from pipelines.parsing.reader import read_pages
from pipelines.silver import apply_edits, load_edits
from pipelines.states import all_days, document_keys, each_document
from pipelines.steps.cases import Cases, edited_documents, keep_cases
from pipelines.steps.parse import parse_made_by, parse_pages
from pipelines.steps.rules import further_rules, open_rules
from pipelines.steps.shadow import NO_FIELDS, compare
from pipelines.storage import ObjectMissing


@dataclass(slots=True)
class Effect:
    """What one addition would change.

    Attributes:
        documents: How many documents were parsed anew: those in whose text its words stand.
        counts: (field, `found` | `lost` | `changed`) -> how often; `lost` and `changed` want a look.
        right: (field, `gained` | `lost`) -> regression cases that it makes right, or wrong.
        accepted: Documents that it would have accepted, less those that it would no longer.
    """

    documents: int = 0
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    right: Counter[tuple[str, str]] = field(default_factory=Counter)
    accepted: int = 0

    @property
    def harmless(self) -> bool:
        """Whether it changes and loses nothing that stood, and makes no case wrong."""
        lost = any(kind != "found" for _, kind in self.counts)
        return not lost and not any(kind == "lost" for _, kind in self.right)

    def lines(self) -> Iterator[str]:
        """For people, a line each field."""
        yield f"{self.documents} documents hold its words; accepted {self.accepted:+d}"
        for (name, kind), count in sorted(self.right.items()):
            yield f"corrections {kind}: {name} {count}"
        for (name, kind), count in sorted(self.counts.items()):
            yield f"{kind}: {name} {count}"


@dataclass(frozen=True, slots=True)
class Lessons:
    """What the lake's corrections teach.

    Attributes:
        cases: Regression cases that stand.
        right: How many of them today's rules find by themselves.
        proposed: Additions with what each would change by itself, most wanted first.
    """

    cases: int
    right: int
    proposed: tuple[tuple[Addition, Effect], ...]


def learn(lake: Lake, least: int = 2) -> Lessons:
    """Propose additions to the rules from corrections that repeat in `least` documents. Writes the cases only.

    Raises StorageUnavailable, ConfigurationError.
    """
    files = _rules_files(lake)
    rules = load_rules(files)
    cases = {document: keep_cases(lake, document) for document in edited_documents(lake)}
    known, right, heard = 0, 0, list[Heard]()
    for document, held in cases.items():
        pages = _pages(lake, document)
        if pages is None or not held.cases:
            continue
        now = _fields(_parse(lake, document, pages, rules))
        known += len(held.cases)
        right += sum(_same(now.get(case.field), case.truth) for case in held.cases)
        heard += _heard(lake, document, held, pages, rules, now)
    proposed = additions(heard, rules.lexicon, least)
    return Lessons(known, right, tuple((a, _effect(lake, a, files, rules, cases)) for a in proposed))


def write_rules(lake: Lake, chosen: Sequence[Addition], folder: Path = RULES_FOLDER) -> list[str]:
    """Write additions where the lake's further rules live, else into the rules folder; returns what was written.

    Raises StorageUnavailable; OSError where the folder cannot be written.
    """
    store = open_rules(lake)
    files = _rules_files(lake, folder)
    written = []
    for name, data in with_additions(files, chosen).items():
        if files.get(name) == data:
            continue
        load_rules({name: data} if store is None else {**files, name: data})  # a file that does not load is not kept
        if store is not None:
            store.put(name, data)
            written.append(f"{store.url}/{name}")
        else:
            (folder / name).write_bytes(data)
            written.append(str(folder / name))
    return written


def _rules_files(lake: Lake, folder: Path = RULES_FOLDER) -> dict[str, bytes]:
    """Rules files that additions may go into: the lake's own; else those that were learned before."""
    if open_rules(lake) is not None:
        return further_rules(lake)
    learned = [*folder.glob("labels_learned_*.yaml"), *folder.glob("suppliers/learned-*.yaml")]
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(learned)}


def _pages(lake: Lake, document: DocumentId) -> DocumentText | None:
    try:
        return lake.pages(document).read
    except (ObjectMissing, LakeError):
        return None


def _parse(lake: Lake, document: DocumentId, pages: DocumentText, rules: Rules) -> ParsedDocument | None:
    try:
        return parse_pages(str(document), pages, parse_made_by(lake.settings, rules), rules=rules)
    except LakeError:
        return None


def _fields(parsed: ParsedDocument | None) -> dict[str, Any]:
    """Path as in edits -> value as JSON has it, of fields that are no lists."""
    flat: dict[str, Any] = {}
    for position, invoice in enumerate(parsed.invoices if parsed else ()):
        for name, value in invoice.model_dump(mode="json", exclude=NO_FIELDS).items():
            parts = value.items() if isinstance(value, dict) else [("", value)]
            flat |= {f"{position}.{name}.{leaf}".rstrip("."): part for leaf, part in parts}
    return flat


def _same(found: Any, truth: Any) -> bool:
    return found == truth or (found is not None and truth is not None and str(found) == str(truth))


def _heard(
    lake: Lake, document: DocumentId, held: Cases, pages: DocumentText, rules: Rules, now: Mapping[str, Any]
) -> Iterator[Heard]:
    keys = document_keys(lake, document)
    shown = apply_edits(lake.parsed(document), load_edits(lake, keys.edits)).parsed if keys and keys.parsed else None
    if shown is None or len(shown.invoices) != 1:
        return  # of several invoices in one file nobody could tell whose label it is
    seller = shown.invoices[0].seller
    who = (seller.tax_id, seller.name) if seller.tax_id and seller.name else None
    reading = read_pages(pages.pages, rules.suppliers, rules.lexicon)
    for case in held.cases:
        name = case.field.partition(".")[2]
        if case.truth in (None, "") or isinstance(case.truth, list | dict) or _same(now.get(case.field), case.truth):
            continue
        word = hear(str(document), name, str(case.truth), reading, who)
        if word is not None:
            yield word


def _effect(
    lake: Lake, addition: Addition, files: Mapping[str, bytes], rules: Rules, cases: Mapping[DocumentId, Cases]
) -> Effect:
    """Parse anew every document in whose text the words stand, with and without the addition."""
    effect, more = Effect(), load_rules(with_additions(files, [addition]))
    letters = squash(addition.label)
    for document in _parsed_documents(lake):
        if letters not in squash(lake.text(document)):
            continue
        pages = _pages(lake, document)
        if pages is None:
            continue
        effect.documents += 1
        before, after = (_parse(lake, document, pages, some) for some in (rules, more))
        if after is None:
            effect.counts["document", "lost"] += before is not None
            continue
        for difference in compare(str(document), before, after):
            name = difference.field.split("[")[0]
            if name not in ("review_reasons", "status"):
                effect.counts[name, difference.kind] += 1
        effect.accepted += (after.outcome == "accepted") - (before is not None and before.outcome == "accepted")
        _held_against(effect, cases.get(document), _fields(before), _fields(after))
    return effect


def _held_against(effect: Effect, held: Cases | None, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    for case in held.cases if held else ():
        was, now = _same(before.get(case.field), case.truth), _same(after.get(case.field), case.truth)
        if was != now:
            effect.right[case.field.partition(".")[2], "gained" if now else "lost"] += 1


def _parsed_documents(lake: Lake) -> Iterator[DocumentId]:
    for day in all_days(lake):
        yield from (keys.document for keys in each_document(lake, day) if keys.parsed and keys.text)

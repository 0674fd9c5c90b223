"""Shadow parsing: today's rules over documents that are parsed already, told apart field by field, nothing written.

It answers the question before a replay: what would `from: parse, mode: all` change?
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from pipelines.documents import DocumentId
from pipelines.errors import InvalidRecord, LakeError
from pipelines.invoices import Invoice, ParsedDocument
from pipelines.lake import Lake
from pipelines.states import DocumentKeys, each_document
from pipelines.steps.batches import Scope
from pipelines.steps.parse import asking_of, parse_made_by, parse_pages
from pipelines.steps.rules import rules_of
from pipelines.steps.selecting import in_scope

SHOWN = 200
"""Differences that a report names; the rest is counted only, so that XCom stays small."""


class Difference(NamedTuple):
    """One field of one document, as it stands and as it would be. None where there is no value."""

    document: str
    field: str
    before: str | None
    after: str | None

    @property
    def kind(self) -> Literal["found", "lost", "changed"]:
        if self.before is None:
            return "found"
        return "lost" if self.after is None else "changed"

    def line(self) -> str:
        """One line for people."""
        return f"{self.document} {self.field}: {_shown(self.before)} -> {_shown(self.after)}"


NO_FIELDS = {"evidence", "checks", "suggestions", "layout"}
"""Parts of an invoice that say how it was read, and nothing of what it says."""


@dataclass(slots=True)
class ShadowReport:
    """What parsing again would change."""

    documents: int = 0
    """How many were parsed anew."""
    changed: int = 0
    """How many of them would change."""
    differences: list[Difference] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    """Documents that parsing would now give up on, and why."""

    @property
    def by_field(self) -> dict[str, dict[str, int]]:
        """Field, list positions left out -> how often it would be found, lost or changed."""
        counts: dict[str, Counter[str]] = {}
        for difference in self.differences:
            counts.setdefault(_without_positions(difference.field), Counter())[difference.kind] += 1
        return {name: dict(sorted(kinds.items())) for name, kinds in sorted(counts.items())}

    def to_json(self) -> dict[str, Any]:
        return {
            "documents": self.documents,
            "changed": self.changed,
            "by_field": self.by_field,
            "failed": [list(entry) for entry in self.failed[:SHOWN]],
            "differences": [list(difference) for difference in self.differences[:SHOWN]],
        }

    def line(self) -> str:
        """One line for people."""
        kinds = Counter(difference.kind for difference in self.differences)
        told = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "no field differs"
        return f"{self.changed} of {self.documents} documents would change: {told}; {len(self.failed)} would fail"


def shadow_parse(lake: Lake, scope: Scope) -> ShadowReport:
    """Parse the scope's parsed documents with today's rules and compare; writes nothing.

    Documents that are not parsed yet are left out. Raises StorageUnavailable.
    """
    report = ShadowReport()
    rules, asking = rules_of(lake), asking_of(lake, ask=False)
    made_by = parse_made_by(lake.settings, rules)
    for keys in _parsed(lake, scope):
        report.documents += 1
        name = str(keys.document)
        try:
            anew = parse_pages(name, lake.pages(keys.document).read, made_by, asking, rules)
        except LakeError as error:
            report.failed.append((name, f"{type(error).__name__}: {error.cause}"))
            continue
        found = list(compare(name, _standing(lake, keys.document), anew))
        report.changed += bool(found)
        report.differences.extend(found)
    return report


def _parsed(lake: Lake, scope: Scope) -> Iterator[DocumentKeys]:
    for day in scope.received_days(lake.settings):
        found = (keys for keys in each_document(lake, day) if keys.parsed and keys.text)
        yield from in_scope(lake, scope, found)


def _standing(lake: Lake, document: DocumentId) -> ParsedDocument | None:
    try:
        return lake.parsed(document)
    except InvalidRecord:  # an older schema's: all of it would be new
        return None


def compare(document: str, before: ParsedDocument | None, after: ParsedDocument) -> Iterator[Difference]:
    """Each field that differs, invoices side by side in their order. Evidence and proofs are no fields."""
    old, new = (_fields(parsed.invoices if parsed else ()) for parsed in (before, after))
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield Difference(document, name, old.get(name), new.get(name))


def _fields(invoices: Iterable[Invoice]) -> dict[str, str]:
    """Dotted name -> value as JSON writes it; a second invoice's names begin with `invoices[1].`."""
    flat: dict[str, str] = {}
    for position, invoice in enumerate(invoices):
        body = invoice.model_dump(mode="json", exclude=NO_FIELDS, exclude_none=True)
        flat |= _flat(body, f"invoices[{position}]." if position else "")
    return flat


def _flat(value: Any, name: str) -> dict[str, str]:
    if isinstance(value, dict):
        return {k: v for key, part in value.items() for k, v in _flat(part, f"{name}{key}.").items()}
    if isinstance(value, list):
        place = name.removesuffix(".")
        return {k: v for n, part in enumerate(value) for k, v in _flat(part, f"{place}[{n}].").items()}
    return {name.removesuffix("."): str(value)}


def _without_positions(name: str) -> str:
    return "".join(part.partition("]")[2] if n else part for n, part in enumerate(name.split("[")))


def _shown(value: str | None) -> str:
    return "nothing" if value is None else repr(value)

"""What an explanation shows: every field of a record with its value, evidence, proofs and runners-up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pipelines.invoices import Check, Evidence, Invoice
from pipelines.pages import DocumentText
from pipelines.parsing.folding import squash
from pipelines.parsing.reader import read_pages

RUNNERS_UP = 4
"""Most other candidates of the rules shown for a field."""
SUGGESTED: Final = "second reader"
"""How the rule of a suggestion's evidence begins."""

# candidates are collected under these names, and put in the record under those
_CANDIDATE_OF: Final = {
    "metering_point.id": "metering_point",
    "metering_point.meter_number": "meter_number",
    "metering_point.tariff_group": "tariff_group",
    "corrects.invoice_number": "corrected_number",
    "corrects.issue_date": "corrected_date",
}
_WITHOUT_ROW: Final = frozenset(
    [
        "status", "review_reasons", "evidence", "checks", "suggestions", "layout", "lines", "meter_readings",
        "tax_breakdown",
    ]
)  # fmt: skip
_LISTS: Final = ("lines", "meter_readings", "tax_breakdown")


@dataclass(frozen=True, slots=True)
class ExplainedField:
    """One field.

    Attributes:
        name: As in the record's evidence: `seller.tax_id`.
        value: As the record's JSON has it; empty where the field was not found.
        evidence: Where it stands; None for what was concluded from others.
        proofs: Checks that name the field.
        runners_up: What a second reader suggests, then the rules' other candidates, best first.
    """

    name: str
    value: str
    evidence: Evidence | None
    proofs: tuple[Check, ...]
    runners_up: tuple[Evidence, ...]

    @property
    def state(self) -> str:
        """`failed` by a check, `proven` by one, or `open`."""
        if any(not check.passed for check in self.proofs):
            return "failed"
        return "proven" if self.proofs else "open"


def explain_fields(invoice: Invoice, runners_up: dict[str, tuple[Evidence, ...]]) -> tuple[ExplainedField, ...]:
    """Fields with a value, evidence or candidates, in the record's order; lists as one row each."""
    fields = []
    for name, value in _flat(invoice):
        others = tuple(
            e for e in runners_up.get(_CANDIDATE_OF.get(name, name), ()) if not _same(e, invoice.evidence.get(name))
        )
        others = (*_suggested(invoice, name), *others[:RUNNERS_UP])
        proofs = tuple(check for check in invoice.checks if name in check.fields)
        if value or name in invoice.evidence or others:
            fields.append(ExplainedField(name, value, invoice.evidence.get(name), proofs, others))
    return tuple(fields)


def _suggested(invoice: Invoice, name: str) -> Iterator[Evidence]:
    """What a second reader or a label said of the field and nothing proves: before the other candidates."""
    for said in invoice.suggestions:
        if said.field == name:
            rule = said.reason if said.reader == "rules" else f"{SUGGESTED} {said.reader}: {said.reason}"
            yield Evidence(page=said.page, box=said.box, text=said.text, rule=rule, confidence=0)


def find_runners_up(read: DocumentText) -> dict[str, tuple[Evidence, ...]]:
    """Labelled candidates of every field, best first, each place once."""
    found: dict[str, list[Evidence]] = {}
    for candidate in read_pages(read.pages).candidates:
        said = candidate.evidence()
        kept = found.setdefault(candidate.field, [])
        if not any(_same(said, other) for other in kept):
            kept.append(said)
    return {name: tuple(kept) for name, kept in found.items()}


def _flat(invoice: Invoice) -> Iterator[tuple[str, str]]:
    body = invoice.model_dump(mode="json")
    for name, value in body.items():
        if name in _WITHOUT_ROW:
            continue
        if isinstance(value, dict):
            yield from ((f"{name}.{leaf}", _said(part)) for leaf, part in value.items())
        else:
            yield name, _said(value)
    # own fields of a kind that no proof closes over are left out of the record, and told all the same
    for name in dict.fromkeys(said.field for said in invoice.suggestions):
        if name.startswith("details.") and name.partition(".")[2] not in invoice.details:
            yield name, ""
    for name in _LISTS:
        if body[name]:
            yield name, f"{len(body[name])} rows"


def _said(value: Any) -> str:
    return "" if value is None else str(value)


def _same(one: Evidence, other: Evidence | None) -> bool:
    """Whether two pieces of evidence are one printed value."""
    return (
        other is not None
        and one.page == other.page
        and squash(one.text) == squash(other.text)
        and _near(one.box, other.box)
    )


def _near(one: Sequence[float] | None, other: Sequence[float] | None) -> bool:
    if one is None or other is None:
        return one is other
    return all(abs(a - b) < 2 for a, b in zip(one, other, strict=True))

"""An invoice's kind and its kind's own fields, put into the record once the rest of it is judged."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from pipelines.invoices import Check, DocumentType, Evidence, Invoice
from pipelines.kinds import ELECTRICITY, ENERGY_FIELDS, GENERAL, OTHER, Kind, all_kinds, kind_named
from pipelines.parsing.kind_fields import read_own_fields
from pipelines.parsing.proposals import Proposal, ground
from pipelines.parsing.reader import Reading
from pipelines.parsing.supply import classify_lines
from pipelines.parsing.xml import ParsedXml

PROPOSED: Final = "kind."
"""A proposal of the field `kind.gas` says that the paper bills gas; its text is the phrase that tells so."""
_LEAST_PHRASE: Final = 6
"""Letters of a phrase that may tell a kind: `gas` alone stands in adverts."""


def kind_proposals(proposals: Sequence[Proposal]) -> tuple[list[Proposal], list[Proposal]]:
    """Proposals of a kind, and all others."""
    of_kind = [proposal for proposal in proposals if proposal.field.startswith(PROPOSED)]
    return of_kind, [proposal for proposal in proposals if not proposal.field.startswith(PROPOSED)]


def with_proposed_kind(invoice: Invoice, proposals: Sequence[Proposal], reading: Reading) -> Invoice:
    """The kind that a second reader names, where the rules left it open and its phrase stands on a page.

    Only a registered kind counts, and only one: a reader that names two knows none. Electricity is no answer: what
    gold sums is told by rules alone.
    """
    named = {proposal.field.removeprefix(PROPOSED) for proposal in proposals}
    if invoice.kind is not None or invoice.document_type is DocumentType.OTHER or len(named) != 1:
        return invoice
    name = named.pop()
    if name == ELECTRICITY or name not in (*all_kinds(), GENERAL):
        return invoice
    for proposal in proposals:
        found = ground(proposal, reading) if len(proposal.text.strip()) >= _LEAST_PHRASE else None
        if found is not None:
            return _of_kind(_measured_as(invoice, name), name, found.evidence())
    return invoice


def with_own_fields(invoice: Invoice, reading: Reading) -> Invoice:
    """The record of pages with its kind's own fields, where their proofs close."""
    tables = reading.tables
    lines, evidence = (invoice.lines, tables.line_evidence) if tables.closed else ((), ())
    return _completed(invoice, reading, lines, evidence)


def with_stated_kind(invoice: Invoice, stated: ParsedXml, page: Invoice | None, reading: Reading | None) -> Invoice:
    """The record of an e-invoice with its kind: by its items and notes, else by the page it came with.

    Its reader knows electricity by lines in kWh and by metering points. Gas is metered in kWh, too: where all words
    are of gas and none of electricity, it is gas. A page's word for electricity is not taken over, for gold sums it.
    """
    if invoice.document_type is DocumentType.OTHER:
        return invoice.model_copy(update={"kind": OTHER})
    # a page that came with it is read for its words, never for its values
    found = classify_lines(invoice.lines, stated.notes, (invoice.language or "")[:2], invoice.document_type)
    own = kind_named(found.name)
    if invoice.kind is not None:
        if own is None or own.fields is None or found.against_electricity:
            return invoice
        invoice = _measured_as(invoice, own.name)
    told, by_page = found.name, page.kind if page is not None else None
    evidence = found.evidence
    if told in (None, GENERAL) and by_page is not None and kind_named(by_page) is not None:
        told = None if by_page == ELECTRICITY else by_page
        evidence = page.evidence.get("kind") if page is not None else None
    return _completed(_of_kind(invoice, told, evidence), reading, invoice.lines, ())


def _measured_as(invoice: Invoice, name: str) -> Invoice:
    """The record without kWh, where bills of the kind are in none: a water meter's m3 are no energy."""
    kind = kind_named(name)
    if kind is None or kind.measures_energy:
        return invoice
    empty: dict[str, object] = dict.fromkeys(ENERGY_FIELDS)
    kept = {field: said for field, said in invoice.evidence.items() if field not in ENERGY_FIELDS}
    return invoice.model_copy(update=empty | {"meter_readings": (), "evidence": kept})


def _of_kind(invoice: Invoice, name: str | None, evidence: Evidence | None) -> Invoice:
    said = {"kind": evidence} if evidence is not None and name is not None else {}
    return invoice.model_copy(update={"kind": name, "evidence": invoice.evidence | said})


def _completed(
    invoice: Invoice, reading: Reading | None, lines: Sequence[object], line_evidence: Sequence[Evidence]
) -> Invoice:
    kind = kind_named(invoice.kind)
    if kind is None or kind.fields is None:
        return invoice
    own = read_own_fields(
        kind,
        reading,
        invoice.lines if lines else (),
        line_evidence,
        (invoice.language or "")[:2],
        _proven_energy(kind, invoice, reading),
    )
    return invoice.model_copy(
        update={
            "details": dict(own.details),
            "evidence": invoice.evidence | dict(own.evidence),
            "checks": (*invoice.checks, *own.checks),
            "suggestions": (*invoice.suggestions, *own.suggestions),
        }
    )


def _proven_energy(kind: Kind, invoice: Invoice, reading: Reading | None) -> tuple[Decimal, Evidence, Check] | None:
    """The record's energy, where two independent places of the pages agree on it."""
    energy = () if reading is None or not kind.energy_field else reading.tables.energy
    for amount in energy:
        if amount.kind == "consumption" and amount.proven and amount.kwh == invoice.consumption_kwh:
            check = next((check for check in amount.checks if check.passed), None)
            return (amount.kwh, amount.evidence, check) if check is not None else None
    return None

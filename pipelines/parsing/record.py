"""The record of one invoice off its pages: fields with evidence, before checks and status are added."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from pipelines.invoices import (
    DocumentType,
    Evidence,
    Invoice,
    MeteringPoint,
    MeterReading,
    Party,
    PrecedingInvoice,
    Status,
)
from pipelines.kinds import ENERGY_FIELDS, OTHER, kind_named
from pipelines.pages import Box
from pipelines.parsing.candidate import Candidate
from pipelines.parsing.chosen_dates import choose_dates
from pipelines.parsing.codes import is_month
from pipelines.parsing.corrections import corrected_ksef_numbers, correction_reason, states_no_amount
from pipelines.parsing.folding import count_letters, fold, level, squash
from pipelines.parsing.geometry import rounded
from pipelines.parsing.kinds import document_type, titles
from pipelines.parsing.metering_points import headings, points_of
from pipelines.parsing.party_blocks import PartyFound
from pipelines.parsing.proofs import read_account, read_ppe
from pipelines.parsing.reader import Reading
from pipelines.parsing.supply import classify
from pipelines.parsing.witnesses import Witnesses

_HOME_CURRENCY = {"PL": "PLN", "BR": "BRL", "IN": "INR", "GB": "GBP", "MY": "MYR"}


@dataclass(slots=True)
class Draft:
    """Values and evidence by field (`seller.tax_id`), and what a person should look at."""

    values: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, Evidence] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)

    def put(self, name: str, value: Any, evidence: Evidence | None) -> None:
        if value is None or value == "":
            return
        self.values[name] = value
        if evidence is not None:
            self.evidence[name] = evidence

    def take(self, name: str, candidate: Candidate | None) -> None:
        if candidate is not None:
            self.put(name, candidate.value, candidate.evidence())

    def get(self, name: str) -> Any:
        return self.values.get(name)

    def copy(self) -> Draft:
        """A draft of its own, to try something on."""
        return Draft(dict(self.values), dict(self.evidence), list(self.reasons))

    def confidence(self, name: str) -> float:
        return self.evidence[name].confidence if name in self.evidence else 0.0

    def finish(self, **more: Any) -> Invoice:
        """The record; nested parts from dotted names."""
        body: dict[str, Any] = {}
        for name, value in self.values.items():
            part, _, leaf = name.partition(".")
            if leaf:
                body.setdefault(part, {})[leaf] = value
            else:
                body[part] = value
        parts = {"seller": Party, "buyer": Party, "metering_point": MeteringPoint, "corrects": PrecedingInvoice}
        for part, model in parts.items():
            if part in body:
                body[part] = model(**body[part])
        return Invoice(**body, evidence=self.evidence, **more)


def other_document(reading: Reading | None, reason: str) -> Invoice:
    """A document that is no invoice: nothing is said about it but its language."""
    language = reading.evidence.language if reading is not None else ""
    return Invoice(
        status=Status.NEEDS_REVIEW,
        review_reasons=(reason,),
        document_type=DocumentType.OTHER,
        kind=OTHER,
        language=language or None,
    )


def draft_record(reading: Reading, witnesses: Witnesses) -> Draft:
    """Fill the draft: codes, days, money, parties, energy."""
    draft = Draft()
    for name, candidate in reading.totals.chosen.items():
        draft.take(name, candidate)
    _money_follows(reading, draft)
    for name, candidate in choose_dates(reading).items():
        draft.take(name, candidate)
    _numbers(reading, draft, witnesses)
    _parties(reading, draft)
    _corrects(reading, draft)
    evidence = reading.evidence
    draft.put(
        "language",
        {"pt": "pt-BR" if evidence.country == "BR" else "pt"}.get(evidence.language, evidence.language),
        None,
    )
    draft.put("country", evidence.country, None)
    _currency(reading, draft)
    gross = draft.get("gross_total")
    kind = document_type(reading.places, isinstance(gross, Decimal) and gross < 0)
    if kind in (DocumentType.INVOICE, DocumentType.RECEIPT) and draft.get("corrects.invoice_number"):
        kind = DocumentType.CREDIT_NOTE if reading.evidence.language != "pl" else DocumentType.CORRECTION
    if kind is DocumentType.INVOICE and reading.slip is not None and "title_invoice" not in titles(reading.places):
        kind = DocumentType.RECEIPT
    draft.put("document_type", kind, None)
    _supply(reading, kind, draft)
    if kind is DocumentType.CORRECTION and gross is None and draft.get("corrects.invoice_number"):
        _nothing_changes(reading, draft)
    return draft


def _supply(reading: Reading, document_type: DocumentType, draft: Draft) -> None:
    """What the paper bills, its points and meters, and its energy where it bills any."""
    tables = reading.tables
    found = classify(
        reading.places,
        tables.lines,
        reading.evidence.language,
        document_type,
        electricity=reading.electricity,
        closed=tables.closed,
    )
    draft.put("kind", found.name, found.evidence)
    _energy(reading, draft)
    own = kind_named(found.name)
    if own is not None and not own.measures_energy and not _bills_electricity_too(reading):
        for name in ENERGY_FIELDS:  # a water meter's m3 are no kWh
            draft.values.pop(name, None)
            draft.evidence.pop(name, None)


def _bills_electricity_too(reading: Reading) -> bool:
    """Whether a bill of water or heat bills electricity as well: proven energy whose own print says kWh."""
    proven = [a for a in reading.tables.energy if a.kind == "consumption" and a.proven]
    return reading.electricity and any("kwh" in fold(a.evidence.text or "") for a in proven)


def _nothing_changes(reading: Reading, draft: Draft) -> None:
    """The total of a correction that gives its reason and states no amount is zero."""
    reason = correction_reason(reading)
    if reason is not None and states_no_amount(reading):
        draft.put("gross_total", Decimal(0), reason)


def _currency(reading: Reading, draft: Draft) -> None:
    currency = reading.evidence.currency
    if not currency:
        currency = _HOME_CURRENCY.get(reading.evidence.country, "")
    draft.put("currency", currency, None)


def _money_follows(reading: Reading, draft: Draft) -> None:
    """What is due where nothing speaks of payments: the total; and the total where only it is called due."""
    candidates = reading.candidates
    speaks = any(c.field in ("paid", "prior_balance") and c.score >= 0.5 and c.value for c in candidates)
    if speaks or reading.ocr:
        # a scan may hide the line that speaks of them
        return
    if reading.totals.left_over is not None:
        return  # something was paid or added under words that no list holds
    gross, due = draft.get("gross_total"), draft.get("amount_due")
    if any(c.field == "gross_total" and c.score >= 0.8 and gross is not None and c.value > gross for c in candidates):
        return  # fees beneath the invoice's own total
    if gross is not None and due is None and not any(c.field == "amount_due" and c.score >= 0.5 for c in candidates):
        said = draft.evidence["gross_total"]
        draft.put("amount_due", gross, said.model_copy(update={"rule": "nothing paid or carried over: " + said.rule}))


_OPEN: Final = 0.5
"""Score of a number of which a person has to say whether it is the wanted one."""
_BY_PAYER, _BY_RECORD = re.compile(r"platnik"), re.compile(r"ewidencyjny?(?! klient)")


def _rivals(fit: Sequence[Candidate]) -> bool:
    """Whether a payer's number and a record's stand side by side: suppliers differ in which is the customer's."""
    labels = {squash(c.value): level(c.label) for c in fit}
    payer = any(_BY_PAYER.search(label) for label in labels.values())
    return len(labels) > 1 and payer and any(_BY_RECORD.search(label) for label in labels.values())


_BLOCK: Final = 10
"""Digits of a payment line's blocks and more, which stand where other numbers do."""


def _numbers(reading: Reading, draft: Draft, witnesses: Witnesses) -> None:
    number = _invoice_number(reading)
    draft.take("invoice_number", number)
    used = {squash(number.value)} if number else set()
    points = {squash(c.value) for c in reading.all("metering_point")[:1] if c.score >= 0.6}
    paid_by = squash(witnesses.payment_line[1].text or "") if witnesses.payment_line is not None else ""
    for name in ("customer_number", "contract_number", "purchase_order"):
        fit = [
            c
            for c in reading.all(name)
            if c.score >= 0.5 and not is_month(c.value) and squash(c.value) not in used and len(squash(c.value)) >= 3
            if len(squash(c.value)) < _BLOCK or squash(c.value) not in paid_by
        ]
        # some bills call the point the customer's own code: the customer's number is the other one, where there is one
        others = [c for c in fit if squash(c.value) not in points] if name == "customer_number" else fit
        found = next(iter(others or fit), None)
        if found is not None and name == "customer_number" and _rivals(others or fit):
            found = replace(found, score=_OPEN)
        draft.take(name, found)
    if draft.get("contract_number") and draft.get("contract_number") == draft.get("customer_number"):
        draft.values.pop("contract_number")
        draft.evidence.pop("contract_number")
    reference = next(
        (
            c
            for c in reading.all("payment_reference")
            if c.score >= 0.6 and squash(c.value) not in used and not is_month(c.value)
        ),
        None,
    )
    draft.take("payment_reference", reference)
    if witnesses.access_key is not None:
        draft.put("access_key", witnesses.access_key[0].key, witnesses.access_key[1])
        if number is None:
            draft.put("invoice_number", *_as_printed(reading, witnesses.access_key[0].number, witnesses.access_key[1]))
    if witnesses.payment_line is not None:
        draft.put("barcode", witnesses.payment_line[0].barcode, witnesses.payment_line[1])
    corrected = corrected_ksef_numbers(reading, witnesses)
    own = [(n, e) for n, e in witnesses.ksef_numbers if n not in corrected]
    if own:
        draft.put("ksef_number", own[0][0], own[0][1])
    if len(corrected) == 1:
        draft.put("corrects.ksef_number", *next(iter(corrected.items())))
    _bank_account(reading, draft)


def _as_printed(reading: Reading, number: str, said: Evidence) -> tuple[str, Evidence]:
    """An access key's number as the page prints it elsewhere (`000.469.660`); it pads its own with zeros."""
    bare = number.lstrip("0")
    for places in reading.places:
        for cell in places.layout.cells:
            for found in _DIGIT_RUN.finditer(cell.text):
                if found[0].replace(".", "").lstrip("0") == bare:
                    box = rounded(cell.span_box(found.start(), found.end()))
                    return found[0], Evidence(
                        page=cell.page, box=box, text=found[0], rule="the access key's number", confidence=0.9
                    )
    return bare, said


_DIGIT_RUN: Final = re.compile(r"(?<![\d.])\d[\d.]{3,}\d(?![\d.])")


def _invoice_number(reading: Reading) -> Candidate | None:
    """The best number; one that several places print counts more."""
    found = [c for c in reading.all("invoice_number") if c.score >= 0.45]
    corrected = {squash(c.value) for c in reading.all("corrected_number") if c.score >= 0.6}
    support: dict[str, float] = {}
    for c in found:
        support[squash(c.value)] = support.get(squash(c.value), 0.0) + c.score
    # in Brazil a bill bears the biller's own number, too: the fiscal document's is the invoice's
    fiscal = 0.15 if reading.evidence.country == "BR" else 0.0
    # a till's or a payment's own number beside the invoice's
    others = any(not _RECEIPT.search(fold(c.label)) for c in found)
    ranked = sorted(
        found,
        key=lambda c: (
            -(
                c.score
                + 0.05 * min(support[squash(c.value)] - c.score, 2.0)
                + fiscal * ("nota fiscal" in fold(c.label))
                - 1.7 * fiscal * (fold(c.label).endswith("documento"))  # a bank slip counts its own papers
                - (0.3 if others and _RECEIPT.search(fold(c.label)) else 0.0)
            )
        ),
    )
    best = next(
        (c for c in ranked if squash(c.value) not in corrected or c.score >= 0.85), ranked[0] if ranked else None
    )
    return best if best is not None else _titled_correction(reading)


_RECEIPT = re.compile(r"paragon|receipt|\bbon\b|ricevuta|recibo")


def _titled_correction(reading: Reading) -> Candidate | None:
    """`Korekta faktury nr 12`, where a label names another number as the corrected one: 12 is the correction's own."""
    named = {squash(c.value): c for c in reversed(reading.all("corrected_number")) if c.score >= 0.6}
    if len(named) != 2:
        return None
    spelled = reading.lexicon.vocabulary_by_concept
    paper_titles = (*spelled.get("title_correction", ()), *spelled.get("title_credit_note", ()))
    opening = tuple(title for title in paper_titles if len(title) >= 5)
    titled = [c for c in named.values() if squash(c.label).startswith(opening)]
    return replace(titled[0], field="invoice_number") if len(titled) == 1 else None


def _bank_account(reading: Reading, draft: Draft) -> None:
    for places in reading.places:
        for label in places.labels:
            if "bank_account" not in label.concepts:
                continue
            for place in places.of(label):
                text = place.text[:60].split("BIC")[0].split("SWIFT")[0].strip(" ,;|-")
                if "*" in text:
                    continue
                account = read_account(text, reading.evidence.country)
                if account is not None and account.valid:
                    end = place.text.find(text) + len(text)
                    box = place.box(0, end)
                    evidence = Evidence(
                        page=place.cell.page,
                        box=rounded(box),
                        text=text,
                        rule=f"label:{place.relation} ({label.spelling})",
                        confidence=1,
                    )
                    draft.put("bank_account", account.number, evidence)
                    return


def _parties(reading: Reading, draft: Draft) -> None:
    for role, party in zip(("seller", "buyer"), reading.parties, strict=True):
        if party.name and party.name_box is not None:
            evidence = _party_evidence(
                party, party.name, party.name_box, party.rule, min(party.score, 1.0) * party.sure
            )
            draft.put(f"{role}.name", party.name, evidence)
            draft.put(f"{role}.address", party.address, evidence.model_copy(update={"text": party.address[:200]}))
        if party.name and party.sure < 0.4:
            draft.values.pop(f"{role}.name", None)
            draft.values.pop(f"{role}.address", None)
        # on a scan, digits that do not close are likelier misread than misprinted
        misread = party.tax_id is not None and not party.tax_id.valid and party.tax_sure < 0.88
        if party.tax_id is not None and party.tax_box is not None and not misread:
            confidence = (1.0 if party.tax_id.valid else 0.7) * party.tax_sure
            draft.put(
                f"{role}.tax_id",
                party.tax_id.number,
                _party_evidence(party, party.tax_text, party.tax_box, "tax id", confidence),
            )


def _party_evidence(party: PartyFound, text: str, box: Box, rule: str, confidence: float) -> Evidence:
    return Evidence(
        page=party.page,
        box=rounded(box),
        text=text[:200],
        rule=rule,
        confidence=round(max(min(confidence, 1.0), 0.0), 3),
    )


def _energy(reading: Reading, draft: Draft) -> None:
    tables = reading.tables
    points = [
        c
        for c in reading.all("metering_point")
        if c.score >= 0.5 and not is_month(c.value) and len(squash(c.value)) >= 5
    ]
    if reading.evidence.country == "GB":
        # the upper line of a British supply number (`S 01 801 100`) names profile and network, the lower one the point
        points.sort(key=lambda c: sum(map(str.isdigit, c.value)) not in _MPAN)
    closing = [c for c in points if (ppe := read_ppe(c.value)) is not None and ppe.valid]
    point = closing[0] if closing else (points[0] if points else None)
    # a collective invoice: none of its points, meters and tariffs is the invoice's own
    collective = len({ppe.number for c in closing if (ppe := read_ppe(c.value)) is not None}) > 1
    if collective:
        point = None
    metered = any(c.score >= 0.5 for name in ("meter_number", "metering_point") for c in reading.all(name))
    supplied = metered and any(amount.kind == "consumption" for amount in tables.energy)
    electric = reading.electricity or bool(tables.readings) or supplied
    if point is not None and (electric or closing or _is_surely_a_point(point)):
        ppe = read_ppe(point.value)
        country = reading.evidence.country
        scheme = (
            "ppe" if ppe is not None else "installation" if country == "BR" else "ppe" if country == "PL" else "other"
        )
        draft.put("metering_point.id", ppe.number if ppe else _core(point.value, country), point.evidence())
        draft.put("metering_point.scheme", scheme, None)
        if ppe is not None and ppe.operator:
            draft.put("metering_point.distributor", ppe.operator, None)
    if not collective:
        _meter(reading, draft, least=0.5 if electric else 0.75)  # water and gas are metered, too
    if not electric:
        return
    for kind, name in (
        ("consumption", "consumption_kwh"),
        ("export", "exported_kwh"),
        ("compensated", "compensated_kwh"),
    ):
        amount = next((a for a in tables.energy if a.kind == kind), None)
        if amount is not None:
            draft.put(name, amount.kwh, amount.evidence)
    tariffs = [c for c in reading.all("tariff_group") if c.score >= 0.5]
    if len({c.value for c in tariffs}) == 1:
        draft.take("metering_point.tariff_group", tariffs[0])
    if tables.readings:
        draft.put(
            "meter_readings",
            _readings_by_point(reading),
            tables.reading_evidence[0] if tables.reading_evidence else None,
        )


def _is_surely_a_point(point: Candidate) -> bool:
    """Whether the number of a supply point of gas or water stands right at its label."""
    return point.score >= 0.9 and sum(map(str.isdigit, point.value)) >= _POINT_DIGITS


_POINT_DIGITS: Final = 8
_MPAN: Final = (13, 21)
"""Digits of a British supply number's core, and of the whole (BSCP515)."""


def _core(point: str, country: str) -> str:
    """A British supply number's core: the last 13 of its 21 digits (MPAN, BSCP515); others as printed."""
    digits = "".join(c for c in point if c.isdigit())
    return digits[-13:] if country == "GB" and len(digits) == 21 else point


def _readings_by_point(reading: Reading) -> tuple[MeterReading, ...]:
    """The readings, each with its metering point where a collective invoice has several."""
    tables = reading.tables
    points = points_of(tables.reading_evidence, headings(reading.candidates))
    if not any(points):
        return tables.readings
    pairs = zip(tables.readings, points, strict=True)
    return tuple(found.model_copy(update={"metering_point_id": point}) for found, point in pairs)


_NO_METERS: Final = ("customer_number", "contract_number", "invoice_number")
"""Whose numbers stand above a table of readings, and are no meter's where a label calls another the meter's."""
_CALLED: Final = 0.8


def _meter(reading: Reading, draft: Draft, *, least: float) -> None:
    tables = reading.tables
    if (said := tables.evidence.get("metering_point.meter_number")) is not None:
        others = {squash(c.value) for c in reading.all("metering_point")}
        if any(c.score >= _CALLED for c in reading.all("meter_number")):
            others |= {squash(c.value) for name in _NO_METERS for c in reading.all(name) if c.score >= 0.6}
        numbers = {r.meter_number for r in tables.readings if r.meter_number and squash(r.meter_number) not in others}
        if len(numbers) == 1:
            draft.put("metering_point.meter_number", next(iter(numbers)), said)
            return
    found = next((c for c in reading.all("meter_number") if c.score >= least and len(squash(c.value)) >= 5), None)
    draft.take("metering_point.meter_number", found)


def _corrects(reading: Reading, draft: Draft) -> None:
    own = squash(draft.get("invoice_number") or "")
    titled = _titled_correction(reading)
    named = (c for c in reading.all("corrected_number") if c.score >= 0.55)
    number = next((c for c in named if titled is None or squash(c.value) != squash(titled.value)), None)
    if number is None or squash(number.value) == own:
        return
    draft.take("corrects.invoice_number", number)
    day = next((c for c in reading.all("corrected_date") if c.score >= 0.5), None)
    if day is not None:
        draft.put("corrects.issue_date", day.value, day.evidence())
    for places in reading.places:
        for label in places.labels:
            if "correction_reason" in label.concepts and label.strength >= 0.6 and not draft.get("corrects.reason"):
                place = next(iter(places.of(label)), None)
                if place is not None and count_letters(place.text) >= 4:
                    text = place.text.split(":")[-1].strip()
                    evidence = Evidence(
                        page=place.cell.page,
                        box=rounded(place.cell.box),
                        text=text[:200],
                        rule=f"label:{place.relation}",
                        confidence=0.8,
                    )
                    draft.put("corrects.reason", text, evidence)

"""The document's days, chosen together: issue before due, a period of sane length, years where none is printed."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from pipelines.pages import Box
from pipelines.parsing.candidate import Candidate
from pipelines.parsing.candidates import lone_span
from pipelines.parsing.dates import Month, find_dates
from pipelines.parsing.folding import count_letters, has_digit, level, squash
from pipelines.parsing.labels import TWO_LETTERS
from pipelines.parsing.places import Place
from pipelines.parsing.reader import Reading, plausible_day

_LONGEST_PERIOD = 460
_LEGIBLE = 0.65
"""Word confidence below which a date that no label names is not believed."""


def choose_dates(reading: Reading) -> dict[str, Candidate]:
    """Issue, sale and due date, period and reference month; only those that something names."""
    chosen: dict[str, Candidate] = {}
    issue = _issue(reading)
    if issue is not None:
        chosen["issue_date"] = issue
    anchor: date | None = issue.value if issue is not None else None
    due = _due(reading, anchor)
    if due is not None:
        chosen["due_date"] = due
    sale = next((c for c in reading.all("sale_date") if c.score >= 0.5 and plausible_day(c.value, anchor)), None)
    if sale is not None:
        chosen["sale_date"] = sale
    chosen.update(_period(reading, anchor))
    month = _month(reading)
    if month is not None:
        chosen["reference_month"] = month
    return chosen


def _issue(reading: Reading) -> Candidate | None:
    named = [
        c
        for c in reading.all("issue_date")
        if c.score >= 0.5
        and not _is_another_day(reading, c)
        and not _begins_a_column(reading, c)
        and not _is_the_corrected_ones(reading, c)
        and not _dates_another_paper(reading, c)
    ]
    best = next(iter(named), None)
    if best is not None and reading.all("corrected_number"):
        # beside the number of the invoice that is credited, "invoice date" is that invoice's
        own = [c for c in named if not _INVOICE.search(level(c.label)) and c.value > best.value]
        best = own[0] if own and _INVOICE.search(level(best.label)) else best
    if best is None and reading.slip is not None:
        best = reading.slip.day
    return best if best is not None else _unlabelled(reading)


_INVOICE = re.compile(r"invoice|rechnung|faktur|rachun|factur|fattura|parcella|fatura")


def _is_another_day(reading: Reading, candidate: Candidate) -> bool:
    """Whether the very same print is named more surely as the day of sale, of payment or of a period."""
    return any(
        other.page == candidate.page and other.box == candidate.box and other.score > candidate.score
        for field in ("sale_date", "due_date", "period_start", "period_end")
        for other in reading.all(field)
    )


def _is_the_corrected_ones(reading: Reading, candidate: Candidate) -> bool:
    """Whether a day stands right behind the corrected invoice's number: `sur facture n° 12 du 20/04/2024`."""
    return any(
        other.page == candidate.page
        and abs(other.box.middle - candidate.box.middle) < candidate.box.height / 2
        and (
            0 <= candidate.box.x0 - other.box.x1 < 6 * candidate.box.height
            or (other.rule == candidate.rule == "label:beneath" and _INVOICE.search(level(candidate.label)))
        )
        for other in reading.all("corrected_number")
        if other.score >= 0.6
    )


def _dates_another_paper(reading: Reading, candidate: Candidate) -> bool:
    """Whether a day behind a mere `of` is an order's, a contract's or a judgement's: `Zlecenie nr 8/25 z dnia ...`."""
    if candidate.rule != "label:inline" or len(squash(candidate.label)) > _BARE:
        return False
    layout = next(each for each in reading.layouts if each.number == candidate.page)
    cell = next((each for each in layout.numbered if _holds(each.box, candidate.box)), None)
    if cell is None:
        return False
    lead = " ".join(word.text for word in cell.words if word.box.x1 <= candidate.box.x0 + 1)
    said = _PAPER.findall(level(lead))
    if said and not _INVOICE.search(said[-1]):
        return True
    codes = [squash(word) for word in lead.split() if has_digit(word)]
    numbers = {squash(c.value) for c in reading.all("invoice_number") if c.score >= 0.45}
    return bool(codes) and not any(codes[-1] in number or number in codes[-1] for number in numbers)


def _holds(box: Box, inner: Box) -> bool:
    return box.x0 - 1 <= inner.x0 and inner.x1 <= box.x1 + 1 and box.y0 - 1 <= inner.middle <= box.y1 + 1


_PAPER: Final = re.compile(
    r"umow|zlecen|zamowien|protok|aneks|decyzj|wyrok|rezerwac|faktur|rachun|"
    r"order|contract|agreement|quot|reservation|judgment|invoice|"
    r"auftrag|bestell|vertrag|angebot|lieferschein|rechnung|urteil|"
    r"contrat|ordine|sentenza|d\.?d\.?t|fattura|parcella|preventivo|"
    r"commande|devis|bon de|facture|pedido|albaran|presupuesto|factura|fatura|encomenda|orcamento|"
    r"opdracht|overeenkomst|offerte|factuur"
)
"""What papers are called whose day a text may give."""
_BARE = 5
"""Letters at most of a word that says just `date`; `Data wystawienia` names the invoice's wherever it stands."""


def _begins_a_column(reading: Reading, candidate: Candidate) -> bool:
    """Whether a day beneath `Datum` is the first of a column of days: when each line was supplied."""
    if candidate.rule != "label:beneath" or len(candidate.label) > _BARE:
        return False
    box = candidate.box
    layout = next(each for each in reading.layouts if each.number == candidate.page)
    under = (
        cell
        for cell in layout.cells
        if abs(cell.box.x0 - box.x0) < box.height / 2 and box.y1 <= cell.box.middle < box.y1 + 4 * box.height
    )
    # another label between them (`Date d'échéance`) ends the column
    below = min(under, key=lambda cell: cell.box.y0, default=None)
    days = find_dates(below.text) if below is not None else ()
    return bool(days) and days[0].start == 0


def _unlabelled(reading: Reading) -> Candidate | None:
    """The one date that no label explains, where there is just one; a receipt's first."""
    if not reading.layouts:
        return None
    found: dict[date, Candidate] = {}
    for layout, places in zip(reading.layouts[:1], reading.places[:1], strict=True):
        explained = reading.explained(layout.number)
        for cell in layout.numbered:
            for hit in find_dates(cell.text):
                value = reading.evidence.day(hit.values, hit.orders)
                box = cell.span_box(hit.start, hit.end)
                hardly_legible = cell.span_confidence(hit.start, hit.end) < _LEGIBLE
                if value is None or hardly_legible or box in explained or _in_prose(cell.text) or len(hit.text) < 8:
                    continue
                place = Place(cell.text, cell, 0, "page", 1.0)
                found.setdefault(
                    value,
                    Candidate(
                        "issue_date",
                        value,
                        hit.text,
                        layout.number,
                        place.box(hit.start, hit.end),
                        0.55 * cell.span_confidence(hit.start, hit.end),
                        "only date",
                    ),
                )
        del places
    return next(iter(found.values())) if len(found) == 1 else None


def _in_prose(text: str) -> bool:
    return count_letters(text) > 40 or len(TWO_LETTERS.findall(text)) >= 7


def _due(reading: Reading, issue: date | None) -> Candidate | None:
    found = [c for c in reading.all("due_date") if c.score >= 0.4 and plausible_day(c.value, issue)]
    found.extend(_due_after_total(reading))
    if issue is not None:
        # a due date before the issue date is rarely one: another candidate goes first
        fitting = [c for c in found if c.value >= issue]
        found = fitting or [replace(c, score=0.6 * c.score) for c in found]
    found.sort(key=lambda c: -c.score)
    return found[0] if found and found[0].score >= 0.4 else None


_ON = re.compile(
    r"(?:on|by|before|until|am|bis|bis zum|zum|do|do dnia|dnia|le|avant le|el|antes del?|il|entro il|op|ate|em)"
)
"""Words that tie what is due to its day: `Amount due by 3 August`; folded."""


def _due_after_total(reading: Reading) -> list[Candidate]:
    """`TOTAL AMOUNT DUE ON August 3, 2014`: a day right behind the label of what is due."""
    found = []
    for places in reading.places:
        for label in places.labels:
            if not label.concepts & {"amount_due"}:
                continue
            rest = label.cell.text[label.end :]
            for hit in find_dates(rest)[:1]:
                words = [w for w in rest[: hit.start].split() if w.strip(":,.")]
                value = reading.evidence.day(hit.values, hit.orders)
                if value is not None and len(words) <= 2 and not has_digit(rest[: hit.start]):
                    box = label.cell.span_box(label.end + hit.start, label.end + hit.end)
                    strength = label.strength + (0.3 if _ON.fullmatch(level(" ".join(words))) else 0.0)
                    found.append(
                        Candidate(
                            "due_date",
                            value,
                            hit.text,
                            label.cell.page,
                            box,
                            0.85 * min(1.0, strength),
                            "after the amount due",
                            label.spelling,
                        )
                    )
    return found


def _period(reading: Reading, anchor: date | None) -> dict[str, Candidate]:
    for span in reading.spans:
        first, last = span.first.value, span.last.value
        if span.score >= 0.4 and 0 <= (last - first).days <= _LONGEST_PERIOD and plausible_day(last, anchor, 4000):
            return {"period_start": span.first, "period_end": span.last}
    both = _pair(reading, "period_start", "period_end") or _reading_days(reading, anchor) or _both_days(reading)
    if both:
        return both
    lone = lone_span(reading.places, reading.evidence)
    # what was metered lies behind the day of its bill
    ahead = 5 if reading.electricity else 100
    if lone is not None and anchor is not None and -100 <= (lone.last.value - anchor).days <= ahead:
        return {"period_start": lone.first, "period_end": lone.last}
    return _metered_days(reading, anchor)


def _metered_days(reading: Reading, anchor: date | None) -> dict[str, Candidate]:
    """From reading to reading, where all rows of the meters agree on both days, and the last one is not long past."""
    readings, rows = reading.tables.readings, reading.tables.reading_evidence
    spans = {(r.date_from, r.date_to) for r in readings if r.date_from is not None or r.date_to is not None}
    if len(spans) != 1 or not rows or rows[0].page is None or rows[0].box is None:
        return {}
    ((first, last),) = spans
    if first is None or last is None or not 10 <= (last - first).days <= _LONGEST_PERIOD:
        return {}
    if anchor is None or abs((last - anchor).days) > 100:
        return {}
    page, box, rule = rows[0].page, Box(*rows[0].box), "days of the readings"
    return {
        name: Candidate(name, day, day.isoformat(), page, box, 0.7, rule)
        for name, day in (("period_start", first), ("period_end", last))
    }


def _pair(reading: Reading, start: str, end: str) -> dict[str, Candidate] | None:
    """Two labels, one for each end; they stand on one page, the start not after the end."""
    for first in reading.all(start):
        for last in reading.all(end):
            near = first.page == last.page and abs(first.box.y0 - last.box.y0) < 60
            days = (last.value - first.value).days
            if near and 0 <= days <= _LONGEST_PERIOD and min(first.score, last.score) >= 0.6 and first.box != last.box:
                return {"period_start": first, "period_end": last}
    return None


def _reading_days(reading: Reading, anchor: date | None) -> dict[str, Candidate] | None:
    """From meter reading to meter reading; a year that is not printed follows from the issue date."""
    for first in reading.all("reading_previous"):
        for last in reading.all("reading_current"):
            beside = abs(first.box.y0 - last.box.y0) <= 6
            stacked = abs(first.box.x0 - last.box.x0) <= 12 and 0 < last.box.y0 - first.box.y0 <= 60
            if first.page != last.page or not (beside or stacked) or min(first.score, last.score) < 0.5:
                continue
            end = _with_year(last.value, anchor)
            start = _with_year(first.value, end)
            if start is not None and end is not None and 10 <= (end - start).days <= 200:
                return {
                    "period_start": replace(first, field="period_start", value=start),
                    "period_end": replace(last, field="period_end", value=end),
                }
    return None


def _both_days(reading: Reading) -> dict[str, Candidate] | None:
    """Two days under one key of both readings: `Data da leitura anterior / atual` over `31/10/2025 30/11/2025`."""
    for places in reading.places:
        for label in places.labels:
            held = {c for other in places.by_cell.get(id(label.cell), ()) for c in other.concepts}
            if "reading_previous" not in label.concepts or "reading_current" not in held:
                continue
            for cell in places.layout.beneath(label.cell, 2.5 * places.layout.line_height):
                days = find_dates(cell.text)[:2]
                values = [reading.evidence.day(d.values, d.orders) for d in days]
                if len(values) == 2 and values[0] and values[1] and 10 <= (values[1] - values[0]).days <= 200:
                    names = ("period_start", "period_end")
                    return {
                        name: Candidate(name, value, day.text, cell.page, cell.span_box(day.start, day.end), 0.75,
                                        "label:beneath", label.spelling)
                        for name, value, day in zip(names, values, days, strict=True)
                    }  # fmt: skip
    return None


def _with_year(value: object, not_after: date | None) -> date | None:
    """A (day, month) in the last year before `not_after`, give or take a week."""
    if isinstance(value, date):
        return value
    if not isinstance(value, tuple) or not_after is None:
        return None
    day, month = value
    for year in (not_after.year, not_after.year - 1):
        try:
            found = date(year, month, day)
        except ValueError:
            return None
        if found <= not_after + timedelta(days=7):
            return found
    return None


def _month(reading: Reading) -> Candidate | None:
    best = next((c for c in reading.all("reference_month") if c.score >= 0.55), None)
    if best is None:
        return None
    value: Month = best.value
    return replace(best, value=str(value))

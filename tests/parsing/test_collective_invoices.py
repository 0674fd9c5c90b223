"""A collective invoice: one record, its lines and readings by metering point."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from random import Random

import pytest

from pipelines.invoices import Invoice, Status
from pipelines.parsing import parse_document
from pipelines.reading import ReadOptions, read_document
from pipelines.samples.collective import Collective, collective, collective_truth, draw_collective
from tests.parsing.laid_words import document, lay_words

POINTS = 5


@pytest.fixture(scope="module")
def drawn() -> Collective:
    return collective(Random("collective"), "FEZ/2026/02/000001", date(2026, 1, 1), POINTS)


@pytest.fixture(scope="module")
def invoice(drawn: Collective) -> Invoice:
    read = read_document(draw_collective(drawn), "application/pdf", ReadOptions(isolate=False))
    [invoice] = parse_document(read)
    return invoice


def test_several_points_are_one_accepted_invoice(invoice: Invoice, drawn: Collective) -> None:
    assert (invoice.status, invoice.gross_total) == (Status.ACCEPTED, drawn.totals.gross)
    assert invoice.metering_point is None


def test_lines_of_each_point_sum_to_what_it_is_billed(invoice: Invoice, drawn: Collective) -> None:
    sums: dict[str | None, Decimal] = defaultdict(Decimal)
    for line in invoice.lines:
        sums[line.metering_point_id] += line.net or 0
    truth = collective_truth(drawn)["metering_points"]
    assert sums == {point["metering_point"]: Decimal(point["net"]) for point in truth}


def test_readings_of_each_point_sum_to_its_energy(invoice: Invoice, drawn: Collective) -> None:
    sums: dict[str | None, Decimal] = defaultdict(Decimal)
    for reading in invoice.meter_readings:
        sums[reading.metering_point_id] += reading.kwh or 0
    truth = collective_truth(drawn)["metering_points"]
    assert sums == {point["metering_point"]: Decimal(point["consumption_kwh"]) for point in truth}


def test_an_index_of_points_heads_no_lines(drawn: Collective) -> None:
    codes = [bill.supply.point.ppe for bill in drawn.bills[:2]]
    page = lay_words(
        ((40, "Faktura VAT nr 12/2026"), (350, "Data wystawienia: 05.02.2026")),
        ((40, "Sprzedawca: Prąd Polski S.A."), (350, "NIP 5260250274")),
        *(((40, f"Numer PPE: {code}"),) for code in codes),
        ((40, "Nazwa"), (250, "Wartość netto"), (350, "VAT"), (430, "Wartość brutto")),
        ((40, "Energia czynna"), (250, "100,00"), (350, "23,00"), (430, "123,00")),
        ((40, "Opłata handlowa"), (250, "10,00"), (350, "2,30"), (430, "12,30")),
        ((40, "Razem"), (250, "110,00"), (350, "25,30"), (430, "135,30")),
        ((40, "Do zapłaty: 135,30 zł"),),
    )
    [invoice] = parse_document(document(page))
    assert len(invoice.lines) == 2
    assert {line.metering_point_id for line in invoice.lines} == {None}

"""The invoice's number where no label names it: behind, beside or beneath the title, or alone on top."""

from __future__ import annotations

import pytest

from pipelines.parsing import parse_document
from pipelines.parsing.proofs.ksef import crc8
from tests.parsing.laid_words import Cells, document, lay_words

PARTIES: tuple[Cells, ...] = (
    ((50, "Sprzedawca"), (320, "Nabywca")),
    ((50, "Przykładowa Firma Sp. z o.o."), (320, "Odbiorca Testowy S.A.")),
    ((50, "ul. Wzorcowa 1, 00-001 Warszawa"), (320, "ul. Próbna 2, 30-002 Kraków")),
    ((50, "NIP 5260250274"), (320, "NIP 7740001454")),
    (),
    ((340, "Razem netto"), (480, "100,00")),
    ((340, "VAT 23%"), (480, "23,00")),
    ((340, "Do zapłaty"), (480, "123,00 zł")),
)


def number(*head: Cells) -> str | None:
    (invoice,) = parse_document(document(lay_words(*head, (), *PARTIES)))
    return invoice.invoice_number


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ((((50, "Faktura 5/12/2025"),), ((50, "Data wystawienia: 2025-12-02"),)), "5/12/2025"),
        ((((50, "Faktura VAT końcowa 41/10/2025"),), ((50, "Data wystawienia: 31-10-2025"),)), "41/10/2025"),
        ((((50, "Faktura rozliczeniowa za paliwo gazowe XEG/G/5557/2025"),),), "XEG/G/5557/2025"),
        ((((50, "Documento commerciale N. S07305-5"),),), "S07305-5"),
        ((((50, "Rechnung Nr. R 254 418"),),), "R 254 418"),
        ((((50, "FV 000317/25"),), ((50, "Wzorcowo, dnia 16-09-2025"),)), "FV 000317/25"),
        ((((50, "Faktura"),), ((50, "FS-1182/06/2025/KŁ"),)), "FS-1182/06/2025/KŁ"),
        ((((50, "FAKTURA VAT"), (300, "68/FVS/10/2025/ZG")),), "68/FVS/10/2025/ZG"),
    ],
)
def test_a_number_at_the_title_is_the_invoices(head: tuple[Cells, ...], expected: str) -> None:
    assert number(*head) == expected


@pytest.mark.parametrize(
    "head",
    [
        # the page writes its dates so: it may be one
        (((50, "Faktura 5/12/2025"),), ((50, "Data sprzedaży: 2/12/2025"),)),
        # two numbers, and nothing tells which
        (((50, "FV 000317/25"),), ((50, "FS 11/2025/AB"),)),
        # another label's number
        (((50, "Faktura"),), ((50, "Numer klienta"),), ((50, "FS-1182/06/2025"),)),
    ],
)
def test_a_number_that_may_be_something_else_is_left_open(head: tuple[Cells, ...]) -> None:
    assert number(*head) is None


def test_a_number_in_a_row_far_from_the_head_does_not_beat_the_labelled_one() -> None:
    row: Cells = ((50, "Rata za urządzenie 7/24 - telefon wzorcowy, nota nr 349854554"), (480, "89,00"))
    page = lay_words(((50, "Faktura VAT nr"), (300, "87409522482510")), (), *PARTIES, row)
    assert parse_document(document(page))[0].invoice_number == "87409522482510"


@pytest.mark.parametrize("label", ["Supply point ID: 2518164611353", "Meter point (ID): 2518164611353"])
def test_what_stands_before_a_colon_is_no_part_of_a_number(label: str) -> None:
    rows: tuple[Cells, ...] = (
        ((50, "Example Power Ltd"), (350, "Invoice No: EX-20417")),
        ((50, "1 Sample Street, London N1 1AA"), (350, "Invoice date: 15 February 2026")),
        ((50, label),),
        ((50, "Electricity 300 kWh"), (300, "100.00")),
        ((50, "Total due"), (300, "100.00")),
    )
    (invoice,) = parse_document(document(lay_words(*rows)))
    assert invoice.metering_point is not None
    assert invoice.metering_point.id == "2518164611353"


@pytest.mark.parametrize(("head", "least"), [("Faktura: FS-100/2026", 0.85), ("Faktura FS-100/2026", 0.7)])
def test_a_title_with_a_colon_is_a_label(head: str, least: float) -> None:
    (invoice,) = parse_document(document(lay_words(((50, head),), (), *PARTIES)))
    assert invoice.invoice_number == "FS-100/2026"
    assert least <= invoice.evidence["invoice_number"].confidence < least + 0.15


def test_a_count_is_no_number() -> None:
    page = lay_words(((50, "Numer faktury"),), ((50, "2x"), (100, "Ładowarka")), (), *PARTIES)
    assert parse_document(document(page))[0].invoice_number is None


def test_what_stands_behind_a_standing_number_for_the_month_is_no_part_of_it() -> None:
    rows: tuple[Cells, ...] = (
        ((50, "Fatura de energia elétrica"), (300, "Nota Fiscal Nº: 060.612.899")),
        ((50, "Matrícula 73873024-2025-11-3"),),
        ((50, "Código do cliente: 6/7387302-4"), (300, "Data de emissão: 03/11/2025")),
        ((50, "Consumo em kWh"), (200, "100"), (300, "0,90"), (480, "90,00")),
        ((50, "Total a pagar"), (480, "R$ 90,00")),
    )
    (invoice,) = parse_document(document(lay_words(*rows)))
    assert invoice.customer_number == "6/7387302-4"
    assert invoice.metering_point is None or "2025" not in (invoice.metering_point.id or "")


def test_a_states_number_of_the_paper_is_not_the_issuers() -> None:
    ksef = "5260250274-20251006-716325A91835"
    row: Cells = ((50, f"Numer KSeF: {ksef}-{crc8(ksef.encode()):02X}"),)
    assert number(((50, "Faktura"), (110, "ITE/2025/09/000377")), row) == "ITE/2025/09/000377"


def test_a_prefix_in_two_parts_is_part_of_the_number() -> None:
    assert number(((50, "FAKTURA ZBIORCZA nr FS-ZB 88/10/2025/E"),)) == "FS-ZB 88/10/2025/E"

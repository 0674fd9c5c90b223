"""Bills that explain themselves: callouts, example amounts, lines that spell out how they are made."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pipelines.pages import Box
from pipelines.parsing import parse_document
from pipelines.parsing.geometry import lay_out
from pipelines.parsing.tables_arithmetic import spelled_out
from pipelines.parsing.tables_grid import Number
from tests.parsing.laid_words import Cells, document, lay_words

D = Decimal
CALLED: tuple[Cells, ...] = (
    ((50, "1 Customer number"), (350, "1"), (380, "Who you are to us")),
    ((50, "48120777"), (350, "2"), (380, "The day of the bill")),
    ((50, "2 Bill date: 4 May 2026"), (350, "3"), (380, "What it is about")),
    ((50, "3 Your bill"), (350, "4"), (380, "What you pay. Example: £ 65.40")),
    ((50, "4 Amount to pay"),),
    ((50, "£ 120.00"),),
)


def cells(*rows: Cells) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in lay_out(lay_words(*rows)).rows]


def test_callouts_and_examples_are_no_part_of_the_bill() -> None:
    assert cells(*CALLED) == [
        ["Customer number", "Who you are to us"],
        ["48120777", "The day of the bill"],
        ["Bill date: 4 May 2026", "What it is about"],
        ["Your bill", "What you pay."],
        ["Amount to pay"],
        ["£ 120.00"],
    ]


def test_positions_and_quantities_of_a_table_are_no_callouts() -> None:
    rows: tuple[Cells, ...] = (
        ((50, "1 Widget"), (300, "1"), (400, "10.00")),
        ((50, "2 Gadget"), (300, "2"), (400, "20.00")),
        ((50, "3 Sprocket"), (300, "3"), (400, "30.00")),
        ((50, "4 Flange"), (300, "4"), (400, "40.00")),
    )
    assert cells(*rows) == [[text for _, text in row] for row in rows]


def amount(text: str) -> Number:
    value = D(text)
    return Number((value,), 2, text, Box(400, 0, 430, 9), False, None, True, False, 0)


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("Potencia punta 4,6 kW x 32 días x 0,098412 €/kW día", "14.49"),
        ("Energía punta 58 kWh x 0,187402 €/kWh", "10.87"),
        ("Energy charge 318.4 kWh @ 23.86p/kWh", "75.97"),
        ("Impuesto eléctrico: 5,11269632% s/ 41,92 €", "2.14"),
        ("Consumo 1.327 kWh x 0,10 €/kWh", "132.70"),
    ],
)
def test_words_that_spell_out_an_amount_prove_it(text: str, total: str) -> None:
    assert spelled_out(text, amount(total))
    assert not spelled_out(text, amount(total) if total == "0" else amount(str(D(total) + D("0.60"))))


@pytest.mark.parametrize(
    "text", ["Room 12 for 3 nights", "Fixing kit 4 x", "Tariff G12 x", "10 x 20 x 30 x 40 x 50 x 60"]
)
def test_other_numbers_spell_out_nothing(text: str) -> None:
    assert not spelled_out(text, amount("36.00"))


HEAD: tuple[Cells, ...] = (
    ((50, "Luz Ejemplar, S.A."),),
    ((50, "Calle Prueba 1, 28001 Madrid"),),
    ((50, "CIF A28015865"),),
    ((50, "Nº factura: 2126041701"), (300, "Fecha de factura: 17/04/2026")),
    ((50, "Titular: Francisca Modelo"),),
    (),
)


def test_lines_that_prove_themselves_go_before_a_summary_of_the_same_total() -> None:
    rows: tuple[Cells, ...] = (
        ((50, "Por potencia contratada"), (480, "15,09 €")),
        ((50, "Por energía consumida"), (480, "26,22 €")),
        ((50, "IVA 21% s/ 41,31 €"), (480, "8,68 €")),
        ((50, "Total"), (480, "49,99 €")),
        (),
        (),
        ((50, "DETALLE"),),
        ((50, "Potencia punta"), (180, "4,6 kW x 32 días x 0,098412 €/kW día"), (480, "14,49 €")),
        ((50, "Potencia valle"), (180, "4,6 kW x 32 días x 0,004107 €/kW día"), (480, "0,60 €")),
        ((50, "Energía punta"), (180, "58 kWh x 0,187402 €/kWh"), (480, "10,87 €")),
        ((50, "Energía llano"), (180, "49 kWh x 0,128710 €/kWh"), (480, "6,31 €")),
        ((50, "Energía valle"), (180, "96 kWh x 0,094133 €/kWh"), (480, "9,04 €")),
        ((50, "Base imponible"), (480, "41,31 €")),
        ((50, "IVA"), (180, "21% s/ 41,31 €"), (480, "8,68 €")),
        ((50, "TOTAL IMPORTE FACTURA"), (480, "49,99 €")),
    )
    (invoice,) = parse_document(document(lay_words(*HEAD, *rows)))
    assert [line.net for line in invoice.lines] == [D("14.49"), D("0.60"), D("10.87"), D("6.31"), D("9.04")]


def test_a_number_printed_by_thousands_is_read_whole() -> None:
    rows: tuple[Cells, ...] = (
        ((50, "Énergie Fictive SA"),),
        ((50, "1 rue du Test, 75001 Paris"),),
        ((50, "Facture n° 10 248 337 901 du 06/05/2026"),),
        ((50, "Total HT"), (480, "100,00 €")),
        ((50, "TVA 20 %"), (480, "20,00 €")),
        ((50, "Total TTC"), (480, "120,00 €")),
    )
    (invoice,) = parse_document(document(lay_words(*rows)))
    assert (invoice.invoice_number or "").replace(" ", "") == "10248337901"


def test_a_span_in_the_title_goes_before_one_of_a_single_row() -> None:
    rows: tuple[Cells, ...] = (
        ((50, "Muster Werke GmbH"), (350, "Rechnungsnummer: 700418")),
        ((50, "Probeweg 1, 10115 Berlin"), (350, "Rechnungsdatum: 04.11.2026")),
        ((50, "Ihre Energieabrechnung vom 15.10.2025 bis 14.10.2026"),),
        ((50, "Grundpreis bis 31.12.2025"), (480, "100,00 EUR")),
        ((50, "Nettobetrag"), (480, "100,00 EUR")),
        ((50, "MwSt. 19 %"), (480, "19,00 EUR")),
        ((50, "Gesamtbetrag"), (480, "119,00 EUR")),
    )
    (invoice,) = parse_document(document(lay_words(*rows)))
    assert (str(invoice.period_start), str(invoice.period_end)) == ("2025-10-15", "2026-10-14")

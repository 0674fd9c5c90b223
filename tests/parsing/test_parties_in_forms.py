"""Parties by the tax ids and boxes of forms, where no role is labelled beside them."""

from __future__ import annotations

import pytest

from pipelines.parsing import parse_document
from pipelines.parsing.party_names import clean_name, heads_columns, is_no_name
from tests.parsing.laid_words import Cells, document, lay_words


def test_a_block_with_another_tax_id_than_the_sellers_is_the_buyer() -> None:
    rows: tuple[Cells, ...] = (
        ((300, "Náutica Ejemplo, S.L."),),
        ((300, "C/ Marina 12"),),
        ((300, "08860 Castelldefels"),),
        ((300, "NIF: B58378431"),),
        (),
        ((50, "Club de Prueba"),),
        ((50, "Apartado 77"),),
        ((50, "NIF: A28015865"),),
        (),
        ((50, "Factura FAC/2026/00058"),),
        ((50, "Fecha de la factura:"), (250, "08/02/2026")),
        ((300, "Base imponible"), (480, "100,00 €")),
        ((300, "IVA 21%"), (480, "21,00 €")),
        ((300, "Total"), (480, "121,00 €")),
    )
    (invoice,) = parse_document(document(lay_words(*rows)))
    assert (invoice.buyer.name, invoice.buyer.tax_id) == ("Club de Prueba", "A28015865")
    assert invoice.seller.tax_id == "B58378431"


def test_a_name_in_a_box_beneath_its_key_is_read() -> None:
    rows: tuple[Cells, ...] = (
        ((50, "NOTA FISCAL ELETRÔNICA"), (300, "Número da Nota"), (450, "00001222")),
        ((50, "Data de Emissão"), (300, "31/01/2026")),
        (),
        ((200, "TOMADOR DE SERVIÇOS"),),
        ((50, "NOME / RAZÃO SOCIAL"), (300, "CNPJ / CPF")),
        ((50, "CLÍNICA FICTÍCIA LTDA"), (300, "11.222.333/0001-81")),
        (),
        ((50, "VALOR TOTAL DA NOTA"), (300, "R$ 4.136,00")),
    )
    (invoice,) = parse_document(document(lay_words(*rows)))
    assert (invoice.buyer.name, invoice.buyer.tax_id) == ("CLÍNICA FICTÍCIA LTDA", "11222333000181")


@pytest.mark.parametrize("text", ["Quantity Unit of Measure", "Ilość kWh Sposób odczytu", "Menge Einzelpreis Betrag"])
def test_a_head_of_columns_is_no_name(text: str) -> None:
    assert heads_columns(text)


@pytest.mark.parametrize("text", ["Example Price Trading Ltd", "Halina Bystrzycka", "Usługi Wzorowe Sp. z o.o."])
def test_a_name_is_no_head_of_columns(text: str) -> None:
    assert not heads_columns(text)


def test_a_name_loses_its_address_and_its_seat() -> None:
    assert clean_name("Halina Bystrzycka, ul. Polna 4, 38-312 Ropa") == "Halina Bystrzycka"
    assert clean_name("Przykład Obrót S.A. z siedzibą w Rzeszowie") == "Przykład Obrót S.A."


@pytest.mark.parametrize(
    "text",
    [
        "INC.",
        "Sp. z o.o.",
        "GmbH & Co. KG",
        "Particulars",
        "CLENTE",
        "pg IA",
        "( O P",
        "PCS",
        "Sprawdź, czy są poprawne.",
    ],
)
def test_a_legal_form_a_headings_word_or_noise_names_nobody(text: str) -> None:
    assert is_no_name(text)


@pytest.mark.parametrize(
    "text",
    ["PLAY", "P4 sp. z o.o.", "Cocel", "3M Poland", "EY Audit GmbH", "Hotel Invoice Ltd", "Walter J. Sample, Ph.D."],
)
def test_short_names_are_names(text: str) -> None:
    assert not is_no_name(text)


def test_a_row_with_its_amount_is_no_buyer() -> None:
    rows: tuple[Cells, ...] = (
        ((50, "Example Power Company Ltd"),),
        ((50, "1 Sample Street, London N1 1AA"),),
        ((50, "Placeholder Foods"), (350, "Invoice No:"), (470, "EX-20417")),
        ((50, "2 Test Road, Leeds LS1 1AA"), (350, "Invoice date:"), (470, "15 February 2026")),
        (),
        ((50, "Billing details"),),
        ((50, "Fixed charges"), (300, "130.00")),
        ((50, "Energy charges"), (300, "70.00")),
        ((50, "Total"), (300, "200.00")),
    )
    (invoice,) = parse_document(document(lay_words(*rows)))
    assert invoice.buyer.name != "Fixed charges"


def test_a_box_that_explains_a_heading_names_no_buyer() -> None:
    rows: tuple[Cells, ...] = (
        ((50, "Wzorcowa Energia Sp. z o.o."), (350, "Nabywca")),
        ((50, "ul. Próbna 1, 00-001 Warszawa"), (350, "Twoje dane. Sprawdź, czy są poprawne.")),
        ((50, "NIP 5260250274"),),
        ((50, "Faktura VAT nr 12/2026"), (350, "Termin płatności")),
        ((50, "Data wystawienia: 2026-02-10"), (350, "Zapłać do tego dnia.")),
        (),
        ((50, "Nabywca / Płatnik"),),
        ((50, "Halina Przykładowa"),),
        ((50, "ul. Testowa 7, 31-019 Kraków"),),
        ((50, "Razem netto"), (250, "100,00")),
        ((50, "VAT 23%"), (250, "23,00")),
        ((50, "Do zapłaty"), (250, "123,00 zł")),
    )
    (invoice,) = parse_document(document(lay_words(*rows)))
    assert invoice.buyer.name == "Halina Przykładowa"


def test_a_buyer_in_one_line_is_its_name_before_the_street() -> None:
    rows: tuple[Cells, ...] = (
        ((50, "Wzorcowa Energia Sp. z o.o."),),
        ((50, "ul. Próbna 1, 00-001 Warszawa, NIP 5260250274"),),
        ((50, "Faktura VAT nr 12/2026 z dnia 10-02-2026"),),
        ((50, "Nabywca: Bogdan Wzorowy-Testowy, ul. Przykładowa 9, 84-200 Wejherowo"),),
        ((50, "Do zapłaty"), (250, "123,00 zł")),
    )
    (invoice,) = parse_document(document(lay_words(*rows)))
    assert invoice.buyer.name == "Bogdan Wzorowy-Testowy"


def test_who_pays_beside_who_buys_is_not_accepted_as_the_buyer() -> None:
    rows: tuple[Cells, ...] = (
        ((50, "Wzorcowa Energia Sp. z o.o."),),
        ((50, "ul. Próbna 1, 00-001 Warszawa, NIP 5260250274"),),
        ((50, "Faktura VAT nr 12/2026 z dnia 10-02-2026"),),
        ((50, "Nabywca"), (150, "88, 93-034 Łódź")),
        ((50, "Płatnik"), (150, "Administracja Przykładowa Bożena Wzorowa, 90-001 Łódź")),
        (),
        ((50, "Razem netto"), (250, "100,00")),
        ((50, "VAT 23%"), (250, "23,00")),
        ((50, "Do zapłaty"), (250, "123,00 zł")),
    )
    (invoice,) = parse_document(document(lay_words(*rows)))
    assert invoice.status == "needs_review"
    assert any("buyer.name" in reason for reason in invoice.review_reasons)


def test_a_tax_id_that_a_narrow_column_wraps_is_read_whole() -> None:
    rows: tuple[Cells, ...] = (
        ((50, "Montclair Fictif SAS"), (300, "Adresse de facturation:"), (430, "Lavande Exemple SARL")),
        ((50, "177 avenue de la Gare"), (430, "35 bis, place du Test")),
        ((50, "14226 Valmont"), (430, "90904 Valmont")),
        ((50, "TVA FR52618433957"), (300, "TVA intracommunautaire:"), (430, "FR83 404 833")),
        ((430, "048"),),
        ((50, "N° facture: FV/2026/11"), (300, "Date d'émission: 26/06/2026")),
        ((300, "Total TTC"), (430, "120,00 EUR")),
    )
    (invoice,) = parse_document(document(lay_words(*rows)))
    assert invoice.buyer.tax_id == "FR83404833048"

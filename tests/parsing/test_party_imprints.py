"""Who issued a document, where only its small type says so. All names are invented."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.parsing import parse_document
from pipelines.parsing.party_imprint import companies, sender_name
from tests.parsing.laid_words import Cells, document, lay_words

LETTER: tuple[Cells, ...] = (
    ((40, "BrightPower"), (380, "Customer services 0330 555 0100")),
    (),
    (),
    ((40, "The Manager"), (380, "Account number"), (480, "A-99812")),
    ((40, "Hillside Bakery Ltd"), (380, "Bill number"), (480, "068651315")),
    ((40, "14 Bridge Mill Lane"), (380, "Bill date"), (480, "6 February 2026")),
    ((40, "Exampleton"), ),
    ((40, "EX7 8AD"), ),
    (),
    ((40, "Your electricity bill"), ),
    ((40, "Total charges this bill (incl. VAT)"), (480, "£758.24")),
    ((40, "Total to pay"), (480, "£758.24")),
    *[()] * 30,
    ((40, "BrightPower is a trading name of PNW Supply Limited. Registered in England and Wales No. 01234567."), ),
    ((40, "VAT Reg No. GB 999 9999 73"), ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Brightlow is a trading name of PNW Supply Limited. Registered in England No. 01234567", "PNW Supply Limited"),
        ("zielone.watt – Promyk Obrót Sp. z o.o. z siedzibą w Gdyni, NIP 1234563218", "Promyk Obrót Sp. z o.o."),
        ("Edelhof Hotelbetriebs GmbH & Co KG · FN 123456a · UID ATU12345675", "Edelhof Hotelbetriebs GmbH & Co KG"),
        ("VoltaSul Distribuidora de Energia Ltda. CNPJ 11.222.333/0001-81", "VoltaSul Distribuidora de Energia Ltda."),
        ("Lumière d'Ici Services SA au capital de 1 000 000 €", "Lumière d'Ici Services SA"),
        ("Truhlárna Vzorová s.r.o., spisová značka C 12345", "Truhlárna Vzorová s.r.o."),
    ],
)  # fmt: skip
def test_the_company_of_a_statement_is_its_run_of_capitalised_words(text: str, name: str) -> None:
    start, end = next(iter(companies(text)))
    assert text[start:end] == name


@pytest.mark.parametrize("text", ["Total including VAT", "we sell as a limited offer", "ag und kg", ""])
def test_a_line_without_a_company_names_none(text: str) -> None:
    assert list(companies(text)) == []


@given(st.text(max_size=80))
def test_places_of_companies_lie_in_the_text_and_are_not_empty(text: str) -> None:
    for start, end in companies(text):
        assert 0 <= start < end <= len(text)
        assert text[start:end].strip()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Stadtwerk Beispiel GmbH · Postfach 11 02 · 04511 Musterau", "Stadtwerk Beispiel GmbH"),
        ("Fliesen Vorbild, Hafenstr. 9, 26789 Leer", "Fliesen Vorbild"),
    ],
)
def test_a_sender_line_names_who_wrote_the_letter(text: str, name: str) -> None:
    assert sender_name(text) == name


@pytest.mark.parametrize("text", ["Hafenstr. 9, 26789 Leer", "Energia czynna, 120 kWh, 85,20", "a, b, c", "Anna Wzór"])
def test_an_address_or_a_sentence_is_no_sender_line(text: str) -> None:
    assert sender_name(text) == ""


def test_the_addressee_of_a_letter_is_the_buyer_and_the_company_of_the_imprint_the_seller() -> None:
    (invoice,) = parse_document(document(lay_words(*LETTER)))
    assert invoice.seller.name == "PNW Supply Limited"
    assert invoice.buyer.name == "Hillside Bakery Ltd"


def test_without_an_imprint_the_addressee_is_never_surely_the_seller() -> None:
    (invoice,) = parse_document(document(lay_words(*LETTER[:-2])))
    assert invoice.status.value == "needs_review"

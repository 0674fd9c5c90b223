"""What a paper bills: words, units and lines decide; adverts and letterheads do not."""

from __future__ import annotations

import pytest

from pipelines.invoices import DocumentType, Line
from pipelines.pages import Page
from pipelines.parsing.kinds import is_electricity
from pipelines.parsing.reader import read_pages
from pipelines.parsing.supply import KindFound, classify, classify_lines
from tests.parsing.laid_words import lay_words

INVOICE = DocumentType.INVOICE

BILLS = {
    ("gas", "pl"): ("Faktura za gaz nr 12", "Paliwo gazowe 1348 kWh", "Współczynnik konwersji 11,2", "Zużycie 120 m3"),
    ("gas", "pt"): ("Fatura de gás natural", "Consumo de gás 120 m3", "Fator de conversão 11,2"),
    ("gas", "en"): ("Your gas bill", "Gas used 120 m3", "Calorific value 39.4", "MPRN 7412369801"),
    ("gas", "de"): ("Gasrechnung", "Erdgas 1.348 kWh", "Zustandszahl 0,9512", "Brennwert 11,2", "120 m³"),
    ("gas", "fr"): ("Facture de gaz", "Gaz naturel 1348 kWh", "Coefficient de conversion 11,2", "120 m3"),
    ("gas", "es"): ("Factura de gas", "Consumo de gas 120 m3", "Factor de conversión 11,2"),
    ("gas", "it"): ("Bolletta gas", "Gas naturale 120 Smc", "Spesa per la materia gas naturale", "PDR 0123"),
    ("gas", "nl"): ("Energienota", "Levering gas 120 m3", "Gasverbruik", "Calorische waarde 35,1"),
    ("gas", "cs"): ("Faktura za plyn", "Zemní plyn 120 m3", "Spalné teplo 10,6"),
    ("gas", "sv"): ("Faktura", "Naturgas 120 m3", "Gasförbrukning"),
    ("water", "pl"): ("Faktura", "Dostawa wody 12 m3", "Odprowadzanie ścieków 12 m3", "Wodomierz 1234567"),
    ("water", "pt"): ("Fatura de água", "Abastecimento de água 12 m3", "Esgoto 12 m3"),
    ("water", "en"): ("Water bill", "Fresh water 12 m3", "Sewerage 12 m3"),
    ("water", "de"): ("Rechnung", "Trinkwasser 12 m³", "Abwassergebühr 12 m³"),
    ("water", "fr"): ("Facture d'eau", "Distribution de l'eau 12 m3", "Eaux usées 12 m3"),
    ("water", "es"): ("Factura de agua", "Suministro de agua 12 m3", "Alcantarillado"),
    ("water", "it"): ("Servizio idrico integrato", "Acquedotto 12 m3", "Fognatura", "Depurazione"),
    ("water", "nl"): ("Waternota", "Drinkwater 12 m3", "Vastrecht water"),
    ("water", "cs"): ("Faktura", "Vodné 12 m3", "Stočné 12 m3"),
    ("water", "sv"): ("Vatten och avlopp", "Dricksvatten 12 m3", "Spillvatten"),
    ("telecom", "pl"): ("Usługi telekomunikacyjne", "Pakiet internetowy 10 GB", "SMS 12 szt."),
    ("telecom", "pt"): ("Serviços de telecomunicações", "Pacote de dados 10 GB", "Roaming"),
    ("telecom", "en"): ("Phone bill", "Broadband and line rental", "Call charges"),
    ("telecom", "de"): ("Mobilfunkrechnung", "Datenvolumen 10 GB", "Rufnummer 0170 1234"),
    ("telecom", "fr"): ("Forfait mobile", "Ligne mobile 06", "Abonnement internet"),
    ("telecom", "es"): ("Servicios de telecomunicaciones", "Línea móvil", "Llamadas nacionales"),
    ("telecom", "it"): ("Linea telefonica", "Traffico telefonico", "Roaming"),
    ("telecom", "nl"): ("Mobiel abonnement", "Vaste telefonie", "Databundel 10 GB"),
    ("telecom", "cs"): ("Telekomunikační služby", "Mobilní tarif", "Roaming"),
    ("telecom", "sv"): ("Mobilabonnemang", "Bredband 100", "Roaming"),
    ("electricity", "pl"): ("Faktura", "Energia elektryczna czynna 274 kWh", "PPE 590"),
    ("electricity", "pt"): ("Conta de luz", "Energia elétrica 274 kWh"),
    ("electricity", "en"): ("Electricity bill", "Units used 274 kWh"),
    ("electricity", "de"): ("Stromrechnung", "Verbrauch 274 kWh", "Strom Arbeitspreis"),
}  # fmt: skip


def page(*rows: str) -> Page:
    return lay_words(*(((40.0, text),) for text in rows))


def told(language: str, *rows: str, document_type: DocumentType = INVOICE, lines: tuple[Line, ...] = ()) -> KindFound:
    places = read_pages([page(*rows)]).places
    return classify(places, lines, language, document_type, electricity=is_electricity(places), closed=bool(lines))


@pytest.mark.parametrize(("kind", "language"), BILLS)
def test_bills_are_told_by_their_words(kind: str, language: str) -> None:
    found = told(language, *BILLS[kind, language])
    assert found.name == kind
    assert found.evidence is None or found.evidence.page == 1


ADVERTS = {
    "pl": "Teraz także gaz ziemny i paliwo gazowe: zapytaj o sprzedaż gazu w każdym naszym salonie w kraju.",
    "de": "Jetzt auch Erdgas: unsere Gaslieferung mit Preisgarantie, fragen Sie noch heute nach Ihrem Gastarif.",
    "en": "Did you know that we do natural gas too? Ask for our gas supply and see your gas bill fall.",
}


@pytest.mark.parametrize("language", ADVERTS)
def test_an_electric_bill_that_advertises_gas_stays_electricity(language: str) -> None:
    assert told(language, *BILLS["electricity", language], ADVERTS[language]).name == "electricity"


@pytest.mark.parametrize("language", ADVERTS)
def test_a_combined_bill_stays_electricity(language: str) -> None:
    rows = (*BILLS["electricity", language], *BILLS["gas", language])
    assert told(language, *rows).name == "electricity"


def test_a_gas_bill_in_kwh_of_a_firm_that_sells_electricity_is_gas() -> None:
    rows = ("Strom & Gas Nordufer GmbH", *BILLS["gas", "de"], "Gasverbrauch 120 m³", "Gaszähler 12345")
    assert told("de", *rows).name == "gas"


@pytest.mark.parametrize(
    "rows",
    [
        ("Invoice 12", "Oak worktop 3 m 184.50", "Telephone: 0123 456", "Internet: www.example.org"),
        ("Invoice 13", "Consulting in March", "Gas engineers since 1990"),
        ("Invoice 14", "Mineral water, still, 12 bottles", "Glass deposit"),
    ],
)
def test_goods_and_services_are_a_general_invoice(rows: tuple[str, ...]) -> None:
    assert told("en", *rows).name == "invoice"


def test_a_firm_of_the_trade_that_bills_something_else_bills_no_water() -> None:
    lines = (Line(description="Repair of the garden fence"),)
    rows = ("Averham Water Services Ltd", "Invoice 15", "Repair of the garden fence")
    assert told("en", *rows, lines=lines).name == "invoice"
    assert told("en", *rows, "Waste water experts", "Sewerage and water supply", lines=lines).name is None


def test_a_till_receipt_is_a_receipt_whatever_it_lists() -> None:
    rows = ("Receipt", "Gas bottle 11 kg", "Mineral water", "Total 31.00")
    assert told("en", *rows, document_type=DocumentType.RECEIPT).name == "receipt"


def test_signals_that_contradict_one_another_leave_the_kind_open() -> None:
    assert told("de", "Trinkwasser 12 m³", "Abwasser 12 m³", "Erdgas 20 m³", "Gasverbrauch 20 m³").name is None


@pytest.mark.parametrize(
    ("language", "rows"),
    [
        ("en", ("Electricity bill", "Your electric supply", "MPAN 12", "Standing charge 12.00")),
        ("pl", ("PPE 590322400000000019", "Opłata sieciowa zmienna 274 kWh", "Opłata abonamentowa")),
    ],
)
def test_too_little_to_count_as_electricity_is_left_open(language: str, rows: tuple[str, ...]) -> None:
    assert told(language, *rows).name is None


def test_words_of_another_language_do_not_count_where_they_are_short() -> None:
    assert told("pl", "Faktura", "Eau de toilette 2 m3", "Gas 12").name == "invoice"


@pytest.mark.parametrize(
    ("items", "kind"),
    [
        ((("Paliwo gazowe W-3.6", "kWh"), ("Opłata dystrybucyjna", "kWh")), "gas"),
        ((("Dostawa wody", "m3"), ("Odprowadzanie ścieków", "m3")), "water"),
        ((("Deska dębowa", "m2"), ("Transport", "pcs")), "invoice"),
        ((("Energia elektryczna", "kWh"), ("Paliwo gazowe", "kWh"), ("Gaz ziemny", "kWh")), None),
    ],
)
def test_e_invoices_are_told_by_their_items(items: tuple[tuple[str, str], ...], kind: str | None) -> None:
    lines = tuple(Line(description=words, unit=unit) for words, unit in items)
    assert classify_lines(lines, (), "pl", INVOICE).name == kind

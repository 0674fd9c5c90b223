"""Days that sentences give: until when to pay, when it is collected; and days that mean something else."""

from __future__ import annotations

from datetime import date

import pytest

from pipelines.invoices import Invoice
from pipelines.parsing import parse_document
from tests.parsing.laid_words import Cells, document, lay_words

GERMAN: tuple[Cells, ...] = (
    ((50, "Muster Werke GmbH"),),
    ((50, "Probeweg 1, 10115 Berlin"),),
    ((50, "USt-IdNr.: DE136695976"),),
    ((50, "Rechnung an:"), (350, "Rechnungsnummer:"), (470, "ZX-2041")),
    ((50, "Beispiel AG"), (350, "Rechnungsdatum:"), (470, "15.01.2026")),
    ((50, "Testallee 7"),),
    ((340, "Nettobetrag"), (480, "700,00 EUR")),
    ((340, "MwSt. 19 %"), (480, "133,00 EUR")),
    ((340, "Gesamtbetrag"), (480, "833,00 EUR")),
)


def due(*sentences: str) -> date | None:
    rows = [((50.0, sentence),) for sentence in sentences]
    (invoice,) = parse_document(document(lay_words(*GERMAN, *rows)))
    return invoice.due_date


def test_the_day_tied_to_the_amount_due_is_sure() -> None:
    (invoice,) = parse_document(document(lay_words(*GERMAN, ((340, "TOTAL AMOUNT DUE ON February 3 , 2026"),))))
    assert invoice.due_date == date(2026, 2, 3)
    assert not [reason for reason in invoice.review_reasons if "due_date" in reason]


@pytest.mark.parametrize(
    ("sentence", "day"),
    [
        ("Den Betrag von 833,00 EUR buchen wir am 03.02.2026 von Ihrem Konto ab.", date(2026, 2, 3)),
        ("Bitte überweisen Sie den Rechnungsbetrag bis zum 04.02.2026 auf unser Konto.", date(2026, 2, 4)),
        ("Zahlbar bis 25.01.2026 mit 2 % Skonto oder bis 14.02.2026 ohne Abzug.", date(2026, 2, 14)),
        ("Den Betrag von 833,00 EUR buchen wir zum 05.02.2026 von Ihrem Konto ab.", date(2026, 2, 5)),
        ("Payment is due within 30 days, no later than 14 February 2026.", date(2026, 2, 14)),
        ("Der Betrag wird am 21.02.2026 von Ihrem Konto abgebucht.", date(2026, 2, 21)),
        ("Der Rechnungsbetrag ist bis zum 07.02.2026 fällig.", date(2026, 2, 7)),
    ],
)
def test_a_sentence_that_asks_for_payment_gives_the_due_date(sentence: str, day: date) -> None:
    assert due(sentence) == day


@pytest.mark.parametrize(
    "sentence",
    [
        "Ihr neuer monatlicher Abschlag beträgt 134,00 EUR, erstmals fällig am 01.04.2026.",
        "Wir gewähren bei Zahlung bis zum 25.01.2026 einen Nachlass von 2 % Skonto.",
        "Die nächste Ablesung findet am 01.04.2026 statt und kostet Sie nichts.",
    ],
)
def test_days_of_discounts_instalments_and_readings_are_no_due_dates(sentence: str) -> None:
    assert due(sentence) is None


def test_the_day_behind_an_amount_to_pay_is_the_due_date() -> None:
    rows: tuple[Cells, ...] = (
        ((50, "Sprzedawca"), (300, "Nabywca")),
        ((50, "Przykładowa Firma Sp. z o.o."), (300, "Wzorcowy Odbiorca S.A.")),
        ((50, "NIP 5260250274"), (300, "NIP 5252248481")),
        ((50, "Faktura VAT nr FV/12/2026"), (300, "Data wystawienia: 10.02.2026")),
        ((50, "Razem netto"), (300, "100,00 zł")),
        ((50, "Podatek VAT"), (300, "23,00 zł")),
        ((50, "Do zapłaty 123,00 zł do dnia 24.02.2026. Dziękujemy."),),
    )
    invoice: Invoice
    (invoice,) = parse_document(document(lay_words(*rows)))
    assert invoice.due_date == date(2026, 2, 24)


def test_a_span_may_be_parted_by_a_division_sign() -> None:
    rows = (*GERMAN, ((50, "Leistungszeitraum: 01.01.2026 ÷ 31.01.2026"),))
    (invoice,) = parse_document(document(lay_words(*rows)))
    assert (invoice.period_start, invoice.period_end) == (date(2026, 1, 1), date(2026, 1, 31))


def test_a_preposition_before_the_day_of_a_collection_is_no_label_of_the_issue() -> None:
    rows: tuple[Cells, ...] = (
        ((50, "Exemple Télécom SAS"), (300, "Votre facture du 3 février 2026 N° F7097957660")),
        ((50, "Montant prélevé"), (300, "41,48 € TTC")),
        ((300, "le 15 février 2026 sur votre compte ****0078"),),
        ((50, "Total HT"), (300, "34,57 €")),
        ((50, "TVA 20 %"), (300, "6,91 €")),
        ((50, "Total TTC"), (300, "41,48 €")),
    )
    (invoice,) = parse_document(document(lay_words(*rows)))
    assert (invoice.issue_date, invoice.due_date) == (date(2026, 2, 3), date(2026, 2, 15))


def test_the_only_day_of_a_sentence_is_no_issue_date() -> None:
    rows = [row for row in GERMAN if "Rechnungsdatum:" not in [text for _, text in row]]
    said = ((50.0, "Please pay it all by no means before 4 May 2026"),)
    (invoice,) = parse_document(document(lay_words(*rows, ((50, "Beispiel AG"),), said)))
    assert invoice.issue_date is None


def test_a_day_alone_beneath_an_amount_is_when_that_is_due() -> None:
    beneath = ((480.0, "bis zum 09.02.2026"),)
    (invoice,) = parse_document(document(lay_words(*GERMAN, beneath)))
    assert invoice.due_date == date(2026, 2, 9)
    (apart,) = parse_document(document(lay_words(*GERMAN, ((50.0, "bis zum 09.02.2026"),))))
    assert apart.due_date is None

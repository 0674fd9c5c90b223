"""Corrections say what they correct; credit notes keep their sign; forecasts are no settlements."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from pipelines.invoices import DocumentType, Invoice, Status
from pipelines.parsing import parse_document
from pipelines.parsing.proofs.ksef import crc8
from tests.parsing.laid_words import Cells, document, lay_words


def one(*rows: Cells, source: str = "text") -> Invoice:
    [invoice] = parse_document(document(lay_words(*rows, source=source)))
    return invoice


def ksef(body: str) -> str:
    return f"{body}-{crc8(body.encode()):02X}"


FIRST, SECOND = ksef("5260250274-20260215-0A1B2C3D4E5F"), ksef("5260250274-20260301-F5E4D3C2B1A0")
HEAD: tuple[Cells, ...] = (
    ((40, "FAKTURA KORYGUJĄCA nr FK/5/2026"), (350, "Data wystawienia: 01.03.2026")),
    ((40, "Numer faktury korygowanej: FV/150/2026"),),
    ((40, "Data wystawienia faktury korygowanej: 15.02.2026"),),
    ((40, "Przyczyna korekty: błędny odczyt licznika"),),
    ((40, "Sprzedawca: Prąd Przykładowy S.A."), (350, "NIP 5260250274")),
)
COLUMNS: Cells = (
    (40, "Nazwa"), (190, "Ilość"), (240, "Cena netto"), (310, "Wartość netto"), (400, "VAT"), (450, "Wartość brutto"),
)  # fmt: skip


def row(name: str, *cells: str) -> Cells:
    return ((40, name), *zip((195, 250, 320, 400, 460), cells, strict=True))


CHANGED: tuple[Cells, ...] = (
    ((40, "Przed korektą"),),
    COLUMNS,
    row("Energia czynna", "500", "0,5000", "250,00", "57,50", "307,50"),
    ((40, "Po korekcie"),),
    COLUMNS,
    row("Energia czynna", "420", "0,5000", "210,00", "48,30", "258,30"),
    ((40, "Razem korekta netto: -40,00"),),
    ((40, "Razem korekta VAT: -9,20"),),
    ((40, "Razem korekta brutto: -49,20"),),
)


def test_what_is_corrected_stands_with_number_day_and_reason() -> None:
    invoice = one(*HEAD, *CHANGED)
    assert invoice.document_type is DocumentType.CORRECTION
    assert invoice.invoice_number == "FK/5/2026"
    assert invoice.corrects is not None
    assert (invoice.corrects.invoice_number, invoice.corrects.issue_date, invoice.corrects.reason) == (
        "FV/150/2026",
        date(2026, 2, 15),
        "błędny odczyt licznika",
    )
    assert invoice.issue_date == date(2026, 3, 1)


@pytest.mark.parametrize("apart", [False, True], ids=["one cell", "two cells"])
def test_the_corrected_invoices_ksef_number_is_not_the_corrections_own(apart: bool) -> None:
    corrected: Cells = (
        ((40, "Numer KSeF faktury korygowanej:"), (300, FIRST))
        if apart
        else ((40, f"Numer KSeF faktury korygowanej: {FIRST}"),)
    )
    invoice = one(*HEAD, corrected, ((40, f"Numer KSeF: {SECOND}"),), *CHANGED)
    assert invoice.corrects is not None
    assert (invoice.corrects.ksef_number, invoice.ksef_number) == (FIRST, SECOND)


def test_rows_before_and_after_are_kept_and_their_difference_is_the_total() -> None:
    invoice = one(*HEAD, *CHANGED)
    assert [(line.net, line.before_correction) for line in invoice.lines] == [
        (Decimal("250.00"), True),
        (Decimal("210.00"), False),
    ]
    assert (invoice.net_total, invoice.tax_total, invoice.gross_total) == (
        Decimal("-40.00"),
        Decimal("-9.20"),
        Decimal("-49.20"),
    )


def test_a_correction_without_amounts_changes_none_and_is_looked_at() -> None:
    invoice = one(*HEAD, ((40, "Treść korygowana"),), ((40, "Nazwa: CDE sp. j."),))
    assert invoice.gross_total == 0
    assert invoice.status is Status.NEEDS_REVIEW
    assert invoice.lines == ()


def test_a_correction_of_a_name_is_accepted_where_both_wordings_stand_and_no_amount() -> None:
    wordings: tuple[Cells, ...] = (
        ((40, "Nabywca: CeDeE s.c."), (350, "NIP 6768367884")),
        ((40, "Kod waluty: PLN"),),
        ((40, "Treść korygowana"), (350, "Treść korygująca")),
        ((40, "Nazwa: CDE sp. j."), (350, "Nazwa: CeDeE s.c.")),
    )
    invoice = one(*HEAD, *wordings)
    [check] = [c for c in invoice.checks if c.name == "correction_states_no_amount"]
    assert (check.passed, check.found) == (True, "0 amounts")
    assert (invoice.gross_total, invoice.status) == (Decimal(0), Status.ACCEPTED)
    assert one(*HEAD, *wordings, ((40, "Wartość brutto: 12,50 zł"),)).status is Status.NEEDS_REVIEW


def test_a_scanned_correction_without_amounts_may_have_lost_them() -> None:
    assert one(*HEAD, ((40, "Treść korygowana"),), source="ocr").gross_total is None


def test_a_credit_note_keeps_its_sign() -> None:
    invoice = one(
        ((40, "GUTSCHRIFT Nr. G-77"), (350, "Datum: 03.03.2026")),
        ((40, "zu Rechnung Nr. R-12 vom 01.02.2026"),),
        ((40, "Beispiel Strom GmbH"),),
        ((40, "USt-IdNr. DE136695976"),),
        ((40, "Bezeichnung"), (200, "Menge"), (260, "Einzelpreis"), (350, "Betrag")),
        ((40, "Strom"), (200, "100"), (260, "0,20"), (350, "-20,00")),
        ((40, "Nettobetrag"), (350, "-20,00 EUR")),
        ((40, "19 % MwSt"), (350, "-3,80 EUR")),
        ((40, "Gesamtbetrag"), (350, "-23,80 EUR")),
    )
    assert invoice.document_type is DocumentType.CREDIT_NOTE
    assert (invoice.net_total, invoice.tax_total, invoice.gross_total) == (
        Decimal("-20.00"),
        Decimal("-3.80"),
        Decimal("-23.80"),
    )


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("FAKTURA VAT - PROGNOZA nr P/1/2026", DocumentType.FORECAST),
        ("FAKTURA ROZLICZENIOWA nr P/1/2026", DocumentType.SETTLEMENT),
        ("FAKTURA ZALICZKOWA nr P/1/2026", DocumentType.ADVANCE),
        ("FAKTURA VAT nr P/1/2026", DocumentType.INVOICE),
    ],
)
def test_forecasts_settlements_and_advances_are_told_apart(title: str, kind: DocumentType) -> None:
    invoice = one(
        ((40, title), (350, "Data wystawienia: 01.03.2026")),
        ((40, "Sprzedawca: Prąd Przykładowy S.A."), (350, "NIP 5260250274")),
        COLUMNS,
        row("Energia czynna", "500", "0,5000", "250,00", "57,50", "307,50"),
        ((40, "Razem"), (320, "250,00"), (400, "57,50"), (460, "307,50")),
        ((40, "Do zapłaty: 307,50 zł"),),
    )
    assert invoice.document_type is kind


def test_the_day_behind_the_credited_invoices_number_is_that_invoices() -> None:
    invoice = one(
        ((50, "Clairval Exemple SARL"), (350, "Facture d'avoir")),
        ((50, "164 rue des Lilas, 69062 Valmont"), (350, "Numéro de facture")),
        ((50, "TVA FR03609197827"), (350, "90246/04/2026")),
        ((350, "Date"),),
        ((350, "27/05/2026"),),
        ((350, "Date d'échéance"),),
        ((350, "06/06/2026"),),
        ((50, "sur facture n° FV/2026/10/47624 du 20/04/2026"),),
        ((50, "Sous-total HT"), (450, "100,00")),
        ((50, "TVA (20%)"), (450, "20,00")),
        ((50, "Total général TTC"), (450, "120,00 EUR")),
    )
    assert (invoice.issue_date, invoice.due_date) == (date(2026, 5, 27), date(2026, 6, 6))
    assert invoice.corrects is not None
    assert invoice.corrects.invoice_number == "FV/2026/10/47624"

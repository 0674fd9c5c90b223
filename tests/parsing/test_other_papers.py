"""Papers of kinds that differ by country: imprints, series, exempt rows, orders paid in advance, corrections."""

from __future__ import annotations

from decimal import Decimal

from pipelines.invoices import DocumentType, Invoice, Status
from pipelines.parsing import parse_document
from pipelines.parsing.lexicon import load_lexicon
from pipelines.parsing.tables_rows import label_kinds
from tests.parsing.laid_words import Cells, document, lay_words

D = Decimal


def one(*rows: Cells) -> Invoice:
    (invoice,) = parse_document(document(lay_words(*rows)))
    return invoice


def polish_head(title: str, number: str) -> tuple[Cells, ...]:
    return (
        ((50, title), (300, number)),
        ((50, "Data wystawienia: 15.02.2026"),),
        (),
        ((50, "Sprzedawca"), (320, "Nabywca")),
        ((50, "Wierzba Tartak sp. z o.o."), (320, "Modrzew Meble S.A.")),
        ((50, "ul. Leśna 4"), (320, "ul. Polna 11")),
        ((50, "62-002 Jodłowo"), (320, "61-003 Świerkowo")),
        ((50, "NIP: 5261040828"), (320, "NIP: 7010000009")),
        (),
    )


def test_an_exempt_row_of_the_tax_table_is_part_of_the_total() -> None:
    invoice = one(
        *polish_head("Faktura nr", "FV/7/2026"),
        ((50, "Razem: 2 760,00 PLN"),),
        (),
        ((50, "Stawka podatku"), (250, "Kwota netto"), (350, "Kwota podatku"), (450, "Kwota brutto")),
        ((50, "23% lub 22%"), (250, "2 000,00"), (350, "460,00"), (450, "2 460,00")),
        ((50, "zwolnione od podatku"), (250, "300,00"), (350, "0,00"), (450, "300,00")),
    )
    assert (invoice.net_total, invoice.tax_total, invoice.gross_total) == (D("2300.00"), D("460.00"), D("2760.00"))
    assert {(t.rate, t.base) for t in invoice.tax_breakdown} == {(D(23), D("2000.00")), (D(0), D("300.00"))}


def test_the_small_print_names_the_seller_whose_letterhead_is_a_picture() -> None:
    rows: list[Cells] = [
        ((50, "Facture n° FA-90412 du 2 juillet 2025"),),
        (),
        ((320, "Client"),),
        ((320, "Boulangerie Tournesol"),),
        ((320, "12 rue des Tilleuls"),),
        ((320, "69100 Villeneuve"),),
        (),
        ((300, "Total HT"), (480, "100,00 €")),
        ((300, "TVA 20%"), (480, "20,00 €")),
        ((300, "Total TTC"), (480, "120,00 €")),
        *[()] * 40,
        ((50, "Lumière du Val SAS au capital de 40 000 euros, 8 rue du Port 75008 Paris"),),
    ]
    invoice = one(*rows)
    assert invoice.seller.name == "Lumière du Val SAS"
    assert invoice.buyer.name == "Boulangerie Tournesol"
    assert invoice.gross_total == D("120.00")


def test_a_word_of_prose_is_no_party_label() -> None:
    invoice = one(
        ((50, "Energia Clara Distribuidora Ltda"),),
        ((50, "Rua das Flores, 40"),),
        (),
        ((50, "Nota Fiscal"), (150, "nº 004512"), (300, "Emissão: 31/01/2026")),
        ((50, "Total a pagar"), (300, "R$ 120,00")),
        *[()] * 20,
        ((50, "pela Associação Brasileira"), (230, "de"), (280, "Normas Elétricas"), (420, "ou outra entidade")),
    )
    assert invoice.seller.name == "Energia Clara Distribuidora Ltda"


def test_the_number_stands_behind_the_series() -> None:
    invoice = one(
        ((50, "Energia Clara Distribuidora Ltda"),),
        ((50, "Rua das Flores, 40"),),
        (),
        ((50, "Conta de Energia|Nota Fiscal |Série B |"), (330, "071350188")),
        ((50, "Data de emissão"), (200, "31/01/2026")),
        ((50, "Total a pagar"), (200, "R$ 120,00")),
    )
    assert invoice.invoice_number == "071350188"


def test_a_return_address_makes_the_window_the_buyers() -> None:
    invoice = one(
        ((50, "Nordlicht Hosting AG - Deichweg 40 - 25746 Heide"),),
        (),
        ((50, "Seebrise Ltd."),),
        ((50, "93B Harbour Street"),),
        ((50, "Yuen Long, N.T."),),
        ((50, "Hong Kong"),),
        (),
        ((50, "Rechnungsnr."), (200, "30064443")),
        ((50, "Rechnungsdatum"), (200, "7. Mai 2024")),
        ((50, "Nettobetrag"), (200, "100,00 EUR")),
        ((50, "MwSt. 19 %"), (200, "19,00 EUR")),
        ((50, "Gesamtbetrag"), (200, "119,00 EUR")),
        *[()] * 34,
        ((50, "Nordlicht Hosting AG"), (300, "UStId DE 136 695 976")),
        ((50, "Deichweg 40, 25746 Heide"),),
    )
    assert (invoice.seller.name, invoice.buyer.name) == ("Nordlicht Hosting AG", "Seebrise Ltd.")
    assert invoice.status is Status.ACCEPTED, invoice.review_reasons


def test_a_label_takes_no_letter_of_its_value() -> None:
    lexicon = load_lexicon()
    hit = lexicon.find("NOTA DI CREDITO n. R24037714")[0]
    assert "NOTA DI CREDITO n. R24037714"[hit.end :].lstrip(" .") == "R24037714"
    assert lexicon.find("Fattura nr 24037714")[0].end == len("Fattura nr")


def test_taxes_printed_with_dots_are_the_same_words() -> None:
    for label in ("I.V.A. 21%", "T.V.A. 20%", "V.A.T. @ 20%", "M.w.St. 19%"):
        assert "total_tax" in label_kinds(label), label


def test_tax_rows_below_a_subtotal_are_no_lines() -> None:
    invoice = one(
        ((50, "Logística Río Verde S.A."),),
        ((50, "Calle Mayor, 37"),),
        ((50, "50198 Puerto Alto"),),
        ((50, "CIF: A58818501"),),
        ((50, "Factura Nº 47407/2026"), (350, "Fecha de factura: 29/03/2026")),
        ((50, "Facturar a"),),
        ((50, "Asesores Molino S.L."),),
        ((50, "Calle Olmo, 102"),),
        ((50, "11249 Villaclara"),),
        (),
        ((50, "DETALLE"), (460, "IMPORTE")),
        ((50, "Papel A4"), (460, "20,64")),
        ((50, "Limpieza"), (460, "355,14")),
        ((50, "Consultoría"), (460, "624,22")),
        ((350, "Subtotal"), (460, "1000,00")),
        ((350, "I.V.A. 21%"), (460, "126,00")),
        ((350, "I.V.A. 10%"), (460, "40,00")),
        ((350, "TOTAL"), (460, "1166,00 EUR")),
    )
    assert [line.net or line.gross for line in invoice.lines] == [D("20.64"), D("355.14"), D("624.22")]
    assert (invoice.net_total, invoice.tax_total, invoice.gross_total) == (D("1000.00"), D("166.00"), D("1166.00"))


def test_lines_of_an_advance_sum_to_the_orders_value() -> None:
    order: tuple[Cells, ...] = (
        ((50, "Faktura zaliczkowa"),),
        ((50, "Wartość zamówienia: 100 000,00"),),
        ((50, "Lp."), (90, "Nazwa"), (250, "Ilość"), (320, "Cena netto"), (420, "Wartość netto"), (510, "Kwota VAT")),
        ((50, "1"), (90, "altana"), (250, "1"), (320, "90 000,00"), (420, "90 000,00"), (510, "20 700,00")),
        ((50, "2"), (90, "montaż"), (250, "1"), (320, "10 000,00"), (420, "10 000,00"), (510, "2 300,00")),
        (),
        ((50, "Stawka podatku"), (250, "Kwota netto"), (350, "Kwota podatku"), (450, "Kwota brutto")),
        ((50, "23%"), (250, "20 000,00"), (350, "4 600,00"), (450, "24 600,00")),
    )
    invoice = one(*polish_head("Faktura zaliczkowa nr", "FZ/2/2026"), *order)
    assert invoice.document_type is DocumentType.ADVANCE
    assert invoice.gross_total == D("24600.00")
    assert not any("lines" in reason for reason in invoice.review_reasons)
    wrong = (*order[:1], ((50, "Wartość zamówienia: 101 000,00"),), *order[2:])
    other = one(*polish_head("Faktura zaliczkowa nr", "FZ/2/2026"), *wrong)
    assert other.status is Status.NEEDS_REVIEW


def correction(title: str) -> Invoice:
    heads: Cells = ((50, "Opis"), (250, "Ilość"), (350, "Cena netto"), (450, "Kwota netto"))
    return one(
        *polish_head(title, ""),
        ((50, "Numer faktury korygowanej: 6576921912 z 29.10.2025"),),
        ((50, "Było"),),
        heads,
        ((50, "Montaż żaluzji"), (250, "35,2"), (350, "78,86"), (450, "2775,87")),
        ((50, "Powinno być"),),
        heads,
        ((50, "Montaż żaluzji"), (250, "35,2"), (350, "70,97"), (450, "2498,14")),
        (),
        ((150, "Kwota netto"), (270, "Podatek VAT"), (390, "Kwota brutto")),
        ((50, "Przed korektą"), (150, "2775,87"), (270, "638,45"), (390, "3414,32")),
        ((50, "Po korekcie"), (150, "2498,14"), (270, "574,57"), (390, "3072,71")),
        ((50, "Różnica"), (150, "-277,73"), (270, "-63,88"), (390, "-341,61")),
        ((50, "Razem do zapłaty"), (390, "-341,61 PLN")),
    )


def test_only_the_difference_of_a_correction_is_its_total() -> None:
    invoice = correction("Korekta faktury nr M54823-8")
    assert (invoice.net_total, invoice.tax_total, invoice.gross_total) == (D("-277.73"), D("-63.88"), D("-341.61"))
    assert [line.before_correction for line in invoice.lines] == [True, False]


def test_a_correction_is_not_the_invoice_that_it_corrects() -> None:
    invoice = correction("Korekta faktury nr M54823-8")
    assert invoice.invoice_number == "M54823-8"
    assert invoice.corrects is not None
    assert invoice.corrects.invoice_number == "6576921912"


FRENCH: tuple[Cells, ...] = (
    ((50, "Exemple Menuiserie SA"),),
    ((50, "79 avenue Fictive, 93740 Valmont"),),
    ((50, "FACTURE no 19226/07/2025"),),
    ((50, "Adresse de facturation:"), (350, "Bon de commande")),
    ((50, "Lavande SAS"), (350, "7396041")),
    ((50, "22 rue des Lilas"), (350, "Date")),
    ((50, "19690 Valmont"), (350, "04-01-2025")),
    ((50, "Ligne Quantité Désignation"), (350, "P.U. HT"), (450, "Montant HT")),
    ((50, "1   24   Câble de trois mètres"), (350, "10,00"), (450, "240,00")),
    ((350, "Montant HT:"), (450, "240,00")),
    ((350, "TVA 10 %:"), (450, "24,00")),
    ((350, "Total TTC:"), (450, "264,00 EUR")),
    ((50, "RIB FR26 8875 9086 4181 9636 2929 530"),),
)


def test_the_key_of_an_order_over_its_number_makes_no_order_of_an_invoice() -> None:
    invoice = one(*FRENCH)
    assert (invoice.document_type, invoice.gross_total) == (DocumentType.INVOICE, D("264.00"))


def test_an_address_ends_where_the_heads_of_columns_begin() -> None:
    assert one(*FRENCH).buyer.address == "22 rue des Lilas, 19690 Valmont"


def test_the_beginning_of_an_account_is_no_tax_id() -> None:
    invoice = one(
        ((50, "Faktura nr"), (300, "FV/7/2026")),
        ((50, "Data wystawienia: 15.02.2026"),),
        ((50, "Sprzedawca"), (320, "Nabywca")),
        ((50, "Wierzba Tartak sp. z o.o."), (320, "Modrzew Meble S.A.")),
        ((50, "NIP: 5261040828"),),
        ((50, "Razem brutto: 123,00 PLN"),),
        ((50, "PL92 1100 6582 3439 4705 2070 7287"),),
    )
    assert invoice.buyer.tax_id is None


def test_an_order_beneath_the_invoices_number_is_its_order() -> None:
    invoice = one(
        ((50, "Zefir Przykładowy Sp. z o.o."),),
        ((50, "NIP: 526-104-08-28"),),
        ((50, "Faktura VAT numer K87372-4"),),
        ((50, "Zapłać do"), (250, "01.06.2026"), (400, "Klient")),
        ((50, "Zamówienie"), (250, "99826398"), (400, "Jantar sp. z o.o.")),
        ((50, "Wystawiono"), (250, "02.04.2026"), (400, "ul. Lipowa 10, 27-892 Brzezina")),
        ((300, "Wartość netto:"), (450, "100,00 PLN")),
        ((300, "VAT 23 %:"), (450, "23,00 PLN")),
        ((300, "RAZEM:"), (450, "123,00 PLN")),
    )
    assert (invoice.document_type, invoice.invoice_number) == (DocumentType.INVOICE, "K87372-4")

"""Lines beneath the total that make up a summary's parts, and rows of money that are no lines."""

from __future__ import annotations

from decimal import Decimal

from pipelines.invoices import Invoice
from pipelines.parsing import parse_document
from tests.parsing.laid_words import print_text

D = Decimal
HEAD = """
Nortia Luz Comercial S.L.   CIF B12345674
Calle Mayor 1, 28001 Madrid

Factura N.º 2025-00417                 Fecha de emisión: 12/03/2025

RESUMEN DE LA FACTURA
Potencia                                                    14,09 €
Energía                                                     31,77 €
Servicios y otros conceptos                                  4,14 €
Base imponible                                              50,00 €
IVA 21%                                                     10,50 €
TOTAL IMPORTE FACTURA                                       60,50 €

DETALLE
"""
DETAIL = """Potencia punta                                              12,46 €
Potencia valle                                               1,63 €
Energía punta                                               20,60 €
Energía valle                                               11,17 €
Alquiler de equipos                                          0,15 €
Asistencia                                                   3,99 €
"""


def read(text: str) -> Invoice:
    return parse_document(print_text(text))[0]


def amounts(text: str) -> list[Decimal | None]:
    return [line.net for line in read(text).lines]


def test_rows_that_make_up_each_part_of_a_summary_are_the_lines() -> None:
    assert amounts(HEAD + DETAIL) == [D("12.46"), D("1.63"), D("20.60"), D("11.17"), D("0.15"), D("3.99")]


def test_a_summary_stays_where_the_rows_beneath_do_not_make_up_its_parts() -> None:
    moved = DETAIL.replace("1,63", "1,53").replace("20,60", "20,70")  # the same sum, other parts
    assert amounts(HEAD + moved) == [D("14.09"), D("31.77"), D("4.14")]


FOLIO = """
Hotel Seeblick GmbH
Seestraße 1, 83209 Prien      USt-IdNr. DE136695976

Rechnung Nr. R-94722          Rechnungsdatum 06.02.2025

Datum         Leistung                       Belastung    Gutschrift
03.02.2025    Zimmer                            128,00
04.02.2025    Zimmer                            128,00
04.02.2025    Restaurant                         34,80
05.02.2025    Mastercard xxxx 8868                           290,80
Gesamt EUR                                      290,80       290,80
"""


def test_a_card_that_paid_is_no_line() -> None:
    assert D("290.80") not in amounts(FOLIO)


def test_days_of_a_column_are_when_lines_were_supplied() -> None:
    bare = FOLIO.replace("          Rechnungsdatum 06.02.2025", "")
    assert read(bare).issue_date is None
    assert str(read(FOLIO).issue_date) == "2025-02-06"


KOREKTA = """
Prąd Kujaw S.A.    NIP: 5260250274
FAKTURA VAT KORYGUJĄCA nr FK/552/2025     Data wystawienia: 29.05.2025
Korekta do faktury nr FS/14920/2025
wystawionej dnia: 12.02.2025

                                 BYŁO                  JEST               RÓŻNICA
Pozycja                          Netto                 Netto              Netto
Energia czynna                   1 123,36              886,03             -237,33
Wartość netto                    1 123,36              886,03             -237,33
VAT 23%                            258,37              203,79              -54,58
Wartość brutto                   1 381,73            1 089,82             -291,91
"""


def test_what_changed_is_the_total_of_a_correction() -> None:
    record = read(KOREKTA)
    assert (record.net_total, record.tax_total, record.gross_total) == (D("-237.33"), D("-54.58"), D("-291.91"))


def test_the_day_of_the_corrected_invoice_is_not_the_corrections() -> None:
    assert str(read(KOREKTA).issue_date) == "2025-05-29"


def test_how_a_tax_is_made_is_no_reading_of_a_meter() -> None:
    record = read("""
Companhia Luz do Vale S.A.   CNPJ 11.222.333/0001-81
NOTA FISCAL CONTA DE ENERGIA ELÉTRICA Nº 297145962     Data de emissão: 03/12/2024

Grandeza        Anterior    Atual     Diferença    Faturado
OUT/24  8.911   99.014      PIS 69.262,73 x 0,91% = 630,29     ICMS 87.122,93 x 20,5% = 17.860,20
Consumo ativo total: 110.628,00 kWh
TOTAL A PAGAR  R$ 87.604,53
""")
    assert record.consumption_kwh in (None, D("110628.00"), D("110628"))

"""Where values stand about their labels: over them, in boxes, behind other papers' names."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from pipelines.invoices import Invoice
from pipelines.parsing import parse_document
from tests.parsing.laid_words import Cells, document, lay_words

PARTIES: tuple[Cells, ...] = (
    ((50, "Sprzedawca: Przykładowa Firma Sp. z o.o."), (320, "NIP 5260250274")),
    ((50, "Nabywca: Odbiorca Testowy S.A."), (320, "NIP 7740001454")),
)
TOTALS: tuple[Cells, ...] = (
    ((340, "Razem netto"), (480, "100,00")),
    ((340, "VAT 23%"), (480, "23,00")),
    ((340, "Do zapłaty"), (480, "123,00 zł")),
)


def read(*rows: Cells) -> Invoice:
    return parse_document(document(lay_words(*rows)))[0]


UPWARD: tuple[Cells, ...] = (
    ((50, "F/KON/000583/25"),),
    ((50, "Faktura nr"),),
    ((50, "13.10.2025"),),
    ((50, "Data wystawienia"),),
    ((50, "12.10.2025"),),
    ((50, "Data zakończenia usługi"),),
    ((50, "27.10.2025"),),
    ((50, "Termin płatności"),),
)


def test_labels_beneath_their_values_are_read_upward() -> None:
    invoice = read(*UPWARD, (), *PARTIES, *TOTALS)
    assert (invoice.invoice_number, invoice.issue_date, invoice.due_date) == (
        "F/KON/000583/25",
        date(2025, 10, 13),
        date(2025, 10, 27),
    )


def test_labels_over_their_values_are_read_downward() -> None:
    downward: tuple[Cells, ...] = (
        ((50, "Faktura nr"),), ((50, "F/KON/000583/25"),), ((50, "Data wystawienia"),), ((50, "13.10.2025"),),
        ((50, "Termin płatności"),), ((50, "27.10.2025"),),
    )  # fmt: skip
    invoice = read(*downward, (), *PARTIES, *TOTALS)
    assert (invoice.issue_date, invoice.due_date) == (date(2025, 10, 13), date(2025, 10, 27))


def test_a_value_at_the_right_edge_of_its_labels_box_is_read() -> None:
    invoice = read(
        ((50, "Faktura nr FV/8/2025"), (420, "Data wystawienia")),
        ((510, "06.05.2025"),),
        ((50, "Numer klienta"), (160, "Termin płatności"), (300, "Kwota do zapłaty")),
        ((110, "654456"), (240, "20.05.2025"), (420, "123,00 zł")),
        (),
        *PARTIES,
        *TOTALS,
    )
    assert (invoice.issue_date, invoice.due_date) == (date(2025, 5, 6), date(2025, 5, 20))
    assert (invoice.customer_number, invoice.amount_due) == ("654456", Decimal("123.00"))


@pytest.mark.parametrize(
    "other",
    [
        "Zlecenie nr 1188/25 z dnia 16.09.2025",
        "Umowa ZP.272.03.2024 z dnia 29.11.2024 (grupa zakupowa)",
        "sygn. 3117/2025 z dnia 12.09.2025",
    ],
)
def test_the_day_of_another_paper_is_not_the_invoices(other: str) -> None:
    dated: Cells = ((50, "Faktura nr 312/W/09/2025"), (300, "Ostrów, 18.09.2025"))
    assert read(dated, ((50, other),), (), *PARTIES, *TOTALS).issue_date == date(2025, 9, 18)
    assert read(dated[:1], ((50, other),), (), *PARTIES, *TOTALS).issue_date is None


def test_the_day_behind_the_invoices_own_number_is_the_invoices() -> None:
    invoice = read(((50, "Faktura nr 312/W/09/2025 z dnia 18.09.2025"),), (), *PARTIES, *TOTALS)
    assert invoice.issue_date == date(2025, 9, 18)


def test_of_net_tax_and_gross_in_the_row_of_what_is_due_the_gross_is_due() -> None:
    invoice = read(
        ((50, "Faktura nr FV/8/2025"), (300, "Data wystawienia: 06.05.2025")),
        *PARTIES,
        ((50, "Razem"), (300, "789,58"), (380, "181,58"), (460, "971,16")),
        ((50, "Zapłacono zaliczkę"), (300, "640,00"), (380, "147,20"), (460, "787,20")),
        ((50, "Do zapłaty"), (300, "149,58"), (380, "34,38"), (460, "183,96")),
    )
    assert invoice.amount_due == Decimal("183.96")


def test_the_points_number_is_not_the_customers_where_there_is_another() -> None:
    invoice = read(
        ((50, "Nota Fiscal Nº 044812907"), (300, "Data de emissão: 17/09/2025")),
        ((50, "Seu Código 4081841333"), (300, "PN 708811281")),
        ((50, "Consumo em kWh"), (200, "100"), (300, "0,90"), (480, "90,00")),
        ((50, "Total a pagar"), (480, "R$ 90,00")),
    )
    assert invoice.customer_number == "708811281"


@pytest.mark.parametrize(
    ("behind", "seller"), [("", "Mbud S.A."), (" 98 1240 1087 3247 3537 4159 7023", "Warsztat Tłok Waldemar Wzorcowy")]
)
def test_a_company_before_an_account_number_is_a_bank(behind: str, seller: str) -> None:
    invoice = read(
        ((50, "Warsztat Tłok Waldemar Wzorcowy"),),
        ((50, "ul. Fabryczna 7, 63-400 Ostrów"),),
        ((50, "Mbud S.A." + behind),),
        ((50, "Faktura nr 8/2025"), (300, "Data wystawienia: 06.05.2025")),
        PARTIES[1],
        *TOTALS,
    )
    assert invoice.seller.name == seller


def test_what_is_subscribed_ahead_is_no_period_of_what_was_used() -> None:
    rows: tuple[Cells, ...] = (
        ((50, "Facture n° 10218874403"), (300, "du 7 avril 2025")),
        ((50, "Électricité : relevé réel. Consommation du 05/02/2025 au"),),
        ((50, "04/04/2025."),),
        ((50, "Abonnement du 05/04/25 au 04/06/25"), (480, "48,36")),
        ((50, "Consommation Heures Pleines 1844 kWh"), (480, "352,57")),
        ((50, "Total TTC"), (480, "400,93 €")),
    )
    invoice = read(*rows)
    assert (invoice.period_start, invoice.period_end) == (date(2025, 2, 5), date(2025, 4, 4))


def test_the_unit_behind_a_label_is_no_value_of_it() -> None:
    invoice = read(
        ((50, "Nota Fiscal Nº 044812907"), (300, "Data de emissão: 17/09/2025")),
        ((50, "REF:MÊS/ANO"), (160, "TOTAL A PAGAR R$"), (300, "VENCIMENTO")),
        ((110, "09/2025"), (255, "90,00"), (400, "02/10/2025")),
        (),
        ((50, "Consumo em kWh"), (200, "100"), (300, "0,90"), (480, "90,00")),
        ((50, "TOTAL"), (300, "90,00"), (380, "80,82"), (480, "16,16")),
    )
    assert (invoice.gross_total, invoice.amount_due) == (Decimal("90.00"), Decimal("90.00"))


SECTIONS: tuple[Cells, ...] = (
    ((50, "Sprzedaż energii"), (300, "Netto zł"), (380, "VAT zł"), (460, "Brutto zł")),
    ((50, "Energia czynna"), (300, "470,13"), (380, "108,12"), (460, "578,25")),
    ((50, "Razem"), (300, "470,13"), (380, "108,12"), (460, "578,25")),
    ((50, "Dystrybucja energii"), (300, "Netto zł"), (380, "VAT zł"), (460, "Brutto zł")),
    ((50, "Opłata sieciowa"), (300, "319,45"), (380, "73,46"), (460, "392,91")),
    ((50, "Razem"), (300, "319,45"), (380, "73,46"), (460, "392,91")),
)


@pytest.mark.parametrize(
    ("last", "gross"),
    [
        (("789,58", "181,58", "971,16"), Decimal("971.16")),
        # what no row of three comes to is no sum of sections
        (("789,58", "181,59", "971,17"), None),
    ],
)
def test_what_the_sums_of_all_sections_come_to_is_the_invoices(last: tuple[str, ...], gross: Decimal | None) -> None:
    invoice = read(
        ((50, "Faktura nr FV/8/2025"), (300, "Data wystawienia: 06.05.2025")),
        *PARTIES,
        *SECTIONS,
        ((50, "Sprzedaż i dystrybucja"), *zip((300, 380, 460), last, strict=True)),
    )
    assert (invoice.gross_total == Decimal("971.16")) is (gross is not None)
    if gross is not None:
        assert (invoice.net_total, invoice.tax_total) == (Decimal("789.58"), Decimal("181.58"))


def test_a_community_of_owners_is_named_with_its_street() -> None:
    invoice = read(
        ((50, "Faktura nr FV/8/2025"), (300, "Data wystawienia: 06.05.2025")),
        PARTIES[0],
        ((50, "Nabywca:"),),
        ((50, "Wspólnota Mieszkaniowa ul. Wzorcowa 15-19"),),
        ((50, "61-692 Poznań"),),
        ((50, "NIP 7740001454"),),
        *TOTALS,
    )
    assert invoice.buyer.name == "Wspólnota Mieszkaniowa ul. Wzorcowa 15-19"


def test_the_customers_number_above_the_readings_is_no_meters() -> None:
    invoice = read(
        ((50, "Faktura nr FV/8/2025"), (300, "Data wystawienia: 06.05.2025")),
        *PARTIES,
        ((50, "Numer licznika: A567112941"),),
        ((50, "Kod klienta: 9774427932"),),
        ((50, "Strefa"), (200, "Wskazanie poprzednie"), (330, "Wskazanie bieżące"), (460, "Zużycie [kWh]")),
        ((50, "dzienna"), (200, "72 089"), (330, "72 882"), (460, "793")),
        *TOTALS,
    )
    assert invoice.customer_number == "9774427932"
    assert invoice.metering_point is not None
    assert invoice.metering_point.meter_number == "A567112941"

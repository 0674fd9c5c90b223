"""A name without a label is sure where something else on the page says whose it is, and doubtful without it."""

from __future__ import annotations

import pytest

from pipelines.invoices import Invoice, Status
from pipelines.pages import Page
from pipelines.parsing import parse_document
from pipelines.parsing.party_names import is_address
from tests.parsing.laid_words import Cells, document, lay_words

SENDER: Cells = ((40, "Musterwerk AG - Uferweg 40 - 63571 Gelnhausen"),)
FACTS: tuple[Cells, ...] = (
    ((40, "Rechnung"),),
    ((40, "Rechnungsnummer: 30064443"), (300, "Rechnungsdatum: 07.05.2024")),
    ((40, "Beratung"), (300, "100,00 EUR")),
    ((40, "Nettobetrag"), (300, "100,00 EUR")),
    ((40, "USt 19%"), (300, "19,00 EUR")),
    ((40, "Rechnungsbetrag"), (300, "119,00 EUR")),
)
IMPRINT: tuple[Cells, ...] = (
    ((40, "Musterwerk AG, Uferweg 40, 63571 Gelnhausen"),),
    ((40, "Registergericht Hanau HRB 13302"), (300, "USt-IdNr. DE136695976")),
)
WINDOW: tuple[Cells, ...] = (((40, "Beispiel Handel Ltd."),), ((40, "93B Sai Yu Chung"),), ((40, "Yuen Long, N.T."),))


def read(*rows: Cells, source: str = "text", confidence: float = 1.0) -> Invoice:
    return read_page(lay_words(*rows, source=source, confidence=confidence))


def read_page(page: Page) -> Invoice:
    return parse_document(document(page))[0]


def doubts(invoice: Invoice, field: str) -> list[str]:
    return [reason for reason in invoice.review_reasons if reason.startswith(field)]


def test_an_addressee_beneath_the_senders_line_is_sure() -> None:
    invoice = read(SENDER, *WINDOW, ((40, "Hong Kong"),), *FACTS, *IMPRINT)
    assert invoice.buyer.name == "Beispiel Handel Ltd."
    assert doubts(invoice, "buyer.name") == []
    assert invoice.status is Status.ACCEPTED


def test_a_name_over_an_address_that_nothing_else_speaks_for_is_looked_at() -> None:
    invoice = read(((40, "Rechnung"),), *WINDOW, ((40, "Hong Kong"),), *FACTS, *IMPRINT)
    assert invoice.status is Status.NEEDS_REVIEW
    assert doubts(invoice, "seller.name") == ["seller.name 'Beispiel Handel Ltd.' is uncertain (letterhead)"]


def test_an_addressee_who_is_named_again_elsewhere_is_sure() -> None:
    again: Cells = ((40, "Vorgang 365146 - Beispiel Handel Ltd."),)
    invoice = read(((40, "Ihre Rechnung"),), *WINDOW, ((40, "Hong Kong"),), *FACTS, again, *IMPRINT)
    assert doubts(invoice, "buyer.name") == []


def test_the_title_of_a_paper_over_an_address_is_no_addressee() -> None:
    invoice = read(
        SENDER, ((40, "Rechnung Strom MUSTER"),), ((40, "Lindenallee 3"),), ((40, "24937 Flensburg"),), *FACTS
    )
    assert invoice.buyer.name is None


HEAD: tuple[Cells, ...] = (
    ((40, "Larkspur Event Rentals"),),
    ((40, "14 Example Lane, Portland, ME 04101"),),
    ((40, "INVOICE INV-0092"), (300, "Invoice date: 2024-09-06")),
    ((40, "Bill to: Dunmore Tools Inc."),),
    ((40, "Subtotal"), (300, "$100.00")),
    ((40, "Sales tax"), (300, "$6.00")),
    ((40, "Total"), (300, "$106.00")),
)


@pytest.mark.parametrize(
    ("closing", "sure"),
    [
        ("Make all checks payable to Larkspur Event Rentals", True),
        ("Make all checks payable to Larkspur Holdings", False),
        ("We at Larkspur Event Rentals thank you", False),
    ],
)
def test_a_letterhead_that_payments_go_to_by_name_is_sure(closing: str, sure: bool) -> None:
    invoice = read(*HEAD, ((40, closing),))
    assert invoice.seller.name == "Larkspur Event Rentals"
    assert (doubts(invoice, "seller.name") == []) is sure


@pytest.mark.parametrize(("site", "sure"), [("", True), ("www.codeharbor.test", True), ("www.booking.test", False)])
def test_a_company_in_full_beside_a_sure_buyer_is_sure_unless_a_site_is_anothers(site: str, sure: bool) -> None:
    rows = (((40, "CodeHarbor Inc."),), *HEAD[1:], *((((40, site),),) if site else ()))
    invoice = read(*rows)
    assert invoice.seller.name == "CodeHarbor Inc."
    assert (doubts(invoice, "seller.name") == []) is sure


def test_the_partner_who_is_liable_is_not_who_issues() -> None:
    imprint: tuple[Cells, ...] = (
        ((40, "Nordwerk Energie Vertrieb GmbH & Co. KG, 24937 Flensburg"),),
        *FACTS,
        ((40, "Geschäftsanschrift: Nordwerk Energie Vertrieb"),),
        ((40, "GmbH & Co. KG, Hafendamm 40, 24937 Flensburg, HRA 2141 FL"),),
        ((40, "pers. haftende Gesellschafterin: Nordwerk Verwaltungs-GmbH, HRB 99 FL"),),
    )
    assert read(*imprint).seller.name == "Nordwerk Energie Vertrieb GmbH & Co. KG"


SLIP: tuple[Cells, ...] = (
    ((40, "LONE MESQUITE HARDWARE"),),
    ((40, "1180 Example Road"),),
    ((40, "Tel: 555-0100"),),
    ((40, "Date: 25-03-2018 09:42"),),
    ((40, "Hammer"), (160, "7.60")),
    ((40, "Total"), (160, "7.60")),
    ((40, "Cash"), (160, "10.00")),
    ((40, "Change"), (160, "2.40")),
)


@pytest.mark.parametrize(("confidence", "sure"), [(0.96, True), (0.88, False)])
def test_the_name_over_the_shops_address_on_a_slip_is_sure_where_it_is_read_well(confidence: float, sure: bool) -> None:
    invoice = read(*SLIP, source="ocr", confidence=confidence)
    assert invoice.seller.name == "LONE MESQUITE HARDWARE"
    assert (doubts(invoice, "seller.name") == []) is sure


def test_a_house_number_on_top_of_a_slip_is_no_sure_name() -> None:
    invoice = read(((40, "77 Water Mill Belfast"),), *SLIP[1:], source="ocr", confidence=0.96)
    assert invoice.seller.name is None


def test_who_sells_the_energy_is_not_who_bills_the_grid() -> None:
    invoice = read(
        ((40, "Powiatowa Dystrybucja S.A., ul. Wzorcowa 2, 24-100 Puławy, NIP 5260250274"),),
        ((40, "Faktura VAT nr D/7/2025"), (320, "Data wystawienia: 06.08.2025")),
        ((40, "Nabywca: Odbiorca Testowy S.A."), (320, "NIP 7740001454")),
        ((40, "Sprzedawca energii: Inna Moc Obrót Sp. z o.o."),),
        ((40, "Usługa dystrybucji energii"), (320, "100,00")),
        ((40, "Razem netto"), (320, "100,00")),
        ((40, "VAT 23%"), (320, "23,00")),
        ((40, "Do zapłaty"), (320, "123,00 zł")),
    )
    assert invoice.seller.name == "Powiatowa Dystrybucja S.A."


def test_a_partys_number_behind_its_label_is_no_party() -> None:
    rows: tuple[Cells, ...] = (
        ((40, "Installatiebedrijf Voorbeeld B.V., Kerkweg 2, 6662 NG Elst"),),
        ((40, "Factuurnummer : 25701244"), (320, "Factuurdatum : 06-05-2025")),
        ((40, "Debiteur"), (120, ": 107897"), (320, "Vervaldatum : 05-06-2025")),
        ((40, "Werkbon"), (120, ": W25-4148"), (320, "Uitgevoerd : 29-04-2025")),
        ((40, "Totaal inclusief btw"), (320, "€ 121,00")),
    )
    invoice = read(*rows)
    assert (invoice.buyer.name, invoice.customer_number) == (None, "107897")


@pytest.mark.parametrize("text", ["CENTRO - CURITIBA - PR", "The Old Mill, Weir Lane", "ZA des Grands Prés"])
def test_a_quarter_a_named_house_and_a_trading_estate_are_addresses(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize("text", ["Moinho Velho Ltda", "The Old Mill Bakery", "Zara Mode GmbH", "Rio - SP Ltda"])
def test_names_that_resemble_them_are_none(text: str) -> None:
    assert not is_address(text)

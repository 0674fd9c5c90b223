"""Who sells and who buys where columns stand close, heads are heads, and the letterhead shows a brand."""

from __future__ import annotations

import pytest

from pipelines.invoices import Invoice
from pipelines.pages import Box, Page, Word
from pipelines.parsing import parse_document
from pipelines.parsing.evidence import gather
from pipelines.parsing.geometry import lay_out
from pipelines.parsing.lexicon import load_lexicon
from pipelines.parsing.party_blocks import PartyFound
from pipelines.parsing.party_brands import with_full_name
from pipelines.parsing.party_names import ends_oddly, is_no_name, without_slips
from pipelines.parsing.places import Places
from tests.parsing.laid_words import Cells, document, lay_words, print_text


def read(text: str) -> Invoice:
    return parse_document(print_text(text))[0]


def under_brand(brand: str, *prints: str, confidence: float = 1.0) -> str:
    page = lay_words(*(((40, text),) for text in prints), confidence=confidence)
    places = Places(lay_out(page), (), load_lexicon())
    return with_full_name([places], PartyFound(name=brand, rule="letterhead", score=0.6)).name


@pytest.mark.parametrize(
    ("brand", "small_print", "name"),
    [
        ("solaria", "Solaria Energy Pty Ltd, GPO Box 1813, Adelaide SA 5001", "Solaria Energy Pty Ltd"),
        ("SANEVALE", "COMPANHIA DE SANEAMENTO DO VALE - SANEVALE", "COMPANHIA DE SANEAMENTO DO VALE - SANEVALE"),
        ("Mangue", "COMPANHIA DE ELETRICIDADE DO MANGUE - Av. Exemplo, 300", "COMPANHIA DE ELETRICIDADE DO MANGUE"),
        ("Insula", "Insula Comercial – Venda de Energia, S.A. Capital 20", "Insula Comercial – Venda de Energia, S.A"),
        ("Luzia", "LUZIA ENERGIA DO NORTE Av. Central, 111 - Boa Vista", "LUZIA ENERGIA DO NORTE"),
        ("Lumiris", "Lumiris Électricité et Gaz France - 12 rue Exemple", "Lumiris Électricité et Gaz France"),
    ],
)
def test_a_brand_gives_way_to_the_company_in_small_print(brand: str, small_print: str, name: str) -> None:
    assert under_brand(brand, "Your bill", small_print) == name


@pytest.mark.parametrize(
    ("brand", "prints"),
    [
        ("Solaria", ("Solaria Energy Pty Ltd", "Solaria Networks Pty Ltd")),
        ("Solaria", ("Solaria customers save money with our app",)),
        ("Solaria Ltd", ("Solaria Ltd Energy Services",)),
        ("Sol", ("Sol Energy Pty Ltd",)),
        ("Flash", ("Flashlight Energy Ltd",)),
    ],
)
def test_a_brand_stays_where_no_one_company_is_told(brand: str, prints: tuple[str, ...]) -> None:
    assert under_brand(brand, *prints) == brand


def test_misread_small_print_names_nobody() -> None:
    assert under_brand("Solaria", "Solaria Energy Pty Lld Company", confidence=0.6) == "Solaria"


def test_a_name_ends_where_the_next_column_begins() -> None:
    """`Nabywca` and `Odbiorca` side by side, with a name so long that only a word space parts the two."""
    rows: tuple[Cells, ...] = (
        ((40, "Energia Zachód S.A."), (300, "NIP: 5260250274")),
        ((40, "FAKTURA NR FZ/25/06/000318"),),
        ((200, "Nabywca"), (330, "Odbiorca faktury")),
        ((200, "Gminny Ośrodek Kultury"), (330, "Referat Finansowy")),
        ((200, "ul. Główna 3, 96-321 Zalesie"),),
        ((200, "NIP: 6768367884"),),
        ((40, "Razem do zapłaty"), (300, "123,00 zł")),
    )
    page = lay_words(*rows)
    words = [w for w in page.words if w.box.y0 != page.words[0].box.y0 + 3 * 14.0]
    for text, x in (
        ("Gminny", 200.0),
        ("Ośrodek", 240.0),
        ("Kultury", 285.0),
        ("Referat", 330.0),
        ("Finansowy", 370.0),
    ):
        words.append(Word(text, Box(x, 82.0, x + (43 if x < 330 else 36), 91.0)))
    tight = Page(1, 595, 842, "text", tuple(sorted(words, key=lambda w: (w.box.y0, w.box.x0))))
    assert parse_document(document(tight))[0].buyer.name == "Gminny Ośrodek Kultury"


def test_each_of_two_tax_ids_goes_to_the_name_it_stands_by() -> None:
    record = read("""
ELETRO PLANALTO CENTRAIS ELÉTRICAS S.A.              NÚMERO DA NOTA FISCAL    DATA DE EMISSÃO
Praça Rui Barbosa, 80 - Tubarão - SC                 35229567                 05/08/2016
CNPJ 11.222.333/0001-81 Insc. Est. 250.166.321
NOTA FISCAL / CONTA DE ENERGIA ELÉTRICA              MÊS/ANO     VENCIMENTO    VALOR A PAGAR (R$)
                                                     AGO/2016    22/08/2016    1.341,23

NOME E ENDEREÇO DO CONSUMIDOR                                                  CNPJ/CPF
IRMÃOS EXEMPLO MADEIRAS LTDA                                                   11.444.777/0001-61
ESTR GERAL RIO BONITO KM 4
88750-000 BRAÇO DO NORTE SC
""")
    assert (record.seller.tax_id, record.buyer.tax_id) == ("11222333000181", "11444777000161")


def test_from_and_to_over_days_name_nobody() -> None:
    record = read("""
Plains Power and Light Inc            Statement Date  08/07/2024
Salina KS 67402                       Amount Due      $208.61

Meter        From         To           Previous    Present    kWh Used
K27224549    07/05/2024   08/05/2024   61182       62618      1436
             Previous     Account summary
""")
    assert record.buyer.name != "Previous"
    assert record.seller.name != "Account summary"


@pytest.mark.parametrize(
    "text",
    ["SAS au capital de 5 000 €", "Cidade / Estado", "Pagamento por Multibanco / Entidade", "Capital social 12.500 €"],
)
def test_what_a_paper_says_of_a_company_is_no_name(text: str) -> None:
    assert is_no_name(text)


@pytest.mark.parametrize("text", ["Capital Energy S.L.", "Cidade Nova Comércio Ltda", "Entidade Gestora do Sul S.A."])
def test_names_with_such_words_are_names(text: str) -> None:
    assert not is_no_name(text)


@pytest.mark.parametrize(
    ("marks", "currency"),
    [
        ("ABN 51 824 753 556", "AUD"),
        ("Vancouver BC V5K 0A1 GST/HST 123456789", "CAD"),
        ("Phoenix, AZ 85001", "USD"),
        ("Wellington, NEW ZEALAND", "NZD"),
        ("", "USD"),
        ("Sydney NSW 2000, Vancouver BC V5K 0A1", ""),
    ],
)
def test_whose_dollar_it_is_stands_on_the_paper(marks: str, currency: str) -> None:
    page = lay_words(
        ((40, "Subtotal"), (200, "$100.00")), ((40, "Total"), (200, "$110.00")), ((40, marks or "Thanks"),)
    )
    assert gather([lay_out(page)], load_lexicon()).currency == currency


def test_one_dollar_among_bare_amounts_of_a_scan_may_be_a_five() -> None:
    rows: tuple[Cells, ...] = (
        ((40, "Rod"), (200, "2.00"), (300, "$0.00")),
        ((40, "Bolt"), (200, "5.00"), (300, "100.00")),
        ((40, "Total"), (300, "150.00")),
    )
    assert gather([lay_out(lay_words(*rows, source="ocr"))], load_lexicon()).currency == ""
    assert gather([lay_out(lay_words(*rows))], load_lexicon()).currency == "USD"


def test_a_month_is_no_number_sign_with_a_number() -> None:
    record = read("""
Luz do Vale S.A.    CNPJ 11.222.333/0001-81    Data de Emissão: 20/11/2023
NOTA FISCAL / CONTA DE ENERGIA ELÉTRICA
NOV/2023            04/12/2023        255,55
Conta do mês        Vencimento        Total a pagar (R$)
""")
    assert record.invoice_number != "V/2023"


def test_a_kind_of_paper_is_no_number() -> None:
    record = read("""
Luz do Vale S.A.    CNPJ 11.222.333/0001-81       Nota fiscal
                                                  NF3-e n° 297145962 série 1, emitida em 03/12/2024
Total a pagar   R$ 255,55
""")
    assert record.invoice_number != "NF3-e"


def test_number_and_day_under_one_label_are_told_apart() -> None:
    record = read("""
Armatura S.A.  NIP 5260250274                   Faktura VAT
                                                Numer/data
                                                9062926525 / 30.09.2025
                                                Numer/data zamówienia
                                                4500135274 / 12.09.2025
Suma netto    100,00
VAT 23%        23,00
Kwota końcowa 123,00
""")
    assert (record.invoice_number, str(record.issue_date)) == ("9062926525", "2025-09-30")


def test_an_offer_among_heads_of_columns_makes_no_offer_of_an_invoice() -> None:
    record = read("""
KOLEJ PRZYKŁADOWA S.A.                 BILET
Pociąg       Wagon / miejsce      Klasa      Oferta
EIP 5302     4 / 62               2          Normal

FAKTURA VAT nr KS-655259553            Data wystawienia: 18.03.2025
Sprzedawca: Kolej Przykładowa S.A.     NIP 5260250274
Razem netto   128,70
VAT 8%         10,30
Razem brutto  139,00
""")
    assert record.invoice_number == "KS-655259553"


@pytest.mark.parametrize(
    ("read", "name"),
    [
        ("PETRA ENIERPRISE", "PETRA ENTERPRISE"),
        ("Distribuidara do Sul Ltda", "Distribuidora do Sul Ltda"),
        ("KEDAI ENTERPRISES", "KEDAI ENTERPRISES"),
        ("Societe Lumiris", "Societe Lumiris"),
        ("Serwices Bremer", "Services Bremer"),
        ("Hardwick Stationers", "Hardwick Stationers"),
    ],
)
def test_usual_words_of_names_off_scans_are_spelled_right(read: str, name: str) -> None:
    assert without_slips(read) == name


def test_a_company_in_the_line_beneath_a_brand_is_the_seller() -> None:
    page = lay_words(((40, "SANVALE"),), ((40, "COMPANHIA DE SANEAMENTO DO RIO"),))
    places = Places(lay_out(page), (), load_lexicon())
    brand = PartyFound(name="SANVALE", name_box=page.words[0].box, page=1, rule="letterhead", score=0.6)
    assert with_full_name([places], brand).name == "COMPANHIA DE SANEAMENTO DO RIO"


def test_the_body_that_a_person_writes_for_is_the_buyer() -> None:
    rows: tuple[Cells, ...] = (
        ((50, "Example Rentals Ltd"), (350, "INVOICE"), (450, "INV-0092")),
        ((50, "88 Harbor Street, Leeds LS1 1AA"), (350, "Date: 3 May 2026")),
        ((50, "BILL TO:"),),
        ((50, "Margaret Sample"),),
        ((50, "Placeholder Charity Trust"),),
        ((50, "15 Elm Court, Leeds LS2 2BB"),),
        ((350, "Total due"), (480, "£120.00")),
    )
    (invoice,) = parse_document(document(lay_words(*rows)))
    assert invoice.buyer is not None
    assert invoice.buyer.name == "Placeholder Charity Trust"


def test_a_legal_form_in_the_second_line_ends_the_name_before() -> None:
    rows: tuple[Cells, ...] = (
        ((50, "Sprzedawca"), (300, "Nabywca")),
        ((50, "Gazownia Wzorcowa Obrót"), (300, "Jan Przykładowy")),
        ((50, "Detaliczny sp. z o.o."), (300, "ul. Polna 4, 00-001 Warszawa")),
        ((50, "ul. Leśna 7, 00-002 Warszawa"),),
        ((50, "Faktura VAT nr FV/12/2026"), (300, "Data wystawienia: 10.02.2026")),
        ((50, "Do zapłaty"), (300, "123,00 zł")),
    )
    (invoice,) = parse_document(document(lay_words(*rows)))
    assert invoice.seller is not None
    assert invoice.seller.name == "Gazownia Wzorcowa Obrót Detaliczny sp. z o.o."


def test_the_title_of_a_paper_beside_a_heading_names_nobody() -> None:
    rows: tuple[Cells, ...] = (
        ((50, "I tuoi dati"), (300, "Bolletta per la fornitura di energia elettrica")),
        ((50, "Codice cliente 90601593"), (300, "Numero fattura 2025/4658593")),
        ((50, "Totale da pagare"), (300, "103,84 €")),
    )
    (invoice,) = parse_document(document(lay_words(*rows)))
    assert invoice.buyer is None or invoice.buyer.name is None


def window(*lines: str) -> Invoice:
    """A bill that begins with the lines of a window, has totals that close, and names its seller at the foot."""
    rows: list[Cells] = [
        *[((50.0, line),) for line in lines],
        (),
        ((50, "Faktura VAT nr FV/12/2026"), (300, "Data wystawienia: 10.02.2026")),
        ((300, "Razem netto"), (450, "100,00 zł")),
        ((300, "VAT 23%"), (450, "23,00 zł")),
        ((300, "Razem brutto"), (450, "123,00 zł")),
        ((50, "Sprzedawca: Przykładowa Energia S.A., ul. Leśna 7, 00-002 Warszawa, NIP 5260250274"),),
    ]
    return parse_document(document(lay_words(*rows)))[0]


def test_an_addressee_with_a_tax_id_that_closes_is_sure() -> None:
    told = window("Zielona Łąka", "ul. Polna 4", "NIP 5252248481")
    open_ = window("Zielona Łąka", "ul. Polna 4", "NIP 5252248480")
    assert told.buyer is not None
    assert open_.buyer is not None
    assert told.buyer.name == open_.buyer.name == "Zielona Łąka"
    assert not [reason for reason in told.review_reasons if "buyer.name" in reason]
    assert [reason for reason in open_.review_reasons if "buyer.name" in reason]


def test_the_core_of_a_british_supply_number_is_the_point() -> None:
    rows: tuple[Cells, ...] = (
        ((50, "Example Energy Limited"), (350, "Electricity bill number: 2415165")),
        ((50, "1 Sample Street, London N1 1AA, VAT Reg No GB980780684"),),
        ((50, "Supply number S 01 801 100 MPAN: 1941901114783"),),
        ((50, "Electricity used 803 kWh"), (450, "£199.63")),
        ((300, "Please pay"), (450, "£199.63")),
    )
    (invoice,) = parse_document(document(lay_words(*rows)))
    assert invoice.metering_point is not None
    assert invoice.metering_point.id == "1941901114783"


@pytest.mark.parametrize(
    ("name", "odd"),
    [
        ("Antykwariat Rębacz i Syn SJJ.", True),
        ("Antykwariat Rębacz i Syn S.J.", False),
        ("Wierzba Meble S.A.", False),
        ("Beispiel AG", False),
        ("POPULAR BOOKS CO", False),
        ("Jan Przykładowy", False),
    ],
)
def test_a_scanned_name_that_ends_in_no_known_form_is_doubtful(name: str, odd: bool) -> None:
    assert ends_oddly(name) is odd

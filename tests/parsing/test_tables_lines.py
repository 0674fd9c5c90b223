"""Line items from invented layouts: headers, wrapping, sections, sums, corrections, receipts, bills."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.pages import DocumentText, Page
from pipelines.parsing.tables import TableContext, TableResult, Total, read_tables
from tests.parsing.laid_words import print_text


def read(text: str, **context: str) -> TableResult:
    return read_tables(print_text(text), TableContext(**context))  # type: ignore[arg-type]


def nets(result: TableResult) -> list[str]:
    return [str(line.net) for line in result.lines]


POLISH = """
Lp.  Nazwa towaru lub usługi            Jm    Ilość   Cena netto   Wartość netto   VAT %   Kwota VAT   Wartość brutto
1.   Usługa konserwacji serwera         szt       1     1 500,00        1 500,00     23%      345,00         1 845,00
     za miesiąc luty, umowa 12/2024
2.   Licencja oprogramowania            szt       3       249,99          749,97     23%      172,49           922,46
3.   Książka "Sieci"                    szt       2        40,00           80,00      5%        4,00            84,00
                                                   Razem:           2 329,97              521,49         2 851,46
                                                   W tym:           2 249,97     23%      517,49         2 767,46
                                                                       80,00      5%        4,00            84,00
Do zapłaty:   2 851,46 PLN
"""


def test_polish_vat_lines_close_with_the_net_total_and_carry_every_column() -> None:
    result = read(POLISH, country="PL")
    assert result.closed
    assert result.closes_with is not None
    assert (result.closes_with.kind, result.closes_with.value) == ("net", Decimal("2329.97"))
    assert nets(result) == ["1500.00", "749.97", "80.00"]
    second = result.lines[1]
    assert (second.quantity, second.unit, second.unit_price) == (3, "pcs", Decimal("249.99"))
    assert (second.tax_rate, second.tax, second.gross) == (23, Decimal("172.49"), Decimal("922.46"))


def test_wrapped_description_belongs_to_the_line_above_it() -> None:
    first = read(POLISH).lines[0].description or ""
    assert first.startswith("Usługa konserwacji serwera")
    assert "umowa 12/2024" in first


def test_evidence_stands_beside_every_line_and_lies_on_its_row() -> None:
    result = read(POLISH)
    assert len(result.line_evidence) == len(result.lines)
    tops = [evidence.box[1] for evidence in result.line_evidence if evidence.box]
    assert tops == sorted(tops)
    assert {"lines"} <= set(result.evidence)


def test_amount_that_breaks_every_sum_gives_no_lines() -> None:
    text = POLISH.replace("1 500,00          ", "1 400,00          ").replace("1 845,00", "1 722,00")
    result = read(text.replace("1 500,00        1 500,00", "1 500,00        1 400,00"))
    assert not result.closed
    assert result.lines == ()
    assert result.lines_seen


def test_line_whose_net_and_tax_are_not_its_gross_is_not_closed() -> None:
    result = read(POLISH.replace("1 500,00        1 500,00", "1 500,00        1 400,00"))
    assert not result.closed
    assert [check.name for check in result.checks if not check.passed] == ["net_tax_gross_of_lines"]


def test_subtotals_and_carry_overs_of_a_table_over_two_headers_are_left_out() -> None:
    result = read("""
Pos.  Bezeichnung                     Menge     Einzelpreis    Gesamtpreis EUR
1     Schrauben M8                      100            0,12          12,00
2     Muttern M8                        100            0,08           8,00
                                        Übertrag                     20,00
\f
Pos.  Bezeichnung                     Menge     Einzelpreis    Gesamtpreis EUR
                                        Übertrag                     20,00
3     Scheiben                          200            0,05          10,00
                                        Summe netto                  30,00
                                        19% USt                       5,70
                                        Rechnungsbetrag              35,70
""")
    assert result.closed
    assert nets(result) == ["12.00", "8.00", "10.00"]


def test_table_goes_on_over_a_page_without_a_header_of_its_own() -> None:
    result = read("""
Description            Qty     Price      Total
Item alpha               1     10.00      10.00
Item beta                2      5.00      10.00
\fItem delta               3      4.00      12.00
                             Subtotal     32.00
                             VAT 20%       6.40
                             Total        38.40
""")
    assert result.closed
    assert nets(result) == ["10.00", "10.00", "12.00"]


def test_description_above_its_amounts_is_found() -> None:
    result = read(
        """
Opis                          J.m.    Ilość    Cena      Należność netto
Składnik zmienny stawki
                              kWh      100     0,2500        25,00
Składnik stały stawki
                              kW/mc     12     2,0000        24,00
Razem netto                                                  49,00
VAT 23%                                                      11,27
Razem brutto                                                 60,27
""",
        country="PL",
    )
    assert [line.description for line in result.lines] == ["Składnik zmienny stawki", "Składnik stały stawki"]


def test_words_beside_a_lines_price_are_its_own_where_its_amount_stands_beneath() -> None:
    result = read(
        """
Pos  Beschreibung                Nettopreis     Menge     Nettobetrag
1    Haftpflicht Klasse 18         80,0000          1
     Regio 9                                                   80,00
     laut Tarif 2018
2    Vollkasko Klasse 21          140,0000          1
                                                              140,00
Rechnungssumme ohne USt.                                      220,00
""",
        country="DE",
    )
    assert [line.description for line in result.lines] == [
        "Haftpflicht Klasse 18 Regio 9 laut Tarif 2018", "Vollkasko Klasse 21"]  # fmt: skip


def test_tables_with_a_sum_each_are_all_lines_of_the_total() -> None:
    head = "Pozycja             J.m.   Ilość   Cena zł    Netto zł   VAT\n"
    result = read(
        f"""
Apteka nr 1 zużycie 100 kWh
{head}Energia czynna      kWh      100    0,5000       50,00    23
Opłata handlowa     m-c        1   10,0000       10,00    23
Razem punkt poboru                               60,00
Apteka nr 2                 licznik 7264         871
{head}Energia czynna      kWh      200    0,5000      100,00    23
Opłata handlowa     m-c        1   10,0000       10,00    23
Razem punkt poboru                              110,00

Razem netto                                     170,00
""",
        country="PL",
    )
    assert result.closes_with is not None
    assert (result.closes_with.value, len(result.lines)) == (Decimal("170.00"), 4)


def test_percent_discount_closes_quantity_times_price() -> None:
    result = read("""
Item #   Description          Qty   Unit Price   Discount   Total
A-100    Desk lamp              2       $24.00      10%     $43.20
B-220    USB cable 2m           5        $6.50       0%     $32.50
                              Subtotal                      $75.70
                              Shipping & Handling            $9.30
                              Sales Tax (8.25%)              $6.25
                              Grand Total                   $91.25
""")
    assert result.closed
    assert nets(result) == ["43.20", "32.50"]


def test_document_charges_between_lines_and_net_total_are_named_in_a_check() -> None:
    result = read("""
Description            Qty     Price      Amount
Chair                    2     40.00       80.00
Table                    1    120.00      120.00
Delivery                                   15.00
Total excl. VAT                           215.00
VAT 20%                                    43.00
Total incl. VAT                           258.00
""")
    assert result.closed
    assert "80.00" in nets(result)
    assert sum(Decimal(value) for value in nets(result)) in (Decimal("200.00"), Decimal("215.00"))


def test_receipt_without_header_gives_its_rows_and_not_its_cash() -> None:
    result = read("""
        CORNER SHOP LTD
Milk 2L
   2 x 1.45               2.90
Bread wholemeal           1.35
Apples 0.850 kg x 2.20    1.87
Cheddar                   4.15
SUBTOTAL                 10.27
TOTAL                    10.27
CASH                     20.00
CHANGE                    9.73
""")
    assert result.closed
    assert sorted(str(line.gross or line.net) for line in result.lines) == ["1.35", "1.87", "2.90", "4.15"]


def test_gross_lines_close_with_the_gross_total() -> None:
    result = read(
        """
Lp  Nazwa                      Ilość   Cena brutto   Wartość brutto   VAT
1   Kawa ziarnista 1kg           2        59,90          119,80       23%
2   Filtry                       1        12,50           12,50       23%
                               Razem brutto              132,30
                               w tym VAT                  24,74
""",
        country="PL",
    )
    assert result.closes_with is not None
    assert result.closes_with.kind == "gross"
    assert [str(line.gross) for line in result.lines] == ["119.80", "12.50"]
    assert all(line.net is None for line in result.lines)


CORRECTION = """
FAKTURA KORYGUJĄCA nr 5/2025
Przed korektą
Lp.  Nazwa                Jm    Ilość   Cena netto   Wartość netto   VAT %   Kwota VAT   Wartość brutto
1    Energia czynna       kWh     500       0,5000          250,00     23%       57,50          307,50
2    Opłata handlowa      m-c       1      10,0000           10,00     23%        2,30           12,30
Po korekcie
Lp.  Nazwa                Jm    Ilość   Cena netto   Wartość netto   VAT %   Kwota VAT   Wartość brutto
1    Energia czynna       kWh     420       0,5000          210,00     23%       48,30          258,30
2    Opłata handlowa      m-c       1      10,0000           10,00     23%        2,30           12,30
Razem korekta netto:    -40,00
Razem korekta VAT:       -9,20
Razem korekta brutto:   -49,20
"""


def test_correction_keeps_rows_before_and_after_and_closes_with_the_difference() -> None:
    result = read(CORRECTION, country="PL")
    assert result.closed
    assert result.closes_with is not None
    assert result.closes_with.value == Decimal("-40.00")
    assert [(str(line.net), line.before_correction) for line in result.lines] == [
        ("250.00", True),
        ("10.00", True),
        ("210.00", False),
        ("10.00", False),
    ]


BRAZILIAN = """
Itens de Fatura          Unid.  Quant.    Preço unit (R$)  Valor (R$)  PIS/    Base Calc   Alíquota  ICMS    Tarifa
                                          com tributos                 COFINS  ICMS (R$)   ICMS (%)  (R$)    unit (R$)
Consumo-TUSD             kWh    250,00       0,48210000      120,53    5,10      120,53      18,00   21,70  0,37390000
Consumo-TE               kWh    250,00       0,39480000       98,70    4,20       98,70      18,00   17,77  0,30620000
Adicional Band. Amarela                                        4,12    0,17        4,12      18,00    0,74
Energia Inj. TUSD GD I   kWh    100,00-      0,37390000       37,39-   0,00        0,00       0,00    0,00  0,37390000
Energia Inj. TE GD I     kWh    100,00-      0,30620000       30,62-   0,00        0,00       0,00    0,00  0,30620000
Contribuição Ilum. Pública                                    18,75
Multa 2% ref. 10/2025                                          3,21
Juros de mora                                                  0,44
TOTAL                                                        177,74
"""


def test_brazilian_lines_hold_credits_lighting_and_fines_as_gross() -> None:
    result = read(BRAZILIAN, country="BR")
    assert result.closed
    gross = [str(line.gross) for line in result.lines]
    assert gross == ["120.53", "98.70", "4.12", "-37.39", "-30.62", "18.75", "3.21", "0.44"]
    assert all(line.net is None for line in result.lines)


def test_unit_in_parentheses_after_the_name_is_the_line_unit() -> None:
    result = read(
        """
Itens de Fatura                 Quant.      Preço Unit.    Valor(R$)
Consumo Ponta (kWh)             100,00        0,500000        50,00
Demanda Ativa (kW)               20,00       10,000000       200,00
Contrib Ilum Pub                                              12,00
TOTAL                                                        262,00
""",
        country="BR",
    )
    assert [(line.description, line.unit) for line in result.lines][:2] == [
        ("Consumo Ponta", "kWh"),
        ("Demanda Ativa", "kW"),
    ]


@pytest.mark.parametrize(
    ("header", "foot"),
    [
        ("Désignation                         Qté    P.U. HT    TVA     Montant HT", "Total HT"),
        ("Concepto                       Cantidad    Precio     IVA     Importe   ", "Base imponible"),
        ("Descrizione                        Q.tà    Prezzo     IVA     Importo   ", "Totale imponibile"),
        ("Omschrijving                     Aantal    Prijs      BTW     Bedrag    ", "Totaal excl. BTW"),
        ("Bezeichnung                       Menge    Preis     MwSt     Betrag    ", "Nettobetrag"),
        ("Description                         Qty    Price      VAT     Amount    ", "Net total"),
    ],
)
def test_headers_of_six_languages_are_understood(header: str, foot: str) -> None:
    result = read(f"""
{header}
First item                           2     49,00     20 %        98,00
Second item                          3      9,90     20 %        29,70
{foot}                                          127,70
""")
    assert result.closed
    assert nets(result) == ["98.00", "29.70"]
    assert [line.quantity for line in result.lines] == [2, 3]


def test_the_callers_total_decides_where_the_page_names_none() -> None:
    text = """
Description            Qty     Price      Amount
Chair                    2     40.00       80.00
Table                    1    120.00      120.00
"""
    open_ = read(text)
    assert not open_.closed
    context = TableContext(totals=(Total("net", Decimal("200.00")),))
    assert read_tables(print_text(text), context).closed


def test_rows_that_prove_themselves_are_given_but_stay_open() -> None:
    result = read("""
Description            Qty     Price      Amount
Chair                    2     40.00       80.00
Table                    3    120.00      360.00
""")
    assert nets(result) == ["80.00", "360.00"]
    assert not result.closed


def test_a_tax_table_is_no_table_of_lines_and_its_rows_are_proven() -> None:
    result = read("""
Stawka podatku     Kwota netto     Kwota podatku     Kwota brutto
23%                   1 666,66            383,33         2 049,99
5%                        0,95              0,05             1,00
""")
    assert result.lines == ()
    assert [(str(t.rate), str(t.base), str(t.amount)) for t in result.tax_breakdown] == [
        ("23", "1666.66", "383.33"),
        ("5", "0.95", "0.05"),
    ]


def test_a_letter_gives_nothing() -> None:
    result = read("""
Dear customer,
thank you for your call of 12.03.2025. Our offices are open from 8.00 to 16.00.
Please quote 12345 in your answer.
""")
    assert (result.lines, result.closed, result.lines_seen, result.energy) == ((), False, False, ())


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.from_regex(r"[a-zA-Z]{1,9}|\d{1,4}[.,]\d{2}|\d{1,6}|\d{1,2}%", fullmatch=True), max_size=7),
        max_size=25,
    )
)
def test_noise_never_closes_with_lines_that_do_not_sum(rows: list[list[str]]) -> None:
    result = read("\n".join("   ".join(row) for row in rows))
    if result.closed:
        assert result.closes_with is not None
        total = sum((line.net if line.net is not None else line.gross or Decimal(0)) for line in result.lines)
        assert abs(total - result.closes_with.value) <= Decimal("0.02") or result.checks[0].name.startswith("lines_and")
    else:
        assert all(line.quantity is not None for line in result.lines)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 99), st.decimals("0.01", "999.99", places=2)), min_size=1, max_size=12),
    st.sampled_from([",", "."]),
)
def test_drawn_lines_are_read_back_to_the_cent(items: list[tuple[int, Decimal]], mark: str) -> None:
    def shown(value: Decimal) -> str:
        return f"{value:.2f}".replace(".", mark)

    rows = [f"Article {'abcdefghijkl'[i]:<22}{q:>8}{shown(p):>14}{shown(q * p):>16}" for i, (q, p) in enumerate(items)]
    net = sum((q * p for q, p in items), Decimal(0))
    tax = (net / 10).quantize(Decimal("0.01"))
    header = "Description".ljust(30) + "Qty".rjust(8) + "Unit price".rjust(14) + "Net amount".rjust(16)
    foot = ["Net total".ljust(52) + shown(net).rjust(16), "VAT 10%".ljust(52) + shown(tax).rjust(16)]
    result = read("\n".join([header, *rows, *foot]))
    assert result.closed
    assert [line.net for line in result.lines] == [q * p for q, p in items]


def test_a_charge_beneath_the_subtotal_is_no_line() -> None:
    result = read("""
Omschrijving                Aantal      Prijs        Bedrag
Fietsband 28 inch                2      24,95         49,90
Montage                          1      15,00         15,00
Subtotaal                                             64,90
Verzendkosten                                          5,00
Totaal excl. BTW                                      69,90
BTW 21%                                               14,68
Totaal                                                84,58
""")
    assert result.closed
    assert nets(result) == ["49.90", "15.00"]


def test_plain_sums_of_sections_give_way_to_the_lines_behind_them() -> None:
    result = read(
        """
Nazwa                                  Wartość netto
Sprzedaż energii                               60,00
Usługi dystrybucji                             40,00
Razem netto                                   100,00
VAT 23%                                        23,00
Do zapłaty                                    123,00
Opis                     Jm     Ilość    Cena netto    Wartość netto
Energia czynna           kWh      120        0,5000            60,00
Opłata sieciowa          kWh      120        0,2500            30,00
Opłata abonamentowa      m-c        2        5,0000            10,00
Razem                                                         100,00
""",
        country="PL",
    )
    assert result.closed
    assert nets(result) == ["60.00", "30.00", "10.00"]


def test_lost_decimal_mark_of_a_scan_is_mended_by_quantity_price_and_total() -> None:
    text = """
Description            Qty     Price      Amount
Chair                    2     40.00        8000
Table                    1    120.00      120.00
Total excl. VAT                           200.00
VAT 20%                                    40.00
"""
    typed = read(text)
    assert not typed.closed
    (page,) = print_text(text).pages
    scanned = Page(
        1, page.width, page.height, "ocr", tuple(w._replace(source="ocr", confidence=0.9) for w in page.words)
    )
    result = read_tables(DocumentText((scanned,)), TableContext())
    assert result.closed
    assert nets(result) == ["80.00", "120.00"]

"""Meter readings and kWh: proofs, zones, export, and energy that is never counted twice."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pipelines.parsing import parse_document
from pipelines.parsing.tables import EnergyAmount, TableContext, TableResult, read_tables
from tests.parsing.laid_words import print_text


def read(text: str, country: str | None = None) -> TableResult:
    return read_tables(print_text(text), TableContext(country=country))


def best(result: TableResult, kind: str) -> EnergyAmount | None:
    return next((amount for amount in result.energy if amount.kind == kind), None)


def kwh(result: TableResult, kind: str = "consumption") -> Decimal | None:
    amount = best(result, kind)
    return amount.kwh if amount else None


METERS = """
Odczyty licznika nr 93021455
Strefa       Wskazanie poprzednie   Wskazanie bieżące   Mnożna   Zużycie kWh
dzienna                  12 345             12 465           1          120
nocna                    20 100             20 310           1          210
"""
SALE = """
Opis                              Jm     Ilość     Cena jedn.    Wartość    Stawka   Kwota    Wartość
                                                   netto [zł]    netto [zł] VAT [%]  VAT      brutto [zł]
Energia czynna strefa dzienna     kWh      120      0,6213          74,56      23     17,15      91,71
Energia czynna strefa nocna       kWh      210      0,4100          86,10      23     19,80     105,90
Opłata handlowa                   m-c        1      12,00           12,00      23      2,76      14,76
Razem sprzedaż                                                     172,66             39,71     212,37
"""
NETWORK = """
Opis                              Jm     Ilość     Cena jedn.    Wartość    Stawka   Kwota    Wartość
                                                   netto [zł]    netto [zł] VAT [%]  VAT      brutto [zł]
Opłata sieciowa zmienna dzienna   kWh      120      0,3000          36,00      23      8,28      44,28
Opłata sieciowa zmienna nocna     kWh      210      0,1000          21,00      23      4,83      25,83
Opłata jakościowa                 kWh      330      0,0320          10,56      23      2,43      12,99
Razem dystrybucja                                                   67,56             15,54      83,10
"""
SUMS = """
Razem                                                              240,22             55,25     295,47
Do zapłaty: 295,47 zł
"""


def test_zones_are_added_and_distribution_repeats_nothing() -> None:
    result = read(SALE + NETWORK + SUMS + METERS, "PL")
    amount = best(result, "consumption")
    assert amount is not None
    assert (amount.kwh, amount.proven) == (330, True)
    assert {check.name for check in amount.checks} >= {"kwh_lines_and_readings"}
    assert result.closed
    assert len(result.lines) == 6


def test_a_distribution_invoice_alone_counts_its_energy_once() -> None:
    foot = "Razem netto   67,56\nVAT   15,54\nRazem brutto   83,10\n"
    assert kwh(read(NETWORK + foot, "PL")) == 330


def test_readings_carry_meter_zone_and_multiplier() -> None:
    readings = read(METERS, "PL").readings
    assert [(r.zone, r.previous, r.current, r.multiplier, r.kwh) for r in readings] == [
        ("dzienna", 12345, 12465, 1, 120),
        ("nocna", 20100, 20310, 1, 210),
    ]
    assert {r.meter_number for r in readings} == {"93021455"}


def test_a_reading_whose_difference_is_not_its_kwh_is_not_given() -> None:
    assert (
        read(METERS.replace("12 465           1          120", "12 475           1          120")).readings[0].zone
        == "nocna"
    )


def test_transformer_ratio_multiplies_the_difference() -> None:
    result = read(
        """
Medidor      Grandeza       Leitura Anterior   Leitura Atual   Constante   Consumo kWh
1122334455   Energia Ativa               378             438          40         2.400
""",
        "BR",
    )
    assert result.readings[0].kwh == 2400
    assert result.readings[0].meter_number == "1122334455"


BRAZILIAN = """
Itens de Fatura            Unid.   Quant.     Preço unit (R$)   Valor (R$)
Consumo-TUSD               kWh     250,00        0,48210000       120,53
Consumo-TE                 kWh     250,00        0,39480000        98,70
Energia Inj. TUSD GD I     kWh     100,00-       0,37390000        37,39-
Contribuição Ilum. Pública                                         18,75
TOTAL                                                             200,59
Medidor      Grandezas         Postos      Leitura    Leitura   Const.    Consumo
                               Tarifários  Anterior   Atual     Medidor   kWh
1122334455   Energia Ativa     Único        10.234     10.484       1        250
1122334455   Energia Injetada  Único         4.100      4.200       1        100
"""


def test_te_and_tusd_price_the_same_energy() -> None:
    result = read(BRAZILIAN, "BR")
    assert kwh(result) == 250
    assert kwh(result, "export") == 100
    assert kwh(result, "compensated") == 100


def test_energy_and_scee_add_up_and_compensated_energy_stands_apart() -> None:
    result = read(
        """
Itens da Fatura            Unid.   Quant.     Preço Unit        Valor (R$)
Energia Elétrica           kWh         50     0,86613683            43,31
Energia SCEE s/ ICMS       kWh      1.007     0,64802788           652,56
Energia compensada GD I    kWh      1.007     0,61569129          -620,00
Contrib Ilum Publica                                                49,43
TOTAL                                                              125,30
""",
        "BR",
    )
    assert (kwh(result), kwh(result, "compensated")) == (1057, 1007)


def test_german_reading_line_and_statement_are_three_witnesses() -> None:
    result = read("""
Ihr Verbrauch: 3.500 kWh
Zählernummer  Zeitraum                  Zählerstand alt   Zählerstand neu   Faktor   Verbrauch kWh
1EMH0012345   01.01.24 - 31.12.24             23.456            26.956         1          3.500
Position                    Menge          Preis               Betrag
Arbeitspreis                3.500 kWh      0,2850              997,50 EUR
Stromsteuer                 3.500 kWh      0,0205               71,75 EUR
Nettobetrag                                                  1.069,25 EUR
""")
    amount = best(result, "consumption")
    assert amount is not None
    assert (amount.kwh, amount.proven) == (3500, True)
    assert len(amount.checks) == 2


def test_last_years_figure_is_not_this_bills_consumption() -> None:
    assert kwh(read("Zużycie energii w analogicznym okresie poprzedniego roku: 118 kWh")) is None
    assert kwh(read("Zużycie energii: 211 kWh")) == 211


def test_a_forecast_is_told_apart_and_never_added_to_a_settlement() -> None:
    header = "Opis                              Jm     Ilość     Cena netto    Wartość netto\n"
    forecast = "Energia czynna - prognoza         kWh      400       0,5000         200,00\n"
    settled = "Energia czynna                    kWh      300       0,5000         150,00\n"
    alone = read(header + forecast + "Razem netto    200,00\n", "PL")
    assert kwh(alone, "forecast") == 400
    both = read(header + settled + forecast + "Razem netto    350,00\n", "PL")
    assert (kwh(both), kwh(both, "forecast")) == (300, 400)


def test_reactive_energy_and_demand_are_no_consumption() -> None:
    result = read(
        """
Medidor      Grandeza              Leitura Anterior   Leitura Atual   Constante   Consumo
36050001     Consumo Ativo Ponta            258.441         266.096      0,7200     5.511,60 kWh
36050001     Demanda Ativa Ponta                  0              60      2,8800       172,80 kW
36050001     Consumo Reativo Exced              844             848      0,7200         2,88 kVArh
""",
        "BR",
    )
    assert kwh(result) == Decimal("5511.60")
    assert [r.kwh for r in result.readings] == [Decimal("5511.60"), None, None]


def test_two_witnesses_that_contradict_and_prove_nothing_give_no_figure() -> None:
    result = read(
        """
Opis                              Jm     Ilość     Cena netto    Wartość netto
Energia czynna                    kWh      300       0,5000         151,00
Licznik      Wskazanie poprzednie   Wskazanie bieżące   Mnożna
93021455                 1 000              1 420           1
""",
        "PL",
    )
    amount = best(result, "consumption")
    assert amount is None or not amount.proven


def test_megawatt_hours_below_two_are_no_price() -> None:
    result = read(
        """
Položka                  Množství     Jedn. cena Kč   Cena bez DPH Kč
Elektřina vysoký tarif   0,742 MWh         3 190,00          2 366,98
Elektřina nízký tarif    1,918 MWh         2 780,00          5 332,04
Celkem bez DPH                                               7 699,02
""",
        "CZ",
    )
    assert kwh(result) == 2660


def test_days_of_readings_are_read_in_the_documents_order() -> None:
    text = """
Meter No.   Type    From         To           Previous   Present   Const.   Usage
L8324527    kWh     12/11/2024   01/10/2025      42107     43045        1     938
"""
    american = read_tables(print_text(text), TableContext(country="US", order="mdy")).readings
    assert [(r.date_from, r.date_to) for r in american] == [(date(2024, 12, 11), date(2025, 1, 10))]
    unknown = read_tables(print_text(text), TableContext()).readings
    assert [(r.date_from, r.date_to) for r in unknown] == [(None, None)]


def test_the_period_is_that_of_the_readings_where_nothing_else_states_one() -> None:
    (invoice,) = parse_document(
        print_text(
            """
Wzorcowa Energia S.A.           Faktura VAT nr FV/3/2026
                                Data wystawienia: 17-03-2026
Licznik    Strefa     Data od      Data do      Poprzednie   Bieżące   Mnożna   Zużycie kWh
42956809   dzienna    11-01-2026   10-03-2026        4 118     4 332        1           214
42956809   nocna      11-01-2026   10-03-2026        6 904     7 235        1           331
Do zapłaty: 573,62 zł
"""
        )
    )
    assert (invoice.period_start, invoice.period_end) == (date(2026, 1, 11), date(2026, 3, 10))


def test_energy_of_a_bill_of_water_and_electricity_is_kept() -> None:
    (invoice,) = parse_document(
        print_text(
            """
Stadtwerke Beispielstadt GmbH     Rechnungsnummer 2026/7754180
Jahresabrechnung für Strom und Trinkwasser         Rechnungsdatum 27.01.2026
Trinkwasser, Schmutzwasser: Wasserverbrauch 92 m³, Wasserpreis je m³, Wassergebühr
Strom: Zähler 7252431166
von          bis          Stand alt   Stand neu   Verbrauch
01.01.2025   31.12.2025    41.207,0    43.587,0   2.380 kWh
Gesamtbetrag   1.517,83 EUR
"""
        )
    )
    assert invoice.consumption_kwh == 2380

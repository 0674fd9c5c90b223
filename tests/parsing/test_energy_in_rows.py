"""Energy that zones over one another and readings printed newest first state."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pipelines.parsing.tables import TableContext, TableResult, read_tables
from tests.parsing.laid_words import print_text

D = Decimal


def read(text: str, country: str | None = None) -> TableResult:
    return read_tables(print_text(text), TableContext(country=country))


def consumption(text: str, country: str | None = None) -> Decimal | None:
    return next((a.kwh for a in read(text, country).energy if a.kind == "consumption"), None)


ZONES = """
Totale imponibile            131,92 €     Consumi fatturati
IVA 10%                       13,19 €     F1         118 kWh
Totale bolletta              145,11 €     F2         104 kWh
Canone                        18,00 €     F3         139 kWh
Totale                       163,11 €     Totale     {} kWh
"""


def test_zones_over_one_another_prove_their_printed_sum() -> None:
    (amount,) = [a for a in read(ZONES.format(361)).energy if a.kind == "consumption"]
    assert (amount.kwh, amount.proven) == (D(361), True)


def test_zones_that_do_not_sum_give_nothing() -> None:
    assert consumption(ZONES.format(371)) is None


def test_a_column_of_kwh_under_a_head_is_summed_whatever_stands_in_its_rows() -> None:
    text = """
    Grandeza                            Registrado
    Energia ativa ponta (kWh)                2.310
    Energia ativa fora ponta (kWh)          21.875
    Energia ativa total (kWh)               24.185
    """
    assert consumption(text, "BR") == D(24185)


@pytest.mark.parametrize("factor", ["10,3000", "7,3000"])
def test_readings_printed_newest_first_give_the_kwh_of_their_equation(factor: str) -> None:
    used = D(factor.replace(",", "."))
    before, kwh = f"{D('88.24') - used}".replace(".", ","), int(used * 400)
    text = f"""
    Taryfa: B23   Moc umowna: 90 kW
    Licznik     Strefa   Wsk. bieżące   Wsk. poprzednie   Różnica   Mnożna   Energia czynna [kWh]
    00347465    1             88,2400        {before:>9}00   {factor:>7}      400                   {kwh}
    """
    assert consumption(text) == D(kwh)


def test_consumption_that_no_credit_meets_is_not_called_compensated() -> None:
    text = """
    Itens de fatura              Unid.   Quant.      Preço unit.    Valor (R$)
    CONSUMO NÃO COMPENSADO       kWh       100,00       1,047713        104,77
    CONSUMO SCEE                 kWh     1.840,00       0,998201      1.836,69
    INJEÇÃO SCEE                 kWh     1.712,00       0,998201     -1.708,92
    TOTAL                                                               232,54
    """
    result = read(text, "BR")
    found = {a.kind: a.kwh for a in result.energy}
    assert (found["consumption"], found["compensated"]) == (D(1940), D(1712))


def test_proven_lines_and_proven_meters_that_differ_give_no_figure() -> None:
    text = """
    Odczyt                Wskazanie poprzednie    Wskazanie bieżące     Mnożna      Zużycie kWh
    całodobowa                           4 210                4 672          1              462

    Opis                    Jm      Ilość    Cena netto [zł]    Wartość netto [zł]
    Energia czynna          kWh        50             0,9000                 45,00
    Opłata handlowa         m-c         1            10,0000                 10,00
    Razem netto                                                              55,00
    """
    assert consumption(text) is None


CORRECTION = """
                Nazwa                   Ilość      Jm      Cena netto      Wartość netto      VAT
przed korektą   Energia czynna           2 905     kWh        0,62800           1 824,34      23%
                Opłata handlowa              2     szt.      25,00000              50,00      23%
po korekcie     Energia czynna           3 361     kWh        0,62800           2 110,71      23%
                Opłata handlowa              2     szt.      25,00000              50,00      23%
korekta         Energia czynna             456     kWh        0,62800             286,37      23%
                Opłata handlowa              0     szt.      25,00000               0,00      23%
Kwota korekty netto                                                               286,37
"""


def test_a_group_of_a_correction_holds_for_all_its_rows_and_energy_counts_once() -> None:
    result = read(CORRECTION)
    assert [bool(line.before_correction) for line in result.lines] == [True, True, False, False]
    assert next(a.kwh for a in result.energy if a.kind == "consumption") == D(3361)

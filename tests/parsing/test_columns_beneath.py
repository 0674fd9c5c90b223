"""Wide tables whose last columns are printed beneath them, with the positions once more."""

from __future__ import annotations

from decimal import Decimal

from pipelines.parsing.tables import TableContext, TableResult, read_tables
from tests.parsing.laid_words import print_text

ROWS = """
Lp.  Nazwa towaru lub usługi     Cena jedn. netto   Ilość   Miara   Stawka podatku   Wartość sprzedaży netto

1    Pompa obiegowa                        400,00       2    szt.        23%                          800,00
1    Pompa obiegowa                        400,00       3    szt.        23%                        1 200,00
2    Zawór kulowy                           50,00       4    szt.        23%                          200,00
2    Zawór kulowy                           45,00       4    szt.        23%                          180,00
"""
BENEATH = """
Lp.   Kod własny      Stan przed

1     PO-77           Tak
1     PO-77
2     ZK-12           Tak
2     ZK-12

"""
FOOT = "                                                  Razem netto: 380,00\n"


def read(text: str) -> TableResult:
    return read_tables(print_text(text), TableContext(country="PL", document_type="correction"))


def test_the_column_beneath_tells_the_rows_before_from_those_after() -> None:
    result = read(ROWS + BENEATH + FOOT)
    assert [line.before_correction for line in result.lines] == [True, False, True, False]
    assert result.closed
    assert result.closes_with is not None
    assert result.closes_with.value == Decimal("380.00")


def test_rows_of_columns_beneath_are_no_words_of_the_last_line() -> None:
    assert [line.description for line in read(ROWS + BENEATH + FOOT).lines][-1] == "Zawór kulowy"


def test_a_table_beneath_with_other_positions_tells_nothing_of_the_rows_above() -> None:
    other = BENEATH.replace("2     ZK-12           Tak", "7     ZK-12           Tak")
    assert not any(line.before_correction for line in read(ROWS + other + FOOT).lines)

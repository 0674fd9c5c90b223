"""Meter readings that no table's head explains: rows and sentences that prove themselves."""

from __future__ import annotations

from decimal import Decimal

from pipelines.parsing.energy_equations import equated_registers
from pipelines.parsing.tables_grid import build_grid
from tests.parsing.laid_words import Cells, document, lay_words

D = Decimal


def energies(*rows: Cells) -> list[Decimal | None]:
    registers = equated_registers(build_grid(document(lay_words(*rows))))
    return [register.reading.kwh for register in registers]


def test_a_row_with_dates_between_its_readings_is_solved() -> None:
    assert energies(
        ((50, "Licznik"), (150, "Odczyt poprzedni"), (300, "Odczyt bieżący"), (450, "Mnożna"), (510, "kWh")),
        ((50, "56793133"), (150, "01.01.2026 3075"), (300, "31.01.2026 3095"), (450, "40"), (510, "800")),
    ) == [D(800)]


def test_a_sentence_with_both_readings_is_solved() -> None:
    assert energies(
        ((50, "Contador 485724494. Lectura anterior 55758, lectura actual 57283. Consumo: 1525 kWh."),),
    ) == [D(1525)]


def test_gas_gives_kwh_through_its_conversion_and_never_its_cubic_metres() -> None:
    rows: tuple[Cells, ...] = (
        ((50, "Nr"), (150, "Odczyt poprzedni"), (280, "Odczyt bieżący"), (400, "m3"), (450, "Wsp."), (510, "kWh")),
        ((50, "G9429975"), (150, "5033"), (280, "5514"), (400, "481"), (450, "11,311"), (510, "5441")),
    )
    assert energies(*rows) == [D(5441)]


def test_water_gives_no_energy() -> None:
    assert energies(((50, "Wodomierz: odczyt poprzedni 511, odczyt bieżący 570, zużycie 59 m3"),)) == []


def test_numbers_that_do_not_close_give_nothing() -> None:
    assert energies(((50, "Lettura precedente 5174, lettura attuale 5701, consumo 528 kWh"),)) == []

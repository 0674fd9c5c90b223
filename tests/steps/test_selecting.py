"""A scope of one supplier."""

import pytest

from pipelines.steps.selecting import is_supplier


@pytest.mark.parametrize(
    ("wanted", "tax_id", "name"),
    [
        ("PL5260250995", "5260250995", "Bursztynowa Energia"),
        ("526-025-09-95", "PL5260250995", None),
        ("11.222.333/0001-81", "11222333000181", None),
        ("bursztynowa", None, "Bursztynowa Energia Obrót"),
        ("energia obr", "5260250995", "BURSZTYNOWA ENERGIA OBRÓT"),
    ],
)
def test_a_supplier_is_known_by_its_tax_id_or_a_part_of_its_name(
    wanted: str, tax_id: str | None, name: str | None
) -> None:
    assert is_supplier(wanted, tax_id, name)


@pytest.mark.parametrize(
    ("wanted", "tax_id", "name"),
    [
        ("5260250995", "5260250996", "Bursztynowa Energia"),
        ("5260250995", None, "5260250995 in a name is no tax id"),
        ("wiatr", "5260250995", "Bursztynowa Energia"),
        ("wiatr", None, None),
        ("  ", "5260250995", "Bursztynowa Energia"),
    ],
)
def test_another_supplier_is_not_taken_for_it(wanted: str, tax_id: str | None, name: str | None) -> None:
    assert not is_supplier(wanted, tax_id, name)

"""A suggestion stands beside its field wherever a person looks."""

from pipelines.parsing.explain.explained import explain_fields
from tests.second_reader.test_grounding import UNLABELLED, pages, read


def test_suggestions_come_before_the_rules_other_candidates() -> None:
    invoice = read(pages(*UNLABELLED, ((40, "Kaucja zwrotna"), (200, "7,00 zł"))), tax_total="7,00")
    field = next(field for field in explain_fields(invoice, {}) if field.name == "tax_total")
    assert field.value == ""
    assert field.runners_up[0].text == "7,00 zł"
    assert field.runners_up[0].rule == "second reader m: nothing proves it"


def test_suggestions_are_no_fields_of_their_own() -> None:
    invoice = read(pages(*UNLABELLED), due_date="01.01.2020")
    assert all("suggestions" not in field.name for field in explain_fields(invoice, {}))

"""The benchmark's invoices can be trusted: arithmetic closes, what is called known is printed, scoring is strict."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import pypdfium2
import pytest

from tests.benchmarks.random_facts import Habits, draw_facts
from tests.benchmarks.random_invoices import as_scan, draw_one
from tests.benchmarks.random_scoring import FIELDS, Score, count_lines, given_value
from tests.benchmarks.random_wording import LABELS, LANGUAGES

PRINTED = ("invoice_number", "client_number", "metering_point", "meter_number", "seller_tax_id", "buyer_tax_id")


def _text(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return "".join("".join(page.get_textpage().get_text_bounded().split()) for page in document)


@pytest.mark.parametrize("language", LANGUAGES)
def test_arithmetic_of_random_invoices_closes(language: str) -> None:
    for seed in range(60):
        facts = draw_facts(Random(seed), language)
        lines = sum((line.amount for line in facts.lines), Decimal(0))
        lines -= sum((line.amount for line in facts.before), Decimal(0))
        assert lines == (facts.gross if facts.gross_prices else facts.net)
        assert facts.net + facts.tax == facts.gross
        if facts.energy:
            assert sum(reading.kwh for reading in facts.energy.readings) == facts.energy.kwh


def test_same_seed_draws_the_same_document() -> None:
    assert draw_one(5, 3) == draw_one(5, 3)
    assert draw_one(5, 3).pdf != draw_one(6, 3).pdf


@pytest.mark.parametrize("index", range(48))
def test_what_is_known_is_printed(index: int) -> None:
    drawn = draw_one(99, index)
    text = _text(drawn.pdf)
    for name in PRINTED:
        if name in drawn.truth:
            assert "".join(drawn.truth[name].split()) in text, name
    assert "".join(drawn.truth["seller_name"].split()) in text


def test_every_language_words_every_concept() -> None:
    optional = {"month"}  # only Brazilian bills name a month of reference
    concepts = {concept for labels in LABELS.values() for concept in labels} - optional
    for language, labels in LABELS.items():
        assert concepts <= set(labels), language
        assert all(spellings for spellings in labels.values())


def test_numbers_are_grouped_as_the_country_groups_them() -> None:
    def written(group: str, point: str, value: str, *, indian: bool = False) -> str:
        return Habits(group, point, indian, "", "en", "€", mark_before=False).number(Decimal(value))

    assert written(" ", ",", "1234567.8") == "1 234 567,80"
    assert written("'", ".", "-1234.5") == "-1'234.50"
    assert written(",", ".", "12345678.9", indian=True) == "1,23,45,678.90"
    assert written("", ",", "999") == "999,00"


def test_scan_form_has_no_text_layer() -> None:
    assert _text(as_scan(draw_one(1, 2).pdf, dpi=72)) == ""


def _perfect(truth: dict[str, object]) -> dict[str, object]:
    """A parsed invoice that is right in every field."""
    parsed: dict[str, object] = {"status": "accepted", "lines": truth["items"]}
    for name, (path, kind) in FIELDS.items():
        if name not in truth:
            continue
        value = truth[name]
        if kind == "corrects":
            value = value[0]["invoice_number"]  # type: ignore[index]
        head, _, tail = path.partition(".")
        if tail:
            parsed[head] = {**parsed.get(head, {}), tail: value}  # type: ignore[dict-item]
        else:
            parsed[head] = value
    return parsed


@pytest.mark.parametrize("index", range(16))
def test_scoring_calls_the_truth_right(index: int) -> None:
    drawn, score = draw_one(4, index), Score()
    score.add(drawn.name, drawn.truth, drawn.derivable, _perfect(drawn.truth))
    summary = score.summary()
    assert (summary["found_percent"], summary["wrong_percent"], summary["invented"]) == (100.0, 0.0, 0)
    assert (summary["lines_percent"], summary["lines_wrong"], summary["false_accepts"]) == (100.0, 0, 0)


def test_scoring_counts_a_wrong_value_and_its_false_accept() -> None:
    drawn, score = draw_one(4, 1), Score()
    parsed = _perfect(drawn.truth) | {"gross_total": "0.01"}
    score.add(drawn.name, drawn.truth, drawn.derivable, parsed)
    assert score.fields["gross_total"]["wrong"] == 1
    assert score.summary()["false_accepts"] == 1


def test_scoring_tells_codes_with_other_groups_apart() -> None:
    truth = {"language": "en", "items": [], "invoice_number": "1/12"}
    for value, right in (("1/12", 1), ("11/2", 0), ("1-12", 1)):
        score = Score()
        score.add("d", truth, {}, {"invoice_number": value})
        assert score.fields["invoice_number"]["right"] == right


def test_one_parsed_line_serves_one_true_line() -> None:
    truth = [{"net": "10.00"}, {"net": "10.00"}, {"net": "7.50", "gross": "9.23"}]
    assert count_lines(truth, [{"net": "10.00"}, {"gross": "9.23"}]) == (2, 0)
    assert count_lines(truth, [{"net": "10.00"}] * 3) == (2, 1)


def test_values_are_dug_from_nested_parts() -> None:
    assert given_value({"seller": {"tax_id": "1"}}, "seller.tax_id") == "1"
    assert given_value({"metering_point": None}, "metering_point.id") is None

"""Numbers that a scan prints twice are believed more than either reading alone."""

from __future__ import annotations

import pytest

from pipelines.pages import Page
from pipelines.parsing.second_prints import believe_second_prints
from tests.parsing.laid_words import lay_words


def confidences(page: Page) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for word in page.words:
        found.setdefault(word.text, []).append(round(word.confidence, 3))
    return found


def test_two_readings_alike_leave_the_product_of_their_doubts() -> None:
    page = lay_words(((50, "FV/2026/00817"),), ((50, "faktura"), (200, "FV/2026/00817,")), source="ocr", confidence=0.6)
    (better,) = believe_second_prints([page])
    assert confidences(better) == {"FV/2026/00817": [0.84], "FV/2026/00817,": [0.84], "faktura": [0.6]}


def test_no_number_comes_to_certainty() -> None:
    pages = [lay_words(((50, "FV/2026/00817"),), source="ocr", confidence=0.95, number=n) for n in (1, 2)]
    assert [word.confidence for page in believe_second_prints(pages) for word in page.words] == [0.97, 0.97]


@pytest.mark.parametrize("text", ["12,50", "ABCDEFGH", "17.03"])
def test_short_numbers_and_words_stand_twice_by_chance(text: str) -> None:
    page = lay_words(((50, text),), ((50, text),), source="ocr", confidence=0.6)
    assert believe_second_prints([page]) == (page,)


def test_readings_that_differ_or_are_hardly_legible_support_nothing() -> None:
    page = lay_words(((50, "FV/2026/00817"),), ((50, "FV/2026/00811"),), source="ocr", confidence=0.6)
    faint = lay_words(((50, "FV/2026/00817"),), ((50, "FV/2026/00817"),), source="ocr", confidence=0.2)
    assert believe_second_prints([page, faint]) == (page, faint)


def test_text_layers_are_left_as_they_are() -> None:
    page = lay_words(((50, "FV/2026/00817"),), ((50, "FV/2026/00817"),))
    assert believe_second_prints([page]) == (page,)

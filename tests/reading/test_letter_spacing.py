"""Text layers that part words letter by letter."""

from __future__ import annotations

import pytest

from pipelines.pages import Box, Word
from pipelines.reading.spacing import close_up

HEIGHT = 10.0


def line(*parts: tuple[str, float], y: float = 100.0) -> list[Word]:
    """Words of one line; each with the gap before it, in heights."""
    words, x = [], 50.0
    for text, gap in parts:
        x += gap * HEIGHT
        words.append(Word(text, Box(x, y, x + 5 * len(text), y + HEIGHT)))
        x += 5 * len(text)
    return words


def spread(text: str, letter: float, blank: float) -> list[tuple[str, float]]:
    """Every letter alone, with a gap between letters and a wider one between words."""
    parts = []
    for word in text.split():
        parts.extend((letter_of, letter if place else blank) for place, letter_of in enumerate(word))
    return parts


def texts(words: list[Word]) -> str:
    return " ".join(word.text for word in close_up(words))


@pytest.mark.parametrize(("letter", "blank"), [(0.0, 0.25), (0.14, 0.48), (0.19, 0.6)])
def test_letters_set_apart_are_words_again(letter: float, blank: float) -> None:
    words = line(*spread("HOTEL AND SPA HARROWGATE", letter, blank))
    closed = close_up(words)
    assert [word.text for word in closed] == ["HOTEL", "AND", "SPA", "HARROWGATE"]
    assert (closed[0].box.x0, closed[-1].box.x1) == (words[0].box.x0, words[-1].box.x1)


def test_digits_that_touch_are_joined_where_letters_were_parted() -> None:
    head = line(*spread("Potencia punta", 0.0, 0.25))
    amount = line(("2", 0.0), ("8,8", 0.0), ("8", 0.0), ("€", 0.25), y=130)
    assert texts(head + amount) == "Potencia punta 28,88 €"
    assert texts(amount) == "2 8,8 8 €"  # alone they may be three columns of a narrow form


@pytest.mark.parametrize(
    "parts",
    [
        [("a", 0.0), ("i", 0.25), ("w", 0.25), ("z", 0.25), ("o", 0.25), ("u", 0.25)],
        [("61", 0.0), ("10", 0.15), ("90", 0.15), ("10", 0.15), ("14", 0.15)],
        [("Opłata", 0.0), ("z", 0.1), ("i", 0.1), ("w", 0.1), ("tytułem", 0.1), ("dostawy", 0.1), ("energii", 0.1),
         ("elektrycznej", 0.1), ("w", 0.1), ("okresie", 0.1), ("rozliczeniowym", 0.1), ("od", 0.1), ("dnia", 0.1)],
    ],
)  # fmt: skip
def test_words_that_are_words_stay_apart(parts: list[tuple[str, float]]) -> None:
    assert texts(line(*parts)) == " ".join(text for text, _ in parts)

import random

from hypothesis import given
from hypothesis import strategies as st

from pipelines.pages import Box, Page, Word
from pipelines.reading.rows import group_rows, in_reading_order


def word(text: str, x: float, y: float, height: float = 10, width: float = 30) -> Word:
    return Word(text, Box(x, y, x + width, y + height))


def test_two_columns_are_read_row_by_row() -> None:
    words = [word("left1", 0, 0), word("left2", 0, 15), word("right1", 300, 1), word("right2", 300, 14)]
    assert [[w.text for w in row] for row in group_rows(words)] == [["left1", "right1"], ["left2", "right2"]]


def test_large_and_small_print_on_one_line_are_one_row() -> None:
    words = [word("Total:", 0, 4, height=8), word("123,45", 100, 0, height=14)]
    assert len(group_rows(words)) == 1


def test_a_word_printed_twice_for_bold_stands_once() -> None:
    words = [word("Razem", 10, 10), word("Razem", 10.3, 10), word("Razem", 200, 10)]
    assert [w.box.x0 for w in in_reading_order(words)] == [10, 200]


def test_vertical_text_comes_last_and_tears_no_row() -> None:
    level = [word("a", 50, 10), word("b", 50, 30)]
    sideways = [Word("margin", Box(5, 0, 12, 60))]
    assert [w.text for w in in_reading_order(level, sideways)] == ["a", "b", "margin"]


@given(st.integers(0, 10_000))
def test_drawing_order_does_not_matter(seed: int) -> None:
    shuffled = random.Random(seed)
    words = [word(f"w{r}.{c}", 60 * c, 14 * r + shuffled.uniform(-1, 1)) for r in range(8) for c in range(5)]
    ordered = in_reading_order(words)
    shuffled.shuffle(words)
    assert in_reading_order(words) == ordered
    assert [w.text for w in ordered] == [f"w{r}.{c}" for r in range(8) for c in range(5)]


def test_rows_of_a_page_are_those_of_reading_order() -> None:
    words = in_reading_order([word("b", 100, 3, height=8), word("a", 0, 0), word("c", 0, 20)])
    assert [[w.text for w in row] for row in Page(1, 595, 842, "text", words).rows()] == [["a", "b"], ["c"]]

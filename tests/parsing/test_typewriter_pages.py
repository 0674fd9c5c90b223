"""Pages whose letters have one width, as tills and typewriters print them: blanks part words, wider gaps cells."""

from __future__ import annotations

from pipelines.pages import Box, Page, Word
from pipelines.parsing.geometry import lay_out, letter_pitch

PITCH, HEIGHT = 5.25, 6.1
ROWS = (
    "INVOICE DATE  PICKUP DATE  DELIVERY DATE  PAY BY",
    "02/27/2025    02/21/2025   02/25/2025     03/14/2025",
    "SHIPPER       CONSIGNEE    BILL TO",
    "SAMPLE STATE FIXTURES CO   EXAMPLE HARDWARE SUPPLY",
)


def typed(pitch: float = PITCH, thin: float = 0.35) -> Page:
    """The rows as OCR gives them: boxes hug the ink, which is `thin` letters narrower than its field."""
    words = []
    for place, row in enumerate(ROWS):
        at = 0
        for part in row.split(" "):
            if part:
                left, y = 40 + pitch * (at + thin / 2), 40 + 14 * place
                words.append(Word(part, Box(left, y, left + pitch * (len(part) - thin), y + HEIGHT), 0.95, "ocr"))
            at += len(part) + 1
    return Page(1, 595, 842, "ocr", tuple(words))


def test_words_one_blank_apart_stand_in_one_cell_and_two_blanks_part_cells() -> None:
    rows = [[cell.text for cell in row.cells] for row in lay_out(typed()).rows]
    assert rows[0] == ["INVOICE DATE", "PICKUP DATE", "DELIVERY DATE", "PAY BY"]
    assert rows[2] == ["SHIPPER", "CONSIGNEE", "BILL TO"]
    assert rows[3] == ["SAMPLE STATE FIXTURES CO", "EXAMPLE HARDWARE SUPPLY"]


def test_a_type_whose_letters_differ_in_width_has_no_pitch() -> None:
    words = typed().words
    widened = [
        Word(w.text, Box(w.box.x0, w.box.y0, w.box.x1 + (i % 4) * 2.5, w.box.y1), w.confidence, w.source)
        for i, w in enumerate(words)
    ]
    assert letter_pitch(words) > 0
    assert letter_pitch(widened) == 0.0
    assert letter_pitch(words[:5]) == 0.0  # too few to tell

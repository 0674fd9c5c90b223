"""Invented pages for tests: rows of cells, each at its own x, as reading would give them."""

from __future__ import annotations

from pipelines.pages import Box, DocumentText, Page, Word

CHARACTER, HEIGHT, LEADING = 4.8, 9.0, 14.0
Cells = tuple[tuple[float, str], ...]


def lay_words(*rows: Cells, number: int = 1, source: str = "text", confidence: float = 1.0, top: float = 40.0) -> Page:
    """A page of rows, 14 points apart; a cell's words stand close together."""
    words = []
    for place, cells in enumerate(rows):
        y = top + LEADING * place
        for left, text in cells:
            x = left
            for part in text.split():
                width = CHARACTER * len(part)
                words.append(
                    Word(part, Box(x, y, x + width, y + HEIGHT), confidence, "ocr" if source == "ocr" else "text")
                )
                x += width + 0.6 * CHARACTER
    return Page(number, 595, 842, "ocr" if source == "ocr" else "text", tuple(words))


def document(*pages: Page) -> DocumentText:
    return DocumentText(pages)

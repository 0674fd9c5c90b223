"""Invented pages for tests: rows of cells, each at its own x, as reading would give them."""

from __future__ import annotations

import re

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


def print_text(text: str) -> DocumentText:
    """Pages (parted by form feeds) of a monospaced print: 5 points a character, 12 a row."""
    pages = []
    for number, sheet in enumerate(text.split("\f"), start=1):
        words = [
            Word(found.group(), Box(20 + 5 * found.start(), 20 + 12 * row, 20 + 5 * found.end(), 29 + 12 * row))
            for row, line in enumerate(sheet.split("\n"))
            for found in re.finditer(r"\S+", line)
        ]
        pages.append(Page(number, 1200, 800, "text", tuple(words)))
    return DocumentText(tuple(pages))


def document(*pages: Page) -> DocumentText:
    return DocumentText(pages)

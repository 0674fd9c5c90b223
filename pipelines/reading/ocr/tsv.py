"""Tesseract's TSV output as words."""

from __future__ import annotations

from pipelines.reading.ocr.engine import OcrWord

_WORD_LEVEL = "5"


def words_of_tsv(tsv: str) -> list[OcrWord]:
    """Words of a TSV table: level, page, block, paragraph, line, word, left, top, width, height, conf, text."""
    words = []
    for row in tsv.splitlines():
        cells = row.split("\t", 11)
        if len(cells) == 12 and cells[0] == _WORD_LEVEL:
            text = "".join(cells[11].split())
            if text:
                left, top, width, height = (int(v) for v in cells[6:10])
                confidence = min(1.0, max(0.0, float(cells[10]) / 100))
                line = (int(cells[2]), int(cells[3]), int(cells[4]))
                words.append(OcrWord(text, left, top, left + width, top + height, confidence, line))
    return words

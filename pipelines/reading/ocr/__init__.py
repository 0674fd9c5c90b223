"""OCR engines behind one protocol, and what they need: language data, a language choice, a segmentation.

What belongs here: turning the pixels of one page into words in pixel coordinates. What does not: PDF,
points and rows, which live one level up.
"""

from pipelines.reading.ocr.engine import Engine, OcrWord, Segmentation, open_engine

__all__ = ["Engine", "OcrWord", "Segmentation", "open_engine"]

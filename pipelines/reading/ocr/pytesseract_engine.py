"""Tesseract as a program, through pytesseract: where no tesserocr wheel fits, and the reference in benchmarks."""

from __future__ import annotations

import os
import shutil

import pytesseract
from PIL import Image

from pipelines.errors import ConfigurationError
from pipelines.reading.ocr.engine import OcrWord, Segmentation, Turn
from pipelines.reading.ocr.tessdata import missing_languages
from pipelines.reading.ocr.tsv import words_of_tsv


class PytesseractEngine:
    """One `tesseract` process a page: its data is loaded anew each time."""

    def __init__(self) -> None:
        if shutil.which(pytesseract.pytesseract.tesseract_cmd) is None:
            raise ConfigurationError(
                "the program tesseract is not installed", remedy="Install it: sudo apt-get install tesseract-ocr."
            )
        os.environ["OMP_THREAD_LIMIT"] = "1"  # see tesserocr_engine
        self._languages = frozenset(pytesseract.get_languages()) - {"osd"}
        self._name = f"pytesseract {pytesseract.get_tesseract_version()}"

    @property
    def name(self) -> str:
        return self._name

    @property
    def languages(self) -> frozenset[str]:
        return self._languages

    def read(
        self, image: Image.Image, dpi: float, language: str, segmentation: Segmentation = Segmentation.AUTO
    ) -> list[OcrWord]:
        missing = [code for code in language.split("+") if code not in self._languages]
        if missing:
            raise missing_languages(missing)
        config = f"--oem 1 --psm {int(segmentation)} --dpi {max(70, round(dpi))}"
        return words_of_tsv(pytesseract.image_to_data(image, lang=language, config=config))

    def find_turn(self, image: Image.Image, dpi: float) -> Turn | None:
        try:
            found = pytesseract.image_to_osd(
                image, config=f"--dpi {max(70, round(dpi))}", output_type=pytesseract.Output.DICT
            )
        except pytesseract.TesseractError:
            return None  # too few characters, or no data for it
        return Turn(int(found["rotate"]) % 360, float(found["orientation_conf"]))

"""Tesseract in process: warm, one thread, no files and no child processes."""

from __future__ import annotations

import os

# Tesseract's own threads cost 3.5 times the CPU and gain nothing where each core has a reader; OpenMP reads
# this when the library is loaded.
os.environ["OMP_THREAD_LIMIT"] = "1"

import tesserocr
from PIL import Image

from pipelines.errors import ConfigurationError
from pipelines.reading.ocr.engine import OcrWord, Segmentation, Turn
from pipelines.reading.ocr.tessdata import find_tessdata, has_osd, installed_languages, missing_languages
from pipelines.reading.ocr.tsv import words_of_tsv


class TesserocrEngine:
    """Holds one warm API for each language that was asked for; the data of one is some 20 MiB in memory."""

    def __init__(self) -> None:
        self._folder = find_tessdata()
        self._apis: dict[str, tesserocr.PyTessBaseAPI] = {}
        version = tesserocr.tesseract_version().split("\n", 1)[0].split()[-1]
        self._name = f"tesserocr {version}"

    @property
    def name(self) -> str:
        return self._name

    @property
    def languages(self) -> frozenset[str]:
        return installed_languages(self._folder)

    def read(
        self, image: Image.Image, dpi: float, language: str, segmentation: Segmentation = Segmentation.AUTO
    ) -> list[OcrWord]:
        api = self._api(language)
        api.SetPageSegMode(int(segmentation))
        _show(api, image, dpi)
        try:
            api.Recognize()
            return words_of_tsv(api.GetTSVText(0))
        finally:
            api.Clear()
            # what it learns of one page's letters must not change how the next page is read
            api.ClearAdaptiveClassifier()

    def find_turn(self, image: Image.Image, dpi: float) -> Turn | None:
        if not has_osd(self._folder):
            return None
        with tesserocr.PyTessBaseAPI(path=str(self._folder), lang="osd", psm=tesserocr.PSM.OSD_ONLY) as api:
            _show(api, image, dpi)
            found = api.DetectOrientationScript()
        if not found:
            return None
        # Tesseract tells by how much the page lies turned clockwise; that much counter-clockwise sets it upright
        return Turn(-int(found["orient_deg"]) % 360, float(found["orient_conf"]))

    def _api(self, language: str) -> tesserocr.PyTessBaseAPI:
        if language not in self._apis:
            missing = [code for code in language.split("+") if code not in self.languages]
            if missing:
                raise missing_languages(missing)
            try:
                self._apis[language] = tesserocr.PyTessBaseAPI(
                    path=str(self._folder), lang=language, oem=tesserocr.OEM.LSTM_ONLY
                )
            except RuntimeError as error:
                raise ConfigurationError(
                    f"Tesseract cannot load its data for {language} in {self._folder}: {error}",
                    remedy="Install the language package again: its file may be damaged.",
                ) from error
        return self._apis[language]


def _show(api: tesserocr.PyTessBaseAPI, image: Image.Image, dpi: float) -> None:
    api.SetImageBytes(image.tobytes(), image.width, image.height, 1, image.width)
    api.SetSourceResolution(max(70, round(dpi)))

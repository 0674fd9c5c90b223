"""OCR engines and what stands around them: language data, the choice of a language, the second look."""

import shutil
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

from pipelines.errors import ConfigurationError
from pipelines.reading import ReadOptions
from pipelines.reading.ocr.engine import OcrWord, Segmentation, Turn, open_engine
from pipelines.reading.ocr.language import guess_language
from pipelines.reading.ocr.secondlook import settle_numbers
from pipelines.reading.ocr.spelling import mend_spelling
from pipelines.reading.ocr.tessdata import find_tessdata, installed_languages
from pipelines.reading.ocr.tsv import words_of_tsv
from tests.reading import papers

needs_ocr = pytest.mark.skipif(bool(papers.needs("pol", "eng")), reason=papers.needs("pol", "eng") or "-")
CANDIDATES = ("pol", "por", "deu", "eng")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("FAKTURA VAT nr 12 Sprzedawca Nabywca NIP Data wystawienia Termin platnosci", "pol"),
        ("Nota Fiscal Conta de energia Vencimento Valor a pagar Consumo CNPJ Cliente", "por"),
        ("Rechnung Rechnungsnummer Datum Kundennummer Betrag MwSt Gesamt zahlbar bis", "deu"),
        ("Invoice number date total amount due tax bill to quantity unit price", "eng"),
    ],
)
def test_little_words_tell_the_language(text: str, language: str) -> None:
    assert guess_language(text.split(), CANDIDATES) == language


def test_too_little_text_tells_no_language() -> None:
    assert guess_language(["12,50", "xx"], CANDIDATES) is None
    assert guess_language([], CANDIDATES) is None


def test_tessdata_prefix_that_holds_nothing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    with pytest.raises(ConfigurationError, match="TESSDATA_PREFIX") as caught:
        find_tessdata()
    assert "nstall" in caught.value.remedy


def test_tessdata_prefix_may_name_the_folder_or_its_parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tessdata").mkdir()
    (tmp_path / "tessdata" / "pol.traineddata").touch()
    (tmp_path / "tessdata" / "osd.traineddata").touch()
    for told in (tmp_path, tmp_path / "tessdata"):
        monkeypatch.setenv("TESSDATA_PREFIX", str(told))
        assert installed_languages(find_tessdata()) == {"pol"}


def test_tsv_rows_that_are_no_words_are_left_out() -> None:
    tsv = "1\t1\t0\t0\t0\t0\t0\t0\t9\t9\t-1\t\n"
    tsv += "5\t1\t2\t1\t3\t1\t10\t20\t30\t8\t93.5\t12,50\n5\t1\t2\t1\t3\t2\t50\t20\t9\t8\t95\t \n"
    assert words_of_tsv(tsv) == [OcrWord("12,50", 10, 20, 40, 28, 0.935, (2, 1, 3))]


class ScriptedEngine:
    """Reads any line as the same word."""

    name = "scripted"
    languages = frozenset({"pol"})

    def __init__(self, text: str, confidence: float) -> None:
        self.answer = [OcrWord(text, 0, 0, 10, 10, confidence)]
        self.looks = 0

    def read(self, *_: object) -> list[OcrWord]:
        self.looks += 1
        return self.answer

    def find_turn(self, *_: object) -> Turn | None:
        return None


def settled(first: str, confidence: float, engine: ScriptedEngine) -> OcrWord:
    page = Image.new("L", (200, 100), 255)
    page.paste(0, (55, 44, 60, 52))
    (word,) = settle_numbers(engine, page, 200, "pol", [OcrWord(first, 50, 40, 90, 55, confidence)])
    return word


def test_a_number_that_two_looks_agree_on_gains_confidence() -> None:
    word = settled("43,10", 0.7, ScriptedEngine("43,10", 0.92))
    assert (word.text, word.confidence) == ("43,10", 0.92)


def test_a_hopeless_number_is_taken_from_the_second_look_with_doubt() -> None:
    word = settled("4310", 0.4, ScriptedEngine("43,10", 0.9))
    assert (word.text, word.confidence) == ("43,10", 0.5)


def test_a_number_the_second_look_is_less_sure_of_stays_with_doubt() -> None:
    word = settled("43,10", 0.8, ScriptedEngine("48,10", 0.6))
    assert (word.text, word.confidence) == ("43,10", 0.6)


def test_sure_numbers_and_mere_words_are_not_looked_at_again() -> None:
    engine = ScriptedEngine("x", 0.9)
    assert settled("43,10", 0.95, engine).text == "43,10"
    assert settled("Razem", 0.3, engine).text == "Razem"
    assert engine.looks == 0


@needs_ocr
def test_osd_tells_by_how_much_a_page_must_be_turned() -> None:
    engine = open_engine("tesserocr")
    page = papers.scan_image(papers.INVOICE_ROWS * 2, dpi=150)
    for quarters in (1, 2, 3):
        turn = engine.find_turn(page.rotate(90 * quarters, expand=True), 150)
        assert turn is not None
        assert turn.degrees == 90 * quarters


@needs_ocr
@pytest.mark.skipif(shutil.which("tesseract") is None, reason="the program tesseract is not installed")
def test_both_engines_read_the_same_amounts() -> None:
    page = papers.scan_image(dpi=150)
    read = {}
    for name in ("tesserocr", "pytesseract"):
        words = open_engine(name).read(page, 150, "pol", Segmentation.COLUMN)
        read[name] = {w.text for w in words if "," in w.text}
    assert read["tesserocr"] == read["pytesseract"]
    assert "333,23" in read["tesserocr"]


def test_the_fingerprint_covers_what_can_change_the_output_and_nothing_else() -> None:
    plain = ReadOptions()
    assert ReadOptions(page_timeout_seconds=5, memory_mib=300, isolate=False).fingerprint() == plain.fingerprint()
    others = [
        ReadOptions(languages=("eng",)),
        ReadOptions(engine="pytesseract"),
        ReadOptions(max_dpi=150),
        ReadOptions(max_pages=3),
        ReadOptions(max_pixels=10),
        ReadOptions(codes=False),
    ]
    assert len({options.fingerprint() for options in [plain, *others]}) == len(others) + 1


@pytest.mark.parametrize(
    ("read", "language", "meant"),
    [
        ("431 kwh", "por", "431 kWh"),
        ("PLN/kwh 12,5KWh", "pol", "PLN/kWh 12,5kWh"),
        ("(kwh) 12,5kwh,", "deu", "(kWh) 12,5kWh,"),
        ("Sp. z 0.0.", "pol", "Sp. z o.o."),
        ("Sp. z o.0.,", "pol", "Sp. z o.o.,"),
        ("z 0.0.", "eng", "z 0.0."),
        ("razem 0.0", "pol", "razem 0.0"),
        ("MWh GWH", "pol", "MWh GWh"),
    ],
)
def test_only_words_that_are_spelt_one_way_are_mended(read: str, language: str, meant: str) -> None:
    words = [OcrWord(text, 10 * n, 0, 10 * n + 8, 10, 0.9) for n, text in enumerate(read.split())]
    mended = mend_spelling(words, language)
    assert " ".join(word.text for word in mended) == meant
    assert [word[1:] for word in mended] == [word[1:] for word in words]


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("nr Fv/2025/06/17287", "nr FV/2025/06/17287"),
        ("FvS-12/3 (Fv/1/2)", "FVS-12/3 (FV/1/2)"),
        ("FvV/2021/05/98839 FVv/2021/03/45427 FVV/12/2025", "FV/2021/05/98839 FV/2021/03/45427 FVV/12/2025"),
        ("Fa/2025/1 Vat 23 Rv80/2 Go 12 Os/2", "Fa/2025/1 Vat 23 RV80/2 Go 12 Os/2"),
    ],
)
def test_letters_of_a_series_whose_small_form_is_a_small_capital_are_capitals(read: str, meant: str) -> None:
    words = [OcrWord(text, 10 * n, 0, 10 * n + 8, 10, 0.9) for n, text in enumerate(read.split())]
    assert " ".join(word.text for word in mend_spelling(words, "pol")) == meant


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("8,11811,27", ["8,11", "811,27"]),
        ("1.234,5623,00", ["1.234,56", "23,00"]),
        ("8.110.27", ["8.11", "0.27"]),
        ("01.12.2024", ["01.12.2024"]),
        ("811,27", ["811,27"]),
        ("1.234.567,89", ["1.234.567,89"]),
    ],
)
def test_two_glued_amounts_are_parted_where_the_hundredths_end(read: str, meant: list[str]) -> None:
    (whole,) = words = [OcrWord(read, 100, 0, 200, 10, 0.9)]
    parts = mend_spelling(words, "pol")
    assert [part.text for part in parts] == meant
    assert (parts[0].x0, parts[-1].x1) == (whole.x0, whole.x1)
    assert all(a.x1 == b.x0 for a, b in pairwise(parts))

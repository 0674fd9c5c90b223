"""A page that reads badly is looked at several times; what most looks agree on stands."""

import pytest
from PIL import Image, ImageDraw, ImageFont

from pipelines.reading import ReadOptions
from pipelines.reading.ocr.engine import OcrWord, Segmentation, Turn
from pipelines.reading.ocr.voting import DOUBTFUL_PAGE, vote
from pipelines.reading.ocrpage import OcrReader
from pipelines.reading.raster import Raster


def word(text: str, x: int = 0, confidence: float = 0.8, y: int = 0, line: int = 1, width: int = 50) -> OcrWord:
    return OcrWord(text, x, y, x + width, y + 20, confidence, (1, 1, line))


def texts(words: list[OcrWord]) -> list[str]:
    return [w.text for w in words]


def test_what_most_looks_agree_on_stands() -> None:
    (found,) = vote([[word("17.76", confidence=0.9)], [word("17.70")], [word("17.70", x=2)]])
    assert found.text == "17.70"


def test_a_contradicted_word_is_less_certain_than_one_that_all_agree_on() -> None:
    agreed, disputed = vote(
        [
            [word("Total", confidence=0.95), word("17.70", x=60, confidence=0.95)],
            [word("Total", confidence=0.9), word("17.70", x=60, confidence=0.9)],
            [word("Total", confidence=0.9), word("17.76", x=60, confidence=0.9)],
            [word("Total", confidence=0.9), word("11.70", x=60, confidence=0.9)],
        ]
    )
    assert (agreed.text, agreed.confidence) == ("Total", 0.95)
    assert disputed.text == "17.70"
    assert disputed.confidence < 0.95


def test_a_word_that_no_looks_agree_on_is_pieced_together_and_doubtful() -> None:
    (found,) = vote([[word("11B,00")], [word("118,0O")], [word("1l8,00")]])
    assert found.text == "118,00"
    assert found.confidence <= 0.5


def test_one_sure_look_stands_against_others_that_do_not_agree_but_in_doubt() -> None:
    (found,) = vote([[word("20/03/2018", confidence=0.93)], [word("20/03/2013")], [word("28/03/2013")]])
    assert found.text == "20/03/2018"
    assert found.confidence <= 0.5


def test_a_cut_in_another_place_does_not_make_a_word_another() -> None:
    found = vote([[word("19 728,00", width=80)], [word("19", width=20), word("728,00", x=25, width=55)]])
    assert "".join(texts(found)).replace(" ", "") == "19728,00"


def test_looks_that_run_two_words_together_leave_the_first_ones_apart() -> None:
    first = [word("od", width=20), word("06/05/2025", x=25, width=60)]
    glued = word("od06/05/2O25", width=85, confidence=0.4)
    assert texts(vote([first, [glued], [word("0d", width=20), word("06/05/2025", x=25, width=60)]])) == [
        "od",
        "06/05/2025",
    ]


def test_words_that_one_look_alone_found_stay_where_it_was_sure() -> None:
    both = word("Total")
    assert texts(vote([[both], [both, word("654123", x=200, confidence=0.9)]])) == ["Total", "654123"]
    assert texts(vote([[both], [both, word("~l;", x=200, confidence=0.4)]])) == ["Total"]


def test_words_of_later_looks_share_no_line_with_the_first() -> None:
    kept, new = vote([[word("Total", line=7)], [word("Total", line=3), word("9,99", y=90, line=7, confidence=0.9)]])
    assert kept.line == (1, 1, 7)
    assert new.line != kept.line


class Dim:
    """An engine that is unsure of everything, and reads an amount right at every size but the page's own."""

    name, languages = "dim", frozenset({"eng"})

    def __init__(self, confidence: float) -> None:
        self.confidence, self.sizes = confidence, list[int]()

    def read(
        self,
        image: Image.Image,
        dpi: float,  # noqa: ARG002
        language: str,  # noqa: ARG002
        segmentation: Segmentation = Segmentation.AUTO,
    ) -> list[OcrWord]:
        if segmentation is not Segmentation.COLUMN:
            return []
        self.sizes.append(image.width)
        scale = image.width / 400
        text = "128,00" if len(self.sizes) == 1 else "123,00"
        box = (round(100 * scale), round(40 * scale), round(200 * scale), round(60 * scale))
        return [OcrWord(text, *box, self.confidence, (1, 1, 1))]

    def find_turn(self, image: Image.Image, dpi: float) -> Turn | None:  # noqa: ARG002
        return None


@pytest.fixture
def page() -> Raster:
    image = Image.new("L", (400, 560), 255)
    ImageDraw.Draw(image).text((100, 40), "123,00", font=ImageFont.load_default(20))
    return Raster.of(image, 200)


@pytest.mark.parametrize(("confidence", "text"), [(DOUBTFUL_PAGE - 0.05, "123,00"), (DOUBTFUL_PAGE + 0.05, "128,00")])
def test_only_a_doubtful_page_is_looked_at_again(
    page: Raster, confidence: float, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dim = Dim(confidence)
    monkeypatch.setattr("pipelines.reading.ocrpage.open_engine", lambda _: dim)
    found = OcrReader(ReadOptions(languages=("eng",)), language="eng").read(page)
    assert [w.text for w in found.words] == [text]
    assert (len(dim.sizes) > 1) == (confidence < DOUBTFUL_PAGE)

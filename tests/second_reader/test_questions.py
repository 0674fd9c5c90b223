"""What a model is sent, and what it is never sent."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from pipelines.errors import ConfigurationError
from pipelines.pages import Box
from pipelines.second_reader.answers import read_values
from pipelines.second_reader.prompts import load_prompt
from pipelines.second_reader.questions import ask_about
from pipelines.second_reader.redaction import Place
from pipelines.steps.second_reading import black_out
from tests.parsing.laid_words import lay_words

PAGE = lay_words(
    ((40, "Nabywca: Jadwiga Wymyślona"),),
    ((40, "tel. 601 602 603"), (300, "jadwiga@wymyslona.example")),
    ((40, "PESEL 44051401359"), (300, "CPF 529.982.247-25")),
    ((40, "Konto"), (100, "PL61 1090 1014 0000 0712 1981 2874")),
    ((40, "NIP 526-025-02-74"), (300, "Razem"), (400, "123,00")),
)


def sent(personal: tuple[Place, ...] | None = ()) -> str:
    return ask_about([PAGE], load_prompt("invoice"), personal, 6).text


@pytest.mark.parametrize(
    "private", ["601", "603", "jadwiga@wymyslona.example", "44051401359", "529.982.247-25", "1090", "2874", "PL61"]
)
def test_what_is_personal_by_its_form_is_blacked_out(private: str) -> None:
    assert private not in sent()
    assert private in sent(None)


def test_a_firms_tax_id_and_amounts_are_sent() -> None:
    assert "526-025-02-74" in sent()
    assert "123,00" in sent()


def test_words_that_the_rules_know_to_be_a_buyers_are_blacked_out() -> None:
    name = Place(1, Box(*PAGE.words[1].box[:2], *PAGE.words[2].box[2:]))
    assert "Wymyślona" not in sent((name,))
    assert "Nabywca" in sent((name,))


def test_rows_carry_their_height_and_groups_their_distance_from_the_left() -> None:
    assert sent().splitlines()[0] == "page 1, 595 x 842"
    assert "[300] Razem  [400] 123,00" in sent()


def test_the_key_changes_with_page_model_prompt_and_pictures_and_with_nothing_else() -> None:
    def key(page: object = PAGE, kind: str = "invoice", model: str = "m", images: bool = False) -> str:
        return ask_about([page], load_prompt(kind), (), 6).answer_key(model, images=images)  # type: ignore[list-item]

    others = {key(lay_words(((40, "else"),))), key(kind="electricity"), key(model="n"), key(images=True)}
    assert len(others | {key()}) == 5
    assert key() == key()


def test_a_picture_is_painted_over_where_words_are_personal() -> None:
    white = io.BytesIO()
    Image.new("RGB", (1190, 1684), "white").save(white, "PNG")
    with Image.open(io.BytesIO(black_out(white.getvalue(), PAGE, [Box(100, 100, 200, 110)]))) as image:
        assert image.getpixel((300, 210)) == (0, 0, 0)
        assert image.getpixel((300, 260)) == (255, 255, 255)


def test_a_prompt_that_asks_for_what_no_invoice_has_is_refused(tmp_path: Path) -> None:
    (tmp_path / "invoice.yaml").write_text("version: 1\nsystem: x\nfields: {colour: red}\n")
    with pytest.raises(ConfigurationError, match="colour is no field"):
        load_prompt("invoice", tmp_path)


def test_every_shipped_prompt_loads_and_a_kind_adds_to_what_any_invoice_is_asked() -> None:
    fields = [name for name, _ in load_prompt("electricity").fields]
    assert {"gross_total", "consumption_kwh"} <= set(fields)
    assert load_prompt("unheard of").name == load_prompt("invoice").name


@pytest.mark.parametrize(
    "content",
    [
        "",
        "I am sorry.",
        "{",
        "[]",
        '{"values": 3}',
        '{"values": [{"field": 1}]}',
        "null",
        '{"values": ["x"]}',
        "[" * 5000,
    ],
)
def test_nonsense_is_no_answer_and_no_fault_of_ours(content: str) -> None:
    values, fault = read_values(content, finished=True)
    assert values == ()
    assert fault


def test_values_that_fit_stand_beside_those_that_do_not() -> None:
    said = '```json\n{"values": [{"field": "paid", "text": " 1,00 ", "page": 1}, {"field": "paid"}, 7]}\n```'
    (value,), fault = read_values(said, finished=True)
    assert (value.text, fault) == ("1,00", "")


def test_an_answer_that_was_cut_off_says_so() -> None:
    assert read_values('{"values": [{"field": "pa', finished=False) == ((), "the answer was cut off")

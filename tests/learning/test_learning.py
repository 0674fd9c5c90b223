"""Corrections that repeat become proposals; what they would change is told; nothing is written unasked."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pipelines.documents import DocumentId, DocumentRecord, MadeBy
from pipelines.errors import ConfigurationError
from pipelines.lake import Lake
from pipelines.lake import open_lake as open_with
from pipelines.layout import CasesKey, PagesKey, RecordKey, TextKey
from pipelines.pages import DocumentText, PagesFile
from pipelines.parsing import load_rules, rules_fingerprint
from pipelines.steps import Batch, Scope, edit_document, learn, parse_batch, plan_parsing, undo_edit, write_rules
from pipelines.steps.cases import load_cases
from tests.parsing.laid_words import Cells, document, lay_words

DAY = "2026-03-01"


def bill(number: str, *more: Cells) -> DocumentText:
    """A bill whose customer's number stands behind words that no rules file knows."""
    return document(
        lay_words(
            ((40, "Wieczorek Narzędzia Sp. z o.o."),),
            ((40, "NIP 526-025-02-74"),),
            ((40, "Faktura VAT nr FV/12/2026"),),
            ((40, "Sygnatura kancelaryjna:"), (220, number)),
            ((40, "Data wystawienia:"), (160, "05.02.2026")),
            ((40, "Nabywca: Zielona Dolina S.A."),),
            *more,
            ((40, "Wartość netto:"), (200, "100,00 zł")),
            ((40, "Kwota VAT:"), (200, "23,00 zł")),
            ((40, "Razem brutto:"), (200, "123,00 zł")),
        )
    )


def put(lake: Lake, name: str, text: DocumentText) -> str:
    key = DocumentId.parse(f"{DAY}/{name}-0123456789abcdef")
    record = DocumentRecord(
        id=str(key), sha256="0" * 64, bytes=1, media_type="application/pdf", extension="pdf", file_name=f"{name}.pdf",
        pages=1, pages_with_text=1, received_at="2026-03-01T00:00:00Z",  # type: ignore[arg-type]
    )  # fmt: skip
    lake.save(RecordKey(key), record)
    made_by = MadeBy(step="ocr", version="1", options="")
    lake.storage.put(str(PagesKey(key)), PagesFile(str(key), made_by, text).to_bytes())
    lake.storage.put(str(TextKey(key)), text.text().encode())
    parse_batch(lake, Batch("test", (str(key),), 1.0))
    return str(key)


@pytest.fixture
def taught(lake: Lake) -> Lake:
    """Three bills, of which a person set the number of two."""
    for n in (1, 2, 3):
        name = put(lake, f"bill-{n}", bill(f"SK/{n}77/26"))
        assert lake.parsed(DocumentId.parse(name)).invoices[0].customer_number is None
        if n < 3:
            edit_document(lake, name, {"0.customer_number": f"SK/{n}77/26"}, "anna")
    return lake


def test_an_edit_becomes_a_regression_case_and_undoing_it_takes_it_back(lake: Lake) -> None:
    name = put(lake, "bill", bill("SK/177/26"))
    change = edit_document(lake, name, {"0.customer_number": "SK/177/26"}, "anna")
    (case,) = load_cases(lake, DocumentId.parse(name)).cases
    assert (case.field, case.truth) == ("0.customer_number", "SK/177/26")
    undo_edit(lake, name, change.at, "anna")
    assert load_cases(lake, DocumentId.parse(name)).cases == ()
    assert lake.storage.exists(str(CasesKey(DocumentId.parse(name))))


def test_words_beside_values_that_people_set_twice_are_proposed_as_a_label(taught: Lake) -> None:
    lessons = learn(taught)
    assert (lessons.cases, lessons.right) == (2, 0)
    ((addition, effect),) = lessons.proposed
    assert (addition.file, addition.concept, addition.label) == (
        "labels_learned_pl.yaml",
        "customer_number",
        "Sygnatura kancelaryjna",
    )
    assert len(addition.documents) == 2
    assert effect.documents == 3
    assert effect.right["customer_number", "gained"] == 2
    assert effect.counts["customer_number", "found"] == 3
    assert effect.harmless


def test_one_correction_teaches_nothing(lake: Lake) -> None:
    edit_document(lake, put(lake, "bill", bill("SK/177/26")), {"0.customer_number": "SK/177/26"}, "anna")
    assert learn(lake).proposed == ()
    assert len(learn(lake, least=1).proposed) == 1


def test_learning_writes_nothing_but_cases(taught: Lake) -> None:
    before = sorted(taught.storage.list())
    fingerprint = rules_fingerprint()
    learn(taught)
    assert sorted(taught.storage.list()) == before
    assert rules_fingerprint() == fingerprint


def test_rules_that_are_kept_in_the_lake_need_no_deploy(taught: Lake, tmp_path: Path) -> None:
    lake = open_with(taught.settings.model_copy(update={"rules_url": (tmp_path / "rules").as_uri()}))
    ((addition, _),) = learn(lake).proposed
    (written,) = write_rules(lake, [addition])
    assert written.endswith("/rules/labels_learned_pl.yaml")
    (batch,) = plan_parsing(lake, Scope((DocumentId.parse(f"{DAY}/a-0123456789abcdef").day,), "stale"))
    assert len(batch.documents) == 3
    parse_batch(lake, batch)
    third = lake.parsed(DocumentId.parse(f"{DAY}/bill-3-0123456789abcdef"))
    assert third.invoices[0].customer_number == "SK/377/26"
    lessons = learn(lake)
    assert (lessons.cases, lessons.right, lessons.proposed) == (2, 2, ())


def test_additions_join_what_stands_in_a_file(taught: Lake, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    held = {"language": "pl", "labels": {"customer_number": ["Liczba dziennika"], "due_date": ["Kres zapłaty"]}}
    (rules / "labels_learned_pl.yaml").write_text(yaml.safe_dump(held, allow_unicode=True))
    lake = open_with(taught.settings.model_copy(update={"rules_url": rules.as_uri()}))
    ((addition, _),) = learn(lake).proposed
    write_rules(lake, [addition])
    body = yaml.safe_load((rules / "labels_learned_pl.yaml").read_text())
    assert body["labels"]["customer_number"] == ["Liczba dziennika", "Sygnatura kancelaryjna"]
    assert body["labels"]["due_date"] == ["Kres zapłaty"]


def test_without_a_rules_url_additions_go_into_the_rules_folder(taught: Lake, tmp_path: Path) -> None:
    ((addition, _),) = learn(taught).proposed
    (written,) = write_rules(taught, [addition], tmp_path)
    assert yaml.safe_load(Path(written).read_text()) == {
        "language": "pl",
        "labels": {"customer_number": ["Sygnatura kancelaryjna"]},
    }


def test_words_that_mean_something_else_to_others_become_one_suppliers_own(lake: Lake) -> None:
    for n in (1, 2):
        text = bill("SK/0/26", ((40, "Numer klienta:"), (220, f"Q-{n}77/X")))
        edit_document(lake, put(lake, f"b{n}", text), {"0.purchase_order": f"Q-{n}77/X"}, "anna")
    ((addition, _),) = learn(lake).proposed
    assert (addition.file, addition.concept) == ("suppliers/learned-pl5260250274.yaml", "purchase_order")
    rules = load_rules({addition.file: _written(lake, addition)})
    assert rules.suppliers.by_tax_id("5260250274") is not None


def _written(lake: Lake, addition: object) -> bytes:
    from pipelines.parsing.learning import with_additions

    (data,) = with_additions({}, [addition]).values()  # type: ignore[list-item]
    return data


def test_a_malformed_file_in_the_lake_is_named(lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "labels_more.yaml").write_text("language: [")
    broken = open_with(lake.settings.model_copy(update={"rules_url": (tmp_path / "rules").as_uri()}))
    with pytest.raises(ConfigurationError, match=r"labels_more\.yaml"):
        plan_parsing(broken, Scope())

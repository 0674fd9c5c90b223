"""A kind that only this test knows, one module and one YAML file, gets its words, fields, proofs and silver table."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.errors import ConfigurationError
from pipelines.kinds import all_kinds, kinds_fingerprint, registry, rules_of
from pipelines.lake import Lake
from pipelines.parsing import parse_document, rules_fingerprint, supply
from pipelines.queries import query
from pipelines.second_reader.prompts import load_prompt
from pipelines.silver import check_documents, held_by, kind_tables, promote, tables
from tests.parsing.laid_words import Cells, lay_words
from tests.parsing.laid_words import document as pages
from tests.silver.silver_documents import document
from tests.silver.silver_facts import rows

MODULE = """
from decimal import Decimal
from pathlib import Path

from pipelines.kinds import Kind, KindFields, Proof, agree, number


class HeatFields(KindFields):
    heat_gj: Decimal | None = number(3, "GJ", "Heat that was delivered")
    heat_mwh: Decimal | None = number(6, "MWh", "The same in MWh")


KIND = Kind(
    "heat",
    rules=Path(__file__).with_name("heat_of_a_test.yaml"),
    fields=HeatFields,
    proofs=(Proof("gj_are_mwh", ("heat_gj", "heat_mwh"), lambda gj, mwh: agree(gj / Decimal("3.6"), mwh)),),
    table="heat_bills",
    comment="One row for each standing heat bill",
)
"""
WORDS = """
words:
  pl: {sure: [ciepło sieciowe, energia cieplna, węzeł cieplny]}
measured_in: [GJ]
units: {GJ: [gj], MWh: [mwh]}
labels:
  heat_gj: {pl: [ilość ciepła]}
  heat_mwh: {pl: [to jest]}
"""
BILL: tuple[Cells, ...] = (
    ((40, "Wieczorek Ciepłownia Sp. z o.o."),),
    ((40, "NIP 526-025-02-74"),),
    ((40, "Faktura VAT nr C/12/2026"),),
    ((40, "Data wystawienia:"), (160, "05.02.2026")),
    ((40, "Nabywca: Zielona Dolina S.A."),),
    ((40, "Ciepło sieciowe, węzeł cieplny 7"),),
    ((40, "Ilość ciepła:"), (200, "18,36 GJ")),
    ((40, "To jest:"), (200, "5,1 MWh")),
    ((40, "Wartość netto:"), (200, "1 000,00 zł")),
    ((40, "VAT 23%:"), (200, "230,00 zł")),
    ((40, "Razem brutto:"), (200, "1 230,00 zł")),
)
CACHES = (
    registry.all_kinds, registry.kinds_fingerprint, registry.rules_of, kind_tables.kind_specs, load_prompt,
    supply._terms, supply._begun_by, supply._found_in,
)  # fmt: skip


def forget_kinds() -> None:
    importlib.invalidate_caches()
    for cache in CACHES:
        cache.cache_clear()  # type: ignore[attr-defined]


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, module: str = MODULE, words: str = WORDS) -> None:
    """What installing a package with the entry point leaves behind."""
    folder.joinpath("heat_of_a_test.py").write_text(module, encoding="utf-8")
    folder.joinpath("heat_of_a_test.yaml").write_text(words, encoding="utf-8")
    told = folder / "heat_of_a_test-1.0.dist-info"
    told.mkdir()
    told.joinpath("METADATA").write_text("Metadata-Version: 2.1\nName: heat-of-a-test\nVersion: 1.0\n")
    told.joinpath("entry_points.txt").write_text("[invoice_lake.kinds]\nheat = heat_of_a_test:KIND\n")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(importlib.import_module("sys").modules, "heat_of_a_test", raising=False)
    forget_kinds()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "package"
    folder.mkdir()
    yield folder
    monkeypatch.undo()
    forget_kinds()


def test_a_third_kind_gets_fields_proofs_and_table(package: Path, monkeypatch: pytest.MonkeyPatch, lake: Lake) -> None:
    without = rules_fingerprint()
    (plain,) = parse_document(pages(lay_words(*BILL)))
    install(package, monkeypatch)
    assert plain.details == {}
    assert "heat" in all_kinds()
    assert rules_fingerprint() != without, "records of the rules without it are stale"

    (invoice,) = parse_document(pages(lay_words(*BILL)))
    assert (invoice.kind, invoice.details) == ("heat", {"heat_gj": "18.36", "heat_mwh": "5.1"})
    assert invoice.evidence["details.heat_gj"].page == 1
    assert "gj_are_mwh" in {check.name for check in invoice.checks if check.passed}
    assert (invoice.status, invoice.review_reasons) == ("accepted", ())

    bill = document("heat", invoice)
    promote(lake, [bill], "run")
    (row,) = rows(lake, "heat_bills")
    assert (row["heat_gj"], row["heat_mwh"], row["document_id"]) == (
        Decimal("18.360"), Decimal("5.100000"), bill.document_id,
    )  # fmt: skip
    assert promote(lake, [bill], "again").commits == 0
    assert check_documents(lake, [bill]) == []
    assert query(lake, "SELECT sum(heat_gj) AS gj FROM heat_bills").to_pylist() == [{"gj": Decimal("18.360")}]
    assert held_by(lake, [bill.document_id]).rows["heat_bills"] == 1
    assert "heat_bills" in tables()
    assert "kind.heat" in dict(load_prompt("kind").fields)


@pytest.mark.parametrize(
    ("module", "words", "fault"),
    [
        (MODULE.replace('"heat",', '"gas",'), WORDS, "stands twice"),
        (MODULE.replace('"heat_bills"', '"gas_bills"'), WORDS, "stands twice"),
        (MODULE.replace('"heat_bills"', '"invoices"'), WORDS, "stands twice"),
        (MODULE.replace('("heat_gj", "heat_mwh")', '("heat", "heat_mwh")'), WORDS, "names heat"),
        ("KIND = 7", WORDS, "names no Kind"),
        ("import nothing_of_that_name", WORDS, "cannot be loaded"),
    ],
)
def test_a_kind_that_is_wrong_is_refused_by_name(
    package: Path, monkeypatch: pytest.MonkeyPatch, module: str, words: str, fault: str
) -> None:
    install(package, monkeypatch, module, words)
    with pytest.raises(ConfigurationError, match=fault):
        tables()


def test_a_yaml_that_labels_an_unknown_field_is_refused(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(package, monkeypatch, words=WORDS.replace("heat_mwh:", "heat_mw:"))
    with pytest.raises(ConfigurationError, match="heat_mw is none of its fields"):
        rules_of(all_kinds()["heat"])
    with pytest.raises(ConfigurationError):
        kinds_fingerprint()

"""Supplier files add what no geometry can know, and never make a record accepted."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import ConfigurationError
from pipelines.invoices import Invoice, Status
from pipelines.parsing import parse_document
from pipelines.parsing.suppliers import Supplier, SupplierBook, load_suppliers
from tests.parsing.laid_words import Cells, document, lay_words

KNOWN = Supplier(
    name="Prąd Wymyślony S.A.",
    tax_ids=("526-025-02-74",),
    aliases=("PrądoMat24",),
    country="PL",
    decimal=",",
    labels={"customer_number": ("Znak płatnika",)},
    file="wymyslony.yaml",
)
BOOK, NOBODY = SupplierBook((KNOWN,)), SupplierBook()


def bill(*head: Cells, customer: str = "Numer klienta: 77123") -> Invoice:
    page = lay_words(
        ((40, "Faktura VAT nr 12/2026"), (350, "Data wystawienia: 05.02.2026")),
        *head,
        ((40, customer), (350, "Termin płatności: 19.02.2026")),
        ((40, "Nazwa"), (250, "Wartość netto"), (350, "VAT"), (430, "Wartość brutto")),
        ((40, "Energia czynna"), (250, "1 000,00"), (350, "230,00"), (430, "1 230,00")),
        ((40, "Razem"), (250, "1 000,00"), (350, "230,00"), (430, "1 230,00")),
        ((40, "Do zapłaty: 1 230,00 zł"),),
    )
    [invoice] = parse_document(document(page), BOOK)
    return invoice


def test_the_name_behind_a_printed_tax_id_is_known() -> None:
    invoice = bill(((40, "NIP sprzedawcy: 526-025-02-74"),))
    assert invoice.seller.name == KNOWN.name
    assert invoice.evidence["seller.name"].rule == "supplier file wymyslony.yaml (by tax id)"
    assert "supplier_of_tax_id" in {check.name for check in invoice.checks}


def test_a_printed_name_stands_whatever_the_file_says() -> None:
    invoice = bill(((40, "Sprzedawca: Inna Nazwa S.A."),), ((40, "NIP: 526-025-02-74"),))
    assert invoice.seller.name == "Inna Nazwa S.A."


def test_the_tax_id_behind_a_printed_name_is_filled_only_where_a_person_will_look() -> None:
    invoice = bill(((40, "Sprzedawca: PrądoMat24"),))
    if invoice.status is Status.ACCEPTED:
        assert invoice.seller.tax_id is None
    else:
        assert invoice.seller.tax_id == "5260250274"
        assert any("is not on the page" in reason for reason in invoice.review_reasons)


@pytest.mark.parametrize(
    "head", [((40, "NIP sprzedawcy: 526-025-02-74"),), ((40, "Sprzedawca: PrądoMat24"),), ((40, "Oddział w Kutnie"),)]
)
def test_no_file_makes_a_record_accepted(head: Cells) -> None:
    known = bill(head)
    page_alone = parse_document(document(lay_words(head)), NOBODY)
    assert page_alone[0].status is Status.NEEDS_REVIEW
    without = [reason for reason in known.review_reasons if "is not on the page" not in reason]
    assert known.status is (Status.NEEDS_REVIEW if without else Status.ACCEPTED)


def test_words_that_one_supplier_uses_are_labels_on_its_documents_only() -> None:
    mine = bill(((40, "NIP sprzedawcy: 526-025-02-74"),), customer="Znak płatnika: 77123")
    assert mine.customer_number == "77123"
    others = bill(((40, "NIP sprzedawcy: 676-233-77-35"),), customer="Znak płatnika: 77123")
    assert others.customer_number is None


def test_the_buyer_is_not_taken_for_the_supplier() -> None:
    invoice = bill(((40, "Sprzedawca: Huta Szkła sp. z o.o."), (350, "Nabywca: PrądoMat24")),
                   ((40, "NIP: 676-233-77-35"), (350, "NIP: 526-025-02-74")))  # fmt: skip
    assert (invoice.seller.name, invoice.seller.tax_id) == ("Huta Szkła sp. z o.o.", "6762337735")


def test_every_shipped_file_holds_a_name_and_tax_ids_that_close() -> None:
    book = load_suppliers()
    assert len(book.suppliers) >= 10
    for supplier in book.suppliers:
        assert book.by_tax_id(supplier.tax_ids[0]) is supplier
        assert book.by_name(supplier.name) is supplier
        assert book.without([supplier]).by_name(supplier.name) is None


GOOD = 'name: Prąd Wymyślony S.A.\ncountry: PL\ntax_ids:\n  - 526-025-02-74\ndecimal: ","\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("-74", "-75"), r"a\.yaml, line 4: tax_ids\.0: .*no tax id whose check digits close"),
        (GOOD + "colour: red\n", r"a\.yaml, line 6: colour: Extra inputs"),
        (GOOD.replace("PL", "Polska"), r"a\.yaml, line 2: country"),
        (GOOD.replace('","', '";"'), r"a\.yaml, line 5: decimal"),
        (GOOD + "labels:\n  invoice_nummer:\n    - Znak\n", r"a\.yaml, line 7: labels\.invoice_nummer: no such"),
        (GOOD.replace("tax_ids:", "tax_ids: ["), r"a\.yaml, line \d"),
        ("- just a list\n", r"a\.yaml, line 1: it holds no fields"),
        (GOOD.replace("name: Prąd Wymyślony S.A.\n", ""), r"a\.yaml, line 1: name: Field required"),
    ],
)
def test_a_malformed_file_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=said):
        load_suppliers(tmp_path)


def test_two_files_may_not_have_one_tax_id(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"b\.yaml and a\.yaml have the same tax id"):
        load_suppliers(tmp_path)


def test_a_folder_without_files_knows_nobody(tmp_path: Path) -> None:
    assert load_suppliers(tmp_path / "none").suppliers == ()

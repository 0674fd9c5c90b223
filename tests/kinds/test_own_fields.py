"""A kind's own fields count under an equation that closes for one choice of values alone; all else stays open."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

import pytest

from pipelines.invoices import Invoice
from pipelines.kinds import agree, all_kinds
from pipelines.pages import Attachment, DocumentText
from pipelines.parsing import Proposal, parse_document
from pipelines.parsing.suppliers import SupplierBook
from pipelines.samples import einvoices, identifiers, polish_energy
from tests.parsing.laid_words import Cells, document, lay_words

HEAD: tuple[Cells, ...] = (
    ((40, "Nordufer Vertrieb GmbH"),),
    ((40, "USt-IdNr. DE136695976"),),
    ((40, "Rechnung Nr. 4711-26"),),
    ((40, "Rechnungsdatum:"), (160, "05.02.2026")),
)
FOOT: tuple[Cells, ...] = (
    ((40, "Nettobetrag"), (200, "100,00 EUR")),
    ((40, "zzgl. 19 % USt."), (200, "19,00 EUR")),
    ((40, "Rechnungsbetrag"), (200, "119,00 EUR")),
)
GAS: tuple[Cells, ...] = (((40, "Erdgas Brennwert und Zustandszahl"),), ((40, "Gasverbrauch und Gaszähler"),))


def read(*rows: Cells, **said: str) -> Invoice:
    proposals = [Proposal(name.replace("__", "."), value, 1, "m") for name, value in said.items()]
    (invoice,) = parse_document(document(lay_words(*HEAD, *rows, *FOOT)), SupplierBook(), proposals)
    return invoice


def gas(previous: str, current: str, volume: str, factor: str, calorific: str, energy: str) -> Invoice:
    labels = ("Zählerstand alt", "Zählerstand neu", "Verbrauch", "Zustandszahl", "Brennwert", "Energie")
    values = (previous, current, f"{volume} m³", factor, f"{calorific} kWh/m³", f"{energy} kWh")
    pairs = zip(labels, values, strict=True)
    return read(*GAS, *((((40, label), (200, value))) for label, value in pairs))


def test_equations_that_close_prove_every_field_they_name() -> None:
    bill = gas("6.882", "8.123", "1.241", "0,9524", "11,286", "13.339")
    assert bill.kind == "gas"
    assert bill.details == {
        "reading_previous_m3": "6882", "reading_current_m3": "8123", "volume_m3": "1241",
        "correction_factor": "0.9524", "kwh_per_m3": "11.286", "energy_kwh": "13339",
    }  # fmt: skip
    assert [said.field for said in bill.suggestions if said.field.startswith("details")] == []


def test_a_volume_that_the_readings_contradict_is_no_value() -> None:
    bill = gas("6.882", "8.023", "1.241", "0,9524", "11,286", "13.330")
    assert bill.details == {}
    assert {"details.volume_m3", "details.energy_kwh"} <= {said.field for said in bill.suggestions}


def test_what_one_equation_proves_and_another_contradicts_is_open() -> None:
    # the readings give 1241, and so does the energy only with another volume that stands on the page, too
    bill = read(
        *GAS,
        ((40, "Zählerstand alt"), (200, "6.882")),
        ((40, "Zählerstand neu"), (200, "8.123")),
        ((40, "Verbrauch"), (200, "1.241 m³")),
        ((40, "Menge"), (200, "1.100 m³")),
        ((40, "Zustandszahl"), (200, "0,9524")),
        ((40, "Brennwert"), (200, "11,286 kWh/m³")),
        ((40, "Energie"), (200, "11.824 kWh")),
    )
    assert "volume_m3" not in bill.details


def test_open_fields_make_no_invoice_wrong() -> None:
    without = read(*GAS)
    contradicted = gas("6.882", "8.023", "1.241", "0,9524", "11,286", "13.330")
    assert (without.kind, without.details) == ("gas", {})
    own = [reason for reason in contradicted.review_reasons if "details" in reason]
    assert own == []
    assert {check.name for check in contradicted.checks if not check.passed} <= {
        check.name for check in without.checks if not check.passed
    }


def test_a_printed_product_gives_its_factors_by_their_units() -> None:
    bill = read(
        *GAS,
        ((40, "Zählerstand alt"), (200, "4854 m³")),
        ((40, "Zählerstand neu"), (200, "6665 m³")),
        ((40, "Differenz"), (200, "1.811 m³")),
        ((40, "x Zustandszahl x Brennwert"), (200, "0,9512 x 11,284 kWh/m³")),
        ((40, "Energie"), (200, "19.438 kWh")),
    )
    assert (bill.details["correction_factor"], bill.details["kwh_per_m3"]) == ("0.9512", "11.284")
    assert (bill.details["volume_m3"], bill.details["energy_kwh"]) == ("1811", "19438")


def test_numbers_at_the_right_edge_of_a_column_belong_to_its_head() -> None:
    bill = read(
        *GAS,
        (
            (40, "Zähler"),
            (110, "Stand alt"),
            (200, "Stand neu"),
            (290, "Verbrauch"),
            (380, "Brennwert"),
            (470, "Energie"),
        ),
        ((40, "G9429975"), (175, "5033"), (265, "5514"), (360, "481"), (440, "11,311"), (535, "5441")),
    )
    assert bill.details == {
        "reading_previous_m3": "5033", "reading_current_m3": "5514", "volume_m3": "481", "kwh_per_m3": "11.311",
        "energy_kwh": "5441",
    }  # fmt: skip


def test_two_rows_that_close_alike_leave_their_fields_open() -> None:
    bill = read(
        *GAS,
        ((40, "Stand alt"), (140, "Stand neu"), (240, "Verbrauch")),
        ((40, "100"), (140, "220"), (240, "120")),
        ((40, "220"), (140, "300"), (240, "80")),
    )
    assert bill.details == {}


def test_water_has_no_energy_whatever_its_meter_shows() -> None:
    bill = read(
        ((40, "Trinkwasser und Abwasser"),),
        ((40, "Zähler"), (140, "Stand alt"), (240, "Stand neu"), (340, "Verbrauch")),
        ((40, "99887766"), (140, "120"), (240, "161"), (340, "41 m³")),
    )
    assert bill.kind == "water"
    assert (bill.consumption_kwh, bill.meter_readings) == (None, ())
    assert bill.details == {"reading_previous_m3": "120", "reading_current_m3": "161", "volume_m3": "41"}


def test_an_e_invoice_of_gas_is_gas_whatever_its_attachment_meters() -> None:
    supply = polish_energy.draw_supply(Random(3), "G11")
    power = polish_energy.settlement(Random(3), supply, date(2026, 1, 1), "FES/1", 274)
    electric = einvoices.fa3(power).decode()
    words = (("Energia czynna", "Paliwo gazowe"), ("Kod PPE", "ID PPG"), ("Adres PPE", "Adres PPG"))
    gas_xml = electric
    for old, new in words:
        gas_xml = gas_xml.replace(old, new)
    kinds = [
        parse_document(DocumentText((), (Attachment("fa.xml", xml.encode()),)))[0].kind for xml in (electric, gas_xml)
    ]
    assert kinds == ["electricity", "gas"]


OPEN: tuple[Cells, ...] = (
    ((40, "Trinkwasser 12 m³"),), ((40, "Abwasser 12 m³"),), ((40, "Erdgas 20 m³"),), ((40, "Gasverbrauch 20 m³"),),
)  # fmt: skip


def test_a_second_reader_may_name_a_kind_that_the_rules_leave_open() -> None:
    assert read(*OPEN).kind is None
    named = read(*OPEN, kind__water="Trinkwasser 12 m³")
    assert (named.kind, named.evidence["kind"].rule) == ("water", "second reader m")
    assert named.details == {}, "its word proves nothing"


@pytest.mark.parametrize(
    "said",
    [
        {"kind__water": "Regenwasser 12 m³"},
        {"kind__water": "Trinkwasser 12 m³", "kind__gas": "Gasverbrauch 20 m³"},
        {"kind__electricity": "Trinkwasser 12 m³"},
        {"kind__heating": "Trinkwasser 12 m³"},
        {"kind__water": "12 m³"},
    ],
)
def test_a_kind_that_is_not_on_the_page_or_not_known_does_not_count(said: dict[str, str]) -> None:
    assert read(*OPEN, **said).kind is None


def test_a_second_reader_never_flips_a_kind_that_rules_decided() -> None:
    bill = gas("6.882", "8.123", "1.241", "0,9524", "11,286", "13.339")
    assert bill.kind == "gas"
    assert read(*GAS, kind__water="Erdgas Brennwert").kind == "gas"


@pytest.mark.parametrize(
    ("reached", "printed", "closes"),
    [("13339.4", "13339", True), ("13339.6", "13339", False), ("11.2345", "11.23", True), ("11.24", "11.23", False)],
)
def test_a_value_agrees_within_the_rounding_of_its_printed_digits(reached: str, printed: str, closes: bool) -> None:
    assert (agree(Decimal(reached), Decimal(printed)) is not None) is closes


def test_supply_points_are_proven_by_check_digits_where_they_have_any() -> None:
    proof = next(p for p in all_kinds()["gas"].proofs if p.name == "supply_point_check_digits")
    assert proof.closes("ES1234123456789012JY") is not None
    assert proof.closes("ES1234123456789012JX") is None
    point = identifiers.ppe(Random(1))
    assert proof.closes(point) is not None
    assert proof.closes(point[:-1] + str((int(point[-1]) + 1) % 10)) is None
    assert proof.closes("04412345678901") is None

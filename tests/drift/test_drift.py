"""A layout that stops proving itself is held, from the first document that shows it; no other layout is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.invoices import DocumentType, Invoice, Status
from pipelines.lake import Lake
from pipelines.parsing import parse_document
from pipelines.steps.drift import Held, Seen, Tally, find_fall, held_layouts, hold_back, release_layout, watch_layouts
from tests.parsing.laid_words import Cells, document, lay_words

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def history(flags: str, begin: int = 0) -> list[Seen]:
    """`+` for a document that proved itself, `-` for one that did not; a minute apart."""
    return [Seen(f"d{begin + n:03d}", NOON + timedelta(minutes=begin + n), flag == "+") for n, flag in enumerate(flags)]


def test_a_fall_names_the_first_document_that_shows_it() -> None:
    fall = find_fall(history("+" * 30 + "------"))
    assert fall is not None
    assert (fall.first, fall.before, fall.after) == ("d030", 1.0, 0.0)


@pytest.mark.parametrize("flags", ["+" * 40, "-" * 40, "+-" * 20, "+" * 30 + "--", "+" * 5 + "-----", "", "++++-" * 8])
def test_what_was_always_so_or_may_be_chance_is_no_fall(flags: str) -> None:
    assert find_fall(history(flags)) is None


def test_a_new_layout_is_held_against_the_suppliers_others() -> None:
    fall = find_fall(history("-----", 40), Tally.of(history("+" * 25)))
    assert fall is not None
    assert fall.first == "d040"
    assert find_fall(history("-----", 40)) is None


@settings(deadline=None, max_examples=60)
@given(st.lists(st.booleans(), max_size=60))
def test_a_fall_is_always_a_fall(flags: list[bool]) -> None:
    fall = find_fall(history("".join("+" if flag else "-" for flag in flags)))
    assert fall is None or fall.after < fall.before


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """What silver's documents hold."""
    held: list[dict[str, object]] = []
    monkeypatch.setattr("pipelines.silver.received_rows", lambda *_: held)
    return held


def row(seen: Seen, layout: str, supplier: str = "PL1") -> dict[str, object]:
    return {
        "document_id": seen.document, "received_at": seen.at, "supplier_tax_id": supplier, "layout": layout,
        "invoices": 1, "proven": int(seen.proven), "parsed_at": seen.at,
    }  # fmt: skip


def test_only_the_layout_that_fell_is_held_and_a_release_forgets_what_was_before(
    lake: Lake, rows: list[dict[str, object]]
) -> None:
    rows += [row(seen, "a" * 12) for seen in history("+" * 30 + "------")]
    rows += [row(seen, "b" * 12) for seen in history("+" * 40)]
    (held,) = watch_layouts(lake, NOON + timedelta(hours=2))
    assert (held.layout, held.since) == ("a" * 12, "d030")
    assert watch_layouts(lake, NOON + timedelta(hours=3)) == []
    released = release_layout(lake, "a" * 12, "anna")
    assert released is not None
    assert watch_layouts(lake, NOON + timedelta(hours=4)) == []
    assert release_layout(lake, "a" * 12, "anna") is None
    assert held_layouts(lake)["a" * 12].released_by == "anna"


def test_documents_of_a_held_layout_wait_with_the_reason_and_others_do_not() -> None:
    held = Held(layout="a" * 12, supplier="PL1", before=0.97, after=0.2, since="2026-03-01/x", at=NOON)
    plain = Invoice(status=Status.ACCEPTED, document_type=DocumentType.INVOICE, layout="a" * 12)
    other = plain.model_copy(update={"layout": "b" * 12})
    first, second = hold_back([plain, other], {held.layout: held})
    assert first.status is Status.NEEDS_REVIEW
    assert "fell from 97% to 20% since 2026-03-01/x" in first.review_reasons[0]
    assert second is other
    (free,) = hold_back([plain], {held.layout: held.model_copy(update={"released_at": NOON})})
    assert free is plain


def bill(number: str, *more: Cells, shift: float = 0.0) -> str | None:
    text = document(
        lay_words(
            ((40, "Wieczorek Narzędzia Sp. z o.o."),),
            ((40, f"Faktura VAT nr {number}"),),
            ((40 + shift, "Data wystawienia:"), (180 + shift, "05.02.2026")),
            ((40, "Nabywca: Zielona Dolina S.A."),),
            *more,
            ((40, "Wartość netto:"), (200, "100,00 zł")),
            ((40, "Kwota VAT:"), (200, "23,00 zł")),
            ((40, "Razem brutto:"), (200, "123,00 zł")),
        )
    )
    return parse_document(text)[0].layout


def test_bills_of_one_template_share_a_fingerprint_and_a_moved_label_gives_another() -> None:
    longer: tuple[Cells, ...] = tuple(((40, f"Deska {n}"), (300, "12,00")) for n in range(3))
    assert bill("FV/1/2026") == bill("FV/22/2026", *longer)
    assert bill("FV/1/2026") != bill("FV/1/2026", shift=250)


def test_a_page_without_a_frame_has_no_layout() -> None:
    assert parse_document(document(lay_words(((40, "Dear neighbour"),))))[0].layout is None

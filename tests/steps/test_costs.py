"""What a page is expected to cost, learned from what pages took."""

from hypothesis import given
from hypothesis import strategies as st

from pipelines.steps.costs import SCANNED_FROM_SECONDS, Costs, fit

GUESS = Costs()
took = st.lists(st.tuples(st.integers(1, 500), st.floats(0.001, 1e5)), max_size=30)


def test_scans_that_were_slower_than_guessed_make_scanned_pages_dearer() -> None:
    assert fit([(2, 10.0)] * 6).scanned_page == 5.0


def test_documents_with_a_text_layer_teach_nothing_about_scans() -> None:
    assert fit([(3, 0.3)] * 100) == GUESS


def test_a_few_scans_are_not_believed() -> None:
    assert fit([(1, 20.0)] * 4) == GUESS


def test_one_odd_scan_does_not_move_the_estimate() -> None:
    assert fit([(1, 3.0)] * 9 + [(1, 900.0)]).scanned_page == 3.0


@given(took)
def test_a_scanned_page_stays_within_reason_and_dearer_than_a_page_with_text(found: list[tuple[int, float]]) -> None:
    learned = fit(found)
    assert 1.0 <= learned.scanned_page <= 30.0
    assert learned.scanned_page > SCANNED_FROM_SECONDS > learned.text_page

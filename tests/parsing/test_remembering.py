"""What parsing remembers is let go between documents before it fills a process."""

from pipelines.parsing import remembering
from pipelines.parsing.folding import fold
from pipelines.parsing.remembering import KEPT, let_go


def _kept() -> int:
    return sum(keeper.cache_info().currsize for keeper in remembering._KEEPERS)


def test_little_is_kept_and_much_is_let_go() -> None:
    let_go(0)
    assert _kept() == 0
    assert [fold(f"Nº {n}") for n in range(9)][-1] == "no 8"
    let_go()
    assert _kept() == 9
    let_go(8)
    assert _kept() == 0
    assert fold("Nº 8") == "no 8"


def test_what_functions_may_keep_within_a_document_is_more_than_what_stays() -> None:
    assert sum(keeper.cache_info().maxsize or 0 for keeper in remembering._KEEPERS) > KEPT

"""What gold makes of a month by column is what its SQL says, on invoices of every sort thrown together."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pipelines.lake import Lake
from pipelines.silver import partitions
from tests.gold.thrown_invoices import Thrown, assert_alike, throw


@pytest.mark.parametrize(("seed", "odd"), [(1, 0.0), (2, 0.05), (3, 0.4)])
def test_both_ways_give_the_same_rows(lake: Lake, seed: int, odd: float) -> None:
    throw(lake, Thrown(seed, odd), 200)
    assert_alike(lake)


def test_month_of_many_pieces_gives_the_same_rows(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "ROW_GROUP", 30)
    throw(lake, Thrown(4, 0.1), 200)
    assert_alike(lake)


class Strange(Thrown):
    """Keys of any length, and amounts whose sum has no room in 64 bits."""

    def point(self, count: int) -> tuple[str | None, str | None]:
        number = self.seldom(f"p{self.chance.randrange(count * 20)}", "a", "b")
        return number, number

    def money(self) -> Decimal:
        return self.chance.choice((4, -4)) * Decimal(10) ** 14

    def energy(self) -> Decimal:
        return Decimal(10) ** 9


def test_strange_keys_and_amounts_give_the_same_rows(lake: Lake) -> None:
    throw(lake, Strange(5, 0.02), 130)
    assert_alike(lake)

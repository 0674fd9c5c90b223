"""The day's tokens and money hold over all workers, and a worker that died never frees what it set aside."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from pipelines.lake import Lake
from pipelines.second_reader.spending import MILLION, Budget, OverBudget, Prices

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def budget(lake: Lake, tokens: int = 1000, money: float = 1.0, at: datetime = NOON) -> Budget:
    return Budget(lake.storage, Prices(100, 1000), tokens, int(money * MILLION), lambda: at)


def test_what_is_set_aside_counts_until_it_is_settled(lake: Lake) -> None:
    held = budget(lake).reserve(500, 100)
    with pytest.raises(OverBudget):
        budget(lake).reserve(500, 100)
    held.settle(200, 50)
    budget(lake).reserve(500, 100)


def test_money_runs_out_before_tokens(lake: Lake) -> None:
    caps = budget(lake, tokens=10**9, money=0.2)
    caps.reserve(500, 100)  # 500 x 100 + 100 x 1000 = 0.15
    with pytest.raises(OverBudget, match=r"0\.15 of 0\.20"):
        caps.reserve(500, 100)


def test_what_a_dead_worker_set_aside_stays_counted_until_the_next_day(lake: Lake) -> None:
    budget(lake).reserve(900, 0)
    with pytest.raises(OverBudget):
        budget(lake).reserve(900, 0)
    budget(lake, at=datetime(2026, 3, 2, tzinfo=UTC)).reserve(900, 0)


def test_settling_twice_alike_is_once(lake: Lake) -> None:
    held = budget(lake).reserve(500, 0)
    held.settle(10, 0)
    held.settle(10, 0)
    assert budget(lake)._spent(NOON.date())[1] == 10


def test_many_workers_at_once_stay_within_the_cap(lake: Lake) -> None:
    caps, granted, gate = budget(lake, tokens=1000, money=10**6), [], threading.Barrier(8)

    def worker() -> None:
        gate.wait()
        for _ in range(4):
            try:
                granted.append(caps.reserve(90, 0))
            except OverBudget:
                return

    threads = [threading.Thread(target=worker) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(granted) == 11
    assert sorted(held.key.number for held in granted) == list(range(1, 12))


def test_a_price_below_a_millionth_is_rounded_up() -> None:
    assert Prices(0.1, 0).cost(1, 0) == 1
    assert Prices(0, 0).cost(10**9, 10**9) == 0

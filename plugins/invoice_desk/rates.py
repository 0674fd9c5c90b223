"""How much one person may ask for: a bucket of tokens each, refilled by the second."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

_MOST_KEPT = 10_000


class Rates:
    """`a_minute` in the long run, `burst` at once."""

    def __init__(self, a_minute: int, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._a_second, self._burst, self._clock = a_minute / 60, max(1, burst), clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_seconds(self, who: str, count: int = 1) -> float:
        """Take `count`; 0 where that was granted, else how long to wait before asking again."""
        now = self._clock()
        left, at = self._buckets.pop(who, (float(self._burst), now))
        left = min(float(self._burst), left + (now - at) * self._a_second)
        granted = left >= min(count, self._burst)
        self._buckets[who] = (left - min(count, self._burst) if granted else left, now)
        while len(self._buckets) > _MOST_KEPT:
            self._buckets.popitem(last=False)
        return 0.0 if granted else (min(count, self._burst) - left) / self._a_second

"""What routes and pages share: the lake, its catalogue, live updates, and the hands that work."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from invoice_desk.live import Hub, Standings
from invoice_desk.settings import DeskSettings
from invoice_desk.trail import Trail
from invoice_desk.waking import Waker

if TYPE_CHECKING:
    from pipelines.queries import Catalogue
    from pipelines.steps import Lake, Viewing

P = ParamSpec("P")
T = TypeVar("T")
_THREADS = 6


class Desk:
    """One a process. The lake is opened with the first request that needs it, and again after a failure.

    Everything that waits for storage runs in the desk's own few threads: the event loop and the threads of
    Airflow's API are never held up, however much is uploaded.
    """

    def __init__(
        self, open_lake: Callable[[], Lake], make_waker: Callable[[Lake], Waker], settings: DeskSettings
    ) -> None:
        self.settings = settings
        self.started = time.time()
        self.counts: Counter[str] = Counter()
        """What happened, for /metrics."""
        self._open_lake, self._make_waker = open_lake, make_waker
        self._opening = threading.Lock()
        self._lake: Lake | None = None
        self._catalogue: Catalogue | None = None
        self._waker: Waker | None = None
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="desk")
        self._admissions = ThreadPoolExecutor(settings.admissions, thread_name_prefix="desk-admission")
        self.trail = Trail(self._record)
        self.hub = Hub(self._standings, settings.watchers)

    async def run(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call in one of the desk's threads."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(work, *args, **kwargs))

    async def admit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call in one of the few threads that take files into the lake: this is what bounds their memory."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._admissions, partial(work, *args, **kwargs))

    def _record(self, viewings: list[Viewing]) -> None:
        from pipelines import steps

        steps.record_viewings(self.lake, viewings)

    @property
    def lake(self) -> Lake:
        """Opens it; call from a thread. Raises ConfigurationError, StorageUnavailable."""
        with self._opening:
            if self._lake is None:
                self._lake = self._open_lake()
            return self._lake

    @property
    def catalogue(self) -> Catalogue:
        """Call from a thread."""
        from pipelines.queries import Catalogue

        lake = self.lake
        with self._opening:
            if self._catalogue is None:
                self._catalogue = Catalogue(lake)
            return self._catalogue

    @property
    def waker(self) -> Waker:
        """Call from a thread."""
        lake = self.lake
        with self._opening:
            if self._waker is None:
                self._waker = self._make_waker(lake)
            return self._waker

    def changed(self, document: str) -> None:
        """A person changed a document. Call from a thread."""
        self.catalogue.touched(document)
        self.waker.changed(document)

    def received(self, document: str) -> None:
        """A document came in. Call from a thread."""
        self.catalogue.touched(document)
        self.waker.received()

    async def _standings(self) -> Standings:
        # asked for in the thread: the first time, it opens the lake
        return await self.run(lambda: self.catalogue.standings())  # noqa: PLW0108

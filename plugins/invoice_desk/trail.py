"""Who looked at what, gathered for some seconds and then appended to the lake: a look costs no call of the store.

What is gathered is lost when the process is killed within these seconds; a store that fails is tried again, and
beyond a bound the oldest looks are dropped with a line in the log.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pipelines.errors import LakeError

if TYPE_CHECKING:
    from pipelines.steps import Look, Viewing

log = logging.getLogger(__name__)

GATHER_SECONDS = 5.0
AGAIN = timedelta(minutes=1)
"""The same person's same look at the same document counts once within this time."""
_MOST = 20_000


class Trail:
    """Thread safe. `write` appends a batch, and may raise LakeError."""

    def __init__(self, write: Callable[[list[Viewing]], None], gather_seconds: float = GATHER_SECONDS) -> None:
        self._write, self._seconds = write, gather_seconds
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._waiting: list[Viewing] = []
        self._last: dict[tuple[str, str, str], datetime] = {}
        self._timer: threading.Timer | None = None

    def note(self, who: str, look: Look, document: str = "", count: int | None = None) -> None:
        """Remember a look; costs no input or output."""
        from pipelines.steps import Viewing

        at = datetime.now(UTC)
        with self._lock:
            before = self._last.get((who, look, document))
            if document and before is not None and timedelta(0) <= at - before < AGAIN:
                return
            if len(self._last) > _MOST:
                self._last.clear()
            self._last[who, look, document] = at
            self._waiting.append(Viewing(at=at, who=who, look=look, document=document, count=count))
            self._start_timer()

    def flush(self) -> None:
        """Append what was gathered. What cannot be written waits for the next time."""
        with self._writing:
            with self._lock:
                self._timer = None
                batch, self._waiting = self._waiting, []
            try:
                if batch:
                    self._write(batch)
            except LakeError as error:
                log.warning("the trail of %d looks waits: %s", len(batch), error)
                with self._lock:
                    self._waiting = batch + self._waiting
                    if len(self._waiting) > _MOST:
                        log.error("%d looks are lost: the trail cannot be written", len(self._waiting) - _MOST)
                        del self._waiting[: len(self._waiting) - _MOST]
                    self._start_timer()

    def _start_timer(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(self._seconds, self.flush)
            self._timer.daemon = True
            self._timer.start()

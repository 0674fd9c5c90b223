"""Live updates: one look at the lake for all watchers, and the differences told to each of them."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelines.queries import Standing

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
_MOST_WAITING = 1000
"""Events that wait for one slow watcher; beyond them it is told to look anew."""

Standings = dict[str, "Standing"]


@dataclass(frozen=True, slots=True)
class Event:
    """`kind`: processing_status, invoice_updated, invoice_deleted, or `reset`: events were lost, look anew."""

    kind: str
    body: dict[str, Any]

    def to_json(self) -> str:
        return json.dumps({"event": self.kind, **self.body}, ensure_ascii=False)

    def to_sse(self) -> str:
        return f"event: {self.kind}\ndata: {self.to_json()}\n\n"


def differences(before: Standings, now: Standings) -> list[Event]:
    """What happened between two looks."""
    events = []
    for name, standing in now.items():
        old = before.get(name)
        if old == standing:
            continue
        body = {"id": name, "state": standing.state, "stage": standing.stage}
        if old is None or (old.state, old.stage) != (standing.state, standing.stage):
            events.append(Event("processing_status", body | {"before": old.state if old else None}))
        if standing.state == "deleted" and (old is None or old.state != "deleted"):
            events.append(Event("invoice_deleted", body))
        elif old is not None and old.edits != standing.edits:
            events.append(Event("invoice_updated", body))
    return events


class Hub:
    """Watchers subscribe; while there is one, a task looks at the lake.

    Args:
        look: Gives the standings; called by one task only, however many watch.
        most: Watchers at once.
    """

    def __init__(self, look: Callable[[], Awaitable[Standings]], most: int, poll_seconds: float = POLL_SECONDS) -> None:
        self._look, self._most, self._poll = look, most, poll_seconds
        self._watchers: set[asyncio.Queue[Event]] = set()
        self._task: asyncio.Task[None] | None = None
        self._last: Standings | None = None

    @property
    def watchers(self) -> int:
        return len(self._watchers)

    @property
    def is_full(self) -> bool:
        return len(self._watchers) >= self._most

    async def subscribe(self, heartbeat_seconds: float = 15.0) -> AsyncIterator[Event | None]:
        """Events as they happen; None now and then while nothing does, to find out who is gone."""
        queue: asyncio.Queue[Event] = asyncio.Queue(_MOST_WAITING)
        self._watchers.add(queue)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._watch())
        try:
            while True:
                try:
                    yield await asyncio.wait_for(queue.get(), heartbeat_seconds)
                except TimeoutError:
                    yield None
        finally:
            self._watchers.discard(queue)

    async def _watch(self) -> None:
        """Ends with the last watcher: a lake that nobody watches is not looked at."""
        self._last = None
        while self._watchers:
            try:
                now = await self._look()
            except Exception as error:  # noqa: BLE001 - a store that does not answer now may answer the next time
                log.warning("cannot look at the lake, trying again: %s", error)
            else:
                for event in differences(self._last, now) if self._last is not None else ():
                    self._tell(event)
                self._last = now
            await asyncio.sleep(self._poll)

    def _tell(self, event: Event) -> None:
        for queue in self._watchers:
            if queue.full():
                while not queue.empty():
                    with suppress(asyncio.QueueEmpty):
                        queue.get_nowait()
                queue.put_nowait(Event("reset", {}))
            else:
                queue.put_nowait(event)

"""Watchers: they look at the lake every few seconds and wake a stage while it has work.

Wake-ups are hints. Airflow can lose one (an event that arrives while a run is being created stays asleep
until the next), so a watcher looks at state, not at changes: what still stands after `patience_seconds`
is announced again, ever less often while nothing moves. One that returns would be restarted every other
second, so they never do.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseEventTrigger, BaseTrigger, TriggerEvent

from lake_dags.stages import DAG_OF

if TYPE_CHECKING:
    from pipelines.steps import Lake

LONGEST_PATIENCE_SECONDS = 300.0


@dataclass
class Waking:
    """When pending work deserves a wake-up: a pure state machine, fed with what each look at the lake found.

    Attributes:
        eager: Fire as soon as work appears or grows. Otherwise only for what stands still.
        patience_seconds: How long the same work may stand before it is announced (again).
    """

    eager: bool
    patience_seconds: float
    _token: str = ""
    _lowest: int = 0
    _since: float = 0.0
    _patience: float = 0.0

    def look(self, count: int, token: str, now: float) -> bool:
        """Whether to fire, having found `count` pending items with `token` at `now` (monotonic seconds)."""
        if not count:
            self._token, self._lowest = "", 0
            return False
        moved, grew = token != self._token, count > self._lowest
        self._token, self._lowest = token, min(count, self._lowest)
        if moved:
            self._since, self._patience = now, self.patience_seconds
        stood = now - self._since >= self._patience
        if stood:
            self._since, self._patience = now, min(2 * self._patience, LONGEST_PATIENCE_SECONDS)
        if stood or (self.eager and moved and grew):
            self._lowest = count
            return True
        return False


class WorkWatcher(BaseEventTrigger):
    """Wakes a stage: at once where `eager` (uploads), else when its work stands still (a lost wake-up)."""

    def __init__(self, stage: str, *, eager: bool, poll_seconds: float, patience_seconds: float) -> None:
        super().__init__()
        self.stage, self.eager = stage, eager
        self.poll_seconds, self.patience_seconds = poll_seconds, patience_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return f"{type(self).__module__}.{type(self).__qualname__}", {
            "stage": self.stage,
            "eager": self.eager,
            "poll_seconds": self.poll_seconds,
            "patience_seconds": self.patience_seconds,
        }

    async def run(self) -> AsyncIterator[TriggerEvent]:
        waking = Waking(self.eager, self.patience_seconds)
        look = _Look(self.stage)
        while True:
            try:
                count, token = await asyncio.to_thread(look)
            except Exception as error:  # noqa: BLE001 - a watcher that dies is a lost wake-up for ever
                self.log.warning("cannot look at the lake, trying again: %s", error)
                look = _Look(self.stage)
                await asyncio.sleep(5 * self.poll_seconds)
                continue
            if waking.look(count, token, time.monotonic()):
                yield TriggerEvent({"stage": self.stage, "pending": count})
            await asyncio.sleep(self.poll_seconds)


class TriggerByPath(BaseEventTrigger):
    """Stands for a trigger that only the triggerer imports: its libraries would make DAG files slow to read."""

    def __init__(self, path: str, **arguments: Any) -> None:
        super().__init__()
        self.path, self.arguments = path, arguments

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return self.path, self.arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        raise NotImplementedError(f"{self.path} runs in its place")
        yield  # pragma: no cover - makes this an async generator


class _Look:
    """One look at what a stage has pending. The lake is opened once and again after an error."""

    def __init__(self, stage: str) -> None:
        self.stage = stage
        self._lake: Lake | None = None

    def __call__(self) -> tuple[int, str]:
        from lake_dags.lakes import open_lake
        from pipelines import steps

        if self._lake is None:
            self._lake = open_lake()
        found = steps.pending(self._lake, self.stage)
        return found.count, found.token


class ReplayFinished(BaseTrigger):
    """Fires when a replay's runs are through: gold succeeded, or a stage failed.

    Args:
        run_id: All stage runs of one replay bear the same run id.
        first: The stage it began with.
    """

    def __init__(self, run_id: str, first: str, poll_seconds: float = 4.0) -> None:
        super().__init__()
        self.run_id, self.first, self.poll_seconds = run_id, first, poll_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return f"{type(self).__module__}.{type(self).__qualname__}", {
            "run_id": self.run_id,
            "first": self.first,
            "poll_seconds": self.poll_seconds,
        }

    async def run(self) -> AsyncIterator[TriggerEvent]:
        stages = list(DAG_OF)[list(DAG_OF).index(self.first) :]
        while True:
            for stage in stages:
                if await asyncio.to_thread(self._runs, stage, "failed"):
                    yield TriggerEvent({"failed": DAG_OF[stage]})
                    return
            if await asyncio.to_thread(self._runs, stages[-1], "success"):
                yield TriggerEvent({"failed": None})
                return
            await asyncio.sleep(self.poll_seconds)

    def _runs(self, stage: str, state: str) -> int:
        from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

        return RuntimeTaskInstance.get_dr_count(DAG_OF[stage], run_ids=[self.run_id], states=[state])

"""What follows a change: somebody has to read, parse and promote it.

Wake-ups are hints: what is pending follows from the lake's own state, so one that is lost costs seconds.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from pipelines.errors import Terminal

if TYPE_CHECKING:
    from pipelines.steps import FirstStage, Lake, Mode

log = logging.getLogger(__name__)


class CannotReprocess(Terminal):
    """Nobody here can do a document again."""


class Waker(Protocol):
    """Thread safe; called from worker threads."""

    name: str

    def received(self) -> None:
        """Documents wait to be read."""
        ...

    def changed(self, document: str) -> None:
        """A person changed a document: silver and gold have to follow."""
        ...

    def reprocess(self, document: str, first: FirstStage, mode: Mode, who: str) -> str:
        """Do a document again from a stage on. Returns what was started, for people."""
        ...


class Nobody:
    """Another machine works on this lake, and finds out by itself."""

    name = "elsewhere"

    def received(self) -> None:
        pass

    def changed(self, document: str) -> None:
        pass

    def reprocess(self, document: str, first: FirstStage, mode: Mode, who: str) -> str:  # noqa: ARG002
        raise CannotReprocess(
            "this desk works on nothing itself", document=document, remedy="Use the desk inside Airflow, or --run."
        )


class OwnHands:
    """This process walks the lake itself, in one thread: for a desk without Airflow."""

    name = "this process"

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._waiting: list[Callable[[], object]] = []
        self._walk = False
        self._turn = threading.Condition()
        self._thread: threading.Thread | None = None

    def received(self) -> None:
        with self._turn:
            self._walk = True
            self._start()

    def changed(self, document: str) -> None:
        self._do(lambda: self._again(document, "silver", "missing"))

    def reprocess(self, document: str, first: FirstStage, mode: Mode, who: str) -> str:
        log.info("reprocess: document=%s from=%s mode=%s who=%s", document, first, mode, who)
        self._do(lambda: self._again(document, first, mode))
        return "this process"

    def _do(self, work: Callable[[], object]) -> None:
        with self._turn:
            self._waiting.append(work)
            self._start()

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="walk", daemon=True)
            self._thread.start()
        self._turn.notify()

    def _run(self) -> None:
        while True:
            with self._turn:
                if not (self._waiting or self._walk) and not self._turn.wait(30):
                    self._thread = None
                    return
                work = self._next()
            if work is None:
                continue
            try:
                work()
            except Exception:
                log.exception("the walk failed; the next change tries again")

    def _next(self) -> Callable[[], object] | None:
        """Single documents first: somebody looks at them."""
        if self._waiting:
            return self._waiting.pop(0)
        due, self._walk = self._walk, False
        return self._whole_walk if due else None

    def _whole_walk(self) -> None:
        from pipelines import steps

        today = datetime.now(UTC).date()
        days: tuple[date, ...] = (today - timedelta(days=1), today)
        for report in steps.run_all(self._lake, steps.Scope(days)):
            log.info("%s", report.line())

    def _again(self, document: str, first: FirstStage, mode: Mode) -> None:
        from pipelines import steps

        for report in steps.reprocess_document(self._lake, document, first, mode):
            log.info("%s", report.line())

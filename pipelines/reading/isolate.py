"""Reading children from the parent's side: kept warm, watched, killed and replaced.

    with borrowed_child() as child:
        for answer in child.ask(request, data, timeout_seconds): ...

One child serves one request at a time; as many live as threads read at once. A child that was left in the
middle of an answer is killed, never reused.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pipelines
from pipelines.errors import ReaderCrashed
from pipelines.reading.wire import LENGTH_BYTES, BrokenFrame, frame_length, write_frame

_SERVED_MOST = 500
"""Documents a child reads before it is replaced, which bounds whatever native code leaks."""
_MOST_IDLE = 4
_START_SECONDS = 120.0
_START = "import sys; sys.path.insert(0, sys.argv[1]); from pipelines.reading.child import main; main()"
_ROOT = str(Path(pipelines.__file__).resolve().parents[1])


class ChildDied(Exception):
    """The child is gone: it crashed, or was killed because it took too long. Its message says which."""

    def __init__(self, cause: str, *, timed_out: bool = False) -> None:
        super().__init__(cause)
        self.cause, self.timed_out = cause, timed_out


class ReadingChild:
    """One child process. Not thread safe: a thread borrows it."""

    def __init__(self) -> None:
        """Raises ReaderCrashed: the system cannot start a process."""
        self.served = 0
        self._idle = True
        self._launch()

    def _launch(self) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-P", "-c", _START, _ROOT],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=os.environ | {"OMP_THREAD_LIMIT": "1"},
            )
        except OSError as error:
            raise ReaderCrashed(
                f"the reading child cannot be started: {error}", remedy="Is memory or the process limit used up?"
            ) from error
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout
        self._answers = select.poll()
        self._answers.register(self._out, select.POLLIN)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_usable(self) -> bool:
        return self._idle and self._process.poll() is None and self.served < _SERVED_MOST

    def ask(self, request: dict[str, Any], data: bytes, timeout_seconds: float) -> Iterator[bytes]:
        """Send a request and yield its answer's frames. The last one has to be announced by `finished`.

        Raises:
            ChildDied: It crashed, or sent nothing for `timeout_seconds`.
        """
        self._await_ready()
        self._idle = False
        self.served += 1
        self._errors.truncate(0)
        try:
            write_frame(self._in, json.dumps(request).encode())
            write_frame(self._in, data)
            self._in.flush()
        except OSError as error:
            raise self._died() from error
        while not self._idle:
            yield self._frame(timeout_seconds)

    def _await_ready(self) -> None:
        """The first word of a new child. Its start is no page's fault, and counts against no page's time.

        One that was killed while it started (by the system, for memory) is started once more.
        """
        if self.served:
            return
        try:
            try:
                self._frame(_START_SECONDS)
            except ChildDied as death:
                if death.timed_out:
                    raise
                self._launch()
                self._frame(_START_SECONDS)
        except ChildDied as death:
            remedy = "Is memory used up? Otherwise the installation is broken: run `python -m pipelines.reading.child`."
            raise ReaderCrashed(f"the reading child did not start: {death.cause}", remedy=remedy) from death

    def finished(self) -> None:
        """The answer is complete: the child may serve again."""
        self._idle = True

    def _frame(self, timeout_seconds: float) -> bytes:
        deadline = time.monotonic() + timeout_seconds
        try:
            return self._exactly(frame_length(self._exactly(LENGTH_BYTES, deadline)), deadline)
        except BrokenFrame as error:
            raise self._died() from error

    def _exactly(self, count: int, deadline: float) -> bytes:
        parts, missing = [], count
        while missing:
            if not self._answers.poll(max(0.0, deadline - time.monotonic()) * 1000):
                raise self._died(timed_out=True)
            part = os.read(self._out.fileno(), min(missing, 1 << 20))
            if not part:
                raise self._died()
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def _died(self, *, timed_out: bool = False) -> ChildDied:
        if timed_out:
            self.kill()
            return ChildDied("it took longer than the time limit", timed_out=True)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(2)
        self.kill()
        return ChildDied(f"its reader died ({self._last_words()})")

    def _last_words(self) -> str:
        code = self._process.returncode
        how = f"signal {-code}" if code is not None and code < 0 else f"exit {code}"
        with suppress(OSError, ValueError):
            self._errors.seek(0)
            lines = self._errors.read()[-2000:].decode(errors="replace").strip().splitlines()
            return f"{how}: {lines[-1][:200]}" if lines else how
        return how

    def kill(self) -> None:
        """End it at once and leave nothing behind."""
        with suppress(OSError):
            self._process.kill()
        self._process.wait()
        self._close_pipes()

    def dismiss(self) -> None:
        """Let it leave by itself; kill it if it does not within a second."""
        with suppress(OSError):
            self._in.close()
        try:
            self._process.wait(1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._close_pipes()

    def disown(self) -> None:
        """In a forked process: the child is the first parent's; drop our copies of its pipes and no more."""
        self._process.returncode = 0
        self._close_pipes()

    def _close_pipes(self) -> None:
        for stream in (self._in, self._out, self._errors):
            with suppress(OSError, ValueError):
                stream.close()


class _Children:
    """The children of this process that wait for work."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.idle: list[ReadingChild] = []
        self.busy: list[ReadingChild] = []

    def borrow(self) -> ReadingChild:
        with self.lock:
            child = None
            while self.idle and child is None:
                candidate = self.idle.pop()
                if candidate.is_usable:
                    child = candidate
                else:
                    candidate.kill()
            if child is not None:
                self.busy.append(child)
                return child
        child = ReadingChild()
        with self.lock:
            self.busy.append(child)
        return child

    def give_back(self, child: ReadingChild) -> None:
        with self.lock:
            if child in self.busy:
                self.busy.remove(child)
            if child.is_usable and len(self.idle) < _MOST_IDLE:
                self.idle.append(child)
                return
        child.kill()

    def close(self) -> None:
        with self.lock:
            idle, busy = self.idle, self.busy
            self.idle, self.busy = [], []
        for child in busy:
            child.kill()
        for child in idle:
            child.dismiss()

    def forget(self) -> None:
        """After a fork: another process's children."""
        for child in (*self.idle, *self.busy):
            child.disown()
        self.__init__()  # type: ignore[misc]  # the lock may have been held by a thread that is not here


_children = _Children()
atexit.register(_children.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_children.forget)


@contextmanager
def borrowed_child() -> Iterator[ReadingChild]:
    """A warm child, or a new one. Raises ReaderCrashed where none can be started."""
    child = _children.borrow()
    try:
        yield child
    finally:
        _children.give_back(child)


def start_child() -> None:
    """Begin to start a child, if none waits for work: what the caller does until its first document costs no time."""
    _children.give_back(_children.borrow())


def close_children() -> None:
    """End this process's reading children now; the next document starts a new one."""
    _children.close()

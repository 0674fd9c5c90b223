"""The reading child: a process that runs native code on hostile bytes, so that no other process has to.

It serves one request after another, warm, and leaves on its own: when its input closes, when its parent is
gone, or when one page takes longer than its limit (by an alarm of the kernel, which native code cannot
hold up). It is started as a fresh interpreter, never by forking: parents have threads.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

from pipelines.errors import LakeError, PageUnreadable
from pipelines.pages import Box
from pipelines.reading.document import Document, open_document
from pipelines.reading.options import Limits, ReadOptions
from pipelines.reading.wire import (
    error_to_wire,
    page_from_wire,
    page_to_wire,
    read_frame,
    words_to_wire,
    write_frame,
    write_json,
)

_MIB = 1024 * 1024
_LOOK_SECONDS = 1.0
_ALARM_GRACE_SECONDS = 10


def main() -> None:
    """Serve until the input ends. Frames come on stdin, answers go to what was stdout at the start."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb", buffering=256 * 1024)
    # whatever a library prints must not end up between the frames
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the parent decides
    _no_core_dumps()
    threading.Thread(target=_leave_with_parent, args=(os.getppid(),), daemon=True).start()
    write_json(answers, {"ready": os.getpid()})
    while head := read_frame(requests):
        _serve(_Request.parse(head), requests, answers)


@dataclass(frozen=True, slots=True)
class _Request:
    """`verb`: `inspect`, `read` (attachments, then pages), `pages`, `reread` or `draw`."""

    verb: str
    media_type: str
    options: ReadOptions
    limits: Limits
    first: int
    last: int | None
    page: dict[str, Any] | None = None
    boxes: list[list[float]] | None = None
    alone: bool = False
    """Whether pages are read without a look at the document's first ones."""
    width: int = 0
    """Of a drawing, in pixels; it is turned as the page was when it was read."""
    turned: int = 0
    skew: float = 0.0

    @classmethod
    def parse(cls, head: bytes) -> Self:
        body: dict[str, Any] = json.loads(head)
        body["options"] = ReadOptions(**body["options"] | {"languages": tuple(body["options"]["languages"])})
        body["limits"] = Limits(**body["limits"])
        return cls(**body)

    @property
    def alarm_seconds(self) -> int:
        return int(self.options.page_timeout_seconds) + _ALARM_GRACE_SECONDS


def _serve(request: _Request, requests: BinaryIO, answers: BinaryIO) -> None:
    data = read_frame(requests)
    _limit_memory(request.options.memory_mib)
    signal.alarm(request.alarm_seconds)
    spent = _Spent()
    try:
        with open_document(data, request.media_type, request.options, request.limits, request.alone) as document:
            if request.verb == "inspect":
                found = document.inspect()
                write_json(answers, {"pages": found.pages, "pages_with_text": found.pages_with_text})
            elif request.verb == "draw":
                image = document.draw(request.first, request.width, request.turned, request.skew)
                write_json(answers, {"drawn": True})
                write_frame(answers, image)
                answers.flush()
            elif request.verb == "reread":
                _reread(document, request, answers)
            else:
                _read(document, request, answers, spent)
    except LakeError as error:
        write_json(answers, error_to_wire(error))
    except MemoryError:
        write_json(answers, error_to_wire(PageUnreadable("reading needs more memory than the limit allows")))
    finally:
        signal.alarm(0)


def _read(document: Document, request: _Request, answers: BinaryIO, spent: _Spent) -> None:
    last = min(request.last or document.page_count, document.page_count)
    write_json(answers, {"count": document.page_count})
    if request.verb == "read":
        for attachment in document.attachments():
            write_json(answers, {"attachment": attachment.name})
            write_frame(answers, attachment.data)
    for number in range(request.first, last + 1):
        signal.alarm(request.alarm_seconds)
        write_json(answers, {"begin": number})
        write_json(answers, page_to_wire(document.read_page(number)) | {"cpu_seconds": spent.since_last()})
    write_json(answers, {"done": True, "cpu_seconds": spent.since_last()})


class _Spent:
    """CPU time of this process, and of engines that it ran as processes and that have ended."""

    def __init__(self) -> None:
        self._before = self._now()

    def since_last(self) -> float:
        """Seconds since this was asked last."""
        before, self._before = self._before, self._now()
        return round(self._before - before, 6)

    @staticmethod
    def _now() -> float:
        used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _reread(document: Document, request: _Request, answers: BinaryIO) -> None:
    page = page_from_wire(request.page or {})
    lines = document.reread(page, [Box(*box) for box in request.boxes or []])
    write_json(answers, {"lines": [words_to_wire(words) for words in lines]})


def _limit_memory(mib: int) -> None:
    """Cap the address space at what is in use now and `mib` more.

    Where the system knows no such cap (macOS), the page timeout alone bounds a page.
    """
    with suppress(OSError, ValueError):
        in_use = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (in_use + mib * _MIB, hard))


def _no_core_dumps() -> None:
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _leave_with_parent(parent: int) -> None:
    """Exit when the parent is gone, even in the middle of a page.

    PR_SET_PDEATHSIG would not do: it fires when the thread that started the child ends, and tasks are run
    by threads that come and go.
    """
    poll = select.poll()
    poll.register(0, 0)  # only the hang-up, which is always told
    while os.getppid() == parent and not any(event & select.POLLHUP for _, event in poll.poll(0)):
        time.sleep(_LOOK_SECONDS)
    if os.getppid() != parent:
        os._exit(0)


if __name__ == "__main__":
    main()

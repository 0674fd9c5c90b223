"""What a step took for a document: noted beside its output, never in it.

An output is a function of the bytes and the code; CPU time is not. So it has an object of its own, which is
written just before an output that differs from what stood. A rerun that changes nothing writes neither.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from pipelines.documents import DocumentId, Measured
from pipelines.lake import Lake, to_json
from pipelines.layout import MeasuredKey
from pipelines.pages import Page


class Stopwatch:
    """CPU time of this thread since it was made; whoever asks adds what its reading children took."""

    def __init__(self) -> None:
        self._begun = time.thread_time()

    def cpu_seconds(self) -> float:
        return time.thread_time() - self._begun


def measuring(
    lake: Lake, step: str, document: DocumentId, measured: Callable[[], Measured], note: Callable[[], None]
) -> Callable[[], None]:
    """What to call just before an output is written: notes what it took, once, after `note`."""
    noted: list[bool] = []

    def before() -> None:
        note()
        if not noted:
            lake.storage.put(str(MeasuredKey(step, document)), to_json(measured()))
            noted.append(True)

    return before


def took(seconds: float, pages: Iterable[Page] = ()) -> Measured:
    """CPU seconds to the millisecond, and what was read with which engine."""
    read = tuple(pages)
    engines = sorted({page.engine for page in read if page.engine})
    return Measured(cpu_seconds=round(seconds, 3), pages=len(read) or None, engines=tuple(engines))

"""The cyclic garbage collector, paused while a document is parsed or some hundred are committed."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Do without the cyclic collector for one document, whose tens of thousands of cells and words hold no cycles.

    They go when their last reference does, as rows of silver do; looking for cycles among them takes a twelfth of the
    time (of a commit a twentieth). Where it is paused already, by another thread or by the caller, it is left so.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()

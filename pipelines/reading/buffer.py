"""A page buffer: pages go in as readers finish them and come out in order, while reading continues.

It holds a bounded number of pages, so that a document of any length takes the memory of its readers: a
reader that runs ahead waits until the pages before its own have been taken.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue

from pipelines.pages import Page
from pipelines.reading.options import ReadOptions
from pipelines.reading.supervise import inspect_isolated, read_parts


class PageBuffer:
    """Pages by number, between several writers and one reader.

    Args:
        first: The number of the page that comes out first.
        last: The one after which iteration ends.
        capacity: How far ahead of the page that comes out next a page may be put in.
    """

    def __init__(self, first: int, last: int, capacity: int) -> None:
        if capacity < 1:
            raise ValueError("a page buffer holds one page at least")
        self._next, self._last, self._capacity = first, last, capacity
        self._pages: dict[int, Page] = {}
        self._failure: BaseException | None = None
        self._closed = False
        self._changed = threading.Condition()

    def put(self, page: Page) -> bool:
        """Wait for room, and put a page in. False where the buffer was closed: stop reading."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or page.number < self._next + self._capacity)
            if self._closed:
                return False
            self._pages[page.number] = page
            self._changed.notify_all()
            return True

    def fail(self, failure: BaseException) -> None:
        """The reading as a whole failed: the reader gets this error instead of the next page."""
        with self._changed:
            self._failure = self._failure or failure
            self._changed.notify_all()

    def close(self) -> None:
        """Nobody takes pages any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def __len__(self) -> int:
        return len(self._pages)

    def __iter__(self) -> Iterator[Page]:
        """Pages in order. Raises what a writer failed with."""
        while self._next <= self._last:
            with self._changed:
                self._changed.wait_for(lambda: self._next in self._pages or self._failure is not None)
                if self._next not in self._pages:
                    assert self._failure is not None
                    raise self._failure
                page = self._pages.pop(self._next)
                self._next += 1
                self._changed.notify_all()
            yield page


def read_side_by_side(
    data: bytes, media_type: str, options: ReadOptions, workers: int, chunk_pages: int = 8
) -> Iterator[Page]:
    """Every page of a document in order, read in page ranges by several children at once.

    Memory is bounded by `workers` and `chunk_pages`, not by the document. Raises as `read_document` does.
    """
    count = inspect_isolated(data, media_type, options.limits, options).pages
    buffer = PageBuffer(1, count, capacity=2 * workers * chunk_pages)
    ranges: SimpleQueue[tuple[int, int]] = SimpleQueue()
    for first in range(1, count + 1, chunk_pages):
        ranges.put((first, min(first + chunk_pages - 1, count)))

    def work() -> None:
        try:
            while True:
                first, last = ranges.get_nowait()
                for part in read_parts(data, media_type, options, first, last, attachments=False):
                    if isinstance(part, Page) and not buffer.put(part):
                        return
        except Empty:
            return
        except BaseException as failure:  # noqa: BLE001 - handed to the reader, whatever it is
            buffer.fail(failure)

    with ThreadPoolExecutor(max_workers=max(1, workers), thread_name_prefix="reading") as pool:
        for _ in range(max(1, workers)):
            pool.submit(work)
        try:
            yield from buffer
        finally:
            buffer.close()

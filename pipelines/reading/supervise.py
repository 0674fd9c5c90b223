"""A document read through children that may die: what was read stands, and the page that killed is named.

A page that crashes its reader is tried once more, alone, in a fresh child: the crash may have been the
memory that earlier pages used up. One that takes longer than its limit is not. After a few such pages the
document is given up, so that a hostile file costs bounded time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any, NamedTuple

from pipelines.errors import DamagedDocument, PageUnreadable, ReaderCrashed
from pipelines.pages import Attachment, Box, Page, Word
from pipelines.reading.isolate import ChildDied, ReadingChild, borrowed_child
from pipelines.reading.options import Limits, ReadOptions
from pipelines.reading.outcome import Inspection, failed_page
from pipelines.reading.wire import error_from_wire, page_from_wire, page_to_wire, words_from_wire

MOST_KILLED = 5
"""Pages of one document that may kill their reader before the rest is given up."""
_OPEN_TRIES = 2


class Spent(NamedTuple):
    """CPU time that a reading child took since it last said so."""

    cpu_seconds: float


Part = Page | Attachment | Spent
"""What reading yields: attachments first, then pages in order, and what they cost where a child read them."""


def read_parts(
    data: bytes, media_type: str, options: ReadOptions, first: int, last: int | None, attachments: bool
) -> Iterator[Part]:
    """Attachments (if asked for), then pages `first` to `last` (1-based, inclusive), as they are read."""
    if options.isolate:
        return _Supervised(data, media_type, options, first, last, attachments).parts()
    return _in_process(data, media_type, options, first, last, attachments)


def _in_process(
    data: bytes, media_type: str, options: ReadOptions, first: int, last: int | None, attachments: bool
) -> Iterator[Part]:
    from pipelines.reading.document import open_document  # native code: only where it was asked for

    with open_document(data, media_type, options, options.limits) as document:
        if attachments:
            yield from document.attachments()
        for number in range(first, min(last or document.page_count, document.page_count) + 1):
            yield document.read_page(number)


def inspect_isolated(data: bytes, media_type: str, limits: Limits, options: ReadOptions) -> Inspection:
    """Raises what opening raises; DamagedDocument for a file that kills its reader twice."""
    request = _request("inspect", media_type, options, limits, 1, None)
    body = _one_answer(request, data, options)
    return Inspection(int(body["pages"]), int(body["pages_with_text"]))


def reread_isolated(
    data: bytes, media_type: str, page: Page, boxes: Sequence[Box], options: ReadOptions
) -> list[tuple[Word, ...]]:
    """See `pipelines.reading.reread`."""
    request = _request("reread", media_type, options, options.limits, page.number, page.number)
    # its words are not needed, and may be many
    request["page"] = page_to_wire(replace(page, words=(), codes=()))
    request["boxes"] = [list(box) for box in boxes]
    return [words_from_wire(line) for line in _one_answer(request, data, options)["lines"]]


def draw_isolated(
    data: bytes, media_type: str, number: int, width: int, options: ReadOptions, read: Page | None
) -> bytes:
    """See `pipelines.reading.draw_page`."""
    request = _request("draw", media_type, options, options.limits, number, number) | {"width": width}
    if read is not None:
        request |= {"turned": read.turned, "skew": read.skew}
    with borrowed_child() as child:
        try:
            frames = child.ask(request, data, options.page_timeout_seconds)
            body = _json(next(frames))
            if "error" in body:
                child.finished()
                raise error_from_wire(body)
            image = next(frames)
            child.finished()
            return image
        except ChildDied as death:
            raise PageUnreadable(f"the page cannot be drawn: {death.cause}", page=number) from death


def _one_answer(request: dict[str, Any], data: bytes, options: ReadOptions) -> dict[str, Any]:
    """A request with an answer of one frame. Raises the error that the child tells of."""
    for last_try in (False, True):
        with borrowed_child() as child:
            try:
                for frame in child.ask(request, data, options.page_timeout_seconds):
                    body = _json(frame)
                    child.finished()
                    if "error" in body:
                        raise error_from_wire(body)
                    return body
            except ChildDied as death:
                if death.timed_out or last_try:
                    raise _cannot_open(death) from death
    raise ReaderCrashed("the reading child gave no answer", remedy="Try again.")


class _Supervised:
    """One reading of one document, over as many children as it takes."""

    def __init__(
        self, data: bytes, media_type: str, options: ReadOptions, first: int, last: int | None, attachments: bool
    ) -> None:
        self._data, self._media_type, self._options = data, media_type, options
        self._first = self._next = first
        self._last = last
        self._verb = "read" if attachments else "pages"
        self._count = 0
        self._begun = 0
        """The page in work when the child died; 0 while the document is being opened."""
        self._retried = 0
        self._killed = 0
        self._alone = False
        """Once a reader died: the page in work may have been innocent, and one of the first pages, whose
        language it asked for, guilty."""

    def parts(self) -> Iterator[Part]:
        done = False
        while not done:
            with borrowed_child() as child:
                try:
                    yield from self._answers(child)
                    done = True
                except ChildDied as death:
                    yield from self._after(death)
            done = done or (self._count > 0 and self._next > self._end)

    @property
    def _end(self) -> int:
        return min(self._last or self._count, self._count)

    def _answers(self, child: ReadingChild) -> Iterator[Part]:
        self._begun = 0
        request = _request(self._verb, self._media_type, self._options, self._options.limits, self._next, self._last)
        request["alone"] = self._alone
        frames = child.ask(request, self._data, self._options.page_timeout_seconds)
        for frame in frames:
            body = _json(frame)
            if "page" in body:
                page = _page(body)
                self._next = page.number + 1
                yield Spent(float(body.get("cpu_seconds", 0.0)))
                yield page
            elif "begin" in body:
                self._begun = int(body["begin"])
                self._verb = "pages"  # attachments are through
            elif "attachment" in body:
                yield Attachment(str(body["attachment"]), next(frames))
            elif "count" in body:
                self._count = int(body["count"])
            elif "done" in body:
                child.finished()
                yield Spent(float(body.get("cpu_seconds", 0.0)))
                return
            else:
                child.finished()
                raise error_from_wire(body)

    def _after(self, death: ChildDied) -> Iterator[Part]:
        """What a death means: another try, a failed page, or the end."""
        if not self._begun:
            self._retried += 1
            if death.timed_out or self._retried >= _OPEN_TRIES:
                raise _cannot_open(death) from death
            return
        was_alone, self._alone = self._alone, True
        may_be_another = not was_alone and self._begun > self._first
        if self._retried != self._begun and (not death.timed_out or may_be_another):
            self._retried = self._begun
            return
        self._killed += 1
        yield failed_page(self._begun, PageUnreadable(f"the page was given up: {death.cause}"))
        self._next = self._begun + 1
        if self._killed >= MOST_KILLED:
            for number in range(self._next, self._end + 1):
                yield failed_page(
                    number, PageUnreadable(f"not read: {MOST_KILLED} pages before it killed their reader")
                )
            self._next = self._end + 1


def _cannot_open(death: ChildDied) -> DamagedDocument:
    return DamagedDocument(
        f"the document cannot be opened safely: {death.cause}",
        remedy="Save it anew with another program and drop it again.",
    )


def _request(
    verb: str, media_type: str, options: ReadOptions, limits: Limits, first: int, last: int | None
) -> dict[str, Any]:
    return {
        "verb": verb,
        "media_type": media_type,
        "options": asdict(options),
        "limits": asdict(limits),
        "first": first,
        "last": last,
    }


def _page(body: dict[str, Any]) -> Page:
    try:
        return page_from_wire(body)
    except (ValueError, LookupError, TypeError) as error:
        raise ChildDied("its reader sent rubbish") from error


def _json(frame: bytes) -> dict[str, Any]:
    try:
        body: dict[str, Any] = json.loads(frame)
    except ValueError as error:
        raise ChildDied("its reader sent rubbish") from error
    return body

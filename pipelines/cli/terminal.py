"""What the command line shows: progress on a terminal, lines for people, complaints on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Self, TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

ItemT = TypeVar("ItemT")

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def complain(message: str) -> None:
    """One line on stderr."""
    err.print(f"error: {message}", markup=False)


def shown_progress(items: Iterable[ItemT], total: int, what: str) -> Iterator[ItemT]:
    """The items, with a bar while stderr is a terminal and nothing else where it is not."""
    if not sys.stderr.isatty():
        yield from items
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task(what, total=total)
        for item in items:
            yield item
            progress.advance(task)


class Meter:
    """A bar a step on a terminal, one line a step everywhere."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description:>7}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=err, transient=True, disable=not sys.stderr.isatty())
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._progress.stop()

    def planned(self, step: str, documents: int) -> None:
        """A step is about to do so many documents."""
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(step, total=documents)

    def told(self, outcome: object) -> None:  # noqa: ARG002 - every outcome is one step of the bar
        """One more is done."""
        if self._task is not None:
            self._progress.advance(self._task)

    def say(self, line: str) -> None:
        """A line above the bar."""
        out.print(line, markup=False)

"""Watching dropped files move through a lake until nothing waits."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Self

from rich.live import Live
from rich.text import Text

from pipelines.bootstrap.processes import AirflowFailed
from pipelines.cli.terminal import out
from pipelines.lake import Lake
from pipelines.queries import DocumentStatus
from pipelines.queries.status import status_of
from pipelines.states import day_documents
from pipelines.steps import pending
from pipelines.storage import ObjectMissing

if TYPE_CHECKING:
    from pipelines.steps import StageName

LOOK_SECONDS = 1.0
STAGES: tuple[StageName, ...] = ("ingest", "ocr", "parse", "silver", "gold")
STYLES = {
    "accepted": "green",
    "needs_review": "yellow",
    "duplicate": "cyan",
    "quarantined": "red",
    "rejected": "red",
}


def watch(lake: Lake, dropped: list[str], began: float, limit_seconds: float, check: Callable[[], None]) -> None:
    """Show where each dropped file is until every stage is empty.

    Args:
        lake: The lake they were dropped for.
        dropped: File names as dropped.
        began: `time.monotonic()` at the start of the whole command.
        limit_seconds: How long to watch at most.
        check: Called at each look; raises where Airflow has ended.

    Raises AirflowFailed when the time is over.
    """
    first_day, deadline = datetime.now(UTC).date(), time.monotonic() + limit_seconds
    shown: dict[str, str] = {}
    seen: Seen = {}
    with Live(console=out, refresh_per_second=4, transient=True) if sys.stdout.isatty() else _Lines() as live:
        quiet = 0
        while quiet < 2:
            check()
            states = dict.fromkeys(dropped, "in uploads")
            states |= {status.file_name: status.state for status in received_since(lake, first_day, seen)}
            waiting = {stage: pending(lake, stage).count for stage in STAGES}
            _print_changes(shown, states, began)
            live.update(_summary(states, waiting, began))
            everything_in = "in uploads" not in states.values()
            quiet = quiet + 1 if everything_in and not any(waiting.values()) else 0
            if time.monotonic() > deadline:
                raise AirflowFailed(
                    f"after {limit_seconds:.0f} s work still waits: {waiting}",
                    remedy="Look at the logs under .demo/logs and .demo/airflow/logs.",
                )
            time.sleep(LOOK_SECONDS)


Seen = dict[str, tuple[str, DocumentStatus]]
"""Document -> fingerprint of its keys, and what they said."""


def received_since(lake: Lake, first: date, seen: Seen | None = None) -> Iterator[DocumentStatus]:
    """Documents received since a day (UTC) until today; those in `seen` are opened only when they changed."""
    known = seen if seen is not None else {}
    for n in range((datetime.now(UTC).date() - first).days + 1):
        for keys in day_documents(lake, first + timedelta(days=n)).values():
            if keys.stage == "receiving":
                continue  # its record, which holds its name, is about to be written
            name, now = str(keys.document), f"{keys.stage} {keys.fingerprint}"
            if known.get(name, ("",))[0] != now:
                try:
                    known[name] = (now, status_of(lake, keys))
                except ObjectMissing:
                    continue  # a step is at work on it just now: the next look tells
            yield known[name][1]


class _Lines:
    """Where there is no terminal, the lines of `_print_changes` are all there is to see."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        return None

    def update(self, summary: Text) -> None:
        """Nothing is redrawn here."""


def _print_changes(shown: dict[str, str], states: dict[str, str], began: float) -> None:
    for name, state in states.items():
        if shown.get(name, "in uploads") != state:
            line = Text(f"{time.monotonic() - began:6.1f} s  ", style="dim")
            line.append(f"{state:<13}", style=STYLES.get(state, ""))
            out.print(line.append(f"  {name}"))
    shown.update(states)


def _summary(states: dict[str, str], waiting: dict[StageName, int], began: float) -> Text:
    counts = ", ".join(f"{count} {state}" for state, count in sorted(Counter(states.values()).items()))
    queue = "  ".join(f"{stage} {count}" for stage, count in waiting.items())
    return Text(f"{time.monotonic() - began:6.1f} s  {counts}\n          waiting: {queue}", style="bold")

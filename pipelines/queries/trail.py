"""Who saw and changed what: the trail of looks and the edits, as one list by time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import ValidationError

from pipelines.documents import DocumentId
from pipelines.errors import InvalidKey, InvalidRecord
from pipelines.lake import Lake
from pipelines.layout import EditKey, TrailKey, parse_key
from pipelines.silver import load_edits
from pipelines.steps.trailing import Viewing
from pipelines.storage import Entry


@dataclass(frozen=True, slots=True, order=True)
class TrailLine:
    """One thing that one person did. `did`: a look (`viewed`, `page`, ...) or a change (`edit`, `confirm`, ...)."""

    at: datetime
    who: str
    did: str
    document: str
    detail: str = ""
    """Which fields were changed, or how many rows exported; never a value."""


def trail_of_people(
    lake: Lake,
    first: date | None = None,
    last: date | None = None,
    document: str | None = None,
    who: str | None = None,
    looks: bool = True,
) -> list[TrailLine]:
    """What people did on some days (UTC), oldest first.

    Args:
        lake: The lake.
        first: First day; None: from the beginning.
        last: Last day; None: until now.
        document: Only this document's id.
        who: Only this person.
        looks: Also what was only looked at, not changed.

    Raises:
        InvalidRecord: An object of the trail holds something else.
    """
    lines = [*_changes(lake, document), *(_looks(lake, first, last) if looks else ())]
    return sorted(
        line
        for line in lines
        if (first is None or line.at.date() >= first)
        and (last is None or line.at.date() <= last)
        and document in (None, line.document)
        and who in (None, line.who)
    )


def _looks(lake: Lake, first: date | None, last: date | None) -> Iterator[TrailLine]:
    for name in lake.storage.folders(TrailKey.folder):
        # a batch is written after what it tells: what was seen just before midnight stands in the next day
        if (first is None or name >= first.isoformat()) and (last is None or name <= _next(last)):
            for entry in lake.storage.list(f"{TrailKey.folder}/{name}/"):
                yield from _batch(lake, entry)


def _next(day: date) -> str:
    return date.fromordinal(day.toordinal() + 1).isoformat()


def _batch(lake: Lake, entry: Entry) -> Iterator[TrailLine]:
    try:
        for line in lake.storage.get(entry.key).splitlines():
            found = Viewing.model_validate_json(line)
            rows = f"{found.count} rows" if found.count is not None else ""
            yield TrailLine(found.at, found.who, found.look, found.document, rows)
    except ValidationError as error:
        what = f"{entry.key} holds no trail: {error.errors()[0]['msg']}"
        raise InvalidRecord(what, remedy="Restore this object from a backup.") from error


def _changes(lake: Lake, document: str | None) -> Iterator[TrailLine]:
    below = f"{EditKey.folder}/{DocumentId.parse(document)}/" if document else f"{EditKey.folder}/"
    for key, entry in _keys(lake.storage.list(below)):
        for edit in load_edits(lake, [entry]):
            yield TrailLine(edit.when, edit.who, edit.action.value, str(key.document), ", ".join(sorted(edit.after)))


def _keys(entries: Iterable[Entry]) -> Iterator[tuple[EditKey, Entry]]:
    for entry in entries:
        try:
            key = parse_key(entry.key)
        except InvalidKey:
            continue
        if isinstance(key, EditKey):
            yield key, entry

"""Which files of a partition a change concerns, where a partition may be large and most changes come to one place.

A received day's documents come by name, and some hundred at a time: were they one file, each commit would write the
whole day anew, in time and memory that grow with the day. So their file is let grow to some thousand rows, then split,
as the leaf of a tree is, and a change writes those files anew in whose range it falls.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipelines.silver.partitions import Change
from pipelines.silver.schemas import TableSpec
from pipelines.silver.tables import DataFile


@dataclass(frozen=True, slots=True)
class Part:
    """Files whose rows are merged with the rows of a change; none, where these become a file of their own."""

    files: tuple[DataFile, ...]
    change: Change


def parts(spec: TableSpec, files: Sequence[DataFile], change: Change) -> Iterator[Part]:
    """A change of a partition by the files that it concerns: all of them, where the table's files are not split."""
    ranges = _ranges(files) if spec.part_rows and change.table is None else None
    if not ranges:
        yield Part(tuple(files), change)
        return
    starts = [low for low, _, _ in ranges[1:]]  # what comes before the first file belongs to it as well
    found: dict[int, Change] = {}
    for owner in change.owners:
        found.setdefault(bisect_right(starts, owner[0]), Change()).owners.add(owner)
    for row in change.rows:
        found.setdefault(bisect_right(starts, row[spec.order[0]]), Change()).rows.append(row)
    for place in sorted(found):
        part, (_, high, file) = found[place], ranges[place]
        behind = all(owner[0] > high for owner in part.owners) and all(r[spec.order[0]] > high for r in part.rows)
        if not behind or (part.rows and file.rows < spec.part_rows):
            yield Part((file,), part)
        elif part.rows:
            yield Part((), part)


def _ranges(files: Sequence[DataFile]) -> list[tuple[str, str, DataFile]]:
    """The files by what they range over; empty where that is not known of one, or where two of them overlap."""
    known = sorted((f.low, f.high, f) for f in files if f.low is not None and f.high is not None)
    if len(known) < len(files) or any(one[1] >= other[0] for one, other in pairwise(known)):
        return []
    return known

"""How silver is written: one atomic commit on a pinned Delta table.

A table is pinned at a version, the partitions that change are read and merged in batches, and written as
new files, which nobody sees; then one commit at exactly the next version takes the old files out and the
new ones in. If another writer was first, its commit is looked at: where it touched neither our partitions
nor our owners, the same files are committed on top of it; else everything is read and merged anew. So a
reader sees the old rows or the new ones, a process killed at any moment leaves only files that `vacuum`
removes, and no writer's rows are lost.

Files are written here and not by `write_deltalake(predicate=...)`, because memory then stays at a row
group, a retry rewrites nothing, and a row that two writers insert into different months at once is seen
(docs/decisions/ has the figures).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from typing import TypeVar

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.transaction import RemoveAction

from pipelines.errors import STORE_REMEDY, CommitConflict, StorageUnavailable
from pipelines.silver.kept import WRITTEN
from pipelines.silver.partitions import Change, NewFile, rewrite_files
from pipelines.silver.parts import parts
from pipelines.silver.schemas import TableSpec
from pipelines.silver.tables import DataFile, Partition, Pinned, open_table

ATTEMPTS = 12
"""Rounds of read, merge and write before a conflict is raised for the caller to retry."""
T = TypeVar("T")


class Outdated(Exception):
    """Another writer changed what was read: read, merge and write again."""


@dataclass(frozen=True, slots=True)
class Guard:
    """What a decision was taken by, beyond the partitions that it rewrites.

    Attributes:
        partitions: Their files must be the same when the commit is made.
        touched: Whether files that others added meanwhile bear on the decision.
    """

    partitions: frozenset[date]
    touched: Callable[[Pinned, list[DataFile]], bool]


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A commit: the version it made and the partitions it changed."""

    version: int
    partitions: tuple[Partition, ...]


def retried(action: Callable[[], T], name: str) -> T:
    """Run a read-merge-write until no other writer interferes. Raises CommitConflict after ATTEMPTS."""
    for attempt in range(ATTEMPTS):
        try:
            return action()
        except Outdated:
            # jitter, so that two writers do not meet again
            time.sleep(random.uniform(0.01, 0.05 * 2 ** min(attempt, 6)))
    remedy = "It is tried again; run fewer replays at once if it stays."
    raise CommitConflict(f"other writers changed {name} in each of {ATTEMPTS} attempts", remedy=remedy)


def rewrite(
    table: Pinned,
    changes: Mapping[Partition, Change],
    run_id: str,
    guard: Guard | None = None,
) -> Rewritten | None:
    """Apply changes to a pinned table in one commit. None, and no commit, if nothing changed.

    Args:
        table: The table as it was read when the changes were decided.
        changes: What happens to each partition.
        run_id: Stands in the commit, with a transaction id that fences a second copy of the same run.
        guard: What else the changes were decided by.

    Raises:
        Outdated: Another writer changed what was read; nothing was changed.
    """
    written: dict[Partition, list[NewFile]] = {}
    rows = WRITTEN.empty()  # as bounded: a run may touch all months of some years
    for partition in sorted(changes, key=str):
        for part in parts(table.spec, table.of_partitions([partition]), changes[partition]):
            for new in rewrite_files(table, partition, part.change, part.files):
                written.setdefault(partition, []).append(replace(new, rows=None))
                if new.add is not None and new.rows is not None:
                    rows.put(table.address(new.add.path), new.rows)
            table.release(file.path for file in part.files)
    if not written:
        return None
    version = _commit(table, written, run_id, guard)
    # the next commit of this process mostly starts from the files of this one
    for new in chain.from_iterable(written.values()):
        for path in new.read:
            WRITTEN.drop(table.address(path))
    WRITTEN.take(rows)
    return Rewritten(version, tuple(written))


def _commit(table: Pinned, written: Mapping[Partition, list[NewFile]], run_id: str, guard: Guard | None) -> int:
    """Commit at exactly the version after the pinned one, and again on top of commits that do not matter."""
    delta = table.delta
    read = {partition: table.files.get(partition, frozenset()) for partition in written}
    for _ in range(ATTEMPTS):
        try:
            _commit_once(table.spec, delta, list(chain.from_iterable(written.values())), run_id)
            return delta.version() + 1
        except CommitFailedError:
            pass
        except (DeltaError, OSError) as error:
            raise StorageUnavailable(f"cannot commit to {table.uri}: {error}", remedy=STORE_REMEDY) from error
        newer = open_table(table.uri, table.options)
        if newer is None:
            raise Outdated(table.spec.name)
        _compare(table, Pinned(table.spec, newer, table.folder, table.options), read, guard)
        delta = newer
    raise Outdated(table.spec.name)


def _commit_once(spec: TableSpec, delta: DeltaTable, written: Sequence[NewFile], run_id: str) -> None:
    now = int(time.time() * 1000)
    adds = [result.add for result in written if result.add is not None]
    removes = [RemoveAction(path, True, now) for result in written for path in sorted(result.read)]
    delta.create_write_transaction(
        [*removes, *adds],
        mode="append",
        schema=pa.schema(delta.schema().to_arrow()),
        partition_by=[spec.partition] if spec.partition else None,
        commit_properties=CommitProperties(
            custom_metadata={"run": run_id},
            # no retries inside: a commit on top of another one must be judged here first
            max_commit_retries=0,
            app_transactions=[Transaction(run_id, delta.version() + 1, now)],
        ),
        post_commithook_properties=PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False),
    )


def still_true(guard: Guard, table: Pinned) -> None:
    """Raises Outdated where what a decision was taken by no longer stands in the newest version."""
    newer = open_table(table.uri, table.options)
    if newer is not None and newer.version() != table.version:
        _compare(table, Pinned(table.spec, newer, table.folder, table.options), {}, guard)


def _compare(before: Pinned, after: Pinned, read: Mapping[Partition, frozenset[str]], guard: Guard | None) -> None:
    """Raises Outdated where what was read changed, or what others added bears on the decision."""
    old, new = before.files, after.files
    watched = dict(read) | ({month: old.get(month, frozenset()) for month in guard.partitions} if guard else {})
    if after.schema != before.schema or any(new.get(at, frozenset()) != files for at, files in watched.items()):
        raise Outdated(before.spec.name)
    known = set(before.live)
    added = [file for file in after.live if file not in known]
    if guard is not None and added and guard.touched(after, added):
        raise Outdated(before.spec.name)

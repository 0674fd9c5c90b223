"""Erasing documents from silver: their rows, what points learned from them, and every older version of the tables.

Three acts, each of which can be done again: `erase_rows` takes the rows out as ordinary commits; documents that
share something with the erased ones are promoted again by the caller; `purge` then leaves nothing but the newest
version. Commits of old versions are not removed but emptied: a writer that pinned one of them must still find its
next version taken, or it would commit into a past that nobody reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
from deltalake.exceptions import DeltaError

from pipelines.errors import StorageUnavailable
from pipelines.lake import Lake
from pipelines.silver.commits import retried, rewrite
from pipelines.silver.digests import FOLDER, digests_key
from pipelines.silver.kind_tables import kind_specs, tables
from pipelines.silver.lookup import claim_rows, rows_of_documents
from pipelines.silver.partitions import Change
from pipelines.silver.promotion import promote
from pipelines.silver.records import SilverDocument
from pipelines.silver.schemas import CLAIMS, DOCUMENTS, INVOICE_LINES, INVOICES, METERING_POINTS, TableSpec
from pipelines.silver.tables import Partition, Pinned, pin, pin_existing

_LOG = "_delta_log"
_EMPTIED = json.dumps({"commitInfo": {"operation": "ERASED HISTORY"}}).encode() + b"\n"
_UNCOMMITTED_GRACE = timedelta(hours=1)
"""A file that no version names is a running writer's for so long, then a dead one's."""


@dataclass(frozen=True, slots=True)
class Held:
    """What silver holds of some documents. `points`: keys of the metering points that they billed."""

    rows: dict[str, int]
    points: tuple[str, ...]


def held_by(lake: Lake, documents: Iterable[str]) -> Held:
    """Rows of each table that were made from these documents, and the points that learned from them."""
    names = sorted(documents)
    rows: dict[str, int] = {}
    points: set[str] = set()
    for spec in (INVOICES, INVOICE_LINES, *kind_specs(), DOCUMENTS):
        table = pin_existing(lake, spec)
        if table is None:
            continue
        found = rows_of_documents(table, names, None if spec is INVOICES else ["document_id"])
        rows[spec.name] = len(found)
        if spec is INVOICES:
            points = {row["point_key"] for row in found if row["point_key"]}
            points |= {part["point_key"] for row in found for part in row.get("points") or ()}
    return Held(rows, tuple(sorted(points)))


def erase_rows(lake: Lake, documents: Iterable[str], points: Iterable[str], run_id: str) -> tuple[str, ...]:
    """Take the rows of documents out, and those of points that learned from them.

    Returns:
        Other documents to be promoted again: they billed one of the points, or stand or fall anew.

    Raises:
        CommitConflict, StorageUnavailable: Do it again.
    """
    names, keys = sorted(documents), sorted(points)
    if pin_existing(lake, DOCUMENTS) is None:
        return ()
    ghosts = [SilverDocument(name, None, None, fingerprint="", state="deleted") for name in names]
    again = _contesting(lake, names)
    again |= set(promote(lake, ghosts, run_id).reopened)
    _drop(
        lake, DOCUMENTS, {date.fromisoformat(name[:10]): {(n,) for n in names if n[:10] == name[:10]} for name in names}
    )
    again |= _billing(lake, keys)
    if pin_existing(lake, METERING_POINTS) is not None and keys:
        _drop(lake, METERING_POINTS, {None: {(key,) for key in keys}})
    return tuple(sorted(again - set(names)))


def _contesting(lake: Lake, documents: list[str]) -> set[str]:
    """Who claims an invoice beside these documents: its row may name them as the reason of its state."""
    table = pin_existing(lake, CLAIMS)
    if table is None:
        return set()
    keys = {row["invoice_key"] for row in claim_rows(table, (), documents)}
    return {row["document_id"] for row in claim_rows(table, keys, ())} if keys else set()


def _drop(lake: Lake, spec: TableSpec, owners: dict[Partition, set[tuple[str]]]) -> None:
    def attempt() -> None:
        rewrite(pin(lake, spec), {at: Change(owners=set(whose)) for at, whose in owners.items()}, "erase")

    retried(attempt, spec.name)


def _billing(lake: Lake, points: list[str]) -> set[str]:
    """Documents whose invoices bill one of these points."""
    table = pin_existing(lake, INVOICES)
    if table is None or not points:
        return set()
    wanted, found = pa.array(points, pa.string()), set[str]()
    columns = [name for name in ("document_id", "point_key", "points") if name in table.schema.names]
    for batch in table.dataset(table.live).scanner(columns=columns, batch_readahead=2).to_batches():
        hits = pc.indices_nonzero(pc.is_in(batch.column("point_key"), value_set=wanted)).to_pylist()
        if "points" in columns:
            lists = batch.column("points")
            keys = pc.struct_field(pc.list_flatten(lists), "point_key")
            hits += pc.list_parent_indices(lists).filter(pc.is_in(keys, value_set=wanted)).to_pylist()
        found |= set(batch.column("document_id").take(pa.array(sorted(set(hits)), pa.int64())).to_pylist())
    return found


def purge(lake: Lake, tells: Callable[[bytes], bool]) -> dict[str, int]:
    """Leave nothing but the newest version of each table: no file that it does not name, no older commit.

    Readers that hold an older version open lose it, and so do runs under way: they fail and are repeated.

    Args:
        lake: Whose tables.
        tells: Whether bytes tell of what is erased: a young file that no version names goes only then.

    Returns:
        Table -> objects removed or emptied.
    """
    return {
        spec.name: _purge(table, tells) for spec in tables().values() if (table := pin_existing(lake, spec)) is not None
    }


def _purge(table: Pinned, tells: Callable[[bytes], bool]) -> int:
    try:
        gone = len(table.delta.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False))
        table.delta.update_incremental()
        table.delta.create_checkpoint()
    except (DeltaError, OSError) as error:
        raise StorageUnavailable(f"cannot purge {table.uri}: {error}", remedy="Forget it again.") from error
    newest = Pinned(table.spec, table.delta, table.folder, table.options)
    return gone + _unnamed(newest, tells) + _older_commits(newest)


def _unnamed(table: Pinned, tells: Callable[[bytes], bool]) -> int:
    """Remove files that the version does not name: those of dead writers, and digests of files that are gone."""
    files = {unquote(file.path) for file in table.live}
    digests = {digests_key(path) for path in files}
    gone = 0
    for entry in list(table.folder.list()):
        if entry.key.startswith(f"{_LOG}/") or entry.key in files or entry.key in digests:
            continue
        old = entry.last_modified < datetime.now(UTC) - _UNCOMMITTED_GRACE
        if old or entry.key.startswith(f"{FOLDER}/") or tells(table.folder.get(entry.key)):
            table.folder.delete(entry.key)
            gone += 1
    return gone


def _older_commits(table: Pinned) -> int:
    done = 0
    for entry in list(table.folder.list(f"{_LOG}/")):
        match = re.match(rf"{_LOG}/(\d{{20}})\.", entry.key)
        if match is None or int(match[1]) >= table.version:
            continue
        if entry.key == f"{_LOG}/{match[1]}.json":
            done += table.folder.put_changed(entry.key, _EMPTIED)
        else:
            table.folder.delete(entry.key)
            done += 1
    return done

"""The catalogue: every invoice that the lake knows, searchable in memory.

Silver's tables are held in DuckDB's memory, file by file: a Delta file never changes, so a new version costs
only its new files. What silver does not show yet (documents on their way, edits of the last seconds) is laid
over it from the listings of the newest days. One look at the lake serves everybody: it is taken at most once
a second, and never takes more than a tenth of the time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.documents import DocumentId
from pipelines.errors import LakeError
from pipelines.gold import pending_months
from pipelines.lake import Lake
from pipelines.queries.catalogue_rows import ROW_SCHEMA, Row, from_silver, rows_of_document
from pipelines.queries.search import Page, Search, run_search
from pipelines.silver.schemas import DOCUMENTS, INVOICES
from pipelines.silver.tables import DataFile, Pinned, pin_existing
from pipelines.states import DocumentKeys, document_keys, each_document
from pipelines.steps.batches import Scope

LOOK_SECONDS = 1.0
_SHARE = 0.1
"""Of the time that looking may take."""
MOST_OPENED = 2_000
"""Documents outside silver, or waiting for a person, whose values are held: the newest ones."""
_OPENED_A_LOOK = 300
"""Documents opened in one look: the rest comes with the next ones."""

DOCUMENT_COLUMNS = [
    "document_id",
    "received_at",
    "file_name",
    "state",
    "reason",
    "duplicate_of",
    "supplier_tax_id",
    "supplier_name",
    "pages",
    "uploader",
    "media_type",
    "source",
    "validated_by",
    "edits",
    "fingerprint",
]
INVOICE_COLUMNS = [
    "document_id",
    "position",
    "document_type",
    "kind",
    "invoice_number",
    "issue_date",
    "due_date",
    "period_month",
    "currency",
    "seller_name",
    "seller_tax_id",
    "buyer_name",
    "buyer_tax_id",
    "customer_number",
    "contract_number",
    "point_id",
    "tariff_group",
    "consumption_kwh",
    "net_total",
    "tax_total",
    "gross_total",
    "amount_due",
    "ksef_number",
]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one document is. `stage`: received, read, parsed, silver or gold; `fingerprint` changes with its bronze."""

    state: str
    stage: str
    fingerprint: str
    file_name: str
    edits: int


@dataclass(slots=True)
class _Held:
    """Files of one table that are in memory: path -> rows."""

    version: int = -1
    files: dict[str, pa.Table] = field(default_factory=dict)

    def update(self, table: Pinned | None, columns: Sequence[str]) -> bool:
        """Take over the table's newest version. Returns whether anything changed."""
        version = table.version if table is not None else -1
        if version == self.version:
            return False
        live: tuple[DataFile, ...] = table.live if table is not None else ()
        kept = {file.path: self.files[file.path] for file in live if file.path in self.files}
        for file in live:
            if file.path not in kept and table is not None:
                kept[file.path] = table.dataset([file]).to_table(columns=list(columns))
        self.version, self.files = version, kept
        return True


class Catalogue:
    """Thread safe. Nothing is read before it is first asked."""

    def __init__(self, lake: Lake, clock: Callable[[], float] = time.monotonic) -> None:
        self._lake, self._clock = lake, clock
        self._looking, self._swap = threading.Lock(), threading.Lock()
        self._documents, self._invoices = _Held(), _Held()
        self._opened: dict[str, tuple[str, list[Row]]] = {}
        self._watched: set[str] = set()
        self._silver_prints: dict[str, tuple[str, str]] = {}
        self._pending_months: frozenset[date] = frozenset()
        self._overlay_token: object = None
        self._connection = duckdb.connect(config={"threads": 2, "enable_external_access": False})
        self._table = ""
        self._tables = 0
        self._looked_at, self._cost = 0.0, 0.0
        self._changes, self._seen = 1, 0  # how many changes of our own there were, and how many a look has seen
        self.looks = 0
        """How often the lake was looked at."""
        self._standings: dict[str, Standing] = {}

    def search(self, wanted: Search) -> Page:
        """Invoices that match. Raises StorageUnavailable where the lake has never answered yet."""
        self.look()
        with self._swap:
            cursor, table = self._connection.cursor(), self._table
        try:
            return run_search(cursor, table, wanted)
        finally:
            cursor.close()

    def standings(self) -> dict[str, Standing]:
        """Document -> where it is, of the newest days and of whatever was touched here."""
        self.look()
        return self._standings

    def touched(self, document: str) -> None:
        """A document was just changed: the next look comes at once, and follows it until silver has it."""
        self._watched.add(document)
        self._changes += 1

    def look(self) -> None:
        """Bring the catalogue up to date, unless it is fresh enough or somebody else is at it."""
        wanted = self._changes
        if self._seen >= wanted and not self._is_stale():
            return
        # a change of our own is waited for, whoever's look shows it; what others did may come with the next one
        if not self._looking.acquire(blocking=self._seen < wanted):
            return
        try:
            if self._seen < wanted or self._is_stale():
                self._look()
        except LakeError:
            if not self._table:
                raise
        finally:
            self._looking.release()

    def _is_stale(self) -> bool:
        return self._clock() - self._looked_at >= max(LOOK_SECONDS, self._cost / _SHARE)

    def _look(self) -> None:
        begun, changes = self._clock(), self._changes
        self.looks += 1
        changed = self._documents.update(pin_existing(self._lake, DOCUMENTS), DOCUMENT_COLUMNS)
        changed |= self._invoices.update(pin_existing(self._lake, INVOICES), INVOICE_COLUMNS)
        if changed:
            self._silver_prints = dict(_prints(self._documents.files.values()))
        if changed or self._pending_months:
            self._pending_months = frozenset(pending_months(self._lake))
        newest = list(self._newest())
        fresh = [k for k in newest if self._silver_prints.get(str(k.document), ("",))[0] != k.fingerprint]
        overlay = self._overlay(fresh)
        waiting = self._waiting(overlay)
        # what was forgotten must not stay in memory
        known = {str(keys.document) for keys in newest} | set(self._silver_prints)
        self._opened = {name: held for name, held in self._opened.items() if name in known}
        token = (
            self._documents.version,
            self._invoices.version,
            *sorted(f"{k}{v[0]}" for k, v in overlay.items()),
            len(waiting),
        )
        if token != self._overlay_token or not self._table:
            self._rebuild([*overlay.values()], waiting)
            self._overlay_token = token
        self._standings = {str(keys.document): self._standing(keys, overlay) for keys in newest}
        if changes == self._changes:
            self._watched -= {str(k.document) for k in newest} - {str(k.document) for k in fresh}
        self._seen, self._looked_at = changes, self._clock()
        self._cost = self._looked_at - begun

    def _newest(self) -> Iterator[DocumentKeys]:
        days = set(Scope().received_days(self._lake.settings))
        for day in sorted(days):
            yield from each_document(self._lake, day)
        for name in sorted(self._watched):
            document = DocumentId.parse(name)
            keys = None if document.day in days else document_keys(self._lake, document)
            if keys is not None:
                yield keys

    def _overlay(self, fresh: list[DocumentKeys]) -> dict[str, tuple[str, list[Row]]]:
        """Rows of documents that silver does not show as they are now."""
        found: dict[str, tuple[str, list[Row]]] = {}
        opened = 0
        for keys in sorted(fresh, key=lambda k: k.document, reverse=True)[:MOST_OPENED]:
            name = str(keys.document)
            known = self._opened.get(name)
            if known is None or known[0] != keys.fingerprint:
                if opened >= _OPENED_A_LOOK:
                    continue
                opened += 1
                known = (keys.fingerprint, self._rows(keys))
            found[name] = known
        kept = {name: held for name, held in self._opened.items() if name not in found}
        self._opened = {**dict(list(kept.items())[-MOST_OPENED:]), **found}
        return found

    def _rows(self, keys: DocumentKeys) -> list[Row]:
        try:
            return rows_of_document(self._lake, keys)
        except (LakeError, ValueError) as error:
            return [Row.of(str(keys.document), 0, state="needs_review", reason=str(error))]

    def _waiting(self, overlay: dict[str, tuple[str, list[Row]]]) -> list[tuple[str, list[Row]]]:
        """Values of documents that wait for a person: silver holds no invoice of them."""
        names = [n for n, (_, state) in self._silver_prints.items() if state == "needs_review" and n not in overlay]
        found = []
        opened = 0
        for name in sorted(names, reverse=True)[:MOST_OPENED]:
            known = self._opened.get(name)
            if known is None:
                if opened >= _OPENED_A_LOOK:
                    break
                opened += 1
                keys = document_keys(self._lake, DocumentId.parse(name))
                if keys is None:
                    continue
                known = (keys.fingerprint, self._rows(keys))
                self._opened[name] = known
            found.append((name, known[1]))
        return found

    def _rebuild(self, overlay: list[tuple[str, list[Row]]], waiting: list[tuple[str, list[Row]]]) -> None:
        rows = [row.values for _, held in (*overlay, *waiting) for row in held]
        laid_over = pa.Table.from_pylist(rows, schema=ROW_SCHEMA)
        documents = _concat(self._documents.files, DOCUMENTS.schema, DOCUMENT_COLUMNS)
        invoices = _concat(self._invoices.files, INVOICES.schema, INVOICE_COLUMNS)
        self._tables += 1
        name = f"catalogue_{self._tables}"
        cursor = self._connection.cursor()
        try:
            from_silver(cursor, name, documents, invoices, laid_over)
        finally:
            cursor.close()
        with self._swap:
            self._table = name
        # the one before stays a while: somebody may be about to search it
        self._connection.cursor().execute(f'DROP TABLE IF EXISTS "catalogue_{self._tables - 2}"')

    def _standing(self, keys: DocumentKeys, overlay: dict[str, tuple[str, list[Row]]]) -> Standing:
        name = str(keys.document)
        held = overlay.get(name) or self._opened.get(name)
        first = held[1][0].values if held and held[1] else {}
        silver = self._silver_prints.get(name)
        if silver is None or silver[0] != keys.fingerprint:
            stage = {"received": "received", "receiving": "received", "read": "read"}.get(keys.stage, "parsed")
            state = str(first.get("state") or keys.stage)
            return Standing(state, stage, keys.fingerprint, str(first.get("file_name") or ""), len(keys.edits))
        stage = "silver" if self._pending_months else "gold"
        return Standing(silver[1], stage, keys.fingerprint, str(first.get("file_name") or ""), len(keys.edits))


def _prints(tables: Sequence[pa.Table] | Any) -> Iterator[tuple[str, tuple[str, str]]]:
    for table in tables:
        columns = [table.column(name).to_pylist() for name in ("document_id", "fingerprint", "state")]
        for document, fingerprint, state in zip(*columns, strict=True):
            yield document, (fingerprint, state)


def _concat(files: dict[str, pa.Table], schema: pa.Schema, columns: Sequence[str]) -> pa.Table:
    wanted = pa.schema([schema.field(name) for name in columns])
    return pa.concat_tables([table.cast(wanted) for table in files.values()]) if files else wanted.empty_table()

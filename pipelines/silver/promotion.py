"""Bringing documents into silver: decide which invoices stand, then write the tables in a safe order.

The order is claims, points, invoices, lines, tables of kinds, documents. Each table is written in one commit, and each
write is decided from what the tables hold and what the documents say, never from what an earlier write
of the run is believed to have done. So a run that dies between two of them is finished by doing it again;
a document counts as done when its fingerprint stands in `documents`, which is written last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from pipelines.lake import Lake
from pipelines.pausing import collector_paused
from pipelines.silver.claims import Claim, agree, winner
from pipelines.silver.commits import Guard, Outdated, Rewritten, retried, rewrite, still_true
from pipelines.silver.kind_tables import kind_specs
from pipelines.silver.lookup import (
    claim_rows,
    document_rows,
    rows_of_documents,
    standing_rows,
    whole_rows,
)
from pipelines.silver.partitions import ROW_GROUP, Change
from pipelines.silver.points import Points, related_points
from pipelines.silver.records import Candidate, Holder, SilverDocument, Wanted, wanted
from pipelines.silver.schemas import CLAIMS, DOCUMENTS, INVOICE_LINES, INVOICES, METERING_POINTS, Row, TableSpec
from pipelines.silver.tables import DataFile, Partition, Pinned, pin, pin_existing

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SilverResult:
    """What a promotion did.

    Attributes:
        outcomes: Document id -> the state it is in now.
        reasons: Document id -> why, where it is not accepted.
        changed_months: Billing months whose invoices changed.
        version: Version of `invoices` after the run.
        commits: Commits made, over all tables; 0 when nothing changed.
        conflicts: Times that another writer made it start over.
        reopened: Documents outside this run whose standing changed by it: promote them again.
    """

    outcomes: dict[str, str]
    reasons: dict[str, str]
    changed_months: tuple[date, ...]
    version: int
    commits: int
    conflicts: int
    reopened: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        """State -> documents."""
        states = list(self.outcomes.values())
        return {state: states.count(state) for state in sorted(set(states))}


def promote(lake: Lake, documents: Iterable[SilverDocument], run_id: str) -> SilverResult:
    """Bring documents into silver. Doing it again changes nothing and commits nothing.

    Args:
        lake: Where the tables are.
        documents: What bronze has of each, not kept; of several with the same id the last one counts.
        run_id: Who writes: stands in every commit.

    Raises:
        CommitConflict: Other writers interfered again and again.
        StorageUnavailable: The store did not answer.
    """
    done = _Done()

    def attempt() -> SilverResult:
        done.attempts += 1
        return _Run(lake, wants, run_id, done).result()

    with collector_paused():
        wants = {document.document_id: wanted(document) for document in documents}
        return retried(attempt, "silver")


@dataclass(slots=True)
class _Done:
    """What all attempts of a promotion did together."""

    attempts: int = 0
    commits: int = 0
    months: set[date] = field(default_factory=set)
    reopened: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Verdict:
    """Who stands for one invoice."""

    standing: list[Row]
    claims: list[Claim]
    wins: Claim | None
    candidate: Candidate | None
    """The winner, where it is of this run."""

    @property
    def keeps(self) -> bool:
        """The winner is a document outside this run whose row stands."""
        return self.candidate is None and self.wins is not None and self.wins.holder in map(_holder, self.standing)

    def losers(self) -> Iterable[tuple[Holder, date]]:
        """Who does not stand, and where it may have stood."""
        held = {(c.holder, c.month) for c in self.claims} | {(_holder(r), r["period_month"]) for r in self.standing}
        return sorted(held if self.wins is None else {h for h in held if h[0] != self.wins.holder})

    @property
    def month(self) -> date | None:
        """Where the invoice stands after the run."""
        if self.candidate is not None:
            return self.candidate.month
        return self.wins.month if self.keeps and self.wins else None


class _Run:
    """One attempt."""

    def __init__(self, lake: Lake, wants: dict[str, Wanted], run_id: str, done: _Done) -> None:
        self._lake, self._wants, self._run_id, self._done = lake, wants, run_id, done
        self._pinned: list[Pinned] = []
        self._invoices = self._pin(INVOICES)
        self._claims = pin_existing(lake, CLAIMS)
        self._candidates = [c for want in wants.values() for c in want.candidates]
        self._find()
        self._judge()

    def _pin(self, spec: TableSpec) -> Pinned:
        """A table at its newest version, for this attempt alone."""
        table = pin(self._lake, spec)
        self._pinned.append(table)
        return table

    def _find(self) -> None:
        """Read what stands for the invoices that this run may change."""
        self._invoices.hold({c.month for c in self._candidates}, ROW_GROUP)
        held = rows_of_documents(self._invoices, self._wants, ["invoice_key"])
        keys = {c.key for c in self._candidates} | {row["invoice_key"] for row in held}
        known = claim_rows(self._claims, keys, self._wants) if self._claims else []
        self._affected = keys | {row["invoice_key"] for row in known}
        others = self._affected - keys
        if others and self._claims:
            known = claim_rows(self._claims, self._affected, self._wants)
        self._known_claims = [Claim.of_claim_row(row) for row in known]
        self._looked_up = self._affected | {c.row["corrects_key"] for c in self._candidates if c.row["corrects_key"]}
        self._rows = standing_rows(self._invoices, self._looked_up)
        self._by_key = _grouped(self._rows, lambda row: str(row["invoice_key"]))

    def _judge(self) -> None:
        mine = _grouped(self._candidates, lambda candidate: candidate.key)
        others = [claim for claim in self._known_claims if claim.document_id not in self._wants]
        claims = _grouped(others, lambda claim: claim.key)
        self._verdicts = {k: self._verdict(k, mine.get(k, []), claims.get(k, [])) for k in sorted(self._affected)}
        self._points = self._resolve_points()

    def _verdict(self, key: str, mine: list[Candidate], known: list[Claim]) -> _Verdict:
        standing = self._by_key.get(key, [])
        claims = {claim.holder: claim for claim in known}
        claims |= {_holder(row): Claim.of_row(row) for row in standing if row["document_id"] not in self._wants}
        claims |= {candidate.holder: Claim.of_row(candidate.row) for candidate in mine}
        wins = winner(claims.values())
        candidate = next((c for c in mine if wins is not None and c.holder == wins.holder), None)
        return _Verdict(standing, list(claims.values()), wins, candidate)

    def _resolve_points(self) -> Points | None:
        """Find or make the metering points of the invoices that stand by this run."""
        bills = [v.candidate for v in self._verdicts.values() if v.candidate and v.candidate.points]
        if not bills:
            return None
        self._point_table = self._pin(METERING_POINTS)
        points = related_points(self._point_table, [point for bill in bills for point in bill.points])
        for bill in sorted(bills, key=lambda b: (b.month, b.document_id, b.position)):
            keys = [points.find_or_make(point) for point in bill.points]
            if bill.row["points"] is None:
                [bill.row["point_key"]] = keys
                continue
            parts = zip(bill.row["points"], keys, strict=True)
            bill.row["points"] = [part | {"point_key": key} for part, key in parts]
        return points

    def result(self) -> SilverResult:
        """Write the tables in order."""
        claims_version = self._write_claims()
        if self._points is not None:
            self._write(self._point_table, {None: self._points.change()})
        guard = Guard(frozenset(row["period_month"] for row in self._rows), self._touched)
        written = self._write(self._invoices, self._invoice_changes(), guard)
        if written is not None:
            self._done.months |= {month for month in written.partitions if month}
        else:
            still_true(guard, self._invoices)
        self._claims_unchanged_since(claims_version)
        self._write_lines()
        for spec in kind_specs():
            self._write_kind(spec)
        self._done.reopened |= self._reopened()
        outcomes = self._write_documents()
        for table in self._pinned:
            table.give_back()
        return SilverResult(
            outcomes={document: row["state"] for document, row in outcomes.items()},
            reasons={document: row["reason"] for document, row in outcomes.items() if row["reason"]},
            changed_months=tuple(sorted(self._done.months)),
            version=written.version if written else self._invoices.version,
            commits=self._done.commits,
            conflicts=self._done.attempts - 1,
            reopened=tuple(sorted(self._done.reopened - set(self._wants))),
        )

    def _write(self, table: Pinned, changes: dict[Partition, Change], guard: Guard | None = None) -> Rewritten | None:
        written = rewrite(table, changes, self._run_id, guard)
        self._done.commits += written is not None
        return written

    def _touched(self, newer: Pinned, added: list[DataFile]) -> bool:
        return bool(standing_rows(newer, self._looked_up, added))

    def _write_claims(self) -> int:
        """Keep every claim on an invoice that more than one document holds. Returns the table's version."""
        rows = [c.to_row() for v in self._verdicts.values() if len(v.claims) > 1 for c in v.claims]
        if self._claims is None and not rows:
            return -1
        table = self._claims or self._pin(CLAIMS)
        written = self._write(table, {None: Change({(key,) for key in self._verdicts}, rows)})
        return written.version if written else table.version

    def _claims_unchanged_since(self, version: int) -> None:
        """Raises Outdated where a document claimed an invoice while this run decided on it."""
        table = pin_existing(self._lake, CLAIMS)
        if table is not None and table.version != version:
            raise Outdated(CLAIMS.name)

    def _invoice_changes(self) -> dict[Partition, Change]:
        changes: dict[Partition, Change] = {}
        for key, verdict in self._verdicts.items():
            for row in verdict.standing:
                if not verdict.keeps or (verdict.wins and _holder(row) != verdict.wins.holder):
                    changes.setdefault(row["period_month"], Change()).owners.add((key,))
            if verdict.candidate is not None:
                row = verdict.candidate.row
                row["original_month"] = self._month_of(row["corrects_key"])
                change = changes.setdefault(row["period_month"], Change())
                change.owners.add((key,))
                change.rows.append(row)
        self._join_corrections(changes)
        return changes

    def _month_of(self, key: str | None) -> date | None:
        """Where an invoice stands after this run; None where it does not."""
        if key is None:
            return None
        if key in self._verdicts:
            return self._verdicts[key].month
        return next((row["period_month"] for row in self._by_key.get(key, [])), None)

    def _join_corrections(self, changes: dict[Partition, Change]) -> None:
        """Corrections that stand learn where their original is now: it came, moved or left."""
        moved: dict[date, set[str]] = {}
        for row in self._rows:
            verdict = self._verdicts.get(row["invoice_key"])
            stays = verdict is None or verdict.keeps
            joined = stays and row["corrects_key"] in self._verdicts
            if joined and self._month_of(row["corrects_key"]) != row["original_month"]:
                moved.setdefault(row["period_month"], set()).add(row["invoice_key"])
        for month, keys in moved.items():
            change = changes.setdefault(month, Change())
            for row in whole_rows(self._invoices, month, keys):
                change.owners.add((row["invoice_key"],))
                change.rows.append(row | {"original_month": self._month_of(row["corrects_key"])})

    def _write_lines(self) -> None:
        self._write_parts(self._pin(INVOICE_LINES), lambda candidate: candidate.lines)

    def _write_kind(self, spec: TableSpec) -> None:
        """The rows of one kind of document; its table is made with the first of them."""

        def rows(candidate: Candidate) -> tuple[Row, ...]:
            return (candidate.own[1],) if candidate.own is not None and candidate.own[0] is spec else ()

        wanted = any(v.candidate is not None and rows(v.candidate) for v in self._verdicts.values())
        table = self._pin(spec) if wanted else pin_existing(self._lake, spec)
        if table is not None:
            self._write_parts(table, rows)

    def _write_parts(self, table: Pinned, rows_of: Callable[[Candidate], tuple[Row, ...]]) -> None:
        """Rows that belong to invoices: those of the documents at hand, and of losers, give way to the winners'."""
        columns = ["document_id", "position", "period_month"]
        table.hold({v.candidate.month for v in self._verdicts.values() if v.candidate is not None}, ROW_GROUP)
        changes: dict[Partition, Change] = {}
        for row in rows_of_documents(table, self._wants, columns):
            changes.setdefault(row["period_month"], Change()).owners.add(_holder(row))
        for verdict in self._verdicts.values():
            for holder, month in verdict.losers():
                if holder[0] not in self._wants:
                    changes.setdefault(month, Change()).owners.add(holder)
            if verdict.candidate is not None and (rows := rows_of(verdict.candidate)):
                change = changes.setdefault(verdict.candidate.month, Change())
                change.owners.add(verdict.candidate.holder)
                change.rows.extend(rows)
        self._write(table, changes)

    def _reopened(self) -> set[str]:
        """Documents outside this run that claim an invoice for which another one stands now."""
        found: set[str] = set()
        for verdict in self._verdicts.values():
            before = {_holder(row) for row in verdict.standing}
            after = {verdict.wins.holder} if verdict.wins else set()
            if before != after:
                found |= {c.document_id for c in verdict.claims} | {document for document, _ in before}
        return found - set(self._wants)

    def _write_documents(self) -> dict[str, Row]:
        rows = {document: self._document_row(want) for document, want in self._wants.items()}
        table = self._pin(DOCUMENTS)
        again = [row | {"fingerprint": ""} for row in document_rows(table, self._reopened())]
        changes: dict[Partition, Change] = {}
        for row in [*rows.values(), *again]:
            change = changes.setdefault(row["received_on"], Change())
            change.owners.add((row["document_id"],))
            change.rows.append(row)
        self._write(table, changes)
        return rows

    def _document_row(self, want: Wanted) -> Row:
        """The document's row with its final state."""
        row = dict(want.document)
        if row["state"] != "needs_review":
            return row
        problems, stands, duplicate_of = list(want.problems), 0, None
        for candidate in want.candidates:
            verdict = self._verdicts[candidate.key]
            if verdict.candidate is candidate:
                stands += 1
            elif verdict.wins is not None and agree([verdict.wins, Claim.of_row(candidate.row)]):
                duplicate_of = verdict.wins.document_id
            else:
                problems.append(_contradiction(candidate, verdict))
        row["standing"] = stands
        if problems:
            row["reason"] = "; ".join(problems)
        elif stands:
            row["state"] = "accepted"
        elif duplicate_of is not None:
            row |= {"state": "duplicate", "duplicate_of": duplicate_of, "reason": f"the same invoice as {duplicate_of}"}
        return row


def _grouped(values: Iterable[T], key: Callable[[T], str]) -> dict[str, list[T]]:
    groups: dict[str, list[T]] = {}
    for value in values:
        groups.setdefault(key(value), []).append(value)
    return groups


def _holder(row: Row) -> Holder:
    return (row["document_id"], row["position"])


def _contradiction(candidate: Candidate, verdict: _Verdict) -> str:
    mine = Claim.of_row(candidate.row)
    others = sorted(claim.document_id for claim in verdict.claims if not agree([claim, mine]))
    others = others or sorted(claim.document_id for claim in verdict.claims if claim.holder != mine.holder)
    number = candidate.row["invoice_number"] or candidate.row["reference_month"] or candidate.key
    return f"invoice {number} states other amounts in {others[0]}"

"""Which of several documents that hold the same invoice stands for it.

Pure, and the same whatever the order in which they arrived:

- a document that a person confirmed stands; of several the one confirmed last;
- else, if all state the same amounts, the one received first stands, and the others are its duplicates;
- else none stands, and all go to review: nothing tells which one is right.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from pipelines.silver.schemas import Row

_NEVER = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Claim:
    """One document's hold on one invoice. `amounts` are parted by `|`, empty where not stated."""

    key: str
    document_id: str
    position: int
    month: date
    amounts: str
    received_at: datetime | None
    confirmed_at: datetime | None

    @property
    def holder(self) -> tuple[str, int]:
        return (self.document_id, self.position)

    @classmethod
    def of_row(cls, row: Row) -> Claim:
        """The claim behind a row of `invoices`."""
        amounts = [row[name] for name in ("currency", "gross_total", "net_total", "tax_total", "consumption_kwh")]
        stated = "|".join("" if value is None else f"{value}" for value in amounts)
        return cls(
            row["invoice_key"],
            row["document_id"],
            row["position"],
            row["period_month"],
            stated,
            row["received_at"],
            row["confirmed_at"],
        )

    @classmethod
    def of_claim_row(cls, row: Row) -> Claim:
        """A row of `invoice_claims`."""
        names = ("invoice_key", "document_id", "position", "period_month", "amounts", "received_at", "confirmed_at")
        values: list[Any] = [row[name] for name in names]
        return cls(*values)

    def to_row(self) -> Row:
        return {
            "invoice_key": self.key,
            "document_id": self.document_id,
            "position": self.position,
            "period_month": self.month,
            "amounts": self.amounts,
            "received_at": self.received_at,
            "confirmed_at": self.confirmed_at,
        }


def agree(claims: Iterable[Claim]) -> bool:
    """Whether no two claims state different values for the same amount; one that is not stated agrees."""
    stated = zip(*(claim.amounts.split("|") for claim in claims), strict=True)
    return all(len({value for value in values if value}) <= 1 for values in stated)


def winner(claims: Iterable[Claim]) -> Claim | None:
    """The claim that stands, or None where documents contradict each other."""
    held = sorted(claims, key=lambda claim: (claim.received_at or _LAST, claim.holder))
    confirmed = [claim for claim in held if claim.confirmed_at is not None]
    if confirmed:
        # max keeps the first of equals: the one received first
        return max(confirmed, key=lambda claim: claim.confirmed_at or _NEVER)
    return held[0] if held and agree(held) else None

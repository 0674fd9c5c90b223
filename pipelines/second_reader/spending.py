"""The day's tokens and money, over all workers, kept in the lake: set aside before a question, settled after it.

A day's questions stand in one row, numbered without gaps. Whoever wants to ask takes the next number by a
create-only write, after it has summed all numbers before: settled ones by what they came to, open ones by what was
set aside for them. Nobody can take a number without having seen every one before it, so the sum of all stays within
the cap however many workers ask at once. A worker that dies leaves what it set aside counted until the day ends.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from pipelines.errors import InvalidKey, LakeError
from pipelines.layout import SettledKey, SpendKey, day_prefix, parse_key
from pipelines.storage import ObjectConflict, Storage

MILLION: Final = 1_000_000


class OverBudget(LakeError):
    """The day's tokens or money do not suffice for another question."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Money a million tokens."""

    tokens_in: float
    tokens_out: float

    def cost(self, tokens_in: int, tokens_out: int) -> int:
        """In millionths of the currency, rounded up: a cap that is rounded down is none."""
        return -int(-(tokens_in * self.tokens_in + tokens_out * self.tokens_out) // 1)


@dataclass(frozen=True, slots=True)
class Budget:
    """A day's caps: tokens, and money in millionths of the currency."""

    storage: Storage
    prices: Prices
    tokens: int
    cost: int
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def reserve(self, tokens_in: int, tokens_out: int) -> Reservation:
        """Set aside the most that a question can come to. Raises OverBudget, StorageUnavailable."""
        day = self.now().astimezone(UTC).date()
        wanted, cost = tokens_in + tokens_out, self.prices.cost(tokens_in, tokens_out)
        body = json.dumps({"tokens": wanted, "cost": cost, "nonce": uuid.uuid4().hex}).encode()
        while True:
            last, spent_tokens, spent_cost = self._spent(day)
            if spent_tokens + wanted > self.tokens or spent_cost + cost > self.cost:
                money = f"{spent_cost / MILLION:.2f} of {self.cost / MILLION:.2f} of money"
                said = f"{spent_tokens} of {self.tokens} tokens and {money} set aside or spent"
                remedy = "Raise LAKE_LLM_DAILY_TOKENS or LAKE_LLM_DAILY_COST, or replay with mode stale tomorrow."
                raise OverBudget(f"the day's budget does not suffice: {said}", remedy=remedy)
            key = SpendKey(day, last + 1)
            try:
                # the nonce tells a retry that met its own write from another worker's question
                self.storage.create(str(key), body)
            except ObjectConflict:
                continue  # another worker was first: look again
            return Reservation(self, key)

    def _spent(self, day: date) -> tuple[int, int, int]:
        """The last number taken, and the tokens and money of all. One listing, and a read for each open question."""
        taken: set[SpendKey] = set()
        settled: dict[int, SettledKey] = {}
        for entry in self.storage.list(day_prefix(SpendKey.folder, day)):
            try:
                key = parse_key(entry.key)
            except InvalidKey:
                continue
            if isinstance(key, SpendKey):
                taken.add(key)
            elif isinstance(key, SettledKey):
                settled[key.number] = key
        tokens = sum(key.tokens for key in settled.values())
        cost = sum(key.cost for key in settled.values())
        for key in taken:
            if key.number not in settled:
                body = json.loads(self.storage.get(str(key)))
                tokens, cost = tokens + int(body["tokens"]), cost + int(body["cost"])
        return max((key.number for key in taken), default=0), tokens, cost


@dataclass(frozen=True, slots=True)
class Reservation:
    """Tokens and money set aside for one question."""

    budget: Budget
    key: SpendKey

    def settle(self, tokens_in: int, tokens_out: int) -> None:
        """State what the question came to; what was set aside beyond it is free again."""
        cost = self.budget.prices.cost(tokens_in, tokens_out)
        done = SettledKey(self.key.day, self.key.number, tokens_in + tokens_out, cost)
        self.budget.storage.create(str(done), b"")

"""Equations over a kind's own fields. What one of them closes over is proven; all else waits for a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Told = tuple[str, str]
"""What was expected and what was found, for the record's check."""


@dataclass(frozen=True, slots=True)
class Proof:
    """An equation by name.

    Attributes:
        name: Stands in the record's checks.
        fields: Own fields that it takes, in the order of the arguments of `closes`.
        closes: What it tells of values as printed (a Decimal keeps its printed digits); None where they do not close.
    """

    name: str
    fields: tuple[str, ...]
    closes: Callable[..., Told | None]


def half_digit(printed: Decimal) -> Decimal:
    """Half a unit of the last printed digit: how far rounding moves a value."""
    exponent = printed.as_tuple().exponent
    return Decimal(5).scaleb(exponent - 1) if isinstance(exponent, int) else Decimal(0)


def agree(reached: Decimal, printed: Decimal, slack: Decimal | None = None) -> Told | None:
    """Whether a computed value is the printed one, within rounding or a slack; None where it is not."""
    allowed = half_digit(printed) if slack is None else slack
    return (f"{reached.normalize():f}", f"{printed:f}") if abs(reached - printed) <= allowed else None


def readings_give(previous: Decimal, current: Decimal, volume: Decimal) -> Told | None:
    """What ran through a meter is what was taken, as whole units or as printed."""
    return agree(current - previous, volume) if current > previous >= 0 < volume else None


def closes(difference: Callable[..., bool]) -> Callable[..., Told | None]:
    """A proof of one value by its own check digits."""

    def told(value: Any) -> Told | None:
        return (str(value), str(value)) if difference(value) else None

    return told

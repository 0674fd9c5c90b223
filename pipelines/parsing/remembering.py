"""What parsing remembers of texts it has seen, and when it lets that go.

Lines come again: within a document many times, since every rule looks at them, and the labels of a layout in each of
its documents. So functions of a text keep what they found. What only one document holds is never asked for again,
though, and takes most of the room: after a document, if much has come together, all of it is let go. That costs
nothing that can be measured, and a process that parses stays at what one document takes (least recently used alone
would have to be too small for a document of forty pages, or too large for ten thousand of one).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

if TYPE_CHECKING:
    from functools import _lru_cache_wrapper

P = ParamSpec("P")
T = TypeVar("T")

KEPT = 30_000
"""Answers that all functions together keep from one document to the next: some 15 MiB."""


def remembered(most: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Keep what a function answers, the `most` newest answers, until `let_go`. Its arguments are hashable."""

    def keep(function: Callable[P, T]) -> Callable[P, T]:
        kept = lru_cache(maxsize=most)(function)
        _KEEPERS.append(kept)
        return cast("Callable[P, T]", kept)

    return keep


def let_go(kept: int = KEPT) -> None:
    """Forget all answers where there are more than `kept`: at the end of a document."""
    if sum(keeper.cache_info().currsize for keeper in _KEEPERS) > kept:
        for keeper in _KEEPERS:
            keeper.cache_clear()


_KEEPERS: list[_lru_cache_wrapper[Any]] = []

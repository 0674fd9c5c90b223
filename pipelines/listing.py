"""Listings in the order of their names, so that several can be read side by side without holding one of them.

What belongs here: order, and reading a folder in it. What does not: what the names mean.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice
from typing import TypeVar

ItemT = TypeVar("ItemT")

FIRST_LOOK = 1000
"""Names by which a store shows whether it lists in order: a page of most of them."""
_STAGED = re.compile(r"#\d+$")
"""How a file is named while its store writes it."""


class OutOfOrder(Exception):
    """A listing that began in order, and is not. Its message names where."""


def walk_in_order(folder: str) -> Iterator[str]:
    """Paths of the files below a folder, relative to it, in the order in which an object store lists them as keys.

    A folder gives its names in no order, so those of one folder at a time are held, in as many bytes as they have
    characters. What vanishes meanwhile is passed over. Raises OSError.
    """
    with suppress(FileNotFoundError, NotADirectoryError):
        with os.scandir(folder) as found:
            # a folder sorts by the `/` that ends it in every key
            packed = "\0".join(sorted(f"{entry.name}/" if entry.is_dir() else entry.name for entry in found))
        for name in _unpacked(packed):
            if name.endswith("/"):
                yield from (f"{name}{below}" for below in walk_in_order(f"{folder}/{name[:-1]}"))
            elif not _STAGED.search(name):
                yield name


def _unpacked(packed: str) -> Iterator[str]:
    """Names that were joined by NULs, which no name holds: each is a text of its own only while it is looked at."""
    at = 0
    while at < len(packed):
        end = packed.find("\0", at)
        end = len(packed) if end < 0 else end
        yield packed[at:end]
        at = end + 1


def in_order(items: Iterable[ItemT], name: Callable[[ItemT], str]) -> Iterator[ItemT]:
    """The items by name: as they come where their source keeps that order, else all of them sorted.

    Raises OutOfOrder where that shows only behind the first thousand.
    """
    rest = iter(items)
    first = list(islice(rest, FIRST_LOOK))
    names = [name(item) for item in first]
    if names != sorted(names):
        yield from sorted(chain(first, rest), key=name)
        return
    last = ""
    for item in chain(first, rest):
        if name(item) < last:
            raise OutOfOrder(f"{name(item)!r} comes after {last!r}")
        last = name(item)
        yield item


def by_stem(keys: Iterable[tuple[str, ItemT]]) -> Iterator[tuple[str, ItemT]]:
    """Names, in their order, as stems with what they stand for: sorted by the stem with a dot behind it.

    A stem ends at the first dot or slash. In a sorted listing `a` stands before `a-b` but `a.json` behind it, since
    a hyphen sorts before a dot and a slash: a bare name is held back until nothing can come that belongs before it.
    """
    held: list[tuple[str, ItemT]] = []
    for name, item in keys:
        while held and not name.startswith(f"{held[-1][0]}-"):
            yield held.pop()
        stem = _STEM.match(name)[0]  # type: ignore[index]  # it matches the empty text, too
        if stem == name:
            held.append((stem, item))
        else:
            yield stem, item
    while held:
        yield held.pop()


_STEM = re.compile(r"[^./]*")

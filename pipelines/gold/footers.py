"""Parquet footers: row groups of a file taken over into another as the bytes that they are.

A row group's bytes hold no positions: these stand in the footer, a Thrift struct in the compact protocol
(https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md) whose fields parquet.thrift
numbers (https://github.com/apache/parquet-format). So a footer is walked once for its positions, and put together
again with others; all else in it stays as it was written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple
from zlib import crc32

MAGIC = b"PAR1"
_TAIL = 8
"""Bytes behind a footer: its length, and MAGIC."""

_TRUE, _FALSE, _I16, _I64, _BINARY, _LIST, _SET, _STRUCT = 1, 2, 4, 6, 8, 9, 10, 12
_SIZES = {3: 1, 7: 8}
"""Bytes of values of one size: bytes and doubles."""
# fields of parquet.thrift by their numbers
_FILE_ROWS, _FILE_GROUPS = 3, 4
_GROUP_COLUMNS, _GROUP_ROWS, _GROUP_OFFSET = 1, 3, 5
_CHUNK_OFFSET, _CHUNK_META = 2, 3
_META_SIZE, _META_DATA, _META_DICTIONARY = 7, 9, 11
_META_ASKED = frozenset((_META_SIZE, _META_DATA, _META_DICTIONARY))


class _Place(NamedTuple):
    """Where an integer stands in a footer, and what it is."""

    start: int
    end: int
    value: int


@dataclass(frozen=True)
class RowGroup:
    """A row group.

    Attributes:
        data: Its bytes.
        told: What its footer says of it.
        positions: Those in `told`, as of a file in which it begins at `at`.
    """

    data: memoryview
    told: bytes
    positions: tuple[_Place, ...]
    at: int
    rows: int

    @cached_property
    def check(self) -> int:
        """CRC-32 of its bytes."""
        return crc32(self.data)

    def told_from(self, at: int) -> bytes:
        """What a footer says of it in a file in which it begins at `at`."""
        parts, done = [], 0
        for place in self.positions:  # in the order in which they stand
            parts += [self.told[done : place.start], _integer(place.value + at - self.at)]
            done = place.end
        return b"".join([*parts, self.told[done:]])


@dataclass(frozen=True)
class ParquetBytes:
    """A whole file in memory."""

    data: bytes

    @property
    def footer_at(self) -> int:
        """Where the footer begins: what stands before it, behind the last row group, no reader looks at."""
        return len(self.data) - _TAIL - int.from_bytes(self.data[-_TAIL : -len(MAGIC)], "little")

    @property
    def count(self) -> int:
        """Of row groups."""
        return len(self._footer.groups)

    def group(self, number: int) -> RowGroup:
        found = self._footer.groups[number]
        positions = tuple(_Place(p.start - found.start, p.end - found.start, p.value) for p in found.positions)
        data, told = memoryview(self.data)[found.first : found.last], self.data[found.start : found.end]
        return RowGroup(data, told, positions, found.first, found.rows)

    def footer_of(self, groups: Sequence[bytes], rows: int) -> bytes:
        """The footer with other row groups, as `told_from` has them."""
        footer, count = self._footer, len(groups)
        head = bytes([count << 4 | _STRUCT]) if count < 15 else bytes([15 << 4 | _STRUCT]) + _varint(count)
        before, between = (
            self.data[self.footer_at : footer.rows.start],
            self.data[footer.rows.end : footer.groups_start],
        )
        after = self.data[footer.groups_end : -_TAIL]
        return b"".join([before, _integer(rows), between, head, *groups, after])

    @cached_property
    def _footer(self) -> _Footer:
        return _footer(self.data, self.footer_at)


def joined(groups: Sequence[RowGroup], like: ParquetBytes, behind: bytes) -> bytes:
    """A file of these row groups.

    Args:
        groups: In their order; they have the columns of `like`.
        like: Whose schema and notes it gets.
        behind: Bytes that stand between the last row group and the footer.
    """
    at, told = len(MAGIC), []
    for group in groups:
        told.append(group.told_from(at))
        at += len(group.data)
    footer = like.footer_of(told, sum(group.rows for group in groups))
    return b"".join(
        [MAGIC, *(group.data for group in groups), behind, footer, len(footer).to_bytes(4, "little"), MAGIC]
    )


@dataclass(slots=True)
class _Group:
    """What is told of a row group: from where to where, its positions, and from where to where its bytes are."""

    start: int
    end: int = 0
    positions: list[_Place] = field(default_factory=list)
    rows: int = 0
    first: int = 1 << 62
    last: int = 0


@dataclass(slots=True)
class _Footer:
    """Where things stand in a footer: its count of rows, its list of row groups, and each of these."""

    rows: _Place = field(default_factory=lambda: _Place(0, 0, 0))
    groups_start: int = 0
    groups_end: int = 0
    groups: list[_Group] = field(default_factory=list)


def _footer(data: bytes, at: int) -> _Footer:
    found, number = _Footer(), 0
    while data[at]:
        number, kind, at = _field(data, at, number)
        if number == _FILE_ROWS:
            found.rows = _integer_at(data, at)
            at = found.rows.end
        elif number == _FILE_GROUPS:
            found.groups_start = at
            count, _, at = _list_head(data, at)
            for _ in range(count):
                found.groups.append(_Group(at))
                at = found.groups[-1].end = _group(data, at, found.groups[-1])
            found.groups_end = at
        else:
            at = _behind(data, at, kind)
    return found


def _group(data: bytes, at: int, found: _Group) -> int:
    """Returns where it ends."""
    number = 0
    while data[at]:
        number, kind, at = _field(data, at, number)
        if number == _GROUP_COLUMNS:
            count, _, at = _list_head(data, at)
            for _ in range(count):
                at = _chunk(data, at, found)
        elif number in (_GROUP_ROWS, _GROUP_OFFSET):
            place = _integer_at(data, at)
            if number == _GROUP_ROWS:
                found.rows = place.value
            else:
                found.positions.append(place)
            at = place.end
        else:
            at = _behind(data, at, kind)
    return at + 1


def _chunk(data: bytes, at: int, found: _Group) -> int:
    number = 0
    while data[at]:
        number, kind, at = _field(data, at, number)
        if number == _CHUNK_META:
            at = _meta(data, at, found)
        elif number == _CHUNK_OFFSET:
            place = _integer_at(data, at)
            if place.value:  # 0 where the writer does not say
                found.positions.append(place)
            at = place.end
        else:
            at = _behind(data, at, kind)
    return at + 1


def _meta(data: bytes, at: int, found: _Group) -> int:
    number, size, first = 0, 0, 1 << 62
    while data[at]:
        number, kind, at = _field(data, at, number)
        if number in _META_ASKED:
            place = _integer_at(data, at)
            if number == _META_SIZE:
                size = place.value
            else:
                found.positions.append(place)
                first = min(first, place.value)
            at = place.end
        else:
            at = _behind(data, at, kind)
    found.first, found.last = min(found.first, first), max(found.last, first + size)
    return at + 1


def _behind(data: bytes, at: int, kind: int) -> int:
    """Where a value ends. Most of a footer is passed over, so this is written to be fast."""
    if _I16 <= kind <= _I64:
        while data[at] > 127:
            at += 1
        return at + 1
    if kind == _BINARY:
        size, at = _read_varint(data, at)
        return at + size
    if kind == _STRUCT:
        while head := data[at]:
            at += 1
            if head < 16:
                _, at = _read_varint(data, at)
            if (head & 15) > _FALSE:  # these two stand in the type
                at = _behind(data, at, head & 15)
        return at + 1
    if kind in (_LIST, _SET):
        count, inner, at = _list_head(data, at)
        for _ in range(count):
            at = at + 1 if inner in (_TRUE, _FALSE) else _behind(data, at, inner)
        return at
    if kind in _SIZES:
        return at + _SIZES[kind]
    raise ValueError(f"a Parquet footer holds no values of type {kind}")


def _field(data: bytes, at: int, before: int) -> tuple[int, int, int]:
    """Number and type of a field, and where its value begins."""
    head = data[at]
    if head > 15:
        return before + (head >> 4), head & 15, at + 1
    number = _integer_at(data, at + 1)
    return number.value, head, number.end


def _list_head(data: bytes, at: int) -> tuple[int, int, int]:
    """Count and type of the items, and where the first begins."""
    head = data[at]
    if head < 240:
        return head >> 4, head & 15, at + 1
    count, at = _read_varint(data, at + 1)
    return count, head & 15, at


def _integer_at(data: bytes, at: int) -> _Place:
    value, end = _read_varint(data, at)
    return _Place(at, end, (value >> 1) ^ -(value & 1))


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    byte = data[at]
    value, shift = byte & 127, 7
    while byte > 127:
        at += 1
        byte = data[at]
        value |= (byte & 127) << shift
        shift += 7
    return value, at + 1


def _integer(value: int) -> bytes:
    return _varint(value << 1 if value >= 0 else (-value << 1) - 1)


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    found.append(value)
    return bytes(found)

"""Columns of Arrow as numbers: texts by dictionaries, decimals in their last digit, keys by hashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32] | Numbers

_KEY = 32
"""Hex digits of a key."""


@dataclass(frozen=True, slots=True)
class Coded:
    """A column as numbers into its distinct `values`."""

    codes: Codes
    values: Sequence[Any]

    def among(self, *wanted: str) -> Mask:
        """Which rows hold one of these values."""
        hits = np.array([value in wanted for value in self.values], np.bool_)
        return hits[self.codes] if hits.any() and not hits.all() else np.full(len(self.codes), hits.any())

    def at(self, rows: Numbers) -> Coded:
        return Coded(self.codes[rows] if len(self.values) > 1 else np.zeros(len(rows), np.int32), self.values)

    def array(self, rows: Numbers, kind: pa.DataType) -> pa.Array:
        """The values of some rows."""
        return pa.array([self.values[code] for code in self.codes[rows]], kind)


def coded(column: pa.ChunkedArray) -> Coded:
    """A column of dictionaries, the same in all pieces, as numbers."""
    if not len(column):
        return Coded(np.empty(0, np.int32), ())
    values: list[Any] = column.chunk(0).dictionary.to_pylist()
    if column.null_count:
        values.append(None)

    def codes(chunk: pa.DictionaryArray) -> Codes:
        return np.asarray(chunk.indices.fill_null(len(values) - 1) if chunk.null_count else chunk.indices, np.int32)

    return Coded(np.concatenate([codes(chunk) for chunk in column.chunks]), tuple(values))


def is_valid(column: pa.ChunkedArray) -> Mask:
    if not column.null_count:
        return np.ones(len(column), np.bool_)
    valid: Mask = column.is_valid().to_numpy()
    return valid


def integers(column: pa.ChunkedArray) -> Numbers:
    """Decimals of up to 18 digits in units of their last digit, 0 where null."""
    return np.concatenate([np.empty(0, np.int64), *(chunk_integers(chunk) for chunk in column.chunks)])


def chunk_integers(chunk: pa.Decimal128Array) -> Numbers:
    """Of one piece: a view of it, where nothing is null."""
    if not len(chunk):
        return np.empty(0, np.int64)
    # 128 bits each, low word first
    words = np.frombuffer(chunk.buffers()[1], "<i8")[2 * chunk.offset : 2 * (chunk.offset + len(chunk)) : 2]
    return np.where(chunk.is_valid().to_numpy(zero_copy_only=False), words, 0) if chunk.null_count else words


def decimals(units: Numbers, kind: pa.DataType, known: Mask | None = None) -> pa.Array:
    """Integers of the last digit as decimals; null where not `known`."""
    words = np.stack([units, units >> 63], axis=1).astype("<i8")
    found = pa.Array.from_buffers(kind, len(units), [None, pa.py_buffer(words)])
    return found if known is None else pc.if_else(pa.array(known), found, pa.scalar(None, kind))


_FACTOR = np.uint64(0x9E3779B97F4A7C15)
"""Odd, and its bits without pattern: 2 ** 64 by the golden ratio."""


def hashed(keys: pa.ChunkedArray) -> npt.NDArray[np.uint64]:
    """Keys without nulls as numbers: equal keys as equal numbers, by their first 64 bits."""
    found = [_words_hashed(chunk) for chunk in keys.chunks if len(chunk)]
    if any(numbers is None for numbers in found):
        # not of our making, such as in a lake that another tool filled
        codes: npt.NDArray[np.uint64] = keys.combine_chunks().dictionary_encode().indices.to_numpy().astype(np.uint64)
        return codes
    return np.concatenate([np.empty(0, np.uint64), *(numbers for numbers in found if numbers is not None)])


def _words_hashed(keys: pa.StringArray) -> npt.NDArray[np.uint64] | None:
    """None where they are not of KEY bytes each."""
    _, ends, text = keys.buffers()
    offsets = np.frombuffer(ends, np.int32)[keys.offset : keys.offset + len(keys) + 1]
    if (np.diff(offsets) != _KEY).any():
        return None
    words = np.frombuffer(text, np.uint64, len(keys) * _KEY // 8, int(offsets[0])).reshape(len(keys), -1)
    # 16 hex digits are 64 bits
    return (words[:, 0] * _FACTOR ^ words[:, 1]) * _FACTOR

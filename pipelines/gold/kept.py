"""What a file of consumption keeps of the pieces of its month, so that the next one is made of what changed.

Silver rewrites a month's file whole, yet a night's bills stand together there, since invoices are in the order of
their days: most row groups are the same bytes as before. What gold makes of such a piece follows from those bytes and
from which of its points have further bills in the month. Where both are as they were, its rows of consumption are
taken over as bytes, and its sums, which stand behind the last row group.

The bytes are compared with those of the silver file that gold was made from. Delta keeps it for days after it was
replaced; where it is gone, or anything else is not as expected, the whole month is made anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any
from zlib import crc32

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.errors import STORE_REMEDY, StorageUnavailable
from pipelines.gold.catalog import CONSUMPTION_PER_PPE, SUMS, sums_sql
from pipelines.gold.columns import Mask
from pipelines.gold.footers import ParquetBytes, RowGroup
from pipelines.gold.months import TELLING, Month, Piece
from pipelines.storage import ObjectMissing

METADATA = b"invoice_lake_pieces"
"""Key in a file's metadata: JSON."""
_FORM = "1"
"""To be raised when what is made of a piece changes without its SQL."""
Sums = dict[str, pa.Table]
"""Name (of SUMS) -> rows of a piece."""


@dataclass(frozen=True, slots=True)
class Note:
    """A piece and what was made of it.

    Attributes:
        path: Of its file of silver.
        number: Of its row group there.
        several: Digest of which of its bills are of points that have several.
        plain: Row groups of consumption: of its bills that are rows as they stand.
        single: Those of its other bills whose points have no further bill.
        sums: Which of SUMS are kept.
    """

    path: str
    number: int
    several: str
    plain: list[int]
    single: list[int]
    sums: list[str]


@dataclass(frozen=True, slots=True)
class Known:
    """What an older file tells of a piece."""

    plain: list[RowGroup]
    single: list[RowGroup]
    sums: Sums


@dataclass
class Pieces:
    """What a new file will keep."""

    notes: list[Note] = field(default_factory=list)
    sums: list[Sums] = field(default_factory=list)

    def packed(self, checks: list[int]) -> tuple[dict[bytes, bytes], bytes]:
        """What is to stand in the file's metadata, and behind its last row group, whose CRC-32 are `checks`."""
        packed = {name: _packed(sums.get(name) for sums in self.sums) for name in SUMS}
        told = {
            "made_by": made_by(),
            "pieces": [asdict(note) for note in self.notes],
            "sums": {name: len(data) for name, data in packed.items()},
            "row_groups": checks,
            "behind": crc32(b"".join(packed.values())),
        }
        return {METADATA: json.dumps(told).encode()}, b"".join(packed.values())


def made_by() -> str:
    """Changes with the definition of consumption or of the sums."""
    texts = [_FORM, CONSUMPTION_PER_PPE.definition, *(sums_sql(name) for name in SUMS)]
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]


def digest(mask: Mask) -> str:
    return hashlib.sha256(np.packbits(mask).tobytes()).hexdigest()[:16] if mask.any() else ""


def known_pieces(month: Month, standing: Callable[[date], bytes | None]) -> Mapping[int, Known]:
    """What the month's file of consumption that stands tells of pieces, by their place in the month."""
    older = standing(month.pieces[0].month) if len(month.pieces) > 1 else None
    if older is None:
        return {}
    file, told = ParquetBytes(older), _told(older)
    if told.get("made_by") != made_by():
        return {}
    behind = older[file.footer_at - sum(told["sums"].values()) : file.footer_at]
    if crc32(behind) != told["behind"]:
        return {}
    notes, sums = [Note(**note) for note in told["pieces"]], _unpacked(behind, told["sums"])
    found: dict[int, Known] = {}
    for at, before in _same_pieces(month.pieces, notes).items():
        note, groups = notes[before], _whole_groups(file, told["row_groups"], notes[before])
        if groups is not None and digest(month.several[at]) == note.several:
            known = {name: sums[name].get(before, sums[name][None]) for name in note.sums}
            found[at] = Known(groups[: len(note.plain)], groups[len(note.plain) :], known)
    return found


def _told(older: bytes) -> dict[str, Any]:
    with suppress(pa.ArrowInvalid):  # a file that is none is made anew
        notes: dict[str, Any] = json.loads(
            (pq.read_metadata(pa.BufferReader(older)).metadata or {}).get(METADATA, b"{}")
        )
        return notes
    return {}


def _whole_groups(file: ParquetBytes, checks: Sequence[int], note: Note) -> list[RowGroup] | None:
    """A piece's row groups; None where they are not the bytes that were written, as after another tool's hand."""
    numbers = [*note.plain, *note.single]
    if len(checks) != file.count:
        return None
    groups = [file.group(number) for number in numbers]
    return groups if all(g.check == checks[n] for g, n in zip(groups, numbers, strict=True)) else None


def _packed(pieces: Iterable[pa.Table | None]) -> bytes:
    """The rows of all pieces, each with the number of its piece."""
    known = [
        rows.append_column("piece", pa.array(np.full(rows.num_rows, at, np.int32)))
        for at, rows in enumerate(pieces)
        if rows is not None
    ]
    if not known:
        return b""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, known[0].schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(pa.concat_tables(known).combine_chunks())
    return bytes(sink.getvalue())


def _unpacked(data: bytes, sizes: Mapping[str, int]) -> dict[str, dict[int | None, pa.Table]]:
    """Name of sums -> rows by piece; None: of a piece that has no rows."""
    found: dict[str, dict[int | None, pa.Table]] = {}
    at = 0
    for name, size in sizes.items():
        if size:
            rows = pa.ipc.open_stream(pa.py_buffer(data)[at : at + size]).read_all()
            pieces, rows = rows.column("piece").to_numpy(), rows.drop_columns("piece")
            # in the order of the pieces
            firsts = np.flatnonzero(np.diff(pieces, prepend=-1))
            ends = [*firsts[1:], len(pieces)]
            found[name] = {None: rows.slice(0, 0)} | {
                int(pieces[first]): rows.slice(first, end - first) for first, end in zip(firsts, ends, strict=True)
            }
        at += size
    return found


def _same_pieces(pieces: Sequence[Piece], notes: Sequence[Note]) -> dict[int, int]:
    """Pieces that are bytes of an older file: place in the month -> number of the note."""
    table, found = pieces[0].table, dict[int, int]()
    spans = {path: _Spans(piece.file, piece.source) for path, piece in {p.path: p for p in pieces}.items()}
    for path in sorted({note.path for note in notes}):
        try:
            with table.opened_from.open_input_file(path) as source:
                older = spans.get(path) or _Spans(pq.ParquetFile(source), source)
                numbers = {note.number: before for before, note in enumerate(notes) if note.path == path}
                for at, piece in enumerate(pieces):
                    same = spans[piece.path].same(piece.number, older, numbers)
                    if same is not None:
                        found[at] = numbers[same]
        except (ObjectMissing, FileNotFoundError):
            continue
        except OSError as error:
            raise StorageUnavailable(f"silver could not be read: {error}", remedy=STORE_REMEDY) from error
    return found


class _Spans:
    """Where the columns that tell stand in a file."""

    def __init__(self, file: pq.ParquetFile, source: pa.NativeFile) -> None:
        self._source, self._metadata = source, file.metadata
        columns = [file.schema.column(at) for at in range(len(file.schema))]
        self._columns = [at for at, c in enumerate(columns) if c.path.partition(".")[0] in TELLING]
        self._types = [str(columns[at]) for at in self._columns]
        self._shapes: dict[int, tuple[list[object], list[tuple[int, int]]]] = {}

    def same(self, number: int, older: _Spans, numbers: Mapping[int, int]) -> int | None:
        """Which row group of an older file is the same bytes, of the same columns."""
        if self is older:
            return number if number in numbers else None
        if self._types != older._types:
            return None
        shape, spans = self._group(number)
        for before in numbers:
            known, theirs = older._group(before)
            if known == shape and self._read(spans) == older._read(theirs):
                return before
        return None

    def _read(self, spans: Sequence[tuple[int, int]]) -> list[bytes]:
        return [self._source.read_at(size, at) for at, size in spans]

    def _group(self, number: int) -> tuple[list[object], list[tuple[int, int]]]:
        """What the footer says of each column, and where its bytes are."""
        if number not in self._shapes:
            group = self._metadata.row_group(number)
            chunks = [group.column(at) for at in self._columns]
            shape = [(c.num_values, c.compression, c.encodings, c.total_compressed_size) for c in chunks]
            starts = [c.dictionary_page_offset if c.has_dictionary_page else c.data_page_offset for c in chunks]
            sizes = [c.total_compressed_size for c in chunks]
            self._shapes[number] = (list(shape), list(zip(starts, sizes, strict=True)))
        return self._shapes[number]

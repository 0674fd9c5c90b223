"""Whether anything remains of a document: a search through every object of the lake.

What is looked for: its id, its name with the digest of its bytes, the SHA-256, and the bytes themselves. Texts
are searched as they lie, unpacked where they are compressed, and in every column of Parquet files, named by a
version or not. Values that the document printed are looked for too, but may rightly stand for other documents.
"""

from __future__ import annotations

import gzip
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.documents import sha256_hex
from pipelines.lake import Lake
from pipelines.layout import ContentKey, ForgettingKey, RawKey
from pipelines.storage import ObjectMissing

_SHORTEST = 6
"""Characters of a value that is worth looking for: shorter ones stand everywhere."""


@dataclass(frozen=True, slots=True)
class Traces:
    """What to look for.

    Attributes:
        names: Texts that tell of the documents alone.
        sha256: Hash of the bytes: may stand in the tombstone's name, and nowhere else.
        size: How many bytes they are.
        values: What the documents printed; other documents may print it too.
    """

    names: tuple[str, ...]
    sha256: str
    size: int
    values: tuple[str, ...] = ()

    def tell(self, data: bytes) -> bool:
        """Whether bytes, Parquet or not, hold one of the names."""
        return bool(_found(data, _columns(data), [*self.names, self.sha256]))


@dataclass(slots=True)
class Remains:
    """What a search found. `objects` and `bytes`: how much was looked through."""

    objects: int = 0
    bytes: int = 0
    traces: list[str] = field(default_factory=list)
    values: Counter[str] = field(default_factory=Counter)
    """Printed value -> objects that hold it: of other documents, as no trace of this one is left."""


def search(lake: Lake, traces: Traces) -> Remains:
    """Look through every object. Raises StorageUnavailable.

    Raw copies of other documents are compared by size and hash, not by their text.
    """
    found = Remains()
    names = [*traces.names, traces.sha256]
    values = [value for value in traces.values if len(value) >= _SHORTEST]
    tombstone = str(ContentKey(traces.sha256))
    for entry in lake.storage.list():
        if entry.key.startswith(f"{ForgettingKey.folder}/"):
            continue  # the erasure's own note, which goes last
        found.objects += 1
        if entry.key != tombstone and any(name in entry.key for name in names):
            found.traces.append(f"{entry.key}: its name")
        if entry.key.startswith(f"{RawKey.folder}/") and entry.size != traces.size:
            continue
        try:
            data = lake.storage.get(entry.key)
        except ObjectMissing:
            continue  # went meanwhile
        found.bytes += len(data)
        if sha256_hex(data) == traces.sha256:
            found.traces.append(f"{entry.key}: the bytes themselves")
        columns = _columns(data)
        found.traces += [f"{entry.key}: {name}" for name in _found(data, columns, names)]
        found.values.update(_found(data, columns, values))
    found.traces += [f"{path}: a folder's name" for path in _folders(lake) if any(name in path for name in names)]
    return found


def _folders(lake: Lake) -> Iterator[str]:
    """Folders, empty ones too, where the store has such."""
    root = lake.storage.folder
    if root is not None:
        yield from (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_dir())


def _found(data: bytes, columns: Sequence[pa.ChunkedArray], wanted: Iterable[str]) -> list[str]:
    text = _unpacked(data)
    return [
        one
        for one in wanted
        if one.encode() in text or any(pc.any(pc.match_substring(column, one)).as_py() for column in columns)
    ]


def _unpacked(data: bytes) -> bytes:
    if data[:2] == b"\x1f\x8b":
        try:
            return gzip.decompress(data)
        except (OSError, EOFError):
            return data
    return data


def _columns(data: bytes) -> list[pa.ChunkedArray]:
    """Every column of text in a Parquet file, however deep; none for other bytes."""
    if data[:4] != b"PAR1":
        return []
    try:
        table = pq.read_table(io.BytesIO(data), use_threads=False)
    except (pa.ArrowInvalid, OSError):
        return []  # half a file of a writer that died: its bytes are searched as they lie
    return [text for column in table.columns for chunk in column.chunks for text in _texts(chunk)]


def _texts(array: pa.Array) -> Iterator[pa.ChunkedArray]:
    kind = array.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        yield pa.chunked_array([array])
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_map(kind):
        yield from _texts(array.flatten() if not pa.types.is_map(kind) else array.items)
        if pa.types.is_map(kind):
            yield from _texts(array.keys)
    elif pa.types.is_struct(kind):
        for part in array.flatten():
            yield from _texts(part)

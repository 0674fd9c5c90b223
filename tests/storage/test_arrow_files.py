"""What pyarrow's reading of a lake on a server costs in calls; the server is a store in memory that counts."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from obstore.store import MemoryStore

from pipelines.arrow_files import WHOLE, filesystem
from pipelines.storage import Storage


class Counting(Storage):
    """Notes each call for bytes."""

    def __init__(self) -> None:
        super().__init__(MemoryStore(), "memory:///")
        self.calls: list[str] = []

    def get(self, key: str) -> bytes:
        self.calls.append(f"get {key}")
        return super().get(key)

    def get_range(self, key: str, start: int, end: int) -> bytes:
        self.calls.append(f"range {key}")
        return super().get_range(key, start, end)


@pytest.fixture
def server() -> Counting:
    return Counting()


def put_rows(server: Storage, key: str, rows: int) -> dict[str, int]:
    """A file of 20 columns that do not shrink. Returns its size by key."""
    values = np.random.default_rng(rows).integers(0, 2**62, rows)
    sink = io.BytesIO()
    pq.write_table(pa.table({f"c{n}": values + n for n in range(20)}), sink, use_dictionary=False)
    server.put(key, sink.getvalue())
    return {key: len(sink.getvalue())}


def ask(server: Counting, sizes: dict[str, int], whole: int) -> list[str]:
    """Three questions to each file, as a run asks them. Returns the calls that they took."""
    files = filesystem(server, sizes, whole=whole)
    server.calls.clear()
    kind: Any = ds.ParquetFileFormat(default_fragment_scan_options=ds.ParquetFragmentScanOptions(pre_buffer=True))
    for key in sizes:
        found = ds.FileSystemDataset([kind.make_fragment(key, filesystem=files)], _SCHEMA, kind, files)
        assert found.to_table(columns=["c1", "c9", "c17"]).num_columns == 3
        found.count_rows(filter=pc.field("c3") > 0)
        with files.open_input_file(key) as source:
            pq.ParquetFile(source, pre_buffer=True).read()
    return list(server.calls)


_SCHEMA = pa.schema([(f"c{n}", pa.int64()) for n in range(20)])


def test_a_larger_file_takes_no_more_calls(server: Counting) -> None:
    small, large = put_rows(server, "small.parquet", 20), put_rows(server, "large.parquet", 20_000)
    assert ask(server, small, WHOLE) == ["get small.parquet"]
    assert ask(server, large, WHOLE) == ["get large.parquet"]


def test_a_file_too_large_to_hold_is_read_by_ranges(server: Counting) -> None:
    sizes = put_rows(server, "large.parquet", 20_000)
    calls = ask(server, sizes, whole=1000)
    assert set(calls) == {"range large.parquet"}


def test_the_files_asked_last_are_kept(server: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = put_rows(server, "a.parquet", 500) | put_rows(server, "b.parquet", 500)
    monkeypatch.setattr("pipelines.arrow_files._KEPT", max(sizes.values()))
    files = filesystem(server, sizes, whole=WHOLE)
    server.calls.clear()
    for key in ("a.parquet", "a.parquet", "b.parquet", "a.parquet"):
        with files.open_input_file(key) as source:
            assert pq.read_metadata(source).num_rows == 500
    assert server.calls == ["get a.parquet", "get b.parquet", "get a.parquet"]


def test_objects_that_change_are_read_as_they_are_now(server: Counting) -> None:
    files = filesystem(server, {})
    for rows in (10, 20):
        put_rows(server, "gold.parquet", rows)
        with files.open_input_file("gold.parquet") as source:
            assert pq.read_metadata(source).num_rows == rows

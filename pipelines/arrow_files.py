"""A lake's folder as pyarrow reads it: Parquet files, whole or by ranges, fetched through the lake's own storage.

deltalake's own handler holds Python's lock while it waits for the network, so that no other thread of the
process goes on; and local folders need no Python in between at all.

pyarrow fetches neighbouring columns in one range and others in ranges of their own: the larger a file, the more
calls for the same columns, in each of the questions that a run asks of it. A run reads most columns of the few
files that it touches, so from a server it fetches each whole, in one call.
"""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.fs as pafs

from pipelines.storage import ObjectMissing, Storage

WHOLE = 32 * 1024 * 1024
"""Bytes of the largest file that is fetched whole: 400,000 invoices of a month."""
_KEPT = 64 * 1024 * 1024
"""Bytes of whole files that are kept for the next question to them."""


def filesystem(folder: Storage, sizes: Mapping[str, int], *, whole: int = 0) -> pafs.FileSystem:
    """For reading; paths are keys of the storage.

    Args:
        folder: What the paths are below.
        sizes: Bytes of files whose size is known: no call asks for it.
        whole: Bytes of the largest file that is fetched from a server in one call, and kept for the next question.
            For files that never change and of which most is read, such as Delta's in a run; not for a look at a
            footer.
    """
    if folder.folder is not None:
        return pafs.SubTreeFileSystem(str(folder.folder), pafs.LocalFileSystem())
    return pafs.PyFileSystem(_Handler(folder, sizes, whole))


class _Whole:
    """Files that were fetched whole: the ones used last, up to _KEPT bytes. For threads."""

    def __init__(self, folder: Storage) -> None:
        self._folder = folder
        self._held: OrderedDict[str, pa.Buffer] = OrderedDict()
        self._fetching: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def file(self, path: str) -> pa.Buffer:
        """The bytes of a file, fetched once by whoever asks first. Raises ObjectMissing, StorageUnavailable."""
        with self._fetching.setdefault(path, threading.Lock()):
            with self._lock:
                if path in self._held:
                    self._held.move_to_end(path)
                    return self._held[path]
            found = pa.py_buffer(self._folder.get(path))
            with self._lock:
                self._held[path] = found
                while len(self._held) > 1 and sum(held.size for held in self._held.values()) > _KEPT:
                    self._held.popitem(last=False)
            return found


class _RangedFile(io.RawIOBase):
    """One object, read by ranges."""

    def __init__(self, folder: Storage, key: str, size: int) -> None:
        self._folder, self._key, self._size, self._at = folder, key, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = base + offset
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        end = self._size if size is None or size < 0 else min(self._at + size, self._size)
        if end <= self._at:
            return b""
        data = self._folder.get_range(self._key, self._at, end)
        self._at += len(data)
        return data


class _Handler(pafs.FileSystemHandler):  # type: ignore[misc]
    """Reading only: files are written by the storage, in one put."""

    def __init__(self, folder: Storage, sizes: Mapping[str, int], whole: int) -> None:
        self._folder, self._sizes, self._most, self._whole = folder, sizes, whole, _Whole(folder)

    def _size(self, path: str) -> int | None:
        known = self._sizes.get(path)
        if known is not None:
            return known
        entry = self._folder.head(path)
        return entry.size if entry is not None else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Handler) and other._folder.url == self._folder.url

    def __hash__(self) -> int:
        return hash(self._folder.url)

    def get_type_name(self) -> str:
        return "invoice-lake"

    def normalize_path(self, path: str) -> str:
        return path

    def get_file_info(self, paths: list[str]) -> list[pafs.FileInfo]:
        sizes = [(path, self._size(path)) for path in paths]
        return [
            pafs.FileInfo(path, pafs.FileType.NotFound)
            if size is None
            else pafs.FileInfo(path, pafs.FileType.File, size=size)
            for path, size in sizes
        ]

    def open_input_file(self, path: str) -> pa.NativeFile:
        size = self._size(path)
        if size is None:
            raise ObjectMissing(f"nothing stands at {self._folder.url}/{path}")
        if size <= self._most:
            return pa.BufferReader(self._whole.file(path))
        return pa.PythonFile(_RangedFile(self._folder, path, size), mode="r")

    def open_input_stream(self, path: str) -> pa.NativeFile:
        return self.open_input_file(path)

    def _refused(self, *_: Any) -> Any:
        raise NotImplementedError("a lake's folder is only read through pyarrow")

    get_file_info_selector = create_dir = delete_dir = delete_dir_contents = delete_root_dir_contents = _refused
    delete_file = move = copy_file = open_output_stream = open_append_stream = _refused

"""Object storage behind one small interface: a folder, memory, S3, GCS or Azure through obstore.

What belongs here: bytes by key, create-only and atomic writes, listing, and the translation of a
store's faults into `pipelines.errors`. What does not: what the bytes mean.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import obstore
from obstore import exceptions as faults
from obstore.store import LocalStore, MemoryStore, ObjectStore, from_url

from pipelines.asking_again import CheckedBody, ask_again
from pipelines.errors import STORE_REMEDY, ConfigurationError, LakeError, StorageUnavailable, Terminal
from pipelines.listing import OutOfOrder, in_order, walk_in_order

_RETRIES: Any = {
    "max_retries": 6,
    "backoff": {"init_backoff": timedelta(milliseconds=200), "max_backoff": timedelta(seconds=5), "base": 2},
    "retry_timeout": timedelta(seconds=60),
}
_CLIENT: Any = {"timeout": "60s", "connect_timeout": "10s"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ObjectMissing(Terminal):
    """No object stands under this key."""


class ObjectConflict(Terminal):
    """A create-only key already holds other bytes."""


class Entry(NamedTuple):
    """One listed object. `etag` changes whenever the object is written."""

    key: str
    size: int
    etag: str
    last_modified: datetime


@dataclass(frozen=True, slots=True)
class Credentials:
    """What an S3 store needs beyond its URL; empty fields are taken from the environment.

    `provider` is an obstore credential provider, such as one made from a boto3 session; `static` holds
    the same credentials as plain values for clients that know no provider (deltalake).
    """

    endpoint_url: str | None = None
    region: str | None = None
    provider: Any = None
    static: dict[str, str] = field(default_factory=dict, repr=False)
    session: Any = field(default=None, repr=False)
    """The boto3 session itself, for the calls that obstore cannot make."""

    @classmethod
    def from_boto3(cls, session: Any, endpoint_url: str | None = None, region: str | None = None) -> Credentials:
        """Credentials of a boto3 session, refreshed by it while they last."""
        from obstore.auth.boto3 import Boto3CredentialProvider

        frozen = session.get_credentials().get_frozen_credentials()
        static = {"aws_access_key_id": frozen.access_key, "aws_secret_access_key": frozen.secret_key}
        if frozen.token:
            static["aws_session_token"] = frozen.token
        return cls(endpoint_url, region or session.region_name, Boto3CredentialProvider(session), static, session)


class Storage:
    """Keys below one URL. Keys are relative, `/`-parted, never empty."""

    def __init__(self, store: ObjectStore, url: str, credentials: Credentials | None = None, root: str = "") -> None:
        self._store, self.url, self._root = store, url, root
        self.credentials = credentials or Credentials()
        self._is_s3 = url.startswith(("s3://", "s3a://"))

    def __repr__(self) -> str:
        return f"Storage({self.url!r})"

    @property
    def folder(self) -> Path | None:
        """The local folder, where the store is one."""
        return local_folder(self.url)

    def below(self, prefix: str) -> Storage:
        """The same store, with keys relative to a prefix."""
        return Storage(self._store, f"{self.url.rstrip('/')}/{prefix}", self.credentials, f"{self._root}{prefix}/")

    def _entry(self, meta: Any) -> Entry:
        return Entry(meta["path"][len(self._root) :], meta["size"], meta["e_tag"] or "", meta["last_modified"])

    def get(self, key: str) -> bytes:
        """All bytes; on S3 compared with their ETag. Raises ObjectMissing, StorageUnavailable."""
        body = CheckedBody(f"{self.url}/{key}")

        def once() -> bytes:
            with _translated(self, key):
                found = obstore.get(self._store, self._root + key)
                data = bytes(found.bytes())
                return body.checked(data, found.meta["e_tag"] or "") if self._is_s3 else data

        return ask_again(once)

    def get_range(self, key: str, start: int, end: int) -> bytes:
        """The bytes from `start` up to `end`. Raises ObjectMissing, StorageUnavailable."""

        def once() -> bytes:
            with _translated(self, key):
                return bytes(obstore.get_range(self._store, self._root + key, start=start, end=end))

        return ask_again(once)

    def put(self, key: str, data: bytes) -> str:
        """Write atomically, over what stood there. Returns the new etag. Raises StorageUnavailable."""

        def once() -> str:
            with _translated(self, key):
                done = obstore.put(self._store, self._root + key, data, mode="overwrite", use_multipart=False)
                return done["e_tag"] or ""

        return ask_again(once)

    def put_changed(self, key: str, data: bytes, before: Callable[[], None] | None = None) -> bool:
        """Write only where other bytes stand: a rerun writes nothing. Returns whether it wrote.

        `before` is called when it is known that it will write, just before.
        """
        with suppress(ObjectMissing):
            if self.get(key) == data:
                return False
        if before is not None:
            before()
        self.put(key, data)
        return True

    def create(self, key: str, data: bytes) -> bool:
        """Write only if nothing stands there. Returns whether this call created it.

        A client that retries can meet its own write, and two runs may write the same bytes: an object
        that holds these very bytes counts as present, not as a conflict. Raises ObjectConflict where
        other bytes stand, StorageUnavailable.
        """

        def once() -> bool:
            with _translated(self, key):
                try:
                    # one PUT: the condition does not hold for multipart uploads
                    obstore.put(self._store, self._root + key, data, mode="create", use_multipart=False)
                    return True
                except faults.AlreadyExistsError:
                    return False

        if ask_again(once):
            return True
        if self.get(key) != data:
            remedy = "It is written once; nothing was changed."
            raise ObjectConflict(f"{self.url}/{key} already holds other bytes", remedy=remedy)
        return False

    def list(self, prefix: str = "") -> Iterator[Entry]:
        """Every object below a prefix that ends at a `/` (or the whole store)."""
        folder = (self._root + prefix).rstrip("/") or None
        last: str | None = None

        def following() -> Iterator[Any]:
            with _translated(self, prefix):
                return iter(obstore.list(self._store, folder, chunk_size=1000, offset=last))

        pages = following()

        def page() -> Any:
            nonlocal pages
            try:
                with _translated(self, prefix):
                    return next(pages, None)
            except StorageUnavailable:
                pages = following()  # a listing that broke goes on behind the last name that it gave
                raise

        while (found := ask_again(page)) is not None:
            for meta in found:
                last = meta["path"]
                yield self._entry(meta)

    def ordered(self, prefix: str = "") -> Iterator[Entry]:
        """As `list`, sorted by key, and in bounded memory where the store lists so: S3, GCS.

        A folder's names are held, and each file is looked at when its turn comes. Raises ConfigurationError where a
        store breaks an order that it kept over the first thousand keys.
        """
        if self.folder is not None:
            root = str(self.folder)
            with _translated(self, prefix):
                yield from (entry for key in self.names(prefix) if (entry := _file(root, key)) is not None)
            return
        with _translated(self, prefix):
            yield from in_order(self.list(prefix), lambda entry: entry.key)

    def names(self, prefix: str = "") -> Iterator[str]:
        """The keys of `ordered`; the prefix ends with a `/`. Where the store is a folder, no file is looked at."""
        if self.folder is None:
            yield from (entry.key for entry in self.ordered(prefix))
            return
        with _translated(self, prefix):
            yield from (f"{prefix}{name}" for name in walk_in_order(str(self.folder / prefix)))

    def folders(self, prefix: str = "") -> tuple[str, ...]:
        """Names of the folders directly below a prefix, sorted."""

        def once() -> tuple[str, ...]:
            with _translated(self, prefix):
                found = obstore.list_with_delimiter(self._store, (self._root + prefix).rstrip("/") or None)
                return tuple(sorted(str(path).rstrip("/").rsplit("/", 1)[-1] for path in found["common_prefixes"]))

        return ask_again(once)

    def exists(self, key: str) -> bool:
        return self.head(key) is not None

    def head(self, key: str) -> Entry | None:
        """The object's size and etag, None where there is none."""

        def once() -> Entry | None:
            with _translated(self, key):
                try:
                    return self._entry(obstore.head(self._store, self._root + key))
                except FileNotFoundError:
                    return None

        return ask_again(once)

    def chunks(self, key: str, size: int = 4 * 1024 * 1024) -> Iterator[bytes]:
        """The bytes piece by piece, for objects that may not fit in memory."""
        with _translated(self, key):
            for chunk in obstore.get(self._store, self._root + key).stream(min_chunk_size=size):
                yield bytes(chunk)

    def put_chunks(self, key: str, chunks: Iterator[bytes]) -> None:
        """Write atomically from pieces, in bounded memory."""
        with _translated(self, key):
            obstore.put(self._store, self._root + key, _from_a_thread(chunks))

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is no error."""

        def once() -> None:
            with _translated(self, key), suppress(FileNotFoundError):
                obstore.delete(self._store, self._root + key)

        ask_again(once)

    def delete_folder(self, prefix: str) -> None:
        """Remove a folder that holds nothing, where the store has folders: its name may tell what was in it."""
        if self.folder is not None:
            with suppress(OSError):
                (self.folder / prefix).rmdir()

    def sync(self, key: str) -> None:
        """Make a written object outlast a power cut, where the store is a folder; others promise it."""
        if self.folder is None:
            return
        for path in (self.folder / key, (self.folder / key).parent):
            with _translated(self, key):
                handle = os.open(path, os.O_RDONLY)
                try:
                    os.fsync(handle)
                finally:
                    os.close(handle)

    def options(self) -> dict[str, str]:
        """The same access as string options for deltalake."""
        if not self.url.startswith("s3"):
            return {}
        options = dict(self.credentials.static)
        if self.credentials.endpoint_url:
            options["aws_endpoint_url"] = self.credentials.endpoint_url
            options["aws_allow_http"] = str(self.credentials.endpoint_url.startswith("http://")).lower()
        if self.credentials.region:
            options["aws_region"] = self.credentials.region
        return options


def open_storage(url: str, credentials: Credentials | None = None) -> Storage:
    """Open a store by URL; a local folder is made. Raises ConfigurationError for a URL that is none."""
    credentials = credentials or Credentials()
    scheme = urlsplit(url).scheme
    try:
        if (folder := local_folder(url)) is not None:
            return Storage(LocalStore(folder, mkdir=True), url)
        if scheme == "memory":
            return Storage(MemoryStore(), url)
        if scheme in ("s3", "s3a"):
            return Storage(from_url(url, retry_config=_RETRIES, **_s3_options(credentials)), url, credentials)
        if scheme in ("gs", "az", "abfs", "abfss", "adl"):
            return Storage(from_url(url, retry_config=_RETRIES, client_options=_CLIENT), url)
    except (faults.BaseError, ValueError, OSError) as error:
        remedy = "Check LAKE_URL and LAKE_UPLOADS_URL."
        raise ConfigurationError(f"cannot open {url}: {_first_line(error)}", remedy=remedy) from error
    raise ConfigurationError(f"{url!r} is no storage URL", remedy="Use a folder, file://, s3://, gs:// or az://.")


def _s3_options(credentials: Credentials) -> dict[str, Any]:
    client, config = dict(_CLIENT), {}
    if credentials.endpoint_url:
        config["endpoint"] = credentials.endpoint_url
        client["allow_http"] = credentials.endpoint_url.startswith("http://")
    if credentials.region:
        config["region"] = credentials.region
    options: dict[str, Any] = {"client_options": client}
    if config:
        options["config"] = config
    if credentials.provider is not None:
        options["credential_provider"] = credentials.provider
    return options


def probe(storage: Storage) -> str | None:
    """Whether the store honours create-only writes: None if so, else a warning for people.

    Writes, re-writes and removes one small object under `_probe/`. Raises StorageUnavailable or
    ConfigurationError where the store cannot be written at all.
    """
    key = f"_probe/{uuid.uuid4().hex}"
    try:
        storage.create(key, b"first")
        storage.create(key, b"second")
    except ObjectConflict:
        return None
    finally:
        storage.delete(key)
    return (
        f"{storage.url} ignores conditional writes (If-None-Match): two runs at once may both claim a document. "
        "Use a store that honours them (AWS S3, MinIO, a folder), or run one worker only."
    )


def _from_a_thread(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same pieces, each made by another thread: obstore asks for them within its own runtime, in which pieces
    that come from another store of it could not be waited for (it panics).
    """
    with ThreadPoolExecutor(1) as pool:
        while (piece := pool.submit(next, chunks, None).result()) is not None:
            yield piece


def _file(root: str, key: str) -> Entry | None:
    """A file's entry as obstore gives it; None where it has gone."""
    try:
        status = os.stat(f"{root}/{key}")  # noqa: PTH116 - a path object costs as much again
    except FileNotFoundError:
        return None
    changed = status.st_mtime_ns // 1000
    etag = f'"{status.st_ino:x}-{changed:x}-{status.st_size:x}"'
    return Entry(key, status.st_size, etag, _EPOCH + timedelta(microseconds=changed))


def local_folder(url: str) -> Path | None:
    """The folder that a `file://` URL names, None for any other."""
    return Path(unquote(urlsplit(url).path)) if urlsplit(url).scheme == "file" else None


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0][:300]


@contextmanager
def _translated(storage: Storage, key: str) -> Iterator[None]:
    """A store's own exceptions as Terminal or Transient errors that name the object."""
    where = f"{storage.url}/{key}"
    try:
        yield
    except LakeError:
        raise
    except OutOfOrder as error:
        remedy = "Its listings have to be sorted, as those of S3 are."
        raise ConfigurationError(f"{where} is listed out of order: {error}", remedy=remedy) from error
    except FileNotFoundError as error:
        raise ObjectMissing(f"nothing stands at {where}") from error
    except (faults.PermissionDeniedError, faults.UnauthenticatedError, PermissionError) as error:
        remedy = "Check the credentials, the bucket policy or the folder's rights."
        raise ConfigurationError(f"no access to {where}: {_first_line(error)}", remedy=remedy) from error
    except (faults.InvalidPathError, faults.NotSupportedError, ValueError) as error:
        raise Terminal(f"the store refuses {where}: {_first_line(error)}") from error
    except (faults.BaseError, OSError) as error:
        raise StorageUnavailable(f"{where}: {_first_line(error)}", remedy=STORE_REMEDY) from error

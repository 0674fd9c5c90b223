"""The uploads: where people drop files under any name, and what is there and settled.

A folder is listed by the operating system and a bucket by boto3, not through obstore: names that are no
UTF-8, symbolic links, empty path segments and dots occur there, and obstore refuses a whole listing for
one such name. One odd name must not hide the others.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, unquote, unquote_to_bytes, urlsplit

from pipelines.asking_again import CheckedBody, ask_again
from pipelines.errors import ConfigurationError, StorageUnavailable
from pipelines.lake import Lake
from pipelines.settings import Settings
from pipelines.storage import Credentials, ObjectMissing, Storage, open_storage

PARTIAL_SUFFIXES = (".part", ".partial", ".crdownload", ".filepart", ".tmp", ".swp", ".download")
PARTIAL_PATIENCE = timedelta(hours=1)
"""A file named like a transfer under way, or hidden, is left alone for so long, then taken as any other."""
_SKEW_SECONDS = 60.0


@dataclass(frozen=True, slots=True, order=True)
class Upload:
    """One dropped file. `key` is percent-encoded, so that any name travels through JSON and databases."""

    key: str
    size: int
    changed: datetime

    @property
    def name(self) -> str:
        """The path below the uploads as people see it; what is no UTF-8 is replaced."""
        return unquote_to_bytes(self.key).decode("utf-8", "replace")


class Uploads(Protocol):
    """Dropped files, wherever they lie."""

    url: str

    def settled(self, now: datetime) -> Iterator[Upload]:
        """Files that are no longer being written."""
        ...

    def find(self, key: str) -> Upload | None:
        """One dropped file, None where another run took it."""
        ...

    def read(self, key: str) -> bytes:
        """All bytes. Raises ObjectMissing where another run took the file."""
        ...

    def chunks(self, key: str) -> Iterator[bytes]:
        """The bytes piece by piece."""
        ...

    def remove(self, key: str) -> None:
        """Take the file away; one that is gone is no error."""
        ...


def open_uploads(lake: Lake) -> Uploads:
    """The uploads of the lake's settings. Raises ConfigurationError where they lie inside the lake."""
    settings: Settings = lake.settings
    if f"{settings.uploads_url.rstrip('/')}/".startswith(
        f"{settings.url.rstrip('/')}/"
    ) or f"{settings.url}/".startswith(f"{settings.uploads_url.rstrip('/')}/"):
        what = f"uploads {settings.uploads_url} and lake {settings.url} overlap"
        raise ConfigurationError(what, remedy="Give LAKE_URL and LAKE_UPLOADS_URL places beside one another.")
    if settings.uploads_url.startswith("file://"):
        return FolderUploads(settings.uploads_url, settings.settle_seconds)
    if settings.uploads_url.startswith(("s3://", "s3a://")):
        return BucketUploads(settings.uploads_url, lake.credentials)
    return ObjectUploads(open_storage(settings.uploads_url, lake.credentials))


class FolderUploads:
    """A local folder and its sub-folders. Symbolic links are not followed: they could lead anywhere."""

    def __init__(self, url: str, settle_seconds: float) -> None:
        self.url, self._settle = url, settle_seconds
        self._root = os.fsencode(Path(unquote_to_bytes(urlsplit(url).path).decode()))
        try:
            Path(os.fsdecode(self._root)).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(
                f"cannot make {url}: {error.strerror}", remedy="Check LAKE_UPLOADS_URL."
            ) from error

    def settled(self, now: datetime) -> Iterator[Upload]:
        for path, status in _walk(self._root):
            name = os.path.basename(path)
            # ctime too: a copy that keeps the original's mtime is still being written
            age = now.timestamp() - max(status.st_mtime, status.st_ctime)
            if -_SKEW_SECONDS < age < self._settle or (_is_partial(name) and age < PARTIAL_PATIENCE.total_seconds()):
                continue
            yield self._upload(path, status)

    def _upload(self, path: bytes, status: os.stat_result) -> Upload:
        changed = datetime.fromtimestamp(status.st_mtime, tz=UTC)
        return Upload(quote(os.path.relpath(path, self._root), safe="/"), status.st_size, changed)

    def find(self, key: str) -> Upload | None:
        path = self._path(key)
        try:
            status = os.stat(path, follow_symlinks=False)
        except FileNotFoundError:
            return None
        return self._upload(path, status) if stat.S_ISREG(status.st_mode) else None

    def _path(self, key: str) -> bytes:
        path = os.path.normpath(os.path.join(self._root, unquote_to_bytes(key)))
        if not path.startswith(self._root + b"/"):
            raise ObjectMissing(f"{key!r} lies outside {self.url}")
        return path

    def read(self, key: str) -> bytes:
        return b"".join(self.chunks(key))

    def chunks(self, key: str) -> Iterator[bytes]:
        try:
            handle = os.open(self._path(key), os.O_RDONLY | os.O_NOFOLLOW)
        except FileNotFoundError as error:
            raise ObjectMissing(f"{key!r} is gone from {self.url}") from error
        except OSError as error:
            raise StorageUnavailable(
                f"cannot read {key!r}: {error.strerror}", remedy="Check the file's rights."
            ) from error
        with os.fdopen(handle, "rb") as file:
            while piece := file.read(4 * 1024 * 1024):
                yield piece

    def remove(self, key: str) -> None:
        path = self._path(key)
        try:
            os.unlink(path)
        except FileNotFoundError:
            return
        except OSError as error:
            what = f"cannot remove {key!r} after it was stored: {error.strerror}"
            raise StorageUnavailable(what, remedy="Give the pipeline the right to remove files there.") from error
        _remove_empty_folders(os.path.dirname(path), self._root)


class BucketUploads:
    """An S3 bucket or prefix. An object there is whole: S3 shows no half-written ones."""

    def __init__(self, url: str, credentials: Credentials) -> None:
        import boto3
        from botocore.config import Config

        self.url = url
        parts = urlsplit(url)
        self._bucket, prefix = parts.netloc, unquote(parts.path).strip("/")
        self._prefix = f"{prefix}/" if prefix else ""
        retries = Config(retries={"mode": "standard", "max_attempts": 6}, connect_timeout=10, read_timeout=60)
        session = credentials.session or boto3.session.Session()
        self._client = session.client(
            "s3", endpoint_url=credentials.endpoint_url, region_name=credentials.region, config=retries
        )

    def settled(self, now: datetime) -> Iterator[Upload]:
        for item in self._listed():
            if item["Key"].endswith("/") and item["Size"] == 0:
                continue  # what consoles make to show an empty folder
            name = item["Key"].rsplit("/", 1)[-1].encode()
            if _is_partial(name) and now - item["LastModified"] < PARTIAL_PATIENCE:
                continue
            key = quote(item["Key"][len(self._prefix) :], safe="/")
            yield Upload(key, item["Size"], item["LastModified"])

    def _listed(self) -> Iterator[dict[str, Any]]:
        place: dict[str, str] = {}

        def page() -> dict[str, Any]:
            with self._translated("its listing"):
                found: dict[str, Any] = self._client.list_objects_v2(Bucket=self._bucket, Prefix=self._prefix, **place)
                return found

        while True:
            found = ask_again(page)
            yield from found.get("Contents", ())
            if not found.get("NextContinuationToken"):
                return
            place = {"ContinuationToken": found["NextContinuationToken"]}

    def find(self, key: str) -> Upload | None:
        def once() -> dict[str, Any]:
            with self._translated(key):
                head: dict[str, Any] = self._client.head_object(Bucket=self._bucket, Key=self._key(key))
                return head

        try:
            head = ask_again(once)
        except ObjectMissing:
            return None
        return Upload(key, head["ContentLength"], head["LastModified"])

    def read(self, key: str) -> bytes:
        """All bytes, compared with the store's ETag: what is hashed from here on must be what was dropped."""
        body = CheckedBody(f"{self.url}, {key}")

        def once() -> bytes:
            with self._translated(key):
                found = self._client.get_object(Bucket=self._bucket, Key=self._key(key))
                return body.checked(found["Body"].read(), found["ETag"])

        return ask_again(once)

    def chunks(self, key: str) -> Iterator[bytes]:
        with self._translated(key):
            body = self._client.get_object(Bucket=self._bucket, Key=self._key(key))["Body"]
            yield from body.iter_chunks(4 * 1024 * 1024)

    def remove(self, key: str) -> None:
        def once() -> None:
            with self._translated(key):
                self._client.delete_object(Bucket=self._bucket, Key=self._key(key))

        ask_again(once)

    def _key(self, key: str) -> str:
        return self._prefix + unquote(key)

    @contextmanager
    def _translated(self, what: str) -> Iterator[None]:
        """boto3's faults as ours."""
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

        try:
            yield
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            message = f"{self.url}, {what}: {code}: {error.response.get('Error', {}).get('Message', '')}"
            if code in ("NoSuchKey", "404", "NotFound"):
                raise ObjectMissing(f"{what!r} is gone from {self.url}") from error
            if code in ("NoSuchBucket", "AccessDenied", "403", "InvalidAccessKeyId", "SignatureDoesNotMatch"):
                raise ConfigurationError(
                    message, remedy="Check LAKE_UPLOADS_URL, the credentials and policy."
                ) from error
            raise StorageUnavailable(message, remedy="It is tried again.") from error
        except NoCredentialsError as error:
            remedy = "Set LAKE_AWS_CONN_ID, or AWS_* in the environment."
            raise ConfigurationError(f"no credentials for {self.url}", remedy=remedy) from error
        except BotoCoreError as error:
            raise StorageUnavailable(f"{self.url}, {what}: {error}", remedy="It is tried again.") from error


class ObjectUploads:
    """A bucket or prefix of another store. An object there is whole."""

    def __init__(self, storage: Storage) -> None:
        self.url, self._storage = storage.url, storage

    def settled(self, now: datetime) -> Iterator[Upload]:
        for entry in self._storage.list():
            name = entry.key.rsplit("/", 1)[-1].encode()
            if _is_partial(name) and now - entry.last_modified < PARTIAL_PATIENCE:
                continue
            yield Upload(quote(entry.key, safe="/"), entry.size, entry.last_modified)

    def find(self, key: str) -> Upload | None:
        entry = self._storage.head(unquote_to_bytes(key).decode())
        return Upload(key, entry.size, entry.last_modified) if entry else None

    def read(self, key: str) -> bytes:
        return self._storage.get(unquote_to_bytes(key).decode())

    def chunks(self, key: str) -> Iterator[bytes]:
        return self._storage.chunks(unquote_to_bytes(key).decode())

    def remove(self, key: str) -> None:
        self._storage.delete(unquote_to_bytes(key).decode())


def _is_partial(name: bytes) -> bool:
    return name.startswith((b".", b"~$")) or os.fsdecode(name).lower().endswith(PARTIAL_SUFFIXES)


def _walk(root: bytes) -> Iterator[tuple[bytes, os.stat_result]]:
    """Regular files below a folder, in no order and none of them held; what vanishes was taken by another run."""
    try:
        with os.scandir(root) as found:
            for entry in found:
                with suppress(FileNotFoundError):
                    status = entry.stat(follow_symlinks=False)
                    if stat.S_ISDIR(status.st_mode):
                        yield from _walk(entry.path)
                    elif stat.S_ISREG(status.st_mode):
                        yield entry.path, status
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageUnavailable(
            f"cannot list {os.fsdecode(root)!r}: {error.strerror}", remedy="Check the folder's rights."
        ) from error


def _remove_empty_folders(folder: bytes, root: bytes) -> None:
    """Tidy the sub-folders that a drop left empty; one that is in use again is left."""
    while folder != root and folder.startswith(root + b"/"):
        try:
            os.rmdir(folder)
        except OSError:
            return
        folder = os.path.dirname(folder)

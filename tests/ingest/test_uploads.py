"""Uploads: any name that a file system or a bucket allows, and only what is settled."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.errors import ConfigurationError
from pipelines.ingest.uploads import PARTIAL_PATIENCE, BucketUploads, FolderUploads, open_uploads
from pipelines.lake import Lake
from pipelines.lake import open_lake as open_with
from pipelines.settings import Settings
from pipelines.storage import ObjectMissing

NAMES = [
    "a b.pdf",
    "żółw 😀.pdf",
    "x%20y#?.pdf",
    "sub/deep/one.pdf",
    "back\\slash.pdf",
    "con\x07trol.pdf",
    "n" * 251 + ".pdf",
]


def _now() -> datetime:
    return datetime.now(UTC)


def test_any_name_in_a_folder_is_listed_read_and_removed(uploads_folder: Path, lake: Lake) -> None:
    for name in NAMES:
        (uploads_folder / name).parent.mkdir(parents=True, exist_ok=True)
        (uploads_folder / name).write_bytes(name.encode())
    Path(os.fsdecode(os.fsencode(uploads_folder) + b"/bad\xff.pdf")).write_bytes(b"bad")
    uploads = open_uploads(lake)
    found = list(uploads.settled(_now()))
    assert {u.name for u in found} == {*NAMES, "bad\N{REPLACEMENT CHARACTER}.pdf"}
    for upload in found:
        assert upload.key.isascii()
        assert uploads.read(upload.key) == (b"bad" if "bad" in upload.name else upload.name.encode())
        assert uploads.find(upload.key) == upload
        uploads.remove(upload.key)
    assert list(uploads_folder.rglob("*")) == []


def test_any_key_of_a_bucket_is_listed_read_and_removed(s3_lake: Lake) -> None:
    uploads = open_uploads(s3_lake)
    assert isinstance(uploads, BucketUploads)
    odd = [*NAMES, "sub//double.pdf", "./one.pdf", "../up.pdf"]
    for name in odd:
        uploads._client.put_object(Bucket=uploads._bucket, Key=f"drop/{name}", Body=name.encode())
    uploads._client.put_object(Bucket=uploads._bucket, Key="drop/folder/", Body=b"")
    uploads._client.put_object(Bucket=uploads._bucket, Key="dropped-elsewhere/x.pdf", Body=b"")
    found = list(uploads.settled(_now()))
    assert {u.name for u in found} == set(odd)
    for upload in found:
        assert uploads.read(upload.key) == upload.name.encode()
        uploads.remove(upload.key)
    assert list(uploads.settled(_now())) == []


def test_a_file_still_being_written_waits(uploads_folder: Path) -> None:
    uploads = FolderUploads(uploads_folder.as_uri(), settle_seconds=5)
    (uploads_folder / "a.pdf").write_bytes(b"x")
    assert list(uploads.settled(_now())) == []
    assert [u.name for u in uploads.settled(_now() + timedelta(seconds=6))] == ["a.pdf"]


def test_a_copy_that_keeps_an_old_mtime_still_waits(uploads_folder: Path) -> None:
    uploads = FolderUploads(uploads_folder.as_uri(), settle_seconds=5)
    (uploads_folder / "a.pdf").write_bytes(b"x")
    os.utime(uploads_folder / "a.pdf", (time.time() - 9999, time.time() - 9999))
    assert list(uploads.settled(_now())) == []


def test_a_clock_set_back_does_not_hide_files(uploads_folder: Path) -> None:
    uploads = FolderUploads(uploads_folder.as_uri(), settle_seconds=5)
    (uploads_folder / "a.pdf").write_bytes(b"x")
    assert [u.name for u in uploads.settled(_now() - timedelta(hours=1))] == ["a.pdf"]


@pytest.mark.parametrize("name", ["a.pdf.part", ".hidden.pdf", "~$a.pdf", "b.CRDOWNLOAD"])
def test_a_transfer_under_way_is_left_alone_but_never_lost(uploads_folder: Path, name: str) -> None:
    uploads = FolderUploads(uploads_folder.as_uri(), settle_seconds=0)
    (uploads_folder / name).write_bytes(b"x")
    assert list(uploads.settled(_now())) == []
    assert [u.name for u in uploads.settled(_now() + PARTIAL_PATIENCE + timedelta(seconds=1))] == [name]


def test_a_symbolic_link_is_not_followed(uploads_folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    (uploads_folder / "link.pdf").symlink_to(secret)
    uploads = FolderUploads(uploads_folder.as_uri(), settle_seconds=0)
    assert list(uploads.settled(_now())) == []
    assert uploads.find("link.pdf") is None


@pytest.mark.parametrize("key", ["../secret", "%2e%2e/secret", "a/../../secret"])
def test_a_key_cannot_leave_the_uploads(uploads_folder: Path, tmp_path: Path, key: str) -> None:
    (tmp_path / "secret").write_text("x")
    with pytest.raises(ObjectMissing, match="outside"):
        FolderUploads(uploads_folder.as_uri(), settle_seconds=0).read(key)


def test_uploads_inside_the_lake_are_refused(tmp_path: Path) -> None:
    lake = open_with(Settings(url=str(tmp_path / "lake"), uploads_url=str(tmp_path / "lake" / "uploads")))
    with pytest.raises(ConfigurationError, match="overlap"):
        open_uploads(lake)

"""Admission: whatever happens in between, a dropped file ends in exactly one place, once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.documents import DocumentId, DocumentRecord, Rejection, sha256_hex
from pipelines.errors import CorruptObject, EmptyDocument, StorageUnavailable, UnsupportedDocument
from pipelines.ingest import Admission, admit_upload, open_uploads
from pipelines.ingest.admit import Inspected
from pipelines.lake import Lake
from pipelines.layout import RawKey, RecordKey, RejectedKey
from pipelines.settings import MEBIBYTE
from pipelines.states import day_documents
from pipelines.storage import Storage

NOW = datetime(2026, 11, 20, 23, 59, tzinfo=UTC)


def inspect(data: bytes, name: str) -> Inspected:
    if not data:
        raise EmptyDocument("0 bytes", document=name, remedy="Export it again.")
    if not data.startswith(b"%PDF"):
        raise UnsupportedDocument("no type that is read here", document=name)
    return Inspected("application/pdf", 1, 1)


def admit_all(lake: Lake, now: datetime = NOW) -> list[Admission]:
    uploads = open_uploads(lake)
    found = sorted(uploads.settled(datetime.now(UTC) + timedelta(hours=2)))
    return [admit_upload(lake, uploads, upload, inspect, now) for upload in found]


def test_a_document_is_stored_whole_and_its_drop_removed(lake: Lake, uploads_folder: Path) -> None:
    (uploads_folder / "Faktura Styczeń.pdf").write_bytes(b"%PDF-1")
    [admission] = admit_all(lake)
    assert admission.outcome == "received"
    record = lake.record(DocumentId.parse(admission.document))
    assert record.file_name == "Faktura Styczeń.pdf"
    assert lake.raw(record) == b"%PDF-1"
    assert list(uploads_folder.iterdir()) == []


def test_the_same_bytes_under_another_name_are_a_duplicate_with_a_record(lake: Lake, uploads_folder: Path) -> None:
    (uploads_folder / "a.pdf").write_bytes(b"%PDF-1")
    (uploads_folder / "b.pdf").write_bytes(b"%PDF-1")
    first, second = admit_all(lake)
    assert (first.outcome, second.outcome) == ("received", "duplicate")
    duplicate = lake.record(DocumentId.parse(second.document))
    assert duplicate.duplicate_of == first.document
    assert not lake.storage.exists(str(RawKey(duplicate.document_id, "pdf")))


def test_the_same_file_dropped_again_is_the_same_document(lake: Lake, uploads_folder: Path) -> None:
    (uploads_folder / "a.pdf").write_bytes(b"%PDF-1")
    [first] = admit_all(lake)
    (uploads_folder / "a.pdf").write_bytes(b"%PDF-1")
    [again] = admit_all(lake, NOW + timedelta(seconds=5))
    assert again.document == first.document
    assert len(day_documents(lake, NOW.date())) == 1


@pytest.mark.parametrize(("name", "data"), [("empty.pdf", b""), ("virus.pdf", b"MZ\x90")])
def test_what_is_no_document_is_kept_with_its_reason(lake: Lake, uploads_folder: Path, name: str, data: bytes) -> None:
    (uploads_folder / name).write_bytes(data)
    [admission] = admit_all(lake)
    assert admission.outcome == "rejected"
    key = RejectedKey(DocumentId.parse(admission.document))
    assert lake.storage.get(str(key)) == data
    reason = Rejection.model_validate_json(lake.storage.get(str(key.reason)))
    assert (reason.file_name, reason.sha256) == (name, sha256_hex(data))
    assert list(uploads_folder.iterdir()) == []


def test_a_file_over_the_limit_is_rejected_without_being_read_whole(lake: Lake, uploads_folder: Path) -> None:
    small = lake.settings.model_copy(update={"max_document_mib": 1})
    (uploads_folder / "big.pdf").write_bytes(b"%PDF" + b"0" * MEBIBYTE)
    [admission] = admit_all(Lake(small, lake.storage, lake.credentials))
    assert admission.outcome == "rejected"
    assert "limit of 1 MiB" in admission.reason


class _Failing(Storage):
    """A folder that fails at its n-th write."""

    def __init__(self, inner: Storage, at: int) -> None:
        super().__init__(inner._store, inner.url)
        self.left = at

    def create(self, key: str, data: bytes) -> bool:
        self.left -= 1
        if self.left < 0:
            raise StorageUnavailable("the store went away")
        return super().create(key, data)


@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize("other_name", [False, True])
def test_a_crash_after_any_write_is_completed_by_the_next_run(
    lake: Lake, uploads_folder: Path, at: int, other_name: bool
) -> None:
    (uploads_folder / "a.pdf").write_bytes(b"%PDF-1")
    failing = Lake(lake.settings, _Failing(lake.storage, at), lake.credentials)
    try:
        admit_all(failing)
    except StorageUnavailable:
        assert (uploads_folder / "a.pdf").exists()
    if other_name:
        (uploads_folder / "0.pdf").write_bytes(b"%PDF-1")
    admit_all(lake, NOW + timedelta(hours=1))  # another day by then
    days = (NOW.date(), (NOW + timedelta(hours=1)).date())
    documents = [keys for day in days for keys in day_documents(lake, day).values()]
    owners = [keys for keys in documents if keys.raw]
    assert len(owners) == 1
    assert owners[0].record is not None
    assert lake.raw(lake.record(owners[0].document)) == b"%PDF-1"
    assert len(documents) == (2 if other_name else 1)
    assert list(uploads_folder.iterdir()) == []


class _Flipping(Storage):
    """A store that damages a body on its way back."""

    def get(self, key: str) -> bytes:
        data = super().get(key)
        return data[:-1] + b"!" if "raw_faktury" in key else data


def test_a_copy_that_cannot_be_proven_leaves_the_drop_in_place(lake: Lake, uploads_folder: Path) -> None:
    (uploads_folder / "a.pdf").write_bytes(b"%PDF-1")
    with pytest.raises(CorruptObject, match="does not hold what was sent"):
        admit_all(Lake(lake.settings, _Flipping(lake.storage._store, lake.storage.url), lake.credentials))
    assert (uploads_folder / "a.pdf").exists()


def test_raw_bytes_that_differ_from_their_hash_are_never_handed_on(lake: Lake, uploads_folder: Path) -> None:
    (uploads_folder / "a.pdf").write_bytes(b"%PDF-1")
    [admission] = admit_all(lake)
    record: DocumentRecord = lake.record(DocumentId.parse(admission.document))
    lake.storage.put(str(RawKey(record.document_id, "pdf")), b"%PDF-2")
    with pytest.raises(CorruptObject, match="SHA-256"):
        lake.raw(record)


def test_a_bucket_is_admitted_as_a_folder_is(s3_lake: Lake) -> None:
    uploads = open_uploads(s3_lake)
    uploads._client.put_object(Bucket=uploads._bucket, Key="drop/x/ż.pdf", Body=b"%PDF-1")  # type: ignore[attr-defined]
    [admission] = admit_all(s3_lake)
    assert admission.outcome == "received"
    assert s3_lake.storage.exists(str(RecordKey(DocumentId.parse(admission.document))))
    assert list(uploads.settled(datetime.now(UTC))) == []

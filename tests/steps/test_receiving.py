"""A file that is sent: in once, whoever sends it how often, and whatever died before."""

from __future__ import annotations

import io
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO

import pytest

from pipelines.documents import DocumentId, DocumentRecord
from pipelines.errors import DocumentTooLarge, EmptyDocument, UnsupportedDocument
from pipelines.lake import Lake, open_lake
from pipelines.layout import ContentKey, RecordKey
from pipelines.states import document_keys
from pipelines.steps import pending, receive_file

_XML = b'<?xml version="1.0"?><Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>'


def _file(body: bytes) -> BinaryIO:
    made = tempfile.TemporaryFile()  # noqa: SIM115 - closed with its last use
    made.write(body)
    return made


def test_a_sent_file_is_a_document_that_waits_to_be_read(lake: Lake) -> None:
    receipt = receive_file(lake, _file(_XML), "../../e faktura\u202e.xml", "anna")
    record = lake.record(DocumentId.parse(receipt.document))
    assert (receipt.new, record.uploader, record.source, record.media_type) == (True, "anna", "desk", "application/xml")
    assert lake.raw(record) == _XML
    assert pending(lake, "ocr").count == 1


def test_what_was_received_is_not_written_again(lake: Lake) -> None:
    first = receive_file(lake, _file(_XML), "a.xml", "anna")
    before = sorted((entry.key, entry.etag) for entry in lake.storage.list())
    again = receive_file(lake, _file(_XML), "b.xml", "ola")
    assert (again.new, again.document) == (False, first.document)
    assert sorted((entry.key, entry.etag) for entry in lake.storage.list()) == before


def test_the_same_bytes_sent_at_once_become_one_document(lake: Lake) -> None:
    with ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(lambda _n: receive_file(lake, _file(_XML), "a.xml", "anna"), range(8)))
    assert len({receipt.document for receipt in receipts}) == 1
    assert len(list(lake.storage.list(RecordKey.folder))) == 1


def test_a_claim_whose_maker_died_is_completed(lake: Lake) -> None:
    receipt = receive_file(lake, _file(_XML), "a.xml", "anna")
    record = lake.record(DocumentId.parse(receipt.document))
    for entry in list(lake.storage.list()):
        if not entry.key.startswith(ContentKey.folder):
            lake.storage.delete(entry.key)
    again = receive_file(lake, _file(_XML), "other.xml", "ola")
    stored: DocumentRecord = lake.record(DocumentId.parse(again.document))
    assert stored.sha256 == record.sha256
    keys = document_keys(lake, DocumentId.parse(record.id))
    assert keys is not None
    assert keys.raw is not None
    assert keys.record is not None


def test_a_bucket_takes_it_as_a_folder_does(s3_lake: Lake) -> None:
    receipt = receive_file(s3_lake, _file(_XML), "a.xml", "anna")
    assert s3_lake.raw(s3_lake.record(DocumentId.parse(receipt.document))) == _XML
    assert not receive_file(s3_lake, _file(_XML), "a.xml", "anna").new


def test_what_is_refused_leaves_no_trace(lake: Lake) -> None:
    small = open_lake(lake.settings.model_copy(update={"max_document_mib": 1}))
    for body, error in ((b"", EmptyDocument), (b"PK\x03\x04", UnsupportedDocument), (bytes(2 << 20), DocumentTooLarge)):
        with pytest.raises(error):
            receive_file(small, io.BytesIO(body), "a.pdf", "anna")
    assert list(lake.storage.list()) == []

import io

import pytest
from PIL import Image

from pipelines.documents import MEDIA_TYPES
from pipelines.errors import EmptyDocument, UnsupportedDocument
from pipelines.reading import SNIFF_BYTES, sniff_media_type
from tests.reading import papers


def test_every_type_is_told_by_its_content() -> None:
    image = Image.new("RGB", (20, 20), "white")
    made = {
        "application/pdf": papers.text_pdf(),
        "image/png": papers.image_bytes(image, "PNG"),
        "image/jpeg": papers.image_bytes(image, "JPEG"),
        "image/tiff": papers.image_bytes(image, "TIFF"),
        "image/gif": papers.image_bytes(image, "GIF"),
        "image/webp": papers.image_bytes(image, "WEBP"),
        "application/xml": b"\xef\xbb\xbf<?xml version='1.0'?><Faktura/>",
    }
    assert set(made) == set(MEDIA_TYPES.values())
    for media_type, data in made.items():
        assert sniff_media_type(data[:SNIFF_BYTES], "misnamed.bin") == media_type


def test_xml_is_known_in_utf_16_and_without_a_declaration() -> None:
    assert (
        sniff_media_type("\ufeff<?xml version='1.0' encoding='UTF-16'?><a/>".encode("utf-16-le"), "a")
        == "application/xml"
    )
    assert sniff_media_type(b"  <ns2:Invoice xmlns:ns2='x'>", "a") == "application/xml"


def test_a_pdf_after_a_mail_header_is_a_pdf() -> None:
    assert sniff_media_type(b"Content-Type: application/pdf\r\n\r\n%PDF-1.4\n", "a.pdf") == "application/pdf"


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"MZ\x90\x00" + b"\x00" * 60 + b"%PDF-1.7", "Windows program"),
        (b"\x7fELF\x02\x01", "Linux program"),
        (b"PK\x03\x04rest", "ZIP archive"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", "web page"),
        (b"just some words", "plain text"),
        (b"\x00\x01\x02\x03", "unknown type"),
    ],
)
def test_other_content_named_pdf_is_refused_by_what_it_is(data: bytes, named: str) -> None:
    with pytest.raises(UnsupportedDocument, match=named) as refused:
        sniff_media_type(data, "faktura.pdf")
    assert refused.value.document == "faktura.pdf"
    assert refused.value.remedy


def test_zero_bytes_are_an_empty_document() -> None:
    with pytest.raises(EmptyDocument):
        sniff_media_type(io.BytesIO().read(), "empty.pdf")

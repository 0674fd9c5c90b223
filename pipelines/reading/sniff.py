"""Which of the types that are read some bytes are: by their content, never by their name alone."""

from __future__ import annotations

import re

from pipelines.errors import EmptyDocument, UnsupportedDocument

SNIFF_BYTES = 4096
"""How many bytes from a file's start `sniff_media_type` wants to see."""

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"II+\x00", "image/tiff"),  # BigTIFF
    (b"MM\x00+", "image/tiff"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
# What people drop most often that is no invoice document, so that the reason can name it.
_OTHERS = (
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"#!", "a script"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office document or an Outlook message"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"{\\rtf", "a rich text document"),
    (b"BM", "a BMP image"),
)
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_XML_START = re.compile(r"\s*<(?:\?xml|!--|[A-Za-z_][\w.-]*(?:[\s/>:]))")
_HTML_START = re.compile(
    r"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|script|svg)\b", re.IGNORECASE | re.DOTALL
)
_SUPPORTED = "Supported: PDF, PNG, JPEG, TIFF, GIF, WebP and e-invoice XML."


def sniff_media_type(head: bytes, name: str) -> str:
    """The media type of a file.

    Args:
        head: Its first bytes, `SNIFF_BYTES` of them where there are so many.
        name: Its file name: used in messages only, since names lie.

    Raises:
        EmptyDocument: There is no byte at all.
        UnsupportedDocument: The bytes are none of the types that are read here.
    """
    if not head:
        raise EmptyDocument(
            "the file is empty (0 bytes)", document=name, remedy="Drop it again: the upload was cut short."
        )
    found = _pdf(head) or _by_magic(head) or _xml(head)
    if found is None:
        raise UnsupportedDocument(f"the content is {_describe(head)}", document=name, remedy=_SUPPORTED)
    return found


def _pdf(head: bytes) -> str | None:
    # PDF readers accept up to 1,024 bytes of rubbish before the header; a program that carries one is no PDF
    at = head.find(b"%PDF-", 0, 1024 + 5)
    if at < 0 or any(head.startswith(magic) for magic, _ in _OTHERS if at > 0):
        return None
    return "application/pdf"


def _by_magic(head: bytes) -> str | None:
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return None


def _xml(head: bytes) -> str | None:
    text = _decoded(head)
    if _HTML_START.match(text) or not _XML_START.match(text):
        return None
    return "application/xml"


def _decoded(head: bytes) -> str:
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return head[len(bom) :].decode(encoding, errors="ignore")
    return head.decode("utf-8", errors="ignore")


def _describe(head: bytes) -> str:
    for magic, what in _OTHERS:
        if head.startswith(magic):
            return what
    if _HTML_START.match(_decoded(head)):
        return "a web page"
    if b"\x00" not in head[:512]:
        return "plain text or an unknown type"
    return "of an unknown type"

"""What silver saw of the documents of a received day, in as few bytes as tell it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import date
from hashlib import blake2b

from pipelines.lake import Lake
from pipelines.silver.ledger import received_rows

_DIGEST = 16
"""Bytes by which a document and its fingerprint are told."""


class Seen:
    """Documents with the fingerprints that they were promoted with.

    Sixteen bytes each in one piece: names and fingerprints would take three hundred, for every document of a day.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._digests = b"".join(sorted(_digest(document, fingerprint) for document, fingerprint in pairs))

    def holds(self, document: str, fingerprint: str) -> bool:
        """Whether silver saw the document as it is now."""
        wanted = _digest(document, fingerprint)
        at = bisect_left(range(len(self._digests) // _DIGEST), wanted, key=self._at)
        return self._at(at) == wanted

    def _at(self, place: int) -> bytes:
        return self._digests[place * _DIGEST : (place + 1) * _DIGEST]


def _digest(document: str, fingerprint: str) -> bytes:
    return blake2b(f"{document} {fingerprint}".encode(), digest_size=_DIGEST).digest()


def seen_documents(lake: Lake, days: Iterable[date]) -> Seen:
    """What silver saw of the documents of these received days. Raises StorageUnavailable."""
    return Seen(_pairs(lake, days))


def seen_fingerprints(lake: Lake, days: Iterable[date]) -> dict[str, str]:
    """Document id -> the fingerprint it was promoted with, of these received days only.

    What is reopened has an empty fingerprint: it differs from every state of bronze. Raises StorageUnavailable.
    """
    return dict(_pairs(lake, days))


def _pairs(lake: Lake, days: Iterable[date]) -> Iterator[tuple[str, str]]:
    for row in received_rows(lake, days, ["document_id", "fingerprint"]):
        yield row["document_id"], row["fingerprint"]

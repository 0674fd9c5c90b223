"""What a caller can choose: which engine and languages read, and how much one document may cost."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

LANGUAGES = ("pol", "por", "deu", "eng")
"""Tesseract's codes of the languages that are looked for, when no other choice is made."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a document may hold at most. Whoever exceeds one gets DocumentTooLarge."""

    max_bytes: int = 200 * 1024 * 1024
    max_pages: int = 5_000
    max_pixels: int = 100_000_000
    """Of one image or frame, before it is decoded: 100 million is A4 at 1,000 dpi."""


_COSTS_ONLY = ("page_timeout_seconds", "memory_mib", "isolate")


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How pages are read.

    Fields that cannot change what is read (time, memory, isolation) stay out of the fingerprint.
    """

    languages: tuple[str, ...] = LANGUAGES
    """Candidates; one of them is chosen for each document by a cheap first look."""
    engine: str = "tesserocr"
    """The name of an engine: `tesserocr`, `pytesseract`, or an entry point of group `invoice_lake.ocr`."""
    max_dpi: int = 220
    """Pages are never handed to OCR with more dots per inch than this; more costs time and gains nothing."""
    max_pages: int = 5_000
    max_pixels: int = 100_000_000
    codes: bool = True
    """Whether QR and bar codes are looked for."""
    page_timeout_seconds: float = 90.0
    memory_mib: int = 2_048
    """Address space that the reading child may add to what it needs at its start."""
    isolate: bool = True
    """Whether native code runs in a child process that can be killed; off for debugging only."""

    def fingerprint(self) -> str:
        """12 hex digits over every option that can change what is read."""
        chosen = {k: v for k, v in asdict(self).items() if k not in _COSTS_ONLY}
        return hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def limits(self) -> Limits:
        return Limits(max_pages=self.max_pages, max_pixels=self.max_pixels)

"""What reading can come to besides words: an inspection, or a page given up with its reason."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.errors import LakeError
from pipelines.pages import Page

_UNKNOWN_SIZE = (595.0, 842.0)
"""Of a page that could not even be loaded: A4, in points."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """`pages` is exact (0 for XML); `pages_with_text` an estimate for planning."""

    pages: int
    pages_with_text: int


def failed_page(number: int, error: LakeError) -> Page:
    """A page that could not be read, with its reason."""
    return Page(number, *_UNKNOWN_SIZE, "failed", error=f"{type(error).__name__}: {error.cause}")

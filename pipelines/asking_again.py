"""Asking a store again: bounded, with growing pauses and jitter.

The client library repeats what it knows to be safe. A conditional PUT, a POST or the middle of a listing it
does not, since it cannot know what a repetition would mean; we can: writes here are create-only, atomic or
removals, and a repeated create recognises its own bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import TypeVar

import tenacity

from pipelines.errors import StorageUnavailable

T = TypeVar("T")

ATTEMPTS = 6
_LONGEST_SECONDS = 90.0


def ask_again(call: Callable[[], T]) -> T:
    """What the call returns; asked up to `ATTEMPTS` times while it raises StorageUnavailable, then that is raised."""
    for attempt in tenacity.Retrying(
        stop=tenacity.stop_after_attempt(ATTEMPTS) | tenacity.stop_after_delay(_LONGEST_SECONDS),
        wait=tenacity.wait_random_exponential(multiplier=0.1, max=5),
        retry=tenacity.retry_if_exception_type(StorageUnavailable),
        reraise=True,
    ):
        with attempt:
            return call()
    raise AssertionError("unreachable: the last attempt returns or raises")


class CheckedBody:
    """Whole bodies of one object of S3, compared with its ETag.

    The ETag of an object that was put in one piece is its MD5, unless a key of KMS encrypts it (AWS, Object.ETag).
    A body that differs from it was damaged on its way and is to be asked for again; two like bodies are what
    stands there, and show that here the ETag is no MD5.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._refused: list[bytes] = []

    def checked(self, body: bytes, etag: str) -> bytes:
        """The body. Raises StorageUnavailable where it was damaged."""
        digest = etag.strip('"')
        if not _MD5.fullmatch(digest) or hashlib.md5(body, usedforsecurity=False).hexdigest() == digest:
            return body
        if body in self._refused:
            return body
        self._refused.append(body)
        raise StorageUnavailable(f"{self._what}: the body differs from its ETag", remedy="It is asked for again.")


_MD5 = re.compile(r"[0-9a-f]{32}")

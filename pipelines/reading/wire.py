"""What parent and reading child say to each other: frames of a 4-byte length and a body.

Bodies are JSON, or raw bytes where a header frame announces them. No pickle: the child reads hostile files
with native code, and what comes back from it is data, never code.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable
from typing import IO, Any

from pipelines import errors
from pipelines.errors import LakeError
from pipelines.pages import Box, Code, Page, Word

_LENGTH = struct.Struct(">I")
LENGTH_BYTES = _LENGTH.size
MAX_FRAME = 512 * 1024 * 1024


class BrokenFrame(Exception):
    """The other side closed the pipe, or sent what no frame can be."""


def write_frame(stream: IO[bytes], body: bytes) -> None:
    stream.write(_LENGTH.pack(len(body)))
    stream.write(body)


def write_json(stream: IO[bytes], body: dict[str, Any]) -> None:
    write_frame(stream, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))
    stream.flush()


def frame_length(head: bytes) -> int:
    """Raises BrokenFrame for a length beyond `MAX_FRAME`."""
    (length,) = _LENGTH.unpack(head)
    if length > MAX_FRAME:
        raise BrokenFrame(f"a frame of {length} bytes")
    return int(length)


def read_frame(stream: IO[bytes]) -> bytes:
    """One frame from a blocking stream; b"" at its end."""
    head = stream.read(LENGTH_BYTES)
    if len(head) < LENGTH_BYTES:
        return b""
    return stream.read(frame_length(head))


def page_to_wire(page: Page) -> dict[str, Any]:
    return {
        "page": [page.number, page.width, page.height, page.source, page.engine, page.language, page.error],
        "words": words_to_wire(page.words),
        "codes": [(c.format, c.text, *c.box) for c in page.codes],
    }


def words_to_wire(words: Iterable[Word]) -> list[Any]:
    return [(w.text, *w.box, w.confidence, w.source) for w in words]


def words_from_wire(body: Iterable[Any]) -> tuple[Word, ...]:
    return tuple(Word(w[0], Box(w[1], w[2], w[3], w[4]), w[5], w[6]) for w in body)


def page_from_wire(body: dict[str, Any]) -> Page:
    number, width, height, source, engine, language, error = body["page"]
    return Page(
        number,
        width,
        height,
        source,
        words_from_wire(body["words"]),
        tuple(Code(c[0], c[1], Box(*c[2:6])) for c in body["codes"]),
        engine,
        language,
        error,
    )


def error_to_wire(error: LakeError) -> dict[str, Any]:
    return {"error": [type(error).__name__, error.cause, error.remedy, error.page]}


def error_from_wire(body: dict[str, Any]) -> LakeError:
    name, cause, remedy, page = body["error"]
    kind = getattr(errors, name, None)
    if not (isinstance(kind, type) and issubclass(kind, LakeError)):
        raise BrokenFrame(f"an error of unknown kind {name!r}")
    return kind(cause, remedy=remedy, page=page)

"""What parent and reading child say to each other: frames of a 4-byte length and a body.

Bodies are JSON, or raw bytes where a header frame announces them. No pickle: the child reads hostile files
with native code, and what comes back from it is data, never code.
"""

from __future__ import annotations

import json
import struct
from array import array
from base64 import b64decode, b64encode
from collections.abc import Sequence
from itertools import chain, repeat
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
        "turned": [page.turned, page.skew],
        "words": words_to_wire(page.words),
        "codes": [(c.format, c.text, *c.box) for c in page.codes],
    }


def words_to_wire(words: Sequence[Word]) -> list[Any]:
    """Texts, sources (one for all where they are the same), and figures: x0, y0, x1, y1, confidence of each word.

    Figures go as base64 of doubles: written and read as decimals they would cost more than reading the page.
    """
    figures = array("d", chain.from_iterable((*box, confidence) for _, box, confidence, _ in words))
    sources = [word.source for word in words]
    one = sources[:1] if len(set(sources)) < 2 else sources
    return [[word.text for word in words], one, b64encode(figures.tobytes()).decode("ascii")]


def words_from_wire(body: Sequence[Any]) -> tuple[Word, ...]:
    """Raises ValueError for what `words_to_wire` did not make."""
    texts, sources, packed = body
    figures = array("d", b64decode(packed)).tolist()
    if len(figures) != 5 * len(texts):
        raise ValueError("words and figures differ in number")
    boxes = map(Box, figures[0::5], figures[1::5], figures[2::5], figures[3::5])
    each = repeat(sources[0], len(texts)) if len(sources) == 1 else sources
    return tuple(map(Word, texts, boxes, figures[4::5], each))


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
        *body["turned"],
    )


def error_to_wire(error: LakeError) -> dict[str, Any]:
    return {"error": [type(error).__name__, error.cause, error.remedy, error.page]}


def error_from_wire(body: dict[str, Any]) -> LakeError:
    name, cause, remedy, page = body["error"]
    kind = getattr(errors, name, None)
    if not (isinstance(kind, type) and issubclass(kind, LakeError)):
        raise BrokenFrame(f"an error of unknown kind {name!r}")
    return kind(cause, remedy=remedy, page=page)

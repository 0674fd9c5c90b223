"""Mutated files: whatever comes, only our own errors leave, within the time limits, and no child is left behind."""

import random
import time

import pytest

from pipelines.errors import LakeError
from pipelines.pages import DocumentText
from pipelines.reading import ReadOptions, read_document, sniff_media_type
from tests.reading import papers

SECONDS = 12.0
"""The fuzz ends after this long, however many files it had."""


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Some bytes changed, a piece cut out, doubled, or swapped for rubbish."""
    body = bytearray(data)
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(body))
        length = chance.choice((1, 1, 2, 8, 64, 400))
        kind = chance.randrange(5)
        if kind == 0:
            body[at : at + length] = chance.randbytes(length)
        elif kind == 1:
            del body[at : at + length]
        elif kind == 2:
            body[at:at] = body[max(0, at - length) : at]
        elif kind == 3:
            body[at] ^= 1 << chance.randrange(8)
        elif kind == 4:
            digits = [i for i in range(at, min(at + 400, len(body))) if chr(body[i]).isdigit()]
            for i in digits[:3]:
                body[i] = ord(chance.choice("0123456789"))
        if not body:
            return b"%PDF-"
    return bytes(body)


def outcome(data: bytes, options: ReadOptions) -> DocumentText | LakeError:
    """What was read, or our own error; any other error fails the test."""
    try:
        return read_document(data, sniff_media_type(data[:4096], "fuzz"), options)
    except LakeError as error:
        return error


def test_mutated_files_give_pages_or_our_own_errors() -> None:
    seed = random.SystemRandom().randrange(10**6)
    chance = random.Random(seed)
    options = ReadOptions(page_timeout_seconds=10, codes=True, max_pages=200, max_pixels=20_000_000)
    small = papers.scan_image(["12,50"], dpi=40)
    sources = [
        papers.text_pdf(2),
        papers.scan_pdf(small),
        papers.pdf(papers.rows(["a b c"]), papers.on_page(small)),
        papers.image_bytes(small, "PNG"),
        papers.image_bytes(small, "JPEG"),
        papers.image_bytes(small, "TIFF", compression="tiff_lzw"),
        papers.image_bytes(small, "GIF"),
        papers.image_bytes(small, "WEBP"),
    ]
    ends = time.monotonic() + SECONDS
    tried = 0
    while time.monotonic() < ends:
        data = mutated(chance.choice(sources), chance)
        tried += 1
        read = outcome(data, options)
        if isinstance(read, LakeError):
            assert read.cause, f"seed {seed}"
        else:
            for page in read.pages:
                assert (page.source == "failed") == bool(page.error), f"seed {seed}"
    assert tried > 3


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.9, 0.99])
def test_a_pdf_cut_anywhere_gives_pages_or_our_own_error(cut: float) -> None:
    data = papers.text_pdf(3)
    read = outcome(data[: int(len(data) * cut)], ReadOptions())
    assert read.remedy if isinstance(read, LakeError) else read.pages

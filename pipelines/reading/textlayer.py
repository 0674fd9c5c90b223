"""The text layer of a PDF page: words with exact boxes.

PDFium gives characters in drawing order and puts in white space where it sees gaps. Words are cut there,
and again where the boxes of neighbours jump. Boxes are "loose" (advance width by font height), so that
words of one row have one height whatever their letters.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw
from numpy.typing import NDArray

from pipelines.pages import Box, Word
from pipelines.reading import native
from pipelines.reading.pdf import Sheet
from pipelines.reading.rows import in_reading_order
from pipelines.reading.spacing import close_up

_INVISIBLE = raw.FPDF_TEXTRENDERMODE_INVISIBLE
_SAMPLE = 5
"""Every fifth word is asked for its render mode; all are, once one of these is invisible."""
_RUN = re.compile(r"[^\x01\x03-\x20\x7f-\xa0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]+")
"""Anything but white space. 0x00 is a character without a map; 0x02 is PDFium's mark for a hyphen."""
_HYPHENS = str.maketrans({"\x02": "-", "\ufffe": "-", "\xad": "-", "\x00": "\ufffd"})
_UNMAPPED = re.compile(r"[\x00\ufffd\ue000-\uf8ff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")

Edges = Sequence[float]
"""Left, top, right, bottom in PDF space (y up), as PDFium's loose boxes have it."""
_NO_EDGES: Edges = [0.0, 0.0, 0.0, 0.0]
Span = tuple[int, int]
"""First character, and the one after the last."""


@dataclass(frozen=True, slots=True)
class TextLayer:
    """What a page's text layer holds, and what the trust test wants to know of it.

    `words` are the visible ones, in reading order. `characters`, `unmapped` and `invisible` count
    characters without white space, of visible and invisible words together.
    """

    words: tuple[Word, ...]
    characters: int
    unmapped: int
    invisible: int


class _Characters:
    """The characters of one text page, by index."""

    def __init__(self, textpage: pdfium.PdfTextPage) -> None:
        self.handle = native.address_of(textpage.raw)
        self.count = max(0, raw.FPDFText_CountChars(textpage.raw))
        self.text = self._whole_text(textpage)
        self.shown = self.text.translate(_HYPHENS)
        self.has_surrogates = bool(_SURROGATE.search(self.text))

    def _whole_text(self, textpage: pdfium.PdfTextPage) -> str:
        """One letter a character, so that indexes agree: surrogates stay apart."""
        buffer = (ctypes.c_ushort * (2 * self.count + 2))()
        if raw.FPDFText_GetText(textpage.raw, 0, self.count, buffer) == self.count + 1:  # and the closing NUL
            text = bytes(buffer)[: 2 * self.count].decode("utf-16-le", "surrogatepass")
            return text if len(text) == self.count else "".join(map(chr, buffer[: self.count]))
        return "".join(chr(native.char_unicode(self.handle, i)) for i in range(self.count))

    def words(self, spans: Sequence[Span]) -> list[str]:
        """The text of each span, as one would write it."""
        texts = [self.shown[first:end] for first, end in spans]
        if self.has_surrogates:  # pairs come as two characters
            texts = [t.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore") for t in texts]
        return texts

    def edges(self, spans: Sequence[Span]) -> NDArray[np.float32]:
        """Edges of the first and last character of each span: shape (spans, 2, 4); zeros where unknown."""
        found = np.zeros((len(spans), 2, 4), np.float32)
        handle, at, box = self.handle, found.ctypes.data, native.char_loose_box
        for first, end in spans:
            box(handle, first, at)
            box(handle, end - 1, at + 16)
            at += 32
        return found

    def is_hidden(self, index: int) -> bool:
        """Drawn in render mode 3, invisible?"""
        text_object = native.char_text_object(self.handle, index)
        return bool(text_object) and native.text_render_mode(text_object) == _INVISIBLE


def read_text_layer(page: pdfium.PdfPage, sheet: Sheet) -> TextLayer:
    """Words of the text layer that lie on the page as shown.

    Raises:
        pypdfium2.PdfiumError: PDFium cannot load the page's text.
    """
    textpage = page.get_textpage()
    try:
        return _read(_Characters(textpage), sheet)
    finally:
        textpage.close()


def _read(characters: _Characters, sheet: Sheet) -> TextLayer:
    spans, edges, slanted = _runs(characters)
    if not spans:
        return TextLayer((), 0, len(_UNMAPPED.findall(characters.text)), 0)
    hidden = _hidden(characters, spans)
    places = sheet.places(edges)
    shown = _lie_on(places, sheet)
    shown &= ~np.array(hidden)
    level: list[Word] = []
    sideways: list[tuple[bool, Word]] = []
    for (first, _), text, place, is_shown in zip(
        spans, characters.words(spans), places.tolist(), shown.tolist(), strict=True
    ):
        if is_shown and text:
            if (first in slanted or sheet.rotation != 0) and _is_sideways(characters, first, sheet):
                sideways.append((_angle(characters, first, sheet) > 180, Word(text, Box._make(place))))
            else:
                level.append(Word(text, Box._make(place)))
    lengths = [end - first for first, end in spans]
    return TextLayer(
        in_reading_order(close_up(level), _down_or_up(sideways)),
        sum(lengths),
        len(_UNMAPPED.findall(characters.text)),
        sum(length for length, is_hidden in zip(lengths, hidden, strict=True) if is_hidden),
    )


def _runs(characters: _Characters) -> tuple[list[Span], NDArray[np.float32], set[int]]:
    """Words as runs of characters, their edges (runs, 4), and the first characters of those that may not be level."""
    spans = [match.span() for match in _RUN.finditer(characters.text)]
    if not spans:
        return [], np.zeros((0, 4), np.float32), set()
    edges = characters.edges(spans)
    lengths = np.array([end - first for first, end in spans])
    sound = _side_by_side(edges, lengths)
    lowest, highest = np.minimum(edges[:, 0], edges[:, 1]), np.maximum(edges[:, 0], edges[:, 1])
    whole = np.stack((lowest[:, 0], highest[:, 1], highest[:, 2], lowest[:, 3]), axis=1)
    slanted = {spans[index][0] for index in np.flatnonzero(lengths == 1).tolist()}
    if sound.all():
        return spans, whole, slanted
    runs: list[Span] = []
    outlines: list[Edges] = []
    for span, is_sound, outline in zip(spans, sound.tolist(), whole.tolist(), strict=True):
        parts = [(span, outline)] if is_sound else _cut(characters, *span)
        for part, around in parts:
            runs.append(part)
            outlines.append(around)
            if not is_sound:
                slanted.add(part[0])
    return runs, np.array(outlines, np.float32), slanted


def _side_by_side(edges: NDArray[np.float32], lengths: NDArray[np.int_]) -> NDArray[np.bool_]:
    """For each span: does its last character stand on the first's line, as far right as its length allows?"""
    first, last = edges[:, 0], edges[:, 1]
    height = np.maximum(first[:, 1] - first[:, 3], last[:, 1] - last[:, 3])
    level = np.abs(first[:, 3] - last[:, 3]) < 0.3 * height
    width = last[:, 2] - first[:, 0]
    return np.asarray(
        (height > 0)
        & level
        & (width > 0)
        & (width <= 1.1 * height * lengths)
        & ((last[:, 0] > first[:, 0]) | (lengths == 1))
    )


def _cut(characters: _Characters, first: int, end: int) -> list[tuple[Span, Edges]]:
    """A run, cut where its characters do not stand side by side (text drawn in another order)."""
    each: list[Edges] = characters.edges([(i, i + 1) for i in range(first, end)])[:, 0].tolist()
    runs: list[tuple[Span, Edges]] = []
    start, whole, before = first, each[0], each[0]
    for index, here in enumerate(each[1:], first + 1):
        if _jumps(before, here):
            runs.append(((start, index), whole))
            start, whole = index, here
        else:
            whole = _union(whole, here)
        before = here if here != _NO_EDGES else before
    return [*runs, ((start, end), whole)]


def _jumps(before: Edges, here: Edges) -> bool:
    if _NO_EDGES in (before, here) or before == here:
        return False  # the parts of a ligature share their edges
    size = max(before[1] - before[3], here[1] - here[3], before[2] - before[0], here[2] - here[0], 0.1)
    apart_x = max(here[0] - before[2], before[0] - here[2])
    apart_y = max(here[3] - before[1], before[3] - here[1])
    return max(apart_x, apart_y) > 0.7 * size


def _union(a: Edges, b: Edges) -> Edges:
    if a == _NO_EDGES or b == _NO_EDGES:
        return a if b == _NO_EDGES else b
    return [min(a[0], b[0]), max(a[1], b[1]), max(a[2], b[2]), min(a[3], b[3])]


def _hidden(characters: _Characters, runs: Sequence[Span]) -> list[bool]:
    """For each run: is it invisible?"""
    if not any(characters.is_hidden(first) for first, _ in runs[::_SAMPLE]):
        return [False] * len(runs)
    return [characters.is_hidden(first) for first, _ in runs]


def _down_or_up(sideways: Iterable[tuple[bool, Word]]) -> list[Word]:
    """Vertical words column by column, in the direction in which each is read: True stands for upwards."""
    keyed = sorted((round(w.box.x0), upwards, -w.box.y1 if upwards else w.box.y0, w) for upwards, w in sideways)
    return [word for *_, word in keyed]


def _lie_on(places: NDArray[np.float64], sheet: Sheet) -> NDArray[np.bool_]:
    """For each place: has it an area, and its middle on the sheet?"""
    x0, y0, x1, y1 = places.T
    across, down = x0 + x1, y0 + y1
    return np.asarray(
        (x1 > x0) & (y1 > y0) & (across >= 0) & (across <= 2 * sheet.width) & (down >= 0) & (down <= 2 * sheet.height)
    )


def _is_sideways(characters: _Characters, first: int, sheet: Sheet) -> bool:
    """Vertical or slanted text, as the page is shown."""
    return 10 < _angle(characters, first, sheet) < 350


def _angle(characters: _Characters, index: int, sheet: Sheet) -> float:
    """By how many degrees clockwise a character is turned, as the page is shown: 0 to 360."""
    return (math.degrees(native.char_angle(characters.handle, index)) + sheet.rotation) % 360

"""What is drawn on a PDF page besides its text: images with the place they cover, and whether there are paths."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from pipelines.pages import Box
from pipelines.reading import native
from pipelines.reading.pdf import Sheet

_DEEPEST = 8
_MOST_OBJECTS = 200_000


@dataclass(frozen=True, slots=True)
class PlacedImage:
    """An image on a page. `box` is its part within the page, in points; `share` that part of the page's area.

    `matrix` (a, b, c, d, e, f) takes the unit square to PDF space.
    """

    handle: int
    box: Box
    share: float
    pixels: tuple[int, int]
    matrix: tuple[float, float, float, float, float, float]

    @property
    def dpi(self) -> float:
        """Pixels an inch along its denser side, as placed."""
        sides = sorted(self.pixels), sorted((max(self.box.width, 0.1), max(self.box.height, 0.1)))
        return max(sides[0][0] / sides[1][0], sides[0][1] / sides[1][1]) * 72.0


@dataclass(frozen=True, slots=True)
class Drawn:
    """What stands on a page besides text. `path_handles` are those of the page itself, not of its forms."""

    images: tuple[PlacedImage, ...]
    paths: int
    path_handles: tuple[int, ...] = ()

    @property
    def image_share(self) -> float:
        """The largest image's share of the page, 0..1."""
        return max((image.share for image in self.images), default=0.0)


def look_at_objects(page: pdfium.PdfPage, sheet: Sheet) -> Drawn:
    """Images and paths of a page, those in form XObjects included."""
    images: list[PlacedImage] = []
    handles: list[int] = []
    paths = 0
    for handle, kind, matrix in _walk(page):
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            placed = _place(handle, sheet, matrix)
            if placed is not None:
                images.append(placed)
        elif kind in (raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_SHADING):
            paths += 1
            if matrix is _IDENTITY:
                handles.append(handle)
    return Drawn(tuple(images), paths, tuple(handles))


_Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def _walk(page: pdfium.PdfPage) -> Iterator[tuple[int, int, _Matrix]]:
    """Handle, type and the enclosing forms' matrix of each object."""
    top = native.address_of(page.raw)
    left = _MOST_OBJECTS
    for index in range(raw.FPDFPage_CountObjects(page.raw)):
        handle = native.page_object(top, index)
        if handle:
            kind = native.object_type(handle)
            left -= 1
            if kind == raw.FPDF_PAGEOBJ_FORM:
                yield from _walk_form(handle, _IDENTITY, 1)
            else:
                yield handle, kind, _IDENTITY
        if left <= 0:
            return


def _walk_form(form: int, outer: _Matrix, depth: int) -> Iterator[tuple[int, int, _Matrix]]:
    if depth > _DEEPEST:
        return
    matrix = _times(_matrix_of(form) or _IDENTITY, outer)
    for index in range(min(native.form_count(form), _MOST_OBJECTS)):
        handle = native.form_object(form, index)
        if not handle:
            continue
        kind = native.object_type(handle)
        if kind == raw.FPDF_PAGEOBJ_FORM:
            yield from _walk_form(handle, matrix, depth + 1)
        else:
            yield handle, kind, matrix


def _place(handle: int, sheet: Sheet, outer: _Matrix) -> PlacedImage | None:
    own = _matrix_of(handle)
    if own is None:
        return None
    a, b, c, d, e, f = whole = _times(own, outer)
    xs, ys = (e, e + a, e + c, e + a + c), (f, f + b, f + d, f + b + d)
    box = sheet.box(min(xs), min(ys), max(xs), max(ys))
    seen = Box(max(0.0, box.x0), max(0.0, box.y0), min(sheet.width, box.x1), min(sheet.height, box.y1))
    if seen.width <= 0 or seen.height <= 0:
        return None
    share = seen.width * seen.height / (sheet.width * sheet.height)
    return PlacedImage(handle, box, share, _pixel_size(handle), whole)


def _pixel_size(handle: int) -> tuple[int, int]:
    width, height = ctypes.c_uint(), ctypes.c_uint()
    native.image_pixel_size(handle, ctypes.addressof(width), ctypes.addressof(height))
    return width.value, height.value


def _matrix_of(handle: int) -> _Matrix | None:
    values = (ctypes.c_float * 6)()
    return tuple(values) if native.object_matrix(handle, ctypes.addressof(values)) else None


def _times(m: _Matrix, n: _Matrix) -> _Matrix:
    """First m, then n, as PDF has it (row vectors)."""
    return (
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    )

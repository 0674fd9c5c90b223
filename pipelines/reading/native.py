"""PDFium's per-character functions, bound for speed.

pypdfium2's generated bindings check every argument; a dense page calls them thousands of times. These
take plain integers (addresses), which halves the cost. A handle is an address from `address_of`, valid
while its pypdfium2 object lives.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import pypdfium2.raw as raw


def _bind(function: Any, result: Any, *arguments: Any) -> Callable[..., int]:
    address = ctypes.cast(function, ctypes.c_void_p).value or 0
    bound: Callable[..., int] = ctypes.CFUNCTYPE(result, *arguments)(address)
    return bound


_HANDLE, _INT, _ADDRESS = ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p

char_unicode = _bind(raw.FPDFText_GetUnicode, ctypes.c_uint, _HANDLE, _INT)
char_loose_box = _bind(raw.FPDFText_GetLooseCharBox, _INT, _HANDLE, _INT, _ADDRESS)
char_is_unmapped = _bind(raw.FPDFText_HasUnicodeMapError, _INT, _HANDLE, _INT)
char_text_object = _bind(raw.FPDFText_GetTextObject, ctypes.c_void_p, _HANDLE, _INT)
char_angle = _bind(raw.FPDFText_GetCharAngle, ctypes.c_float, _HANDLE, _INT)
text_render_mode = _bind(raw.FPDFTextObj_GetTextRenderMode, _INT, _HANDLE)
page_object = _bind(raw.FPDFPage_GetObject, ctypes.c_void_p, _HANDLE, _INT)
form_object = _bind(raw.FPDFFormObj_GetObject, ctypes.c_void_p, _HANDLE, ctypes.c_ulong)
form_count = _bind(raw.FPDFFormObj_CountObjects, _INT, _HANDLE)
object_type = _bind(raw.FPDFPageObj_GetType, _INT, _HANDLE)
image_pixel_size = _bind(raw.FPDFImageObj_GetImagePixelSize, _INT, _HANDLE, _ADDRESS, _ADDRESS)
path_segments = _bind(raw.FPDFPath_CountSegments, _INT, _HANDLE)
object_bounds = _bind(raw.FPDFPageObj_GetBounds, _INT, _HANDLE, _ADDRESS, _ADDRESS, _ADDRESS, _ADDRESS)
object_matrix = _bind(raw.FPDFPageObj_GetMatrix, _INT, _HANDLE, _ADDRESS)


def address_of(handle: Any) -> int:
    """The address behind a raw pypdfium2 handle."""
    return ctypes.cast(handle, ctypes.c_void_p).value or 0

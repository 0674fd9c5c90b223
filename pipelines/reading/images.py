"""Image files as page rasters: every frame, upright, over white, in grey."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from pipelines.errors import DamagedDocument, DocumentTooLarge
from pipelines.reading.options import Limits
from pipelines.reading.raster import Raster, plausible_dpi

# The limits handed in decide, by frame and before pixels are decoded; Pillow's own would only name another figure.
Image.MAX_IMAGE_PIXELS = None

_FORMATS = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/tiff": "TIFF",
    "image/gif": "GIF",
    "image/webp": "WEBP",
}
IMAGE_TYPES = frozenset(_FORMATS)
_AGAIN = "Save it anew from the program it came from, or scan it again."


@contextmanager
def open_image(data: bytes, media_type: str, limits: Limits) -> Iterator[Image.Image]:
    """The image file, with its header read and its sizes checked; pixels are not decoded yet.

    Raises:
        DamagedDocument: The header is broken.
        DocumentTooLarge: More pixels than `limits.max_pixels`, or more frames than `limits.max_pages`.
    """
    try:
        image = Image.open(io.BytesIO(data), formats=[_FORMATS[media_type]])
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise DamagedDocument(
            f"the {_FORMATS[media_type]} image cannot be opened: {_short(error)}", remedy=_AGAIN
        ) from error
    with image:
        _check_pixels(image, limits)
        frames = count_frames(image)
        if frames > limits.max_pages:
            raise DocumentTooLarge(
                f"the image has {frames:,} frames, more than the limit of {limits.max_pages:,}", remedy="Split it."
            )
        yield image


def count_frames(image: Image.Image) -> int:
    """How many pages the file holds: frames of a TIFF or GIF; an animated WebP or PNG is one page, its first frame.

    Raises:
        DamagedDocument: The list of frames is broken.
    """
    if image.format not in ("TIFF", "GIF"):
        return 1
    try:
        return int(getattr(image, "n_frames", 1))
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise DamagedDocument(f"the {image.format}'s frames are broken: {_short(error)}", remedy=_AGAIN) from error


def read_frame(image: Image.Image, index: int, limits: Limits) -> Raster:
    """Frame `index` (from 0) as a raster.

    Raises:
        DamagedDocument: Its pixels cannot be decoded.
        DocumentTooLarge: It has more pixels than the limit.
    """
    try:
        image.seek(index)
        _check_pixels(image, limits)
        told = _told_dpi(image)
        upright = ImageOps.exif_transpose(image) or image
        grey = to_grey(upright)
    except (OSError, ValueError, SyntaxError, EOFError, ZeroDivisionError) as error:
        raise DamagedDocument(f"the image's pixels cannot be decoded: {_short(error)}", remedy=_AGAIN) from error
    return Raster.of(grey, plausible_dpi(grey.width, grey.height, told))


def to_grey(image: Image.Image) -> Image.Image:
    """Any mode to 8-bit grey: transparency over white, 16 bit scaled, CMYK through RGB."""
    if image.mode == "L":
        return image.copy()
    if image.mode.startswith("I") or image.mode == "F":
        return _from_deep(image)
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("L")
    if image.mode in ("CMYK", "YCbCr", "LAB", "HSV", "P"):
        return image.convert("RGB").convert("L")
    return image.convert("L")


def _from_deep(image: Image.Image) -> Image.Image:
    """16 and 32-bit grey: scaled by the range that is used, as scanners leave 12 bits in 16."""
    pixels = np.asarray(image, dtype=np.float32)
    low, high = float(pixels.min()), float(pixels.max())
    top = 255.0 if low >= 0 and high <= 255 else max(high, 1.0)
    return Image.fromarray(np.clip(pixels * (255.0 / top), 0, 255).astype(np.uint8))


def _check_pixels(image: Image.Image, limits: Limits) -> None:
    if image.width * image.height > limits.max_pixels:
        raise DocumentTooLarge(
            f"the image has {image.width:,} x {image.height:,} pixels, more than the limit of {limits.max_pixels:,}",
            remedy="Save it with fewer pixels; 300 dpi is plenty.",
        )
    if image.width < 8 or image.height < 8:
        raise DamagedDocument(f"the image has only {image.width} x {image.height} pixels", remedy=_AGAIN)


def _told_dpi(image: Image.Image) -> float | None:
    told = image.info.get("dpi")
    try:
        return float(told[0]) if told else None
    except (TypeError, ValueError, ZeroDivisionError):
        return None


def _short(error: Exception) -> str:
    """The first line, without the address of an object: a reason that differs each time would be written each time."""
    text = re.sub(r" ?<[^<>]* object at 0x[0-9a-f]+>", "", str(error))
    return (text or type(error).__name__).splitlines()[0][:160]

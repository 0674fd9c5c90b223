"""Pages that were scanned on their side or a little askew, set upright and level.

The angle is the one at which rows of ink and rows of paper part most sharply: the sum of squared steps of
the row profile (Postl's method). A page is turned only when it gains: Tesseract bears a slant of its own,
but rows of a page askew by half a degree run into one another, and digits in tables suffer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipelines.reading.raster import Raster

LEAST_DEGREES = 0.2
_MOST_DEGREES = 3.0
_LOOK_WIDTH = 700
"""Width in pixels of the reduced image on which the angle is looked for."""
_FEWEST_INK_PIXELS = 300


@dataclass(frozen=True, slots=True)
class Upright:
    """A page as OCR wants it. `turned` and `skew` tell what was done, as `Page` has them."""

    raster: Raster
    turned: int
    skew: float


def set_upright(raster: Raster, turned: int = 0, skew: float | None = None) -> Upright:
    """The raster turned by `turned` degrees clockwise, then about its middle so that its rows run level.

    Args:
        raster: The page as shown.
        turned: 0, 90, 180 or 270.
        skew: By how many degrees counter-clockwise to turn it further; None: as it needs.
    """
    if turned:
        raster = _turned(raster, turned)
    degrees = skew_degrees(raster.image) if skew is None else skew
    if abs(degrees) < LEAST_DEGREES:
        return Upright(raster, turned, 0.0)
    # half the cost of bicubic, and its slight blur does noisy print good: two in a hundred amounts more are read
    level = raster.image.rotate(degrees, resample=Image.Resampling.BILINEAR, fillcolor=255)
    return Upright(Raster(level, raster.dpi, raster.width, raster.height), turned, degrees)


def _turned(raster: Raster, degrees: int) -> Raster:
    how = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}[degrees]
    swap = degrees % 180 == 90
    width, height = (raster.height, raster.width) if swap else (raster.width, raster.height)
    return Raster(raster.image.transpose(how), raster.dpi, width, height)


def skew_degrees(image: Image.Image) -> float:
    """By how many degrees counter-clockwise an 8-bit grey page must be turned to be level; 0 where unknown."""
    small = np.asarray(image.reduce(max(1, image.width // _LOOK_WIDTH)), dtype=np.float32)
    height, width = small.shape
    ink = np.flatnonzero(small < small.mean() - 0.7 * small.std())  # ten times as fast as nonzero in two dimensions
    # ink along the page's edge is the scanner's shadow, and pictures drown the rows
    if not _FEWEST_INK_PIXELS <= len(ink) <= 0.3 * small.size:
        return 0.0
    ys, xs = np.divmod(ink, width)
    across, down = (xs - width / 2).astype(np.float32), (ys + width).astype(np.float32)

    def sharpness(degrees: float) -> float:
        return _sharpness(across, down, degrees, height + 2 * width)

    coarse = max(np.arange(-_MOST_DEGREES, _MOST_DEGREES + 0.01, 0.3).tolist(), key=sharpness)
    fine = max(np.arange(coarse - 0.25, coarse + 0.26, 0.05).tolist(), key=sharpness)
    if sharpness(fine) < 1.05 * sharpness(0.0):
        return 0.0
    return float(round(fine, 2))


def _sharpness(across: NDArray[np.float32], down: NDArray[np.float32], degrees: float, length: int) -> float:
    rows = (down - np.float32(np.tan(np.radians(degrees))) * across).astype(np.int32)
    profile = np.bincount(rows, minlength=length).astype(np.float64)
    steps = np.diff(profile)
    return float(np.dot(steps, steps))

"""Pages that were scanned a little askew, set straight.

The angle is the one at which rows of ink and rows of paper part most sharply: the sum of squared steps of
the row profile (Postl's method). A page is turned only when it gains: Tesseract bears a slant of its own,
but rows of a page askew by half a degree run into one another, and digits in tables suffer.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipelines.reading.raster import Raster

LEAST_DEGREES = 0.2
_MOST_DEGREES = 3.0
_LOOK_WIDTH = 700
"""Width in pixels of the reduced image on which the angle is looked for."""
_FEWEST_INK_PIXELS = 300


def straightened(raster: Raster) -> Raster:
    """The raster turned about its middle so that its rows run level; itself where they do."""
    degrees = skew_degrees(raster.image)
    if abs(degrees) < LEAST_DEGREES:
        return raster
    level = raster.image.rotate(degrees, resample=Image.Resampling.BICUBIC, fillcolor=255)
    return Raster(level, raster.dpi, raster.width, raster.height)


def skew_degrees(image: Image.Image) -> float:
    """By how many degrees counter-clockwise an 8-bit grey page must be turned to be level; 0 where unknown."""
    small = np.asarray(image.reduce(max(1, image.width // _LOOK_WIDTH)), dtype=np.float32)
    ys, xs = np.nonzero(small < small.mean() - 0.7 * small.std())
    # ink along the page's edge is the scanner's shadow, and pictures drown the rows
    if not _FEWEST_INK_PIXELS <= len(ys) <= 0.3 * small.size:
        return 0.0
    height, width = small.shape
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

"""How high the letters of a page are, in pixels: what its resolution really is, whatever its label says.

A label lies easily: a screenshot put into a PDF as "300 dpi" makes a page of ten centimetres, and OCR at the
label's resolution loses all of its print. Letters do not lie, as print is made to be read. They are found as
the connected patches of ink (8-neighbours, by runs and pointer jumping) that have a letter's shape.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

_Ints = NDArray[np.int64]

_FEWEST_LETTERS = 20
_MOST_RUNS = 400_000
"""A page with more runs of ink is noise or a picture, and dear to look at."""
_LEAST_HEIGHT, _MOST_HEIGHT = 4, 120
_SLIMMEST, _BROADEST = 0.15, 8.0
"""Width by height of a letter; small letters run together to words."""
_GROUND_RADIUS = 15
_DARKEST_SHARE = 99
_CONTRAST, _LEAST_CONTRAST, _MOST_CONTRAST = 0.3, 12, 40
"""Ink is darker than the ground about it by this share of the darkest print's contrast, within these limits of 255."""
_SPECK = 0.5
"""Share of the usual height below which a patch is a full stop, an accent or dirt."""


def letter_height(image: Image.Image) -> float | None:
    """The usual height of letters and digits in an 8-bit grey image, in pixels; None where few are found.

    It lies between the height of an x and that of a capital, by what the page holds more of.
    """
    runs = _runs_of(_ink(image))
    if runs is None:
        return None
    widths, heights = _sizes(*runs)
    shape = widths / heights
    like = (heights >= _LEAST_HEIGHT) & (heights <= _MOST_HEIGHT) & (shape >= _SLIMMEST) & (shape <= _BROADEST)
    letters = heights[like]
    if len(letters) < _FEWEST_LETTERS:
        return None
    # letters weigh by their height: faint or dotted print falls apart into many crumbs
    order = np.argsort(letters)
    weight = np.cumsum(letters[order])
    usual = letters[order][np.searchsorted(weight, weight[-1] / 2)]
    return float(np.median(letters[letters >= _SPECK * usual]))


def _ink(image: Image.Image) -> NDArray[np.bool_]:
    ground = image.filter(ImageFilter.BoxBlur(_GROUND_RADIUS))
    darker = np.asarray(ground, dtype=np.int16) - np.asarray(image, dtype=np.int16)
    darkest = float(np.percentile(darker[::4, ::4], _DARKEST_SHARE))
    return darker > min(max(_CONTRAST * darkest, _LEAST_CONTRAST), _MOST_CONTRAST)


def _runs_of(ink: NDArray[np.bool_]) -> tuple[_Ints, _Ints, _Ints, int] | None:
    """Row, first column and end column of each run of ink, and the image's width; None where too many or none."""
    height, width = ink.shape
    # a blank column at the side keeps runs of neighbouring rows apart
    padded = np.zeros((height, width + 2), dtype=np.int8)
    padded[:, 1:-1] = ink
    steps = np.diff(padded.ravel())
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    if not 0 < len(starts) <= _MOST_RUNS:
        return None
    return starts // (width + 2), starts % (width + 2), ends - starts + starts % (width + 2), width + 2


def _sizes(rows: _Ints, lefts: _Ints, ends: _Ints, width: int) -> tuple[_Ints, _Ints]:
    """Width and height of every connected patch."""
    upper, lower = _touching(rows, lefts, ends, width)
    label = np.arange(len(rows))
    while True:  # each round a label sinks to the least of its neighbours', and then to that one's own
        before = label.copy()
        least = np.minimum(label[upper], label[lower])
        np.minimum.at(label, label[upper], least)
        np.minimum.at(label, label[lower], least)
        label = label[label]
        if np.array_equal(before, label):
            break
    _, patch = np.unique(label, return_inverse=True)
    count = int(patch.max()) + 1
    top, left = np.full(count, rows.max()), np.full(count, width)
    bottom, right = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    np.minimum.at(top, patch, rows)
    np.maximum.at(bottom, patch, rows + 1)
    np.minimum.at(left, patch, lefts)
    np.maximum.at(right, patch, ends)
    return right - left, bottom - top


def _touching(rows: _Ints, lefts: _Ints, ends: _Ints, width: int) -> tuple[_Ints, _Ints]:
    """Pairs of runs in rows that follow each other and touch, corners included."""
    # places of all runs as one ascending line; a row further down lies `width` further on
    starts, stops = rows * width + lefts, rows * width + ends
    first = np.searchsorted(stops, starts + width, side="left")
    last = np.searchsorted(starts, stops + width, side="right")
    counts = np.maximum(last - first, 0)
    upper = np.repeat(np.arange(len(rows)), counts)
    lower = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(first, counts)
    return upper, lower

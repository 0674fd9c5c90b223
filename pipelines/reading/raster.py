"""Page images on their way to OCR: grey pixels with a known resolution."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image, ImageStat

POINTS_PER_INCH = 72.0
LEAST_DPI = 130
"""Below this, an image is enlarged for OCR: mail attachments of about 85 dpi are common."""
ENLARGED_DPI = 200
_A4_INCHES = (8.27, 11.69)


@dataclass(frozen=True, slots=True)
class Raster:
    """A grey image of a page as shown: upright, white paper, black ink.

    `dpi` is its resolution on the page, so that pixels x 72 / dpi are points; `width` and `height` are the
    page's, in points.
    """

    image: Image.Image
    dpi: float
    width: float
    height: float

    @classmethod
    def of(cls, image: Image.Image, dpi: float) -> Raster:
        return cls(image, dpi, image.width * POINTS_PER_INCH / dpi, image.height * POINTS_PER_INCH / dpi)

    def scaled_to(self, dpi: float) -> Raster:
        """The same page at another resolution."""
        size = (max(1, round(self.image.width * dpi / self.dpi)), max(1, round(self.image.height * dpi / self.dpi)))
        if size == self.image.size:
            return self
        reduced = dpi < self.dpi
        how = Image.Resampling.BOX if reduced and self.dpi / dpi >= 2 else Image.Resampling.BICUBIC
        return Raster(self.image.resize(size, how), dpi, self.width, self.height)


def for_ocr(raster: Raster, max_dpi: int) -> Raster:
    """The raster at a resolution that suits OCR: reduced to `max_dpi`; enlarged only where it is very low."""
    if raster.dpi > max_dpi * 1.02:
        return raster.scaled_to(max_dpi)
    if raster.dpi < LEAST_DPI:
        return raster.scaled_to(ENLARGED_DPI)
    return raster


def plausible_dpi(width: int, height: int, told: float | None) -> float:
    """The resolution of a page image.

    Args:
        width: In pixels.
        height: In pixels.
        told: What the file says, if anything; taken where it makes a sheet between A8 and A2. Screenshots
            and chat programs write 72 or 96 whatever the paper was, so a figure that makes the sheet
            larger than A3 is not believed.
    """
    longest, shortest = max(width, height), min(width, height)
    if told and told > 1 and 3.0 <= longest / told <= 17.0 and shortest / told >= 1.5:
        return told
    ratio = longest / max(1, shortest)
    if ratio > 1.8:  # a till receipt: about 80 mm wide
        return min(600.0, max(60.0, shortest / 3.15))
    return min(600.0, max(50.0, longest / _A4_INCHES[1]))


def has_print(image: Image.Image) -> bool:
    """Whether dark, fine structure on a lighter ground stands in an image: print, not a gradient or a blank."""
    small = image.reduce(max(1, round(min(image.size) / 600)))
    ground = ImageStat.Stat(small).median[0]
    dark = sum(small.histogram()[: max(0, int(ground) - 60)])
    return 0.001 * small.width * small.height < dark < 0.5 * small.width * small.height

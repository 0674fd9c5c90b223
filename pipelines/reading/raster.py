"""Page images on their way to OCR: grey pixels with a known resolution."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image, ImageStat

from pipelines.reading.printsize import letter_height

POINTS_PER_INCH = 72.0
LEAST_DPI = 130
"""Below this, an image is enlarged for OCR: mail attachments of about 85 dpi are common."""
ENLARGED_DPI = 200
SHEET_PIXELS = 1_900
"""An image of which OCR would get more pixels than this along its longer side shows a sheet at a sound resolution:
A4 at 165 dpi and more. Only of smaller ones is the print measured, so that usual scans cost nothing more."""
_SOUND_LETTERS = 15.0
"""Height in pixels of letters from which OCR needs no more; letters of A4 scans at 220 dpi measure 15 to 19."""
_WANTED_LETTERS = 18.0
_SMALL_LETTERS = 10.0
"""Letters lower than this are enlarged. Enlarging larger ones gains nothing: receipts lose words by it."""
_MOST_ENLARGED = 3.0
_MOST_PIXELS_ENLARGED = 4_000
"""Along the longer side of an enlarged image."""
_MOST_TOLD_DPI = 225.0
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

    @property
    def told_dpi(self) -> float:
        """The resolution that engines are told.

        Tesseract takes the sizes of noise and gaps from it: 600 told of print that is 250 lost one word in ten.
        """
        return min(self.dpi, _MOST_TOLD_DPI)

    @classmethod
    def of(cls, image: Image.Image, dpi: float) -> Raster:
        return cls(image, dpi, image.width * POINTS_PER_INCH / dpi, image.height * POINTS_PER_INCH / dpi)

    def scaled_to(self, dpi: float) -> Raster:
        """The same page at another resolution."""
        size = (max(1, round(self.image.width * dpi / self.dpi)), max(1, round(self.image.height * dpi / self.dpi)))
        if size == self.image.size:
            return self
        if dpi > self.dpi:
            how = Image.Resampling.LANCZOS
        else:
            how = Image.Resampling.BOX if self.dpi / dpi >= 2 else Image.Resampling.BICUBIC
        return Raster(self.image.resize(size, how), dpi, self.width, self.height)


def for_ocr(raster: Raster, max_dpi: int) -> Raster:
    """The raster at a resolution that suits OCR.

    That is its own, or `max_dpi` at most, and more only where it is very low. Where so few pixels would be
    left that the resolution is in doubt, the print itself decides: small letters are never reduced, and very
    small ones are enlarged. The page's size in points stays.
    """
    dpi = _dpi_by_label(raster.dpi, max_dpi)
    if max(raster.image.size) * dpi / raster.dpi < SHEET_PIXELS:
        dpi = max(dpi, _dpi_by_print(raster, dpi))
    return raster if dpi == raster.dpi else raster.scaled_to(dpi)


def _dpi_by_label(dpi: float, max_dpi: int) -> float:
    if dpi > max_dpi * 1.02:
        return max_dpi
    return ENLARGED_DPI if dpi < LEAST_DPI else dpi


def _dpi_by_print(raster: Raster, planned: float) -> float:
    """The resolution at which the letters are as high as OCR wants them; `planned` where none are found."""
    letters = letter_height(raster.image)
    if letters is None or letters * planned / raster.dpi >= _SOUND_LETTERS:
        return planned
    if letters >= _SMALL_LETTERS:
        return raster.dpi * min(1.0, _WANTED_LETTERS / letters)
    most = max(1.0, _MOST_PIXELS_ENLARGED / max(raster.image.size))
    return raster.dpi * min(_WANTED_LETTERS / letters, _MOST_ENLARGED, most)


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

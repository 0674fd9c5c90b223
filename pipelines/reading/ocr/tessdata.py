"""Where Tesseract's language data lies, and what to install where it does not."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from pipelines.errors import ConfigurationError

_PLACES = (
    ("/usr/share/tesseract-ocr", "*/tessdata"),
    ("/usr/share", "tessdata"),
    ("/usr/local/share", "tessdata"),
    ("/opt/homebrew/share", "tessdata"),
    ("/opt/local/share", "tessdata"),
    ("/home/linuxbrew/.linuxbrew/share", "tessdata"),
)
"""Folder and pattern, by system: Debian and Ubuntu, others, macOS (Homebrew on both chips, MacPorts)."""
_SUFFIX = ".traineddata"


def find_tessdata() -> Path:
    """The folder with `*.traineddata`: `TESSDATA_PREFIX` (or its `tessdata`), else where packages put it.

    Raises:
        ConfigurationError: There is none, or TESSDATA_PREFIX points at a folder without language data.
    """
    told = os.environ.get("TESSDATA_PREFIX")
    if told:
        for folder in (Path(told), Path(told) / "tessdata"):
            if _languages(folder):
                return folder
        raise ConfigurationError(f"TESSDATA_PREFIX={told} holds no language data", remedy=_install(("eng",)))
    for root, pattern in _PLACES:
        # the newest version's folder first
        for found in sorted(Path(root).glob(pattern), reverse=True):
            if _languages(found):
                return found
    raise ConfigurationError(
        "Tesseract's language data is not installed", remedy=_install(("pol", "por", "deu", "eng"))
    )


def installed_languages(folder: Path) -> frozenset[str]:
    """Languages in that folder; `osd` is no language."""
    return frozenset(_languages(folder)) - {"osd"}


def has_osd(folder: Path) -> bool:
    return (folder / f"osd{_SUFFIX}").exists()


def missing_languages(missing: Iterable[str]) -> ConfigurationError:
    missing = tuple(missing)
    return ConfigurationError(f"Tesseract has no data for {', '.join(missing)}", remedy=_install(missing))


def _languages(folder: Path) -> list[str]:
    return [path.name.removesuffix(_SUFFIX) for path in folder.glob(f"*{_SUFFIX}")] if folder.is_dir() else []


def _install(languages: tuple[str, ...]) -> str:
    if sys.platform == "darwin":
        return "Install it: brew install tesseract tesseract-lang."
    packages = " ".join(f"tesseract-ocr-{language}" for language in languages)
    return f"Install it: sudo apt-get install {packages} (or set TESSDATA_PREFIX to the folder that holds it)."

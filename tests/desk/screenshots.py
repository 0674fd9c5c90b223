"""Pictures of the desk's pages for the documentation: `make screenshots`.

Invented invoices are walked through a lake in a temporary folder, and the system's Chromium looks at the pages.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

from pipelines.lake import Lake, open_lake
from pipelines.samples import draw_samples
from pipelines.settings import Settings
from pipelines.steps import receive_file, run_all
from tests.desk.browsing import CHROMIUM, browser, served

_COLOURS = 256
_SHOTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("upload", "", {}),
    ("review", "review", {}),
    ("browse", "browse", {}),
    ("insight", "insight", {}),
    ("settings", "settings", {}),
    ("review-dark", "review", {"color_scheme": "dark", "locale": "pl-PL"}),
    ("insight-dark", "insight", {"color_scheme": "dark", "locale": "pt-BR"}),
    ("upload-phone", "", {"viewport": {"width": 390, "height": 780}}),
    ("review-phone", "review", {"viewport": {"width": 390, "height": 780}, "color_scheme": "dark"}),
)


def main(folder: Path) -> int:
    """Write the pictures; 1 where there is no Chromium."""
    if CHROMIUM is None:
        print("Chromium is not installed: apt-get install chromium", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        lake = _walked(Path(place))
        with served(lake) as url, browser() as opened:
            for name, path, options in _SHOTS:
                shot = _shoot(opened, f"{url}/invoices/{path}", options)
                shot.save(folder / f"{name}.png", optimize=True)
                print(folder / f"{name}.png", (folder / f"{name}.png").stat().st_size // 1024, "KiB")
    return 0


def _walked(place: Path) -> Lake:
    lake = open_lake(Settings(url=str(place / "lake"), uploads_url=str(place / "uploads"), settle_seconds=0))
    draw_samples(place / "samples")
    for path in sorted((place / "samples").iterdir()):
        if path.suffix in (".pdf", ".xml", ".png", ".jpg", ".tif") and path.stat().st_size and path.name != "setup.pdf":
            with path.open("rb") as file:
                receive_file(lake, file, path.name, "anna")
    list(run_all(lake))
    return lake


def _shoot(opened: Any, url: str, options: dict[str, Any]) -> Image.Image:
    chosen = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB"} | options
    context = opened.new_context(**chosen)
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(url, wait_until="load")
    page.wait_for_selector("#recent, #review, #grid .ag-row, .chart .main-svg, .plain")
    page.wait_for_timeout(2_500)  # images and charts draw themselves
    if page.locator("[data-path='0.gross_total'] input").count() and chosen["viewport"]["width"] > 1000:
        page.focus("[data-path='0.gross_total'] input")
    shot = Image.open(io.BytesIO(page.screenshot()))
    context.close()
    return shot.convert("RGB").quantize(_COLOURS, method=Image.Quantize.FASTOCTREE)


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))

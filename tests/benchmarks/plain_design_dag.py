"""The plain design, as most write it first: one mapped task a file, pdf2image at 200 dpi, pytesseract a page.

`bench_airflow` copies this file beside the real DAGs, into the same Airflow. It is not imported here.
"""

from __future__ import annotations

import os
from pathlib import Path

from airflow.sdk import dag, task


@dag(schedule=None, catchup=False, tags=["benchmark"])
def plain_design() -> None:
    @task
    def files() -> list[str]:
        return sorted(str(path) for path in Path(os.environ["PLAIN_FOLDER"]).glob("*.pdf"))

    @task(pool="plain_cpu")
    def read(path: str) -> int:
        import pytesseract
        from pdf2image import convert_from_path

        text = "\f".join(pytesseract.image_to_string(page, lang="pol+eng") for page in convert_from_path(path, dpi=200))
        Path(path).with_suffix(".txt").write_text(text)
        return len(text)

    read.expand(path=files())


plain_design()

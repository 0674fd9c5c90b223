"""The plain design, as most write it first: one mapped task a file, pdf2image at 200 dpi, pytesseract a page.

It runs twice: with the environment's OMP_THREAD_LIMIT=1, which most do not know of, and without.

`bench_airflow` copies this file beside the real DAGs, into the same Airflow. It is not imported here.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from airflow.sdk import dag, task


@dag(schedule=None, catchup=False, tags=["benchmark"], params={"untouched": False})
def plain_design() -> None:
    @task
    def files(params: dict[str, Any]) -> list[str]:
        folder = Path(os.environ["PLAIN_FOLDER"], "untouched" if params["untouched"] else "limited")
        return sorted(str(path) for path in folder.glob("*.pdf"))

    @task(pool="plain_cpu")
    def read(path: str, params: dict[str, Any]) -> int:
        if params["untouched"]:
            os.environ.pop("OMP_THREAD_LIMIT", None)
        import pytesseract
        from pdf2image import convert_from_path

        text = "\f".join(pytesseract.image_to_string(page, lang="pol+eng") for page in convert_from_path(path, dpi=200))
        Path(path).with_suffix(".txt").write_text(text)
        return len(text)

    read.expand(path=files())


plain_design()

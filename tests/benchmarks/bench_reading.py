"""Reading against the plain design, side by side in one run: `python -m tests.benchmarks.bench_reading`.

The plain design is the one that is published everywhere: pdf2image at 200 dpi and pytesseract for each
page. It is timed twice, untouched and with OMP_THREAD_LIMIT=1. CPU seconds count, of this process and its
children, since wall time on a shared machine says little. The last line is JSON:

    digital_x           plain (one thread) / ours, CPU a born-digital page
    mix_x               the same on 75 % born-digital and 25 % scanned pages
    mix_untouched_x     untouched plain / ours on that mix
    scan_x              plain (one thread) / ours, on scans alone
    recognize_share     part of a warm scan page's time that Tesseract's own calls take
    two_workers_x       pages a second of two workers / of one, on scans
    rss_scan_mib        peak memory of the reading child over a long scan
    rss_digital_mib     the same over a long born-digital document
    forms               {form: {ours: {cer, digits, amounts}, plain: {...}}}, see reading_forms

`--only` measures some parts alone (times, share, workers, memory, forms): the JSON then has their keys.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pipelines.reading import ReadOptions, close_children, read_side_by_side
from tests.benchmarks.reading_forms import FORMS, PDF, accuracy, corpus_accuracy, drawn, invented_rows, ours, plain

PARTS = ("times", "share", "workers", "memory", "forms")


def cpu() -> float:
    return sum(
        u.ru_utime + u.ru_stime for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def timed(work: Callable[[], list[list[str]]]) -> tuple[float, list[list[str]]]:
    """CPU seconds of this process and of children that have ended, and the texts by document and page."""
    close_children()
    before = cpu()
    texts = work()
    close_children()
    return cpu() - before, texts


def recognize_share(scan: bytes) -> float:
    """Part of warm time inside Tesseract: `Recognize` calls over reading a scanned page."""
    from pipelines.reading.document import open_document
    from pipelines.reading.ocr.engine import open_engine
    from pipelines.reading.options import Limits

    options = ReadOptions(isolate=False)
    engine = open_engine(options.engine)
    inside = 0.0
    read = engine.read

    def watched(*arguments: object, **named: object) -> object:
        nonlocal inside
        began = time.process_time()
        try:
            return read(*arguments, **named)  # type: ignore[arg-type]
        finally:
            inside += time.process_time() - began

    with open_document(scan, PDF, options, Limits()) as document:
        document.read_page(1)
        engine.read = watched  # type: ignore[method-assign,assignment]
        began = time.process_time()
        for number in range(2, document.page_count + 1):
            document.read_page(number)
        spent = time.process_time() - began
    engine.read = read  # type: ignore[method-assign]
    return inside / spent


def peak_mib(data: bytes) -> float:
    """Peak memory of the reading child, asked of the system while it works."""
    from pipelines.reading import isolate, read_pages

    close_children()
    peak = 0.0
    for page in read_pages(data, PDF):
        if page.number % 10 == 0 or page.number < 3:
            status = Path(f"/proc/{isolate._children.busy[0].pid}/status").read_text()
            peak = max(peak, int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) / 1024)  # type: ignore[union-attr]
    close_children()
    return peak


def two_workers_x(scan: bytes, rounds: int = 2) -> float:
    """Warm children; the better of some rounds for each number of workers, as others use the machine too."""

    def pages_a_second(workers: int) -> float:
        close_children()
        list(read_side_by_side(scan, PDF, ReadOptions(), workers, chunk_pages=1))
        best = 0.0
        for _ in range(rounds):
            began = time.monotonic()
            pages = list(read_side_by_side(scan, PDF, ReadOptions(), workers, chunk_pages=1))
            best = max(best, len(pages) / (time.monotonic() - began))
        close_children()
        return best

    one, two = pages_a_second(1), pages_a_second(2)
    print(f"pages a second: one worker {one:.2f}, two {two:.2f}")
    return two / one


def ocrmypdf_cpu(scan: Path, pages: int) -> float | None:
    """CPU seconds a page of OCRmyPDF's sidecar text; None where it is not installed."""
    program = shutil.which("ocrmypdf")
    if program is None:
        return None
    side, out = scan.with_suffix(".txt"), scan.with_suffix(".ocr.pdf")
    command = [program, "--quiet", "-l", "pol", "--jobs", "1", "--output-type", "pdf", "--sidecar", side, scan, out]
    before = cpu()
    subprocess.run(command, check=True, env=os.environ | {"OMP_THREAD_LIMIT": "1"})
    return (cpu() - before) / pages


def times(chosen: argparse.Namespace, folder: Path, scan: Path) -> dict[str, object]:
    """CPU seconds a page of both designs, and what follows of them."""
    truth = _truth(chosen)
    digital, many = folder / "digital.pdf", folder / "many.pdf"
    digital.write_bytes(drawn(truth, "digital", chosen.seed))
    # born-digital documents come in batches: one child serves hundreds of pages
    many.write_bytes(drawn(truth * (chosen.many // chosen.pages), "digital", chosen.seed))
    digital_ours = timed(lambda: ours([many]))[0] / (chosen.many // chosen.pages * chosen.pages)
    scan_ours = timed(lambda: ours([scan]))[0] / chosen.pages
    spent = {
        (name, one): timed(lambda p=path, o=one: plain([p], "pol", o))[0] / chosen.pages  # type: ignore[misc]
        for name, path in (("digital", digital), ("scan", scan))
        for one in (True, False)
    }
    peer = ocrmypdf_cpu(scan, chosen.pages)
    print(f"CPU s a page: ours digital {digital_ours:.4f}, scan {scan_ours:.3f}")
    print(f"plain, one thread: digital {spent['digital', True]:.3f}, scan {spent['scan', True]:.3f}")
    print(f"plain, untouched: digital {spent['digital', False]:.3f}, scan {spent['scan', False]:.3f}")
    print("OCRmyPDF is not installed" if peer is None else f"OCRmyPDF --sidecar: scan {peer:.3f}")

    def mix(on_digital: float, on_scan: float) -> float:
        return 0.75 * on_digital + 0.25 * on_scan

    mixed = mix(digital_ours, scan_ours)
    return {
        "digital_x": round(spent["digital", True] / digital_ours, 1),
        "mix_x": round(mix(spent["digital", True], spent["scan", True]) / mixed, 2),
        "mix_untouched_x": round(mix(spent["digital", False], spent["scan", False]) / mixed, 2),
        "scan_x": round(spent["scan", True] / scan_ours, 2),
    }


def memory(chosen: argparse.Namespace) -> dict[str, object]:
    rows = _truth(chosen)[:1]
    scan = drawn([rows[0][:6]] * chosen.long_scan, "clean", chosen.seed)
    return {
        "rss_scan_mib": round(peak_mib(scan)),
        "rss_digital_mib": round(peak_mib(drawn(rows * chosen.long, "digital", chosen.seed))),
    }


def forms(chosen: argparse.Namespace, folder: Path) -> dict[str, object]:
    found: dict[str, object] = {}
    for form in FORMS:
        if not chosen.form or form in chosen.form:
            found[form] = accuracy(form, chosen.seed, chosen.pages, folder)
            print(form, found[form], flush=True)
    for form in ("scan", "bad-scan"):
        if not chosen.form or f"corpus-{form}" in chosen.form:
            real = corpus_accuracy(folder, chosen.each, form)
            if real is not None:
                found[f"corpus-{form}"] = real
                print(f"corpus-{form}", real, flush=True)
    return {"forms": found}


def _truth(chosen: argparse.Namespace) -> list[list[str]]:
    return [invented_rows(random.Random(chosen.seed + n)) for n in range(chosen.pages)]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--only", default=",".join(PARTS), help="parts to measure, by commas")
    arguments.add_argument("--form", action="append", help="of the part forms, these alone")
    arguments.add_argument("--pages", type=int, default=8, help="pages of each accuracy form and of the timed scans")
    arguments.add_argument("--many", type=int, default=1_000, help="born-digital pages that are timed")
    arguments.add_argument("--long", type=int, default=300, help="pages of the text that memory is measured on")
    arguments.add_argument("--long-scan", type=int, default=300, help="pages of the scan that memory is measured on")
    arguments.add_argument("--each", type=int, default=2, help="corpus documents of each set")
    arguments.add_argument("--seed", type=int, default=2026)
    chosen = arguments.parse_args()
    wanted = set(chosen.only.split(","))
    if not wanted <= set(PARTS):
        arguments.error(f"--only knows {', '.join(PARTS)}")
    with tempfile.TemporaryDirectory(prefix="bench-reading-") as name:
        print(json.dumps(_measure(chosen, Path(name), wanted)))


def _measure(chosen: argparse.Namespace, folder: Path, wanted: set[str]) -> dict[str, object]:
    scan = folder / "scan.pdf"
    scan.write_bytes(drawn(_truth(chosen), "clean", chosen.seed))
    result: dict[str, object] = {}
    if "times" in wanted:
        result |= times(chosen, folder, scan)
    if "share" in wanted:
        result["recognize_share"] = round(recognize_share(scan.read_bytes()), 3)
    if "workers" in wanted:
        result["two_workers_x"] = round(two_workers_x(scan.read_bytes()), 2)
    if "memory" in wanted:
        result |= memory(chosen)
    if "forms" in wanted:
        result |= forms(chosen, folder)
    return result


if __name__ == "__main__":
    main()

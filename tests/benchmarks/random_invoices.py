"""How well are invoices of suppliers never seen before read? Random layouts, eight languages, exact truth.

    python -m tests.benchmarks.random_invoices --count 500 [--seed N] [--first M] [--form no-xml|scan] [--misses]

Draws invoices whose wording, layout, formats and fonts are drawn at random, reads and parses them in this
process, and prints what was found and what was wrong, by field and by language. Without --seed every run
draws others; the seed is printed. The last line is JSON.
"""

from __future__ import annotations

import argparse
import io
import json
import secrets
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pypdfium2
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from tests.benchmarks.random_facts import draw_facts
from tests.benchmarks.random_layouts import Truth, draw_invoice, truth_of
from tests.benchmarks.random_scoring import Score
from tests.benchmarks.random_wording import LANGUAGES


@dataclass(frozen=True)
class Drawn:
    name: str
    pdf: bytes
    truth: dict[str, Any]
    derivable: dict[str, Any]


def draw_one(seed: int, index: int, languages: tuple[str, ...] = LANGUAGES) -> Drawn:
    """Document `index` of a seed: the same whatever else is drawn."""
    language = languages[index % len(languages)]
    rng = Random(f"{seed}/{index}/{language}")
    facts = draw_facts(rng, language)
    pdf, truth = draw_invoice(facts, rng)
    return Drawn(f"{language}-{seed}-{index:04}", pdf, truth_of(facts, truth), _left_open(truth))


def _left_open(truth: Truth) -> dict[str, Any]:
    return {key: value for key, value in truth.derivable.items() if key not in truth.known}


def as_scan(pdf: bytes, dpi: int = 300) -> bytes:
    """Every page as a grey JPEG without a text layer."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            image, jpeg = page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L"), io.BytesIO()
            image.save(jpeg, "JPEG", quality=85, dpi=(dpi, dpi))
            canvas.setPageSize(page.get_size())
            canvas.drawImage(ImageReader(io.BytesIO(jpeg.getvalue())), 0, 0, *page.get_size())
            canvas.showPage()
    canvas.save()
    return buffer.getvalue()


@dataclass(frozen=True)
class Outcome:
    drawn: Drawn
    parsed: dict[str, Any]
    read_seconds: float
    """Wall: reading works in a child process."""
    parse_seconds: float
    """CPU."""
    failure: str = ""


def try_one(job: tuple[int, int, str, tuple[str, ...], str]) -> Outcome:
    """Draw, read and parse one document; a failure is an outcome, not an end."""
    from pipelines.parsing import parse_document
    from pipelines.reading import ReadOptions, read_document

    seed, index, form, languages, keep = job
    drawn = draw_one(seed, index, languages)
    data = as_scan(drawn.pdf) if form == "scan" else drawn.pdf
    if keep:
        Path(keep, f"{drawn.name}.pdf").write_bytes(data)
        Path(keep, f"{drawn.name}.truth.json").write_text(
            json.dumps(drawn.truth, ensure_ascii=False, indent=1), encoding="utf-8"
        )
    try:
        begin = time.perf_counter()
        read = read_document(data, "application/pdf", ReadOptions())
        read_seconds, start = time.perf_counter() - begin, time.process_time()
        invoices = parse_document(read)
    except Exception:  # noqa: BLE001  (the benchmark counts what breaks, and goes on)
        return Outcome(drawn, {}, 0.0, 0.0, traceback.format_exc())
    parse_seconds = time.process_time() - start
    parsed = invoices[0].model_dump(mode="json") if invoices else {}
    return Outcome(drawn, parsed, read_seconds, parse_seconds)


def run(jobs: Iterable[tuple[int, int, str, tuple[str, ...], str]], workers: int) -> Iterator[Outcome]:
    if workers == 1:
        yield from map(try_one, jobs)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(try_one, jobs, chunksize=4)


def main(argv: list[str] | None = None) -> None:
    print(json.dumps(measure(argv)))


def measure(argv: list[str] | None = None) -> dict[str, Any]:
    """Do it, print the tables, and give the figures of the last line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, help="random unless given")
    parser.add_argument("--first", type=int, default=0, help="leave out as many: a long run by parts")
    parser.add_argument("--form", choices=["no-xml", "scan"], default="no-xml")
    parser.add_argument("--languages", nargs="+", choices=LANGUAGES, default=list(LANGUAGES))
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--misses", action="store_true", help="print every miss, wrong and invented value")
    parser.add_argument("--keep", type=Path, help="save the documents and their truth here")
    args = parser.parse_args(argv)
    seed = args.seed if args.seed is not None else secrets.randbelow(10**6)
    if args.keep:
        args.keep.mkdir(parents=True, exist_ok=True)
    score, failures, seconds, slowest = Score(), Counter[str](), [0.0, 0.0], 0.0
    jobs = [(seed, index, args.form, tuple(args.languages), str(args.keep or "")) for index in _places(args)]
    for outcome in run(jobs, args.jobs):
        score.add(outcome.drawn.name, outcome.drawn.truth, outcome.drawn.derivable, outcome.parsed)
        seconds = [seconds[0] + outcome.read_seconds, seconds[1] + outcome.parse_seconds]
        slowest = max(slowest, outcome.parse_seconds)
        if outcome.failure:
            failures[outcome.failure] += 1
    if args.misses:
        for miss in sorted(score.misses, key=lambda m: (m.language, m.field, m.document)):
            print(f"  {miss.document} {miss.field}: truth {miss.truth!r}, got {miss.got!r}")
    for failure, count in failures.most_common(3):
        print(f"{count} documents failed:\n{failure}")
    print(f"seed {seed}\n\n{score.report()}\n")
    figures = {"read_wall_ms": seconds[0], "parse_cpu_ms": seconds[1]}
    per_document = {name: round(1000 * value / max(1, args.count), 1) for name, value in figures.items()}
    tail = {"slowest_parse_ms": round(1000 * slowest), "failed": failures.total()}
    return {"seed": seed, "form": args.form, **score.summary(), **per_document, **tail}


def _places(args: argparse.Namespace) -> range:
    return range(args.first, args.first + args.count)


if __name__ == "__main__":
    main()

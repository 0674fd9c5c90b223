"""How well and how fast are pages parsed? Invented invoices of random layout, and a long one for linearity.

    python -m tests.benchmarks.bench_parsing [--count 500] [--seed N] [--first M] [--form no-xml|scan] [--only PART]

Parts: `speed` (CPU time of parsing alone, a born-digital page; and the same for the first 1, 10 and 100 pages of
one invoice) and `random` (see `random_invoices`). Every run draws others; the seed is printed. Prints what passed;
the last line is JSON, and the exit code 1 where a goal was missed.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

from pipelines.pages import DocumentText
from pipelines.parsing import parse_document
from pipelines.reading import ReadOptions, read_document
from pipelines.samples.collective import collective, draw_collective
from tests.benchmarks import random_invoices

GOALS = {
    "ms_a_page": (25.0, "at most"),
    "ms_100_over_10": (1.25, "at most"),
    "found_percent": (98.0, "at least"),
    "wrong_percent": (0.2, "at most"),
    "false_accepts": (0.0, "at most"),
    "failed": (0.0, "at most"),
}
WARMING, MEASURED = 24, 72
LENGTHS = (1, 10, 100)
POINTS = 200
"""Metering points of the long invoice: some hundred pages."""


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, help="random unless given")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--form", choices=["no-xml", "scan"], default="no-xml")
    parser.add_argument("--jobs", type=int, default=1, help="processes, for the random invoices")
    parser.add_argument("--only", choices=["speed", "random"])
    args = parser.parse_args(argv)
    seed = args.seed if args.seed is not None else secrets.randbelow(10**6)
    figures: dict[str, Any] = {"seed": seed}
    if args.only != "random":
        figures |= measure_speed(seed)
    if args.only != "speed":
        names = ("count", "first", "form", "jobs")
        options = [word for name in names for word in (f"--{name}", str(getattr(args, name)))]
        figures |= random_invoices.measure(["--seed", str(seed), *options])
    missed = list(_judge(figures))
    print(json.dumps({**figures, "passed": not missed}))
    if missed:
        sys.exit(1)


def _judge(figures: dict[str, Any]) -> Iterator[str]:
    """Print each goal; give those missed."""
    for name, (goal, bound) in GOALS.items():
        if name in figures:
            passed = figures[name] <= goal if bound == "at most" else figures[name] >= goal
            print(f"{'pass' if passed else 'FAIL'}  {name:<16}{figures[name]:>9}  ({bound} {goal:g})")
            if not passed:
                yield name


def measure_speed(seed: int) -> dict[str, float]:
    """Milliseconds of CPU a page, by documents that were not parsed before; and over one invoice's pages."""
    drawn = [random_invoices.draw_one(seed, index) for index in range(WARMING + MEASURED)]
    read = [read_document(one.pdf, "application/pdf", ReadOptions()) for one in drawn]
    _seconds(read[:WARMING])
    pages = sum(len(document.pages) for document in read[WARMING:])
    each = 1000 * _seconds(read[WARMING:]) / pages
    print(f"seed {seed}: {MEASURED} documents, {pages} born-digital pages: {each:.1f} ms CPU a page\n")
    return {"ms_a_page": round(each, 1), **_linearity(seed)}


def _linearity(seed: int) -> dict[str, float]:
    figures = {}
    print(f"{'pages':>6}{'ms CPU':>10}{'a page':>9}")
    for length in LENGTHS:
        # drawn anew: no length gains by what the one before it left in memory
        invoice = collective(Random(f"{seed}/{length}"), "FEZ/2026/02/000045", date(2026, 1, 1), POINTS)
        document = read_document(draw_collective(invoice), "application/pdf", ReadOptions())
        spent = 1000 * _seconds([replace(document, pages=document.pages[:length])])
        figures[f"ms_a_page_of_{length}"] = round(spent / length, 1)
        print(f"{length:>6}{spent:>10.1f}{spent / length:>9.1f}")
    figures["ms_100_over_10"] = round(figures["ms_a_page_of_100"] / figures["ms_a_page_of_10"], 2)
    print()
    return figures


def _seconds(documents: list[DocumentText]) -> float:
    start = time.process_time()
    for document in documents:
        parse_document(document)
    return time.process_time() - start


if __name__ == "__main__":
    main()

"""Does the parser lean on what it knows of single suppliers? Each set is scored with its own files switched off.

    python -m tests.benchmarks.bench_suppliers [--corpus DIR]

Reads every document with a text layer once (without its e-invoice XML), parses it with all supplier files
and without those of the suppliers of its set, and prints the difference by set. A drop of more than five
points fails. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipelines.pages import DocumentText
from pipelines.parsing import parse_document
from pipelines.parsing.suppliers import Supplier, SupplierBook, load_suppliers
from pipelines.reading import ReadOptions, read_document, sniff_media_type
from tests.corpus.corpus_figures import Figures, documents_with_truth, figures_of

MOST_POINTS_LOST = 5.0


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = Path(os.environ.get("INVOICE_CORPUS", Path(__file__).resolve().parents[3] / "shared" / "corpus"))
    parser.add_argument("--corpus", type=Path, default=default)
    args = parser.parse_args(argv)
    if not args.corpus.is_dir():
        sys.exit(f"{args.corpus} is not there; set INVOICE_CORPUS to a folder of documents with truth")
    sets: dict[str, list[tuple[dict[str, Any], DocumentText]]] = defaultdict(list)
    for path, truth in documents_with_truth(args.corpus).items():
        data = path.read_bytes()
        if path.suffix == ".pdf":
            read = read_document(data, sniff_media_type(data[:4096], path.name), ReadOptions())
            sets[path.parent.name].append((truth, replace(read, attachments=())))
    worst = 0.0
    print(f"{'set':<28}{'docs':>6}{'files':>7}{'with %':>9}{'without %':>11}{'lost':>7}{'false accepts':>15}")
    for name, documents in sorted(sets.items()):
        lost, row = _compare(name, documents, load_suppliers())
        worst = max(worst, lost)
        print(row)
    passed = worst <= MOST_POINTS_LOST
    print(json.dumps({"sets": len(sets), "most_points_lost": round(worst, 2), "passed": passed}))
    if not passed:
        sys.exit(1)


def _compare(name: str, documents: list[tuple[dict[str, Any], DocumentText]], book: SupplierBook) -> tuple[float, str]:
    own = _suppliers_of(documents, book)
    known, without = (_figures(documents, some) for some in (book, book.without(own)))
    before, after = (100 * figures.found / max(1, figures.known) for figures in (known, without))
    falsely = known.false_accepts + without.false_accepts
    row = f"{name:<28}{known.documents:>6}{len(own):>7}{before:>9.1f}{after:>11.1f}{before - after:>7.1f}{falsely:>15}"
    return before - after, row


def _suppliers_of(documents: list[tuple[dict[str, Any], DocumentText]], book: SupplierBook) -> list[Supplier]:
    """Whose files speak of a set: by the true tax ids and names of its sellers."""
    found: dict[str, Supplier] = {}
    for truth, _ in documents:
        known = book.by_tax_id(str(truth.get("seller_tax_id") or "")) or book.by_name(
            str(truth.get("seller_name") or "")
        )
        if known is not None:
            found[known.file] = known
    return list(found.values())


def _figures(documents: list[tuple[dict[str, Any], DocumentText]], book: SupplierBook) -> Figures:
    figures = Figures()
    for truth, read in documents:
        invoices = parse_document(read, book)
        figures += figures_of(truth, invoices[0].model_dump(mode="json") if invoices else {})
    return figures


if __name__ == "__main__":
    main()

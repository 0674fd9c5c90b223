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
    forms               {form: {ours: {cer, digits, amounts}, plain: {...}}} on the half of the pages
                        that no setting was chosen on

Forms: `clean`, `degraded` (generated documents, exact truth), and `corpus-scan`, `corpus-bad-scan` where the
folder INVOICE_CORPUS (default ../shared/corpus) and its neighbour `score` are there.
"""

from __future__ import annotations

import argparse
import collections
import importlib.util
import io
import json
import os
import random
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from rapidfuzz.distance import Levenshtein

from pipelines.reading import ReadOptions, close_children, read_document, read_side_by_side
from tests.reading import papers

PDF = "application/pdf"
Truth = list[str]
"""The rows of a page, as printed."""
_AMOUNT = re.compile(r"-?\d{1,3}(?:[. ]?\d{3})*,\d{2}|-?\d{1,3}(?:,?\d{3})*\.\d{2}")
_DIGIT = re.compile(r"\d")
_EDGES = ".,;:()[]|'\"„”-–—_*€$"
# Run in a process of its own, since OMP_THREAD_LIMIT is read when a library is loaded.
_PLAIN = """
import json, sys
import pdf2image, pytesseract
texts = []
for path in sys.argv[2:]:
    pages = pdf2image.convert_from_path(path, dpi=200)
    texts.append([pytesseract.image_to_string(page, lang=sys.argv[1]) for page in pages])
print(json.dumps(texts))
"""


def invented_rows(chance: random.Random) -> Truth:
    """An invoice of 30 rows or so, of invented words and amounts."""
    nouns = [
        "Energia czynna",
        "Opłata handlowa",
        "Opłata sieciowa stała",
        "Opłata mocowa",
        "Usługa serwisowa",
        "Dostawa",
    ]
    rows = [
        f"Faktura VAT nr FV/{chance.randint(2020, 2026)}/{chance.randint(1, 12):02d}/{chance.randint(1, 99999)}",
        f"Sprzedawca: Zakład Próbny nr {chance.randint(1, 99)} Sp. z o.o.",
        f"Nabywca: Łucja Przykładowa, ul. Kręta {chance.randint(1, 99)}, 00-{chance.randint(100, 999)} Miasto",
        f"Data wystawienia: 2026-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d} Termin płatności 14 dni",
    ]
    total = 0.0
    for number in range(1, chance.randint(16, 26)):
        net = round(chance.uniform(3, 4000), 2)
        total += net
        kwh = chance.randint(1, 900)
        rows.append(f"{number} {chance.choice(nouns)} {kwh} kWh {_pl(net * 0.01)} {_pl(net)} 23% {_pl(net * 1.23)}")
    return [
        *rows,
        f"Razem netto {_pl(total)} VAT {_pl(total * 0.23)} brutto {_pl(total * 1.23)}",
        f"Do zapłaty: {_pl(total * 1.23)} PLN",
    ]


def _pl(value: float) -> str:
    return f"{value:.2f}".replace(".", ",")


def degraded(image: Image.Image, seed: int) -> Image.Image:
    """0.8 degrees askew, faint, noisy, and saved as a poor JPEG."""
    pixels = np.asarray(image.rotate(0.8, fillcolor=255, resample=Image.Resampling.BICUBIC), dtype=np.float32)
    pixels = pixels * 0.92 + 10 + np.random.default_rng(seed).normal(0, 12, pixels.shape)
    poor = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(poor, "JPEG", quality=45)
    return Image.open(io.BytesIO(poor.getvalue()))


def drawn(truth: Sequence[Truth], form: str, seed: int) -> bytes:
    if form == "digital":
        return papers.pdf(*[papers.rows(rows, pitch=24, left=40) for rows in truth])
    images = [_scan(rows) for rows in truth]
    return papers.scan_pdf(*[degraded(i, seed + n) if form == "degraded" else i for n, i in enumerate(images)])


def _scan(rows: Truth) -> Image.Image:
    """The born-digital page as a scanner sees it, at 200 dpi."""
    import pypdfium2

    document = pypdfium2.PdfDocument(papers.pdf(papers.rows(rows, pitch=24, left=40)))
    try:
        return document[0].render(scale=200 / 72, grayscale=True).to_pil().convert("L").copy()
    finally:
        document.close()


def scores(truth: Iterable[str], read: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Hits and totals: character errors, digit tokens, amounts."""
    wanted, found = [list(texts) for texts in (truth, read)]
    tokens = collections.Counter(t.strip(_EDGES) for t in wanted if _DIGIT.search(t))
    have = collections.Counter(t.strip(_EDGES) for t in found)
    hits = {token: min(count, have[token]) for token, count in tokens.items()}
    amounts = [token for token in tokens if _AMOUNT.fullmatch(token)]
    whole, seen = "".join(wanted), "".join(found)
    return {
        "cer": (Levenshtein.distance(whole, seen), len(whole)),
        "digits": (sum(hits.values()), tokens.total()),
        "amounts": (sum(hits[a] for a in amounts), sum(tokens[a] for a in amounts)),
    }


def summed(pages: Iterable[dict[str, tuple[int, int]]]) -> dict[str, float]:
    total: dict[str, list[int]] = collections.defaultdict(lambda: [0, 0])
    for page in pages:
        for name, (hits, of) in page.items():
            total[name][0] += hits
            total[name][1] += of
    return {name: round(hits / max(1, of), 4) for name, (hits, of) in total.items()}


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


def ours(paths: Sequence[Path]) -> list[list[str]]:
    return [[page.text() for page in read_document(path.read_bytes(), PDF).pages] for path in paths]


def plain(paths: Sequence[Path], language: str, one_thread: bool) -> list[list[str]]:
    environment = {k: v for k, v in os.environ.items() if k != "OMP_THREAD_LIMIT"}
    if one_thread:
        environment["OMP_THREAD_LIMIT"] = "1"
    command = [sys.executable, "-c", _PLAIN, language, *map(str, paths)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    texts: list[list[str]] = json.loads(done.stdout)
    return texts


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
        document.read_page(2)
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


def two_workers_x(scan: bytes) -> float:
    def pages_a_second(workers: int) -> float:
        close_children()
        began = time.monotonic()
        pages = list(read_side_by_side(scan, PDF, ReadOptions(), workers, chunk_pages=2))
        return len(pages) / (time.monotonic() - began)

    return pages_a_second(2) / pages_a_second(1)


def accuracy(form: str, seed: int, pages: int, folder: Path) -> dict[str, dict[str, float]]:
    truth = [invented_rows(random.Random(seed + 1000 + n)) for n in range(pages)]
    path = folder / f"{form}.pdf"
    path.write_bytes(drawn(truth, form, seed))
    flat = [" ".join(rows).split() for rows in truth]
    return _compared(flat, [path], "pol")


def _compared(truth: list[list[str]], paths: Sequence[Path], language: str) -> dict[str, dict[str, float]]:
    sides = {"ours": ours(paths), "plain": plain(paths, language, one_thread=True)}
    result = {}
    for name, documents in sides.items():
        pages = [page.split() for document in documents for page in document]
        result[name] = summed(scores(*pair) for pair in zip(truth, pages, strict=True))
    return result


def corpus_accuracy(folder: Path, each: int) -> dict[str, dict[str, dict[str, float]]]:
    """Rasterised real documents against their own text layers; every second one, on which nothing was chosen."""
    corpus = Path(os.environ.get("INVOICE_CORPUS", Path(__file__).resolve().parents[2] / "../shared/corpus")).resolve()
    scorer = corpus.parent / "score" / "score.py"
    if not scorer.exists():
        print("corpus: not there, its forms are left out")
        return {}
    spec = importlib.util.spec_from_file_location("score", scorer)
    assert spec is not None
    assert spec.loader is not None
    score = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(score)
    languages = {"br": "por", "pl": "pol", "eu": "deu"}
    found: dict[str, dict[str, dict[str, float]]] = {}
    for form in ("scan", "bad-scan"):
        pages: dict[str, list[dict[str, tuple[int, int]]]] = {"ours": [], "plain": []}
        for group in sorted(p for p in corpus.iterdir() if p.is_dir()):
            for document in sorted(group.glob("*.pdf"))[1::2][:each]:
                truth = read_document(document.read_bytes(), PDF).pages
                if any(p.source != "text" for p in truth):
                    continue
                target = folder / f"{form}-{group.name}-{document.stem}.pdf"
                score.as_scan(document, target, form == "bad-scan")
                words = [p.text().split() for p in truth]
                sides = {
                    "ours": ours([target]),
                    "plain": plain([target], languages.get(group.name[:2], "eng"), one_thread=True),
                }
                for side, texts in sides.items():
                    pages[side].extend(scores(*pair) for pair in zip(words, (t.split() for t in texts[0]), strict=True))
        found[f"corpus-{form}"] = {side: summed(each_page) for side, each_page in pages.items()}
    return found


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--pages", type=int, default=8, help="pages of each accuracy form and of the timed scans")
    arguments.add_argument("--long", type=int, default=300, help="pages of the text that memory is measured on")
    arguments.add_argument("--long-scan", type=int, default=300, help="pages of the scan that memory is measured on")
    arguments.add_argument("--each", type=int, default=2, help="corpus documents of each set")
    arguments.add_argument("--seed", type=int, default=2026)
    chosen = arguments.parse_args()
    import tempfile

    with tempfile.TemporaryDirectory(prefix="bench-reading-") as name:
        folder = Path(name)
        result = _measure(chosen, folder)
    print(json.dumps(result))


def _measure(chosen: argparse.Namespace, folder: Path) -> dict[str, object]:
    truth = [invented_rows(random.Random(chosen.seed + n)) for n in range(chosen.pages)]
    files: dict[str, Path] = {}
    for form in ("digital", "clean"):
        files[form] = folder / f"timed-{form}.pdf"
        files[form].write_bytes(drawn(truth, form, chosen.seed))
    many = folder / "many.pdf"  # enough born-digital pages that a child's start does not count as a page's cost
    many.write_bytes(drawn(truth * 40, "digital", chosen.seed))

    digital_ours = timed(lambda: ours([many]))[0] / (40 * chosen.pages)
    scan_ours = timed(lambda: ours([files["clean"]]))[0] / chosen.pages
    plain_cpu = {
        (form, one): timed(lambda f=form, o=one: plain([files[f]], "pol", o))[0] / chosen.pages  # type: ignore[misc]
        for form in ("digital", "clean")
        for one in (True, False)
    }
    print(f"CPU s a page: ours digital {digital_ours:.4f}, scan {scan_ours:.3f}; plain {plain_cpu}")

    def mix(digital: float, scan: float) -> float:
        return 0.75 * digital + 0.25 * scan

    result: dict[str, object] = {
        "digital_x": round(plain_cpu["digital", True] / digital_ours, 1),
        "mix_x": round(mix(plain_cpu["digital", True], plain_cpu["clean", True]) / mix(digital_ours, scan_ours), 2),
        "mix_untouched_x": round(
            mix(plain_cpu["digital", False], plain_cpu["clean", False]) / mix(digital_ours, scan_ours), 2
        ),
        "scan_x": round(plain_cpu["clean", True] / scan_ours, 2),
        "recognize_share": round(recognize_share(files["clean"].read_bytes()), 3),
        "two_workers_x": round(two_workers_x(files["clean"].read_bytes()), 2),
        "rss_scan_mib": round(peak_mib(drawn(truth[:1] * chosen.long_scan, "clean", chosen.seed))),
        "rss_digital_mib": round(peak_mib(drawn(truth[:1] * chosen.long, "digital", chosen.seed))),
    }
    forms = {form: accuracy(form, chosen.seed, chosen.pages, folder) for form in ("clean", "degraded")}
    result["forms"] = forms | corpus_accuracy(folder, chosen.each)
    return result


if __name__ == "__main__":
    main()

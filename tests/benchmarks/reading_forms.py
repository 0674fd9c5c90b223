"""Pages with known truth in several forms, read by us and by the plain design: bench_reading's accuracy.

Invented forms, drawn anew from the seed: `clean` and `degraded` (rows of an invoice at 200 dpi), `layouts`,
`layouts-degraded` and `low-resolution` (invoices of random layout in eight languages, scanned at 200 dpi, the
same askew and noisy, and at 96 dpi). Real forms: `corpus-scan` and `corpus-bad-scan`, where the folder
INVOICE_CORPUS (default ../shared/corpus) and its neighbour `score` are there: their truth is their own text
layer, and of each set every second document counts, on which no setting was chosen.
"""

from __future__ import annotations

import collections
import importlib.util
import io
import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pypdfium2
from PIL import Image
from rapidfuzz.distance import Levenshtein

from pipelines.reading import read_document
from tests.benchmarks.random_invoices import draw_one
from tests.reading import papers

PDF = "application/pdf"
FORMS = ("clean", "degraded", "layouts", "layouts-degraded", "low-resolution")
Truth = list[str]
"""The rows of a page, as printed."""
Score = dict[str, tuple[int, int]]
_AMOUNT = re.compile(r"-?\d{1,3}(?:[. ]?\d{3})*,\d{2}|-?\d{1,3}(?:,?\d{3})*\.\d{2}")
_DIGIT = re.compile(r"\d")
_EDGES = ".,;:()[]|'\"„”-–—_*€$"
_TESSERACT = {"pl": "pol", "pt": "por", "de": "deu", "en": "eng"}
_MOST_PAGES = 6
_CORPUS = {"br": "por", "pl": "pol", "eu": "deu"}
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
    return _rendered(papers.pdf(papers.rows(rows, pitch=24, left=40)), 0, 200)


def _rendered(pdf: bytes, index: int, dpi: int) -> Image.Image:
    with pypdfium2.PdfDocument(pdf) as document:
        return document[index].render(scale=dpi / 72, grayscale=True).to_pil().convert("L").copy()


def _page_count(pdf: bytes) -> int:
    with pypdfium2.PdfDocument(pdf) as document:
        return len(document)


def scores(truth: Iterable[str], read: Iterable[str]) -> Score:
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


def summed(pages: Iterable[Score]) -> dict[str, float]:
    total: dict[str, list[int]] = collections.defaultdict(lambda: [0, 0])
    for page in pages:
        for name, (hits, of) in page.items():
            total[name][0] += hits
            total[name][1] += of
    return {name: round(hits / max(1, of), 4) for name, (hits, of) in total.items()}


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


def accuracy(form: str, seed: int, pages: int, folder: Path) -> dict[str, dict[str, float]]:
    """Both sides' scores on pages of an invented form."""
    seen: dict[str, list[Score]] = {"ours": [], "plain": []}
    for language, truth, data in _invented(form, seed, pages):
        path = folder / f"{form}.pdf"
        path.write_bytes(data)
        _score_both(truth, path, language, seen)
    return {side: summed(each) for side, each in seen.items()}


def _invented(form: str, seed: int, pages: int) -> Iterator[tuple[str, list[list[str]], bytes]]:
    """Language, words by page, and the PDF of each invented document."""
    if form in ("clean", "degraded"):
        rows = [invented_rows(random.Random(seed + 1000 + n)) for n in range(pages)]
        yield "pol", [" ".join(page).split() for page in rows], drawn(rows, form, seed)
        return
    dpi = 96 if form == "low-resolution" else 200
    languages = tuple(_TESSERACT)
    for index in range(pages):
        pdf = draw_one(seed, index, languages).pdf
        images = [_rendered(pdf, number, dpi) for number in range(_page_count(pdf))]
        if form == "layouts-degraded":
            images = [degraded(image, seed + index) for image in images]
        words = [page.text().split() for page in read_document(pdf, PDF).pages]
        yield _TESSERACT[languages[index % len(languages)]], words, papers.scan_pdf(*images)


def _score_both(truth: list[list[str]], path: Path, language: str, seen: dict[str, list[Score]]) -> None:
    for side, texts in {"ours": ours([path]), "plain": plain([path], language, one_thread=True)}.items():
        seen[side].extend(scores(*pair) for pair in zip(truth, (t.split() for t in texts[0]), strict=True))


def corpus_accuracy(folder: Path, each: int, form: str) -> dict[str, dict[str, float]] | None:
    """Both sides' scores on real documents drawn as `scan` or `bad-scan`; None where there is no corpus."""
    corpus = Path(os.environ.get("INVOICE_CORPUS", Path(__file__).resolve().parents[2] / "../shared/corpus")).resolve()
    scorer = corpus.parent / "score" / "score.py"
    if not scorer.exists():
        print("corpus: not there, its forms are left out")
        return None
    as_scan = _scorers_scan(scorer)
    seen: dict[str, list[Score]] = {"ours": [], "plain": []}
    for group in sorted(p for p in corpus.iterdir() if p.is_dir()):
        for document in sorted(group.glob("*.pdf"))[1::2][:each]:
            truth = read_document(document.read_bytes(), PDF).pages
            if len(truth) <= _MOST_PAGES and all(page.source == "text" for page in truth):
                target = folder / f"{form}.pdf"
                as_scan(document, target, form == "bad-scan")
                _score_both([p.text().split() for p in truth], target, _CORPUS.get(group.name[:2], "eng"), seen)
    return {side: summed(scored) for side, scored in seen.items()}


def _scorers_scan(scorer: Path) -> Callable[[Path, Path, bool], None]:
    spec = importlib.util.spec_from_file_location("score", scorer)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    as_scan: Callable[[Path, Path, bool], None] = module.as_scan
    return as_scan

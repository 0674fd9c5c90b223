"""Is a second reader worth it? Rules alone against rules plus an endpoint, over a folder of documents with truth.

    python -m tests.benchmarks.bench_llm FOLDER --base-url URL --model NAME [--lake DIR] [--images]

FOLDER holds documents and `<stem>.truth.json` beside them, in sub-folders or not. Each document is read once and
parsed twice. `--lake` keeps what was read and answered, so that a second run reads and asks nothing. A key is taken
from LAKE_LLM_API_KEY, caps from LAKE_LLM_DAILY_TOKENS and LAKE_LLM_DAILY_COST. Prints what the model added, took and
suggested by field; the last line is JSON. Exit status 1 where the model made a false accept or a wrong value.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.documents import DocumentId
from pipelines.invoices import Invoice, ParsedDocument
from pipelines.lake import Lake, open_lake
from pipelines.layout import SettledKey, SpendKey, parse_key
from pipelines.settings import load_settings
from pipelines.steps import Scope, join_chunks, plan_reading, read_batch, receive_file
from pipelines.steps.parse import asking_of, parse_made_by, parse_pages
from tests.benchmarks.random_scoring import KINDS, given_value
from tests.corpus.corpus_figures import FIELDS, MORE_FIELDS, SUFFIXES, Figures, figures_of, total

_BOTH = ("rules", "with model")


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--lake", type=Path)
    parser.add_argument("--images", action="store_true")
    parser.add_argument("--response-format", default="json_schema", choices=("json_schema", "json_object", "none"))
    args = parser.parse_args(argv)
    documents = dict(_documents(args.folder))
    if not documents:
        sys.exit(f"{args.folder} holds no document with a .truth.json beside it")
    with tempfile.TemporaryDirectory(prefix="bench-llm-") as temporary:
        asked = {"llm_base_url": args.base_url, "llm_model": args.model, "llm_images": args.images}
        asked |= {"llm_response_format": args.response_format, "url": str(args.lake or Path(temporary) / "lake")}
        settings = load_settings()
        lake = open_lake(type(settings).model_validate(settings.model_dump() | asked))
        summary = compare(lake, documents)
    print(json.dumps(summary))
    if summary["wrong_by_model"] or summary["false_accepts_by_model"]:
        sys.exit(1)


def compare(lake: Lake, documents: dict[Path, dict[str, Any]]) -> dict[str, Any]:
    """Parse each document without and with the lake's model, print the differences, and sum them up."""
    ids = dict(_received(lake, documents))
    _read(lake)
    asking, figures = asking_of(lake), {way: list[Figures]() for way in _BOTH}
    added, suggested, outcomes = Counter[tuple[str, str]](), Counter[tuple[str, str]](), Counter[str]()
    for path, truth in documents.items():
        name = ids[path]
        pages = lake.pages(DocumentId.parse(name)).read
        alone = parse_pages(name, pages, parse_made_by())
        both = parse_pages(name, pages, parse_made_by(lake.settings), asking)
        outcomes[both.second_reading.outcome if both.second_reading else "not asked"] += 1
        for way, parsed in zip(_BOTH, (alone, both), strict=True):
            figures[way].append(figures_of(truth, _first(parsed)))
        added.update(_added(truth, _first(alone), _first(both)))
        suggested.update(_suggested(truth, both.invoices[:1]))
    return _summary(lake, figures, added, suggested, outcomes)


def _documents(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for file in sorted(folder.rglob("*.truth.json")):
        stem = file.name.removesuffix(".truth.json")
        path = next((path for suffix in SUFFIXES if (path := file.with_name(stem + suffix)).exists()), None)
        if path is not None:
            yield path, json.loads(file.read_text(encoding="utf-8"))


def _received(lake: Lake, documents: dict[Path, dict[str, Any]]) -> Iterator[tuple[Path, str]]:
    for path in documents:
        with path.open("rb") as file:
            yield path, receive_file(lake, file, path.name, "bench").document


def _read(lake: Lake) -> None:
    scope = Scope(tuple(lake.days()) or (datetime.now(UTC).date(),))
    while batches := plan_reading(lake, scope):
        for batch in batches:
            read_batch(lake, batch)
        join_chunks(lake, scope)


def _first(parsed: ParsedDocument) -> dict[str, Any]:
    return parsed.invoices[0].model_dump(mode="json") if parsed.invoices else {}


def _added(truth: dict[str, Any], alone: dict[str, Any], both: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each field whose value differs, and whether the one with the model is right."""
    for name, (path, kind) in (FIELDS | MORE_FIELDS).items():
        value = given_value(both, path)
        if value == given_value(alone, path) or truth.get(name) in (None, "", []):
            continue
        yield name, "lost" if value is None else "right" if KINDS[kind](truth[name], str(value)) else "wrong"


def _suggested(truth: dict[str, Any], invoices: tuple[Invoice, ...]) -> Iterator[tuple[str, str]]:
    names = {path: (name, kind) for name, (path, kind) in (FIELDS | MORE_FIELDS).items()}
    for invoice in invoices:
        for said in invoice.suggestions:
            name, kind = names.get(said.field, (said.field, "exact"))
            if said.value is None:
                yield name, "not on the page"
            elif truth.get(name) not in (None, "", []):
                yield name, "right" if KINDS[kind](truth[name], said.value) else "wrong"


def _summary(
    lake: Lake,
    figures: dict[str, list[Figures]],
    added: Counter[tuple[str, str]],
    suggested: Counter[tuple[str, str]],
    outcomes: Counter[str],
) -> dict[str, Any]:
    sums = {way: total(held) for way, held in figures.items()}
    for title, counts in (("counted", added), ("suggested", suggested)):
        for (name, how), count in sorted(counts.items()):
            print(f"{title:<10} {name:<22} {how:<16} {count}")
    for way, held in sums.items():
        print(f"{way:<12} {held.found} of {held.known} found, {held.wrong} wrong, {held.accepted} accepted")
    alone, both = (sums[way] for way in _BOTH)
    settled = [key for e in lake.storage.list(f"{SpendKey.folder}/") if isinstance(key := parse_key(e.key), SettledKey)]
    return {
        "documents": alone.documents,
        "fields_known": alone.known,
        "found_rules": alone.found,
        "found_with_model": both.found,
        "accepted_rules": alone.accepted,
        "accepted_with_model": both.accepted,
        "wrong_by_model": both.wrong - alone.wrong,
        "false_accepts_by_model": both.false_accepts - alone.false_accepts,
        "suggestions_right": sum(n for (_, how), n in suggested.items() if how == "right"),
        "suggestions": sum(suggested.values()),
        "outcomes": dict(outcomes),
        "tokens": sum(key.tokens for key in settled),
    }


if __name__ == "__main__":
    main()

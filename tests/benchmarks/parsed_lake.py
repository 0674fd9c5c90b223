"""A lake of many documents that were read and parsed, made in seconds: copies of a few under names and numbers anew.

What silver and gold do with them, and in how much memory, is that of as many drawn bills; reading and parsing these
takes twenty times as long.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipelines.documents import DocumentId
from pipelines.lake import Lake, open_lake
from pipelines.layout import MeasuredKey, PagesKey, ParsedKey, RawKey, RecordKey, TextKey
from pipelines.samples import draw_month
from pipelines.settings import Settings
from pipelines.states import all_days, each_document
from pipelines.steps import Scope, admit_batch, parse_batch, plan_ingest, plan_parsing, plan_reading, read_batch

MONTHS = 12
_EACH = 4
"""Bills of a month that are read and parsed; the others are copies of them."""


@dataclass(frozen=True)
class Original:
    """A parsed document: its id, what tells its invoice from others, and its objects as text."""

    document: DocumentId
    sha256: str
    file_name: str
    numbers: tuple[str, ...]
    pages: bytes
    objects: dict[str, str]


def parsed_lake(folder: Path, documents: int) -> Lake:
    """A folder lake with one received day, whose documents wait for silver; months and points as `draw_month` has."""
    by_month = _originals(folder / "originals")
    lake = _lake(folder)
    assert lake.storage.folder is not None
    made = 0
    for month, originals in enumerate(by_month):
        for place in range(documents // MONTHS + (month < documents % MONTHS)):
            made += 1
            _copy(lake.storage.folder, originals[place % len(originals)], f"{month + 1:02d}-{place + 1:06d}", made)
    return lake


def _lake(folder: Path) -> Lake:
    (folder / "uploads").mkdir(parents=True)
    return open_lake(Settings(url=str(folder / "lake"), uploads_url=str(folder / "uploads"), settle_seconds=0))


def _originals(folder: Path) -> list[list[Original]]:
    lake = _lake(folder)
    for month in range(MONTHS):
        draw_month(folder / "uploads", date(2025, month + 1, 1), _EACH)
        (folder / "uploads" / "truth.json").unlink()
    for batch in plan_ingest(lake):
        admit_batch(lake, batch)
    for batch in plan_reading(lake, Scope()):
        read_batch(lake, batch)
    for batch in plan_parsing(lake, Scope()):
        parse_batch(lake, batch)
    found = list(_parsed(lake))
    return [found[at : at + _EACH] for at in range(0, len(found), _EACH)]


def _parsed(lake: Lake) -> Iterator[Original]:
    for day in all_days(lake):
        for keys in each_document(lake, day):
            record, [invoice] = lake.record(keys.document), lake.parsed(keys.document).invoices
            point = invoice.metering_point
            assert point is not None
            numbers = (invoice.invoice_number, point.id, point.meter_number, invoice.customer_number)
            document = keys.document
            keyed = (RecordKey(document), ParsedKey(document), *(MeasuredKey(s, document) for s in ("ocr", "parse")))
            texts = {str(key): lake.storage.get(str(key)).decode() for key in keyed}
            pages = lake.storage.get(str(PagesKey(document)))
            yield Original(document, record.sha256, record.file_name, tuple(n or "" for n in numbers), pages, texts)


def _copy(root: Path, original: Original, name: str, count: int) -> None:
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    document = DocumentId.make(original.document.day, f"bill-{name}.pdf", sha256)
    numbers = (f"F/{name}", f"590631{count:012d}", f"{30_000_000 + count}", f"{10_000_000 + count}")
    changed = [(str(original.document), str(document)), (original.sha256, sha256)]
    changed += [(original.file_name, f"bill-{name}.pdf"), *zip(original.numbers, numbers, strict=True)]
    objects = {str(RawKey(document, "pdf")): b"%PDF " + name.encode(), str(TextKey(document)): name.encode()}
    objects[str(PagesKey(document))] = original.pages
    for key, text in original.objects.items():
        for old, new in changed:
            text = text.replace(old, new) if old else text
        objects[key.replace(str(original.document), str(document))] = text.encode()
    for key, body in objects.items():
        path = root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)

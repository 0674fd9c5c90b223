"""Reading as a step: raw bytes in, pages and text out; large scans by page ranges that are joined."""

from __future__ import annotations

import heapq
from collections.abc import Container, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

from pipelines.documents import DocumentId, DocumentRecord, MadeBy
from pipelines.errors import InvalidRecord, PageUnreadable
from pipelines.events import Outbox, open_outbox
from pipelines.lake import Lake
from pipelines.layout import ChunkKey, PagesKey, TextKey
from pipelines.pages import DocumentText, Page, PagesFile
from pipelines.reading import READING_VERSION, ReadOptions, read_document, read_range, sniff_media_type, start_child
from pipelines.reading.options import Limits
from pipelines.settings import MEBIBYTE, Settings
from pipelines.states import DocumentKeys, each_document, to_read
from pipelines.steps.announcing import announcing
from pipelines.steps.batches import DOCUMENTS_A_RUN, Batch, Job, Outcome, Report, Scope, Told, nobody, pack
from pipelines.steps.costs import Costs, learn_costs
from pipelines.steps.measuring import Stopwatch, measuring, took
from pipelines.steps.one_document import attempt
from pipelines.steps.selecting import in_scope
from pipelines.storage import ObjectMissing

_CALLS_AT_ONCE = 16


def read_options(settings: Settings) -> ReadOptions:
    """The reading options that the settings name."""
    return ReadOptions(
        languages=tuple(settings.ocr_languages.split("+")),
        engine=settings.ocr_engine,
        max_pages=settings.max_pages,
        max_pixels=settings.max_page_megapixels * 1_000_000,
        page_timeout_seconds=settings.page_timeout_seconds,
        memory_mib=settings.reader_memory_mib,
    )


def read_limits(settings: Settings) -> Limits:
    """The limits of a first look, as the settings name them."""
    return Limits(settings.max_document_mib * MEBIBYTE, settings.max_pages, settings.max_page_megapixels * 1_000_000)


def read_made_by(options: ReadOptions) -> MadeBy:
    return MadeBy(step="ocr", version=READING_VERSION, options=options.fingerprint())


def plan_reading(lake: Lake, scope: Scope, without: Container[str] = ()) -> list[Batch]:
    """Batches of documents that wait to be read, but for some; a large scan becomes several batches of page ranges."""
    days = scope.received_days(lake.settings)
    chosen = in_scope(lake, scope, (keys for day in days for keys in _to_read(lake, day, scope)))
    # bytes stand in for work: of a day of any size no more records are opened than one run can take
    wanted = (keys for keys in chosen if str(keys.document) not in without)
    sizes = ((keys.raw.size if keys.raw else 0, keys.document) for keys in wanted)
    taken = [document for _, document in heapq.nsmallest(DOCUMENTS_A_RUN, sizes)]
    jobs: list[Job] = []
    scans: list[DocumentRecord] = []
    for record in _records(lake, taken):
        if record.pages > record.pages_with_text:
            scans.append(record)
        else:
            jobs.append(Job(record.id, Costs().of(record)))  # text costs what it costs: only scans are learned of
    # asking what scans took opens a table: not for an upload that has none
    costs = learn_costs(lake, days) if scans else Costs()
    large = [record for record in scans if _is_large_scan(record, lake.settings)]
    jobs += [Job(r.id, costs.of(r)) for r in scans if not _is_large_scan(r, lake.settings)]
    chunks = [batch for record in large for batch in _chunks(lake, record, scope, costs)]
    return (pack(jobs, lake.settings, scope.mode, "documents") + chunks)[: lake.settings.max_batches]


def _records(lake: Lake, documents: list[DocumentId]) -> Iterator[DocumentRecord]:
    """Their records, opened side by side where each is a call over the network."""
    if lake.storage.folder is not None:
        yield from (lake.record(document) for document in documents)
        return
    with ThreadPoolExecutor(_CALLS_AT_ONCE) as pool:
        yield from pool.map(lake.record, documents)


def _to_read(lake: Lake, day: date, scope: Scope) -> Iterator[DocumentKeys]:
    if scope.mode == "missing":
        yield from to_read(lake, day)
        return
    made_by = read_made_by(read_options(lake.settings))
    for keys in each_document(lake, day):
        if keys.raw and keys.record and (scope.mode == "all" or _is_stale(lake, keys, made_by)):
            yield keys


def _is_stale(lake: Lake, keys: DocumentKeys, made_by: MadeBy) -> bool:
    """Whether nothing stands yet, or other code or options made what stands."""
    if "ocr" in keys.quarantine:
        return lake.quarantined("ocr", keys.document).made_by != made_by
    if keys.text is None:
        return True
    try:
        return lake.pages(keys.document).made_by != made_by
    except (InvalidRecord, ObjectMissing):
        return True


def _is_large_scan(record: DocumentRecord, settings: Settings) -> bool:
    return record.pages - record.pages_with_text > settings.chunk_pages


def _chunks(lake: Lake, record: DocumentRecord, scope: Scope, costs: Costs) -> Iterator[Batch]:
    """One batch a page range. Ranges that stand already are left out under `missing`."""
    size = lake.settings.chunk_pages
    for first in range(1, record.pages + 1, size):
        last = min(first + size - 1, record.pages)
        if scope.mode == "missing" and lake.storage.exists(str(ChunkKey(record.document_id, first, last))):
            continue
        label = f"{record.id} pages {first}-{last} of {record.pages}"
        yield Batch(label, (record.id,), (last - first + 1) * costs.scanned_page, scope.mode, (first, last))


def read_batch(lake: Lake, batch: Batch, told: Told = nobody) -> Report:
    """Read each document (or one page range) of a batch.

    Raises Transient where the store fails, ConfigurationError where an engine or language is missing.
    """
    report, outbox = Report("ocr", told), open_outbox(lake)
    options = read_options(lake.settings)
    made_by = read_made_by(options)
    if options.isolate:
        start_child()  # its imports take as long as fetching the first document does
    for name in batch.documents:
        document = DocumentId.parse(name)
        if batch.mode == "missing" and lake.storage.exists(str(TextKey(document))):
            report.add(name, "unchanged")
            continue
        pages = batch.pages

        def work(document: DocumentId = document, pages: tuple[int, int] | None = pages) -> Outcome:
            if pages is not None:
                return _read_chunk(lake, document, pages, options, made_by)
            return _read_whole(lake, outbox, document, options, made_by)

        outcome = attempt(lake, "ocr", document, made_by, work)
        report.take(outcome)
    outbox.settle()
    return report


def _read_whole(lake: Lake, outbox: Outbox, document: DocumentId, options: ReadOptions, made_by: MadeBy) -> Outcome:
    watch, record = Stopwatch(), lake.record(document)
    read = read_document(lake.raw(record), record.media_type, options)
    return _save(lake, outbox, document, read, made_by, watch)


def _save(
    lake: Lake, outbox: Outbox, document: DocumentId, read: DocumentText, made_by: MadeBy, watch: Stopwatch
) -> Outcome:
    """Pages first, the text last: its existence says that reading is done."""
    failed = [page for page in read.pages if page.source == "failed"]
    if failed and len(failed) == len(read.pages):
        remedy = "Open the file in a viewer; print it to a new PDF or scan it again."
        raise PageUnreadable(f"no page could be read: {failed[0].error}", document=str(document), remedy=remedy)
    pages = PagesFile(str(document), made_by, read).to_bytes()
    with announcing(lake, outbox, "invoice_ocr_completed", document, TextKey(document)) as note:
        before = measuring(
            lake, "ocr", document, lambda: took(read.cpu_seconds + watch.cpu_seconds(), read.pages), note
        )
        wrote = lake.storage.put_changed(str(PagesKey(document)), pages, before)
        wrote |= lake.storage.put_changed(str(TextKey(document)), read.text().encode(), before)
    return Outcome(str(document), "read" if wrote else "unchanged", _told(read.pages, failed))


def _told(pages: tuple[Page, ...], failed: list[Page]) -> str:
    scanned = sum(page.source in ("ocr", "mixed") for page in pages)
    parts = [f"{len(pages)} pages, {scanned} by OCR"] if scanned else []
    return "; ".join(parts + [f"page {page.number} failed: {page.error}" for page in failed])


def _read_chunk(
    lake: Lake, document: DocumentId, pages: tuple[int, int], options: ReadOptions, made_by: MadeBy
) -> Outcome:
    watch, record = Stopwatch(), lake.record(document)
    read = read_range(lake.raw(record), record.media_type, *pages, options)
    read = replace(read, cpu_seconds=read.cpu_seconds + watch.cpu_seconds())
    key = ChunkKey(document, *pages)
    lake.storage.put(str(key), PagesFile(str(document), made_by, read).to_bytes(with_cost=True))
    return Outcome(str(document), "chunk", f"pages {pages[0]}-{pages[1]} of {record.pages}")


def join_chunks(lake: Lake, scope: Scope) -> Report:
    """Join the page ranges of every document whose ranges are complete, in page order; then drop them."""
    report, outbox = Report("ocr"), open_outbox(lake)
    made_by = read_made_by(read_options(lake.settings))
    for day in scope.received_days(lake.settings):
        by_document: dict[DocumentId, list[ChunkKey]] = {}
        for key, _ in lake.day_keys(ChunkKey.folder, day):
            if isinstance(key, ChunkKey) and scope.holds(key.document):
                by_document.setdefault(key.document, []).append(key)
        for document, keys in by_document.items():
            chosen = _cover(keys, lake.record(document).pages)
            if not chosen:
                report.add(str(document), "waiting", "page ranges are missing")
                continue
            outcome = attempt(
                lake,
                "ocr",
                document,
                made_by,
                lambda d=document, c=chosen: _join(lake, outbox, d, c, made_by),  # type: ignore[misc]
            )
            report.take(outcome)
            for key in keys:
                lake.storage.delete(str(key))
    outbox.settle()
    return report


def _cover(keys: list[ChunkKey], pages: int) -> list[ChunkKey]:
    """Ranges that cover 1..pages without gap or overlap; empty where there are none such."""
    chosen: list[ChunkKey] = []
    following = 1
    for key in sorted(keys, key=lambda k: (k.first, k.last)):
        if key.first == following:
            chosen.append(key)
            following = key.last + 1
    return chosen if following == pages + 1 else []


def _join(lake: Lake, outbox: Outbox, document: DocumentId, keys: list[ChunkKey], made_by: MadeBy) -> Outcome:
    watch = Stopwatch()
    parts = [PagesFile.from_bytes(lake.storage.get(str(key))).read for key in keys]
    pages = tuple(page for part in parts for page in part.pages)
    attachments = tuple(attachment for part in parts[:1] for attachment in part.attachments)
    seconds = sum(part.cpu_seconds for part in parts)
    return _save(lake, outbox, document, DocumentText(pages, attachments, seconds), made_by, watch)


def read_bytes(data: bytes, name: str, options: ReadOptions) -> DocumentText:
    """Read bytes outside any lake. Raises what reading raises."""
    return read_document(data, sniff_media_type(data[:4096], name), options)


def read_file(path: Path, options: ReadOptions) -> DocumentText:
    """Read one file outside any lake. Raises LakeError, OSError."""
    return read_bytes(path.read_bytes(), path.name, options)

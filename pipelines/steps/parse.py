"""Parsing as a step: pages in, one JSON a document out."""

from __future__ import annotations

import logging
from collections.abc import Container, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.documents import DocumentId, MadeBy, sha256_hex
from pipelines.errors import InvalidRecord, LakeError
from pipelines.events import Outbox, open_outbox
from pipelines.invoices import Invoice, ParsedDocument, ParsedError, SecondReading, Status
from pipelines.lake import Lake
from pipelines.layout import PagesKey, ParsedKey
from pipelines.pages import DocumentText, Page, PagesFile
from pipelines.parsing import PARSING_VERSION, Rules, parse_document, rules_fingerprint
from pipelines.reading import ReadOptions
from pipelines.second_reader.questions import reader_fingerprint
from pipelines.settings import Settings
from pipelines.states import DocumentKeys, each_document, to_parse
from pipelines.steps.announcing import announcing
from pipelines.steps.batches import Batch, Job, Outcome, Report, Scope, Told, nobody, pack
from pipelines.steps.drift import Held, held_layouts, hold_back
from pipelines.steps.measuring import Stopwatch, measuring, took
from pipelines.steps.one_document import UNEXPECTED, attempt
from pipelines.steps.read import read_bytes
from pipelines.steps.rules import rules_of
from pipelines.steps.selecting import in_scope
from pipelines.storage import ObjectMissing

if TYPE_CHECKING:
    from pipelines.steps.second_reading import Asking

log = logging.getLogger(__name__)

_SECONDS_A_DOCUMENT = 0.05
_SECONDS_A_QUESTION = 2.0
_TRY_AGAIN = ("unavailable", "over_budget")
"""How asking a second reader may end that another day may end better."""
_SECONDS_A_BYTE = 0.01 / 1024


def parse_made_by(settings: Settings | None = None, rules: Rules | None = None) -> MadeBy:
    """What makes a record: code and rules and, by the settings, the model that is asked beside them."""
    second = reader_fingerprint(settings) if settings else ""
    options = f"{rules_fingerprint(rules)} {second}" if second else rules_fingerprint(rules)
    return MadeBy(step="parse", version=PARSING_VERSION, options=options)


def plan_parsing(lake: Lake, scope: Scope, without: Container[str] = ()) -> list[Batch]:
    """Batches of documents that were read and wait to be parsed (or are stale, by the scope's mode), but for some."""
    days = scope.received_days(lake.settings)
    made_by = parse_made_by(lake.settings, rules_of(lake))
    chosen = in_scope(lake, scope, (keys for day in days for keys in _to_parse(lake, day, scope, made_by)))
    # whether a document will be asked about is not known before it is parsed
    more = _SECONDS_A_QUESTION if lake.settings.llm_base_url else 0.0
    jobs = (Job(name, _seconds(keys) + more) for keys in chosen if (name := str(keys.document)) not in without)
    return pack(jobs, lake.settings, scope.mode, "documents")


def _seconds(keys: DocumentKeys) -> float:
    # the text's size stands for the pages: no object is opened to plan
    return _SECONDS_A_DOCUMENT + _SECONDS_A_BYTE * (keys.text.size if keys.text else 0)


def _to_parse(lake: Lake, day: date, scope: Scope, made_by: MadeBy) -> Iterator[DocumentKeys]:
    if scope.mode == "missing":
        yield from to_parse(lake, day)
        return
    for keys in each_document(lake, day):
        if keys.text and (scope.mode == "all" or _is_stale(lake, keys, made_by)):
            yield keys


def _is_stale(lake: Lake, keys: DocumentKeys, made_by: MadeBy) -> bool:
    """Whether other code, other rules or another reading made what stands."""
    if "parse" in keys.quarantine:
        return lake.quarantined("parse", keys.document).made_by != made_by
    if keys.parsed is None:
        return True
    try:
        parsed = lake.parsed(keys.document)
        unasked = parsed.second_reading is not None and parsed.second_reading.outcome in _TRY_AGAIN
        if parsed.made_by != made_by or (unasked and lake.settings.llm_base_url):
            return True
        # the pages themselves, not which of two objects is younger: clocks are set back
        return parsed.pages_sha256 != _sha256_of_pages(lake, keys.document)
    except (InvalidRecord, ObjectMissing):
        return True


def _sha256_of_pages(lake: Lake, document: DocumentId) -> str:
    return sha256_hex(lake.storage.get(str(PagesKey(document))))


def parse_batch(lake: Lake, batch: Batch, told: Told = nobody) -> Report:
    """Parse each document of a batch. Raises Transient where the store fails."""
    report, outbox, rules, asking = Report("parse", told), open_outbox(lake), rules_of(lake), asking_of(lake)
    made_by, held = parse_made_by(lake.settings, rules), held_layouts(lake)
    for name in batch.documents:
        document = DocumentId.parse(name)
        if batch.mode == "missing" and lake.storage.exists(str(ParsedKey(document))):
            report.add(name, "unchanged")
            continue
        work = partial(_parse, lake, outbox, document, made_by, rules, asking, held)
        outcome = attempt(lake, "parse", document, made_by, work)
        report.take(outcome)
    outbox.settle()
    return report


def _parse(
    lake: Lake,
    outbox: Outbox,
    document: DocumentId,
    made_by: MadeBy,
    rules: Rules,
    asking: Asking | None,
    held: dict[str, Held],
) -> Outcome:
    watch = Stopwatch()
    pages = lake.storage.get(str(PagesKey(document)))
    parsed = parse_pages(str(document), PagesFile.from_bytes(pages).read, made_by, asking, rules, held)
    parsed = parsed.model_copy(update={"pages_sha256": sha256_hex(pages)})
    with announcing(lake, outbox, "invoice_parsed", document, ParsedKey(document)) as note:
        before = measuring(lake, "parse", document, lambda: took(watch.cpu_seconds()), note)
        wrote = lake.save(ParsedKey(document), parsed, before)
    reasons = next((i.review_reasons for i in parsed.invoices if i.review_reasons), ())
    return Outcome(str(document), parsed.outcome if wrote else "unchanged", "; ".join(reasons[:3]))


def parse_pages(
    name: str,
    read: DocumentText,
    made_by: MadeBy,
    asking: Asking | None = None,
    rules: Rules | None = None,
    held: dict[str, Held] | None = None,
) -> ParsedDocument:
    """The parsed document; one with an unread page is never accepted, whatever its proofs say.

    Args:
        name: The document's id, or a file's name outside any lake.
        read: Its pages.
        made_by: Stands in the result.
        asking: Who is asked about what the rules leave open; None: nobody.
        rules: Those of include/rules/ alone if None.
        held: Layouts that wait for a person.

    Raises LakeError as `parse_document` does; StorageUnavailable.
    """
    invoices = parse_document(read, rules=rules)
    second = asking.about(DocumentId.parse(name), read, invoices) if asking else None
    how = None
    if second is not None:
        proposals, how = second
        invoices = _said_so(parse_document(read, proposals=proposals, rules=rules) if proposals else invoices, how)
    failed = [page for page in read.pages if page.source == "failed"]
    if failed:
        invoices = tuple(_for_review(invoice, failed) for invoice in invoices)
    invoices = hold_back(invoices, held) if held else invoices
    return ParsedDocument(document=name, invoices=invoices, made_by=made_by, second_reading=how)


def asking_of(lake: Lake, *, ask: bool = True) -> Asking | None:
    """The second reader of the settings; None, and no library of it loaded, where none is set."""
    if not lake.settings.llm_base_url:
        return None
    from pipelines.steps.second_reading import open_asking

    return open_asking(lake, ask=ask)


def _said_so(invoices: tuple[Invoice, ...], how: SecondReading) -> tuple[Invoice, ...]:
    """The invoices with a reason that tells of a model that did not help; nothing else is changed by it."""
    if how.outcome == "answered":
        return invoices
    reason = f"the second reader did not help: {how.reason}"
    return tuple(i.model_copy(update={"review_reasons": (*i.review_reasons, reason)}) for i in invoices)


def _for_review(invoice: Invoice, failed: list[Page]) -> Invoice:
    reasons = tuple(f"page {page.number} could not be read: {page.error}" for page in failed)
    return invoice.model_copy(
        update={"status": Status.NEEDS_REVIEW, "review_reasons": (*invoice.review_reasons, *reasons)}
    )


def parse_file(path: Path, options: ReadOptions) -> ParsedDocument:
    """Read and parse one file outside any lake; a file that cannot be read gives its error, not an exception."""
    made_by = parse_made_by()
    try:
        return parse_pages(path.name, read_bytes(path.read_bytes(), path.name, options), made_by)
    except LakeError as error:
        fault = ParsedError(error=type(error).__name__, message=error.cause, remedy=error.remedy)
    except Exception as error:
        if not isinstance(error, OSError):
            log.exception("unexpected fault: file=%s", path.name)
            fault = ParsedError(error="UnexpectedError", message=f"{type(error).__name__}: {error}", remedy=UNEXPECTED)
            return ParsedDocument(document=path.name, invoices=(), made_by=made_by, error=fault)
        fault = ParsedError(
            error="OSError", message=error.strerror or str(error), remedy="Check the file and its rights."
        )
    return ParsedDocument(document=path.name, invoices=(), made_by=made_by, error=fault)

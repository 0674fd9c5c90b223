"""One document as people look at it: what was received, what was read off it, and who changed what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.documents import DocumentId, DocumentRecord
from pipelines.errors import InvalidKey, InvalidRecord
from pipelines.invoices import Invoice, ParsedDocument
from pipelines.lake import Lake
from pipelines.layout import PagesKey, RawKey
from pipelines.pages import PagesFile
from pipelines.parsing.explain.explained import ExplainedField, explain_fields, find_runners_up
from pipelines.queries.status import DocumentStatus, status_of
from pipelines.reading import draw_page
from pipelines.silver import Edit, EditedDocument, apply_edits, effective_edits, load_edits
from pipelines.states import DocumentKeys, document_keys
from pipelines.steps.read import read_options
from pipelines.storage import ObjectMissing


@dataclass(frozen=True, slots=True)
class DocumentView:
    """All that a person is shown of one document.

    Attributes:
        status: Where it is, why, and what to do.
        record: What was received; None for rejected files.
        parsed: What parsing found, before any edit; None where it did not come so far.
        edited: The same as people left it.
        edits: Every change ever made, undone ones too, by time.
        etag: Names this very state: a change that was decided on another one is refused.
    """

    status: DocumentStatus
    record: DocumentRecord | None
    parsed: ParsedDocument | None
    edited: EditedDocument
    edits: tuple[Edit, ...]
    etag: str

    @property
    def invoices(self) -> tuple[Invoice, ...]:
        return self.edited.parsed.invoices if self.edited.parsed else ()

    @property
    def standing_edits(self) -> list[Edit]:
        """Changes that count: without what was undone."""
        return effective_edits(self.edits)


def view_document(lake: Lake, document: str) -> DocumentView | None:
    """The document of this id; None if unknown or no id at all. A dozen calls, whatever the lake holds."""
    keys = _keys(lake, document)
    if keys is None:
        return None
    parsed = lake.parsed(keys.document) if keys.parsed else None
    edits = tuple(load_edits(lake, keys.edits))
    try:
        edited = apply_edits(parsed, edits)
    except InvalidRecord:
        edited = EditedDocument(parsed)  # parsed anew since: an edit no longer fits; its status says so
    record = lake.record(keys.document) if keys.record else None
    return DocumentView(_status(lake, keys), record, parsed, edited, edits, keys.fingerprint)


def _status(lake: Lake, keys: DocumentKeys) -> DocumentStatus:
    try:
        return status_of(lake, keys)
    except InvalidRecord as error:
        name = lake.record(keys.document).file_name if keys.record else ""
        return DocumentStatus(str(keys.document), name, "needs_review", error.cause, error.remedy, None, 0, None)


def _keys(lake: Lake, document: str) -> DocumentKeys | None:
    try:
        return document_keys(lake, DocumentId.parse(document))
    except InvalidKey:
        return None


def document_text(lake: Lake, document: str) -> str:
    """The text, pages parted by form feeds. Raises ObjectMissing where it is not read yet, InvalidKey."""
    return lake.text(DocumentId.parse(document))


def raw_chunks(lake: Lake, record: DocumentRecord) -> Iterator[bytes]:
    """The document's bytes, piece by piece. Of a duplicate, the bytes of the document that holds them."""
    owner = DocumentId.parse(record.duplicate_of or record.id)
    yield from lake.storage.chunks(str(RawKey(owner, record.extension)))


def page_image(lake: Lake, record: DocumentRecord, number: int, width: int) -> bytes:
    """A page (1-based) as a PNG, `width` pixels wide. Raises PageUnreadable and what opening raises."""
    owner = lake.record(DocumentId.parse(record.duplicate_of)) if record.duplicate_of else record
    # set upright and level as it was read: boxes are measured so
    pages = _pages_of(lake, DocumentId.parse(owner.id))
    read = next((page for page in pages.read.pages if page.number == number), None) if pages else None
    return draw_page(lake.raw(owner), owner.media_type, number, width, read_options(lake.settings), read)


@dataclass(frozen=True, slots=True)
class ReviewInvoice:
    """One invoice of a document with each field's evidence, proofs and runners-up."""

    invoice: Invoice
    fields: tuple[ExplainedField, ...]


@dataclass(frozen=True, slots=True)
class PageSize:
    """A page's number (1-based) and size in points: what boxes are measured in."""

    number: int
    width: float
    height: float


def review_invoices(lake: Lake, view: DocumentView) -> tuple[tuple[ReviewInvoice, ...], tuple[PageSize, ...]]:
    """What a person needs to decide; and the pages' sizes. Runners-up are searched for anew, in some 50 ms a page."""
    pages = _pages(lake, view)
    runners_up = find_runners_up(pages.read) if pages else {}
    invoices = tuple(ReviewInvoice(invoice, explain_fields(invoice, runners_up)) for invoice in view.invoices)
    sizes = tuple(PageSize(p.number, p.width, p.height) for p in pages.read.pages) if pages else ()
    return invoices, sizes


def _pages(lake: Lake, view: DocumentView) -> PagesFile | None:
    return _pages_of(lake, DocumentId.parse((view.record.duplicate_of if view.record else None) or view.status.id))


def _pages_of(lake: Lake, owner: DocumentId) -> PagesFile | None:
    try:
        return PagesFile.from_bytes(lake.storage.get(str(PagesKey(owner))))
    except (ObjectMissing, InvalidRecord):
        return None

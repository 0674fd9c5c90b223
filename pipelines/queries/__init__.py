"""What people ask of a lake: where a document is, what the tables say, whether everything adds up.

What belongs here: reading and telling. What does not: changing anything (steps).

What only the Invoice Desk asks is imported when it is first used: no command should wait for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.gold import athena_ddl as gold_ddl
from pipelines.lazily import lazily
from pipelines.queries.audit import AuditReport, Difference, audit
from pipelines.queries.status import DocumentStatus, counts_by_state, documents_of_day, find_documents
from pipelines.queries.tables import query, write_result

if TYPE_CHECKING:
    from pipelines.queries.catalogue import Catalogue, Standing
    from pipelines.queries.document import (
        DocumentView,
        PageSize,
        ReviewInvoice,
        document_text,
        page_image,
        raw_chunks,
        review_invoices,
        view_document,
    )
    from pipelines.queries.gold_rows import GOLD_NAMES, gold_rows
    from pipelines.queries.search import SORTABLE, Page, Search
    from pipelines.queries.trail import TrailLine, trail_of_people

__all__ = [
    "GOLD_NAMES",
    "SORTABLE",
    "AuditReport",
    "Catalogue",
    "Difference",
    "DocumentStatus",
    "DocumentView",
    "Page",
    "PageSize",
    "ReviewInvoice",
    "Search",
    "Standing",
    "TrailLine",
    "audit",
    "counts_by_state",
    "document_text",
    "documents_of_day",
    "find_documents",
    "gold_ddl",
    "gold_rows",
    "page_image",
    "query",
    "raw_chunks",
    "review_invoices",
    "trail_of_people",
    "view_document",
    "write_result",
]

_MODULES = {
    "catalogue": ("Catalogue", "Standing"),
    "document": (
        "DocumentView",
        "PageSize",
        "ReviewInvoice",
        "document_text",
        "page_image",
        "raw_chunks",
        "review_invoices",
        "view_document",
    ),
    "gold_rows": ("GOLD_NAMES", "gold_rows"),
    "trail": ("TrailLine", "trail_of_people"),
    "search": ("SORTABLE", "Page", "Search"),
}

__getattr__ = lazily(__name__, _MODULES)

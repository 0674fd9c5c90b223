"""What people ask of a lake: where a document is, what the tables say, whether everything adds up.

What belongs here: reading and telling. What does not: changing anything (steps).
"""

from pipelines.gold import athena_ddl as gold_ddl
from pipelines.queries.audit import AuditReport, Difference, audit
from pipelines.queries.status import DocumentStatus, counts_by_state, documents_of_day, find_documents
from pipelines.queries.tables import query, write_result

__all__ = [
    "AuditReport",
    "Difference",
    "DocumentStatus",
    "audit",
    "counts_by_state",
    "documents_of_day",
    "find_documents",
    "gold_ddl",
    "query",
    "write_result",
]

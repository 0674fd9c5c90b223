"""Links from a task to where people go next: the Invoice Desk, and what the task had to quarantine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from airflow.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey


def desk_address(query: str = "") -> str:
    """The desk's table of documents, below the path that Airflow itself is served at."""
    base = urlsplit(os.environ.get("AIRFLOW__API__BASE_URL", "")).path.rstrip("/")
    return f"{base}/invoices/browse{query}"


def _documents(operator: Any) -> list[list[str]]:
    """What the task said of its documents: id, outcome, reason. Airflow asks once the task has ended."""
    report = getattr(operator, "report", None)
    return list(report["documents"]) if isinstance(report, dict) else []


class InvoiceDeskLink(BaseOperatorLink):
    """The task's document in the desk, or the desk's table where it held several."""

    name = "Invoice Desk"

    @property
    def xcom_key(self) -> str:
        return "link_invoice_desk"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:  # noqa: ARG002
        documents = _documents(operator)
        if len(documents) == 1:
            return desk_address(f"?q={quote(documents[0][0].rsplit('/', 1)[-1])}")
        return desk_address()


class QuarantineLink(BaseOperatorLink):
    """Where the task quarantined something: that document, or all that are quarantined. Else there is no link."""

    name = "Quarantine"

    @property
    def xcom_key(self) -> str:
        return "link_quarantine"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:  # noqa: ARG002
        held = [document for document, outcome, _ in _documents(operator) if outcome == "quarantined"]
        if not held:
            return ""
        return desk_address(
            "?state=quarantined" if len(held) > 1 else f"?state=quarantined&q={quote(held[0].rsplit('/', 1)[-1])}"
        )

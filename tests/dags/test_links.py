"""Where a task's links lead."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest


def _links(documents: list[list[str]] | None) -> tuple[str, str]:
    from lake_dags.links import InvoiceDeskLink, QuarantineLink

    operator: Any = SimpleNamespace(report=None if documents is None else {"documents": documents})
    key: Any = None
    return InvoiceDeskLink().get_link(operator, ti_key=key), QuarantineLink().get_link(operator, ti_key=key)


def test_a_lone_document_is_looked_up_in_the_desk() -> None:
    assert _links([["2026-11-20/a-3f2a9c1b77aa01de", "read", ""]]) == (
        "/invoices/browse?q=a-3f2a9c1b77aa01de",
        "",
    )


def test_what_was_quarantined_has_a_link_of_its_own() -> None:
    held = ["2026-11-20/b-3f2a9c1b77aa01de", "quarantined", "DamagedDocument: cut off"]
    one = [["2026-11-20/a-0000000000000000", "read", ""], held]
    assert _links(one) == ("/invoices/browse", "/invoices/browse?state=quarantined&q=b-3f2a9c1b77aa01de")
    assert _links([held, held])[1] == "/invoices/browse?state=quarantined"


def test_a_task_without_a_report_leads_to_the_desk() -> None:
    assert _links(None) == ("/invoices/browse", "")


def test_links_stay_below_the_path_that_airflow_is_served_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://data.example.com/airflow/")
    assert _links([])[0] == "/airflow/invoices/browse"

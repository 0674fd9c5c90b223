"""One document again, from a stage on, without Airflow; and one document's promotion after an edit."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Literal

from pipelines.documents import DocumentId
from pipelines.lake import Lake
from pipelines.steps.aggregate import build_gold
from pipelines.steps.batches import Batch, Mode, Report, Scope
from pipelines.steps.parse import parse_batch, plan_parsing
from pipelines.steps.promote import promote_silver
from pipelines.steps.read import join_chunks, plan_reading, read_batch

FirstStage = Literal["ocr", "parse", "silver", "gold"]
STAGES: tuple[FirstStage, ...] = ("ocr", "parse", "silver", "gold")


def reprocess_document(lake: Lake, document: str, first: FirstStage, mode: Mode) -> list[Report]:
    """Every step from `first` to gold for one document. Raises Transient; a fault of its own quarantines it."""
    scope = Scope((DocumentId.parse(document).day,), mode, document)
    stages = STAGES[STAGES.index(first) :]
    reports: list[Report] = []
    if "ocr" in stages:
        reports.append(_each("ocr", plan_reading(lake, scope), lambda batch: read_batch(lake, batch)))
        reports.append(join_chunks(lake, scope))
    if "parse" in stages:
        reports.append(_each("parse", plan_parsing(lake, scope), lambda batch: parse_batch(lake, batch)))
    if "silver" in stages:
        reports.append(promote_silver(lake, scope, f"desk-{uuid.uuid4().hex}"))
    reports.append(build_gold(lake, Scope()))
    return reports


def _each(step: str, batches: list[Batch], work: Callable[[Batch], Report]) -> Report:
    total = Report(step)
    for batch in batches:
        for outcome in work(batch).outcomes:
            total.keep(outcome)
    return total

"""The steps of the walk: each loads, computes and saves, and can be run again at any time.

This is all that DAGs, plugins and the command line call to change a lake. A step takes the lake and says
what it did; one bad document is quarantined and its batch goes on; only Transient errors are raised.

Names are imported when they are first used: an Airflow task is a process of its own, and one that ingests
should not wait for the libraries of those that read, parse or aggregate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.lazily import lazily

if TYPE_CHECKING:
    from pipelines.steps.again import FirstStage, reprocess_document
    from pipelines.steps.aggregate import build_gold
    from pipelines.steps.announcing import send_events
    from pipelines.steps.backup import copy_originals
    from pipelines.steps.batches import Batch, Mode, Outcome, Report, Scope, is_small
    from pipelines.steps.drift import Held, held_layouts, release_layout, watch_layouts
    from pipelines.steps.editing import (
        Change,
        ChangedMeanwhile,
        NothingToChange,
        UnknownDocument,
        confirm_document,
        delete_document,
        edit_document,
        restore_document,
        undo_edit,
    )
    from pipelines.steps.forgetting import Forgotten, forget, let_in, received_before
    from pipelines.steps.ingesting import admit_batch, plan_ingest
    from pipelines.steps.learning import Lessons, learn, write_rules
    from pipelines.steps.mending import mend
    from pipelines.steps.opening import Lake, kafka_consumer_config, open_lake
    from pipelines.steps.parse import parse_batch, parse_file, plan_parsing
    from pipelines.steps.promote import promote_silver
    from pipelines.steps.read import join_chunks, plan_reading, read_batch, read_file
    from pipelines.steps.receiving import Receipt, receive_file
    from pipelines.steps.shadow import Difference, ShadowReport, shadow_parse
    from pipelines.steps.trailing import Look, Viewing, forget_looks, record_viewings
    from pipelines.steps.upkeep import keep_tables_up
    from pipelines.steps.waiting import Pending, StageName, pending
    from pipelines.steps.walk import run_all

__all__ = [
    "Batch",
    "Change",
    "ChangedMeanwhile",
    "Difference",
    "FirstStage",
    "Forgotten",
    "Held",
    "Lake",
    "Lessons",
    "Look",
    "Mode",
    "NothingToChange",
    "Outcome",
    "Pending",
    "Receipt",
    "Report",
    "Scope",
    "ShadowReport",
    "StageName",
    "UnknownDocument",
    "Viewing",
    "admit_batch",
    "build_gold",
    "confirm_document",
    "copy_originals",
    "delete_document",
    "edit_document",
    "forget",
    "forget_looks",
    "held_layouts",
    "is_small",
    "join_chunks",
    "kafka_consumer_config",
    "keep_tables_up",
    "learn",
    "let_in",
    "mend",
    "open_lake",
    "parse_batch",
    "parse_file",
    "pending",
    "plan_ingest",
    "plan_parsing",
    "plan_reading",
    "promote_silver",
    "read_batch",
    "read_file",
    "receive_file",
    "received_before",
    "record_viewings",
    "release_layout",
    "reprocess_document",
    "restore_document",
    "run_all",
    "send_events",
    "shadow_parse",
    "undo_edit",
    "watch_layouts",
    "write_rules",
]

_MODULES = {
    "again": ("FirstStage", "reprocess_document"),
    "aggregate": ("build_gold",),
    "announcing": ("send_events",),
    "backup": ("copy_originals",),
    "batches": ("Batch", "Mode", "Outcome", "Report", "Scope", "is_small"),
    "drift": ("Held", "held_layouts", "release_layout", "watch_layouts"),
    "editing": (
        "Change",
        "ChangedMeanwhile",
        "NothingToChange",
        "UnknownDocument",
        "confirm_document",
        "delete_document",
        "edit_document",
        "restore_document",
        "undo_edit",
    ),
    "ingesting": ("admit_batch", "plan_ingest"),
    "learning": ("Lessons", "learn", "write_rules"),
    "mending": ("mend",),
    "opening": ("Lake", "kafka_consumer_config", "open_lake"),
    "parse": ("parse_batch", "parse_file", "plan_parsing"),
    "promote": ("promote_silver",),
    "read": ("join_chunks", "plan_reading", "read_batch", "read_file"),
    "shadow": ("Difference", "ShadowReport", "shadow_parse"),
    "forgetting": ("Forgotten", "forget", "let_in", "received_before"),
    "receiving": ("Receipt", "receive_file"),
    "trailing": ("Look", "Viewing", "forget_looks", "record_viewings"),
    "upkeep": ("keep_tables_up",),
    "waiting": ("Pending", "StageName", "pending"),
    "walk": ("run_all",),
}

__getattr__ = lazily(__name__, _MODULES)

"""The assets between the stages.

Each layer has two. The hint (`raw_faktury`) wakes the next stage; it is plain, so that many events become
one run. The partitioned one (`raw_faktury_by_day`, key = received day; `silver_by_month`, key = billing
month) is for lineage and for others to build on: schedules on partitioned assets start a run for each
event, which the live flow must not. A hint also carries a watcher that fires when work stands still, so
that a killed task or a lost event heals by itself. Where Kafka or a queue of S3 event notifications is set,
their messages wake the first stages too.

The scheme is `x-lake`: for any other Airflow loads every provider to look for one that knows it, 0.4 CPU
seconds each time that a DAG file is read or a task starts.
"""

from __future__ import annotations

import os

from airflow.sdk import Asset, AssetWatcher

from lake_dags.triggers import TriggerByPath, WorkWatcher

_STORED = "://" in os.environ.get("LAKE_UPLOADS_URL", "") and not os.environ["LAKE_UPLOADS_URL"].startswith("file:")
POLL_SECONDS = float(os.environ.get("LAKE_WATCH_SECONDS", "2" if _STORED else "0.5"))
"""How often the uploads are listed. Object stores charge for each look; a folder answers in a millisecond."""
STAGE_POLL_SECONDS = max(4.0, 2 * POLL_SECONDS)
"""How often a stage's pending work is counted: only to see that it stands still."""
PATIENCE_SECONDS = max(15.0, 2 * STAGE_POLL_SECONDS)
"""How long pending work may stand still before it is announced again: longer than a stage takes to start."""


def _messages(stage: str) -> list[AssetWatcher]:
    """Watchers of messages from outside, where they are set."""
    brokers, queue = os.environ.get("LAKE_KAFKA_BOOTSTRAP_SERVERS"), os.environ.get("LAKE_SQS_QUEUE_URL")
    found: list[AssetWatcher] = []
    if stage == "ocr" and brokers:
        trigger = TriggerByPath("lake_dags.messages.UploadedEvents", topics=["invoice_uploaded"])
        found.append(AssetWatcher(name="kafka_invoice_uploaded", trigger=trigger))
    if stage == "ingest" and queue:
        trigger = TriggerByPath("lake_dags.messages.UploadNotices", queue_url=queue)
        found.append(AssetWatcher(name="sqs_uploads", trigger=trigger))
    return found


def _hint(name: str, uri: str, stage: str, *, eager: bool = False) -> Asset:
    """An asset that wakes `stage`."""
    poll = POLL_SECONDS if eager else STAGE_POLL_SECONDS
    watcher = WorkWatcher(stage, eager=eager, poll_seconds=poll, patience_seconds=PATIENCE_SECONDS)
    return Asset(
        name=name,
        uri=f"x-lake://{uri}",
        group="hint",
        watchers=[
            AssetWatcher(name=f"{stage}_{'uploads' if eager else 'stuck_work'}", trigger=watcher),
            *_messages(stage),
        ],
    )


UPLOADS = _hint("uploads", "uploads", "ingest", eager=True)
RAW = _hint("raw_faktury", "01_bronze/raw_faktury", "ocr")
TEXT = _hint("ocr_faktury", "01_bronze/ocr_faktury", "parse")
PARSED = _hint("parsed_invoices", "01_bronze/parsed_invoices", "silver")
SILVER = _hint("silver", "02_silver", "gold")
UNSENT = _hint("events_outbox", "01_bronze/outbox", "events")
"""Wakes `publish_events`; nothing waits there unless Kafka is set."""
WAKES = {"ingest": UPLOADS, "ocr": RAW, "parse": TEXT, "silver": PARSED, "gold": SILVER}
"""Stage -> the hint it is scheduled on."""

RAW_BY_DAY = Asset("raw_faktury_by_day", uri="x-lake://01_bronze/raw_faktury/{day}", group="received-day")
TEXT_BY_DAY = Asset("ocr_faktury_by_day", uri="x-lake://01_bronze/ocr_faktury/{day}", group="received-day")
PARSED_BY_DAY = Asset("parsed_invoices_by_day", uri="x-lake://01_bronze/parsed_invoices/{day}", group="received-day")
SILVER_BY_MONTH = Asset("silver_by_month", uri="x-lake://02_silver/{month}", group="billing-month")
PARTITIONED = {"ocr": RAW_BY_DAY, "parse": TEXT_BY_DAY, "silver": PARSED_BY_DAY, "gold": SILVER_BY_MONTH}
"""Stage -> what it consumes, by partition."""

GOLD = [
    Asset(name, uri=f"x-lake://03_gold/{name}", group="gold")
    for name in (
        "monthly_energy_costs",
        "consumption_per_ppe",
        "corrections_vs_originals",
        "supplier_spend_monthly",
        "tax_summary_monthly",
        "data_quality_daily",
    )
]
"""One a table: schedule your own DAGs on these."""

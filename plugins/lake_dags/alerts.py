"""Who is told when a task fails or a run is late: a notifier named by settings, none by default.

`LAKE_NOTIFIER` is the dotted path of any Airflow notifier, `LAKE_NOTIFIER_ARGS` its arguments as JSON, for
example `airflow.providers.smtp.notifications.smtp.SmtpNotifier` and `{"to": "data@example.com"}`.
`LAKE_DEADLINE_MINUTES` is how long after it was queued a stage's run may take.
"""

from __future__ import annotations

import json
import logging
import os
from datetime import timedelta
from typing import Any

from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference
from airflow.sdk.module_loading import import_string

log = logging.getLogger(__name__)


def _arguments() -> dict[str, Any]:
    arguments: dict[str, Any] = json.loads(os.environ.get("LAKE_NOTIFIER_ARGS", "{}"))
    return arguments


def failure_callbacks() -> list[Any]:
    """`on_failure_callback` of every task."""
    path = os.environ.get("LAKE_NOTIFIER")
    return [import_string(path)(**_arguments())] if path else []


def announce(reasons: list[str], context: Any) -> None:
    """Tell the notifier, where one is set, of something that no task fails at: as if it were an error's message."""
    for tell in failure_callbacks() if reasons else ():
        try:
            tell({**context, "exception": RuntimeError("; ".join(reasons))})
        except Exception:  # what the task wrote stands, and trying again would not tell it anew
            log.exception("the notifier failed: %s", "; ".join(reasons))


def deadlines() -> list[DeadlineAlert] | None:
    """The deadline of every stage's run; its notifier must be one that can run in the triggerer."""
    path = os.environ.get("LAKE_NOTIFIER")
    if not path:
        return None
    from airflow.sdk.definitions.callback import AsyncCallback

    minutes = float(os.environ.get("LAKE_DEADLINE_MINUTES", "60"))
    return [
        DeadlineAlert(
            reference=DeadlineReference.DAGRUN_QUEUED_AT,
            interval=timedelta(minutes=minutes),
            callback=AsyncCallback(import_string(path), kwargs=_arguments()),
        )
    ]

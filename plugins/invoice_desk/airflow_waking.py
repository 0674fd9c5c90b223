"""Waking Airflow from within its API server: asset events for the live flow, runs for single documents."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelines.steps import FirstStage, Mode

log = logging.getLogger(__name__)

_GATHER_SECONDS = 0.5
"""Wake-ups of so long become one event."""


class AirflowWaker:
    """Events are gathered: 50 uploads at once wake the reading DAG once or twice, not 50 times.

    Args:
        hints: Stage -> name of the asset that wakes it.
        dags: Stage -> its DAG.
        live_days: Newest received days that the live flow looks at by itself.
    """

    name = "Airflow"

    def __init__(self, hints: dict[str, str], dags: dict[str, str], live_days: int) -> None:
        self._hints, self._dags, self._live_days = hints, dags, live_days
        self._lock = threading.Lock()
        self._due: set[str] = set()

    def received(self) -> None:
        self._hint("ocr")

    def changed(self, document: str) -> None:
        day = date.fromisoformat(document[:10])
        if day > datetime.now(UTC).date() - timedelta(days=self._live_days):
            self._hint("silver")
        else:
            # the live flow does not look that far back: a run of its own, which hands on to gold
            self._run("silver", {"days": [day.isoformat()], "document": document}, "invoice desk")

    def reprocess(self, document: str, first: FirstStage, mode: Mode, who: str) -> str:
        return self._run(first, {"days": [document[:10]], "document": document, "mode": mode}, who)

    def _hint(self, stage: str) -> None:
        with self._lock:
            if stage in self._due:
                return
            self._due.add(stage)
        timer = threading.Timer(_GATHER_SECONDS, self._tell, (stage,))
        timer.daemon = True
        timer.start()

    def _tell(self, stage: str) -> None:
        with self._lock:
            self._due.discard(stage)
        try:
            _register_event(self._hints[stage])
        except Exception as error:  # noqa: BLE001 - the watchers of work that stands still heal a lost wake-up
            log.warning("could not wake %s: %s", stage, error)

    def _run(self, stage: str, conf: dict[str, Any], who: str) -> str:
        from airflow.api.common.trigger_dag import trigger_dag
        from airflow.utils.types import DagRunTriggeredByType

        moment = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%S-%f")
        run_id = f"desk__{moment}"
        trigger_dag(
            self._dags[stage],
            triggered_by=DagRunTriggeredByType.REST_API,
            triggering_user_name=who,
            run_id=run_id,
            conf=conf,
        )
        return f"{self._dags[stage]}/{run_id}"


def _register_event(asset: str) -> None:
    from airflow.assets.manager import asset_manager
    from airflow.models.asset import AssetModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        found = session.scalar(select(AssetModel).where(AssetModel.name == asset).limit(1))
        if found is not None:
            asset_manager.register_asset_change(asset=found, extra={"from": "invoice desk"}, session=session)

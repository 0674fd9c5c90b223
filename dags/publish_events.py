"""### Events that wait for Kafka

Sends what the stages could not: a broker was down, or a task was killed between its write and its event. Each
event has a note under `01_bronze/outbox/`, made before its object was written and removed when a broker has
confirmed it; so every event is sent at least once, and a broker that is down holds nothing up.

* **Woken by** a watcher, when notes stand longer than a minute. Nothing ever waits where Kafka is not set
  (`LAKE_KAFKA_BOOTSTRAP_SERVERS`), and this DAG never runs then.
* **When it runs again and again**: the brokers do not take events. The log names the cause; the notes stay.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from airflow.sdk import dag, task

from lake_dags.alerts import deadlines
from lake_dags.assets import UNSENT
from lake_dags.stages import WORK, task_defaults


@dag(
    schedule=[UNSENT],
    start_date=datetime(2020, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args=task_defaults(),
    deadline=deadlines(),
    doc_md=__doc__,
    tags=["invoice-lake", "live", "events"],
)
def publish_events() -> None:
    @task(**WORK)
    def send() -> dict[str, Any]:
        from lake_dags.lakes import open_lake
        from pipelines import steps

        return steps.send_events(open_lake()).to_json()

    send()


publish_events()

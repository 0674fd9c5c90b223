"""The little of Airflow's REST API that the demonstration needs."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from pipelines.bootstrap.home import PASSWORD, USER

TIMEOUT_SECONDS = 10.0


class AirflowApi:
    """Airflow at `url`, asked as the demonstration's user, never through a proxy."""

    def __init__(self, url: str) -> None:
        self._url, self._token = url, ""
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def healthy(self) -> dict[str, str] | None:
        """Component -> `healthy` or `unhealthy`; None while nothing answers."""
        try:
            found = self._ask("/api/v2/monitor/health")
        except OSError:
            return None
        return {name: str(part.get("status")) for name, part in found.items()}

    def dag_ids(self) -> list[str]:
        """DAGs that Airflow has read."""
        if not self._token:
            body = {"username": USER, "password": PASSWORD}
            self._token = str(self._ask("/auth/token", body)["access_token"])
        return [str(dag["dag_id"]) for dag in self._ask("/api/v2/dags")["dags"]]

    def _ask(self, path: str, body: dict[str, str] | None = None) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        request = urllib.request.Request(  # noqa: S310 - http on 127.0.0.1
            self._url + path, data=json.dumps(body).encode() if body else None, headers=headers
        )
        with self._opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

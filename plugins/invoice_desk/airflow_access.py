"""Recognising people by Airflow's login, and asking its auth manager what they may do.

Whoever may see the DAG that takes uploads may look; whoever may start it may upload and edit; whoever may
create asset events (Op, in Airflow's own roles) may reprocess.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from invoice_desk.access import AccessDenied, Headers, cookie
from invoice_desk.people import Person, Role

if TYPE_CHECKING:
    from airflow.api_fastapi.auth.managers.models.base_user import BaseUser

_REMEMBERED_SECONDS = 15.0
_MOST_REMEMBERED = 1000
_DAG = "ingest_uploads"


class AirflowAccess:
    """Airflow's own users."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, Person]] = {}

    async def person(self, headers: Headers) -> Person | None:
        from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN

        scheme, _, token = headers.get("authorization", "").partition(" ")
        by_cookie = scheme.lower() != "bearer"
        token = cookie(headers, COOKIE_NAME_JWT_TOKEN) if by_cookie else token.strip()
        if not token:
            return None
        found = await self._by_token(token)
        return Person(found.name, found.role, by_cookie)

    async def _by_token(self, token: str) -> Person:
        known = self._known.get(token)
        if known and time.monotonic() - known[0] < _REMEMBERED_SECONDS:
            return known[1]
        from airflow.api_fastapi.app import get_auth_manager
        from jwt import InvalidTokenError

        try:
            user = await get_auth_manager().get_user_from_token(token)
        except InvalidTokenError as error:
            self._known.pop(token, None)
            raise AccessDenied(str(error)) from error
        person = await asyncio.to_thread(_person, user)
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        self._known[token] = (time.monotonic(), person)
        return person

    def login_url(self, path: str) -> str:
        from airflow.api_fastapi.app import get_auth_manager

        return get_auth_manager().get_url_login(next_url=path)


def _person(user: BaseUser) -> Person:
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails

    manager, dag = get_auth_manager(), DagDetails(id=_DAG)
    role = Role.NOBODY
    if manager.is_authorized_dag(method="GET", details=dag, user=user):
        role = Role.VIEWER
        if manager.is_authorized_dag(method="POST", access_entity=DagAccessEntity.RUN, details=dag, user=user):
            role = Role.USER
            if manager.is_authorized_asset(method="POST", user=user):
                role = Role.OP
    return Person(user.get_name(), role)

"""Recognising people on a server of our own: by token, or everybody where only this machine can ask."""

from __future__ import annotations

import hashlib
import hmac
from http.cookies import CookieError, SimpleCookie
from typing import Protocol

from invoice_desk.people import Person, Role

COOKIE = "invoice_desk"
_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")

Headers = dict[str, str]
"""Lower-case name -> value."""


class AccessDenied(Exception):
    """What was shown is no (longer) valid proof of who somebody is."""


class Access(Protocol):
    """How a server knows people."""

    async def person(self, headers: Headers) -> Person | None:
        """Who asks; None for nobody known. Raises AccessDenied for a proof that is false."""
        ...

    def login_url(self, path: str) -> str:
        """Where a browser is sent to log in; "" where there is no such page. `path`: where it wanted to go."""
        ...


class LoopbackAccess:
    """Everybody on this machine may do everything; the server listens on loopback only.

    Requests under another host name are refused: a page elsewhere could point its own name at this machine.
    """

    async def person(self, headers: Headers) -> Person | None:
        host = headers.get("host", "").rpartition(":")[0] or headers.get("host", "")
        return Person("local", Role.OP) if host in _LOOPBACK_NAMES else None

    def login_url(self, path: str) -> str:  # noqa: ARG002
        return ""


class TokenAccess:
    """People by token: in the Authorization header, or in the cookie that the login page sets."""

    def __init__(self, tokens: str, login: str) -> None:
        """Raises ValueError for an entry that is not `token:role:name`, or a token that can be guessed."""
        self._people: dict[bytes, Person] = {}
        self._login = login
        for entry in filter(None, (part.strip() for part in tokens.split(","))):
            token, role, name = entry.split(":", 2) if entry.count(":") >= 2 else ("", "", "")
            if len(token) < 16 or role.upper() not in Role.__members__ or not name:
                raise ValueError("each of LAKE_DESK_TOKENS is token:role:name, the token 16 characters at least")
            self._people[_digest(token)] = Person(name, Role[role.upper()])

    async def person(self, headers: Headers) -> Person | None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self.by_token(token.strip())
        token = cookie(headers, COOKIE)
        if not token:
            return None
        known = self.by_token(token)
        return Person(known.name, known.role, by_cookie=True)

    def by_token(self, token: str) -> Person:
        """Raises AccessDenied."""
        wanted = _digest(token)
        for known, person in self._people.items():
            if hmac.compare_digest(known, wanted):
                return person
        raise AccessDenied("the token is not known")

    def login_url(self, path: str) -> str:  # noqa: ARG002
        return self._login


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def cookie(headers: Headers, name: str) -> str:
    """One cookie's value, "" where there is none."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""

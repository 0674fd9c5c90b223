"""Who asks for a page, and in which language: known for the length of one request."""

from __future__ import annotations

from collections.abc import MutableMapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from invoice_desk.access import cookie
from invoice_desk.gate import person_of
from invoice_desk.people import Person, Role
from invoice_desk.ui.words import LANGUAGES

LANGUAGE_COOKIE = "desk_language"


@dataclass(frozen=True, slots=True)
class Asking:
    """A person at a page."""

    person: Person
    language: str

    @property
    def may_change(self) -> bool:
        return self.person.role >= Role.USER

    @property
    def may_reprocess(self) -> bool:
        return self.person.role >= Role.OP


_asking: ContextVar[Asking] = ContextVar("asking")


def note(scope: MutableMapping[str, Any]) -> None:
    """Remember who asks, for whatever runs within this request."""
    headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
    _asking.set(Asking(person_of(scope), _language(headers)))


def asking() -> Asking:
    """Who asks now; within a request only."""
    return _asking.get()


def _language(headers: dict[str, str]) -> str:
    """The one that was chosen, else the first one that the browser wants and we have."""
    chosen = cookie(headers, LANGUAGE_COOKIE)
    wanted = [part.split(";")[0].strip()[:2].lower() for part in headers.get("accept-language", "").split(",")]
    return next((language for language in [chosen, *wanted] if language in LANGUAGES), "en")

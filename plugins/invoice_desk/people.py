"""Who somebody is and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Role(IntEnum):
    """Each may do what those below may."""

    NOBODY = 0
    VIEWER = 1
    """Looks at everything."""
    USER = 2
    """Uploads, edits, confirms, deletes and restores."""
    OP = 3
    """Reprocesses."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who was recognised. `by_cookie`: by something that a browser sends by itself, wherever it is led."""

    name: str
    role: Role
    by_cookie: bool = False

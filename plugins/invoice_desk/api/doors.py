"""What every route asks for: the desk, and the person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Header, HTTPException, Path
from starlette.requests import HTTPConnection

from invoice_desk.desk import Desk
from invoice_desk.gate import person_of
from invoice_desk.people import Person, Role


def the_desk(connection: HTTPConnection) -> Desk:
    desk = connection.app.state.desk
    assert isinstance(desk, Desk)
    return desk


def need(role: Role) -> Callable[[HTTPConnection], Person]:
    """A person with at least this role. The gate already asks for Viewer, and for User where anything changes."""

    def person(connection: HTTPConnection) -> Person:
        found = person_of(connection.scope)
        if found.role < role:
            raise HTTPException(403, f"{found.name} lacks the role {role.name.title()}")
        return found

    return person


DeskDep = Annotated[Desk, Depends(the_desk)]
Viewer = Annotated[Person, Depends(need(Role.VIEWER))]
User = Annotated[Person, Depends(need(Role.USER))]
Op = Annotated[Person, Depends(need(Role.OP))]

Day = Annotated[str, Path(pattern=r"^\d{4}-\d{2}-\d{2}$", examples=["2026-11-20"], description="The id's first part")]
Name = Annotated[
    str,
    Path(
        max_length=80, pattern=r"^[a-z0-9-]+$", examples=["faktura-styczen-3f2a9c1b77aa01de"], description="Its second"
    ),
]


def document_id(day: Day, name: Name) -> str:
    """An id is parsed by whoever opens it, never joined to a path."""
    return f"{day}/{name}"


DocumentDep = Annotated[str, Depends(document_id)]


def if_match(if_match: Annotated[str | None, Header(examples=['"a0"'])] = None) -> str | None:
    """The state that the person saw; None for `*` or nothing."""
    if if_match is None or if_match.strip() == "*":
        return None
    return if_match.strip().removeprefix("W/").strip('"')


IfMatch = Annotated[str | None, Depends(if_match)]

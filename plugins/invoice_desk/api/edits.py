"""Changing: edit, confirm, undo, delete, restore, reprocess."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from invoice_desk.api.doors import DeskDep, DocumentDep, IfMatch, Op, User
from invoice_desk.api.models import Again, Changed, Comment, Edit, Started, Undo
from invoice_desk.desk import Desk
from invoice_desk.problems import problem, some

router = APIRouter(prefix="/invoices/{day}/{name}", tags=["changes"])


@router.put("", response_model=Changed, responses=some(404, 409, 412, 428), summary="Edit fields and lines")
async def edit(desk: DeskDep, person: User, document: DocumentDep, body: Edit, expected: IfMatch) -> Response:
    """Needs `If-Match` with the ETag that you saw: whoever changed it meanwhile is not overwritten. Whoever edits
    vouches for the whole document, as with confirm."""
    if expected is None:
        return problem(428, "show the ETag of the document that you saw", "Send it as If-Match.")
    from pipelines import steps

    return await _change(
        desk, lambda: steps.edit_document(desk.lake, document, body.values, person.name, expected, body.comment)
    )


@router.post("/confirm", response_model=Changed, responses=some(404, 409, 412), summary="Vouch for it as it stands")
async def confirm(desk: DeskDep, person: User, document: DocumentDep, body: Comment, expected: IfMatch) -> Response:
    from pipelines import steps

    return await _change(desk, lambda: steps.confirm_document(desk.lake, document, person.name, expected, body.comment))


@router.post("/undo", response_model=Changed, responses=some(404, 409, 412), summary="Take a change back")
async def undo(desk: DeskDep, person: User, document: DocumentDep, body: Undo, expected: IfMatch) -> Response:
    """It stays in the history, and counts as if it had never been made."""
    from pipelines import steps

    return await _change(desk, lambda: steps.undo_edit(desk.lake, document, body.at, person.name, expected))


@router.delete("", response_model=Changed, responses=some(404, 409, 412), summary="Delete")
async def delete(desk: DeskDep, person: User, document: DocumentDep, expected: IfMatch) -> Response:
    """A tombstone: it leaves silver and gold; bytes and history stay, and `restore` takes it back."""
    from pipelines import steps

    return await _change(desk, lambda: steps.delete_document(desk.lake, document, person.name, expected))


@router.post("/restore", response_model=Changed, responses=some(404, 409, 412), summary="Take a deletion back")
async def restore(desk: DeskDep, person: User, document: DocumentDep, expected: IfMatch) -> Response:
    from pipelines import steps

    return await _change(desk, lambda: steps.restore_document(desk.lake, document, person.name, expected))


@router.post("/reprocess", status_code=202, response_model=Started, responses=some(404), summary="Do it again")
async def reprocess(desk: DeskDep, person: Op, document: DocumentDep, body: Again) -> Response:
    """From a stage on, by Airflow (or by this server where it works itself). Needs the role Op."""
    from pipelines.queries import view_document

    if await desk.run(lambda: view_document(desk.lake, document)) is None:
        return problem(404, "no such document")
    started = await desk.run(lambda: desk.waker.reprocess(document, body.first, body.mode, person.name))
    desk.counts["reprocess"] += 1
    return JSONResponse(Started(id=document, started=started).model_dump(), 202)


async def _change(desk: Desk, change: Callable[[], object]) -> Response:
    from pipelines import steps

    made = await desk.run(change)
    assert isinstance(made, steps.Change)
    desk.counts[f"change_{made.action}"] += 1
    await desk.run(desk.changed, made.document)
    body = Changed(id=made.document, action=made.action, at=made.at, etag=made.etag)
    return JSONResponse(body.model_dump(mode="json"), headers={"ETag": f'"{made.etag}"'})

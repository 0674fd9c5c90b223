"""Looking: lists, one document, its text, pages, bytes and history."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from invoice_desk.api.doors import DeskDep, DocumentDep, Viewer
from invoice_desk.api.models import Document, History, HistoryEntry, Row, Rows, Status
from invoice_desk.boxes import with_boxes
from invoice_desk.desk import Desk
from invoice_desk.exports import EXPORTS, MOST_EXPORTED, export
from invoice_desk.problems import problem, some

router = APIRouter(tags=["invoices"])

Month = Annotated[str, Query(pattern=r"^(\d{4}-(0[1-9]|1[0-2]))?$", examples=["2026-01"])]
Amount = Annotated[Decimal | None, Query(max_digits=20, decimal_places=4)]
Text = Annotated[str, Query(max_length=200)]

FileName = Annotated[str, Path(max_length=500, examples=["faktura styczeń.pdf"])]


def filters(
    q: Annotated[str, Query(max_length=500, description="Words that have to stand in any text field")] = "",
    state: Annotated[list[str] | None, Query(max_length=20)] = None,
    supplier: Text = "",
    customer: Text = "",
    point: Text = "",
    document_type: Text = "",
    first_month: Month = "",
    last_month: Month = "",
    min_amount: Amount = None,
    max_amount: Amount = None,
    sort: Annotated[str, Query(max_length=60, description="A column; - before it turns the order")] = "-received_at",
) -> dict[str, Any]:
    """What a list is narrowed by."""
    return {
        "words": q,
        "states": tuple(state or ()),
        "supplier": supplier,
        "customer": customer,
        "point": point,
        "document_type": document_type,
        "first_month": first_month,
        "last_month": last_month,
        "least": min_amount,
        "most": max_amount,
        "sort": sort,
    }


Filters = Annotated[dict[str, Any], Depends(filters)]


@router.get("/invoices", response_model=Rows, responses=some(), summary="Search")
async def search(
    desk: DeskDep,
    _person: Viewer,
    wanted: Filters,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: Annotated[str, Query(max_length=2000)] = "",
) -> Rows:
    """Invoices, and documents that hold none yet. Follow `next` for more: new documents shift no page."""
    from pipelines.queries import Search

    page = await desk.run(lambda: desk.catalogue.search(Search(**wanted, limit=limit, cursor=cursor)))
    items = [Row.model_construct(**row) for row in page.rows.to_pylist()]
    return Rows.model_construct(total=page.total, next=page.next_cursor or None, items=items)


@router.get(
    "/invoices/export.{format}",
    responses=some() | {200: {"content": {"text/csv": {}, EXPORTS["xlsx"]: {}}}},
    summary="Export",
)
async def export_rows(
    desk: DeskDep,
    person: Viewer,
    wanted: Filters,
    format: Annotated[Literal["csv", "xlsx"], Path()],  # noqa: A002
) -> Response:
    """The rows that match (at most 100,000) as CSV or Excel; cells that a spreadsheet would run are made text."""
    from pipelines.queries import Search

    def make() -> tuple[bytes, int]:
        rows: list[dict[str, Any]] = []
        cursor = ""
        while len(rows) < MOST_EXPORTED:
            page = desk.catalogue.search(Search(**wanted, limit=500, cursor=cursor))
            rows += page.rows.to_pylist()
            cursor = page.next_cursor
            if not cursor:
                break
        return export(rows, list(page.rows.column_names), format), len(rows)

    made, count = await desk.run(make)
    desk.trail.note(person.name, "exported", count=count)
    return _download(made, EXPORTS[format], f"invoices.{format}")


@router.get("/invoices/{day}/{name}", response_model=Document, responses=some(404), summary="One document")
async def one(desk: DeskDep, person: Viewer, document: DocumentDep, request: Request) -> Response:
    """Its state, and each invoice with fields, evidence and proofs, edits applied. The ETag names this state."""
    body = await desk.run(lambda: _document(desk, document, request.scope.get("root_path", "")))
    if body is None:
        return problem(404, "no such document")
    desk.trail.note(person.name, "viewed", document)
    return JSONResponse(body.model_dump(mode="json"), headers={"ETag": f'"{body.etag}"'})


def _document(desk: Desk, document: str, root: str) -> Document | None:
    from pipelines.queries import view_document

    view = view_document(desk.lake, document)
    if view is None:
        return None
    status, record, base = view.status, view.record, f"{root}/api/v1/invoices/{document}"
    return Document(
        id=status.id,
        file_name=status.file_name,
        state=status.state,
        reason=status.reason,
        remedy=status.remedy,
        received_at=status.received_at,
        sha256=record.sha256 if record else None,
        bytes=record.bytes if record else None,
        media_type=record.media_type if record else None,
        pages=status.pages,
        uploader=record.uploader if record else None,
        duplicate_of=record.duplicate_of if record else None,
        validated_by=view.edited.validated_by,
        etag=view.etag,
        invoices=[invoice.model_dump(mode="json") for invoice in view.invoices],
        made_by=view.parsed.made_by.model_dump() if view.parsed else None,
        links={part: f"{base}/{part}" for part in ("text", "raw", "history")} | {"page": f"{base}/pages/1.png"},
    )


@router.get(
    "/invoices/{day}/{name}/text",
    responses=some(404) | {200: {"content": {"text/plain": {}}}},
    response_class=Response,
    summary="Its text",
)
async def text(desk: DeskDep, person: Viewer, document: DocumentDep) -> Response:
    """Pages parted by form feeds."""
    from pipelines.queries import document_text

    found = await desk.run(lambda: document_text(desk.lake, document))
    desk.trail.note(person.name, "text", document)
    return Response(found, media_type="text/plain; charset=utf-8")


@router.get(
    "/invoices/{day}/{name}/pages/{number}.png",
    responses=some(404) | {200: {"content": {"image/png": {}}}},
    response_class=Response,
    summary="A page as an image",
)
async def page(
    desk: DeskDep,
    person: Viewer,
    document: DocumentDep,
    number: Annotated[int, Path(ge=1, le=100_000)],
    width: Annotated[int, Query(ge=100, le=2400)] = 1100,
    boxes: Annotated[bool, Query(description="Draw each field's box")] = False,
) -> Response:
    from pipelines.queries import page_image, view_document

    def draw() -> bytes | None:
        view = view_document(desk.lake, document)
        if view is None or view.record is None:
            return None
        image = page_image(desk.lake, view.record, number, width)
        return with_boxes(desk.lake, view, number, image) if boxes else image

    drawn = await desk.run(draw)
    if drawn is None:
        return problem(404, "no such page")
    desk.trail.note(person.name, "page", document)
    return Response(drawn, media_type="image/png", headers={"Cache-Control": "private, max-age=300"})


@router.get(
    "/invoices/{day}/{name}/raw",
    responses=some(404) | {200: {"content": {"application/octet-stream": {}}}},
    response_class=StreamingResponse,
    summary="The bytes as received",
)
async def raw(desk: DeskDep, person: Viewer, document: DocumentDep) -> Response:
    """Always a download, never shown by a browser."""
    from pipelines.queries import raw_chunks, view_document

    view = await desk.run(lambda: view_document(desk.lake, document))
    if view is None or view.record is None:
        return problem(404, "no such bytes")
    record = view.record
    chunks = raw_chunks(desk.lake, record)
    desk.trail.note(person.name, "downloaded", document)
    first = await desk.run(next, chunks, b"")
    body = _streamed(desk, first, chunks)
    name = quote(record.file_name.rsplit("/", 1)[-1] or "document", safe="")
    safe_type = record.media_type if record.media_type != "application/xml" else "application/octet-stream"
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return StreamingResponse(body, media_type=safe_type, headers=headers)


async def _streamed(desk: Desk, first: bytes, chunks: Iterator[bytes]) -> Any:
    piece = first
    while piece:
        yield piece
        piece = await desk.run(next, chunks, b"")
        await asyncio.sleep(0)


@router.get("/invoices/{day}/{name}/history", response_model=History, responses=some(404), summary="Who changed what")
async def history(desk: DeskDep, person: Viewer, document: DocumentDep) -> Response:
    """Its arrival and every change, oldest first; what was undone stays."""
    from pipelines.queries import view_document

    view = await desk.run(lambda: view_document(desk.lake, document))
    if view is None:
        return problem(404, "no such document")
    desk.trail.note(person.name, "history", document)
    entries = []
    if view.record is not None:
        who = view.record.uploader or view.record.source
        entries.append(HistoryEntry(at=view.record.received_at, who=who, action="received"))
    standing = {edit.when for edit in view.standing_edits}
    entries += [
        HistoryEntry(
            at=edit.when,
            who=edit.who,
            action=edit.action.value,
            before=edit.before,
            after=edit.after,
            comment=edit.comment,
            undone=edit.when not in standing and edit.action.value != "undo",
        )
        for edit in view.edits
    ]
    return JSONResponse(History(id=document, entries=entries).model_dump(mode="json"))


def compatible(prefix: str) -> APIRouter:
    """By file name, under the paths that clients of such systems know."""
    known = APIRouter(prefix=prefix, tags=["known paths"])

    @known.get("/status/{filename:path}", response_model=Status, responses=some(404))
    async def status(desk: DeskDep, _person: Viewer, filename: FileName) -> Response:
        """Where the newest document of this name is. `filename` may be an id or a SHA-256, too."""
        from pipelines.queries import find_documents

        found = await desk.run(lambda: find_documents(desk.lake, filename))
        if not found:
            return problem(404, "no document of this name")
        first = found[0]
        body = Status(
            filename=first.file_name,
            document_id=first.id,
            status=first.state,
            reason=first.reason,
            remedy=first.remedy,
            duplicates=len(found) - 1,
        )
        return JSONResponse(body.model_dump())

    @known.get("/parsed/{filename:path}", response_model=Document, responses=some(404))
    async def parsed(desk: DeskDep, person: Viewer, filename: FileName, request: Request) -> Response:
        """What was read off the newest document of this name."""
        from pipelines.queries import find_documents

        def find() -> Document | None:
            found = [status for status in find_documents(desk.lake, filename) if status.parsed_key]
            return _document(desk, found[0].id, request.scope.get("root_path", "")) if found else None

        body = await desk.run(find)
        if body:
            desk.trail.note(person.name, "viewed", body.id)
        return JSONResponse(body.model_dump(mode="json")) if body else problem(404, "nothing parsed under this name")

    return known


def _download(body: bytes, media_type: str, name: str) -> Response:
    return Response(body, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})

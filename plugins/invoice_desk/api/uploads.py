"""Files coming in: multipart, one or many, on disk until the lake has them."""

from __future__ import annotations

import logging
from typing import Annotated, Any

from fastapi import APIRouter, File, Request, Response, UploadFile
from fastapi.responses import JSONResponse

from invoice_desk.api.doors import DeskDep, User
from invoice_desk.api.models import Sent, Upload
from invoice_desk.desk import Desk
from invoice_desk.people import Person
from invoice_desk.problems import MEDIA_TYPE, problem, some, told
from pipelines.errors import LakeError

log = logging.getLogger(__name__)

_LONGEST_NAME = 500

router = APIRouter(tags=["uploads"])


@router.post(
    "/invoices",
    status_code=202,
    response_model=Upload,
    responses=some(400, 410, 413, 415) | {200: {"model": Upload, "description": "The same bytes were received before"}},
    summary="Send one or many documents",
)
async def send(desk: DeskDep, person: User, request: Request, files: Annotated[list[UploadFile], File()]) -> Response:
    """PDF, PNG, JPEG, TIFF, GIF, WebP or e-invoice XML, as `files`. 202 with the id and where to ask for its state;
    200 where every file is known already. What is refused is told with its reason; the others are taken."""
    return await _take(desk, person, request, files)


async def _take(desk: Desk, person: Person, request: Request, files: list[UploadFile]) -> Response:
    if len(files) > desk.settings.files_a_request:
        return problem(413, f"{len(files)} files are more than {desk.settings.files_a_request}", "Send fewer at once.")
    sent = [await _receive(desk, person, request, file) for file in files]
    desk.counts.update(f"upload_{one.outcome}" for one in sent)
    taken = [one for one in sent if one.id]
    if not taken:
        first = dict(sent[0].problem or {}) if sent else {"status": 422, "title": "No file"}
        body = first | {"documents": [one.model_dump() for one in sent]}
        return JSONResponse(body, int(first["status"]), media_type=MEDIA_TYPE)
    body: dict[str, Any] = Upload(id=taken[0].id, status_url=taken[0].status_url, documents=sent).model_dump()
    new = any(one.outcome == "received" for one in sent)
    return JSONResponse(body, 202 if new else 200, headers={"Location": str(taken[0].status_url)})


async def _receive(desk: Desk, person: Person, request: Request, file: UploadFile) -> Sent:
    from pipelines import steps

    name = (file.filename or "document").encode("utf-8", "replace").decode()[-_LONGEST_NAME:]
    try:
        receipt = await desk.admit(lambda: steps.receive_file(desk.lake, file.file, name, person.name))
    except LakeError as error:
        log.info("upload refused: file=%r who=%s cause=%s", name, person.name, error.cause)
        return Sent(file_name=name, outcome="refused", problem=told(error))
    log.info("upload: document=%s new=%s who=%s", receipt.document, receipt.new, person.name)
    if receipt.new:
        await desk.run(desk.received, receipt.document)
    return Sent(
        file_name=name,
        id=receipt.document,
        outcome="received" if receipt.new else "known",
        status_url=f"{request.scope.get('root_path', '')}/api/v1/invoices/{receipt.document}",
    )


def compatible(prefix: str) -> APIRouter:
    """The upload under the path that clients of such systems know."""
    known = APIRouter(prefix=prefix, tags=["known paths"])

    @known.post("/upload", status_code=202, response_model=Upload, responses=some(400, 410, 413, 415))
    async def upload(
        desk: DeskDep,
        person: User,
        request: Request,
        files: Annotated[list[UploadFile] | None, File()] = None,
        file: Annotated[list[UploadFile] | None, File()] = None,
    ) -> Response:
        """As `POST /api/v1/invoices`; the form's field may be called `file` or `files`."""
        chosen = [*(files or []), *(file or [])]
        return await _take(desk, person, request, chosen) if chosen else problem(422, "no file was sent")

    return known

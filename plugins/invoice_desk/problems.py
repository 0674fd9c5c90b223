"""Errors as people and programs read them: problem+json (RFC 9457) with cause and remedy."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from pipelines import errors

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
_STATUS_OF = {
    "UnsupportedDocument": 415,
    "DocumentTooLarge": 413,
    "EmptyDocument": 422,
    "ForgottenDocument": 410,
    "UnknownDocument": 404,
    "UnknownTable": 404,
    "ObjectMissing": 404,
    "InvalidKey": 404,
    "PageUnreadable": 404,
    "ChangedMeanwhile": 412,
    "NothingToChange": 409,
    "StorageUnavailable": 503,
    "CommitConflict": 503,
    "ReaderCrashed": 503,
    "ConfigurationError": 503,
}
_TITLES = {
    400: "Bad request",
    401: "Not logged in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Nothing to change",
    410: "Erased on request",
    412: "Changed meanwhile",
    413: "Too large",
    415: "Not a document that is read here",
    422: "Does not fit",
    428: "If-Match is missing",
    429: "Too many requests",
    500: "A fault of the program",
    503: "Not now",
}


class Problem(BaseModel):
    """RFC 9457."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    remedy: str = ""


def problem(status: int, detail: str = "", remedy: str = "", headers: dict[str, str] | None = None) -> Response:
    """A problem as a response."""
    body = Problem(title=_TITLES.get(status, "Error"), status=status, detail=detail, remedy=remedy)
    return JSONResponse(body.model_dump(), status, headers=headers, media_type=MEDIA_TYPE)


def status_of(error: errors.LakeError) -> int:
    """The HTTP status that says what a caller must do."""
    return _STATUS_OF.get(type(error).__name__, 503 if isinstance(error, errors.Transient) else 422)


def told(error: errors.LakeError) -> dict[str, Any]:
    """A problem's fields, for a file among several."""
    status = status_of(error)
    body = Problem(title=_TITLES[status], status=status, detail=error.cause, remedy=error.remedy)
    return body.model_dump()


RESPONSES: dict[int | str, dict[str, Any]] = {
    code: {"description": _TITLES[code], "model": Problem, "content": {MEDIA_TYPE: {}}}
    for code in (400, 401, 403, 404, 409, 410, 412, 413, 415, 422, 428, 429, 503)
}


def some(*codes: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI descriptions of these problems, and of those that any route may have."""
    return {code: RESPONSES[code] for code in (401, 403, 422, 429, 503, *codes)}


def handle_problems(app: FastAPI) -> None:
    """Every error of the application leaves it as a problem."""

    async def of_lake(_request: Request, error: Exception) -> Response:
        assert isinstance(error, errors.LakeError)
        status = status_of(error)
        headers = {"Retry-After": "2"} if status == 503 else None
        return problem(status, error.cause, error.remedy, headers)

    async def of_http(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return problem(error.status_code, str(error.detail), headers=dict(error.headers or {}))

    async def of_form(_request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        # never the input: it may be a whole file
        parts = [f"{'.'.join(str(p) for p in e['loc'])}: {e['msg']}" for e in error.errors()[:5]]
        return problem(422, "; ".join(parts)[:1000])

    async def unforeseen(request: Request, error: Exception) -> Response:
        log.error("fault: %s %s", request.method, request.url.path, exc_info=error)
        return problem(500, f"{type(error).__name__}", "It was logged; tell whoever runs the desk.")

    app.add_exception_handler(errors.LakeError, of_lake)
    app.add_exception_handler(HTTPException, of_http)
    app.add_exception_handler(RequestValidationError, of_form)
    app.add_exception_handler(Exception, unforeseen)

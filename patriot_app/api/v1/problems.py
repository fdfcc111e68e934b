"""How the interface for programs says no: RFC 9457, "application/problem+json"."""

from collections.abc import Mapping

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from patriot_app.core import requests
from patriot_app.core.domain.throttling import Throttled
from patriot_app.core.errors import Invalid, NotFound, PatriotError

MEDIA_TYPE = "application/problem+json"
PREFIX = "/api/v1/"
TITLES = {
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Not allowed on this address",
    422: "Not understood",
    429: "Too many requests",
}


class Problem(Exception):
    """A refusal of the interface for programs.

    Args:
        detail: what was wrong and what to do.
        headers: such as Retry-After.
    """

    def __init__(
        self, status: int, detail: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        super().__init__(detail)


def install(api: FastAPI) -> None:
    """Answer what goes wrong below /api/v1 as a problem; elsewhere nothing changes."""

    @api.exception_handler(Problem)
    async def told(request: Request, error: Problem) -> Response:
        return answer(error.status, error.detail, headers=error.headers)

    @api.exception_handler(PatriotError)
    async def refused(request: Request, error: PatriotError) -> Response:
        return of_error(error)

    @api.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        if request.url.path.startswith(PREFIX):
            return answer(error.status_code, str(error.detail), headers=error.headers)
        return JSONResponse(
            {"detail": error.detail}, status_code=error.status_code, headers=error.headers
        )

    @api.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        fields = {
            ".".join(str(part) for part in item["loc"][1:]): item["msg"] for item in error.errors()
        }
        if request.url.path.startswith(PREFIX):
            return answer(422, "Some fields are not right", fields=fields)
        return JSONResponse({"detail": fields}, status_code=422)


def of_error(error: PatriotError) -> Response:
    """Return the answer for a refusal of ours."""
    if isinstance(error, Throttled):
        return answer(429, str(error), headers={"retry-after": str(error.wait_s)})
    if isinstance(error, Invalid):
        return answer(422, "Some fields are not right", fields=error.fields)
    if isinstance(error, NotFound):
        return answer(404, str(error))
    return answer(403, str(error))


def answer(
    status: int,
    detail: str,
    *,
    fields: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a problem document."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": TITLES.get(status, "Refused"),
        "status": status,
        "detail": detail,
    }
    if (running := requests.current()) is not None:
        body["request_id"] = running.id
    if fields:
        body["errors"] = dict(fields)
    return JSONResponse(
        body,
        status_code=status,
        media_type=MEDIA_TYPE,
        headers={"cache-control": "no-store", **(headers or {})},
    )

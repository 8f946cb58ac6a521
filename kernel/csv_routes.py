"""The HTTP edge of CSV imports: `POST …?skip_bad_rows=true|false` with a text/csv body."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kernel.auth import Principal, Scope, TokenVerifier
from kernel.auth.rest import InvalidRequest, guard, refusal
from kernel.csv_import import ImportReport
from kernel.errors import InvalidInput, PromptSalesError

MAX_BYTES = 50 * 1024 * 1024

Load = Callable[[Principal, bytes, bool], Awaitable[ImportReport]]
"""Loads a file for a caller; the flag says whether to skip bad rows."""


class FileTooLarge(InvalidInput):
    """The body is larger than an import takes."""

    status = 413

    def __init__(self) -> None:
        super().__init__(
            f"The file is larger than {MAX_BYTES // 1024**2} MB.", field="body", fix="Send it in several parts."
        )


class NotCsv(InvalidInput):
    """The body is declared as something else than CSV."""

    status = 415


def import_route(path: str, verifier: TokenVerifier, scope: Scope, load: Load) -> Route:
    """A route that hands the body to `load` and answers its ImportReport, or a problem with the rejected lines."""
    authorise = guard(verifier, scope)

    async def handle(request: Request) -> Response:
        try:
            caller = await authorise(request)
            skip = _skip_bad_rows(request)
            report = await load(caller, await _body(request), skip)
        except PromptSalesError as error:
            return refusal(request, error)
        return JSONResponse(report.model_dump(mode="json"))

    return Route(path, handle, methods=["POST"])


def _skip_bad_rows(request: Request) -> bool:
    value = request.query_params.get("skip_bad_rows", "false").lower()
    if value not in {"true", "false"}:
        raise InvalidRequest("This is neither true nor false.", field="skip_bad_rows", fix="Send true or false.")
    return value == "true"


async def _body(request: Request) -> bytes:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "text/csv":
        raise NotCsv("The body is not declared as CSV.", field="content-type", fix="Send Content-Type: text/csv.")
    if int(request.headers.get("content-length") or 0) > MAX_BYTES:
        raise FileTooLarge
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BYTES:
            raise FileTooLarge
        parts.append(part)
    return b"".join(parts)

"""What the routes of all pages share: failures as a page, redirects, and who the browser's client is."""

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from identity.clients.client import Client
from identity.clients.registry import ClientRegistry
from identity.pages.pages import Pages
from identity.people.errors import TooManyAttempts
from kernel.errors import PromptSalesError, Unavailable
from kernel.logs import logger

Handler = Callable[[Request], Awaitable[Response]]


def failing_as_page(pages: Pages, handler: Handler) -> Handler:
    """The handler, its errors of the tree shown to the person as a page."""

    async def answered(request: Request) -> Response:
        try:
            return await handler(request)
        except PromptSalesError as problem:
            logger(__name__).info("page refused", path=request.url.path, reason=problem.code)
            return with_retry(pages.failure(request, problem=problem, status=problem.status), problem)

    return answered


def with_retry(response: Response, problem: PromptSalesError) -> Response:
    """The response, saying in how many seconds to try again where that helps."""
    if isinstance(problem, TooManyAttempts):
        response.headers["Retry-After"] = str(problem.retry_after)
    elif isinstance(problem, Unavailable):
        response.headers["Retry-After"] = "60"
    return response


def see_other(address: str) -> Response:
    """On to another address, with GET."""
    return RedirectResponse(
        address, status_code=303, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    )


def network_address(request: Request) -> str:
    """The peer's address. Headers such as X-Forwarded-For are not read: a stranger can write them."""
    return request.client.host if request.client else ""


async def client_of(registry: ClientRegistry, return_to: str) -> Client | None:
    """The application whose authorization request a path is; None when there is none, or it cannot be looked up."""
    client_id = dict(parse_qsl(urlsplit(return_to).query)).get("client_id")
    if not client_id:
        return None
    try:
        return await registry.find(client_id)
    except PromptSalesError as problem:
        logger(__name__).info("client of a sign-in not found", reason=problem.code)
        return None

"""The guard of every REST route: a bearer token of this audience with a scope, RFC 6750 challenges otherwise."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.requests import HTTPConnection
from starlette.responses import Response

from kernel.auth.claims import InvalidToken
from kernel.auth.principal import InsufficientScope, Principal, Scope
from kernel.auth.resource import ProtectedResource
from kernel.auth.verifier import TokenVerifier
from kernel.errors import InvalidInput, PromptSalesError, Unauthenticated
from kernel.logs import bind
from kernel.web import problem_response


class InvalidRequest(InvalidInput):
    """A request whose body, path or query does not fit; `field` names the first misfit."""


def bearer(request: HTTPConnection) -> str:
    """The bearer token of a request; raises InvalidToken when there is none."""
    token = presented_token(request.headers.get("authorization", ""))
    if token is None:
        raise InvalidToken("This needs a bearer token.", fix="Send Authorization: Bearer <token>.")
    return token


def presented_token(authorization: str) -> str | None:
    """The token of an Authorization header, None when it carries no bearer token."""
    kind, _, token = authorization.partition(" ")
    return (token.strip() or None) if kind.lower() == "bearer" else None


async def authenticate(verifier: TokenVerifier, request: HTTPConnection) -> Principal:
    """The verified principal of a request, who may be a service without a tenant."""
    request.state.protected = verifier.protected
    caller = await verifier.verify(bearer(request))
    bind_caller(caller)
    return caller


def bind_caller(caller: Principal) -> None:
    """Name the caller, by ids, on every later log line of this request."""
    bind(subject=caller.subject, tenant=caller.tenant, client_id=caller.client_id)


def guard(verifier: TokenVerifier, *scopes: Scope) -> Callable[[Request], Awaitable[Principal]]:
    """A FastAPI dependency: the verified principal, who has a tenant and every scope."""

    async def principal(request: Request) -> Principal:
        caller = await authenticate(verifier, request)
        if not caller.scopes.issuperset(scopes):
            raise InsufficientScope(*scopes)
        if not caller.tenant:
            raise InvalidToken("The token names no tenant.")
        return caller

    return principal


def refusal(request: HTTPConnection, error: PromptSalesError) -> Response:
    """The answer to a request that was refused: problem details, and how to do better where a token would help."""
    protected: ProtectedResource | None = getattr(request.state, "protected", None)
    presented = presented_token(request.headers.get("authorization", "")) is not None
    if protected is not None:
        return problem_response(error, protected.challenge(error, presented=presented))
    return problem_response(error, {"WWW-Authenticate": "Bearer"} if isinstance(error, Unauthenticated) else None)


def install_error_handlers(app: FastAPI) -> None:
    """Answer errors of the tree, and requests that do not validate, as problem details."""

    @app.exception_handler(PromptSalesError)
    async def on_error(request: Request, error: PromptSalesError) -> Response:
        return refusal(request, error)

    @app.exception_handler(RequestValidationError)
    async def on_invalid(_request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
        problem = InvalidRequest(f"{field}: {first['msg']}.", field=field, fix="Correct this field and send it again.")
        return problem_response(problem)

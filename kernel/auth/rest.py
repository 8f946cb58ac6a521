"""The guard of every REST route: a bearer token of this audience with a scope, RFC 6750 challenges otherwise."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import Response

from kernel.auth.principal import InsufficientScope, Principal, Scope
from kernel.auth.verifier import InvalidToken, TokenVerifier
from kernel.errors import InvalidInput, PromptSalesError, Unauthenticated
from kernel.web import problem_response


class InvalidRequest(InvalidInput):
    """A request whose body, path or query does not fit; `field` names the first misfit."""


def bearer(request: Request) -> str:
    """The bearer token of a request; raises InvalidToken when there is none."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise InvalidToken("This needs a bearer token.", fix="Send Authorization: Bearer <token>.")
    return token.strip()


def guard(verifier: TokenVerifier, *scopes: Scope) -> Callable[[Request], Awaitable[Principal]]:
    """A FastAPI dependency: the verified principal, who has a tenant and every scope."""

    async def principal(request: Request) -> Principal:
        caller = await verifier.verify(bearer(request))
        for scope in scopes:
            caller.require(scope)
        if not caller.tenant:
            raise InvalidToken("The token names no tenant.")
        return caller

    return principal


def challenge(error: PromptSalesError) -> dict[str, str]:
    """The WWW-Authenticate header that goes with a refusal."""
    match error:
        case InsufficientScope():
            return {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{error.scope}"'}
        case Unauthenticated():
            return {"WWW-Authenticate": f'Bearer error="invalid_token", error_description="{error.message}"'}
        case _:
            return {}


def install_error_handlers(app: FastAPI) -> None:
    """Answer errors of the tree, and requests that do not validate, as problem details."""

    @app.exception_handler(PromptSalesError)
    async def on_error(_request: Request, error: PromptSalesError) -> Response:
        return problem_response(error, challenge(error))

    @app.exception_handler(RequestValidationError)
    async def on_invalid(_request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
        problem = InvalidRequest(f"{field}: {first['msg']}.", field=field, fix="Correct this field and send it again.")
        return problem_response(problem)

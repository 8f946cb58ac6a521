"""The HTTP surface for tokens once issued: revocation, introspection, userinfo."""

from collections.abc import Collection

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from identity.client_authentication import AUTH_METHODS, CONFIDENTIAL, AuthMethod, TokenMessage, authenticated
from identity.clients.client import Client
from identity.errors import Refusal
from identity.families import Arrival
from identity.forms import Form, read_form
from identity.service import TokenIssuer
from identity.standing import OpenidMissing, Standing
from identity.token_endpoint import NO_STORE, refused
from kernel.auth import InvalidToken
from kernel.auth.rest import bearer
from kernel.errors import Unavailable
from kernel.web import problem_response


def token_routes(issuer: TokenIssuer, standing: Standing) -> APIRouter:
    """`POST /oauth/revoke`, `POST /oauth/introspect` and `/oauth/userinfo`."""
    router = APIRouter()

    async def presented(request: Request, methods: Collection[AuthMethod]) -> tuple[Client, str]:
        form: Form = await read_form(request)
        message = TokenMessage(str(request.url), request.headers, form, Arrival())
        client = await authenticated(issuer.client, message, methods)
        return client, form.required("token")

    @router.post("/oauth/revoke")
    async def revoke(request: Request) -> Response:
        try:
            await standing.revoke(*await presented(request, AUTH_METHODS))
        except (Refusal, Unavailable) as error:
            return refused(error)
        return Response(headers=NO_STORE)

    @router.post("/oauth/introspect")
    async def introspect(request: Request) -> Response:
        try:
            return JSONResponse(await standing.introspect(*await presented(request, CONFIDENTIAL)), headers=NO_STORE)
        except (Refusal, Unavailable) as error:
            return refused(error)

    @router.api_route("/oauth/userinfo", methods=["GET", "POST"])
    async def userinfo(request: Request) -> Response:
        try:
            return JSONResponse(await standing.userinfo(bearer(request)), headers=NO_STORE)
        except InvalidToken as error:
            challenge = f'Bearer error="invalid_token", error_description="{error.message}"'
            return problem_response(error, {"WWW-Authenticate": challenge, **NO_STORE})
        except OpenidMissing as error:
            challenge = 'Bearer error="insufficient_scope", scope="openid"'
            return problem_response(error, {"WWW-Authenticate": challenge, **NO_STORE})

    return router

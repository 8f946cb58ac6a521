"""The HTTP surface of the issuer proper: the token endpoint, the published keys, what the server says about itself."""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from identity.grants import Desk
from identity.token_endpoint import TokenServer

_CACHED = {"Cache-Control": "public, max-age=300"}


def identity_routes(desk: Desk, metadata: Mapping[str, object]) -> APIRouter:
    """`POST /oauth/token` and the well-known documents."""
    router = APIRouter()
    server = TokenServer(desk)

    @router.post("/oauth/token")
    async def token(request: Request) -> Response:
        return await server.respond(request)

    @router.get("/.well-known/jwks.json")
    async def jwks() -> Response:
        return JSONResponse(desk.issuer.keys.public(), headers=_CACHED)

    @router.get("/.well-known/oauth-authorization-server")
    @router.get("/.well-known/openid-configuration")
    async def describe() -> Response:
        return JSONResponse(metadata, headers=_CACHED)

    return router

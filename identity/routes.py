"""The HTTP surface: the token endpoint, the published keys, and what the server says about itself."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from identity.grants import AUTH_METHODS, GRANTS
from identity.keys import SigningKeys
from identity.roles import ALL_SCOPES
from identity.service import TokenIssuer
from identity.token_endpoint import TokenServer

_CACHED = {"Cache-Control": "public, max-age=300"}


def identity_routes(issuer: TokenIssuer, keys: SigningKeys) -> APIRouter:
    """`POST /oauth/token` and the well-known documents."""
    router = APIRouter()
    server = TokenServer(issuer)
    metadata = server_metadata(issuer)

    @router.post("/oauth/token")
    async def token(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction] - FastAPI holds it
        return await server.respond(request)

    @router.get("/.well-known/jwks.json")
    async def jwks() -> Response:  # pyright: ignore[reportUnusedFunction] - FastAPI holds it
        return JSONResponse(keys.public(), headers=_CACHED)

    @router.get("/.well-known/oauth-authorization-server")
    @router.get("/.well-known/openid-configuration")
    async def describe() -> Response:  # pyright: ignore[reportUnusedFunction] - FastAPI holds it
        return JSONResponse(metadata, headers=_CACHED)

    return router


def server_metadata(issuer: TokenIssuer) -> dict[str, object]:
    """RFC 8414 metadata: no authorization endpoint and no response types, since nobody signs in here by browser."""
    return {
        "issuer": issuer.issuer,
        "token_endpoint": issuer.token_endpoint,
        "jwks_uri": f"{issuer.issuer}/.well-known/jwks.json",
        "scopes_supported": sorted(ALL_SCOPES),
        "response_types_supported": [],
        "grant_types_supported": [grant.GRANT_TYPE for grant in GRANTS],
        "token_endpoint_auth_methods_supported": list(AUTH_METHODS),
    }

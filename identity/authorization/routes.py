"""The HTTP surface of the authorization endpoint."""

from fastapi import APIRouter, Request, Response

from identity.authorization.endpoint import PATH, AuthorizationEndpoint


def authorization_routes(endpoint: AuthorizationEndpoint) -> APIRouter:
    """`GET` and `POST /oauth/authorize`."""
    router = APIRouter()

    @router.get(PATH)
    async def show(request: Request) -> Response:
        return await endpoint.show(request)

    @router.post(PATH)
    async def decide(request: Request) -> Response:
        return await endpoint.decide(request)

    return router

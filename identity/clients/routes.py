"""The HTTP surface of clients: self-registration, and what operators do."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from identity.clients import metadata
from identity.clients.errors import MetadataRefused
from identity.clients.registration import ClientRegistration
from identity.clients.repository import StoredClient
from identity.clients.schemas import ClientList, ClientMade, ClientShown, ClientToRegister
from kernel.auth.principal import Principal

_MAX_BODY = 64 * 1024
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def client_routes(registration: ClientRegistration, operator: Callable[[Request], Awaitable[Principal]]) -> APIRouter:
    """`POST /oauth/register` (RFC 7591) and `/v1/clients`.

    `operator` is the dependency that admits an administrator of the operator's tenant, with the scope identity:admin.
    """
    router = APIRouter()
    allowed = Depends(operator)

    @router.post("/oauth/register")
    async def register_self(request: Request) -> Response:
        registration.require_open()
        try:
            stated = metadata.parse(await _json_body(request))
            source = request.client.host if request.client else ""
            client = await registration.register_self(stated, source=source)
        except MetadataRefused as refused:
            body = {"error": refused.registration_error, "error_description": str(refused)}
            return JSONResponse(body, status_code=400, headers=_NO_STORE)
        return JSONResponse(_information(client), status_code=201, headers=_NO_STORE)

    @router.get("/v1/clients")
    async def clients(_caller: Annotated[Principal, allowed]) -> ClientList:
        return ClientList(clients=[ClientShown.of(client) for client in await registration.listed()])

    @router.post("/v1/clients", status_code=201)
    async def register(
        asked: ClientToRegister, caller: Annotated[Principal, allowed], response: Response
    ) -> ClientMade:
        response.headers.update(_NO_STORE)
        return ClientMade.registered(await registration.register(asked.asked(), operator=caller.subject))

    @router.post("/v1/clients/{client_id}/disable")
    async def disable(client_id: str, caller: Annotated[Principal, allowed]) -> ClientShown:
        return ClientShown.of(await registration.disable(client_id, operator=caller.subject))

    return router


async def _json_body(request: Request) -> bytes:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise MetadataRefused("The body is not JSON.", field="content-type", fix="Send application/json.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BODY:
            raise MetadataRefused(f"The body has more than {_MAX_BODY} bytes.")
    return bytes(body)


def _information(client: StoredClient) -> dict[str, object]:
    """RFC 7591 section 3.2.1."""
    return {
        "client_id": client.client_id,
        "client_id_issued_at": int(client.created_at.timestamp()),
        "client_name": client.name,
        "redirect_uris": list(client.redirect_uris),
        "grant_types": sorted(client.grants),
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    }

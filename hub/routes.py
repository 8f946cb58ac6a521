"""The hub's REST API."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from hub.pipeline.run import Pipeline
from hub.schemas import ClientBody, ClientList, ClientView, PipelineRun, PipelineRuns, TenantBody
from hub.service import ClientService
from kernel.auth import Principal, TokenVerifier
from kernel.auth.rest import guard


def client_routes(service: ClientService, verifier: TokenVerifier) -> APIRouter:
    router = APIRouter(prefix="/v1/clients", tags=["clients"])
    reader = Depends(guard(verifier, "hub:read"))
    writer = Depends(guard(verifier, "hub:write"))

    @router.get("")
    async def list_clients(caller: Annotated[Principal, reader]) -> ClientList:
        """The tenant's client companies with their products."""
        return ClientList(clients=await service.clients(caller.tenant))

    @router.put("/{name}")
    async def register_client(
        caller: Annotated[Principal, writer],
        name: Annotated[str, Path(min_length=1, max_length=200)],
        body: ClientBody,
    ) -> ClientView:
        """Register a client, or replace what is said of it. Products are added or replaced by name."""
        return await service.register(caller.tenant, name.strip(), body)

    return router


def tenant_routes(service: ClientService, verifier: TokenVerifier) -> APIRouter:
    router = APIRouter(prefix="/v1/tenant", tags=["tenant"])

    @router.get("")
    async def get_tenant(caller: Annotated[Principal, Depends(guard(verifier, "hub:read"))]) -> TenantBody:
        """The tenant's time zone, in which its days begin and end."""
        return await service.tenant(caller.tenant)

    @router.put("")
    async def set_tenant(
        caller: Annotated[Principal, Depends(guard(verifier, "hub:write"))], body: TenantBody
    ) -> TenantBody:
        """Set the tenant's time zone: `today` and `last month` are reckoned in it."""
        return await service.set_tenant(caller.tenant, body)

    return router


def pipeline_routes(pipeline: Pipeline, verifier: TokenVerifier) -> APIRouter:
    router = APIRouter(prefix="/v1/pipeline", tags=["pipeline"])
    reader = Depends(guard(verifier, "hub:read"))
    writer = Depends(guard(verifier, "hub:write"))

    @router.post("/runs")
    async def run(caller: Annotated[Principal, writer]) -> PipelineRun:
        """Bring what changed in the sources into the hub, now. Running it again brings nothing."""
        return await pipeline.run_now(caller.tenant)

    @router.get("/runs")
    async def runs(caller: Annotated[Principal, reader]) -> PipelineRuns:
        """The tenant's last 50 runs that brought something, failed or were asked for, newest first."""
        return PipelineRuns(runs=await pipeline.runs(caller.tenant))

    return router

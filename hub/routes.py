"""The hub's REST API."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from hub.pipeline.run import Pipeline
from hub.reporting import ReportingService
from hub.schemas import (
    ClientBody,
    ClientList,
    ClientView,
    PipelineRun,
    PipelineRuns,
    RateBodies,
    RateList,
    RatesLoaded,
    Reconciliations,
    StrategyList,
    TenantBody,
)
from hub.service import ClientService, StrategyService
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


def strategy_routes(service: StrategyService, verifier: TokenVerifier) -> APIRouter:
    router = APIRouter(prefix="/v1/strategies", tags=["strategies"])

    @router.get("")
    async def list_strategies(
        caller: Annotated[Principal, Depends(guard(verifier, "hub:read"))],
        client: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> StrategyList:
        """The newest version of each strategy that was planned, the newest first."""
        return StrategyList(strategies=await service.strategies(caller.tenant, client=client, limit=limit))

    return router


def tenant_routes(service: ReportingService, verifier: TokenVerifier) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["tenant"])
    reader = Depends(guard(verifier, "hub:read"))
    writer = Depends(guard(verifier, "hub:write"))

    @router.get("/tenant")
    async def get_tenant(caller: Annotated[Principal, reader]) -> TenantBody:
        """The tenant's time zone, in which its days begin and end, and its reporting currency."""
        return await service.tenant(caller.tenant)

    @router.put("/tenant")
    async def set_tenant(caller: Annotated[Principal, writer], body: TenantBody) -> TenantBody:
        """Set the time zone (`today` and `last month` are reckoned in it) or the reporting currency.

        What is left out stays as it is. With another reporting currency, every amount is reckoned again.
        """
        return await service.set_tenant(caller.tenant, body)

    @router.get("/currency-rates")
    async def currency_rates(caller: Annotated[Principal, reader]) -> RateList:
        """The rates that were loaded, newest first."""
        return await service.rates(caller.tenant)

    @router.put("/currency-rates")
    async def load_currency_rates(caller: Annotated[Principal, writer], body: RateBodies) -> RatesLoaded:
        """Add or replace rates by day and currencies. The last rate on or before a fact's day holds."""
        return await service.load_rates(caller.tenant, body.rates)

    return router


def pipeline_routes(pipeline: Pipeline, verifier: TokenVerifier) -> APIRouter:
    router = APIRouter(prefix="/v1/pipeline", tags=["pipeline"])
    reader = Depends(guard(verifier, "hub:read"))
    writer = Depends(guard(verifier, "hub:write"))

    @router.post("/runs")
    async def run(caller: Annotated[Principal, writer], from_beginning: bool = False) -> PipelineRun:
        """Bring what changed in the sources into the hub, now. Running it again brings nothing.

        With `from_beginning` all of every source is read, and what no source has is removed.
        """
        return await pipeline.run_now(caller.tenant, from_beginning=from_beginning)

    @router.get("/runs")
    async def runs(caller: Annotated[Principal, reader]) -> PipelineRuns:
        """The tenant's last 50 runs that brought something, failed or were asked for, newest first."""
        return PipelineRuns(runs=await pipeline.runs(caller.tenant))

    @router.post("/reconciliations")
    async def reconcile(caller: Annotated[Principal, writer]) -> Reconciliations:
        """Compare everything the hub holds with the sources, by month. Nothing is changed."""
        return await pipeline.reconcile(caller.tenant)

    return router

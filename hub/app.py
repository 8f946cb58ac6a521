"""Composition root of the hub: the REST API and the scheduled pipeline."""

import asyncio
from contextlib import AsyncExitStack

from fastapi import FastAPI

from hub.pipeline.run import Pipeline
from hub.pipeline.schedule import run_forever
from hub.rate_files import rate_import_route
from hub.reporting import ReportingService
from hub.routes import client_routes, pipeline_routes, strategy_routes, tenant_routes
from hub.service import ClientService, StrategyService
from hub.settings import PipelineSettings
from kernel.auth import TokenVerifier
from kernel.auth.resource import metadata_routes
from kernel.auth.rest import install_error_handlers
from kernel.database import Database
from kernel.settings import Settings
from kernel.web import health_routes, serve_app


def create_app(database: Database, pipeline: Pipeline, verifier: TokenVerifier) -> FastAPI:
    app = FastAPI(title="PromptSales hub", version="1")
    install_error_handlers(app)
    service, reporting = ClientService(database), ReportingService(database)
    app.include_router(client_routes(service, verifier))
    app.include_router(strategy_routes(StrategyService(database), verifier))
    app.include_router(tenant_routes(reporting, verifier))
    app.router.routes.append(rate_import_route(reporting, verifier))
    app.include_router(pipeline_routes(pipeline, verifier))
    app.router.routes.extend(metadata_routes(verifier.protected))
    app.router.routes.extend(health_routes("hub", {"database": database.ping, "identity": verifier.ping}))
    return app


async def serve(settings: Settings) -> None:
    """Serve until a signal; the scheduled pipeline runs beside."""
    schedule = PipelineSettings()
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database.open(settings.role_database_url("promptsales_hub")))
        sources = await stack.enter_async_context(
            Database.open(settings.role_database_url("promptsales_pipeline"), max_size=4)
        )
        pipeline = Pipeline(database, sources, batch_rows=schedule.batch_rows)
        verifier = await stack.enter_async_context(TokenVerifier(settings, settings.audience("hub")))
        scheduled = asyncio.create_task(run_forever(pipeline, every_seconds=schedule.seconds))
        try:
            await serve_app(create_app(database, pipeline, verifier), settings, "hub")
        finally:
            scheduled.cancel()
            await asyncio.gather(scheduled, return_exceptions=True)

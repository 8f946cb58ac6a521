"""The composition root of the conversation API."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from agents.models import open_models
from agents.switchboard import Switchboard
from kernel.auth import TokenClient, TokenVerifier
from kernel.auth.resource import metadata_routes
from kernel.auth.rest import install_error_handlers
from kernel.database import Database
from kernel.settings import Settings
from kernel.tls import service_http
from kernel.web import health_routes, serve_app
from orchestrator import routes
from orchestrator.checkpoints import open_checkpointer
from orchestrator.chunks import ChunkLog
from orchestrator.clients.approvals import Approvals
from orchestrator.clients.hub import Hub
from orchestrator.engines import Engines
from orchestrator.locks import ThreadLocks
from orchestrator.repository import Conversations
from orchestrator.runner import Runner
from orchestrator.state import Services

ROLE = "promptsales_orchestrator"
_REST_SECONDS = 10


@asynccontextmanager
async def open_app(settings: Settings, *, verifier: TokenVerifier | None = None) -> AsyncGenerator[FastAPI]:
    """The API with everything it depends on open; closed at exit. `verifier` replaces the one of the issuer."""
    url = settings.role_database_url(ROLE)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database.open(url))
        checkpointer = await stack.enter_async_context(open_checkpointer(url))
        locks = await stack.enter_async_context(ThreadLocks.open(url))
        http = await stack.enter_async_context(service_http(settings, timeout=_REST_SECONDS))
        tokens = await stack.enter_async_context(TokenClient(settings, "orchestrator"))
        log = await stack.enter_async_context(ChunkLog.open(settings.cache_url()))
        models = await stack.enter_async_context(open_models(settings))
        switchboard = Switchboard(settings)
        stack.push_async_callback(switchboard.aclose)
        checked = await stack.enter_async_context(
            verifier or TokenVerifier(settings, settings.audience("orchestrator"))
        )
        conversations, approvals = Conversations(database), Approvals(settings, tokens, http)
        services = Services(conversations, Hub(settings, tokens, http), approvals, Engines.of(models))
        runner = Runner(services, switchboard, log, locks, checkpointer)
        await stack.enter_async_context(runner.running())
        app = FastAPI(title="PromptSales conversations", version="1", openapi_url="/openapi.json", redoc_url=None)
        app.state.dependencies = routes.Dependencies(checked, conversations, approvals, runner, log)
        install_error_handlers(app)
        app.include_router(routes.router)
        app.router.routes.extend(metadata_routes(checked.protected))
        checks = {"database": database.ping, "redis": log.ping, "identity": checked.ping}
        app.router.routes.extend(health_routes("orchestrator", checks))
        yield app


async def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM."""
    async with open_app(settings) as app:
        await serve_app(app, settings, "orchestrator")

"""The composition root of the API process."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from approvals.grants import GrantSigner
from approvals.notifications import AuditFeed
from approvals.policy import default_policy
from approvals.routes import about, actions, decisions, events
from approvals.routes.dependencies import Dependencies
from approvals.servers import Servers
from approvals.service import ApprovalService
from approvals.settings import ApprovalSettings
from kernel.auth import TokenClient, TokenVerifier
from kernel.auth.resource import metadata_routes
from kernel.auth.rest import install_error_handlers
from kernel.database import Database
from kernel.settings import Settings
from kernel.tls import service_http
from kernel.web import health_routes, serve_app

ROLE = "promptsales_approvals"
_PREPARE_TIMEOUT_SECONDS = 10


@asynccontextmanager
async def open_app(
    settings: Settings, options: ApprovalSettings, *, verifier: TokenVerifier | None = None
) -> AsyncGenerator[FastAPI]:
    """The API with everything it depends on open; closed at exit. `verifier` replaces the one of the issuer."""
    url = settings.role_database_url(ROLE)
    feed = AuditFeed()
    async with (
        Database.open(url) as database,
        TokenClient(settings, "approvals") as tokens,
        service_http(settings, timeout=_PREPARE_TIMEOUT_SECONDS) as http,
        verifier or TokenVerifier(settings, settings.audience("approvals")) as checked,
    ):
        policy = default_policy(options.approval_expiry_seconds)
        service = ApprovalService(database, policy, Servers(settings, tokens, http))
        app = FastAPI(title="PromptSales approvals", version="1", openapi_url="/openapi.json", redoc_url=None)
        app.state.dependencies = Dependencies(
            service, checked, GrantSigner.open(settings), feed, settings.url("approvals")
        )
        install_error_handlers(app)
        for module in (actions, decisions, events, about):
            app.include_router(module.router)
        app.router.routes.extend(metadata_routes(checked.protected))
        app.router.routes.extend(health_routes("approvals", {"database": database.ping, "identity": checked.ping}))
        following = asyncio.create_task(feed.run(url))
        try:
            yield app
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)


async def serve(settings: Settings, options: ApprovalSettings) -> None:
    """Serve until SIGINT or SIGTERM."""
    async with open_app(settings, options) as app:
        await serve_app(app, settings, "approvals")

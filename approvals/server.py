"""The composition root of the API process."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from approvals import governance
from approvals.audit_verification import AuditVerifier
from approvals.feed import AuditFeed
from approvals.grants import GrantSigner
from approvals.notices.log import NoticeLog
from approvals.notices.running import delivering
from approvals.notices.settings import NotificationSettings
from approvals.policy import default_document
from approvals.recovery import Recovery
from approvals.requests import Requests
from approvals.routes import about, actions, audit, decisions, events, notices, rules
from approvals.routes.dependencies import Dependencies
from approvals.rules import Rules
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
    feed = AuditFeed()
    async with (
        Database.open(settings.role_database_url(ROLE)) as database,
        TokenClient(settings, "approvals") as tokens,
        service_http(settings, timeout=_PREPARE_TIMEOUT_SECONDS) as http,
        verifier or TokenVerifier(settings, settings.audience("approvals")) as checked,
    ):
        default = default_document(options.approval_expiry_seconds, options.approval_undo_seconds)
        async with database.system() as connection:
            await governance.install(connection, default.stored())
        servers = Servers(settings, tokens, http)
        service = ApprovalService(database, servers)
        app = FastAPI(title="PromptSales approvals", version="1", openapi_url="/openapi.json", redoc_url=None)
        app.state.dependencies = Dependencies(
            service=service,
            rules=Rules(database),
            recovery=Recovery(database, servers, service),
            requests=Requests(database),
            bulk_caps=options.approval_bulk_caps,
            verifier=checked,
            signer=GrantSigner.open(settings),
            feed=feed,
            verifying=AuditVerifier(database),
            notices=NoticeLog(database),
            base_url=settings.url("approvals"),
        )
        install_error_handlers(app)
        for module in (decisions, actions, rules, events, audit, notices, about):
            app.include_router(module.router)
        app.router.routes.extend(metadata_routes(checked.protected))
        app.router.routes.extend(health_routes("approvals", {"database": database.ping, "identity": checked.ping}))
        following = asyncio.create_task(feed.run(database))
        try:
            yield app
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)


async def serve(settings: Settings, options: ApprovalSettings) -> None:
    """Serve, and deliver notices, until SIGINT or SIGTERM."""
    async with (
        open_app(settings, options) as app,
        delivering(settings, NotificationSettings(), ROLE),
    ):
        await serve_app(app, settings, "approvals")

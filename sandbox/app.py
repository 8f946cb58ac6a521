"""The composition root: opens the database, wires the routes, announces the sandbox on every answer."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from fastapi import FastAPI, Request
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kernel.auth.rest import install_error_handlers
from kernel.clock import now
from kernel.database import Database
from kernel.settings import Settings
from kernel.web import health_routes, problem_response
from sandbox.controls import Controls
from sandbox.errors import RateLimited
from sandbox.routes import ads, control, inbox, messenger, publisher
from sandbox.routes.edge import RETRY_AFTER_SECONDS, Wiring
from sandbox.service import Sandbox
from sandbox.settings import SandboxSettings

ROLE = "promptsales_sandbox"


class Announcement:
    """ASGI middleware: every answer says that nothing here is real."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def announce(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Sandbox"] = "true"
            await send(message)

        await self.app(scope, receive, announce)


def create_app(
    settings: Settings, sandbox_settings: SandboxSettings, *, clock: Callable[[], datetime] = now
) -> FastAPI:
    """The service, ready to serve; it opens its database when it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with Database.open(settings.role_database_url(ROLE)) as database:
            app.state.wiring = Wiring(
                sandbox=Sandbox(database, sandbox_settings, clock=clock),
                controls=Controls(database, sandbox_settings),
                api_key=settings.client_secret("sandbox"),
                timeout_seconds=sandbox_settings.timeout_seconds,
                slow_seconds=sandbox_settings.slow_seconds,
            )
            app.router.routes.extend(health_routes("sandbox", {"database": database.ping}))
            yield

    app = FastAPI(
        title="PromptSales sandbox",
        description="A simulated outside world: ad platforms, publisher, messenger, inbox. Nothing here is real.",
        lifespan=lifespan,
    )
    app.add_middleware(Announcement)
    install_error_handlers(app)
    for routes in (ads, publisher, messenger, inbox, control):
        app.include_router(routes.router)

    @app.exception_handler(RateLimited)
    async def on_rate_limit(_request: Request, error: RateLimited) -> Response:  # pyright: ignore[reportUnusedFunction]
        return problem_response(error, {"Retry-After": str(RETRY_AFTER_SECONDS)})

    return app

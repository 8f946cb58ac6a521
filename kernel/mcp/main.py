"""The process of a context: `python -m mcp_servers.ads [--stdio | migrate]`."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from typing import cast

from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route

from kernel.auth.resource import metadata_routes
from kernel.gate import Gate
from kernel.gate.routes import gate_routes
from kernel.logs import configure_logging
from kernel.mcp.access import BearerAccess
from kernel.mcp.context import ContextResources, open_context
from kernel.mcp.identity import StdioIdentity
from kernel.mcp.server import ContextServer
from kernel.migrations import Context, migrate
from kernel.settings import Service, Settings, get_settings
from kernel.web import Check, health_routes, run, serve_app


@dataclass(frozen=True, slots=True)
class Composition:
    """What a context's composition root builds."""

    server: ContextServer
    gate: Gate | None = None
    routes: Sequence[BaseRoute] = field(default_factory=list[BaseRoute])
    """REST routes beside the MCP endpoint, such as imports."""
    optional: Mapping[str, Check] = field(default_factory=dict[str, Check])
    """What it is better with and works without; `/readyz` says how each is."""


_ENDPOINT = "/mcp"

Compose = Callable[[ContextResources], AbstractAsyncContextManager[Composition]]


def http_app(resources: ContextResources, composition: Composition) -> Starlette:
    """The ASGI app: `/mcp`, protected-resource metadata, `/gate/*`, health, and the context's own routes."""
    port = resources.settings.port(resources.name)
    hosts = [f"127.0.0.1:{port}", f"localhost:{port}", *resources.settings.allowed_hosts]
    app = composition.server.streamable_http_app(
        streamable_http_path=_ENDPOINT,
        stateless_http=True,
        transport_security=TransportSecuritySettings(
            allowed_hosts=hosts, allowed_origins=[f"{resources.settings.scheme}://{host}" for host in hosts]
        ),
    )
    for route in app.router.routes:
        if isinstance(route, Route) and route.path == _ENDPOINT:
            route.app = BearerAccess(route.app, resources.verifier, composition.server.needs)
    app.router.routes.extend(metadata_routes(resources.verifier.protected))
    checks = {"database": resources.database.ping, "identity": resources.verifier.ping}
    app.router.routes.extend(health_routes(resources.name, checks, composition.optional))
    if composition.gate is not None:
        app.router.routes.extend(gate_routes(composition.gate, resources.verifier))
    app.router.routes.extend(composition.routes)
    return app


def main(name: Service, compose: Compose, context: Context | None) -> None:
    """Entry point of a context's `__main__`. A context without migrations of its own passes None."""
    parser = argparse.ArgumentParser(prog=f"python -m mcp_servers.{name}")
    parser.add_argument("command", nargs="?", choices=["serve", "migrate"], default="serve")
    parser.add_argument("--stdio", action="store_true", help="serve on standard input and output")
    arguments = parser.parse_args()
    configure_logging(name)
    settings = get_settings()
    if arguments.command == "migrate":
        if context is not None:
            migrate(settings, context)
        return
    run(_serve(settings, name, compose, stdio=cast("bool", arguments.stdio)))


async def _serve(settings: Settings, name: Service, compose: Compose, *, stdio: bool) -> None:
    async with AsyncExitStack() as stack:
        resources = await stack.enter_async_context(open_context(settings, name))
        composition = await stack.enter_async_context(compose(resources))
        if stdio:
            role = settings.stdio_role or "marketer"
            composition.server.stdio = StdioIdentity(settings, name, resources.verifier, role)
            await composition.server.run_stdio_async()
        else:
            await serve_app(http_app(resources, composition), settings, name)

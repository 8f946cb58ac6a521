"""Every service of the system in this process, each at its own address, with real tokens of two tenants' people."""

import json
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, cast, get_args

import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from approvals.server import open_app as open_approvals
from approvals.settings import ApprovalSettings
from hub.app import create_app as create_hub
from hub.pipeline.run import Pipeline
from identity.app import open_app as open_identity
from identity.keys import TOKEN_SIGNING, SigningKeys
from kernel.auth import Role, TokenVerifier
from kernel.auth.roles import EXECUTE, RESOURCE_SCOPES, Resource, scopes_of
from kernel.database import Database
from kernel.ids import new_id
from kernel.mcp import ContextServer, http_app, open_context
from kernel.settings import MCP_SERVERS, Service, Settings
from mcp_servers.ads.server import compose as compose_ads
from mcp_servers.analytics.server import compose as compose_analytics
from mcp_servers.content.server import compose as compose_content
from mcp_servers.crm.server import compose as compose_crm
from orchestrator.server import open_app as open_orchestrator
from sandbox.app import create_app as create_sandbox
from sandbox.settings import SandboxSettings
from tests.integration.approvals.outside import served

PROTOCOL = "2026-07-28"
ROLES: tuple[Role, ...] = get_args(Role)
Caller = Literal[Role, "executor"]
CALLERS: tuple[Caller, ...] = (*ROLES, "executor")
SERVICES: tuple[Resource, ...] = (*cast("tuple[Resource, ...]", MCP_SERVERS), "approvals", "hub", "orchestrator")
"""Whoever takes tokens for the work itself; identity takes them for administration."""
_COMPOSE = {"content": compose_content, "ads": compose_ads, "crm": compose_crm, "analytics": compose_analytics}


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it arrived at a service."""

    service: Service
    method: str
    path: str
    authorization: str


@dataclass(frozen=True)
class Estate:
    settings: Settings
    signing: SigningKeys
    http: httpx2.AsyncClient
    pipeline: Pipeline
    apps: dict[Service, Starlette] = field(default_factory=dict[Service, Starlette])
    servers: dict[Service, ContextServer] = field(default_factory=dict[Service, ContextServer])
    received: list[Received] = field(default_factory=list[Received])
    """Every request since the list was last cleared, at whichever service."""

    def token(self, who: Caller, service: Service, *, tenant: str, **changes: Any) -> str:
        """A token as the issuer signs it for a person's own sign-in, or for the executor; `changes` replaces claims."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.settings.issuer,
            "aud": self.settings.audience(service),
            "sub": f"user:{who}",
            "tenant": tenant,
            "scope": " ".join(sorted(scopes_for(who, service))),
            "roles": [who],
            "client_id": "cli",
            "jti": new_id("tok"),
            "iat": now,
            "exp": now + 300,
        }
        if who == "executor":
            claims |= {"sub": "executor", "client_id": "executor", "roles": [], "tenant": None}
        stated = {name: value for name, value in (claims | changes).items() if value is not None}
        return self.signing.sign(stated)

    async def rest(
        self, service: Service, method: str, path: str, token: str | None, *, body: object = None, **headers: str
    ) -> httpx2.Response:
        """Call a route; of an answer that streams, only its beginning."""
        url = f"{self.settings.url(service)}{path}"
        async with self.http.stream(method, url, json=body, headers={**headers, **_bearer(token)}) as response:
            if "text/event-stream" not in response.headers.get("content-type", ""):
                await response.aread()
            return response

    async def call(
        self, server: Service, tool: str, arguments: Mapping[str, Any], token: str | None
    ) -> tuple[httpx2.Response, dict[str, Any]]:
        """Call a tool over HTTP: the answer, and the JSON-RPC message in it where it is one."""
        params = {"name": tool, "arguments": dict(arguments)}
        return await self.mcp(server, "tools/call", params, token, name=tool)

    async def mcp(
        self,
        server: Service,
        method: str,
        params: Mapping[str, Any],
        token: str | None,
        *,
        name: str | None = None,
        capabilities: Mapping[str, Any] | None = None,
    ) -> tuple[httpx2.Response, dict[str, Any]]:
        """One request of the MCP protocol, without a client that would hide what HTTP says."""
        meta = {
            "io.modelcontextprotocol/protocolVersion": PROTOCOL,
            "io.modelcontextprotocol/clientInfo": {"name": "tests", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": dict(capabilities or {}),
        }
        headers = {
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": PROTOCOL,
            "Mcp-Method": method,
            **({"Mcp-Name": name} if name else {}),
            **_bearer(token),
        }
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}
        response = await self.http.post(self.settings.audience(server), json=message, headers=headers)
        return response, _message(response)

    async def listed(self, server: Service, token: str) -> list[dict[str, Any]]:
        """The tools a server lists to a token."""
        _, message = await self.mcp(server, "tools/list", {}, token)
        return cast("list[dict[str, Any]]", message["result"]["tools"])

    @asynccontextmanager
    async def client(self, server: Service, token: str) -> AsyncGenerator[Client]:
        """The official client, with a token."""
        async with (
            httpx2.AsyncClient(headers=_bearer(token), timeout=30, trust_env=False) as http,
            Client(streamable_http_client(self.settings.audience(server), http_client=http)) as client,
        ):
            yield client


def scopes_for(who: Caller, service: Service) -> frozenset[str]:
    """The scopes the issuer puts into a token of that role, or of the executor, for a service."""
    if who == "executor":
        return frozenset({EXECUTE})
    return scopes_of([who]) & RESOURCE_SCOPES[cast("Resource", service)]


@asynccontextmanager
async def open_estate(settings: Settings) -> AsyncGenerator[Estate]:
    """Every service over a migrated database and Valkey, reachable over HTTP; stopped at exit."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        hub = await enter(Database.open(settings.role_database_url("promptsales_hub")))
        sources = await enter(Database.open(settings.role_database_url("promptsales_pipeline"), max_size=4))
        pipeline = Pipeline(hub, sources)
        http = await enter(httpx2.AsyncClient(timeout=30, trust_env=False))
        estate = Estate(settings, SigningKeys.load(settings.key_file(TOKEN_SIGNING)), http, pipeline)

        async def serve(service: Service, app: Starlette) -> None:
            estate.apps[service] = app
            await enter(app.router.lifespan_context(app))
            await enter(served(_Recording(app, service, estate.received), settings, service))

        await serve("identity", await enter(open_identity(settings)))
        await serve("sandbox", create_sandbox(settings, SandboxSettings(timeout_seconds=0.05)))
        await serve("approvals", await enter(open_approvals(settings, ApprovalSettings())))
        verifier = await enter(TokenVerifier(settings, settings.audience("hub")))
        await serve("hub", create_hub(hub, pipeline, verifier))
        for name in MCP_SERVERS:
            resources = await enter(open_context(settings, name))
            composition = await enter(_COMPOSE[name](resources))
            estate.servers[name] = composition.server
            await serve(name, http_app(resources, composition))
        await serve("orchestrator", await enter(open_orchestrator(settings)))
        yield estate


class _Recording:
    """ASGI: notes what each request presents, before the service sees it."""

    def __init__(self, app: ASGIApp, service: Service, received: list[Received]) -> None:
        self._app = app
        self._service: Service = service
        self._received = received

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(cast("list[tuple[bytes, bytes]]", scope["headers"]))
        presented = headers.get(b"authorization", b"").decode("latin-1")
        self._received.append(Received(self._service, scope["method"], scope["path"], presented))
        await self._app(scope, receive, send)


def _bearer(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _message(response: httpx2.Response) -> dict[str, Any]:
    text = response.text
    if response.headers.get("content-type", "").startswith("text/event-stream"):
        text = next(line for line in text.splitlines() if line.startswith("data: {")).removeprefix("data: ")
    return cast("dict[str, Any]", json.loads(text)) if text else {}

"""The content context over a real database, reached by an in-memory MCP client, publishing to the real sandbox app."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import httpx2
import pytest
from mcp.client import Client
from mcp_types import TextContent

from kernel.auth import Principal, TokenClient, TokenVerifier
from kernel.database import Database
from kernel.gate import Gate
from kernel.ids import new_id
from kernel.mcp import ContextResources, ContextServer
from kernel.mcp.identity import StdioIdentity
from kernel.settings import Settings
from mcp_servers.content.effects import PublishAsset
from mcp_servers.content.generation.playbook import PlaybookEngine
from mcp_servers.content.platforms.sandbox import SandboxPublisher
from mcp_servers.content.server import INSTRUCTIONS, register
from mcp_servers.content.service import ContentService
from sandbox.app import create_app
from sandbox.settings import SandboxSettings
from tests.support.gate import Grants, RecordingQueue
from tests.support.identity import FixedIdentity, caller

ASSET: dict[str, Any] = {
    "client": "Cafe Alta",
    "product": "Geisha Roast",
    "title": "November launch",
    "channel": "social",
    "platform": "Meta Ads",
    "country": "Costa Rica",
    "audience": "coffee lovers",
    "language": "es",
    "headline": "Conocé Geisha Roast",
    "body": "Tostado cada semana en Tarrazú.",
    "call_to_action": "Probalo",
    "engine": "playbook",
    "source": "generate_copy",
}


@dataclass(frozen=True)
class Content:
    """Everything a test of the content context touches; each has a tenant of its own."""

    tenant: str
    database: Database
    queue: RecordingQueue
    grants: Grants
    gate: Gate
    server: ContextServer
    http: httpx2.AsyncClient
    publisher: SandboxPublisher

    @asynccontextmanager
    async def client(self, principal: Principal | None = None) -> AsyncGenerator[Client]:
        """An MCP client whose calls come from this principal."""
        self.server.stdio = cast("StdioIdentity", FixedIdentity(principal or caller(self.tenant)))
        async with Client(self.server) as client:
            yield client

    async def call(self, tool: str, principal: Principal | None = None, /, **arguments: Any) -> dict[str, Any]:
        """What a tool answers; fails the test when it refuses."""
        async with self.client(principal) as client:
            result = await client.call_tool(tool, arguments)
        assert not result.is_error, result.content
        return cast("dict[str, Any]", result.structured_content)

    async def refusal(self, tool: str, principal: Principal | None = None, /, **arguments: Any) -> str:
        """What a tool says when it refuses; fails the test when it does not."""
        async with self.client(principal) as client:
            result = await client.call_tool(tool, arguments)
        assert result.is_error, result.structured_content
        content = result.content[0]
        assert isinstance(content, TextContent)
        return content.text

    async def asset(self, **changes: Any) -> dict[str, Any]:
        """A new draft."""
        return await self.call("create_asset", **{**ASSET, **changes})

    async def posts(self) -> list[dict[str, Any]]:
        """What the tenant's account holds at the publisher."""
        answer = await self.http.get("/publisher/posts", headers=self._account())
        return answer.json()["items"]

    async def inject(self, kind: str, *, method: str = "POST", count: int = 1) -> None:
        """Make the publisher fail the tenant's next requests."""
        fault = {"service": "publisher", "kind": kind, "count": count, "method": method}
        answer = await self.http.put("/control/faults", json=fault, headers=self._account())
        assert answer.status_code == 200, answer.text

    def _account(self) -> dict[str, str]:
        return {"X-Account": self.publisher.account(self.tenant)}


@pytest.fixture(scope="session")
async def content_database(migrated: Settings) -> AsyncIterator[Database]:
    async with Database.open(migrated.role_database_url("promptsales_content")) as database:
        yield database


@pytest.fixture(scope="session")
async def sandbox_http(migrated: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the sandbox's app, in process."""
    app = create_app(migrated, SandboxSettings(timeout_seconds=0.05))
    headers = {"Authorization": f"Bearer {migrated.client_secret('sandbox')}"}
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app), base_url=migrated.url("sandbox"), headers=headers
        ) as http,
    ):
        yield http


@pytest.fixture
def content(migrated: Settings, content_database: Database, sandbox_http: httpx2.AsyncClient) -> Content:
    queue, grants = RecordingQueue(), Grants(migrated, "content")
    service = ContentService(content_database, PlaybookEngine())
    publisher = SandboxPublisher(migrated, sandbox_http)
    gate = Gate(
        "content",
        [PublishAsset(service, publisher)],
        database=content_database,
        queue=queue,
        grants=grants.verifier(),
    )
    tokens, verifier = TokenClient(migrated, "content"), TokenVerifier(migrated, migrated.audience("content"))
    resources = ContextResources(migrated, "content", content_database, sandbox_http, tokens, verifier)
    server = resources.server(instructions=INSTRUCTIONS, gate=gate)
    register(server, service, gate)
    return Content(new_id("tenant"), content_database, queue, grants, gate, server, sandbox_http, publisher)

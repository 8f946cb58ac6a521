"""PromptCrm as it is composed, over real PostgreSQL and the real sandbox; only the approval queue is a double."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import httpx2
import pytest
from mcp.client import Client

from kernel.auth import Principal, TokenClient, TokenVerifier
from kernel.database import Database
from kernel.gate import Gate, GatedTool
from kernel.ids import new_id
from kernel.mcp import Composition, ContextResources, ContextServer, http_app
from kernel.mcp.identity import StdioIdentity
from kernel.settings import Settings
from mcp_servers.crm.server import compose
from sandbox.app import create_app
from sandbox.settings import SandboxSettings
from tests.support.gate import Grants, RecordingQueue
from tests.support.identity import FixedIdentity, caller
from tests.support.issuing import Issuer

LEAD: dict[str, Any] = {
    "client": "Cafe Alta",
    "source": "web form",
    "country": "Costa Rica",
    "region": "San José",
    "product": "Geisha Roast",
    "campaign_id": "cmp_1",
    "name": "Ana Mora",
    "phone": "+506 8888-7777",
    "consent": {"email": True, "sms": True, "source": "form of 2026-11-02"},
}


@dataclass(frozen=True, slots=True)
class ResourcesUnderTest(ContextResources):
    """The context's resources, with the approval queue kept in memory."""

    queue: RecordingQueue
    grants: Grants

    def gate(self, tools: Sequence[GatedTool[Any]]) -> Gate:
        return Gate(self.name, tools, database=self.database, queue=self.queue, grants=self.grants.verifier())


@dataclass(frozen=True)
class Crm:
    """Everything a test of the crm context touches."""

    resources: ResourcesUnderTest
    composition: Composition
    issuer: Issuer
    sandbox: httpx2.AsyncClient
    rest: httpx2.AsyncClient

    @property
    def server(self) -> ContextServer:
        return self.composition.server

    @property
    def gate(self) -> Gate:
        assert self.composition.gate is not None
        return self.composition.gate

    @property
    def queue(self) -> RecordingQueue:
        return self.resources.queue

    @property
    def grants(self) -> Grants:
        return self.resources.grants

    @asynccontextmanager
    async def client(self, principal: Principal | None = None) -> AsyncGenerator[Client]:
        """An MCP client whose calls come from this principal."""
        self.server.stdio = cast("StdioIdentity", FixedIdentity(principal or caller()))
        async with Client(self.server) as client:
            yield client

    async def call(self, tool: str, principal: Principal | None = None, /, **arguments: Any) -> dict[str, Any]:
        """A tool's structured answer; its error text fails the test."""
        async with self.client(principal) as client:
            result = await client.call_tool(tool, arguments)
        assert not result.is_error, result.content
        assert result.structured_content is not None
        return result.structured_content

    async def refusal(self, tool: str, principal: Principal | None = None, /, **arguments: Any) -> str:
        """The text a model gets when a tool refuses."""
        async with self.client(principal) as client:
            result = await client.call_tool(tool, arguments)
        assert result.is_error
        return " ".join(block.text for block in result.content if block.type == "text")

    async def register(self, **changes: Any) -> str:
        """The id of a new lead, with an address of its own."""
        lead = {**LEAD, "email": f"{new_id('p')}@example.com", **changes}
        return str((await self.call("register_lead", **lead))["lead"]["lead_id"])

    async def load(self, what: str, text: str, *, tenant: str = "acme", **query: str) -> httpx2.Response:
        """POST a CSV file to an import."""
        headers = {"Authorization": f"Bearer {self.issuer.token(tenant)}", "Content-Type": "text/csv"}
        return await self.rest.post(f"/v1/imports/{what}", content=text.encode(), headers=headers, params=query)

    async def rows(self, query: str, *values: object, tenant: str = "acme") -> list[dict[str, Any]]:
        """What the context's own role reads of a tenant."""
        async with self.resources.database.transaction(tenant) as connection:
            return await (await connection.execute(query.encode(), values)).fetchall()

    async def inject(self, kind: str, count: int = 1, **more: str) -> None:
        """Let the messenger fail."""
        fault = {"service": "messenger", "kind": kind, "count": count, **more}
        response = await self.sandbox.put("/control/faults", json=fault)
        assert response.status_code == 200, response.text

    async def sent(self, lead_id: str) -> list[dict[str, Any]]:
        """The messages that the sandbox holds for a lead."""
        response = await self.sandbox.get("/messenger/messages", params={"lead_ref": lead_id})
        return response.json()["items"]


@pytest.fixture(scope="session")
async def crm_database(migrated: Settings) -> AsyncIterator[Database]:
    async with Database.open(migrated.role_database_url("promptsales_crm")) as database:
        yield database


@pytest.fixture(scope="session")
async def sandbox_transport(migrated: Settings) -> AsyncIterator[httpx2.ASGITransport]:
    app = create_app(migrated, SandboxSettings(timeout_seconds=0.05))
    async with app.router.lifespan_context(app):
        yield httpx2.ASGITransport(app=app)


@pytest.fixture
async def crm(
    migrated: Settings, crm_database: Database, sandbox_transport: httpx2.ASGITransport
) -> AsyncIterator[Crm]:
    issuer = Issuer(migrated, "crm")
    account = {
        "Authorization": f"Bearer {migrated.client_secret('sandbox')}",
        "X-Account": "sandbox-messenger:acme",
    }
    async with AsyncExitStack() as stack:
        outside = await stack.enter_async_context(httpx2.AsyncClient(transport=sandbox_transport))
        resources = ResourcesUnderTest(
            settings=migrated,
            name="crm",
            database=crm_database,
            http=outside,
            tokens=await stack.enter_async_context(TokenClient(migrated, "crm")),
            verifier=await stack.enter_async_context(TokenVerifier(migrated, migrated.audience("crm"), keys=issuer)),
            queue=RecordingQueue(),
            grants=Grants(migrated, "crm"),
        )
        composition = await stack.enter_async_context(compose(resources))
        sandbox = httpx2.AsyncClient(transport=sandbox_transport, base_url="http://sandbox", headers=account)
        rest = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=http_app(resources, composition)), base_url="http://crm"
        )
        yield Crm(
            resources,
            composition,
            issuer,
            await stack.enter_async_context(sandbox),
            await stack.enter_async_context(rest),
        )

"""Analytics as it is composed, over a hub that the pipeline filled, reached by an in-memory MCP client."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import pytest
from mcp.client import Client
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row

from hub.pipeline.run import Pipeline
from hub.reporting import ReportingService
from kernel.auth import Principal
from kernel.database import Database
from kernel.ids import new_id
from kernel.mcp import ContextServer, open_context
from kernel.mcp.identity import StdioIdentity
from kernel.settings import Settings
from mcp_servers.analytics.server import compose
from tests.integration.analytics.world import World, make_world
from tests.integration.hub.sources import Sources
from tests.support.identity import FixedIdentity, caller


@dataclass(frozen=True)
class Analytics:
    """The server, and the ways a test fills the hub."""

    server: ContextServer
    pipeline: Pipeline
    reporting: ReportingService
    admin: AsyncConnection[DictRow]

    @asynccontextmanager
    async def client(self, principal: Principal) -> AsyncGenerator[Client]:
        self.server.stdio = cast("StdioIdentity", FixedIdentity(principal))
        async with Client(self.server) as client:
            yield client

    async def call(self, tenant: str, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """A tool's structured answer; its error text fails the test."""
        async with self.client(caller(tenant, scopes=("analytics:read",))) as client:
            result = await client.call_tool(tool, arguments)
        assert not result.is_error, result.content
        assert result.structured_content is not None
        return result.structured_content

    async def refusal(self, tenant: str, tool: str, /, **arguments: Any) -> str:
        """The text a model gets when a tool refuses."""
        async with self.client(caller(tenant, scopes=("analytics:read",))) as client:
            result = await client.call_tool(tool, arguments)
        assert result.is_error
        return " ".join(block.text for block in result.content if block.type == "text")

    async def fill(self, tenant: str, world: World) -> None:
        """Put a world into the sub-companies' schemas and let the pipeline bring it."""
        sources = Sources(self.admin, tenant)
        async with self.admin.transaction():
            for table, rows in world.tables.items():
                if rows:
                    await sources.add(table, *rows)
        await self.pipeline.run_now(tenant)


@pytest.fixture(scope="session")
async def analytics(migrated: Settings) -> AsyncIterator[Analytics]:
    async with (
        open_context(migrated, "analytics") as resources,
        compose(resources) as composition,
        Database.open(migrated.role_database_url("promptsales_hub")) as hub,
        Database.open(migrated.role_database_url("promptsales_pipeline")) as sources,
        await AsyncConnection[DictRow].connect(
            migrated.admin_database_url(), autocommit=True, row_factory=dict_row
        ) as admin,
    ):
        yield Analytics(composition.server, Pipeline(hub, sources), ReportingService(hub), admin)


@pytest.fixture(scope="session")
def world() -> World:
    return make_world()


@pytest.fixture(scope="session")
async def tenant(analytics: Analytics, world: World) -> str:
    """A tenant whose hub holds the world; tests only read it."""
    name = new_id("tenant")
    await analytics.fill(name, world)
    return name

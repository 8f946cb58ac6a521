"""The ads context over a real database, reached by an in-memory MCP client, with a platform the test can see into."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, cast

import pytest
from mcp.client import Client

from kernel.auth import Principal
from kernel.database import Database
from kernel.gate import Gate
from kernel.mcp import ContextServer
from kernel.mcp.identity import StdioIdentity
from kernel.settings import Settings
from mcp_servers.ads.domain import Campaign, LineItem
from mcp_servers.ads.effects import ChangeBudget, LaunchCampaign, PauseCampaign
from mcp_servers.ads.errors import PlatformUnavailable
from mcp_servers.ads.platforms.port import InsightRow, Insights, LiveCampaign
from mcp_servers.ads.prompts import register_prompts
from mcp_servers.ads.resources import register_resources
from mcp_servers.ads.service import AdsService
from mcp_servers.ads.tools import register_tools
from tests.support.gate import Grants, RecordingQueue
from tests.support.identity import FixedIdentity, caller


@dataclass
class MemoryPlatform:
    """An ad network that honours idempotency keys, counts its effects, and fails when told to."""

    name: str = "memory-ads"
    honours_idempotency: bool = True
    campaigns: dict[str, LiveCampaign] = field(default_factory=dict[str, LiveCampaign])
    keys: dict[str, str] = field(default_factory=dict[str, str])
    unanswered: int = 0
    """How many of the next writes take effect without an answer."""
    refuses_connections: bool = False
    skim: Decimal = Decimal(0)
    """What it takes off every budget while answering success."""
    rows: list[InsightRow] = field(default_factory=list[InsightRow])

    def account(self, tenant: str) -> str:
        return f"memory:{tenant}"

    async def launch(self, tenant: str, key: str, campaign: Campaign) -> str:
        if self.refuses_connections:
            raise PlatformUnavailable("The ad platform does not answer.")
        if key not in self.keys:
            platform_id = f"ad_{len(self.campaigns) + 1}"
            self.keys[key] = platform_id
            self.campaigns[platform_id] = LiveCampaign(
                id=platform_id,
                status="active",
                name=campaign.name,
                start=campaign.start,
                end=campaign.end,
                currency=campaign.currency,
                budget=(campaign.budget or Decimal(0)) - self.skim,
                line_items=campaign.line_items,
                sandbox=True,
            )
        self._answer()
        return self.keys[key]

    async def pause(self, tenant: str, key: str, platform_id: str) -> None:
        self.campaigns[platform_id] = replace(self.campaigns[platform_id], status="paused")
        self.keys[key] = platform_id
        self._answer()

    async def change_budget(
        self, tenant: str, key: str, platform_id: str, budget: Decimal, line_items: tuple[LineItem, ...]
    ) -> None:
        found = self.campaigns[platform_id]
        self.campaigns[platform_id] = replace(found, budget=budget - self.skim, line_items=line_items)
        self.keys[key] = platform_id
        self._answer()

    async def read(self, tenant: str, platform_id: str) -> LiveCampaign:
        return self.campaigns[platform_id]

    async def find(self, tenant: str, key: str) -> LiveCampaign | None:
        return self.campaigns[self.keys[key]] if key in self.keys else None

    async def insights(self, tenant: str, platform_id: str, after: str | None) -> Insights:
        seen = int(after or 0)
        return Insights(self.rows[seen:], str(len(self.rows)), complete=False)

    def _answer(self) -> None:
        if self.unanswered:
            self.unanswered -= 1
            raise PlatformUnavailable("The ad platform does not answer.")


@dataclass(frozen=True)
class Ads:
    """Everything a test of the ads context touches."""

    database: Database
    platform: MemoryPlatform
    queue: RecordingQueue
    grants: Grants
    gate: Gate
    server: ContextServer

    @asynccontextmanager
    async def client(self, principal: Principal | None = None) -> AsyncGenerator[Client]:
        """An MCP client whose calls come from this principal."""
        self.server.stdio = cast("StdioIdentity", FixedIdentity(principal or caller()))
        async with Client(self.server) as client:
            yield client


@pytest.fixture(scope="session")
async def ads_database(migrated: Settings) -> AsyncIterator[Database]:
    async with Database.open(migrated.role_database_url("promptsales_ads")) as database:
        yield database


@pytest.fixture
async def ads(migrated: Settings, ads_database: Database) -> Ads:
    platform, queue, grants = MemoryPlatform(), RecordingQueue(), Grants(migrated, "ads")
    effects = (LaunchCampaign, PauseCampaign, ChangeBudget)
    gate = Gate(
        "ads",
        [effect(ads_database, platform) for effect in effects],
        database=ads_database,
        queue=queue,
        grants=grants.verifier(),
    )
    server = ContextServer(
        "ads",
        instructions="",
        version="0",
        state_key=b"k" * 32,
    )
    service = AdsService(ads_database)
    register_tools(server, service, gate)
    register_resources(server, service)
    register_prompts(server)
    return Ads(ads_database, platform, queue, grants, gate, server)


DRAFT: dict[str, Any] = {
    "name": "Geisha in November",
    "client": "Cafe Alta",
    "product": "Geisha Roast",
    "start": "2026-11-01",
    "end": "2026-11-30",
    "currency": "USD",
    "budget": "1000.00",
    "audience": "young professionals",
    "line_items": [
        {
            "platform": "Google Ads",
            "channel": "search",
            "country": "Costa Rica",
            "audience": "young professionals",
            "budget": "600.00",
        },
        {
            "platform": "Meta Ads",
            "channel": "social",
            "country": "Mexico",
            "audience": "young professionals",
            "budget": "400.00",
        },
    ],
}


def insight(day: date, spend: str, clicks: int = 10) -> InsightRow:
    line = LineItem("Google Ads", "search", "Costa Rica", "", "young professionals", Decimal(0))
    return InsightRow(day, line, "USD", Decimal(spend), clicks * 100, clicks * 50, clicks, clicks // 5)

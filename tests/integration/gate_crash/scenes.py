"""One approved action of each context, its processes, and the outside world that counts what really happened."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal

import httpx2
from pydantic import BaseModel

from kernel.database import Database
from kernel.errors import Unavailable
from kernel.gate import Gate, GatedTool, Receipt
from kernel.gate.errors import OutcomeUnknown
from kernel.ids import new_id
from kernel.settings import Service, Settings
from mcp_servers.ads import repository as ads_repository
from mcp_servers.ads.domain import Campaign, LineItem
from mcp_servers.ads.effects import LaunchCampaign, LaunchCampaignArgs
from mcp_servers.content.domain.asset import Provenance, Text
from mcp_servers.content.effects import PublishAsset, PublishAssetArgs
from mcp_servers.content.generation.playbook import PlaybookEngine
from mcp_servers.content.service import ContentService, Subject
from mcp_servers.crm.domain import Consent, Lead
from mcp_servers.crm.effects import SendMessage, SendMessageArgs
from mcp_servers.crm.repository import Repository
from sandbox.faults import Platform
from sandbox.kinds import Kind
from tests.integration.gate_crash.interruption import (
    AdNetwork,
    InterruptedTool,
    Interruption,
    Killed,
    Messenger,
    Publisher,
)
from tests.support.gate import Grants, RecordingQueue
from tests.support.identity import caller

Tool = Literal["send_message", "publish_asset", "launch_campaign"]
End = Literal["succeeded", "differs", "unknown"]
OWNERS: dict[Tool, tuple[Service, Platform]] = {
    "send_message": ("crm", "messenger"),
    "publish_asset": ("content", "publisher"),
    "launch_campaign": ("ads", "ads"),
}
"""Whose tool it is, and which of the sandbox's platforms it goes to."""
MOST_ATTEMPTS = 8
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@dataclass(frozen=True)
class World:
    """What every scene stands on: three contexts' databases, and the sandbox behind real HTTP."""

    settings: Settings
    databases: dict[Service, Database]
    http: httpx2.AsyncClient

    def key(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.settings.client_secret('sandbox')}"}


@dataclass(frozen=True)
class Scene:
    """An approved action on its way to a platform of some kind."""

    world: World
    server: Service
    tenant: str
    account: str
    tool: Callable[[Interruption | None], GatedTool[Any]]
    grants: Grants
    action_id: str
    canonical: bytes

    def process(self, interruption: Interruption | None = None) -> Gate:
        """The server's gate as a process of its own has it."""
        tool = self.tool(interruption)
        tools = [InterruptedTool(tool, interruption) if interruption else tool]
        return Gate(
            self.server,
            tools,
            database=self.world.databases[self.server],
            queue=RecordingQueue(),
            grants=self.grants.verifier(),
        )

    async def attempt(self, gate: Gate, fence: int) -> Receipt:
        grant = self.grants.sign(self.action_id, self.canonical, tenant=self.tenant, fence=fence)
        return await gate.execute(grant, self.canonical)

    async def finish(self, gate: Gate, fence: int) -> End:
        """Try as the executor does: again while nobody answers, until it is clear what became of the action."""
        for later in range(MOST_ATTEMPTS):
            try:
                receipt = await self.attempt(gate, fence + later)
            except OutcomeUnknown:
                return "unknown"
            except Unavailable:
                continue
            return "differs" if receipt.differences else "succeeded"
        return "unknown"

    async def interrupted(self, gate: Gate, interruption: Interruption) -> tuple[asyncio.Task[Receipt], int]:
        """Attempts until the interruption strikes one: that one, and its fence."""
        for fence in range(1, MOST_ATTEMPTS + 1):
            attempt = asyncio.create_task(self._whole(gate, fence, interruption))
            striking = asyncio.create_task(interruption.struck.wait())
            await asyncio.wait({attempt, striking}, return_when=asyncio.FIRST_COMPLETED)
            if interruption.struck.is_set():
                return attempt, fence
            striking.cancel()
            assert isinstance(attempt.exception(), Unavailable), attempt
        raise AssertionError("No attempt came as far as the interruption.")

    async def _whole(self, gate: Gate, fence: int, interruption: Interruption) -> Receipt:
        receipt = await self.attempt(gate, fence)
        await interruption.reach("after receipt")
        return receipt

    async def effects(self) -> int:
        """How often the platform did something under this action's id."""
        response = await self.world.http.get(
            f"{self.world.settings.url('sandbox')}/control/effects",
            params={"idempotency_key": self.action_id},
            headers={**self.world.key(), "X-Account": self.account},
        )
        return len(response.json()["effects"])


async def killed(attempt: asyncio.Task[Receipt]) -> None:
    """See an attempt die of its interruption."""
    try:
        await attempt
    except Killed:
        return
    raise AssertionError("The attempt survived.")


async def scene(world: World, tool: Tool, kind: Kind) -> Scene:
    """A fresh tenant with one approved action, at a platform of this kind that its server knows for what it is."""
    tenant = new_id("tenant")
    honours = kind != "forgetful"
    match tool:
        case "send_message":
            make, args = await _message(world, tenant, kind)
        case "publish_asset":
            make, args = await _publication(world, tenant, honours)
        case "launch_campaign":
            make, args = await _launch(world, tenant, honours)
    server, service = OWNERS[tool]
    account = f"sandbox-{service}:{tenant}"
    made = await world.http.put(
        f"{world.settings.url('sandbox')}/control/kinds",
        json={"service": service, "kind": kind},
        headers={**world.key(), "X-Account": account},
    )
    assert made.json()["kinds"][service] == kind, made.text
    grants = Grants(world.settings, server)
    bare = Scene(world, server, tenant, account, make, grants, new_id("act"), b"")
    prepared = await bare.process().prepare(tenant, tool, args.model_dump(mode="json"))
    canonical = grants.canonical({**prepared, "tenant": tenant, "proposer": "user:marketer"})
    return Scene(world, server, tenant, account, make, grants, bare.action_id, canonical)


Make = Callable[[Interruption | None], GatedTool[Any]]


async def _message(world: World, tenant: str, kind: Kind) -> tuple[Make, BaseModel]:
    database = world.databases["crm"]
    lead = Lead(
        id=new_id("lead"),
        created_at=NOW,
        client="Cafe Alta",
        source="web form",
        country="Costa Rica",
        email=f"{new_id('p')}@example.com",
        consent=Consent(email=True, at=NOW, source="form"),
    )
    async with database.session(tenant) as session:
        await Repository(session, tenant).add_lead(lead)

    def make(interruption: Interruption | None) -> GatedTool[Any]:
        patience, honours = (1 if kind == "slow" else 10), kind != "forgetful"
        messenger = Messenger(world.settings, world.http, timeout_seconds=patience, honours_idempotency=honours)
        messenger.interruption = interruption
        return SendMessage(database, messenger)

    body = {"lead_id": lead.id, "channel": "email", "subject": "Sample", "body": "It ships today.", "language": "en"}
    return make, SendMessageArgs.model_validate(body)


async def _publication(world: World, tenant: str, honours: bool) -> tuple[Make, BaseModel]:
    service = ContentService(world.databases["content"], PlaybookEngine())
    subject = Subject(
        client="Cafe Alta",
        product="Geisha Roast",
        title="November",
        channel="social",
        platform="Meta Ads",
        country="Costa Rica",
        audience="coffee lovers",
        language="es",
    )
    text = Text.of("Tostado cada semana.", "Geisha Roast", "Probalo")
    asset = await service.create(caller(tenant), subject, text, Provenance.of("playbook", None))

    def make(interruption: Interruption | None) -> GatedTool[Any]:
        publisher = Publisher(world.settings, world.http, honours_idempotency=honours)
        publisher.interruption = interruption
        return PublishAsset(service, publisher)

    return make, PublishAssetArgs(asset_id=asset.about.id, version=1, channel="social", platform="Meta Ads")


async def _launch(world: World, tenant: str, honours: bool) -> tuple[Make, BaseModel]:
    database = world.databases["ads"]
    line = LineItem("Google Ads", "search", "Mexico", "", "coffee lovers", Decimal("700.00"))
    campaign = Campaign(
        id=new_id("cmp"),
        name="Geisha in November",
        client="Cafe Alta",
        product="Geisha Roast",
        objective="sales",
        status="draft",
        origin="planned",
        version=1,
        start=date(2026, 11, 1),
        end=date(2026, 11, 30),
        currency="USD",
        budget=line.budget,
        audience="coffee lovers",
        goal_metric=None,
        goal_value=None,
        line_items=(line,),
        platform_id=None,
        created_at=NOW,
    )
    async with database.transaction(tenant) as connection:
        await ads_repository.insert(connection, tenant, campaign, key=None, request_digest="")

    def make(interruption: Interruption | None) -> GatedTool[Any]:
        network = AdNetwork(world.settings, world.http, timeout_seconds=10, honours_idempotency=honours)
        network.interruption = interruption
        return LaunchCampaign(database, network)

    return make, LaunchCampaignArgs.of(campaign)

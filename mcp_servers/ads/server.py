"""Composition root of PromptAds: opens what it needs and wires it, once."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from kernel.mcp import Composition, ContextResources
from mcp_servers.ads.effects import ChangeBudget, LaunchCampaign, PauseCampaign
from mcp_servers.ads.imports import import_routes
from mcp_servers.ads.insights import fetch_forever
from mcp_servers.ads.platforms.sandbox import SandboxAdPlatform
from mcp_servers.ads.prompts import register_prompts
from mcp_servers.ads.resources import register_resources
from mcp_servers.ads.service import AdsService
from mcp_servers.ads.settings import AdsSettings
from mcp_servers.ads.tools import register_tools

INSTRUCTIONS = """Advertising campaigns of a marketing agency's clients: plan, draft, launch, watch.
Reading and drafting act at once. launch_campaign, pause_campaign and change_budget only propose: a reviewer decides in
the approval queue, and get_approval tells what became of it. The ad platform behind it is a sandbox."""


@asynccontextmanager
async def compose(resources: ContextResources) -> AsyncGenerator[Composition]:
    settings = AdsSettings()
    database = resources.database
    platform = SandboxAdPlatform(
        resources.settings,
        resources.http,
        timeout_seconds=settings.platform_timeout_seconds,
        honours_idempotency=settings.platform_honours_idempotency,
    )
    gate = resources.gate(
        [LaunchCampaign(database, platform), PauseCampaign(database, platform), ChangeBudget(database, platform)]
    )
    service = AdsService(database)
    server = resources.server(instructions=INSTRUCTIONS, gate=gate)
    register_tools(server, service, gate)
    register_resources(server, service)
    register_prompts(server)
    fetching = asyncio.create_task(fetch_forever(database, platform, every_seconds=settings.insights_seconds))
    try:
        yield Composition(server, gate, import_routes(resources.database, resources.verifier))
    finally:
        fetching.cancel()
        await asyncio.gather(fetching, return_exceptions=True)

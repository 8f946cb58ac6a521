"""What PromptAds publishes, as the deployed process composes it."""

from pathlib import Path

import mcp_servers.ads
from kernel.mcp import open_context
from kernel.settings import Settings
from mcp_servers.ads.server import compose
from tests.contracts import assert_contract

CONTRACT = Path(mcp_servers.ads.__file__).with_name("contract.json")


async def test_the_published_surface_is_the_snapshot(migrated: Settings) -> None:
    async with open_context(migrated, "ads") as resources, compose(resources) as composition:
        await assert_contract(composition.server, CONTRACT)


async def test_what_reaches_an_ad_platform_is_marked_so_and_needs_the_right_to_propose(migrated: Settings) -> None:
    async with open_context(migrated, "ads") as resources, compose(resources) as composition:
        outside = {
            tool.name
            for tool in await composition.server.all_tools()
            if tool.annotations and tool.annotations.open_world_hint
        }
        scopes = [composition.server.scopes_of(name) for name in outside]

    assert outside == {"launch_campaign", "pause_campaign", "change_budget"}
    assert all("actions:propose" in needed for needed in scopes)

"""MCP resources of PromptAds."""

from kernel.auth import Principal
from kernel.mcp import ContextServer
from mcp_servers.ads.repository import CampaignFilter
from mcp_servers.ads.schemas import CampaignView
from mcp_servers.ads.service import AdsService


def register_resources(server: ContextServer, service: AdsService) -> None:
    @server.resource(
        "ads://campaigns/{campaign_id}",
        title="Campaign",
        description="A campaign with its line items, budget and status, as JSON.",
        mime_type="application/json",
        scope="ads:read",
    )
    async def campaign(campaign_id: str) -> str:
        caller = await server.caller()
        return CampaignView.of(await service.get_campaign(caller.tenant, campaign_id)).model_dump_json()

    @server.completes("campaign_id", "ads:read")
    async def campaign_ids(caller: Principal, typed: str) -> list[str]:
        newest, _ = await service.list_campaigns(caller.tenant, CampaignFilter(), None, limit=200)
        return [found.id for found in newest if found.id.startswith(typed) or typed.lower() in found.name.lower()]

"""MCP resources of PromptAds."""

from kernel.mcp import ContextServer
from mcp_servers.ads.schemas import CampaignView
from mcp_servers.ads.service import AdsService


def register_resources(server: ContextServer, service: AdsService) -> None:
    @server.resource(
        "ads://campaigns/{campaign_id}",
        title="Campaign",
        description="A campaign with its line items, budget and status, as JSON.",
        mime_type="application/json",
    )
    async def campaign(campaign_id: str) -> str:
        caller = await server.caller()
        caller.require("ads:read")
        return CampaignView.of(await service.get_campaign(caller.tenant, campaign_id)).model_dump_json()

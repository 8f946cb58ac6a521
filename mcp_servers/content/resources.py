"""The MCP resources of PromptContent."""

from kernel.auth import Principal
from kernel.mcp import ContextServer
from mcp_servers.content.repository import AssetFilter
from mcp_servers.content.schemas import AssetView
from mcp_servers.content.service import ContentService


def register_resources(server: ContextServer, service: ContentService) -> None:
    @server.resource(
        "content://assets/{asset_id}",
        name="asset",
        title="Asset",
        description="An asset with every version, its approval, rights and publications, as JSON. Needs content:read.",
        mime_type="application/json",
        scope="content:read",
    )
    async def asset(asset_id: str) -> str:
        caller = await server.caller()
        return AssetView.whole(await service.get(caller.tenant, asset_id)).model_dump_json()

    @server.completes("asset_id", "content:read")
    async def asset_ids(caller: Principal, typed: str) -> list[str]:
        newest = await service.list_assets(caller.tenant, AssetFilter(), None, limit=200)
        return [
            found.id for found in newest.assets if found.id.startswith(typed) or typed.lower() in found.title.lower()
        ]

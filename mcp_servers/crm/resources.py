"""MCP resources of PromptCrm."""

from kernel.auth import Principal
from kernel.mcp import ContextServer
from mcp_servers.crm.repository import LeadFilter
from mcp_servers.crm.schemas import LeadDetails
from mcp_servers.crm.service import CrmService


def register_resources(server: ContextServer, service: CrmService) -> None:
    @server.resource(
        "crm://leads/{lead_id}",
        title="Lead",
        description="A lead with its consent, interactions, stages and sales, as JSON. It holds personal data.",
        mime_type="application/json",
        scope="crm:read",
    )
    async def lead(lead_id: str) -> str:
        caller = await server.caller()
        return LeadDetails.told(*await service.get_lead(caller.tenant, lead_id)).model_dump_json()

    @server.completes("lead_id", "crm:read")
    async def lead_ids(caller: Principal, typed: str) -> list[str]:
        newest, _ = await service.list_leads(caller.tenant, LeadFilter(), None, limit=200)
        return [
            found.id for found in newest if found.id.startswith(typed) or typed.lower() in (found.name or "").lower()
        ]

"""What PromptCrm publishes is what its contract says."""

from pathlib import Path

import mcp_servers.crm
from tests.contracts import assert_contract
from tests.integration.crm.conftest import Crm

CONTRACT = Path(mcp_servers.crm.__file__).parent / "contract.json"


async def test_the_published_surface_is_the_contract(crm: Crm) -> None:
    await assert_contract(crm.server, CONTRACT)


async def test_every_tool_says_what_it_does_and_how_it_acts(crm: Crm) -> None:
    tools = {tool.name: tool for tool in await crm.server.all_tools()}

    assert set(tools) == {
        "get_approval",
        "get_lead",
        "list_leads",
        "log_interaction",
        "record_sale",
        "register_lead",
        "send_message",
        "update_stage",
    }
    for tool in tools.values():
        assert tool.description
        assert tool.output_schema
        assert tool.annotations
        assert None not in tool.annotations.model_dump().values()
    assert {name for name in tools if crm.server.scopes_of(name) == ("crm:write", "actions:propose")} == {
        "send_message"
    }

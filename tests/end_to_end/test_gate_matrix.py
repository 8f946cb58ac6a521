"""Every gated tool of every server, called by every role: nothing reaches a platform, whoever asks."""

from typing import Any, get_args
from urllib.request import parse_http_list, parse_keqv_list

import pytest

from kernel.auth import Role
from kernel.settings import Service
from tests.end_to_end.system import PLATFORMS, System
from tests.end_to_end.test_decisions import DRAFT

ROLES: tuple[Role, ...] = get_args(Role)
MAY_PROPOSE: dict[Service, set[Role]] = {
    "ads": {"marketer", "admin"},
    "content": {"marketer", "admin"},
    "crm": {"marketer", "sales_agent", "admin"},
}


async def gated_calls(system: System) -> dict[tuple[Service, str], dict[str, Any]]:
    """Arguments that are right for each gated tool, on targets made for it."""
    draft = await system.call("marketer", "ads", "draft_campaign", name="Matrix draft", **DRAFT)
    live = await system.call("marketer", "ads", "draft_campaign", name="Matrix live", **DRAFT)
    launch = await system.call("marketer", "ads", "launch_campaign", campaign_id=live["campaign_id"])
    await system.cli("approvals", "approve", launch["approval_id"])
    await system.settled(launch["approval_id"])
    asset = await system.call(
        "marketer", "content", "create_asset",
        client="Cafe Alta", product="Cold Brew Kit", title="Cold brew", channel="social", platform="Meta Ads",
        language="en", headline="Cold brew at home", body="Slow, cold and yours.", engine="human",
    )  # fmt: skip
    lead = await system.call(
        "marketer", "crm", "register_lead",
        client="Cafe Alta", product="Cold Brew Kit", source="web", country="Mexico", email="ana@example.com",
        consent={"email": True, "sms": False, "whatsapp": False, "source": "web form"}, language="en",
    )  # fmt: skip
    assert "error" not in asset, asset
    assert "error" not in lead, lead
    return {
        ("ads", "launch_campaign"): {"campaign_id": draft["campaign_id"]},
        ("ads", "pause_campaign"): {"campaign_id": live["campaign_id"]},
        ("ads", "change_budget"): {"campaign_id": live["campaign_id"], "budget": "600.00", "currency": "USD"},
        ("content", "publish_asset"): {"asset_id": asset["id"], "version": 1},
        ("crm", "send_message"): {
            "lead_id": lead["lead"]["lead_id"],
            "channel": "email",
            "subject": "Hi",
            "body": "Hello.",
            "language": "en",
        },
    }


async def gated_tools(system: System) -> set[tuple[Service, str]]:
    """What the servers themselves announce as acting on the outside world."""
    found: set[tuple[Service, str]] = set()
    for server in ("content", "ads", "crm", "analytics"):
        for tool in await system.tools("admin", server):
            assert tool.annotations is not None
            if tool.annotations.open_world_hint:
                found.add((server, tool.name))
    return found


async def outside(system: System) -> list[dict[str, Any]]:
    """What every platform holds of ours: campaigns, posts, messages, and the keys of all writes ever made."""
    return [await system.sandbox("GET", "/control/state", platform=platform) for platform in PLATFORMS]


async def lacking(system: System, role: Role, server: Service, tool: str, arguments: dict[str, Any]) -> set[str]:
    """The scopes that a refused call would take, as the challenge names them."""
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}
    token = await system.token(role, server)
    response = await system.bearer(token, "POST", system.settings.audience(server), call)
    assert response.status_code == 403, response.text
    challenge = parse_keqv_list(parse_http_list(response.headers["www-authenticate"].removeprefix("Bearer ")))
    assert challenge["error"] == "insufficient_scope"
    return set(challenge["scope"].split())


async def test_no_call_of_a_gated_tool_by_any_role_has_an_effect(system: System) -> None:
    calls = await gated_calls(system)
    assert set(calls) == await gated_tools(system)
    before = await outside(system)

    for (server, tool), arguments in calls.items():
        for role in ROLES:
            if role in MAY_PROPOSE[server]:
                outcome = await system.call(role, server, tool, **arguments)
                assert outcome.get("status") == "pending_approval", (role, tool, outcome)
            else:
                assert "actions:propose" in await lacking(system, role, server, tool, arguments), (role, tool)

    assert await outside(system) == before


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("server", ["content", "ads", "crm"])
async def test_no_role_can_execute_past_the_executor(system: System, server: Service, role: Role) -> None:
    token = await system.token(role, server)
    response = await system.bearer(token, "POST", f"{system.settings.url(server)}/gate/execute", {"grant": "x"})

    assert response.status_code == 403
    assert response.json()["code"] == "insufficient_scope"


async def test_an_approved_post_and_message_do_reach_their_platforms(system: System) -> None:
    """What the matrix counts is what moves when a reviewer says yes: its zeros mean something."""
    wanted: tuple[tuple[Service, str], ...] = (("content", "publish_asset"), ("crm", "send_message"))
    calls = await gated_calls(system)
    before = await outside(system)

    for server, tool in wanted:
        outcome = await system.call("marketer", server, tool, **calls[server, tool])
        await system.cli("approvals", "approve", outcome["approval_id"])
        assert (await system.settled(outcome["approval_id"]))["status"] == "succeeded"

    after = await outside(system)
    assert [now["posts"] - was["posts"] for now, was in zip(after, before, strict=True)] == [0, 1, 0]
    assert [now["messages"] - was["messages"] for now, was in zip(after, before, strict=True)] == [0, 0, 1]

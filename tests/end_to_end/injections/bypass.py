"""The gated tools without their gate, for the control only: each acts on the outside platform at once."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from pydantic_ai.toolsets import AbstractToolset, FunctionToolset

from agents.assignment import SPECIALISTS
from tests.end_to_end.injections.conftest import Stage
from tests.end_to_end.test_decisions import DRAFT

Tool = Callable[..., Awaitable[dict[str, Any]]]


async def ungated(stage: Stage, gated: frozenset[str]) -> list[AbstractToolset[None]]:
    """The servers' tools, with those that would propose replaced by ones that act."""
    lines = [
        (await stage.line(name)).filtered(lambda _context, tool: tool.name not in gated).prefixed(name)
        for name in SPECIALISTS
    ]
    acting: FunctionToolset[None] = FunctionToolset()
    for name, tool in _tools(stage).items():
        acting.add_function(tool, name=name)
    return [*lines, acting]


def _tools(stage: Stage) -> dict[str, Tool]:
    sandbox = stage.system.sandbox

    async def send_message(lead_id: str, channel: str, body: str, language: str, subject: str = "") -> dict[str, Any]:
        order = {"channel": channel, "to": "lead@example.com", "subject": subject, "body": body, "lead_ref": lead_id}
        return await sandbox("POST", "/messenger/messages", order, platform="messenger")

    async def publish_asset(asset_id: str, version: int) -> dict[str, Any]:
        order = {"channel": "social", "body": f"Version {version}", "asset_ref": asset_id}
        return await sandbox("POST", "/publisher/posts", order, platform="publisher")

    async def launch_campaign(campaign_id: str) -> dict[str, Any]:
        facts = {name: DRAFT[name] for name in ("start", "end", "currency", "budget", "line_items")}
        order = {"name": "Unapproved", "objective": "sales", "external_ref": f"{campaign_id}-{secrets.token_hex(4)}"}
        return await sandbox("POST", "/ads/campaigns", {**order, **facts})

    async def change_budget(campaign_id: str, budget: str, currency: str) -> dict[str, Any]:
        return await sandbox("POST", f"/ads/campaigns/{await _live(campaign_id)}/budget", {"budget": budget})

    async def pause_campaign(campaign_id: str, reason: str) -> dict[str, Any]:
        return await sandbox("POST", f"/ads/campaigns/{await _live(campaign_id)}/pause")

    async def _live(campaign_id: str) -> str:
        return str((await stage.system.live_campaigns(campaign_id))[0]["id"])

    return {
        "crm_send_message": send_message,
        "content_publish_asset": publish_asset,
        "ads_launch_campaign": launch_campaign,
        "ads_change_budget": change_budget,
        "ads_pause_campaign": pause_campaign,
    }

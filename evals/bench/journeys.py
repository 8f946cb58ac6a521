"""Whole journeys: a brief becomes a strategy; a proposal becomes an executed action."""

import json
import statistics
import time
from typing import Any

import httpx2

from evals.mcp_wire import CallFailed, tool_call_json
from kernel.auth import TokenClient
from kernel.settings import Settings

BRIEFS = [
    f"Launch Cold Brew Kit for Cafe Alta in Mexico and Costa Rica: budget {budget} USD, "
    "from 2026-12-01 to 2026-12-20, audience coffee lovers, goal 300 sales"
    for budget in (9000, 9100, 9200, 9300, 9400)
]
_DRAFT: dict[str, Any] = {
    "client": "Cafe Alta",
    "product": "Cold Brew Kit",
    "start": "2026-12-01",
    "end": "2026-12-20",
    "currency": "USD",
    "budget": "100.00",
    "audience": "coffee lovers",
    "line_items": [
        {
            "platform": "Meta Ads",
            "channel": "social",
            "country": "Mexico",
            "audience": "coffee lovers",
            "budget": "100.00",
        }
    ],
}


async def brief_to_strategy(settings: Settings, http: httpx2.AsyncClient) -> list[float]:
    """Seconds from sending each brief to the strategy with its proposals queued."""
    async with TokenClient(settings, "cli") as tokens:
        headers = {"Authorization": f"Bearer {await tokens.assertion('marketer', 'orchestrator')}"}
    base = settings.url("orchestrator")
    taken: list[float] = []
    for brief in BRIEFS:
        thread = (await http.post(f"{base}/v1/threads", headers=headers, json={})).json()["id"]
        began = time.perf_counter()
        await _turn(http, f"{base}/v1/threads/{thread}/messages", headers, brief)
        taken.append(time.perf_counter() - began)
    return taken


async def _turn(http: httpx2.AsyncClient, url: str, headers: dict[str, str], brief: str) -> None:
    async with http.stream("POST", url, headers=headers, json={"text": brief}, timeout=60) as response:
        async for line in response.aiter_lines():
            if line.startswith("data: {"):
                chunk = json.loads(line.removeprefix("data: "))
                if chunk["type"] == "data-turn":
                    if chunk["data"]["status"] != "strategy":
                        raise CallFailed(f"The brief became {chunk['data']}")
                    return
    raise CallFailed("The stream ended without a turn.")


async def propose_to_executed(settings: Settings, http: httpx2.AsyncClient, times: int) -> list[float]:
    """Seconds from proposing a launch, through a reviewer's approval at once, to its receipt."""
    async with TokenClient(settings, "cli") as tokens:
        ads = await tokens.assertion("marketer", "ads")
        queue = {"Authorization": f"Bearer {await tokens.assertion('reviewer', 'approvals')}"}
    url = settings.audience("ads")
    taken: list[float] = []
    for number in range(times):
        draft = await tool_call_json(http, url, ads, "draft_campaign", {**_DRAFT, "name": f"Bench {number}"})
        began = time.perf_counter()
        launch = {"campaign_id": draft["campaign_id"]}
        outcome = await tool_call_json(http, url, ads, "launch_campaign", launch)
        action = f"{settings.url('approvals')}/v1/actions/{outcome['approval_id']}"
        approved = await http.post(f"{action}/approve", headers=queue, json={"revision": 1})
        approved.raise_for_status()
        await _executed(http, action, queue)
        taken.append(time.perf_counter() - began)
    return taken


async def _executed(http: httpx2.AsyncClient, action: str, headers: dict[str, str]) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        status = (await http.get(action, headers=headers)).json()["status"]
        if status == "succeeded":
            return
        if status not in ("pending", "approved", "executing"):
            raise CallFailed(f"The action {status}.")
    raise CallFailed("The action was not executed.")


def median(seconds: list[float]) -> float:
    """The median, in milliseconds."""
    return statistics.median(seconds) * 1000

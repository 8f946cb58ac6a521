"""No token is ever passed on: what a service presents elsewhere was issued for that place, and names who acts."""

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from approvals.executor.__main__ import open_executor
from approvals.settings import ApprovalSettings
from kernel.settings import MCP_SERVERS, Service
from tests.end_to_end.system import eventually
from tests.integration.access.conftest import OURS
from tests.integration.access.estate import Estate, Received
from tests.integration.access.world import EXAMPLES, World, settle

TOKEN_ENDPOINT = ("identity", "/oauth/token")
"""The one place a received token is shown to: in the body, as what is exchanged."""
BRIEF = (
    "Launch Roast for Client Quetzal in Mexico: budget 1200 USD, from 1 to 30 November 2026, young professionals,"
    " goal 30 sales"
)


@pytest.fixture(scope="module")
async def world(estate: Estate) -> World:
    return await settle(estate, OURS, "Quetzal")


async def test_no_tool_passes_its_callers_token_on(estate: Estate, world: World) -> None:
    async with _executing(estate):
        live = await _launched(estate, world)
    reached: dict[tuple[Service, str], set[Service]] = {}
    gated: set[tuple[Service, str]] = set()
    for server in MCP_SERVERS:
        for tool in await estate.servers[server].all_tools():
            token = estate.token("marketer", server, tenant=OURS)
            arguments = EXAMPLES[server, tool.name](live)
            estate.received.clear()
            _, message = await estate.call(server, tool.name, arguments, token)
            _check_presented(estate, estate.received, entry=server, token=token, actors=(server,))
            assert not message["result"].get("isError") or tool.name in _REFUSED_WHEN_LIVE, message
            # The outside world is read in the background, since a campaign is live there.
            apart: set[Service] = {server, "identity", "sandbox"}
            reached[server, tool.name] = {seen.service for seen in estate.received if seen.service not in apart}
            if tool.annotations is not None and tool.annotations.open_world_hint:
                gated.add((server, tool.name))
    asks_the_queue = {place for place, services in reached.items() if "approvals" in services}
    looked_up = {(server, "get_approval") for server in MCP_SERVERS if (server, "get_approval") in reached}
    assert asks_the_queue == (gated | looked_up) - {("ads", "launch_campaign")}


_REFUSED_WHEN_LIVE = ("launch_campaign", "update_draft", "estimate_reach")
"""The example's campaign is live by then; and another's figures are needed for the last."""


async def test_an_edit_is_shown_to_the_server_by_the_queue_itself(estate: Estate, world: World) -> None:
    draft = await _call(estate, "ads", "draft_campaign", EXAMPLES["ads", "draft_campaign"](world))
    proposed = await _call(estate, "ads", "launch_campaign", {"campaign_id": draft["campaign_id"]})
    token = estate.token("reviewer", "approvals", tenant=OURS)
    shown = await estate.rest("approvals", "GET", f"/v1/actions/{proposed['approval_id']}", token)
    body = {"revision": 1, "args": shown.json()["args"], "reason": "The same again."}

    estate.received.clear()
    await estate.rest("approvals", "POST", f"/v1/actions/{proposed['approval_id']}/edit", token, body=body)

    assert ("ads", "/gate/prepare") in {(seen.service, seen.path) for seen in estate.received}
    _check_presented(estate, estate.received, entry="approvals", token=token, actors=("approvals",))


async def test_the_orchestrator_and_its_agents_present_tokens_of_their_own(estate: Estate, world: World) -> None:
    token = estate.token("marketer", "orchestrator", tenant=OURS)
    thread = (await estate.rest("orchestrator", "POST", "/v1/threads", token)).json()["thread_id"]
    threads = f"{estate.settings.url('orchestrator')}/v1/threads/{thread}"
    authorization = {"Authorization": f"Bearer {token}"}

    estate.received.clear()
    said = await estate.http.post(f"{threads}/messages", json={"text": BRIEF}, headers=authorization, timeout=60)
    assert "[DONE]" in said.text
    strategy = await estate.http.get(f"{threads}/strategy", headers=authorization)

    assert strategy.status_code == 200, strategy.text
    reached = {seen.service for seen in estate.received}
    assert {"hub", "approvals", *MCP_SERVERS} <= reached
    _check_presented(
        estate,
        estate.received,
        entry="orchestrator",
        token=token,
        actors=("orchestrator", *(f"agent-{name}" for name in MCP_SERVERS), *MCP_SERVERS),
    )


async def test_the_executor_presents_itself_alone(estate: Estate, world: World) -> None:
    estate.received.clear()
    async with _executing(estate):
        await _launched(estate, world)

    executed = [seen for seen in estate.received if seen.path == "/gate/execute"]
    assert executed
    for seen in executed:
        claims = _claims(_bearer(seen))
        assert (claims["sub"], claims["client_id"], claims["scope"]) == ("executor", "executor", "actions:execute")
        assert claims["aud"] == estate.settings.audience(seen.service)
        assert "act" not in claims
        assert "tenant" not in claims
    to_the_platform = [seen for seen in estate.received if seen.service == "sandbox"]
    assert to_the_platform
    key = estate.settings.client_secret("sandbox")
    assert {seen.authorization for seen in to_the_platform} == {f"Bearer {key}"}


def _check_presented(
    estate: Estate, received: list[Received], *, entry: Service, token: str, actors: tuple[str, ...]
) -> None:
    """The caller's token is seen where it was sent; every other one is narrower, for its place, and says who acts."""
    given = _claims(token)
    for seen in received:
        if (seen.service, seen.path) == TOKEN_ENDPOINT:
            assert seen.authorization.startswith("Basic ")
            continue
        if seen.service in ("sandbox", "identity"):
            assert token not in seen.authorization
            continue
        presented = _bearer(seen)
        if presented == token:
            assert seen.service == entry, f"{entry} passed its caller's token on to {seen.service}{seen.path}"
            continue
        if not presented:
            assert seen.path.startswith("/.well-known/"), seen
            continue
        claims = _claims(presented)
        assert claims["aud"] == estate.settings.audience(seen.service), seen.path
        assert claims["act"]["sub"] in actors, claims["act"]
        assert (claims["sub"], claims["tenant"]) == (given["sub"], given["tenant"])
        assert set(claims["scope"].split()) <= set(given["scope"].split())
        assert claims["exp"] - claims["iat"] <= 300
        assert claims["exp"] <= given["exp"]


def _bearer(seen: Received) -> str:
    return seen.authorization.removeprefix("Bearer ")


def _claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    return cast("dict[str, Any]", json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


async def _call(estate: Estate, server: Service, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    _, message = await estate.call(server, tool, arguments, estate.token("marketer", server, tenant=OURS))
    assert not message["result"].get("isError"), message
    return cast("dict[str, Any]", message["result"]["structuredContent"])


async def _launched(estate: Estate, world: World) -> World:
    """The world with a campaign that a reviewer approved and that the executor launched."""
    draft = await _call(estate, "ads", "draft_campaign", EXAMPLES["ads", "draft_campaign"](world))
    proposed = await _call(estate, "ads", "launch_campaign", {"campaign_id": draft["campaign_id"]})
    action = f"/v1/actions/{proposed['approval_id']}"
    token = estate.token("reviewer", "approvals", tenant=OURS)
    await estate.rest("approvals", "POST", f"{action}/approve", token, body={"revision": 1})

    async def done() -> bool:
        return (await estate.rest("approvals", "GET", action, token)).json()["status"] == "succeeded"

    await eventually(done)
    return World(world.tenant, world.secret, {**world.ids, "campaign_id": draft["campaign_id"]})


@asynccontextmanager
async def _executing(estate: Estate) -> AsyncGenerator[None]:
    """The executor at work."""
    stop = asyncio.Event()
    async with open_executor(estate.settings, ApprovalSettings(), "executor:test") as executor:
        running = asyncio.create_task(executor.run(stop))
        try:
            yield
        finally:
            stop.set()
            with contextlib.suppress(asyncio.CancelledError):
                await running

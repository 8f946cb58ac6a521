"""kill -9 of any part at any step between proposal and receipt: nothing is lost and nothing happens twice."""

import asyncio

import pytest

from tests.end_to_end.system import System, eventually
from tests.end_to_end.test_decisions import proposed
from tests.end_to_end.test_journey import BRIEF_EN

PARTS = ("orchestrator", "executor", "ads", "postgres")


async def check_launched_once(system: System, campaign_id: str, approval: str) -> None:
    action = await system.settled(approval, seconds=60)
    assert action["status"] == "succeeded", action
    assert action["receipt"]["differences"] == []
    assert len(await system.live_campaigns(campaign_id)) == 1
    found = await system.call("marketer", "ads", "get_campaign", campaign_id=campaign_id)
    assert found["status"] in ("active", "ended")


async def approve(system: System, approval: str) -> None:
    done = await system.cli("approvals", "approve", approval)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("part", PARTS)
async def test_a_kill_after_the_proposal_loses_nothing(system: System, part: str) -> None:
    campaign_id, approval = await proposed(system, f"Killed {part} while pending")

    await system.recovered(part, system.kill(part))

    assert (await system.action(approval))["status"] == "pending"
    assert await system.live_campaigns(campaign_id) == []
    await approve(system, approval)
    await check_launched_once(system, campaign_id, approval)


@pytest.mark.parametrize("part", PARTS)
async def test_a_kill_right_after_the_approval_still_launches_once(system: System, part: str) -> None:
    campaign_id, approval = await proposed(system, f"Killed {part} when approved")

    await approve(system, approval)
    await system.recovered(part, system.kill(part))

    await check_launched_once(system, campaign_id, approval)


@pytest.mark.parametrize("part", PARTS)
async def test_a_kill_between_the_effect_and_its_answer_launches_once(system: System, part: str) -> None:
    campaign_id, approval = await proposed(system, f"Killed {part} in mid-effect")
    fault = {"service": "ads", "kind": "timeout_after_effect", "count": 1, "method": "POST"}
    await system.sandbox("PUT", "/control/faults", fault)

    await approve(system, approval)
    await eventually(lambda: system.live_campaigns(campaign_id))
    await system.recovered(part, system.kill(part))

    await check_launched_once(system, campaign_id, approval)


@pytest.mark.parametrize("part", PARTS)
async def test_a_kill_after_the_receipt_changes_nothing(system: System, part: str) -> None:
    campaign_id, approval = await proposed(system, f"Killed {part} when done")
    await approve(system, approval)
    await system.settled(approval)

    await system.recovered(part, system.kill(part))

    await check_launched_once(system, campaign_id, approval)


async def test_a_turn_whose_orchestrator_is_killed_is_resumed_without_a_second_proposal(system: System) -> None:
    created = await system.rest("marketer", "orchestrator", "POST", "/v1/threads")
    path = f"/v1/threads/{created.json()['id']}"

    async def is_in(status: str) -> bool:
        return (await system.rest("marketer", "orchestrator", "GET", path)).json()["status"] == status

    asked = asyncio.create_task(system.rest("marketer", "orchestrator", "POST", f"{path}/messages", {"text": BRIEF_EN}))
    await eventually(lambda: is_in("running"))
    await system.recovered("orchestrator", system.kill("orchestrator"))
    await asyncio.gather(asked, return_exceptions=True)
    resumed = await system.rest("marketer", "orchestrator", "POST", f"{path}/resume")
    assert resumed.is_success, resumed.text
    await eventually(lambda: is_in("idle"))
    strategy = (await system.rest("marketer", "orchestrator", "GET", f"{path}/strategy")).json()

    launches = [approval for approval in strategy["approvals"] if approval["tool"] == "launch_campaign"]
    assert len(launches) == 1
    launch = await system.action(launches[0]["id"])
    assert launch["status"] == "pending"
    pending = (await system.rest("reviewer", "approvals", "GET", "/v1/actions?status=pending&limit=100")).json()
    assert sum(action["campaign_id"] == launch["campaign_id"] for action in pending["items"]) == 1

"""kill -9 of any part at any step between proposal and receipt: nothing is lost and nothing happens twice."""

import pytest

from tests.end_to_end.system import System, eventually
from tests.end_to_end.test_decisions import proposed

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

"""What can be taken back says so beforehand, and how; what got no answer can be looked up."""

from typing import Any

import pytest

from kernel.gate import Receipt
from kernel.gate.errors import (
    ActionFormChanged,
    NotReversible,
    OutcomeUnknown,
    PayloadAltered,
    StaleFence,
    ToolContractChanged,
)
from kernel.ids import new_id
from mcp_servers.ads.errors import CampaignNotLive, PlatformUnavailable
from tests.integration.ads.conftest import Ads
from tests.integration.ads.test_campaigns import call
from tests.integration.ads.test_launch import campaign, proposed


async def executed(ads: Ads, canonical: bytes, action_id: str = "") -> Receipt:
    return await ads.gate.execute(ads.grants.sign(action_id or new_id("act"), canonical), canonical)


async def launched(ads: Ads) -> tuple[str, bytes, Receipt]:
    campaign_id, canonical = await proposed(ads)
    return campaign_id, canonical, await executed(ads, canonical)


async def change(ads: Ads, tool: str, **arguments: Any) -> bytes:
    """The bytes of a proposed change of a live campaign."""
    async with ads.client() as client:
        await call(client, tool, **arguments)
    return ads.grants.canonical(ads.queue.proposals[-1])


async def test_a_proposal_shows_reviewers_the_target_and_whether_there_is_a_way_back(ads: Ads) -> None:
    campaign_id, _, _ = await launched(ads)
    launch = ads.queue.proposals[-1]
    await change(ads, "change_budget", campaign_id=campaign_id, budget="1500.00", currency="USD")
    budget = ads.queue.proposals[-1]
    await change(ads, "pause_campaign", campaign_id=campaign_id)
    pause = ads.queue.proposals[-1]

    assert [proposal["reversible"] for proposal in (launch, budget, pause)] == [True, True, False]
    assert (launch["target"]["status"], launch["target"]["budget"]) == ("draft", "1000.00")
    assert (budget["target"]["status"], budget["target"]["start"]) == ("active", "2026-11-01")
    assert launch["provenance"] == {"engine": None, "cached": [], "untrusted": []}


async def test_a_launch_is_taken_back_by_a_pause(ads: Ads) -> None:
    campaign_id, canonical, receipt = await launched(ads)

    opposite = await ads.gate.compensation("acme", new_id("act"), canonical, receipt)

    assert (opposite["tool"], opposite["args"]["campaign_id"]) == ("pause_campaign", campaign_id)
    assert opposite == await ads.gate.prepare("acme", "pause_campaign", opposite["args"])
    assert (await campaign(ads, campaign_id))["status"] == "active"


async def test_a_changed_budget_is_taken_back_to_what_reviewers_saw_before_it(ads: Ads) -> None:
    campaign_id, _, _ = await launched(ads)
    raised = await change(ads, "change_budget", campaign_id=campaign_id, budget="1500.00", currency="USD")
    receipt = await executed(ads, raised)

    opposite = await ads.gate.compensation("acme", new_id("act"), raised, receipt)
    back = ads.grants.canonical({**opposite, "tenant": "acme", "proposer": "user:marketer"})
    await executed(ads, back)

    assert (opposite["tool"], opposite["args"]["budget"]) == ("change_budget", "1000.00")
    assert (await campaign(ads, campaign_id))["budget"] == "1000.00"


async def test_a_pause_is_not_taken_back(ads: Ads) -> None:
    campaign_id, _, _ = await launched(ads)
    paused = await change(ads, "pause_campaign", campaign_id=campaign_id)
    receipt = await executed(ads, paused)

    with pytest.raises(NotReversible):
        await ads.gate.compensation("acme", new_id("act"), paused, receipt)


async def test_what_has_been_taken_back_already_is_refused_with_the_targets_reason(ads: Ads) -> None:
    campaign_id, canonical, receipt = await launched(ads)
    await executed(ads, await change(ads, "pause_campaign", campaign_id=campaign_id))

    with pytest.raises(CampaignNotLive):
        await ads.gate.compensation("acme", new_id("act"), canonical, receipt)


async def test_nobody_takes_back_or_looks_up_another_tenants_action(ads: Ads) -> None:
    _, canonical, receipt = await launched(ads)

    with pytest.raises(PayloadAltered):
        await ads.gate.compensation("rival", new_id("act"), canonical, receipt)
    with pytest.raises(PayloadAltered):
        await ads.gate.look_up("rival", new_id("act"), canonical)


async def test_an_action_approved_in_the_form_of_before_is_not_executed(ads: Ads) -> None:
    await proposed(ads)
    canonical = ads.grants.canonical(ads.queue.proposals[-1], v=1)

    with pytest.raises(ActionFormChanged) as refused:
        await executed(ads, canonical)

    assert isinstance(refused.value, ToolContractChanged)
    assert refused.value.fix == "Propose the action again."
    assert ads.platform.campaigns == {}


async def test_a_launch_without_an_answer_is_not_repeated_where_keys_mean_nothing_but_found_and_recorded(
    ads: Ads,
) -> None:
    ads.platform.honours_idempotency = False
    campaign_id, canonical = await proposed(ads)
    action_id = new_id("act")
    ads.platform.unanswered = 1
    with pytest.raises(PlatformUnavailable):
        await executed(ads, canonical, action_id)

    for fence in (2, 3):
        with pytest.raises(OutcomeUnknown):
            await ads.gate.execute(ads.grants.sign(action_id, canonical, fence=fence), canonical)
    before = (await campaign(ads, campaign_id))["status"]
    found = await ads.gate.look_up("acme", action_id, canonical)

    assert found is not None
    assert found.differences == []
    assert (before, (await campaign(ads, campaign_id))["status"]) == ("draft", "active")
    assert len(ads.platform.campaigns) == 1
    assert await ads.gate.look_up("acme", action_id, canonical) == found
    assert await ads.gate.execute(ads.grants.sign(action_id, canonical, fence=4), canonical) == found


async def test_a_look_up_that_finds_nothing_changes_nothing_and_lets_nobody_try_again(ads: Ads) -> None:
    ads.platform.honours_idempotency = False
    campaign_id, canonical = await proposed(ads)
    action_id = new_id("act")
    ads.platform.refuses_connections = True
    with pytest.raises(PlatformUnavailable):
        await executed(ads, canonical, action_id)
    ads.platform.refuses_connections = False

    assert await ads.gate.look_up("acme", action_id, canonical) is None
    with pytest.raises(OutcomeUnknown):
        await ads.gate.execute(ads.grants.sign(action_id, canonical, fence=2), canonical)
    assert ads.platform.campaigns == {}
    assert (await campaign(ads, campaign_id))["status"] == "draft"


async def test_a_look_up_of_an_executed_action_returns_its_receipt_and_of_other_bytes_none(ads: Ads) -> None:
    _, canonical = await proposed(ads)
    action_id = new_id("act")
    receipt = await executed(ads, canonical, action_id)
    other = ads.grants.canonical(ads.queue.proposals[-1], policy_version="test-2")

    assert await ads.gate.look_up("acme", action_id, canonical) == receipt
    with pytest.raises(PayloadAltered):
        await ads.gate.look_up("acme", action_id, other)


@pytest.mark.parametrize(
    ("tool", "arguments", "applied"),
    [
        ("pause_campaign", {}, {"status": "paused"}),
        ("change_budget", {"budget": "1500.00", "currency": "USD"}, {"budget": "1500.00", "currency": "USD"}),
    ],
)
async def test_a_change_without_an_answer_is_found_at_the_platform(
    ads: Ads, tool: str, arguments: dict[str, str], applied: dict[str, str]
) -> None:
    campaign_id, _, _ = await launched(ads)
    canonical = await change(ads, tool, campaign_id=campaign_id, **arguments)
    action_id = new_id("act")
    nothing = await ads.gate.look_up("acme", action_id, canonical)
    ads.platform.unanswered = 1
    with pytest.raises(PlatformUnavailable):
        await executed(ads, canonical, action_id)

    found = await ads.gate.look_up("acme", action_id, canonical)

    assert nothing is None
    assert found is not None
    assert (found.applied, found.differences) == (applied, [])
    with pytest.raises(StaleFence):
        await executed(ads, canonical, action_id)

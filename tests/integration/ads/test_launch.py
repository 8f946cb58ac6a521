"""A launch from proposal to receipt, and every way to get around the gate that a server can be offered."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kernel.errors import PromptSalesError
from kernel.gate.errors import GrantRefused, GrantReplayed, PayloadAltered, StaleFence, TargetDrifted
from kernel.ids import new_id
from mcp_servers.ads.errors import PlatformUnavailable
from mcp_servers.ads.insights import fetch_once
from tests.integration.ads.conftest import DRAFT, Ads, insight
from tests.integration.ads.test_campaigns import call, refusal


async def proposed(ads: Ads) -> tuple[str, bytes]:
    """A drafted campaign whose launch was proposed: its id, and the bytes a reviewer would approve."""
    async with ads.client() as client:
        drafted = await call(client, "draft_campaign", **DRAFT)
        await call(client, "launch_campaign", campaign_id=drafted["campaign_id"])
    return drafted["campaign_id"], ads.grants.canonical(ads.queue.proposals[-1])


async def campaign(ads: Ads, campaign_id: str) -> dict[str, Any]:
    async with ads.client() as client:
        return await call(client, "get_campaign", campaign_id=campaign_id)


async def test_proposing_a_launch_touches_nothing_and_answers_pending(ads: Ads) -> None:
    async with ads.client() as client:
        drafted = await call(client, "draft_campaign", **DRAFT)
        outcome = await call(client, "launch_campaign", campaign_id=drafted["campaign_id"])

    assert outcome["status"] == "pending_approval"
    assert outcome["exposure"]["amount"] == "1000.00"
    assert outcome["exposure"]["countries"] == ["Costa Rica", "Mexico"]
    assert ads.platform.campaigns == {}


async def test_a_granted_launch_goes_live_once_and_its_receipt_agrees(ads: Ads) -> None:
    campaign_id, canonical = await proposed(ads)

    receipt = await ads.gate.execute(ads.grants.sign(new_id("act"), canonical), canonical)

    assert receipt.differences == []
    assert receipt.applied["budget"] == "1000.00"
    assert len(ads.platform.campaigns) == 1
    assert (await campaign(ads, campaign_id))["status"] == "active"


async def test_a_used_grant_does_nothing_more(ads: Ads) -> None:
    _, canonical = await proposed(ads)
    grant = ads.grants.sign(new_id("act"), canonical)
    await ads.gate.execute(grant, canonical)

    with pytest.raises(GrantReplayed):
        await ads.gate.execute(grant, canonical)

    assert len(ads.platform.campaigns) == 1


async def test_executing_a_finished_action_again_returns_the_first_receipt(ads: Ads) -> None:
    _, canonical = await proposed(ads)
    action_id = new_id("act")
    first = await ads.gate.execute(ads.grants.sign(action_id, canonical), canonical)

    again = await ads.gate.execute(ads.grants.sign(action_id, canonical, fence=2), canonical)

    assert again == first
    assert len(ads.platform.campaigns) == 1


async def test_an_action_altered_after_approval_is_refused(ads: Ads) -> None:
    _, canonical = await proposed(ads)
    grant = ads.grants.sign(new_id("act"), canonical)

    with pytest.raises(PayloadAltered):
        await ads.gate.execute(grant, canonical.replace(b"1000.00", b"9000.00"))

    assert ads.platform.campaigns == {}


@pytest.mark.parametrize(
    "change",
    [{"tool_schema_hash": "sha256:0"}, {"server": "crm"}, {"tenant": "rival"}, {"tool": "erase_account"}],
)
async def test_an_action_that_is_not_this_servers_is_refused_even_when_granted(
    ads: Ads, change: dict[str, str]
) -> None:
    await proposed(ads)
    canonical = ads.grants.canonical({**ads.queue.proposals[-1], **change})

    with pytest.raises(PromptSalesError):
        await ads.gate.execute(ads.grants.sign(new_id("act"), canonical), canonical)

    assert ads.platform.campaigns == {}


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "http://127.0.0.1:8101/mcp"},
        {"iss": "http://127.0.0.1:9"},
        {"exp": 1},
        {"exp": 4102444800},
        {"iat": "yesterday"},
        {"fence": "first"},
    ],
)
async def test_a_grant_for_another_server_or_with_a_wrong_lifetime_is_refused(ads: Ads, claims: dict[str, Any]) -> None:
    _, canonical = await proposed(ads)

    with pytest.raises(GrantRefused):
        await ads.gate.execute(ads.grants.sign(new_id("act"), canonical, **claims), canonical)

    assert ads.platform.campaigns == {}


async def test_a_draft_changed_after_the_proposal_is_not_launched(ads: Ads) -> None:
    campaign_id, canonical = await proposed(ads)
    async with ads.client() as client:
        await call(client, "update_draft", campaign_id=campaign_id, expected_version=1, name="Something else")

    with pytest.raises(TargetDrifted) as drifted:
        await ads.gate.execute(ads.grants.sign(new_id("act"), canonical), canonical)

    assert ads.platform.campaigns == {}
    approved, now = ads.queue.proposals[-1], drifted.value.prepared
    assert (approved["target"]["version"], now["target"]["version"]) == (1, 2)
    assert now == await ads.gate.prepare("acme", "launch_campaign", approved["args"])


async def test_a_launch_whose_answer_got_lost_is_completed_without_a_second_effect(ads: Ads) -> None:
    campaign_id, canonical = await proposed(ads)
    action_id = new_id("act")
    ads.platform.unanswered = 1
    with pytest.raises(PlatformUnavailable):
        await ads.gate.execute(ads.grants.sign(action_id, canonical), canonical)

    receipt = await ads.gate.execute(ads.grants.sign(action_id, canonical, fence=2), canonical)

    assert receipt.differences == []
    assert len(ads.platform.campaigns) == 1
    assert (await campaign(ads, campaign_id))["platform_id"] == receipt.platform_id


async def test_an_executor_that_lost_its_lease_cannot_act(ads: Ads) -> None:
    _, canonical = await proposed(ads)
    action_id = new_id("act")
    await ads.gate.execute(ads.grants.sign(action_id, canonical, fence=3), canonical)

    with pytest.raises(StaleFence):
        await ads.gate.execute(ads.grants.sign(action_id, canonical, fence=2), canonical)


async def test_a_platform_that_applies_less_than_it_says_shows_in_the_receipt(ads: Ads) -> None:
    _, canonical = await proposed(ads)
    ads.platform.skim = Decimal(100)

    receipt = await ads.gate.execute(ads.grants.sign(new_id("act"), canonical), canonical)

    assert [(found.field, found.requested, found.applied) for found in receipt.differences] == [
        ("budget", "1000.00", "900.00")
    ]


async def test_metrics_of_a_live_campaign_arrive_once_and_can_be_read(ads: Ads) -> None:
    campaign_id, canonical = await proposed(ads)
    await ads.gate.execute(ads.grants.sign(new_id("act"), canonical), canonical)
    ads.platform.rows = [insight(date(2026, 11, 1), "33.10"), insight(date(2026, 11, 2), "34.20")]

    await fetch_once(ads.database, ads.platform)
    await fetch_once(ads.database, ads.platform)

    async with ads.client() as client:
        found = await call(client, "campaign_performance", campaign_id=campaign_id, group_by="country")
    assert [(row["group"], row["spend"], row["clicks"]) for row in found["rows"]] == [("Costa Rica", "67.30", 20)]


async def test_a_live_campaigns_budget_changes_and_pauses_only_through_the_gate(ads: Ads) -> None:
    campaign_id, canonical = await proposed(ads)
    await ads.gate.execute(ads.grants.sign(new_id("act"), canonical), canonical)
    async with ads.client() as client:
        await call(client, "change_budget", campaign_id=campaign_id, budget="1500.00", currency="USD")
        raised = ads.grants.canonical(ads.queue.proposals[-1])
        await ads.gate.execute(ads.grants.sign(new_id("act"), raised), raised)
        await call(client, "pause_campaign", campaign_id=campaign_id, reason="too dear")
        paused = ads.grants.canonical(ads.queue.proposals[-1])
        before = (await call(client, "get_campaign", campaign_id=campaign_id))["status"]
        await ads.gate.execute(ads.grants.sign(new_id("act"), paused), paused)
        after = await call(client, "get_campaign", campaign_id=campaign_id)
        again = await refusal(client, "pause_campaign", campaign_id=campaign_id)

    assert (before, after["status"], after["budget"]) == ("active", "paused", "1500.00")
    assert [line["budget"] for line in after["line_items"]] == ["900.00", "600.00"]
    assert "paused already" in again


async def test_a_reviewers_other_budget_rescales_the_order(ads: Ads) -> None:
    campaign_id, _ = await proposed(ads)
    args = {**ads.queue.proposals[-1]["args"], "budget": "500.00"}

    prepared = await ads.gate.prepare("acme", "launch_campaign", args)

    assert [line["budget"] for line in prepared["args"]["line_items"]] == ["300.00", "200.00"]
    assert prepared["exposure"]["campaign_id"] == campaign_id

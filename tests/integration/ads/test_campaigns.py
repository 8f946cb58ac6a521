from typing import Any

import pytest
from mcp import MCPError
from mcp.client import Client

from tests.integration.ads.conftest import DRAFT, Ads
from tests.support.identity import caller

READER = caller(scopes=("ads:read",))


async def call(client: Client, tool: str, /, **arguments: Any) -> dict[str, Any]:
    """A tool's structured answer; its error text fails the test."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content


async def refusal(client: Client, tool: str, /, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return " ".join(block.text for block in result.content if block.type == "text")


async def test_a_draft_is_found_again_and_nothing_reaches_the_platform(ads: Ads) -> None:
    async with ads.client() as client:
        drafted = await call(client, "draft_campaign", **DRAFT)
        found = await call(client, "get_campaign", campaign_id=drafted["campaign_id"])

    assert found == drafted
    assert found["status"] == "draft"
    assert found["countries"] == ["Costa Rica", "Mexico"]
    assert ads.platform.campaigns == {}


async def test_the_same_key_returns_the_first_draft_and_refuses_another_request(ads: Ads) -> None:
    async with ads.client() as client:
        first = await call(client, "draft_campaign", **DRAFT, idempotency_key="strategy-1:launch")
        again = await call(client, "draft_campaign", **DRAFT, idempotency_key="strategy-1:launch")
        other = await refusal(client, "draft_campaign", **{**DRAFT, "name": "X"}, idempotency_key="strategy-1:launch")

    assert again["campaign_id"] == first["campaign_id"]
    assert "idempotency_key_reused" in other


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"budget": "999.99"}, "add up"),
        ({"end": "2026-10-01"}, "before the start"),
        ({"budget": "-5.00"}, "greater than 0"),
        ({"currency": "dollars"}, "currency"),
        ({"colour": "red"}, "no argument 'colour'"),
    ],
)
async def test_a_draft_that_is_not_a_campaign_is_refused_naming_the_field(
    ads: Ads, change: dict[str, Any], words: str
) -> None:
    async with ads.client() as client:
        assert words in await refusal(client, "draft_campaign", **{**DRAFT, **change})


async def test_a_draft_changed_meanwhile_is_not_overwritten(ads: Ads) -> None:
    async with ads.client() as client:
        drafted = await call(client, "draft_campaign", **DRAFT)
        change = {"campaign_id": drafted["campaign_id"], "expected_version": 1}
        changed = await call(client, "update_draft", **change, name="Geisha, second thoughts")
        late = await refusal(client, "update_draft", **change, name="Geisha, too late")

    assert changed["version"] == 2
    assert "draft_changed" in late


async def test_pages_of_campaigns_hold_each_campaign_once(ads: Ads) -> None:
    tenant = caller("paging")
    async with ads.client(tenant) as client:
        for number in range(5):
            await call(client, "draft_campaign", **{**DRAFT, "name": f"Campaign {number}"})
        first = await call(client, "list_campaigns", limit=3)
        second = await call(client, "list_campaigns", limit=3, cursor=first["next_cursor"])
        nonsense = await refusal(client, "list_campaigns", cursor="nonsense")

    names = [campaign["name"] for page in (first, second) for campaign in page["campaigns"]]
    assert sorted(names) == [f"Campaign {number}" for number in range(5)]
    assert second["next_cursor"] is None
    assert "invalid_cursor" in nonsense


async def test_a_tenant_sees_nothing_of_another(ads: Ads) -> None:
    async with ads.client(caller("tenant-a")) as client:
        drafted = await call(client, "draft_campaign", **DRAFT)

    async with ads.client(caller("tenant-b")) as client:
        listed = await call(client, "list_campaigns")
        unknown = await refusal(client, "get_campaign", campaign_id=drafted["campaign_id"])

    assert listed["campaigns"] == []
    assert "campaign_not_found" in unknown


async def test_a_token_is_shown_and_may_call_only_what_its_scopes_allow(ads: Ads) -> None:
    async with ads.client(READER) as client:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        refused = await refusal(client, "draft_campaign", **DRAFT)

    assert tools == {"list_campaigns", "get_campaign", "generate_campaign", "estimate_reach", "campaign_performance"}
    assert "ads:write" in refused


async def test_a_plan_without_past_results_says_so_and_splits_evenly(ads: Ads) -> None:
    wanted = {name: DRAFT[name] for name in ("client", "product", "start", "end", "currency", "budget", "audience")}
    async with ads.client(caller("newcomer")) as client:
        plan = await call(
            client, "generate_campaign", **wanted, countries=["Spain"], goal_metric="sales", goal_value=100
        )
        unknown = await refusal(client, "estimate_reach", countries=["Spain"], budget="100.00", currency="USD")

    assert plan["basis"].startswith("no past results")
    assert plan["expected_conversions"] is None
    assert len({line["line_item"]["budget"] for line in plan["lines"]}) <= 2
    assert "no_history" in unknown


async def test_a_campaign_is_a_resource_and_a_missing_one_says_so(ads: Ads) -> None:
    async with ads.client() as client:
        drafted = await call(client, "draft_campaign", **DRAFT)
        found = await client.read_resource(f"ads://campaigns/{drafted['campaign_id']}")
        with pytest.raises(MCPError, match="There is no campaign 'cmp_0'"):
            await client.read_resource("ads://campaigns/cmp_0")

    assert drafted["campaign_id"] in str(found.contents[0])

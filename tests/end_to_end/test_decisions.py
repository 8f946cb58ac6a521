"""Who may decide what: the refusals that make an approval mean something."""

from typing import Any

from kernel.auth import Role
from tests.end_to_end.system import System

DRAFT: dict[str, Any] = {
    "client": "Cafe Alta",
    "product": "Cold Brew Kit",
    "start": "2026-11-01",
    "end": "2026-11-30",
    "currency": "USD",
    "budget": "500.00",
    "audience": "coffee lovers",
    "line_items": [
        {
            "platform": "Meta Ads",
            "channel": "social",
            "country": "Mexico",
            "audience": "coffee lovers",
            "budget": "500.00",
        }
    ],
}


async def proposed(system: System, name: str, role: Role = "marketer") -> tuple[str, str]:
    """A proposed launch: the campaign's id and the approval's."""
    draft = await system.call(role, "ads", "draft_campaign", name=name, **DRAFT)
    outcome = await system.call(role, "ads", "launch_campaign", campaign_id=draft["campaign_id"])
    assert outcome["status"] == "pending_approval", outcome
    return draft["campaign_id"], outcome["approval_id"]


async def test_a_marketer_may_not_approve(system: System) -> None:
    campaign_id, approval = await proposed(system, "Marketer approves")

    done = await system.cli("approvals", "approve", approval, "--role", "marketer")

    assert done.returncode == 1
    assert "approvals:decide" in done.stderr
    assert await system.live_campaigns(campaign_id) == []


async def test_who_proposed_an_action_may_not_approve_it_even_as_an_administrator(system: System) -> None:
    campaign_id, approval = await proposed(system, "Admin approves own", role="admin")

    done = await system.cli("approvals", "approve", approval, "--role", "admin")

    assert done.returncode == 1
    assert "propos" in done.stderr
    assert await system.live_campaigns(campaign_id) == []


async def test_an_action_is_approved_once(system: System) -> None:
    campaign_id, approval = await proposed(system, "Approved twice")

    first = await system.cli("approvals", "approve", approval)
    await system.settled(approval)
    second = await system.cli("approvals", "approve", approval)

    assert (first.returncode, second.returncode) == (0, 1)
    assert "Nothing more can be decided" in second.stderr
    assert len(await system.live_campaigns(campaign_id)) == 1


async def test_an_approval_of_a_payload_that_has_been_edited_is_refused(system: System) -> None:
    campaign_id, approval = await proposed(system, "Edited meanwhile")
    action = await system.action(approval)
    edit = {"revision": action["revision"], "args": {**action["args"], "budget": "900.00"}, "reason": "more reach"}
    edited = await system.rest("reviewer", "approvals", "POST", f"/v1/actions/{approval}/edit", edit)
    stale = {"revision": action["revision"], "digest": action["digest"]}

    done = await system.rest("admin", "approvals", "POST", f"/v1/actions/{approval}/approve", stale)

    assert edited.is_success, edited.text
    assert done.status_code == 409
    assert await system.live_campaigns(campaign_id) == []


async def test_who_edited_a_payload_may_not_be_its_only_approver(system: System) -> None:
    campaign_id, approval = await proposed(system, "Edited and approved")
    action = await system.action(approval)
    edit = {"revision": action["revision"], "args": {**action["args"], "budget": "400.00"}, "reason": "too dear"}
    await system.rest("reviewer", "approvals", "POST", f"/v1/actions/{approval}/edit", edit)

    by_editor = await system.cli("approvals", "approve", approval, "--role", "reviewer")
    pending = (await system.action(approval))["status"]
    by_another = await system.cli("approvals", "approve", approval, "--role", "admin")
    settled = await system.settled(approval)

    assert (by_editor.returncode, pending, by_another.returncode) == (1, "pending", 0)
    assert settled["receipt"]["applied"]["budget"] == "400.00"
    assert [live["budget"] for live in await system.live_campaigns(campaign_id)] == ["400.00"]


async def test_a_rejected_action_tells_the_agent_why(system: System) -> None:
    campaign_id, approval = await proposed(system, "Rejected")

    await system.cli("approvals", "reject", approval, "--reason", "wrong month")
    outcome = await system.call("marketer", "ads", "get_approval", approval_id=approval)

    assert (outcome["status"], outcome["reason"]) == ("rejected", "wrong month")
    assert await system.live_campaigns(campaign_id) == []


async def test_people_and_agents_cannot_post_actions_past_the_servers(system: System) -> None:
    action = {
        "server": "ads",
        "tool": "launch_campaign",
        "tool_schema_hash": f"sha256:{'0' * 64}",
        "args": {"campaign_id": "cmp_1"},
        "target_account": "sandbox-ads:solid-demo",
        "target_state_digest": f"sha256:{'0' * 64}",
        "summary": "Launch without asking the server",
        "reversible": True,
    }

    for role in ("marketer", "admin"):
        response = await system.rest(role, "approvals", "POST", "/v1/actions", action)
        assert (response.status_code, response.json()["code"]) == (403, "not_proposed_by_server")

"""What a policy's rule approves without a person: only within every bound, only where one is enabled, never twice."""

from typing import Any

import pytest
from psycopg import errors

from approvals import repository
from approvals.domain import Action, Decision
from kernel.database import Connection
from tests.integration.approvals.queue_model import midday_zone
from tests.integration.approvals.support import Queue, provenance, rules

RULE: dict[str, Any] = {
    "name": "small",
    "enabled": True,
    "tools": ["ads.launch_campaign"],
    "limits": {"USD": "500", "recipients": "100"},
    "daily_limits": {"USD": "1000", "recipients": "150", "actions": "5"},
    "countries": ["Costa Rica", "Panama"],
}
EXPOSURE: dict[str, Any] = {
    "amount": "100.00", "currency": "USD", "recipients": 90, "client": "Acme", "campaign_id": "cmp_1",
    "countries": ["Panama"],
}  # fmt: skip


async def enable(queue: Queue, *changed: dict[str, Any], **policy: Any) -> None:
    automatic = [RULE | one for one in changed] or [RULE]
    await queue.govern(rules(automatic=automatic, time_zone=midday_zone(), **policy))


async def propose(queue: Queue, *, exposure: dict[str, Any] | None = None, **changed: Any) -> Action:
    return await queue.propose(exposure=EXPOSURE | (exposure or {}), **changed)


async def votes(queue: Queue, action: Action) -> list[Decision]:
    async with queue.transaction() as connection:
        return await repository.decisions(connection, [action.id])


async def test_rule_is_off_unless_enabled(queue: Queue) -> None:
    without = {name: value for name, value in RULE.items() if name != "enabled"}
    await queue.govern(rules(automatic=[without], time_zone=midday_zone()))

    action = await propose(queue)

    assert (action.state, action.terms["automatic"]) == ("PENDING", None)


async def test_approval_names_the_rule_its_version_and_the_bound_it_came_nearest_to(queue: Queue) -> None:
    await enable(queue)

    action = await propose(queue)
    [vote] = await votes(queue, action)

    assert action.state == "APPROVED"
    assert vote.reviewer == "rule:quorum-1/small"
    assert vote.automatic == action.terms["automatic"]
    assert vote.automatic == {
        "rule": "small",
        "policy_version": "quorum-1",
        "approved": True,
        "bound": {"name": "action:recipients", "limit": "100", "value": "90", "crossed": False},
    }
    assert await queue.events(action.id) == ["proposed", "voted", "approved"]
    assert (await queue.finish(await queue.claimed())).state == "SUCCEEDED"


CROSSED: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "untrusted input": (
        "untrusted_input",
        {},
        {"provenance": provenance("user:marketer", untrusted=[{"source": "lead", "reference": "l1"}])},
    ),
    "irreversible": ("irreversible", {}, {"reversible": False}),
    "country": ("countries", {"countries": ["Panama", "Cuba"]}, {}),
    "no country": ("countries", {"countries": []}, {}),
    "money": ("action:USD", {"amount": "500.01"}, {}),
    "recipients": ("action:recipients", {"recipients": 101}, {}),
    "currency": ("action:EUR", {"currency": "EUR"}, {}),
    "reach": ("action:reach", {"reach": 1}, {}),
}


@pytest.mark.parametrize(("bound", "exposure", "changed"), CROSSED.values(), ids=CROSSED)
async def test_every_bound_holds_by_itself(
    queue: Queue, bound: str, exposure: dict[str, Any], changed: dict[str, Any]
) -> None:
    await enable(queue)

    action = await propose(queue, exposure=exposure, **changed)

    assert action.state == "PENDING"
    assert action.terms["automatic"]["approved"] is False
    assert action.terms["automatic"]["bound"]["name"] == bound
    assert await votes(queue, action) == []


async def test_first_bound_that_is_crossed_is_the_one_recorded(queue: Queue) -> None:
    await enable(queue)

    action = await propose(queue, exposure={"countries": ["Cuba"], "amount": "9999.00"}, reversible=False)

    assert action.terms["automatic"]["bound"] == {
        "name": "irreversible", "limit": "0", "value": "1", "crossed": True,
    }  # fmt: skip


async def test_a_tier_for_two_people_is_for_two_people(queue: Queue) -> None:
    tiers = [{"name": "only", "limits": None, "required_approvals": 2, "undo_seconds": 0}]
    await enable(queue, tiers=tiers)

    action = await propose(queue)

    assert (action.state, action.terms["automatic"]["bound"]["name"]) == ("PENDING", "required_approvals")


async def test_ten_actions_within_a_rule_do_not_pass_its_day_together(queue: Queue) -> None:
    await enable(queue, {"daily_limits": {"USD": "1000", "recipients": "9000"}})

    actions = [await propose(queue, exposure={"amount": "490.00", "recipients": 1}) for _ in range(10)]

    assert [action.state for action in actions] == ["APPROVED"] * 2 + ["PENDING"] * 8
    assert actions[2].terms["automatic"]["bound"] == {
        "name": "client_day:USD", "limit": "1000", "value": "1470.00", "crossed": True,
    }  # fmt: skip


async def test_actions_of_a_day_are_counted_too(queue: Queue) -> None:
    await enable(queue)

    actions = [await propose(queue, exposure={"amount": "1.00", "recipients": 1}) for _ in range(6)]

    assert [action.state for action in actions] == ["APPROVED"] * 5 + ["PENDING"]
    assert actions[-1].terms["automatic"]["bound"]["name"] == "client_day:actions"


async def test_what_others_approved_or_await_counts_for_the_day(queue: Queue) -> None:
    await enable(queue)
    await propose(queue, exposure={"amount": "990.00"})

    assert (await propose(queue, exposure={"amount": "20.00", "recipients": 1})).state == "PENDING"


async def test_the_first_rule_that_allows_it_approves(queue: Queue) -> None:
    narrow, other = {"name": "narrow", "limits": {"USD": "1"}}, {"name": "other", "tools": ["crm.send_follow_up"]}
    await enable(queue, other, narrow, {"name": "wide"})

    [vote] = await votes(queue, await propose(queue))

    assert vote.reviewer == "rule:quorum-1/wide"


async def test_an_irreversible_action_needs_a_rule_that_says_so(queue: Queue) -> None:
    await enable(queue, {"irreversible": True})

    assert (await propose(queue, reversible=False)).state == "APPROVED"


async def test_another_tool_is_not_the_rules(queue: Queue) -> None:
    await enable(queue)

    action = await propose(queue, tool="change_budget")

    assert (action.state, action.terms["automatic"]) == ("PENDING", None)


async def test_no_rule_approves_what_a_person_edited_or_what_drifted(queue: Queue) -> None:
    await enable(queue, {"daily_limits": {"USD": "9000", "recipients": "9000"}})
    pending = await propose(queue, exposure={"amount": "600.00"})
    edited = await queue.edit_as(pending, "user:editor", exposure=EXPOSURE)
    await propose(queue)

    drifted = await queue.drift(await queue.claimed(), status="paused")

    for action in (edited, drifted):
        assert (action.state, action.terms["automatic"]) == ("PENDING", None)
    assert (await queue.vote(drifted)).state == "APPROVED"


async def test_approval_by_a_rule_can_be_withdrawn_in_its_undo_window(queue: Queue) -> None:
    await enable(queue, tiers=[{"name": "only", "limits": None, "required_approvals": 1, "undo_seconds": 600}])
    action = await propose(queue)

    assert await queue.claim() is None
    assert (await queue.cancel(action)).state == "CANCELLED"


@pytest.mark.parametrize(
    ("reviewer", "automatic"),
    [
        ("rule:quorum-1/small", '\'{"approved": true, "rule": "small"}\''),
        ("rule:quorum-1/small", "terms -> 'automatic'"),
        ("rule:quorum-1/small", "NULL"),
        ("user:a", "terms -> 'automatic'"),
        ("server:ads", "NULL"),
    ],
    ids=["made up", "one that refused", "none", "a person as a rule", "a server"],
)
async def test_a_rules_vote_is_not_forged(queue: Queue, admin: Connection, reviewer: str, automatic: str) -> None:
    await enable(queue)
    await propose(queue, exposure={"amount": "9999.00"})

    with pytest.raises(errors.DatabaseError) as refusal:
        await admin.execute(
            "INSERT INTO approvals.decisions"
            " (tenant, action_id, revision, digest, decision, reviewer, roles, client_id, automatic)"
            f" SELECT tenant, id, revision, digest, 'approve', '{reviewer}', '{{reviewer}}', 'x',"
            f" {automatic} FROM approvals.actions".encode()
        )
    assert refusal.value.sqlstate == "PS012"

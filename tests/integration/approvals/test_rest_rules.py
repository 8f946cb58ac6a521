"""Policies, caps, delegations and breaking the glass, over HTTP with real tokens."""

from datetime import timedelta
from typing import Any

import pytest

from kernel.clock import now
from tests.integration.approvals.rest import Callers, problem_of
from tests.integration.approvals.support import rules

ADMIN_TWO = {"sub": "user:admin-two", "roles": ["admin"]}


async def put(callers: Callers, document: dict[str, Any], name: str = "house", **headers: Any) -> Any:
    caller = headers.get("headers") or await callers.person("admin")
    return await callers.http.put(f"/v1/policies/{name}", json=document, headers=caller)


async def test_installations_policy_is_in_force_until_there_is_another(callers: Callers) -> None:
    reader = await callers.person("reviewer")

    first = (await callers.get("/v1/policies", reader)).json()["items"]
    assert [(one["name"], one["version"], one["author"]) for one in first] == [("default", "default-1", "installation")]
    assert [tier["name"] for tier in first[0]["document"]["tiers"]] == ["routine", "standard", "major"]

    changed = (await put(callers, rules(2), "default")).json()
    assert (changed["version"], changed["author"]) == ("default-2", "user:admin")
    assert [one["version"] for one in (await callers.get("/v1/policies", reader)).json()["items"]] == ["default-2"]
    assert (await callers.proposed())["required_approvals"] == 2


async def test_only_an_administrator_changes_policies(callers: Callers) -> None:
    for headers in (await callers.person("reviewer"), callers.forged(roles=["marketer"])):
        problem_of(await put(callers, rules(), headers=headers), 403, "not_an_administrator")
    agent = callers.forged(roles=["admin"], act={"sub": "agent-ads"})
    problem_of(await put(callers, rules(), headers=agent), 403, "not_decided_by_person")


async def test_policy_is_changed_from_the_version_that_was_looked_at(callers: Callers) -> None:
    assert (await put(callers, rules() | {"expected_version": 0})).json()["version"] == "house-1"

    problem_of(await put(callers, rules() | {"expected_version": 0}), 409, "stale_policy")
    assert (await put(callers, rules() | {"expected_version": 1})).json()["version"] == "house-2"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"tiers": []}, "tiers"),
        ({"tiers": [{"name": "a", "limits": {"USD": "5"}, "required_approvals": 1}]}, "body"),
        ({"tiers": [{"name": "a", "limits": None, "required_approvals": 0}]}, "tiers.0.required_approvals"),
        ({"caps": [{"per": "client_day", "limits": {"usd": "5"}}]}, "caps.0.limits.usd.[key]"),
        ({"caps": [{"per": "client_day", "limits": {"USD": "many"}}]}, "caps.0.limits.USD"),
        ({"applies_to": ["billing.*"]}, "applies_to.0"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"surprise": 1}, "surprise"),
    ],
)
async def test_nonsense_in_a_policy_is_named(callers: Callers, changed: dict[str, Any], field: str) -> None:
    problem = problem_of(await put(callers, rules() | changed), 422, "invalid_request")

    assert problem["field"] == field


async def test_no_tool_is_left_without_a_policy(callers: Callers) -> None:
    problem = problem_of(await put(callers, rules(applies_to=["ads.*"]), "default"), 422, "uncovered_tools")

    assert problem["field"] == "applies_to"
    assert (await callers.propose()).status_code == 201


async def test_caps_hold_over_all_that_is_committed_and_are_shown(callers: Callers) -> None:
    await put(callers, rules(caps=[{"per": "client_day", "limits": {"USD": "2500"}}]))
    first = await callers.proposed()
    second = await callers.proposed()

    problem = problem_of(await callers.propose(), 409, "cap_reached")
    assert "3600" in problem["detail"]
    assert problem["field"] == "exposure"

    await callers.decide("approve", second)
    reader = await callers.person("reviewer")
    shown = (await callers.get("/v1/exposures", reader, subject="Acme")).json()["items"]
    day = next(one for one in shown if (one["scope"], one["unit"]) == ("client_day", "USD"))
    assert (day["committed"], day["pending"], day["approved"], day["cap"]) == ("2400.00", "1200.00", "1200.00", "2500")
    await callers.decide("reject", first)
    assert (await callers.propose()).status_code == 201


async def test_somebody_stands_in_while_a_reviewer_is_away(callers: Callers) -> None:
    tier = {"name": "only", "limits": None, "required_approvals": 1, "approver_roles": ["admin"], "undo_seconds": 0}
    await put(callers, rules(tiers=[tier]))
    action = await callers.proposed()
    problem_of(await callers.decide("approve", action), 403, "role_not_allowed")
    problem_of(await callers.decide("approve", action, on_behalf_of="user:admin"), 403, "role_not_allowed")

    body = {
        "delegate": "user:reviewer",
        "starts_at": now().isoformat(),
        "ends_at": (now() + timedelta(days=7)).isoformat(),
        "reason": "Holidays.",
    }
    made = await callers.http.post("/v1/delegations", json=body, headers=await callers.person("admin"))
    assert made.status_code == 201, made.text
    listed = (await callers.get("/v1/delegations", await callers.person("reviewer"))).json()["items"]
    assert [(one["delegator"], one["delegate"]) for one in listed] == [("user:admin", "user:reviewer")]

    view = (await callers.decide("approve", action, on_behalf_of="user:admin")).json()
    assert (view["status"], view["decisions"][0]["on_behalf_of"]) == ("approved", "user:admin")

    revoke = f"/v1/delegations/{made.json()['id']}/revoke"
    problem_of(await callers.http.post(revoke, headers=await callers.person("reviewer")), 404, "delegation_not_found")
    assert (await callers.http.post(revoke, headers=await callers.person("admin"))).json()["revoked_at"]
    later = await callers.proposed()
    problem_of(await callers.decide("approve", later, on_behalf_of="user:admin"), 403, "role_not_allowed")


async def test_two_administrators_break_the_glass_and_a_third_reviews_it(callers: Callers) -> None:
    await put(callers, rules(3, blackout_dates=[{"first": "2026-01-01", "last": "2026-12-31", "reason": "Freeze"}]))
    action = await callers.proposed()
    emergency = {"revision": 1, "digest": action["digest"], "reason": "The offer is misprinted."}
    path = f"{action['id']}/break-glass"

    problem_of(await callers.post(path, await callers.person("reviewer"), **emergency), 403, "role_not_allowed")
    first = await callers.post(path, await callers.person("admin"), **emergency)
    assert first.json()["status"] == "pending"
    problem_of(await callers.post(path, await callers.person("admin"), **emergency), 409, "already_voted")
    second = await callers.post(path, callers.forged(**ADMIN_TWO), **emergency)
    assert (second.json()["status"], second.json()["broke_glass"]) == ("approved", True)

    reader = await callers.person("reviewer")
    reviews = (await callers.get("/v1/post-reviews", reader)).json()["items"]
    assert [(one["action_id"], one["closed_at"]) for one in reviews] == [(action["id"], None)]
    close = f"/v1/post-reviews/{action['id']}/close"
    finding = {"finding": "Justified."}
    for who in (callers.forged(**ADMIN_TWO), callers.forged(sub="user:marketer", roles=["admin"])):
        problem_of(await callers.http.post(close, json=finding, headers=who), 403, "four_eyes")
    assert (await callers.http.post(close, json=finding, headers=reader)).json()["closed_by"] == "user:reviewer"
    problem_of(await callers.http.post(close, json=finding, headers=reader), 404, "review_not_open")


async def test_rule_approves_within_its_bounds_and_says_which_was_nearest(callers: Callers) -> None:
    rule = {
        "name": "small",
        "enabled": True,
        "tools": ["ads.change_budget"],
        "limits": {"USD": "500"},
        "daily_limits": {"USD": "500"},
    }
    await put(callers, rules(automatic=[rule]))
    exposure = {"amount": "490.00", "currency": "USD", "client": "Acme"}

    first = await callers.proposed(exposure=exposure)
    assert (first["status"], first["decisions"][0]["reviewer"]) == ("approved", "rule:house-1/small")
    found = first["decisions"][0]["automatic"]
    assert (found["policy_version"], found["bound"]["name"]) == ("house-1", "action:USD")

    second = await callers.proposed(exposure=exposure)
    assert (second["status"], second["decisions"]) == ("pending", [])
    crossed = {"name": "client_day:USD", "limit": "500", "value": "980.00", "crossed": True}
    assert second["automatic"]["bound"] == crossed

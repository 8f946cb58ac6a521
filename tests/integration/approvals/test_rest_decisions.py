"""Approve, reject, edit and withdraw with tokens of the embedded issuer, over HTTP."""

from typing import Any

from kernel.database import Connection
from tests.integration.approvals.outside import FakeAds, prepared
from tests.integration.approvals.rest import Callers, problem_of
from tests.integration.approvals.support import Queue, age


async def test_reviewer_approves_what_they_looked_at(callers: Callers) -> None:
    action = await callers.proposed()

    view = (await callers.decide("approve", action, digest=action["digest"])).json()

    assert (view["status"], view["approvals"]) == ("approved", 1)
    assert view["decisions"][0] | {"decided_at": None} == {
        "reviewer": "user:reviewer",
        "decision": "approve",
        "revision": 1,
        "digest": action["digest"],
        "on_behalf_of": None,
        "automatic": None,
        "reason": "Looked at it.",
        "decided_at": None,
    }


async def test_approving_needs_its_scope(callers: Callers) -> None:
    action = await callers.proposed()

    for role in ("marketer", "sales_agent"):
        problem_of(await callers.decide("approve", action, role), 403, "insufficient_scope")


async def test_own_proposal_needs_other_eyes(callers: Callers) -> None:
    action = await callers.proposed(role="admin")

    problem = problem_of(await callers.decide("approve", action, "admin"), 403, "four_eyes")
    assert "user:admin proposed" in problem["detail"]
    assert (await callers.decide("approve", action)).json()["status"] == "approved"


async def test_decision_through_an_agent_or_server_is_none(callers: Callers) -> None:
    action = await callers.proposed()
    agent = callers.forged(act={"sub": "agent-ads", "act": {"sub": "orchestrator"}})

    bodies: dict[str, dict[str, Any]] = {
        "approve": {},
        "reject": {"reason": "no"},
        "edit": {"args": {"budget": "1"}, "reason": "no"},
    }
    for verb, body in bodies.items():
        response = await callers.post(f"{action['id']}/{verb}", agent, revision=1, **body)
        problem_of(response, 403, "not_decided_by_person")


async def test_decision_names_a_revision(callers: Callers) -> None:
    action = await callers.proposed()
    reviewer = await callers.person("reviewer")

    for verb in ("approve", "reject", "edit", "cancel"):
        problem = problem_of(await callers.post(f"{action['id']}/{verb}", reviewer), 422, "invalid_request")
        assert problem["field"] == "revision"


async def test_rejection_says_why(callers: Callers) -> None:
    action = await callers.proposed()

    blank = await callers.decide("reject", action, reason="  ")
    view = (await callers.decide("reject", action, reason="Too dear.")).json()

    assert problem_of(blank, 422, "invalid_request")["field"] == "reason"
    assert (view["status"], view["reason"]) == ("rejected", "Too dear.")


async def test_second_decision_learns_by_whom_and_when(callers: Callers) -> None:
    action = await callers.proposed()
    await callers.decide("approve", action)

    problem = problem_of(await callers.decide("approve", action, "admin"), 409, "already_decided")

    assert "approved by user:reviewer at 2" in problem["detail"]
    problem_of(await callers.decide("edit", action, "admin", args={"budget": "1"}), 409, "already_decided")


async def test_expired_action_is_neither_approved_nor_edited_before_anything_swept_it(
    callers: Callers, admin: Connection
) -> None:
    action = await callers.proposed()
    await age(admin, action["id"])

    problem_of(await callers.decide("approve", action), 409, "action_expired")
    problem_of(await callers.decide("edit", action, args={"budget": "900"}), 409, "action_expired")
    problem_of(await callers.decide("cancel", action, "marketer"), 409, "action_expired")


async def test_expired_action_stays_expired_after_the_sweep(callers: Callers, queue: Queue, admin: Connection) -> None:
    action = await callers.proposed()
    await age(admin, action["id"])
    await queue.expire()

    for verb in ("approve", "reject"):
        problem_of(await callers.decide(verb, action), 409, "action_expired")
    problem_of(await callers.decide("edit", action, args={"budget": "900"}), 409, "action_expired")


async def test_wrong_digest_is_refused(callers: Callers) -> None:
    action = await callers.proposed()

    problem_of(await callers.decide("approve", action, digest="sha256:" + "0" * 64), 409, "digest_mismatch")


async def test_edit_is_validated_by_the_server_in_the_reviewers_name(callers: Callers, ads: FakeAds) -> None:
    action = await callers.proposed()

    view = (await callers.decide("edit", action, args={"campaign_id": "cmp_1", "budget": "900"})).json()

    assert (view["revision"], view["status"], view["args"]["budget"]) == (2, "pending", "900")
    assert (view["summary"], view["exposure"]["amount"]) == ("Set the budget of cmp_1 to 900 USD.", "900.00")
    assert view["digest"] != action["digest"]
    assert ads.prepared_for == [("user:reviewer", ("approvals",))]
    reader = await callers.person("reviewer")
    detail = (await callers.get(f"/v1/actions/{action['id']}", reader)).json()
    assert {change["path"] for change in detail["diff"]} == {
        "/args/budget",
        "/evidence/0/detail",
        "/exposure/amount",
        "/summary",
    }
    assert detail["diff"][0] == {"path": "/args/budget", "kind": "changed", "before": "1200", "after": "900"}
    assert [revision["editor"] for revision in detail["revisions"]] == [None, "user:reviewer"]
    assert detail["revisions"][1]["diff"] == detail["diff"]


async def test_editor_needs_another_approver(callers: Callers) -> None:
    action = await callers.proposed()
    edited = (await callers.decide("edit", action, args={"budget": "900"})).json()

    problem = problem_of(await callers.decide("approve", edited), 403, "four_eyes")
    assert "only approver" in problem["detail"]
    assert (await callers.decide("approve", edited, "admin")).json()["status"] == "approved"


async def test_stale_decision_learns_what_changed(callers: Callers) -> None:
    action = await callers.proposed()
    await callers.decide("edit", action, args={"budget": "900"})

    answers = [await callers.decide(verb, action, "admin") for verb in ("approve", "reject")]
    answers.append(await callers.decide("edit", action, "admin", args={"budget": "1"}))

    for answer in answers:
        problem = problem_of(answer, 409, "stale_revision")
        assert problem["current_revision"] == 2
        assert {"path": "/args/budget", "kind": "changed", "before": "1200", "after": "900"} in problem["diff"]


async def test_edit_that_the_server_refuses_changes_nothing(callers: Callers) -> None:
    action = await callers.proposed()

    problem = problem_of(await callers.decide("edit", action, args={"budget": "9000"}), 422, "edit_refused")
    same = await callers.decide("edit", await callers.proposed(), args={"budget": "1200"})

    assert (problem["field"], problem["detail"]) == ("args.budget", "9000 is over 5000.")
    problem_of(same, 422, "edit_changes_nothing")
    detail = await callers.get(f"/v1/actions/{action['id']}", await callers.person("reviewer"))
    assert detail.json()["revision"] == 1


async def test_edit_fails_closed_without_the_server(callers: Callers) -> None:
    headers = callers.forged(scope="actions:propose", sub="user:marketer", act={"sub": "crm"})
    body = prepared("1200") | {"server": "crm"}
    action = (await callers.http.post("/v1/actions", json=body, headers=headers)).json()

    problem_of(await callers.decide("edit", action, args={"budget": "1"}), 503, "server_unavailable")


async def test_proposer_or_administrator_withdraws(callers: Callers) -> None:
    one, other, third = [await callers.proposed() for _ in range(3)]
    await callers.decide("approve", other)

    assert (await callers.decide("cancel", one, "marketer")).json()["status"] == "cancelled"
    assert (await callers.decide("cancel", other, "admin")).json()["status"] == "cancelled"
    problem_of(await callers.decide("cancel", third, "reviewer"), 403, "not_the_proposer")
    problem = problem_of(await callers.decide("approve", one), 409, "already_decided")
    assert "cancelled by user:marketer" in problem["detail"]

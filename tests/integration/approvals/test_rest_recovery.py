"""Bulk decisions, repeated requests, withdrawing in time, settling the unknown, taking back: over HTTP."""

import asyncio
from typing import Any

import pytest

from kernel.database import Connection
from tests.integration.approvals.outside import FakeAds
from tests.integration.approvals.rest import Callers, problem_of
from tests.integration.approvals.support import RECEIPT, Queue, rules


async def settled(queue: Queue, action: dict[str, Any], state: str) -> None:
    """Carry an approved action out, with an outcome."""
    claimed = await queue.claimed()
    assert claimed.id == action["id"]
    await queue.finish(claimed, state, RECEIPT if state == "SUCCEEDED" else {})


async def approved(callers: Callers) -> dict[str, Any]:
    action = await callers.proposed()
    return (await callers.decide("approve", action)).json()


def looked_at(*actions: dict[str, Any]) -> list[dict[str, Any]]:
    return [{name: action[name] for name in ("id", "revision", "digest")} for action in actions]


async def test_bulk_decision_has_a_result_for_each(callers: Callers) -> None:
    actions = [await callers.proposed() for _ in range(3)]
    await callers.decide("reject", actions[1])
    stale = looked_at(actions[2])[0] | {"revision": 9}
    body = {"decision": "approve", "items": [*looked_at(*actions[:2]), stale]}

    answer = await callers.post("bulk-decision", await callers.person("reviewer"), **body)

    first, second, third = answer.json()["results"]
    assert (first["action"]["status"], first["refusal"]) == ("approved", None)
    assert (second["action"], second["refusal"]["code"]) == (None, "already_decided")
    assert third["refusal"]["code"] == "stale_revision"


async def test_bulk_decision_keeps_to_one_tool_and_under_its_cap(callers: Callers) -> None:
    reviewer = await callers.person("reviewer")
    many = [await callers.proposed() for _ in range(9)]
    other = await callers.proposed(tool="pause_campaign")

    over = await callers.post("bulk-decision", reviewer, decision="approve", items=looked_at(*many))
    assert "10800" in problem_of(over, 403, "bulk_beyond_cap")["detail"]
    mixed = await callers.post("bulk-decision", reviewer, decision="approve", items=looked_at(many[0], other))
    problem_of(mixed, 422, "mixed_bulk")
    twice = await callers.post("bulk-decision", reviewer, decision="approve", items=looked_at(many[0], many[0]))
    problem_of(twice, 422, "invalid_request")
    rejected = await callers.post(
        "bulk-decision", reviewer, decision="reject", items=looked_at(*many), reason="Not this month."
    )
    assert {one["action"]["status"] for one in rejected.json()["results"]} == {"rejected"}


async def test_repeated_request_gets_the_first_answer(callers: Callers) -> None:
    action = await callers.proposed()
    headers = await callers.person("reviewer") | {"Idempotency-Key": "k-1"}
    body = {"revision": 1, "reason": "Fine."}

    first = await callers.post(f"{action['id']}/approve", headers, **body)
    again = await callers.post(f"{action['id']}/approve", headers, **body)

    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())
    assert again.headers["idempotent-replay"] == "true"
    problem_of(await callers.post(f"{action['id']}/reject", headers, **body), 409, "idempotency_conflict")


async def test_refused_request_uses_no_key_up(callers: Callers) -> None:
    action = await callers.proposed()
    headers = await callers.person("reviewer") | {"Idempotency-Key": "k-2"}

    problem_of(await callers.post(f"{action['id']}/approve", headers, revision=7), 409, "stale_revision")
    problem_of(await callers.post(f"{action['id']}/approve", headers, revision=7), 409, "stale_revision")
    assert (await callers.post(f"{action['id']}/approve", headers, revision=1)).status_code == 200


async def test_requests_that_arrive_together_run_once(callers: Callers) -> None:
    action = await callers.proposed()
    headers = await callers.person("reviewer") | {"Idempotency-Key": "k-3"}

    answers = await asyncio.gather(*(callers.post(f"{action['id']}/approve", headers, revision=1) for _ in range(8)))

    assert {answer.status_code for answer in answers} <= {200, 409}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"still_running"}
    detail = (await callers.get(f"/v1/actions/{action['id']}", headers)).json()
    assert [entry["event"] for entry in detail["history"]] == ["proposed", "voted", "approved"]


async def test_approver_takes_an_approval_back_in_time(callers: Callers, queue: Queue) -> None:
    tier = {"name": "only", "limits": None, "required_approvals": 1, "undo_seconds": 600}
    await queue.govern(rules(tiers=[tier]))
    action = await approved(callers)

    assert await queue.claim() is None
    undone = await callers.post(f"{action['id']}/cancel", await callers.person("reviewer"), revision=1, reason="Oops.")
    assert undone.json()["status"] == "cancelled"


async def test_look_up_settles_what_happened_and_never_repeats_it(callers: Callers, queue: Queue, ads: FakeAds) -> None:
    action = await approved(callers)
    await settled(queue, action, "UNKNOWN")
    reviewer = await callers.person("reviewer")
    path, body = f"{action['id']}/reconcile", {"finding": "look_up", "reason": "It answers again."}

    assert "does not prove" in problem_of(await callers.post(path, reviewer, **body), 409, "not_unknown")["detail"]
    ads.effects[action["id"]] = RECEIPT
    done = (await callers.post(path, reviewer, **body)).json()

    assert (done["status"], done["receipt"]["differences"]) == ("succeeded", [])
    assert ads.calls == []
    assert await queue.claim() is None
    problem_of(await callers.post(path, reviewer, **body), 409, "not_unknown")


@pytest.mark.parametrize(("finding", "status"), [("succeeded", "succeeded"), ("failed", "failed")])
async def test_person_settles_what_they_saw_on_the_platform(
    callers: Callers, queue: Queue, finding: str, status: str
) -> None:
    action = await approved(callers)
    await settled(queue, action, "UNKNOWN")
    path, body = f"{action['id']}/reconcile", {"finding": finding, "reason": "Seen in the ads manager."}

    own = callers.forged(sub="user:marketer", roles=["reviewer"])
    problem_of(await callers.post(path, own, **body), 403, "four_eyes")
    agent = callers.forged(act={"sub": "agent-ads"})
    problem_of(await callers.post(path, agent, **body), 403, "not_decided_by_person")
    done = (await callers.post(path, await callers.person("reviewer"), **body)).json()

    assert (done["status"], done["reason"]) == (status, "Seen in the ads manager.")


async def test_executed_action_is_taken_back_by_another_that_waits(callers: Callers, queue: Queue) -> None:
    action = await approved(callers)
    marketer = await callers.person("marketer")
    problem_of(await callers.post(f"{action['id']}/compensate", marketer), 409, "not_executed")
    await settled(queue, action, "SUCCEEDED")

    proposed = await callers.post(f"{action['id']}/compensate", marketer)
    again = await callers.post(f"{action['id']}/compensate", marketer)

    assert (proposed.status_code, again.status_code) == (201, 200)
    view = proposed.json()
    assert (view["status"], view["compensates"], view["args"]["budget"]) == ("pending", action["id"], "100")
    assert again.json()["id"] == view["id"]
    problem_of(await callers.decide("approve", view, "marketer"), 403, "insufficient_scope")
    assert (await callers.decide("approve", view)).json()["status"] == "approved"


async def test_action_that_cannot_be_taken_back_says_so(callers: Callers, queue: Queue, admin: Connection) -> None:
    action = await callers.proposed(args={"campaign_id": "cmp_1", "budget": "50"})
    await callers.decide("approve", action)
    await settled(queue, action, "SUCCEEDED")

    refused = await callers.post(f"{action['id']}/compensate", await callers.person("marketer"))

    assert problem_of(refused, 409, "not_reversible")["detail"] == "So little is not taken back."

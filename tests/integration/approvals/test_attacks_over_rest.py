"""What a reviewer, a proposer or a server gone bad could try through the REST API: races, renamed tools, tenants."""

import asyncio
from typing import Any

import httpx2
import pytest

from kernel.canonical import digest
from tests.integration.approvals.outside import FakeAds, prepared
from tests.integration.approvals.rest import Callers, problem_of

ROUNDS = 8
CHEAPER: dict[str, Any] = {"campaign_id": "cmp_1", "budget": "900"}


async def shown(callers: Callers, action: dict[str, Any]) -> dict[str, Any]:
    response = await callers.get(f"/v1/actions/{action['id']}", await callers.person("reviewer"))
    assert response.status_code == 200, response.text
    return response.json()


async def test_an_approval_that_races_an_edit_never_releases_what_its_reviewer_did_not_see(callers: Callers) -> None:
    """Whichever comes first: either the seen revision is released, or the edited one waits without a vote."""
    for turn in range(ROUNDS):
        proposed = await callers.proposed(key=f"approval-and-edit-{turn}")
        approval = callers.decide("approve", proposed)
        edit = callers.decide("edit", proposed, role="admin", args=CHEAPER)
        await asyncio.gather(*((approval, edit) if turn % 2 else (edit, approval)))

        action = await shown(callers, proposed)
        assert action["decisions"] == [] or action["decisions"][0]["digest"] == proposed["digest"]
        if action["status"] == "pending":
            assert (action["revision"], action["approvals"]) == (2, 0)
        else:
            assert (action["revision"], action["digest"]) == (1, proposed["digest"])


async def test_of_two_edits_at_once_one_is_kept_and_the_other_is_told(callers: Callers) -> None:
    for turn in range(ROUNDS):
        proposed = await callers.proposed(key=f"two-edits-{turn}")
        edits = (callers.decide("edit", proposed, args={**CHEAPER, "budget": amount}) for amount in ("900", "800"))
        answers = await asyncio.gather(*edits)

        assert sorted(answer.status_code for answer in answers) == [200, 409]
        action = await shown(callers, proposed)
        kept = next(answer.json() for answer in answers if answer.status_code == 200)
        assert (action["revision"], action["digest"]) == (2, kept["digest"])


async def test_a_rejection_and_an_approval_at_once_come_to_one_end(callers: Callers) -> None:
    for turn in range(ROUNDS):
        proposed = await callers.proposed(key=f"yes-and-no-{turn}")
        answers = await asyncio.gather(
            callers.decide("approve", proposed), callers.decide("reject", proposed, role="admin")
        )

        assert sorted(answer.status_code for answer in answers) == [200, 409]
        ended = next(answer.json()["status"] for answer in answers if answer.status_code == 200)
        assert (await shown(callers, proposed))["status"] == ended


async def test_one_reviewer_who_approves_many_times_at_once_is_one_approval(callers: Callers) -> None:
    proposed = await callers.proposed()
    answers = await asyncio.gather(*(callers.decide("approve", proposed) for _ in range(ROUNDS)))

    assert [answer.status_code for answer in answers].count(200) == 1
    assert len((await shown(callers, proposed))["decisions"]) == 1


async def test_proposals_at_once_under_one_key_are_one_action(callers: Callers) -> None:
    answers = await asyncio.gather(*(callers.propose(key="the same for all") for _ in range(ROUNDS)))

    assert len({answer.json()["id"] for answer in answers}) == 1
    assert [answer.status_code for answer in answers].count(201) == 1


@pytest.mark.parametrize(
    "more", [{"tool": "launch_campaign"}, {"server": "crm"}, {"tenant": "acme"}, {"summary": "Nothing special."}]
)
async def test_an_edit_changes_arguments_and_nothing_else(callers: Callers, more: dict[str, Any]) -> None:
    proposed = await callers.proposed()

    await callers.decide("edit", proposed, args=CHEAPER, **more)

    action = await shown(callers, proposed)
    assert (action["server"], action["tool"]) == ("ads", "change_budget")
    assert action["summary"] != "Nothing special."
    assert action["payload"]["tenant"] == "solid-demo"


async def test_a_server_that_answers_an_edit_with_another_tool_does_not_rename_the_action(
    callers: Callers, ads: FakeAds
) -> None:
    """The policy of a tool is chosen when it is proposed: an edit that renames it would carry another one's effect."""
    proposed = await callers.proposed(tool="launch_campaign")  # the server prepares change_budget, whatever is asked

    answer = await callers.decide("edit", proposed, args=CHEAPER)

    assert len(ads.prepared_for) == 1
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    action = await shown(callers, proposed)
    assert (action["tool"], action["revision"], action["digest"]) == ("launch_campaign", 1, proposed["digest"])


async def test_an_edit_under_another_tools_name_in_the_arguments_stays_the_tool_it_was(callers: Callers) -> None:
    proposed = await callers.proposed()

    edited = await callers.decide("edit", proposed, args={**CHEAPER, "tool": "launch_campaign", "server": "crm"})

    if edited.status_code == 200:
        assert (edited.json()["server"], edited.json()["tool"]) == ("ads", "change_budget")


@pytest.mark.parametrize("verb", ["approve", "reject", "edit", "cancel"])
async def test_a_reviewer_of_another_tenant_decides_nothing(callers: Callers, verb: str) -> None:
    proposed = await callers.proposed()
    stranger = callers.forged(tenant="acme", sub="user:admin", roles=["admin"])
    body = {"revision": 1, "reason": "Mine now.", **({"args": CHEAPER} if verb == "edit" else {})}

    answer = await callers.post(f"{proposed['id']}/{verb}", stranger, **body)

    assert answer.status_code == 404, answer.text
    assert (await shown(callers, proposed))["status"] == "pending"


async def test_a_digest_from_another_action_approves_neither(callers: Callers) -> None:
    one, other = await callers.proposed(key="the-one"), await callers.proposed(key="other-one", **_dearer())

    answer = await callers.decide("approve", one, digest=other["digest"])

    problem_of(answer, 409, "digest_mismatch")
    for action in (one, other):
        assert (await shown(callers, action))["status"] == "pending"


async def test_the_digest_is_of_exactly_what_is_shown(callers: Callers) -> None:
    action = await shown(callers, await callers.proposed())

    assert digest(action["payload"]) == action["digest"]


@pytest.mark.parametrize("actors", [["crm"], ["agent-ads", "ads"], ["approvals"], ["ads-"]])
async def test_a_server_proposes_in_nobody_elses_name(callers: Callers, actors: list[str]) -> None:
    act: dict[str, Any] = {}
    for actor in reversed(actors):
        act = {"sub": actor, **({"act": act} if act else {})}
    headers = callers.forged(scope="actions:propose", sub="user:marketer", roles=["marketer"], act=act)

    answer: httpx2.Response = await callers.http.post("/v1/actions", json=prepared("1200"), headers=headers)

    assert answer.status_code == 403, answer.text


def _dearer() -> dict[str, Any]:
    return {"args": {"campaign_id": "cmp_1", "budget": "1300"}}

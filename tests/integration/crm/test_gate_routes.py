"""The gate's endpoints over HTTP: what the queue gets for a reviewer, and that nobody else gets it."""

import base64
from collections.abc import Sequence
from typing import Any

import httpx2
import pytest

from kernel.auth import Scope
from kernel.ids import new_id
from mcp_servers.crm.errors import PlatformUnavailable
from tests.integration.crm.conftest import Crm
from tests.integration.crm.test_messages import proposed

EXECUTE: tuple[Scope, ...] = ("actions:execute",)
FOR_REVIEWERS = ("/gate/prepare", "/gate/look-up", "/gate/compensation")


async def post(crm: Crm, path: str, body: dict[str, Any], token: str) -> httpx2.Response:
    return await crm.rest.post(path, json=body, headers={"Authorization": f"Bearer {token}"})


def queue(crm: Crm, *, tenant: str = "acme") -> str:
    """A token as the approval queue exchanges it for a reviewer."""
    return crm.issuer.token(tenant, scopes=("approvals:decide",), act={"sub": "approvals"})


def executor(crm: Crm) -> str:
    return crm.issuer.token("", scopes=EXECUTE, sub="executor", client_id="executor", roles=[])


def b64(canonical: bytes) -> str:
    return base64.b64encode(canonical).decode()


async def test_the_executor_gets_a_receipt_and_a_drift_comes_with_the_action_as_it_would_be_now(crm: Crm) -> None:
    lead_id, canonical = await proposed(crm)
    _, drifting = await proposed(crm)
    drifted_lead = crm.queue.proposals[-1]["args"]["lead_id"]
    await crm.call("update_stage", lead_id=drifted_lead, status="contacted")
    orders = [{"grant": crm.grants.sign(new_id("act"), each), "canonical": b64(each)} for each in (canonical, drifting)]

    done, drifted = [await post(crm, "/gate/execute", order, executor(crm)) for order in orders]

    assert (done.status_code, done.json()["receipt"]["differences"]) == (200, [])
    assert (drifted.status_code, drifted.json()["code"]) == (409, "target_drifted")
    now = drifted.json()["prepared"]
    assert (now["tool"], now["target"]["status"], now["args"]["lead_id"]) == ("send_message", "contacted", drifted_lead)
    prepared = await post(crm, "/gate/prepare", {"tool": "send_message", "args": now["args"]}, queue(crm))
    assert prepared.json() == now
    assert len(await crm.sent(lead_id)) == 1


async def test_the_queue_looks_up_for_a_reviewer_what_got_no_answer(crm: Crm) -> None:
    _, canonical = await proposed(crm)
    action_id = new_id("act")
    asked = {"action_id": action_id, "canonical": b64(canonical)}
    nothing = await post(crm, "/gate/look-up", asked, queue(crm))
    await crm.inject("timeout_after_effect")
    with pytest.raises(PlatformUnavailable):
        await crm.gate.execute(crm.grants.sign(action_id, canonical), canonical)

    found = await post(crm, "/gate/look-up", asked, queue(crm))

    assert (nothing.status_code, nothing.json()) == (200, {"receipt": None})
    assert (found.status_code, found.json()["receipt"]["differences"]) == (200, [])
    other = await post(crm, "/gate/look-up", asked, queue(crm, tenant="globex"))
    assert (other.status_code, other.json()["code"]) == (403, "payload_altered")


async def test_the_queue_learns_that_a_message_cannot_be_taken_back(crm: Crm) -> None:
    _, canonical = await proposed(crm)
    action_id = new_id("act")
    receipt = await crm.gate.execute(crm.grants.sign(action_id, canonical), canonical)
    asked = {"action_id": action_id, "canonical": b64(canonical), "receipt": receipt.model_dump(mode="json")}

    refused = await post(crm, "/gate/compensation", asked, queue(crm))

    assert (refused.status_code, refused.json()["code"]) == (409, "not_reversible")


@pytest.mark.parametrize("path", FOR_REVIEWERS)
async def test_nobody_but_the_queue_asks_for_a_reviewer(crm: Crm, path: str) -> None:
    callers: Sequence[str] = (
        crm.issuer.token(scopes=("approvals:decide",)),
        crm.issuer.token(scopes=("approvals:decide",), act={"sub": "agent-crm"}),
        crm.issuer.token(scopes=("approvals:decide",), act={"sub": "agent-crm", "act": {"sub": "approvals"}}),
        executor(crm),
    )

    refused = [await post(crm, path, {}, token) for token in callers]

    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(403, "not_the_executor")] * 4


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/gate/look-up", {"action_id": "act_1"}, "canonical"),
        ("/gate/look-up", {"action_id": "act_1", "canonical": "{}"}, "canonical"),
        ("/gate/compensation", {"action_id": "act_1", "canonical": "e30="}, "receipt"),
        ("/gate/prepare", {"tool": "send_message", "args": {}}, "lead_id"),
    ],
)
async def test_a_request_that_does_not_fit_is_refused_by_its_field(
    crm: Crm, path: str, body: dict[str, Any], field: str
) -> None:
    refused = await post(crm, path, body, queue(crm))

    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (422, "invalid_request", field)

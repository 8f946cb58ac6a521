"""POST /v1/actions with tokens of the embedded issuer, over HTTP."""

from typing import Any

import pytest

from kernel.gate.models import ActionView
from tests.integration.approvals.outside import prepared
from tests.integration.approvals.rest import VIEW, Callers, problem_of


async def test_server_proposes_for_its_caller(callers: Callers) -> None:
    view = await callers.proposed()

    assert set(view) == VIEW
    assert (view["status"], view["revision"], view["proposer"]) == ("pending", 1, "user:marketer")
    assert view["actors"] == ["ads"]
    assert view["args"] == {"campaign_id": "cmp_1", "budget": "1200"}
    assert (view["client"], view["campaign_id"], view["exposure"]["amount"]) == ("Acme", "cmp_1", "1200.00")
    assert view["url"].endswith(f"/v1/actions/{view['id']}")
    assert ActionView.model_validate(view).status == "pending"


async def test_person_cannot_propose_directly(callers: Callers) -> None:
    response = await callers.http.post("/v1/actions", json=prepared("1200"), headers=await callers.person("marketer"))

    problem = problem_of(response, 403, "not_proposed_by_server")
    assert "change_budget" not in problem["fix"]
    assert "gated tool of ads" in problem["fix"]


@pytest.mark.parametrize("act", [{"sub": "agent-ads"}, {"sub": "content"}, {"sub": "agent-ads", "act": {"sub": "ads"}}])
async def test_nobody_but_the_named_server_proposes(callers: Callers, act: dict[str, Any]) -> None:
    headers = callers.forged(scope="actions:propose", act=act)

    problem_of(
        await callers.http.post("/v1/actions", json=prepared("1200"), headers=headers), 403, "not_proposed_by_server"
    )


async def test_proposing_needs_its_scope(callers: Callers) -> None:
    headers = callers.forged(scope="approvals:read", act={"sub": "ads"})
    response = await callers.http.post("/v1/actions", json=prepared("1200"), headers=headers)

    problem_of(response, 403, "insufficient_scope")
    assert 'scope="actions:propose"' in response.headers["www-authenticate"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"server": "analytics2"}, "server"),
        ({"server": "hub"}, "server"),
        ({"args": []}, "args"),
        ({"tool_schema_hash": "md5:1"}, "tool_schema_hash"),
        ({"summary": ""}, "summary"),
        ({"tenant": "other"}, "tenant"),
        ({"exposure": {"amount": "10"}}, "body"),
        ({"exposure": {"amount": "-1", "currency": "USD"}}, "body"),
        ({"exposure": {"amount": "ten", "currency": "USD"}}, "body"),
        ({"args": {"n": 2**60}}, None),
    ],
)
async def test_malformed_proposal_names_its_field(callers: Callers, changed: dict[str, Any], field: str | None) -> None:
    response = await callers.propose(**changed)

    assert response.status_code == 422
    assert response.json().get("field") == field


async def test_nul_character_is_the_callers_error(callers: Callers) -> None:
    problem_of(await callers.propose(args={"body": "a\0b"}), 422, "not_storable")


async def test_idempotency_key_in_header_or_body_finds_the_same_action(callers: Callers) -> None:
    first = await callers.proposed(key="k1")
    headers = await callers.server() | {"Idempotency-Key": "k1"}

    again = await callers.http.post("/v1/actions", json=prepared("1200"), headers=headers)
    differing = await callers.http.post(
        "/v1/actions", json=prepared("1200") | {"idempotency_key": "k2"}, headers=headers
    )
    conflict = await callers.propose(key="k1", args={"campaign_id": "cmp_1", "budget": "1300"})

    assert (again.status_code, again.json()["id"]) == (200, first["id"])
    assert again.headers["idempotent-replay"] == "true"
    problem_of(differing, 422, "idempotency_keys_differ")
    problem_of(conflict, 409, "idempotency_conflict")

"""What the API shows, to whom, and how it goes on: lists, details, policies, audit, events."""

import json
from typing import Any

import pytest

from kernel.auth import Role
from kernel.canonical import canonical_bytes, digest_of
from kernel.database import Connection
from tests.integration.approvals.rest import VIEW, Callers, problem_of
from tests.integration.approvals.support import unguarded


@pytest.mark.parametrize("path", ["/v1/actions", "/v1/actions/act_1", "/v1/audit", "/v1/policies", "/v1/events"])
async def test_nothing_is_read_without_a_token(callers: Callers, path: str) -> None:
    problem_of(await callers.get(path, {}), 401, "invalid_token")


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "http://127.0.0.1:8102/mcp"},
        {"exp": 1},
        {"iss": "http://elsewhere"},
        {"tenant": ""},
    ],
)
async def test_token_of_another_place_or_time_is_refused(callers: Callers, claims: dict[str, Any]) -> None:
    problem_of(await callers.get("/v1/actions", callers.forged(**claims)), 401, "invalid_token")


async def test_detail_shows_exactly_what_would_be_executed(callers: Callers) -> None:
    action = await callers.proposed()

    detail = (await callers.get(f"/v1/actions/{action['id']}", await callers.person("reviewer"))).json()

    assert set(detail) == VIEW | {"payload", "revisions", "diff", "history"}
    assert digest_of(canonical_bytes(detail["payload"])) == detail["digest"]
    assert detail["payload"]["policy_version"] == "default-1"
    assert [entry["event"] for entry in detail["history"]] == ["proposed"]
    assert detail["diff"] == []


@pytest.mark.parametrize(
    ("role", "status"), [("marketer", 200), ("reviewer", 200), ("sales_agent", 200), ("admin", 200)]
)
async def test_proposer_and_readers_see_an_action(callers: Callers, role: Role, status: int) -> None:
    action = await callers.proposed()

    assert (await callers.get(f"/v1/actions/{action['id']}", await callers.person(role))).status_code == status


async def test_proposer_sees_an_action_without_the_reading_scope_and_others_do_not(callers: Callers) -> None:
    action = await callers.proposed()
    own = callers.forged(sub="user:marketer", scope="actions:propose", act={"sub": "ads"})
    other = callers.forged(sub="user:viewer", scope="actions:propose", act={"sub": "ads"})

    assert (await callers.get(f"/v1/actions/{action['id']}", own)).status_code == 200
    problem_of(await callers.get(f"/v1/actions/{action['id']}", other), 403, "insufficient_scope")


async def test_another_tenant_finds_nothing(callers: Callers) -> None:
    action = await callers.proposed()
    stranger = callers.forged(tenant="other", roles=["admin"])

    problem_of(await callers.get(f"/v1/actions/{action['id']}", stranger), 404, "action_not_found")
    problem_of(await callers.post(f"{action['id']}/approve", stranger, revision=1), 404, "action_not_found")
    problem_of(await callers.post(f"{action['id']}/cancel", stranger, revision=1), 404, "action_not_found")
    assert (await callers.get("/v1/actions", stranger)).json() == {"items": [], "next_cursor": None}
    assert (await callers.get("/v1/audit", stranger)).json()["items"] == []


async def test_list_pages_newest_first_and_filters(callers: Callers) -> None:
    made = [await callers.proposed(exposure={"client": client}) for client in ("Acme", "Bolt", "Acme", "Acme", "Bolt")]
    await callers.decide("reject", made[0])
    reader = await callers.person("reviewer")

    pages: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await callers.get("/v1/actions", reader, limit=2, **cursor)).json()
        pages += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}

    assert pages == [action["id"] for action in reversed(made)]
    acme = (await callers.get("/v1/actions", reader, client="Acme", status="pending")).json()["items"]
    assert [item["id"] for item in acme] == [made[3]["id"], made[2]["id"]]
    assert (await callers.get("/v1/actions", reader, server="crm")).json()["items"] == []
    problem_of(await callers.get("/v1/actions", reader, cursor="nonsense"), 422, "bad_cursor")
    problem_of(await callers.get("/v1/actions", reader, status="done"), 422, "invalid_request")


async def test_viewer_reads_no_approvals(callers: Callers) -> None:
    viewer = callers.forged(sub="user:viewer", scope="ads:read")

    problem_of(await callers.get("/v1/actions", viewer), 403, "insufficient_scope")


async def test_audit_pages_through_an_intact_chain(callers: Callers, admin: Connection) -> None:
    for _ in range(3):
        await callers.proposed()
    reader = await callers.person("reviewer")

    first = (await callers.get("/v1/audit", reader, limit=2)).json()
    rest = (await callers.get("/v1/audit", reader, limit=2, cursor=first["next_cursor"])).json()
    assert [entry["seq"] for entry in first["items"] + rest["items"]] == [1, 2, 3]
    assert (first["intact"], rest["intact"], rest["next_cursor"]) == (True, True, None)
    assert rest["items"][0]["previous_hash"] == first["items"][1]["hash"]

    await unguarded(admin, "UPDATE approvals.audit SET actor = 'user:x' WHERE seq = 2")
    altered = (await callers.get("/v1/audit", reader)).json()
    assert (altered["intact"], altered["broken"]) == (False, [2])


async def test_health_and_grant_keys_need_no_token(callers: Callers) -> None:
    ready = (await callers.get("/readyz", {})).json()
    keys = (await callers.get("/.well-known/jwks.json", {})).json()["keys"]

    assert (await callers.get("/healthz", {})).json()["status"] == "ok"
    assert ready["checks"] == {"database": "ok", "identity": "ok"}
    assert len(keys) == 1
    assert keys[0].keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"}


async def test_events_follow_the_audit_and_resume(callers: Callers) -> None:
    headers = await callers.person("reviewer")
    async with callers.http.stream("GET", "/v1/events", headers=headers) as stream:
        lines = stream.aiter_lines()
        assert await anext(lines) == "retry: 2000"
        action = await callers.proposed()
        event = [await anext(lines) for _ in range(4)][1:]
    await callers.decide("approve", action)
    resumed: list[str] = []
    async with callers.http.stream("GET", "/v1/events", headers=headers | {"Last-Event-ID": "1"}) as stream:
        async for line in stream.aiter_lines():
            resumed += [line] if line.startswith("event:") else []
            if len(resumed) == 2:
                break

    assert event[:2] == ["id: 1", "event: proposed"]
    data = json.loads(event[2].removeprefix("data: "))
    assert (data["action_id"], data["actor"], data["seq"]) == (action["id"], "user:marketer", 1)
    assert resumed == ["event: voted", "event: approved"]

"""The gate's own endpoints over HTTP: who they let in, and what the executor itself cannot make of them."""

import base64
import json
import time
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from approvals.grants import KEY_FILE
from kernel.canonical import canonical_bytes, digest_of
from kernel.gate.grants import GRANT_TYPE
from kernel.ids import new_id
from kernel.settings import Service
from tests.integration.access.conftest import OURS, THEIRS
from tests.integration.access.estate import CALLERS, Estate
from tests.integration.access.world import EXAMPLES, World, settle

GATED: tuple[Service, ...] = ("content", "ads", "crm")


@pytest.fixture(scope="module")
async def world(estate: Estate) -> World:
    return await settle(estate, OURS, "Quetzal")


async def launch(estate: Estate, world: World) -> dict[str, Any]:
    """A proposed launch as the queue has it."""
    marketer = estate.token("marketer", "ads", tenant=OURS)
    _, drafted = await estate.call("ads", "draft_campaign", EXAMPLES["ads", "draft_campaign"](world), marketer)
    campaign = drafted["result"]["structuredContent"]["campaign_id"]
    _, told = await estate.call("ads", "launch_campaign", {"campaign_id": campaign}, marketer)
    action = told["result"]["structuredContent"]["approval_id"]
    reader = estate.token("reviewer", "approvals", tenant=OURS)
    return (await estate.rest("approvals", "GET", f"/v1/actions/{action}", reader)).json()


def granted(estate: Estate, action: dict[str, Any], **changes: Any) -> str:
    """A grant with the queue's real key, as nobody but the executor could have it: the worst that could leak."""
    key = ECKey.import_key(json.loads((estate.settings.keys_dir / KEY_FILE).read_text()))
    issued = int(time.time())
    claims: dict[str, Any] = {
        "iss": estate.settings.url("approvals"),
        "aud": estate.settings.audience("ads"),
        "sub": action["id"],
        "tenant": OURS,
        "dig": action["digest"],
        "fence": 1,
        "jti": new_id("grt"),
        "iat": issued,
        "exp": issued + 60,
    }
    return jwt.encode({"alg": "ES256", "typ": GRANT_TYPE, "kid": key.kid}, claims | changes, key)


async def execute(
    estate: Estate, token: str | None, grant: str, payload: bytes, *, server: Service = "ads"
) -> httpx2.Response:
    body = {"grant": grant, "canonical": base64.b64encode(payload).decode()}
    return await estate.rest(server, "POST", "/gate/execute", token, body=body)


async def launched(estate: Estate, action: dict[str, Any]) -> bool:
    reader = estate.token("marketer", "ads", tenant=OURS)
    _, told = await estate.call("ads", "get_campaign", {"campaign_id": action["args"]["campaign_id"]}, reader)
    return told["result"]["structuredContent"]["status"] != "draft"


@pytest.mark.parametrize("path", ["/gate/execute", "/gate/prepare"])
@pytest.mark.parametrize("server", GATED)
async def test_the_gate_lets_in_neither_people_nor_servers_nor_agents(
    estate: Estate, server: Service, path: str
) -> None:
    """Not even with the executor's scope: it is the executor itself that executes, and the queue that prepares."""
    body: dict[str, Any] = {"grant": "x", "canonical": "e30=", "tool": "launch_campaign", "args": {}}
    tokens = [estate.token(who, server, tenant=OURS) for who in CALLERS if who != "executor"]
    scope = "actions:execute actions:propose approvals:decide"
    tokens += [estate.token("admin", server, tenant=OURS, scope=scope)]
    for actor in ("agent-ads", "agent-crm", "orchestrator", "ads", "content", "crm"):
        tokens.append(estate.token("admin", server, tenant=OURS, scope=scope, act={"sub": actor}, client_id=actor))
        tokens.append(estate.token("executor", server, tenant=OURS, act={"sub": actor}))
    for token in tokens:
        answer = await estate.rest(server, "POST", path, token, body=body)
        assert answer.status_code == 403, (server, path, answer.text)


@pytest.mark.parametrize("server", GATED)
async def test_neither_half_of_the_gate_serves_the_other_halfs_identity(estate: Estate, server: Service) -> None:
    executor = estate.token("executor", server, tenant=OURS)
    queue = estate.token("reviewer", server, tenant=OURS, scope="approvals:decide", act={"sub": "approvals"})

    empty: dict[str, Any] = {"tool": "x", "args": {}}
    prepare = await estate.rest(server, "POST", "/gate/prepare", executor, body=empty)
    release = await estate.rest(server, "POST", "/gate/execute", queue, body={"grant": "x", "canonical": "e30="})

    assert (prepare.status_code, release.status_code) == (403, 403)


async def test_the_executors_token_is_for_one_server(estate: Estate) -> None:
    for server in GATED:
        for other in GATED:
            token = estate.token("executor", other, tenant=OURS)
            answer = await estate.rest(server, "POST", "/gate/execute", token, body={"grant": "x", "canonical": "e30="})
            assert answer.status_code == (401 if other != server else 403), (server, other, answer.text)


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "http://127.0.0.1:1/mcp"},
        {"tenant": THEIRS},
        {"dig": f"sha256:{'0' * 64}"},
        {"exp": 1},
        {"iss": "https://issuer.example"},
    ],
    ids=lambda changes: next(iter(changes)),
)
async def test_the_executor_with_a_grant_for_something_else_changes_nothing(
    estate: Estate, world: World, changes: dict[str, Any]
) -> None:
    action = await launch(estate, world)
    executor = estate.token("executor", "ads", tenant=OURS)

    answer = await execute(estate, executor, granted(estate, action, **changes), canonical_bytes(action["payload"]))

    assert answer.status_code in (403, 409, 422), answer.text
    assert not await launched(estate, action)


@pytest.mark.parametrize(
    "altered",
    [{"tool": "pause_campaign"}, {"server": "crm"}, {"tenant": THEIRS}, {"target_state_digest": f"sha256:{'0' * 64}"}],
    ids=lambda altered: next(iter(altered)),
)
async def test_altered_bytes_are_refused_with_the_digest_of_the_approved_and_with_their_own(
    estate: Estate, world: World, altered: dict[str, Any]
) -> None:
    """Even who holds the queue's signing key carries out nothing that is not this server's own order, unchanged."""
    action = await launch(estate, world)
    payload = canonical_bytes(action["payload"] | altered)
    executor = estate.token("executor", "ads", tenant=OURS)

    for grant in (granted(estate, action), granted(estate, action, dig=digest_of(payload))):
        answer = await execute(estate, executor, grant, payload)
        assert answer.status_code in (403, 409, 422), answer.text
        assert not await launched(estate, action)


async def test_a_grant_is_good_once_and_at_its_server_alone(estate: Estate, world: World) -> None:
    action = await launch(estate, world)
    payload, grant = canonical_bytes(action["payload"]), granted(estate, action)
    elsewhere = await execute(estate, estate.token("executor", "crm", tenant=OURS), grant, payload, server="crm")
    assert not await launched(estate, action)

    first = await execute(estate, estate.token("executor", "ads", tenant=OURS), grant, payload)
    again = await execute(estate, estate.token("executor", "ads", tenant=OURS), grant, payload)

    assert elsewhere.status_code in (403, 409), elsewhere.text
    assert first.status_code == 200, first.text  # what the refusals above are measured against
    assert again.status_code in (403, 409), again.text
    assert await launched(estate, action)


@pytest.mark.parametrize("body", [{}, {"grant": "x"}, {"grant": "x", "canonical": "no base64!"}, {"grant": 1}, []])
async def test_a_body_that_is_no_order_is_refused(estate: Estate, body: Any) -> None:
    answer = await estate.rest("ads", "POST", "/gate/execute", estate.token("executor", "ads", tenant=OURS), body=body)

    assert answer.status_code in (400, 403, 422), answer.text

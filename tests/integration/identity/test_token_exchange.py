import time

import httpx2
import psycopg
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from identity.app import open_app
from kernel.auth.client import TokenRefused
from kernel.settings import Service
from tests.integration.identity.conftest import ACCESS_TOKEN, Issuer, refusal


async def test_agent_acts_for_the_user_at_its_server(issuer: Issuer) -> None:
    presented = await issuer.user_token("marketer", "orchestrator")

    response = await issuer.exchange("agent-ads", presented, "ads", scope="ads:read actions:propose")

    body = response.json()
    assert (response.status_code, body["issued_token_type"], body["expires_in"]) == (200, ACCESS_TOKEN, 300)
    assert "refresh_token" not in body
    principal = await issuer.verify(body["access_token"], "ads")
    assert (principal.subject, principal.tenant, principal.roles) == ("user:marketer", "solid-demo", ("marketer",))
    assert principal.scopes == {"ads:read", "actions:propose"}
    assert (principal.client_id, principal.actors) == ("agent-ads", ("agent-ads",))


async def test_without_scope_all_that_is_allowed_is_granted(issuer: Issuer) -> None:
    presented = await issuer.user_token("marketer", "orchestrator")

    body = (await issuer.exchange("agent-crm", presented, "crm")).json()

    assert body["scope"] == "actions:propose approvals:read crm:read crm:write"


async def test_chain_of_actors_grows_outermost_first(issuer: Issuer) -> None:
    user = await issuer.user_token("marketer", "orchestrator")
    agent = await issuer.tokens_for("agent-ads").exchange(user, "ads", ["ads:read", "actions:propose"])

    server = await issuer.tokens_for("ads").exchange(agent, "approvals", ["actions:propose"])

    principal = await issuer.verify(server, "approvals")
    assert principal.actors == ("ads", "agent-ads")
    assert principal.subject == "user:marketer"
    assert principal.scopes == {"actions:propose"}


async def test_client_connected_directly_proposes_through_the_server(issuer: Issuer) -> None:
    direct = await issuer.user_token("marketer", "content")

    token = await issuer.tokens_for("content").exchange(direct, "approvals", ["actions:propose"])

    assert (await issuer.verify(token, "approvals")).actors == ("content",)


async def test_queue_reaches_the_owning_server_for_a_decider(issuer: Issuer) -> None:
    reviewer = await issuer.user_token("reviewer", "approvals")

    token = await issuer.tokens_for("approvals").exchange(reviewer, "ads", ["approvals:decide"])

    principal = await issuer.verify(token, "ads")
    assert (principal.subject, principal.actors) == ("user:reviewer", ("approvals",))


async def test_exchanged_token_dies_with_the_presented_one(issuer: Issuer) -> None:
    expires = int(time.time()) + 30

    body = (await issuer.exchange("agent-ads", issuer.token(exp=expires), "ads")).json()

    assert (await issuer.verify(body["access_token"], "ads")).expires_at.timestamp() == expires
    assert body["expires_in"] <= 30


@pytest.mark.parametrize("scope", ["ads:write", "ads:read ads:write", "actions:propose", "actions:execute"])
async def test_scope_is_never_widened(issuer: Issuer, scope: str) -> None:
    presented = await issuer.user_token("viewer", "orchestrator")

    response = await issuer.exchange("agent-ads", presented, "ads", scope=scope)

    assert refusal(response)[:2] == (400, "invalid_scope")


async def test_forged_breadth_of_a_token_is_cut_to_the_users_roles(issuer: Issuer) -> None:
    presented = issuer.token(sub="user:viewer", roles=["admin"], scope="ads:read ads:write")

    body = (await issuer.exchange("agent-ads", presented, "ads")).json()

    assert body["scope"] == "ads:read"
    assert (await issuer.verify(body["access_token"], "ads")).roles == ("viewer",)


@pytest.mark.parametrize(
    ("client", "audience", "service"),
    [
        ("agent-ads", "orchestrator", "ads"),
        ("ads", "ads", "approvals"),
        ("approvals", "approvals", "ads"),
        ("orchestrator", "orchestrator", "approvals"),
    ],
)
async def test_execution_is_never_exchanged(issuer: Issuer, client: str, audience: Service, service: Service) -> None:
    presented = issuer.token(aud=issuer.settings.audience(audience), scope="actions:execute", sub="user:admin")

    asked = await issuer.exchange(client, presented, service, scope="actions:execute")
    left_out = await issuer.exchange(client, presented, service)

    assert refusal(asked)[:2] == (400, "invalid_scope")
    assert refusal(left_out)[:2] == (400, "invalid_scope")


async def test_executors_own_token_is_not_exchanged(issuer: Issuer) -> None:
    presented = await issuer.tokens_for("executor").client_credentials("ads", ["actions:execute"])

    response = await issuer.exchange("ads", presented, "approvals")

    assert refusal(response)[:2] == (400, "invalid_grant")


@pytest.mark.parametrize("client", ["orchestrator", "ads", "crm"])
async def test_deciding_is_never_delegated_towards_the_queue(issuer: Issuer, client: str) -> None:
    audience: Service = "orchestrator" if client == "orchestrator" else "ads" if client == "ads" else "crm"
    presented = issuer.token(
        aud=issuer.settings.audience(audience), sub="user:admin", scope="approvals:read approvals:decide"
    )

    response = await issuer.exchange(client, presented, "approvals", scope="approvals:decide")

    assert refusal(response)[:2] == (400, "invalid_scope")


@pytest.mark.parametrize("service", ["content", "crm", "analytics", "approvals", "hub", "orchestrator"])
async def test_agent_gets_no_token_for_another_server(issuer: Issuer, service: Service) -> None:
    presented = await issuer.user_token("admin", "orchestrator")

    response = await issuer.exchange("agent-ads", presented, service)

    assert refusal(response)[:2] == (400, "invalid_target")


async def test_identity_itself_is_no_resource(issuer: Issuer) -> None:
    response = await issuer.exchange("orchestrator", issuer.token(), "identity")

    assert refusal(response)[:2] == (400, "invalid_target")


async def test_missing_resource_is_refused(issuer: Issuer) -> None:
    response = await issuer.exchange("agent-ads", issuer.token(), "ads", resource="")

    assert refusal(response)[:2] == (400, "invalid_target")


@pytest.mark.parametrize("audience", ["content", "crm", "analytics", "approvals", "orchestrator"])
async def test_server_cannot_present_a_token_meant_for_another(issuer: Issuer, audience: Service) -> None:
    presented = await issuer.user_token("admin", audience)

    status, error, reason = refusal(await issuer.exchange("ads", presented, "approvals"))

    assert (status, error) == (400, "invalid_grant")
    assert "another resource" in reason


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 1_700_000_000},
        {"iss": "https://elsewhere.example"},
        {"sub": "user:stranger"},
        {"tenant": "another"},
        {"tenant": None},
        {"act": {"sub": "a", "act": {"sub": "b", "act": {"sub": "c", "act": {"sub": "d", "act": {"sub": "e"}}}}}}
        | {"scope": ""},
    ],
)
async def test_token_that_does_not_stand_is_refused(issuer: Issuer, changes: dict[str, object]) -> None:
    response = await issuer.exchange("agent-ads", issuer.token(**changes), "ads")

    status, error, _ = refusal(response)
    assert status == 400
    assert error == ("invalid_scope" if "scope" in changes else "invalid_grant")


async def test_token_of_a_foreign_key_is_refused(issuer: Issuer) -> None:
    kid = issuer.signing.public()["keys"][0]["kid"]
    foreign = ECKey.generate_key("P-256")
    claims = {"iss": issuer.settings.issuer, "aud": issuer.settings.audience("orchestrator"), "sub": "user:admin"}
    presented = jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": kid}, claims, foreign)

    assert refusal(await issuer.exchange("agent-ads", presented, "ads"))[:2] == (400, "invalid_grant")


async def test_unsigned_token_is_refused(issuer: Issuer) -> None:
    _, payload, _ = issuer.token().split(".")
    header = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0"  # {"alg":"none","typ":"at+jwt"}

    response = await issuer.exchange("agent-ads", f"{header}.{payload}.", "ads")

    assert refusal(response)[:2] == (400, "invalid_grant")


async def test_assertion_is_no_subject_token(issuer: Issuer) -> None:
    response = await issuer.exchange("agent-ads", issuer.assertion(), "ads")

    assert refusal(response)[:2] == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("form", "named"),
    [
        ({"subject_token": ""}, "subject_token"),
        ({"subject_token_type": ""}, "subject_token_type"),
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:id_token"}, "access tokens"),
        ({"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"}, "access tokens"),
        ({"actor_token": "x"}, "actor"),
        ({"audience": "ads"}, "Use resource"),
    ],
)
async def test_exchange_that_is_not_offered_is_refused(issuer: Issuer, form: dict[str, str], named: str) -> None:
    response = await issuer.exchange("agent-ads", issuer.token(), "ads", **form)

    status, error, reason = refusal(response)
    assert (status, error) == (400, "invalid_request")
    assert named in reason


async def test_exchange_needs_a_proven_client(issuer: Issuer) -> None:
    response = await issuer.http.post(
        "/oauth/token",
        data={
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token": issuer.token(),
            "subject_token_type": ACCESS_TOKEN,
            "resource": issuer.settings.audience("ads"),
            "client_id": "agent-ads",
        },
    )

    assert refusal(response)[:2] == (401, "invalid_client")


async def test_token_client_of_the_kernel_reports_the_reason(issuer: Issuer) -> None:
    presented = await issuer.user_token("viewer", "orchestrator")

    with pytest.raises(TokenRefused, match=r"invalid_scope: The subject token may not carry: ads:write"):
        await issuer.tokens_for("agent-ads").exchange(presented, "ads", ["ads:write"])


async def test_disabled_user_is_refused(issuer: Issuer, admin: psycopg.AsyncConnection) -> None:
    await admin.execute(
        "INSERT INTO identity.users (tenant, subject, display_name, roles, disabled_at)"
        " VALUES ('solid-demo', 'user:left', 'Left', '{admin}', now())"
    )

    response = await issuer.exchange("agent-ads", issuer.token(sub="user:left"), "ads")

    assert refusal(response)[:2] == (400, "invalid_grant")


async def test_application_that_acts_unattended_is_acted_for_like_a_person(issuer: Issuer) -> None:
    headers = {"Authorization": f"Bearer {await issuer.user_token('admin', 'identity')}"}
    asked = {
        "name": "Nightly report",
        "confidential": True,
        "resources": ["content"],
        "machine": {"tenant": "solid-demo", "roles": ["marketer"]},
    }
    made = (await issuer.http.post("/v1/clients", json=asked, headers=headers)).json()
    client_id, secret = made["client_id"], made["client_secret"]
    form = {"grant_type": "client_credentials", "resource": issuer.settings.audience("content")}
    own = (await issuer.http.post("/oauth/token", data=form, headers=issuer.basic(client_id, secret))).json()

    exchanged = await issuer.exchange("content", own["access_token"], "approvals", scope="actions:propose")
    roles = (await issuer.verify(own["access_token"], "content")).roles
    await issuer.http.post(f"/v1/clients/{client_id}/disable", headers=headers)
    async with (
        open_app(issuer.settings) as app,
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=issuer.settings.issuer) as elsewhere,
    ):
        again = Issuer(issuer.settings, elsewhere, issuer.signing, issuer.transport)
        refused = await again.exchange("content", own["access_token"], "approvals", scope="actions:propose")

    principal = await issuer.verify(exchanged.json()["access_token"], "approvals")
    assert (principal.subject, principal.tenant, principal.actors) == (client_id, "solid-demo", ("content",))
    assert roles == ("marketer",)
    assert refusal(refused)[:2] == (400, "invalid_grant")

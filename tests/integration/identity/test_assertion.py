import asyncio
import json
import time

import psycopg
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from kernel.auth import Role
from kernel.auth.roles import RESOURCE_SCOPES, ROLE_SCOPES, Resource
from tests.integration.identity.conftest import JWT_BEARER, Issuer, refusal


@pytest.mark.parametrize("role", sorted(ROLE_SCOPES))
@pytest.mark.parametrize("service", sorted(RESOURCE_SCOPES))
async def test_user_gets_what_the_role_may_do_there(issuer: Issuer, role: Role, service: Resource) -> None:
    expected = ROLE_SCOPES[role] & RESOURCE_SCOPES[service]

    response = await issuer.assert_user(issuer.assertion({"sub": f"user:{role}"}), service)

    if not expected:
        assert refusal(response)[:2] == (400, "invalid_scope")
        return
    body = response.json()
    assert body["expires_in"] == 3600
    principal = await issuer.verify(body["access_token"], service)
    assert principal.scopes == expected
    assert (principal.subject, principal.tenant, principal.roles) == (f"user:{role}", "solid-demo", (role,))
    assert (principal.client_id, principal.actors) == ("cli", ())


async def test_narrower_scope_is_granted_as_asked(issuer: Issuer) -> None:
    response = await issuer.assert_user(issuer.assertion(), "ads", scope="ads:read")

    assert response.json()["scope"] == "ads:read"


@pytest.mark.parametrize("scope", ["approvals:decide", "actions:execute", "identity:admin"])
async def test_scope_beyond_the_role_is_refused(issuer: Issuer, scope: str) -> None:
    response = await issuer.assert_user(issuer.assertion(), "orchestrator", scope=scope)

    assert refusal(response)[:2] == (400, "invalid_scope")


async def test_administrator_does_not_execute(issuer: Issuer) -> None:
    response = await issuer.assert_user(issuer.assertion({"sub": "user:admin"}), "ads", scope="actions:execute")

    assert refusal(response)[:2] == (400, "invalid_scope")


async def test_replayed_assertion_is_refused(issuer: Issuer) -> None:
    assertion = issuer.assertion()
    assert (await issuer.assert_user(assertion, "ads")).status_code == 200

    status, error, reason = refusal(await issuer.assert_user(assertion, "ads"))

    assert (status, error) == (400, "invalid_grant")
    assert "used before" in reason


async def test_of_simultaneous_uses_one_wins(issuer: Issuer) -> None:
    assertion = issuer.assertion()

    responses = await asyncio.gather(*(issuer.assert_user(assertion, "ads") for _ in range(8)))

    assert sorted(response.status_code for response in responses) == [200] + [400] * 7


async def test_refused_request_does_not_spend_the_assertion(issuer: Issuer) -> None:
    assertion = issuer.assertion()
    refusal(await issuer.assert_user(assertion, "ads", scope="ads:write crm:write"))

    assert (await issuer.assert_user(assertion, "ads")).status_code == 200


async def test_expired_marks_are_swept(issuer: Issuer, admin: psycopg.AsyncConnection) -> None:
    await admin.execute(
        "INSERT INTO identity.used_assertions (client_id, assertion_id, expires_at)"
        " VALUES ('cli', 'old', now() - interval '2 hours')"
    )

    await issuer.assert_user(issuer.assertion(), "ads")

    left = await (await admin.execute("SELECT FROM identity.used_assertions WHERE assertion_id = 'old'")).fetchall()
    assert left == []


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": "user:stranger"},
        {"sub": "executor"},
        {"sub": None},
        {"jti": None},
        {"aud": "https://elsewhere.example"},
        {"exp": 1_700_000_000},
        {"exp": 9_700_000_000},
        {"exp": None},
        {"iss": "ads"},
        {"iss": "stranger"},
        {"iss": None},
        {"tenant": "another"},
    ],
)
async def test_assertion_that_does_not_stand_is_refused(issuer: Issuer, changes: dict[str, object]) -> None:
    response = await issuer.assert_user(issuer.assertion(changes), "ads")

    assert refusal(response)[:2] == (400, "invalid_grant")


async def test_assertion_of_a_foreign_key_is_refused(issuer: Issuer) -> None:
    response = await issuer.assert_user(issuer.assertion(key=ECKey.generate_key("P-256")), "ads")

    status, error, reason = refusal(response)
    assert (status, error) == (400, "invalid_grant")
    assert "not signed" in reason


async def test_assertion_under_another_algorithm_is_refused(issuer: Issuer) -> None:
    now = int(time.time())
    claims = {"iss": "cli", "sub": "user:admin", "aud": issuer.settings.issuer, "exp": now + 60, "jti": "x"}
    public = ECKey.import_key(json.loads(issuer.settings.key_file("cli-assertion.json").read_text())).as_dict()
    forged = [
        jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(json.dumps(public))),
        jwt.encode({"alg": "ES256"}, claims, issuer_key := ECKey.generate_key("P-256")).rpartition(".")[0] + ".",
        jwt.encode({"alg": "ES256", "kid": 'a"b\\'}, claims, issuer_key),
        "eyJhbGciOiJub25lIn0." + jwt.encode({"alg": "ES256"}, claims, issuer_key).split(".")[1] + ".",
        "nonsense",
    ]

    refused = [refusal(await issuer.assert_user(assertion, "ads"))[:2] for assertion in forged]

    assert refused == [(400, "invalid_grant")] * len(forged)


async def test_access_token_is_no_assertion(issuer: Issuer) -> None:
    response = await issuer.assert_user(issuer.token(), "ads")

    assert refusal(response)[:2] == (400, "invalid_grant")


async def test_missing_resource_is_refused(issuer: Issuer) -> None:
    response = await issuer.assert_user(issuer.assertion(), "ads", resource="")

    assert refusal(response)[:2] == (400, "invalid_target")


async def test_missing_assertion_is_refused(issuer: Issuer) -> None:
    response = await issuer.assert_user("", "ads")

    assert refusal(response)[:2] == (400, "invalid_request")


async def test_secret_beside_the_assertion_is_refused(issuer: Issuer) -> None:
    form = {"grant_type": JWT_BEARER, "assertion": issuer.assertion(), "resource": issuer.settings.audience("ads")}

    response = await issuer.post(form, "ads")

    assert refusal(response)[:2] == (400, "invalid_request")

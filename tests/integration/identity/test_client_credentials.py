import pytest

from kernel.auth import InvalidToken
from kernel.settings import Service
from tests.integration.identity.conftest import Issuer, refusal


def form(issuer: Issuer, service: Service = "ads", **changes: str) -> dict[str, str]:
    return {"grant_type": "client_credentials", "resource": issuer.settings.audience(service)} | changes


@pytest.mark.parametrize("server", ["content", "ads", "crm"])
async def test_executor_gets_a_short_token_to_execute_at_a_gated_server(issuer: Issuer, server: Service) -> None:
    response = await issuer.post(form(issuer, server), "executor")

    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    body = response.json()
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 300, "actions:execute")
    assert "refresh_token" not in body
    principal = await issuer.verify(body["access_token"], server)
    assert (principal.subject, principal.client_id, principal.tenant) == ("executor", "executor", "")
    assert principal.scopes == {"actions:execute"}
    assert (principal.actors, principal.roles) == ((), ())


async def test_token_is_for_one_server_alone(issuer: Issuer) -> None:
    token = (await issuer.post(form(issuer, "ads"), "executor")).json()["access_token"]

    with pytest.raises(InvalidToken, match="another resource"):
        await issuer.verify(token, "crm")


async def test_secret_is_accepted_in_the_form(issuer: Issuer) -> None:
    secret = issuer.settings.client_secret("executor")

    response = await issuer.post(form(issuer, client_id="executor", client_secret=secret))

    assert response.status_code == 200


async def test_token_client_of_the_kernel_is_served(issuer: Issuer) -> None:
    token = await issuer.tokens_for("executor").client_credentials("crm", ["actions:execute"])

    assert (await issuer.verify(token, "crm")).client_id == "executor"


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"Basic ZXhlY3V0b3I6d3Jvbmc=",  # executor:wrong
        b"Basic c3RyYW5nZXI6d3Jvbmc=",  # stranger:wrong
        b"Basic Y2xpOng=",  # cli:x, which has no secret
        b"Basic ZXhlY3V0b3I6",  # executor with an empty secret
        b"Basic /////w==",  # not UTF-8
        b"Basic \xe9",
        b"Basic",
        b"Bearer abc",
    ],
)
async def test_client_that_does_not_prove_itself_is_refused(issuer: Issuer, header: bytes) -> None:
    response = await issuer.http.post("/oauth/token", data=form(issuer), headers={b"Authorization": header})

    status, error, reason = refusal(response)
    assert (status, error) == (401, "invalid_client")
    assert "unknown or its secret is wrong" in reason
    assert response.headers["www-authenticate"].startswith("Basic ")


@pytest.mark.parametrize(("client", "secret"), [("executor", "wrong"), ("stranger", "wrong"), ("cli", "wrong")])
async def test_wrong_secret_in_the_form_is_refused(issuer: Issuer, client: str, secret: str) -> None:
    response = await issuer.post(form(issuer, client_id=client, client_secret=secret))

    assert refusal(response)[:2] == (401, "invalid_client")


async def test_secret_of_one_client_does_not_serve_another(issuer: Issuer) -> None:
    headers = issuer.basic("executor", issuer.settings.client_secret("ads"))

    response = await issuer.http.post("/oauth/token", data=form(issuer), headers=headers)

    assert refusal(response)[:2] == (401, "invalid_client")


async def test_authenticating_in_two_ways_is_refused(issuer: Issuer) -> None:
    response = await issuer.post(form(issuer, client_secret="x"), "executor")

    assert refusal(response)[:2] == (400, "invalid_request")


async def test_client_id_must_agree_with_the_credentials(issuer: Issuer) -> None:
    response = await issuer.post(form(issuer, client_id="ads"), "executor")

    assert refusal(response)[:2] == (400, "invalid_request")


@pytest.mark.parametrize("client", ["orchestrator", "agent-ads", "ads", "approvals", "hub"])
async def test_other_clients_get_no_token_for_themselves(issuer: Issuer, client: str) -> None:
    response = await issuer.post(form(issuer), client)

    assert refusal(response)[:2] == (400, "unauthorized_client")


@pytest.mark.parametrize(
    ("changes", "error", "reason"),
    [
        ({"resource": ""}, "invalid_target", "resource is missing"),
        ({"resource": "http://127.0.0.1:8102/"}, "invalid_target", "not known"),
        ({"scope": "actions:execute ads:write"}, "invalid_scope", "ads:write"),
        ({"scope": "everything"}, "invalid_scope", "no scope everything"),
        ({"scope": 'é"\\\n'}, "invalid_scope", "no scope"),
        ({"grant_type": "password"}, "unsupported_grant_type", "client_credentials"),
        ({"grant_type": ""}, "invalid_request", "grant_type is missing"),
    ],
)
async def test_refusal_says_what_is_wrong(issuer: Issuer, changes: dict[str, str], error: str, reason: str) -> None:
    response = await issuer.post(form(issuer) | changes, "executor")

    status, code, description = refusal(response)
    assert (status, code) == (400, error)
    assert reason in description
    assert description.isascii()
    assert '"' not in description


async def test_refused_resource_is_answered_with_those_in_reach(issuer: Issuer) -> None:
    response = await issuer.post(form(issuer, "analytics"), "executor")

    status, error, reason = refusal(response)
    assert (status, error) == (400, "invalid_target")
    assert "It reaches: ads, content, crm." in reason


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b'{"grant_type": "client_credentials"}', "application/json"),
        (b"grant_type=client_credentials&grant_type=client_credentials", "application/x-www-form-urlencoded"),
        (b"resource=a&resource=b", "application/x-www-form-urlencoded"),
        (b"\xff\xfe", "application/x-www-form-urlencoded"),
        (b"scope=%ff", "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % number for number in range(40)), "application/x-www-form-urlencoded"),
        (b"scope=" + b"x" * 70_000, "application/x-www-form-urlencoded"),
        (b"", ""),
    ],
)
async def test_what_is_no_form_is_refused(issuer: Issuer, content: bytes, media_type: str) -> None:
    response = await issuer.http.post("/oauth/token", content=content, headers={"Content-Type": media_type})

    assert refusal(response)[:2] == (400, "invalid_request")

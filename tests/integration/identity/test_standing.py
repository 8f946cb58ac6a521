"""Introspection, revocation, userinfo: what a token says once it is out."""

import httpx2
import psycopg
import pytest

from kernel.auth import InvalidToken
from tests.integration.identity.conftest import Issuer, refusal
from tests.support.browser import Application, Browser


async def introspected(issuer: Issuer, client: str, token: str) -> dict[str, object]:
    headers = issuer.basic(client, issuer.settings.client_secret(client))
    response = await issuer.http.post("/oauth/introspect", data={"token": token}, headers=headers)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    return response.json()


async def userinfo(issuer: Issuer, token: str, method: str = "GET") -> httpx2.Response:
    return await issuer.http.request(method, "/oauth/userinfo", headers={"Authorization": f"Bearer {token}"})


def portal_of(issuer: Issuer) -> Application:
    return Application(
        issuer.http,
        issuer.settings,
        client_id="portal",
        redirect_uri=f"{issuer.settings.url('hub')}/auth/callback",
        secret=issuer.settings.client_secret("portal"),
    )


async def test_resource_looks_at_the_tokens_it_receives(issuer: Issuer, marketer: Browser) -> None:
    token = (await issuer.application().tokens(marketer, "content", scope="content:read"))["access_token"]

    shown = await introspected(issuer, "content", token)

    principal = await issuer.verify(token, "content")
    assert (shown["active"], shown["token_type"], shown["sub"]) == (True, "Bearer", "user:marketer")
    assert (shown["scope"], shown["client_id"], shown["tenant"]) == ("content:read", "mcp-client", "solid-demo")
    assert (shown["jti"], shown["sid"]) == (principal.token_id, principal.session)
    assert shown["aud"] == issuer.settings.audience("content")


async def test_client_looks_at_its_own_refresh_token(issuer: Issuer, marketer: Browser) -> None:
    portal = portal_of(issuer)
    tokens = await portal.tokens(marketer, "hub")

    shown = await introspected(issuer, "portal", tokens["refresh_token"])

    assert (shown["active"], shown["client_id"], shown["sub"]) == (True, "portal", "user:marketer")
    assert await introspected(issuer, "content", tokens["refresh_token"]) == {"active": False}
    await portal.refresh(tokens["refresh_token"])
    assert await introspected(issuer, "portal", tokens["refresh_token"]) == {"active": False}


async def test_what_is_not_live_or_not_ones_business_is_inactive(issuer: Issuer, marketer: Browser) -> None:
    token = (await issuer.application().tokens(marketer, "content"))["access_token"]
    expired = issuer.token(exp=1_700_000_000, aud=issuer.settings.audience("content"))
    foreign = issuer.token(iss="https://elsewhere.example", aud=issuer.settings.audience("content"))

    assert await introspected(issuer, "ads", token) == {"active": False}
    for dead in (expired, foreign, "nonsense", "psr_solid-demo." + "A" * 43, token[:-4]):
        assert await introspected(issuer, "content", dead) == {"active": False}


@pytest.mark.parametrize(
    "form", [{"client_id": "mcp-client"}, {}, {"client_id": "content", "client_secret": "wrong"}], ids=str
)
async def test_only_clients_that_prove_themselves_introspect(issuer: Issuer, form: dict[str, str]) -> None:
    response = await issuer.http.post("/oauth/introspect", data={"token": "x", **form})

    assert refusal(response)[:2] == (401, "invalid_client")


async def test_revoked_refresh_token_takes_its_family_along(issuer: Issuer, marketer: Browser) -> None:
    application = issuer.application()
    tokens = await application.tokens(marketer, "content")

    response = await application.post("/oauth/revoke", {"token": tokens["refresh_token"]})

    assert (response.status_code, response.content) == (200, b"")
    with pytest.raises(InvalidToken):
        await issuer.verify(tokens["access_token"], "content")
    assert refusal(await application.refresh(tokens["refresh_token"]))[1] == "invalid_grant"
    assert await introspected(issuer, "content", tokens["access_token"]) == {"active": False}


async def test_revoked_access_token_dies_alone(issuer: Issuer, marketer: Browser) -> None:
    application = issuer.application()
    tokens = await application.tokens(marketer, "content")

    assert (await application.post("/oauth/revoke", {"token": tokens["access_token"]})).status_code == 200

    with pytest.raises(InvalidToken):
        await issuer.verify(tokens["access_token"], "content")
    refreshed = (await application.refresh(tokens["refresh_token"])).json()
    await issuer.verify(refreshed["access_token"], "content")


async def test_revoking_what_is_not_ones_own_changes_nothing(issuer: Issuer, marketer: Browser) -> None:
    application = issuer.application()
    tokens = await application.tokens(marketer, "content")

    for token in (tokens["refresh_token"], tokens["access_token"], "nonsense"):
        assert (await portal_of(issuer).post("/oauth/revoke", {"token": token})).status_code == 200

    await issuer.verify(tokens["access_token"], "content")
    assert (await application.refresh(tokens["refresh_token"])).status_code == 200


async def test_revoking_needs_a_client_and_a_token(issuer: Issuer) -> None:
    nobody = await issuer.http.post("/oauth/revoke", data={"token": "x"})
    nothing = await issuer.application().post("/oauth/revoke", {})

    assert refusal(nobody)[:2] == (401, "invalid_client")
    assert refusal(nothing)[:2] == (400, "invalid_request")


async def test_revoked_token_of_the_command_line_is_refused_in_exchange(issuer: Issuer) -> None:
    token = await issuer.user_token("reviewer", "orchestrator")
    assert (await issuer.exchange("agent-ads", token, "ads")).status_code == 200
    principal = await issuer.verify(token, "orchestrator")

    secret = issuer.settings.client_secret("orchestrator")
    other = await issuer.http.post("/oauth/revoke", data={"token": token}, headers=issuer.basic("orchestrator", secret))

    assert other.status_code == 200
    assert (await issuer.exchange("agent-ads", token, "ads")).status_code == 200, "it is not that client's"
    assert principal.session == ""


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_userinfo_tells_what_the_person_let_it(issuer: Issuer, marketer: Browser, method: str) -> None:
    tokens = await issuer.application().tokens(marketer, scope="openid profile email")

    shown = await userinfo(issuer, tokens["access_token"], method)

    assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
    assert shown.json() == {
        "sub": "solid-demo/user:marketer",
        "tenant": "solid-demo",
        "name": "Demo marketer",
        "locale": "en",
        "email": "marketer@demo.example",
    }


async def test_userinfo_tells_no_more_than_that(issuer: Issuer, marketer: Browser) -> None:
    tokens = await issuer.application().tokens(marketer, scope="openid")

    assert tokens["scope"] == "openid"
    assert set((await userinfo(issuer, tokens["access_token"])).json()) == {"sub", "tenant"}


async def test_userinfo_needs_a_token_of_its_own(issuer: Issuer, marketer: Browser) -> None:
    elsewhere = (await issuer.application().tokens(marketer, "content", scope="openid"))["access_token"]
    unasked = await issuer.user_token("admin", "identity")

    for token, status in (("nonsense", 401), (elsewhere, 401), (unasked, 403)):
        response = await userinfo(issuer, token)
        assert response.status_code == status
        assert response.headers["www-authenticate"].startswith("Bearer error=")
    assert (await issuer.http.get("/oauth/userinfo")).status_code == 401


async def test_userinfo_of_a_disabled_person_is_closed(
    issuer: Issuer, marketer: Browser, admin: psycopg.AsyncConnection
) -> None:
    tokens = await issuer.application().tokens(marketer, scope="openid")
    await admin.execute("UPDATE identity.users SET disabled_at = now() WHERE subject = 'user:marketer'")
    try:
        assert (await userinfo(issuer, tokens["access_token"])).status_code == 401
    finally:
        await admin.execute("UPDATE identity.users SET disabled_at = NULL WHERE subject = 'user:marketer'")


async def test_signing_in_alone_lets_nobody_administer(issuer: Issuer, marketer: Browser) -> None:
    tokens = await issuer.application().tokens(marketer, scope="openid identity:admin")

    assert tokens["scope"] == "openid"

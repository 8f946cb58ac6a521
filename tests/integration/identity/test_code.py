"""Redeeming a code: once, by whom it was made for, as they said they would."""

import asyncio

import psycopg
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from kernel.auth import InvalidToken
from tests.integration.identity.conftest import Issuer, refusal
from tests.support.browser import Application, Browser


async def code_for(browser: Browser, application: Application, *resources: str, **changes: str | None) -> str:
    return (await browser.consent(application.query(*resources or ("content",), **changes))).code


async def test_code_gives_the_tokens_of_its_person_and_client(issuer: Issuer, marketer: Browser) -> None:
    application = issuer.application()

    response = await application.redeem(await code_for(marketer, application), resource="content")

    body = response.json()
    assert (response.status_code, body["token_type"], body["expires_in"]) == (200, "Bearer", 900)
    assert (response.headers["cache-control"], response.headers["pragma"]) == ("no-store", "no-cache")
    assert body["scope"] == "actions:propose approvals:read content:read content:write"
    assert body["refresh_token"].startswith("psr_solid-demo.")
    assert "id_token" not in body
    principal = await issuer.verify(body["access_token"], "content")
    assert (principal.subject, principal.tenant, principal.roles) == ("user:marketer", "solid-demo", ("marketer",))
    assert (principal.client_id, principal.actors) == ("mcp-client", ())
    assert principal.session.startswith("fam_")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": None}, "invalid_request"),
        ({"code_verifier": "short"}, "invalid_request"),
        ({"code_verifier": "A" * 43}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"redirect_uri": "http://127.0.0.1:43211/callback"}, "invalid_grant"),
        ({"redirect_uri": "http://localhost:43210/callback"}, "invalid_grant"),
        ({"resource": "http://elsewhere.example/mcp"}, "invalid_target"),
        ({"code": None}, "invalid_request"),
        ({"code": "psc_solid-demo." + "A" * 43}, "invalid_grant"),
        ({"code": "psc_another." + "A" * 43}, "invalid_grant"),
        ({"code": "nonsense"}, "invalid_grant"),
        ({"client_id": None}, "invalid_client"),
        ({"client_id": "nobody"}, "invalid_client"),
        ({"client_id": "portal"}, "invalid_client"),
        ({"client_id": "ads"}, "invalid_client"),
    ],
    ids=str,
)
async def test_what_does_not_fit_is_refused_and_the_code_still_works(
    issuer: Issuer, marketer: Browser, changes: dict[str, str | None], error: str
) -> None:
    application = issuer.application()
    code = await code_for(marketer, application)

    refused = await application.redeem(code, **changes)

    assert refusal(refused)[:2] == (401 if error == "invalid_client" else 400, error)
    assert (await application.redeem(code)).status_code == 200


async def test_code_is_nobody_elses(issuer: Issuer, marketer: Browser) -> None:
    application = issuer.application()
    code = await code_for(marketer, application)
    portal = Application(
        issuer.http,
        issuer.settings,
        client_id="portal",
        redirect_uri=application.redirect_uri,
        secret=issuer.settings.client_secret("portal"),
        verifier=application.verifier,
    )

    assert refusal(await portal.redeem(code))[1] == "invalid_grant"


async def test_challenge_itself_is_no_verifier(issuer: Issuer, marketer: Browser) -> None:
    application = issuer.application()
    query = application.query("content")
    challenge = next(pair.split("=")[1] for pair in query.split("&") if pair.startswith("code_challenge="))

    refused = await application.redeem((await marketer.consent(query)).code, code_verifier=challenge)

    assert refusal(refused)[1] == "invalid_grant"


async def test_second_use_kills_what_the_first_gave(issuer: Issuer, marketer: Browser) -> None:
    application = issuer.application()
    code = await code_for(marketer, application)
    tokens = (await application.redeem(code)).json()
    await issuer.verify(tokens["access_token"], "content")

    replayed = await application.redeem(code)

    assert refusal(replayed)[:2] == (400, "invalid_grant")
    with pytest.raises(InvalidToken):
        await issuer.verify(tokens["access_token"], "content")
    assert refusal(await application.refresh(tokens["refresh_token"]))[1] == "invalid_grant"


async def test_of_uses_at_once_one_works_and_its_tokens_live(issuer: Issuer, marketer: Browser) -> None:
    application = issuer.application()
    code = await code_for(marketer, application)

    responses = await asyncio.gather(*(application.redeem(code) for _ in range(8)))

    assert sorted(response.status_code for response in responses) == [200, *[400] * 7]
    tokens = next(response.json() for response in responses if response.status_code == 200)
    await issuer.verify(tokens["access_token"], "content")
    assert (await application.refresh(tokens["refresh_token"])).status_code == 200


async def test_code_expires(issuer: Issuer, marketer: Browser, admin: psycopg.AsyncConnection) -> None:
    application = issuer.application()
    code = await code_for(marketer, application)
    lives = await (
        await admin.execute("SELECT extract(epoch FROM max(expires_at) - now())::int FROM identity.codes")
    ).fetchone()
    await admin.execute("UPDATE identity.codes SET expires_at = now() - interval '1 second'")

    assert refusal(await application.redeem(code))[1] == "invalid_grant"
    assert lives is not None
    assert 50 <= lives[0] <= 60


async def test_neither_code_nor_refresh_token_is_stored(
    issuer: Issuer, marketer: Browser, admin: psycopg.AsyncConnection
) -> None:
    application = issuer.application()
    code = await code_for(marketer, application)
    tokens = (await application.redeem(code)).json()

    for table in ("codes", "refresh_tokens", "families"):
        rows = await (await admin.execute(f"SELECT held::text FROM identity.{table} AS held")).fetchall()
        text = " ".join(row[0] for row in rows)
        assert rows
        for secret in (code, tokens["refresh_token"]):
            assert secret not in text
            assert secret.partition(".")[2] not in text


async def test_one_of_several_resources_is_named_for_each_token(issuer: Issuer, marketer: Browser) -> None:
    application = issuer.application()
    code = await code_for(marketer, application, "content", "ads")

    unnamed = await application.redeem(code)
    beyond = await application.redeem(code, resource="crm")
    tokens = (await application.redeem(code, resource="ads")).json()
    other = (await application.refresh(tokens["refresh_token"], resource="content")).json()

    assert (refusal(unnamed)[1], refusal(beyond)[1]) == ("invalid_target", "invalid_target")
    assert tokens["scope"] == "actions:propose ads:read ads:write approvals:read"
    assert other["scope"] == "actions:propose approvals:read content:read content:write"
    assert (await issuer.verify(other["access_token"], "content")).session == (
        await issuer.verify(tokens["access_token"], "ads")
    ).session


async def test_openid_gives_an_id_token_about_the_sign_in(issuer: Issuer, marketer: Browser) -> None:
    application = issuer.application()

    tokens = await application.tokens(marketer, "content", scope="openid content:read", nonce="n-0S6_WzA2Mj")

    published = KeySet.import_key_set((await issuer.http.get("/.well-known/jwks.json")).json())
    decoded = jwt.decode(tokens["id_token"], published, algorithms=["ES256"])
    claims = decoded.claims
    assert decoded.header["typ"] == "JWT"
    assert (claims["iss"], claims["aud"]) == (issuer.settings.issuer, "mcp-client")
    assert (claims["sub"], claims["tenant"]) == ("solid-demo/user:marketer", "solid-demo")
    assert claims["nonce"] == "n-0S6_WzA2Mj"
    assert claims["auth_time"] <= claims["iat"] < claims["exp"]
    assert claims["sid"] == (await issuer.verify(tokens["access_token"], "content")).session
    assert tokens["scope"] == "content:read", "protocol scopes are no resource's"


async def test_id_token_is_no_access_token(issuer: Issuer, marketer: Browser) -> None:
    tokens = await issuer.application().tokens(marketer, "content", scope="openid")

    with pytest.raises(InvalidToken):
        await issuer.verify(tokens["id_token"], "content")
    shown = await issuer.http.get("/oauth/userinfo", headers={"Authorization": f"Bearer {tokens['id_token']}"})
    assert shown.status_code == 401


async def test_person_disabled_meanwhile_gets_nothing(
    issuer: Issuer, marketer: Browser, admin: psycopg.AsyncConnection
) -> None:
    application = issuer.application()
    code = await code_for(marketer, application)
    await admin.execute("UPDATE identity.users SET disabled_at = now() WHERE subject = 'user:marketer'")
    try:
        assert refusal(await application.redeem(code))[1] == "invalid_grant"
    finally:
        await admin.execute("UPDATE identity.users SET disabled_at = NULL WHERE subject = 'user:marketer'")


async def test_services_redeem_no_codes(issuer: Issuer) -> None:
    form = {"grant_type": "authorization_code", "code": "x", "redirect_uri": "https://x.example", "code_verifier": "x"}

    assert refusal(await issuer.post(form, "orchestrator"))[1] == "unauthorized_client"

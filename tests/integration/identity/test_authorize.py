"""The authorization endpoint: what it answers to whom, and what it never sends anywhere."""

from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import psycopg
import pytest

from kernel.settings import Settings
from tests.integration.identity.conftest import Issuer
from tests.support.browser import Answer, Application, Browser, Page, challenge_of, give_passwords, verifier


async def asked(browser: Browser, query: str) -> httpx2.Response:
    return await browser.http.get(f"/oauth/authorize?{query}")


async def told(browser: Browser, query: str) -> dict[str, str]:
    """The parameters with which a request is sent straight back."""
    return dict(Answer.of(await asked(browser, query)).values)


async def test_allowing_sends_back_a_code_with_state_and_issuer(issuer: Issuer, marketer: Browser) -> None:
    application = issuer.application()

    answer = await marketer.consent(application.query("content"))

    assert answer.location.startswith(f"{application.redirect_uri}?")
    assert set(answer.values) == {"code", "state", "iss"}
    assert (answer.values["state"], answer.values["iss"]) == (application.state, issuer.settings.issuer)
    assert answer.code.startswith("psc_solid-demo.")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"


async def test_refusing_says_so_to_the_application(issuer: Issuer, marketer: Browser) -> None:
    application = issuer.application()

    answer = await marketer.consent(application.query("content"), allow=False)

    assert (answer.values["error"], answer.values["state"]) == ("access_denied", application.state)
    assert answer.values["iss"] == issuer.settings.issuer
    assert "code" not in answer.values


async def test_leaving_nothing_ticked_is_refusing(issuer: Issuer, marketer: Browser) -> None:
    answer = await marketer.consent(issuer.application().query("content"), scopes=())

    assert answer.values["error"] == "access_denied"


async def test_person_narrows_what_is_let(issuer: Issuer, marketer: Browser) -> None:
    application = issuer.application()

    code = (await marketer.consent(application.query("content"), scopes=["content:read"])).code

    assert (await application.redeem(code)).json()["scope"] == "content:read"


async def test_person_cannot_be_made_to_widen_it(issuer: Issuer, marketer: Browser) -> None:
    application = issuer.application()
    page = Page((await asked(marketer, application.query("content", scope="content:read"))).text)

    forged = [*page.fields, ("scope", "privacy:admin"), ("scope", "content:write"), ("decision", "allow")]
    code = Answer.of(await marketer.send(page, forged)).code

    assert (await application.redeem(code)).json()["scope"] == "content:read"


async def test_only_what_the_role_has_is_offered(issuer: Issuer) -> None:
    await give_passwords(issuer.settings, "user:viewer")
    async with issuer.browser() as browser:
        await browser.sign_in("viewer@demo.example")
        query = issuer.application().query("content", "crm", scope="content:read content:write crm:read privacy:admin")
        page = Page((await asked(browser, query)).text)

    assert page.offered == ["content:read", "crm:read"]


async def test_nothing_in_common_with_the_role_is_access_denied(issuer: Issuer, marketer: Browser) -> None:
    assert (await told(marketer, issuer.application().query("content", scope="analytics:read")))[
        "error"
    ] == "access_denied"


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": None},
        {"client_id": "nobody"},
        {"client_id": "orchestrator"},
        {"redirect_uri": None},
        {"redirect_uri": "https://attacker.example/callback"},
        {"redirect_uri": "http://127.0.0.1:43210/callback/"},
        {"redirect_uri": "http://127.0.0.1:43210/callback?next=1"},
        {"redirect_uri": "http://127.0.0.1.attacker.example/callback"},
        {"redirect_uri": "http://127.0.0.1@attacker.example/callback"},
        {"redirect_uri": "https://vscode.dev/redirect/"},
        {"redirect_uri": "javascript:alert(1)"},
    ],
    ids=str,
)
async def test_request_whose_origin_is_in_doubt_goes_nowhere(
    issuer: Issuer, marketer: Browser, changes: dict[str, str | None]
) -> None:
    response = await asked(marketer, issuer.application().query("content", **changes))

    assert response.status_code == 400
    assert "location" not in response.headers
    assert response.headers["content-type"].startswith("text/html")
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
async def test_repeating_who_asks_goes_nowhere(issuer: Issuer, marketer: Browser, name: str) -> None:
    query = issuer.application().query("content")
    repeated = urlencode({name: parse_qs(query)[name][0]})

    response = await asked(marketer, f"{query}&{repeated}")

    assert (response.status_code, "location" in response.headers) == (400, False)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": "x" * 44}, "invalid_request"),
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
        ({"request_uri": "https://app.example/request.jwt"}, "request_uri_not_supported"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "dance"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"scope": "content:read  content:write"}, "invalid_request"),
    ],
    ids=str,
)
async def test_fault_of_the_request_is_told_to_its_client(
    issuer: Issuer, marketer: Browser, changes: dict[str, str | None], error: str
) -> None:
    application = issuer.application()

    values = await told(marketer, application.query("content", **changes))

    assert values["error"] == error
    assert (values["state"], values["iss"]) == (application.state, issuer.settings.issuer)


@pytest.mark.parametrize(
    "repeated", ["scope=content:read&scope=ads:read", "state=other", "code_challenge=x", "nonce=1&nonce=2"]
)
async def test_repeated_parameter_is_an_error(issuer: Issuer, marketer: Browser, repeated: str) -> None:
    values = await told(marketer, f"{issuer.application().query('content')}&{repeated}")

    assert values["error"] == "invalid_request"
    assert ("state" in values) is not repeated.startswith("state"), "of two states none is echoed"


@pytest.mark.parametrize("resource", ["approvals", "orchestrator", "identity", "https://elsewhere.example/mcp"])
async def test_resource_out_of_reach_is_an_invalid_target(issuer: Issuer, marketer: Browser, resource: str) -> None:
    assert (await told(marketer, issuer.application().query("content", resource)))["error"] == "invalid_target"


async def test_resource_has_to_be_named(issuer: Issuer, marketer: Browser) -> None:
    assert (await told(marketer, issuer.application().query()))["error"] == "invalid_target"


async def test_who_is_not_signed_in_signs_in_first_and_comes_back(issuer: Issuer) -> None:
    await give_passwords(issuer.settings, "user:reviewer")
    application = issuer.application()
    async with issuer.browser() as browser:
        shown = await asked(browser, application.query("content", ui_locales="es"))
        signed_in = await browser.submit(Page(shown.text), email="reviewer@demo.example", password="wrong but long")
        again = await browser.submit(
            Page(signed_in.text), email="reviewer@demo.example", password="correct horse battery staple"
        )

        consent = await browser.http.get(again.headers["location"])

    assert (shown.status_code, signed_in.status_code, again.status_code) == (200, 403, 303)
    assert Page(shown.text).action == "/sign-in"
    assert Page(consent.text).action == "/oauth/authorize"
    assert 'lang="es"' in consent.text


async def test_silent_request_shows_nothing(issuer: Issuer, marketer: Browser) -> None:
    query = issuer.application().query("content", prompt="none")
    async with issuer.browser() as nobody:
        assert (await told(nobody, query))["error"] == "login_required"

    assert (await told(marketer, query))["error"] == "consent_required"


async def test_portal_is_not_asked_about(issuer: Issuer, marketer: Browser) -> None:
    portal = portal_of(issuer)

    answer = Answer.of(
        await asked(marketer, portal.query("hub", "orchestrator", prompt="none", scope="openid hub:read"))
    )

    assert set(answer.values) == {"code", "state", "iss"}
    tokens = (await portal.redeem(answer.code, resource="hub")).json()
    assert tokens["scope"] == "hub:read"


async def test_portal_is_asked_about_when_it_wants_that(issuer: Issuer, marketer: Browser) -> None:
    response = await asked(marketer, portal_of(issuer).query("hub", prompt="consent"))

    assert (response.status_code, Page(response.text).action) == (200, "/oauth/authorize")


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"prompt": "select_account"}, {"max_age": "0"}], ids=str)
async def test_signing_in_again_is_asked_for_once(issuer: Issuer, changes: dict[str, str | None]) -> None:
    await give_passwords(issuer.settings, "user:reviewer")
    async with issuer.browser() as browser:
        await browser.sign_in("reviewer@demo.example")

        shown = await asked(browser, issuer.application().query("content", **changes))
        page = Page(shown.text)
        signed_in = await browser.submit(page, email="reviewer@demo.example", password="correct horse battery staple")
        consent = await browser.http.get(signed_in.headers["location"])

    assert page.action == "/sign-in"
    assert Page(consent.text).action == "/oauth/authorize"


async def test_sign_in_older_than_allowed_is_done_again(issuer: Issuer, admin: psycopg.AsyncConnection) -> None:
    await give_passwords(issuer.settings, "user:reviewer")
    async with issuer.browser() as browser:
        await browser.sign_in("reviewer@demo.example")
        fresh = await asked(browser, issuer.application().query("content", max_age="600"))
        await admin.execute(
            "UPDATE identity.browser_sessions SET signed_in_at = now() - interval '11 minutes' "
            "WHERE subject = 'user:reviewer'"
        )

        stale = await asked(browser, issuer.application().query("content", max_age="600"))
        silent = await told(browser, issuer.application().query("content", max_age="600", prompt="none"))

    assert Page(fresh.text).action == "/oauth/authorize"
    assert Page(stale.text).action == "/sign-in"
    assert silent["error"] == "login_required"


async def test_decision_without_the_page_of_this_session_is_refused(issuer: Issuer, marketer: Browser) -> None:
    page = Page((await asked(marketer, issuer.application().query("content"))).text)

    forged = await marketer.send(page, [*page.filled(csrf="forged"), ("decision", "allow")])
    elsewhere = await marketer.http.post(
        "/oauth/authorize", data=dict([*page.fields, ("decision", "allow")]), headers={"Origin": "https://evil.example"}
    )

    for response in (forged, elsewhere):
        assert (response.status_code, "location" in response.headers) == (403, False)


async def test_decision_is_checked_as_the_request_was(issuer: Issuer, marketer: Browser) -> None:
    application = issuer.application()
    page = Page((await asked(marketer, application.query("content"))).text)
    evil = application.query("content", redirect_uri="https://attacker.example/callback")
    beyond = application.query("approvals")

    sent_away = await marketer.send(page, [*page.filled(query=evil), ("decision", "allow")])
    widened = Answer.of(await marketer.send(page, [*page.filled(query=beyond), ("decision", "allow")]))

    assert (sent_away.status_code, "location" in sent_away.headers) == (400, False)
    assert widened.values["error"] == "invalid_target"


async def test_decision_after_signing_out_is_asked_again(issuer: Issuer) -> None:
    await give_passwords(issuer.settings, "user:reviewer")
    async with issuer.browser() as browser:
        await browser.sign_in("reviewer@demo.example")
        page = Page((await asked(browser, issuer.application().query("content"))).text)
        browser.http.cookies.clear()

        response = await browser.send(page, [*page.fields, ("decision", "allow")])

    assert (response.status_code, Page(response.text).action) == (200, "/sign-in")


async def test_request_may_come_as_a_form(issuer: Issuer, marketer: Browser) -> None:
    query = issuer.application().query("content", "ads")

    response = await marketer.http.post(
        "/oauth/authorize", content=query, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )

    location = urlsplit(response.headers["location"])
    assert (response.status_code, location.netloc, location.path) == (303, "", "/oauth/authorize")
    assert parse_qs(location.query) == parse_qs(query)


async def test_any_port_stands_on_loopback_and_nowhere_else(issuer: Issuer, marketer: Browser) -> None:
    for uri, known in {
        "http://127.0.0.1:1/callback": True,
        "http://localhost:65535/oauth/callback": True,
        "https://claude.ai/api/mcp/auth_callback": True,
        "https://claude.ai:8443/api/mcp/auth_callback": False,
        "https://127.0.0.1:1/callback": False,
    }.items():
        response = await asked(marketer, issuer.application().query("content", redirect_uri=uri))
        assert (response.status_code == 200) is known, uri


async def test_endless_request_is_refused(issuer: Issuer, marketer: Browser) -> None:
    application = issuer.application()

    longest = await asked(marketer, application.query("content", extra="x" * 9000))
    long = await told(marketer, application.query("content", nonce="n" * 2049))

    assert longest.status_code == 400
    assert long["error"] == "invalid_request"


async def test_disabled_person_is_signed_in_nowhere(issuer: Issuer, admin: psycopg.AsyncConnection) -> None:
    await give_passwords(issuer.settings, "user:sales_agent")
    async with issuer.browser() as browser:
        await browser.sign_in("sales_agent@demo.example")
        await admin.execute("UPDATE identity.users SET disabled_at = now() WHERE subject = 'user:sales_agent'")
        try:
            response = await asked(browser, issuer.application().query("crm"))
        finally:
            await admin.execute("UPDATE identity.users SET disabled_at = NULL WHERE subject = 'user:sales_agent'")

    assert Page(response.text).action == "/sign-in"


def portal_of(issuer: Issuer) -> Application:
    settings: Settings = issuer.settings
    return Application(
        issuer.http,
        settings,
        client_id="portal",
        redirect_uri=f"{settings.url('hub')}/auth/callback",
        secret=settings.client_secret("portal"),
    )


def test_verifier_of_the_driver_is_one_of_rfc_7636() -> None:
    assert challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert len(verifier()) == 43


async def test_expected_person_is_let_through_and_no_other(issuer: Issuer, marketer: Browser) -> None:
    portal = portal_of(issuer)
    tokens = await portal.tokens(marketer, "hub", scope="openid hub:read")
    await give_passwords(issuer.settings, "user:reviewer")
    query = portal.query("hub", prompt="none", id_token_hint=tokens["id_token"])
    async with issuer.browser() as browser:
        await browser.sign_in("reviewer@demo.example")
        other = await told(browser, query)

    same = await told(marketer, query)
    forged = await told(marketer, portal.query("hub", id_token_hint=tokens["access_token"]))

    assert "code" in same
    assert (other["error"], forged["error"]) == ("login_required", "invalid_request")

"""Signing out at an application's request."""

import time

import pytest

from identity.claims import global_subject
from kernel.ids import new_id
from tests.integration.identity.people.conftest import Person, Site

HOME = "https://tide.example/"


async def client(site: Site) -> str:
    client_id = new_id("cli")
    await site.admin.execute(
        """
        INSERT INTO identity.clients (client_id, source, name, redirect_uris, grants, resources)
        VALUES (%s, 'registered', 'Tide', '{https://tide.example/callback,com.tide:/back}',
            '{authorization_code}', '{ads}')
        """,
        (client_id,),
    )
    return client_id


def hint(site: Site, person: Person, client_id: str, *, kind: str = "JWT", **changes: object) -> str:
    claims: dict[str, object] = {
        "iss": site.settings.issuer,
        "sub": global_subject(person.tenant, person.subject),
        "aud": client_id,
        "iat": int(time.time()) - 7200,
        "exp": int(time.time()) - 3600,
    }
    return site.keys.sign(claims | changes, token_type=kind)


async def test_an_id_token_of_who_is_signed_in_signs_out_and_leads_back(site: Site) -> None:
    browser, person = await site.signed_in()
    application = await client(site)

    answer = await browser.http.get(
        "/sign-out",
        params={
            "id_token_hint": hint(site, person, application),
            "post_logout_redirect_uri": HOME,
            "state": "a&b=c",
        },
    )

    assert (answer.status_code, answer.headers["location"]) == (303, "https://tide.example/?state=a%26b%3Dc")
    assert browser.secret is None


async def test_without_a_good_hint_the_person_is_asked(site: Site) -> None:
    browser, person = await site.signed_in()
    application = await client(site)
    another = await site.person()
    hints = [
        "",
        "no.token.atall",
        hint(site, another, application),
        hint(site, person, application, kind="at+jwt"),
        hint(site, person, application, iss="https://elsewhere.example"),
        hint(site, person, "another-client"),
    ]
    for given in hints:
        answer = await browser.http.get("/sign-out", params={"id_token_hint": given, "client_id": application})

        assert answer.status_code == 200
        assert "Sign out?" in answer.text
        assert browser.secret is not None


async def test_the_answer_to_the_question_leads_back(site: Site) -> None:
    browser, _ = await site.signed_in()
    application = await client(site)
    question = await browser.http.get(
        "/sign-out", params={"client_id": application, "post_logout_redirect_uri": HOME, "state": "s"}
    )
    assert "form-action 'self' https://tide.example" in question.headers["content-security-policy"]

    answer = await browser.send(question, "/sign-out")

    assert answer.headers["location"] == "https://tide.example/?state=s"
    assert browser.secret is None


@pytest.mark.parametrize(
    "address",
    [
        "https://tide.example/callback",
        "https://tide.example",
        "https://tide.example/?x",
        "https://tide.example:444/",
        "https://tide.example.evil.example/",
        "http://tide.example/",
        "//tide.example/",
        "javascript:alert(1)",
        "com.tide:///",
    ],
)
async def test_signing_out_leads_to_no_other_address(site: Site, address: str) -> None:
    application = await client(site)

    answer = await site.browser().http.get(
        "/sign-out", params={"client_id": application, "post_logout_redirect_uri": address}
    )

    assert answer.status_code == 200
    assert "You are signed out" in answer.text


async def test_an_unknown_application_leads_nowhere(site: Site) -> None:
    answer = await site.browser().http.get(
        "/sign-out", params={"client_id": "nobody", "post_logout_redirect_uri": HOME}
    )

    assert answer.status_code == 200


async def test_somebody_else_can_sign_in_to_the_same_request(site: Site) -> None:
    browser, _ = await site.signed_in()
    question = await browser.http.get("/sign-out", params={"return_to": "/oauth/authorize?client_id=x"})

    answer = await browser.send(question, "/sign-out")

    assert answer.headers["location"] == "/oauth/authorize?client_id=x"


async def test_an_applications_own_form_is_asked_about(site: Site) -> None:
    browser, _ = await site.signed_in()

    answer = await browser.post("/sign-out", {"client_id": "x", "state": "a b"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-out?client_id=x&state=a+b")
    assert browser.secret is not None

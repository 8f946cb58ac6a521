"""Forms answer only to the browser that was shown them."""

import httpx2
import pytest

from tests.integration.identity.people.conftest import PASSWORD, Browser, Person, Site, hidden

NEW = "four unrelated garden stones"
CROSS_SITE = [
    {"sec_fetch_site": "cross-site"},
    {"sec_fetch_site": "same-site"},
    {"sec_fetch_site": "cross-site", "origin": "null"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
]


async def guarded(site: Site, browser: Browser, person: Person) -> dict[str, dict[str, str]]:
    """Every form that needs a session, filled in rightly."""
    family = await site.family(person, browser)
    page = await browser.get("/account")
    return {
        "/account/password": hidden(page, "/account/password")
        | {"current": PASSWORD, "new_password": NEW, "repeated": NEW},
        "/account/disconnect": hidden(page, "/account/disconnect") | {"family": family},
        "/sign-out": hidden(page, "/sign-out"),
    }


async def unchanged(site: Site, browser: Browser, person: Person) -> None:
    page = await browser.get("/account")
    assert person.email in page.text
    assert "Tide" in page.text
    assert (await site.browser().sign_in(person.email)).status_code == 303


def is_mismatch(answer: httpx2.Response) -> bool:
    return answer.status_code == 403 and "the form came from elsewhere" in answer.text


async def test_a_form_without_its_token_changes_nothing(site: Site) -> None:
    browser, person = await site.signed_in()
    for action, fields in (await guarded(site, browser, person)).items():
        assert is_mismatch(await browser.post(action, fields | {"csrf": "x" * 43}))
        assert is_mismatch(await browser.post(action, fields | {"csrf": "é"}))
        if action != "/sign-out":  # without one, signing out asks: it may come from an application
            assert is_mismatch(await browser.post(action, {**fields, "csrf": ""}))
    await unchanged(site, browser, person)


async def test_a_form_with_anothers_token_changes_nothing(site: Site) -> None:
    browser, person = await site.signed_in()
    attacker, other = await site.signed_in()
    stolen = await guarded(site, attacker, other)
    before_sign_in = hidden(await browser.get("/sign-in"), "/sign-in")["csrf"]
    for action, fields in (await guarded(site, browser, person)).items():
        assert is_mismatch(await browser.post(action, fields | {"csrf": stolen[action]["csrf"]}))
        assert is_mismatch(await browser.post(action, fields | {"csrf": before_sign_in}))
    await unchanged(site, browser, person)


async def test_a_form_of_the_session_before_changes_nothing(site: Site) -> None:
    browser, person = await site.signed_in()
    old = await guarded(site, browser, person)
    await browser.sign_in(person.email)

    for action, fields in old.items():
        assert is_mismatch(await browser.post(action, fields))
    await unchanged(site, browser, person)


@pytest.mark.parametrize("headers", CROSS_SITE)
async def test_a_form_sent_from_another_site_changes_nothing(site: Site, headers: dict[str, str]) -> None:
    browser, person = await site.signed_in()
    for action, fields in (await guarded(site, browser, person)).items():
        assert is_mismatch(await browser.post(action, fields, **headers))
    await unchanged(site, browser, person)


@pytest.mark.parametrize("origin", ["its own", "null"])
async def test_a_form_sent_from_its_own_page_is_taken(site: Site, origin: str) -> None:
    browser, _ = await site.signed_in()
    fields = hidden(await browser.get("/account"), "/sign-out")
    said = site.settings.issuer if origin == "its own" else origin

    answer = await browser.post("/sign-out", fields, origin=said, sec_fetch_site="same-origin")

    assert answer.status_code == 200
    assert browser.secret is None


async def test_nobody_is_signed_in_to_an_account_of_a_stranger(site: Site) -> None:
    stranger, victim = site.browser(), site.browser()
    person = await site.person()
    known = {"email": person.email, "password": PASSWORD}
    form = hidden(await stranger.get("/sign-in"), "/sign-in")
    own = hidden(await victim.get("/sign-in"), "/sign-in")

    assert is_mismatch(await victim.post("/sign-in", form | known))
    assert is_mismatch(await victim.post("/sign-in", known))
    for headers in CROSS_SITE:
        assert is_mismatch(await victim.post("/sign-in", own | known, **headers))

    assert victim.secret is None
    assert is_mismatch(await site.browser().post("/sign-in", own | known))

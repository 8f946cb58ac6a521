import pytest

from tests.integration.identity.people.conftest import PASSWORD, Site

NEW = "four unrelated garden stones"


async def test_the_account_page_is_for_who_is_signed_in(site: Site) -> None:
    answer = await site.browser().get("/account")

    assert answer.status_code == 200
    assert 'action="/sign-in"' in answer.text
    assert 'name="return_to" value="/account"' in answer.text


async def test_connected_applications_are_listed_and_disconnected(site: Site) -> None:
    browser, person = await site.signed_in()
    kept, ended = await site.family(person, client_name="Kept"), await site.family(person, client_name="Ended")
    page = await browser.get("/account")
    assert "See advertising campaigns and their results" in page.text
    assert "Content, Advertising" in page.text or "Advertising, Content" in page.text

    answer = await browser.send(page, "/account/disconnect", family=ended)

    assert answer.headers["location"] == "/account?done=disconnected"
    assert await site.why_revoked(ended) == "disconnected"
    assert await site.why_revoked(kept) is None
    after = await browser.get(answer.headers["location"])
    assert "Kept" in after.text
    assert "Ended" not in after.text
    assert "The application is disconnected." in after.text


async def test_nobody_disconnects_what_another_connected(site: Site) -> None:
    browser, person = await site.signed_in()
    await site.family(person)
    colleague = await site.person(person.tenant)
    theirs, elsewhere = await site.family(colleague), await site.family(await site.person())
    page = await browser.get("/account")

    for family in (theirs, elsewhere):
        await browser.send(page, "/account/disconnect", family=family)

        assert await site.why_revoked(family) is None


async def test_a_changed_password_ends_everything_that_was_opened_with_the_old_one(site: Site) -> None:
    browser, person = await site.signed_in()
    other, _ = await site.signed_in(person)
    family = await site.family(person, other)
    before = browser.secret

    answer = await browser.send(
        await browser.get("/account"), "/account/password", current=PASSWORD, new_password=NEW, repeated=NEW
    )

    assert answer.status_code == 303
    assert "Your password is changed." in (await browser.get(answer.headers["location"])).text
    assert browser.secret != before
    assert person.email not in (await other.get("/account")).text
    assert await site.why_revoked(family) is not None
    assert (await site.browser().sign_in(person.email, PASSWORD)).status_code == 403
    assert (await site.browser().sign_in(person.email, NEW)).status_code == 303


@pytest.mark.parametrize(
    ("current", "new", "repeated", "said"),
    [
        ("not the current one", NEW, NEW, "The current password is wrong."),
        (PASSWORD, NEW, NEW + "s", "The two new passwords differ."),
        (PASSWORD, "short", "short", "fewer than 12 characters"),
        (PASSWORD, "x" * 257, "x" * 257, "more than 256 characters"),
        (PASSWORD, "Password123456!", "Password123456!", "easy to guess"),
        (PASSWORD, "tabs\tand\tother controls", "tabs\tand\tother controls", "no text"),
    ],
)
async def test_a_password_is_not_changed(site: Site, current: str, new: str, repeated: str, said: str) -> None:
    browser, person = await site.signed_in()

    answer = await browser.send(
        await browser.get("/account"), "/account/password", current=current, new_password=new, repeated=repeated
    )

    assert answer.status_code == 422
    assert said in answer.text
    assert 'role="alert"' in answer.text
    assert (await site.browser().sign_in(person.email)).status_code == 303


async def test_a_form_that_does_not_fit_is_shown_again_in_its_language(site: Site) -> None:
    browser, _ = await site.signed_in()
    page = await browser.http.get("/account", params={"ui_locales": "es"})

    answer = await browser.send(page, "/account/password", current="no", new_password=NEW, repeated=NEW)

    assert "La contraseña actual no es correcta." in answer.text
    assert '<html lang="es">' in answer.text


async def test_guessing_the_current_password_locks_the_account(site: Site) -> None:
    browser, person = await site.signed_in()
    page = await browser.get("/account")

    for _ in range(5):
        await browser.send(page, "/account/password", current="a wrong one", new_password=NEW, repeated=NEW)
    answer = await browser.send(page, "/account/password", current=PASSWORD, new_password=NEW, repeated=NEW)

    assert answer.status_code == 422
    assert (await site.browser().sign_in(person.email, NEW)).status_code == 403


async def test_signing_out_ends_the_session_and_what_began_in_it(site: Site) -> None:
    browser, person = await site.signed_in()
    secret = browser.secret or ""
    here, elsewhere = await site.family(person, browser), await site.family(person)

    answer = await browser.send(await browser.get("/account"), "/sign-out")

    assert "You are signed out" in answer.text
    assert browser.secret is None
    assert await site.why_revoked(here) == "signed out"
    assert await site.why_revoked(elsewhere) is None
    stolen = site.browser()
    stolen.http.cookies.set("promptsales-session", secret)
    assert person.email not in (await stolen.get("/account")).text

import re
from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.integration.identity.people.conftest import Site
from tests.integration.identity.people.test_invitation import invite


async def pages(site: Site, language: str) -> AsyncIterator[tuple[str, httpx2.Response]]:
    """Every page, in a language."""
    browser, person = await site.signed_in()
    await site.family(person, browser, client_name="Tide & <b>Moon</b>")
    stranger = site.browser()
    secret = await invite(site, person.tenant, "new@people.example")
    asked = {"ui_locales": language}
    yield "sign in", await stranger.http.get("/sign-in", params=asked)
    yield "refused", await stranger.sign_in("nobody@people.example", "x", return_to=f"/account?ui_locales={language}")
    yield "account", await browser.http.get("/account", params=asked)
    yield "notice", await browser.http.get("/account", params=asked | {"done": "password"})
    yield "sign out", await browser.http.get("/sign-out", params=asked)
    yield "signed out", await stranger.http.get("/sign-out", params=asked)
    yield "invitation", await stranger.http.get("/invitation", params=asked | {"token": secret})
    yield "failure", await stranger.http.get("/invitation", params=asked | {"token": "gone"})


@pytest.mark.parametrize("language", ["en", "es"])
async def test_every_page_keeps_to_itself(site: Site, language: str) -> None:
    async for name, page in pages(site, language):
        policy = page.headers["content-security-policy"]
        for rule in (
            "default-src 'none'",
            "style-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ):
            assert rule in policy.split("; "), name
        assert page.headers["x-frame-options"] == "DENY", name
        assert page.headers["cache-control"] == "no-store", name
        assert page.headers["x-content-type-options"] == "nosniff", name
        assert page.headers["referrer-policy"] == "same-origin", name
        assert "permissions-policy" in page.headers, name
        assert "<script" not in page.text, name
        assert " style=" not in page.text, name
        assert "<b>Moon" not in page.text, name


@pytest.mark.parametrize(("language", "other"), [("en", "Idioma"), ("es", "Language")])
async def test_every_page_is_in_one_language_and_offers_the_other(site: Site, language: str, other: str) -> None:
    async for name, page in pages(site, language):
        assert f'<html lang="{language}">' in page.text, name
        assert page.headers["content-language"] == language, name
        assert other not in page.text, name
        assert len(re.findall(r'<a href="[^"]+" lang="(?:en|es)"', page.text)) == 1, name


@pytest.mark.parametrize("language", ["en", "es"])
async def test_every_input_has_a_label_and_every_id_is_alone(site: Site, language: str) -> None:
    async for name, page in pages(site, language):
        ids = re.findall(r'\sid="([^"]+)"', page.text)
        assert len(ids) == len(set(ids)), name
        for field in re.findall(r"<input ([^>]+)>", page.text):
            if 'type="hidden"' in field or 'aria-hidden="true"' in field:
                continue
            identifier = re.search(r'id="([^"]+)"', field)
            assert identifier, (name, field)
            assert f'<label for="{identifier[1]}">' in page.text, (name, field)
        for described in re.findall(r'aria-(?:describedby|labelledby)="([^"]+)"', page.text):
            assert set(described.split()) <= set(ids), (name, described)


async def test_a_signed_in_person_is_spoken_to_in_their_language(site: Site) -> None:
    browser, _ = await site.signed_in(await site.person(language="es"))

    assert "Su cuenta" in (await browser.get("/account", accept_language="en")).text


async def test_a_stranger_is_spoken_to_in_the_browsers_language(site: Site) -> None:
    browser = site.browser()

    assert "Iniciar sesión" in (await browser.get("/sign-in", accept_language="fr, es-MX;q=0.9, en;q=0.1")).text
    assert "Sign in" in (await browser.get("/sign-in", accept_language="fr")).text
    assert "Sign in" in (await browser.get("/sign-in", accept_language="es;q=0, en;q=0.5, x;q=y")).text


async def test_the_stylesheet_is_kept_for_good_under_the_name_of_its_content(site: Site) -> None:
    browser = site.browser()
    page = await browser.get("/sign-in")
    found = re.search(r'href="(/assets/style\.[0-9a-f]{16}\.css)"', page.text)
    assert found

    style = await browser.get(found[1])

    assert style.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in style.headers["cache-control"]
    assert style.headers["x-content-type-options"] == "nosniff"
    assert not re.findall(r"url\(|@import|https?:", style.text)
    assert (await browser.get("/assets/style.css")).status_code == 404


async def test_what_was_typed_is_shown_as_text(site: Site) -> None:
    answer = await site.browser().sign_in(
        '"><script>alert(1)</script>', "x", organization='"><img src=x onerror=alert(1)>'
    )

    assert "<script>" not in answer.text
    assert "<img src=x" not in answer.text
